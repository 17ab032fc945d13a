package systems.net.loop;

/** What is attached to a selection key: whom to tell that its channel is ready. On the loop. */
sealed interface Ready permits Acceptor, Connecting, SocketTransport {
  /** Must not throw. */
  void ready(int operations);

  /** The loop ends. */
  void abandon(Throwable cause);
}
