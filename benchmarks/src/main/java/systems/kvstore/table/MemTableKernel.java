package systems.kvstore.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import systems.kvstore.Slice;
import systems.kvstore.ValueBuffer;

/**
 * Fills a memtable with {@value #ENTRIES} entries of 16 + 100 bytes in random order, and reads it,
 * beside the JDK's {@link ConcurrentSkipListMap} of arrays. An insert is measured over a whole
 * fill, because its price depends on how full the table is.
 */
@NullMarked
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xms2g", "-Xmx2g", "-XX:+UseParallelGC"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class MemTableKernel {
  static final int ENTRIES = 400_000;
  private static final VarHandle BIG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int KEY_BYTES = 16;
  private static final int VALUE_BYTES = 100;
  private static final long MEMTABLE_BYTES = 128 << 20;
  private static final long SCATTER = 0x9E3779B97F4A7C15L;

  /** Tables that are filled by the benchmark. */
  @State(Scope.Thread)
  public static class Empty {
    private final byte[] keyBytes = new byte[KEY_BYTES];
    private final Slice key = new Slice(keyBytes);
    private final Slice value = new Slice(new byte[VALUE_BYTES]);
    private @Nullable MemTable table;
    private ConcurrentSkipListMap<byte[], byte[]> map = newMap();
    private long sequence;

    @Setup(Level.Iteration)
    public void open() {
      table = new MemTable(MEMTABLE_BYTES);
      map = newMap();
      sequence = 0;
    }

    @TearDown(Level.Iteration)
    public void close() {
      if (table != null) {
        table.close();
      }
    }

    private void nextKey() {
      BIG.set(keyBytes, 0, ++sequence * SCATTER);
    }
  }

  /** Tables that are full. */
  @State(Scope.Thread)
  public static class Full {
    private final PointLookup lookup = new PointLookup();
    private final ValueBuffer buffer = new ValueBuffer();
    private final Empty tables = new Empty();
    private long turn;

    @Setup(Level.Trial)
    public void fill() {
      tables.open();
      for (int i = 0; i < ENTRIES; i++) {
        insert(tables);
        insertIntoMap(tables);
      }
    }

    @TearDown(Level.Trial)
    public void close() {
      tables.close();
    }

    private byte[] nextKey() {
      turn = turn == ENTRIES ? 1 : turn + 1;
      BIG.set(tables.keyBytes, 0, turn * SCATTER);
      return tables.keyBytes;
    }
  }

  private static ConcurrentSkipListMap<byte[], byte[]> newMap() {
    return new ConcurrentSkipListMap<>(Arrays::compareUnsigned);
  }

  private static void insert(Empty to) {
    to.nextKey();
    if (to.table != null) {
      to.table.add(to.sequence, EntryKind.PUT, to.key, to.value);
    }
  }

  private static void insertIntoMap(Empty to) {
    BIG.set(to.keyBytes, 0, to.sequence * SCATTER);
    to.map.put(to.keyBytes.clone(), to.value.toByteArray());
  }

  @Benchmark
  @BenchmarkMode(Mode.SingleShotTime)
  @OperationsPerInvocation(ENTRIES)
  public void insertOurs(Empty to) {
    for (int i = 0; i < ENTRIES; i++) {
      insert(to);
    }
  }

  @Benchmark
  @BenchmarkMode(Mode.SingleShotTime)
  @OperationsPerInvocation(ENTRIES)
  public void insertJdk(Empty to) {
    for (int i = 0; i < ENTRIES; i++) {
      to.sequence++;
      insertIntoMap(to);
    }
  }

  @Benchmark
  public void getOurs(Full from, Blackhole sink) {
    byte[] key = from.nextKey();
    from.lookup.reset(key, 0, KEY_BYTES, InternalKey.SEQUENCE_MAX);
    if (from.tables.table != null) {
      sink.consume(from.tables.table.get(from.lookup, from.buffer));
    }
  }

  @Benchmark
  public void getJdk(Full from, Blackhole sink) {
    sink.consume(from.tables.map.get(from.nextKey()));
  }
}
