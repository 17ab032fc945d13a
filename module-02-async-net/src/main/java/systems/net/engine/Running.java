package systems.net.engine;

import java.net.SocketAddress;

/** A server at work on one of the engines. All of it may be called from any thread but a loop's. */
sealed interface Running permits LoopEngine, NettyEngine, ThreadEngine {
  SocketAddress address();

  /** Lets in whom the system has accepted already, then closes the socket; returns after that. */
  void stopAccepting();

  /** From here on each connection's next answer is its last one. */
  void announceDrain();

  /** Ends the connections that have nothing to do. */
  void drain();

  /** Connections that were admitted and stand, also those that are none of HTTP any more. */
  int standing();

  /** Ends all connections at once, and the threads. May be called twice. */
  void close();
}
