package systems.redis.server;

/** A client's connection, as the server needs it. Command thread only. */
public interface Link {
  /** Sends bytes that the caller may change afterwards. */
  void send(byte[] bytes, int from, int to);

  /** Bytes that the peer has not taken. */
  long unsentBytes();

  /** Ends the connection once everything was sent. */
  void finish();

  /** Ends the connection at once. */
  void abort();

  /** Takes no more from the peer until {@link #resume}. */
  void pause();

  void resume();

  /** Whether the peer may still be there; the server hears of its end only in a later turn. */
  default boolean isOpen() {
    return true;
  }

  /** {@code address:port}, or the path of a socket. */
  String peer();

  /** {@code address:port} of this side. */
  String local();

  /** Whether the peer is on this machine: at the loopback address, or at a Unix socket. */
  boolean isLocal();

  boolean isUnix();

  /** No connection: for scripts, and for what comes from a file. */
  Link NONE =
      new Link() {
        @Override
        public void send(byte[] bytes, int from, int to) {}

        @Override
        public long unsentBytes() {
          return 0;
        }

        @Override
        public void finish() {}

        @Override
        public void abort() {}

        @Override
        public void pause() {}

        @Override
        public void resume() {}

        @Override
        public String peer() {
          return "";
        }

        @Override
        public String local() {
          return "";
        }

        @Override
        public boolean isLocal() {
          return false;
        }

        @Override
        public boolean isUnix() {
          return false;
        }
      };
}
