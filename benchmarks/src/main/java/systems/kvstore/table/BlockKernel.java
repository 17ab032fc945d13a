package systems.kvstore.table;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Steps and searches in one data block of 32 entries of 16 + 100 bytes, which stays in the cache.
 */
@NullMarked
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class BlockKernel {
  private static final VarHandle BIG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int ENTRIES = 32;
  private static final int KEY_BYTES = 16;
  private static final int VALUE_BYTES = 100;
  private static final int RESTART_INTERVAL = 16;
  private static final long SEED = 5;

  private final BlockCursor cursor = new BlockCursor();
  private byte[] target = {};
  private Block block = Block.EMPTY;
  private int turn;

  @Setup
  public void build() throws IOException {
    var random = new SplittableRandom(SEED);
    var builder = new BlockBuilder(RESTART_INTERVAL, 4096);
    byte[] value = new byte[VALUE_BYTES];
    for (int i = 0; i < ENTRIES; i++) {
      random.nextBytes(value);
      builder.add(internalKey(i), value);
    }
    var bytes = builder.finish();
    block = Block.of(bytes.array(), 0, bytes.size());
    target = internalKey(0);
  }

  private static byte[] internalKey(long number) {
    byte[] key = new byte[KEY_BYTES];
    BIG.set(key, 0, number);
    return InternalKey.encode(key, 0, KEY_BYTES, InternalKey.trailer(1, EntryKind.PUT));
  }

  @Benchmark
  @OperationsPerInvocation(ENTRIES)
  public long next() throws IOException {
    long sum = 0;
    cursor.reset(block);
    for (boolean valid = cursor.first(); valid; valid = cursor.next()) {
      sum += cursor.prefix() + cursor.valueOffset();
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(ENTRIES)
  public long prev() throws IOException {
    long sum = 0;
    cursor.reset(block);
    for (boolean valid = cursor.last(); valid; valid = cursor.prev()) {
      sum += cursor.prefix() + cursor.valueOffset();
    }
    return sum;
  }

  @Benchmark
  public int seek() throws IOException {
    turn = (turn + 7) % ENTRIES;
    BIG.set(target, 0, (long) turn);
    cursor.reset(block);
    cursor.seek(target, 0, target.length);
    return cursor.valueOffset();
  }
}
