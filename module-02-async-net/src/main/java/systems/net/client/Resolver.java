package systems.net.client;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Loop;
import systems.net.promise.Future;
import systems.net.promise.Promise;

/** Finds the address of a name without blocking the loop. */
@FunctionalInterface
public interface Resolver {
  /** On the loop. Fails with an {@link UnknownHostException}. */
  Future<SocketAddress> resolve(Loop loop, String host, int port);

  /** The system's names, for one loop. */
  static Resolver system() {
    return new SystemNames();
  }

  /**
   * Asks the system on a virtual thread, since its call blocks, and remembers the answer for a
   * while: a client that asks for each new connection would wait for each.
   */
  final class SystemNames implements Resolver {
    private static final long KEEP_NANOS = 30_000_000_000L;
    private static final int NAMES_MAX = 1000;

    private record Known(InetAddress address, long untilNanos) {}

    private final Map<String, Known> known =
        new LinkedHashMap<>(16, 0.75f, true) {
          @Override
          protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > NAMES_MAX;
          }
        };

    private SystemNames() {}

    @Override
    public Future<SocketAddress> resolve(Loop loop, String host, int port) {
      InetAddress address = literal(host);
      Known answer = known.get(host);
      if (address == null && answer != null && answer.untilNanos - loop.nanoTime() > 0) {
        address = answer.address;
      }
      if (address != null) {
        return Future.succeeded(loop, new InetSocketAddress(address, port));
      }
      return ask(loop, host).map(found -> new InetSocketAddress(found, port));
    }

    private static @Nullable InetAddress literal(String host) {
      char first = host.charAt(0);
      if (first != '[' && !Character.isDigit(first)) {
        return null;
      }
      try {
        return InetAddress.ofLiteral(first == '[' ? host.substring(1, host.length() - 1) : host);
      } catch (IllegalArgumentException aName) {
        return null;
      }
    }

    private Future<InetAddress> ask(Loop loop, String host) {
      var found = new Promise<InetAddress>(loop);
      Thread.ofVirtual().name("resolve " + host).start(() -> ask(loop, host, found));
      return found;
    }

    private void ask(Loop loop, String host, Promise<InetAddress> found) {
      try {
        InetAddress address = InetAddress.getByName(host);
        answer(
            loop,
            () -> {
              known.put(host, new Known(address, loop.nanoTime() + KEEP_NANOS));
              found.succeed(address);
            });
      } catch (UnknownHostException unknown) {
        answer(loop, () -> found.fail(unknown));
      }
    }

    private static void answer(Loop loop, Runnable answer) {
      try {
        loop.execute(answer);
      } catch (RejectedExecutionException ended) {
        // the loop has ended, and with it whoever asked
      }
    }
  }
}
