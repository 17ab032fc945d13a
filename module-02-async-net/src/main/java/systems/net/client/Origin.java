package systems.net.client;

import java.net.SocketAddress;
import java.util.Objects;

/**
 * Whom a connection leads to. Two requests may share a connection if and only if their origins are
 * equal.
 *
 * @param address resolved; nothing is looked up on a loop
 * @param encrypted whether TLS goes over it
 * @param host the name that the certificate has to be for; empty without TLS
 */
public record Origin(SocketAddress address, boolean encrypted, String host) {
  public Origin {
    Objects.requireNonNull(address);
    if (encrypted && host.isEmpty()) {
      throw new IllegalArgumentException("TLS to " + address + " without a name to check");
    }
  }

  /** Without encryption. */
  public static Origin plain(SocketAddress address) {
    return new Origin(address, false, "");
  }
}
