package systems.net.engine;

import java.util.Locale;

/** What moves a server's bytes. */
public enum Engine {
  /** The event loop of this module: a few threads, each with a selector. */
  LOOP,

  /** Netty: epoll where it can be loaded, else its selector. */
  NETTY,

  /** A virtual thread for each connection, which blocks. */
  THREADS;

  /** By its name in any case. */
  public static Engine of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }
}
