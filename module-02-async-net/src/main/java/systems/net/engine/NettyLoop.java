package systems.net.engine;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import systems.net.loop.Loop;
import systems.net.loop.Timer;

/** A loop of Netty's, as the protocols know loops, and what its connections share. */
final class NettyLoop implements Loop {
  /** What protocols are given to read, of whichever connection. */
  static final int SCRATCH_BYTES = 64 << 10;

  private final EventLoop loop;
  private final Connections connections;
  private final Consumer<Throwable> failures;
  final byte[] scratch = new byte[SCRATCH_BYTES];

  NettyLoop(EventLoop loop, Connections connections, Consumer<Throwable> failures) {
    this.loop = loop;
    this.connections = connections;
    this.failures = failures;
  }

  Connections connections() {
    return connections;
  }

  void failed(Throwable thrown) {
    failures.accept(thrown);
  }

  /** Netty would only log what a task throws. */
  @Override
  public void execute(Runnable task) {
    if (loop.isShuttingDown()) {
      throw new RejectedExecutionException("the loop has ended");
    }
    loop.execute(() -> run(task));
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable thrown) {
      failed(thrown);
    }
  }

  @Override
  public boolean inLoop() {
    return loop.inEventLoop();
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public Timer schedule(long delayNanos, Runnable task) {
    assert inLoop();
    ScheduledFuture<?> later =
        loop.schedule(() -> run(task), Math.max(0, delayNanos), TimeUnit.NANOSECONDS);
    return () -> later.cancel(false);
  }
}
