package systems.kvstore.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
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
import systems.kvstore.format.XxPh3;

/**
 * A probe of a filter of 10 bits a key, with the hash of the 16-byte key and without. At 500000
 * keys the filter has 625 KB: most probes miss the first-level cache of the CPU, as in a large
 * table.
 */
@NullMarked
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class BloomKernel {
  private static final VarHandle BIG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int KEY_BYTES = 16;
  private static final int BITS_PER_KEY = 10;
  private static final long STEP = 0x9E3779B97F4A7C15L;

  @Param("500000")
  public int entries;

  private final byte[] key = new byte[KEY_BYTES];
  private @Nullable BloomFilter filter;
  private long state;

  @Setup
  public void build() {
    var builder = new BloomFilter.Builder();
    for (long i = 0; i < entries; i++) {
      BIG.set(key, 0, i);
      builder.add(XxPh3.hash64(key, 0, KEY_BYTES));
    }
    filter = BloomFilter.decode(builder.finish(BITS_PER_KEY));
  }

  private long draw() {
    state += STEP;
    return ((state >>> 32) * entries) >>> 32;
  }

  private boolean probe(long number) {
    BIG.set(key, 0, number);
    var present = filter;
    return present != null && present.mayContain(XxPh3.hash64(key, 0, KEY_BYTES));
  }

  @Benchmark
  public long hash() {
    BIG.set(key, 0, draw());
    return XxPh3.hash64(key, 0, KEY_BYTES);
  }

  @Benchmark
  public boolean probeOfAKeyThatIsThere() {
    return probe(draw());
  }

  @Benchmark
  public boolean probeOfAKeyThatIsNot() {
    return probe(draw() + entries);
  }
}
