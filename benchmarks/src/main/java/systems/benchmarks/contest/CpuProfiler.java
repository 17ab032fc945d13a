package systems.benchmarks.contest;

import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/** CPU time of the whole process an operation, threads in the background included. Made by JMH. */
public final class CpuProfiler implements InternalProfiler {
  static final String CPU = "cpu";

  private long start;

  @Override
  public String getDescription() {
    return "CPU time of the whole process";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    start = Outcome.cpuNanos();
  }

  @Override
  public Collection<? extends Result<?>> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    double operations = result.getMetadata().getMeasuredOps();
    double nanos = (Outcome.cpuNanos() - start) / operations;
    return List.of(new ScalarResult(CPU, nanos, "ns/op", AggregationPolicy.AVG));
  }
}
