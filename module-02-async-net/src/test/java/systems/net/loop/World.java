package systems.net.loop;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Where loops live: the real machine, or a simulation. What both promise is checked in both. */
sealed interface World extends AutoCloseable {
  Loop loop(String name);

  Network network(Loop loop);

  /** Lets the world go on until it holds. */
  void until(String what, BooleanSupplier condition);

  /** What tasks and protocols have thrown. */
  List<String> failures();

  /** More than fits between two ends, with {@link Transport#HIGH_WATER} to spare. */
  int moreThanWindowsBytes();

  @Override
  void close();

  default InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  /** Runs it on the loop and waits for it. */
  default <T> T on(Loop loop, Supplier<T> task) {
    var answer = new CopyOnWriteArrayList<T>();
    loop.execute(() -> answer.add(task.get()));
    until("a task on " + loop, () -> !answer.isEmpty());
    return answer.getFirst();
  }

  default void run(Loop loop, Runnable task) {
    on(
        loop,
        () -> {
          task.run();
          return true;
        });
  }

  /** Threads and sockets. */
  final class Real implements World {
    private final List<EventLoop> loops = new ArrayList<>();
    private final List<String> failures = new CopyOnWriteArrayList<>();

    @Override
    public Loop loop(String name) {
      var settings =
          LoopSettings.USUAL.withFailures((where, cause) -> failures.add(cause.getMessage()));
      var loop = EventLoop.start(settings, name);
      loops.add(loop);
      return loop;
    }

    @Override
    public Network network(Loop loop) {
      return (EventLoop) loop;
    }

    @Override
    public void until(String what, BooleanSupplier condition) {
      Await.until(what, condition);
    }

    @Override
    public List<String> failures() {
      return failures;
    }

    @Override
    public int moreThanWindowsBytes() {
      return 16 << 20;
    }

    @Override
    public void close() {
      loops.forEach(EventLoop::close);
    }
  }

  /** A seed. */
  final class Simulated implements World {
    final Simulation simulation;
    private final List<String> failures = new ArrayList<>();

    Simulated(Simulation simulation) {
      this.simulation = simulation;
      simulation.onFailure((where, cause) -> failures.add(cause.getMessage()));
    }

    @Override
    public Loop loop(String name) {
      return simulation.loop(name);
    }

    @Override
    public Network network(Loop loop) {
      return simulation.network(loop);
    }

    @Override
    public void until(String what, BooleanSupplier condition) {
      simulation.runUntil(condition);
    }

    @Override
    public List<String> failures() {
      return failures;
    }

    @Override
    public int moreThanWindowsBytes() {
      return Simulation.Link.USUAL.windowBytes() + 2 * Transport.HIGH_WATER;
    }

    @Override
    public void close() {}
  }
}
