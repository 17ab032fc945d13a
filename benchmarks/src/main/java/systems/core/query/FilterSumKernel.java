package systems.core.query;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * {@code select sum(x) where y between a and b} over batches of 2048 rows, by the Vector API and by
 * its scalar twin. Half of the rows pass, in no order that a branch could learn. The batches lie in
 * the second cache, as those of a query do.
 */
@NullMarked
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@OperationsPerInvocation(FilterSumKernel.ROWS)
public class FilterSumKernel {
  static final int ROWS = 2048;

  private static final int BATCHES = 8;

  /** Who computes. */
  public enum Twin {
    SCALAR,
    VECTOR
  }

  @Param public Twin twin = Twin.SCALAR;

  private Kernels kernels = new ScalarKernels();
  private final double[][] doubles = new double[BATCHES][ROWS];
  private final double[][] testedDoubles = new double[BATCHES][ROWS];
  private final long[][] longs = new long[BATCHES][ROWS];
  private final long[][] testedLongs = new long[BATCHES][ROWS];
  private final int[][] codes = new int[BATCHES][ROWS];
  private final long[] halves = new long[2];
  private int next;

  @Setup
  public void fill() {
    kernels = twin == Twin.SCALAR ? new ScalarKernels() : new VectorKernels();
    var random = new Random(1);
    for (int batch = 0; batch < BATCHES; batch++) {
      for (int row = 0; row < ROWS; row++) {
        doubles[batch][row] = random.nextDouble();
        testedDoubles[batch][row] = random.nextDouble();
        longs[batch][row] = random.nextLong();
        testedLongs[batch][row] = random.nextLong(1000);
        codes[batch][row] = random.nextInt(1000);
      }
    }
  }

  private int batch() {
    next = next + 1 & BATCHES - 1;
    return next;
  }

  @Benchmark
  public double doublesByDoubles() {
    int batch = batch();
    return kernels.sum(doubles[batch], testedDoubles[batch], ROWS, 0.25, 0.75);
  }

  @Benchmark
  public double doublesByLongs() {
    int batch = batch();
    return kernels.sum(doubles[batch], testedLongs[batch], ROWS, 250L, 750L);
  }

  @Benchmark
  public double doublesByCodes() {
    int batch = batch();
    return kernels.sum(doubles[batch], codes[batch], ROWS, 250, 750);
  }

  @Benchmark
  public long longsByLongs() {
    int batch = batch();
    kernels.sum(longs[batch], testedLongs[batch], ROWS, 250L, 750L, halves);
    return halves[0];
  }

  @Benchmark
  public long longsByDoubles() {
    int batch = batch();
    kernels.sum(longs[batch], testedDoubles[batch], ROWS, 0.25, 0.75, halves);
    return halves[0];
  }

  @Benchmark
  public long longsByCodes() {
    int batch = batch();
    kernels.sum(longs[batch], codes[batch], ROWS, 250, 750, halves);
    return halves[0];
  }

  @Benchmark
  public int countByCodes() {
    return kernels.count(codes[batch()], ROWS, 250, 750);
  }

  @Benchmark
  public double allDoubles() {
    return kernels.sum(doubles[batch()], ROWS);
  }
}
