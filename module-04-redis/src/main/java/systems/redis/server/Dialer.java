package systems.redis.server;

/** Opens connections to other servers. Command thread only. */
@FunctionalInterface
public interface Dialer {
  /** What happens on such a connection. */
  interface Peer {
    void connected();

    void received(byte[] bytes, int from, int to);

    /** It is over, or never came to be. */
    void closed(String why);
  }

  Link dial(String host, int port, int timeoutMillis, Peer peer);
}
