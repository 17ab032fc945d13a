package systems.benchmarks.asyncnet;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import systems.benchmarks.contest.Effort;
import systems.benchmarks.contest.Outcome;
import systems.benchmarks.figure.Metric;

/**
 * {@code DrainRun LOOP|NGINX FOLDER}: eight clients ask every 0.2 ms while the server is replaced,
 * again and again. A request without its whole answer has failed, whatever the reason; clients try
 * nothing twice. A client that sees that its connection has ended makes a new one before it asks.
 *
 * <pre>
 *   ours    the next process starts at the same port; SIGTERM to the old one, which drains and ends
 *   nginx   SIGHUP to its master: new workers start, the old ones end when they have nothing to do
 * </pre>
 */
final class DrainRun {
  private static final int CLIENTS = 8;
  private static final int ANSWERS_BETWEEN = 400;
  private static final long PAUSE_NANOS = 200_000; // so that the next process gets some CPU
  private static final long WAIT_SECONDS = 30;

  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicLong answers = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  private DrainRun() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    ServerKind kind = ServerKind.valueOf(arguments[0]);
    Path folder = Files.createDirectories(Path.of(arguments[1]));
    var run = new DrainRun();
    run.handOver(kind, folder, Effort.here().of(20, 5, 1));
    new Outcome().with(Metric.FAILED, run.failed.get()).tell();
  }

  private void handOver(ServerKind kind, Path folder, int times)
      throws IOException, InterruptedException {
    Program server = Program.start(kind, folder);
    InetSocketAddress address = server.address();
    try (var clients = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      try {
        for (int i = 0; i < CLIENTS; i++) {
          clients.execute(() -> ask(address));
        }
        for (int i = 0; i < times; i++) {
          awaitAnswers();
          server = replace(kind, server);
        }
        awaitAnswers();
      } finally {
        stop.set(true); // the last server stands until the clients have ended
      }
    } finally {
      server.close();
    }
  }

  private static Program replace(ServerKind kind, Program server)
      throws IOException, InterruptedException {
    if (kind == ServerKind.NGINX) {
      server.reload();
      return server;
    }
    Program next = Program.startSuccessor(server.port());
    if (server.drain() != 0) {
      next.close();
      throw new IOException("a drain was cut short");
    }
    return next;
  }

  private void awaitAnswers() throws IOException, InterruptedException {
    long wanted = answers.get() + ANSWERS_BETWEEN;
    long begun = System.nanoTime();
    while (answers.get() < wanted) {
      if (System.nanoTime() - begun > TimeUnit.SECONDS.toNanos(WAIT_SECONDS)) {
        throw new IOException("nobody answers");
      }
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  private void ask(InetSocketAddress address) {
    while (!stop.get()) {
      try (var client = new Client(address)) {
        boolean persists = true;
        while (persists && !stop.get()) {
          persists = client.ask();
          answers.incrementAndGet();
          LockSupport.parkNanos(PAUSE_NANOS);
          persists = persists && !client.hasEnded();
        }
      } catch (IOException broken) {
        System.err.println("failed: " + broken);
        failed.incrementAndGet();
      }
    }
  }
}
