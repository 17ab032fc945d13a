package systems.benchmarks.contest;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import systems.benchmarks.figure.Metric;

/**
 * One JMH benchmark with one set of parameters, in this process: the driver has started it for
 * nothing else. {@code JmhEntrant REGEX [NAME=VALUE]...}
 */
final class JmhEntrant {
  private JmhEntrant() {}

  public static void main(String[] arguments) throws IOException {
    RunResult result = run(arguments);
    new Outcome()
        .with(Metric.RATE, result.getPrimaryResult().getScore())
        .with(Metric.CPU, given(result.getSecondaryResults().get(CpuProfiler.CPU)).getScore())
        .tell();
  }

  private static <T> T given(@Nullable T value) {
    return Objects.requireNonNull(value, "the profiler has told nothing");
  }

  private static RunResult run(String[] arguments) throws IOException {
    try {
      Collection<RunResult> results = new Runner(options(arguments).build()).run();
      if (results.size() != 1) {
        throw new IOException(arguments[0] + " matches " + results.size() + " benchmarks, not one");
      }
      return results.iterator().next();
    } catch (RunnerException failed) {
      throw new IOException("JMH could not run " + arguments[0], failed);
    }
  }

  private static OptionsBuilder options(String[] arguments) {
    Effort effort = Effort.here();
    var options = new OptionsBuilder();
    options
        .include(arguments[0])
        .mode(Mode.Throughput)
        .timeUnit(TimeUnit.SECONDS)
        .forks(0)
        .warmupIterations(effort.of(3, 2, 1))
        .warmupTime(TimeValue.milliseconds(effort.of(500, 400, 20)))
        .measurementIterations(effort.of(3, 2, 1))
        .measurementTime(TimeValue.milliseconds(effort.of(500, 400, 20)))
        .addProfiler(CpuProfiler.class)
        .shouldFailOnError(true)
        .verbosity(VerboseMode.SILENT);
    for (String each : List.of(arguments).subList(1, arguments.length)) {
      int equals = each.indexOf('=');
      options.param(each.substring(0, equals), each.substring(equals + 1));
    }
    return options;
  }
}
