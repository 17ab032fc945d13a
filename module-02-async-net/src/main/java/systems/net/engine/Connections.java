package systems.net.engine;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import systems.net.http.Exchanges;
import systems.net.http.Handler;
import systems.net.http.ServerConnection;
import systems.net.http.ServerStats;
import systems.net.loop.Protocol;

/**
 * The connections of one loop: what they share, and who has to be told that the server ends.
 *
 * <p>They are held weakly: a connection that has ended is forgotten by the garbage collector, and
 * an upgrade that leaves its connection behind needs no word to anybody. Belongs to its loop.
 */
final class Connections {
  private final ServerSettings settings;
  private final Handler handler;
  private final ServerStats stats;
  private final Exchanges exchanges;
  private final Set<ServerConnection> open = Collections.newSetFromMap(new WeakHashMap<>());
  private boolean draining;

  Connections(ServerSettings settings, Handler handler, ServerStats stats) {
    this.settings = settings;
    this.handler = handler;
    this.stats = stats;
    exchanges = new Exchanges(InstantSource.system(), settings.failures());
  }

  /** The protocol for a new connection, with TLS around it where that is wanted. */
  Protocol next() {
    var connection =
        new ServerConnection(handler, settings.limits(), settings.timeouts(), stats, exchanges);
    open.add(connection);
    if (draining) {
      connection.announceDrain();
    }
    Tls tls = settings.tls();
    return tls == null ? connection : TlsTransport.server(tls, connection);
  }

  /** The next answer of each is its last; also of those that come from now on. */
  void announceDrain() {
    draining = true;
    all().forEach(ServerConnection::announceDrain);
  }

  /** Ends those that have nothing to do. */
  void drain() {
    all().forEach(ServerConnection::drain);
  }

  /** A copy: what is told may end, and with it the iteration. */
  private List<ServerConnection> all() {
    return new ArrayList<>(open);
  }
}
