package systems.net.loop;

import java.net.SocketAddress;
import java.util.function.Supplier;

/** Where connections come from: the loop's real sockets, or the simulated network. */
public interface Network {
  /**
   * Connects and hands the connection to the protocol: {@link Protocol#connected} on success, else
   * only {@link Protocol#closed} with the reason. Only on the loop.
   *
   * @param timeoutNanos after which the attempt is given up, with a {@link
   *     java.net.SocketTimeoutException}
   */
  void connect(SocketAddress to, long timeoutNanos, Protocol protocol);

  /**
   * Accepts connections, each with a protocol of its own.
   *
   * @param at port 0 for one that is free
   * @throws java.io.UncheckedIOException if the address cannot be bound
   */
  Listener listen(SocketAddress at, Supplier<? extends Protocol> protocols);

  /** A bound address. */
  interface Listener extends AutoCloseable {
    /** The address with its real port. */
    SocketAddress address();

    /** Accepts no more; connections that stand go on. May be called from any thread, twice too. */
    @Override
    void close();
  }
}
