package systems.net.tool;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import systems.net.engine.Engine;
import systems.net.observe.LiveChart;

/**
 * The same handler on the three engines, each in a process of its own, loaded in turns; shows how
 * much processor time a request costs.
 *
 * <p>Requests a second would say how much of the machine the load generator leaves. The processor
 * time of the server's process, divided by its answers, says what the engine costs, on a machine
 * with other work too.
 */
@Command(
    name = "race",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "The same handler on three engines, in turns: processor time per request.",
    footer = "%nThe first turns show cold code; later ones what it settles at.")
final class RaceCommand implements Callable<Integer> {
  private static final String DEFAULT = " (default: ${DEFAULT-VALUE})";
  private static final long TIMEOUT_NANOS = 10_000_000_000L;
  private static final String PATH = "/hello";

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "8",
      description = "turns of a second for each engine" + DEFAULT)
  private int turns;

  @Option(
      names = {"-c", "--connections"},
      paramLabel = "N",
      defaultValue = "64",
      description = "connections" + DEFAULT)
  private int connections;

  @Option(
      names = "--pipeline",
      paramLabel = "N",
      defaultValue = "1",
      description = "requests on a connection at a time" + DEFAULT)
  private int pipeline;

  @Option(
      names = "--loops",
      paramLabel = "N",
      defaultValue = "2",
      description = "threads of the loop and netty engines" + DEFAULT)
  private int loops;

  @Option(names = "--plain", description = "the result only, and no chart that moves")
  private boolean plain;

  /** One engine, and what it has done in the last turn and in all but the first ones. */
  private static final class Runner {
    final String name;
    final ChildProcess process;
    double microsLast;
    double rateLast;
    long nanos;
    long answers;

    Runner(String name, ChildProcess process) {
      this.name = name;
      this.process = process;
    }

    double micros() {
      return answers == 0 ? microsLast : nanos / 1e3 / answers;
    }
  }

  @Override
  public Integer call() throws Failure, InterruptedException {
    var runners = new ArrayList<Runner>();
    var chart = new LiveChart(System.out, !plain);
    try {
      for (Engine engine : Engine.values()) {
        String name = engine.name().toLowerCase(Locale.ROOT);
        String[] serve = {
          "serve", "--engine", name, "--port", "0", "--loops", String.valueOf(loops)
        };
        runners.add(new Runner(name, ChildProcess.start(serve)));
      }
      for (int turn = 0; turn < turns; turn++) {
        boolean isCold = turn < turns / 2;
        for (Runner runner : runners) {
          run(runner, isCold);
        }
        if (!plain) {
          chart.draw(title(turn + 1), rows(runners));
        }
      }
      if (plain) {
        chart.draw(title(turns), rows(runners));
      }
    } finally {
      runners.forEach(runner -> runner.process.close());
    }
    return 0;
  }

  private String title(int turn) {
    return "processor time per request, %d connections, %d deep; turn %d of %d"
        .formatted(connections, pipeline, turn, turns);
  }

  /** One turn; those of the first half only warm up. */
  private void run(Runner runner, boolean isCold) throws InterruptedException {
    byte[] request =
        ("GET " + PATH + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    var plan =
        new Load.Plan(
            runner.process.address(), request, "GET", connections, pipeline, 0, TIMEOUT_NANOS);
    Duration before = runner.process.cpu();
    long begun = System.nanoTime();
    Load.Report report;
    try (Load load = Load.start(plan, 1)) {
      Thread.sleep(Duration.ofSeconds(1));
      report = load.take();
    }
    double seconds = (System.nanoTime() - begun) / 1e9;
    long nanos = runner.process.cpu().minus(before).toNanos();
    runner.rateLast = report.answers / seconds;
    runner.microsLast = report.answers == 0 ? 0 : nanos / 1e3 / report.answers;
    if (!isCold) {
      runner.nanos += nanos;
      runner.answers += report.answers;
    }
  }

  private static List<LiveChart.Row> rows(List<Runner> runners) {
    return runners.stream()
        .map(runner ->
            new LiveChart.Row(
                runner.name, runner.micros(), "us", "%,.0f/s".formatted(runner.rateLast)))
        .toList();
  }
}
