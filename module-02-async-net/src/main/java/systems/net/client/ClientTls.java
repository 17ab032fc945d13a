package systems.net.client;

import java.net.InetSocketAddress;
import systems.net.engine.Tls;
import systems.net.engine.TlsTransport;
import systems.net.loop.Protocol;

/** Puts TLS between a connection and its socket, where the origin asks for it. */
@FunctionalInterface
public interface ClientTls {
  /** No TLS at all; to ask for it is an error. */
  ClientTls NONE =
      (inner, origin) -> {
        if (origin.encrypted()) {
          throw new IllegalArgumentException("no TLS was set up for " + origin);
        }
        return inner;
      };

  /** TLS that trusts whom this one trusts, and checks each host's name against its certificate. */
  static ClientTls of(Tls tls) {
    return (inner, origin) ->
        origin.encrypted()
            ? TlsTransport.client(
                tls, origin.host(), ((InetSocketAddress) origin.address()).getPort(), inner)
            : inner;
  }

  /**
   * What to connect with: the protocol itself, or one that shakes hands first and then hands it a
   * transport. Of a handshake that fails the protocol hears {@code closed} with the reason.
   */
  Protocol over(Protocol inner, Origin origin);
}
