package systems.net.loop;

import java.net.InetAddress;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Some loops that share the work, and nothing else.
 *
 * <pre>
 *   each accepts for itself (Linux)              one accepts and hands on
 *
 *        port 8080                                    port 8080
 *     +------+------+   the system chooses               |
 *     v      v      v   by a hash of the                 v
 *   socket socket socket  connection's addresses      socket
 *     |      |      |                                    |
 *   loop 0 loop 1 loop 2                       loop 0 ---+--> loop 1 ---> loop 2, in turn
 * </pre>
 *
 * <p>With a socket for each loop an accepted connection never changes its thread, and accepting
 * itself is spread. The price: the system gives connections to a socket's own backlog, whether its
 * loop is busy or not, and a few connections may be spread unevenly. Where SO_REUSEPORT exists but
 * does not spread (macOS, the BSDs), or does not exist, one loop accepts.
 */
public final class LoopGroup implements AutoCloseable {
  /** How connections come to their loops. */
  enum Sharing {
    EACH_ACCEPTS,
    ONE_ACCEPTS
  }

  private final List<EventLoop> loops;
  private final AtomicInteger turn = new AtomicInteger();

  private LoopGroup(List<EventLoop> loops) {
    this.loops = List.copyOf(loops);
  }

  /** Starts so many loops; their threads are called {@code name-0}, {@code name-1} and so on. */
  public static LoopGroup start(int loops, String name) {
    return start(loops, LoopSettings.USUAL, name);
  }

  public static LoopGroup start(int loops, LoopSettings settings, String name) {
    if (loops < 1) {
      throw new IllegalArgumentException("a group of " + loops + " loops");
    }
    var started = new ArrayList<EventLoop>(loops);
    for (int i = 0; i < loops; i++) {
      started.add(EventLoop.start(settings, name + "-" + i));
    }
    return new LoopGroup(started);
  }

  public List<EventLoop> loops() {
    return loops;
  }

  /** The loops in turn. Any thread. */
  public EventLoop next() {
    return loops.get(Math.floorMod(turn.getAndIncrement(), loops.size()));
  }

  /**
   * Listens with all loops; a connection stays on the loop that got it.
   *
   * @param protocols asked once for each loop, for the maker of that loop's protocols
   * @throws java.io.UncheckedIOException if the address cannot be bound
   */
  public Network.Listener listen(
      SocketAddress at,
      Function<? super EventLoop, ? extends Supplier<? extends Protocol>> protocols) {
    return listen(at, protocols, usual());
  }

  private static Sharing usual() {
    return System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("linux")
        ? Sharing.EACH_ACCEPTS
        : Sharing.ONE_ACCEPTS;
  }

  Network.Listener listen(
      SocketAddress at,
      Function<? super EventLoop, ? extends Supplier<? extends Protocol>> protocols,
      Sharing sharing) {
    var destinations = new ArrayList<Acceptor.Destination>();
    for (EventLoop loop : loops) {
      destinations.add(loop.to(protocols.apply(loop)));
    }
    return switch (sharing) {
      case EACH_ACCEPTS -> eachAccepts(at, destinations);
      case ONE_ACCEPTS -> oneAccepts(at, destinations);
    };
  }

  private Network.Listener eachAccepts(SocketAddress at, List<Acceptor.Destination> destinations) {
    //> phase 1: with port 0 the first socket gets a free port; and the second?
    var acceptors = new ArrayList<Acceptor>();
    SocketAddress address = at;
    try {
      for (int i = 0; i < loops.size(); i++) {
        EventLoop loop = loops.get(i);
        ServerSocketChannel socket =
            Acceptor.bind(address, loop.settings().accepting().backlog(), true);
        acceptors.add(loop.listen(socket, socket::accept, destinations.get(i)));
        address = acceptors.getLast().address(); //~ eachItsOwnPort: address = at;
      }
    } catch (RuntimeException refused) {
      acceptors.forEach(Acceptor::close);
      throw refused;
    }
    return new Together(address, acceptors);
    //< phase 1
  }

  /** The sockets of all loops at one address. */
  private record Together(SocketAddress address, List<Acceptor> acceptors)
      implements Network.Listener {
    @Override
    public void close() {
      acceptors.forEach(Acceptor::close);
    }
  }

  private Network.Listener oneAccepts(SocketAddress at, List<Acceptor.Destination> destinations) {
    EventLoop first = loops.getFirst();
    ServerSocketChannel socket = Acceptor.bind(at, first.settings().accepting().backlog(), false);
    return first.listen(
        socket,
        socket::accept,
        (channel, admitted) -> {
          int n = Math.floorMod(turn.getAndIncrement(), loops.size());
          handOn(loops.get(n), destinations.get(n), channel, admitted);
        });
  }

  private static void handOn(
      EventLoop loop,
      Acceptor.Destination destination,
      SocketChannel channel,
      @Nullable InetAddress admitted) {
    //> phase 1: on which thread must the other loop's connection be registered?
    try {
      loop.execute(() -> destination.connection(channel, admitted));
    } catch (RejectedExecutionException ended) {
      loop.dropAdmitted(channel, admitted, ended);
    }
    //< phase 1
  }

  /** The sum over the loops. */
  public LoopStats stats() {
    return loops.stream().map(EventLoop::stats).reduce(LoopStats.NONE, LoopStats::plus);
  }

  /** Closes all loops, as {@link EventLoop#close} does. */
  @Override
  public void close() {
    loops.forEach(EventLoop::close);
  }
}
