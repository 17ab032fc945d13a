package systems.kvstore.table;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import systems.kvstore.format.Crc32c;

/** The masked CRC of a log record (128 bytes), of a stored block and of a large one. */
@NullMarked
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ChecksumKernel {
  @Param({"128", "2048", "32768"})
  public int length;

  private byte[] bytes = {};

  @Setup
  public void fill() {
    bytes = new byte[length];
    new SplittableRandom(1).nextBytes(bytes);
  }

  @Benchmark
  public int crc() {
    return Crc32c.masked(bytes, 0, length);
  }
}
