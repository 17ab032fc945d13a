package systems.net.loop;

/**
 * Something that must not happen inside the call which is its reason, and follows at the end of the
 * turn: a protocol that aborts its connection hears of the end later, not while it is still in its
 * own method.
 */
sealed interface Deferred permits Acceptor, Connecting, SocketTransport {
  /** Must not throw. */
  void turn();
}
