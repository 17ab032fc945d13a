package systems.benchmarks.kvstore;

import java.io.IOException;
import java.util.Collection;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import systems.benchmarks.figure.Metric;

/**
 * Asks JMH's gc profiler for the bytes that a get and a cursor step allocate, on the store that the
 * workload has. JMH runs {@link StoreKernel} in a process of its own, except in a smoke run.
 *
 * <p>One long iteration and not many short ones: the profiler reads a counter of the whole process,
 * and JMH itself allocates some 200 kB an iteration. In iterations of one second that looked like
 * 0.18 bytes a get and 0.008 a cursor step, the same bytes divided by what was done meanwhile; in
 * ten seconds a tenth of it is left. {@link StoreKernel#nothing} shows them alone.
 */
record StoreKernelRun(Worker.Trial trial) {
  private static final String ALLOCATION = "gc.alloc.rate.norm";

  void addTo(Measurement measurement) throws IOException {
    for (RunResult result : run()) {
      var allocation = result.getSecondaryResults().get(ALLOCATION);
      if (allocation == null) {
        throw new IOException("JMH's gc profiler has not told " + ALLOCATION);
      }
      measurement.with(metricOf(result.getParams().getBenchmark()), allocation.getScore());
    }
  }

  private static Metric metricOf(String benchmark) {
    return benchmark.endsWith("get") ? Metric.GET_ALLOCATION_JMH : Metric.NEXT_ALLOCATION_JMH;
  }

  private Collection<RunResult> run() throws IOException {
    try {
      return new Runner(options().build()).run();
    } catch (RunnerException failed) {
      throw new IOException("JMH could not run the store's kernels", failed);
    }
  }

  private ChainedOptionsBuilder options() {
    boolean smoke = trial.scale().name().equals(Scale.SMOKE.name());
    TimeValue warmUp = TimeValue.milliseconds(smoke ? 20 : 1000);
    TimeValue iteration = TimeValue.milliseconds(smoke ? 20 : 10_000);
    return new OptionsBuilder()
        .include(StoreKernel.class.getName() + "\\.(get|next)$")
        .param("directory", trial.directory().toString())
        .param("entries", Integer.toString(trial.scale().entries()))
        .param("keys", trial.scale().keys().name())
        .addProfiler(GCProfiler.class)
        .verbosity(VerboseMode.SILENT)
        .shouldFailOnError(true)
        .forks(smoke ? 0 : 1)
        .warmupIterations(smoke ? 1 : 5)
        .warmupTime(warmUp)
        .measurementIterations(1)
        .measurementTime(iteration);
  }
}
