package systems.benchmarks.kvstore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A get into a buffer and a step of a cursor, of our store and of RocksDB. With {@code -prof gc}
 * the figure is the heap bytes of one operation, which is to be 0 for ours.
 *
 * <p>JMH's gc profiler reads the counter of the whole process, with JMH's own threads and once an
 * iteration: some hundred kilobytes that have nothing to do with the loop, and that look like a
 * fraction of a byte an operation, the more the slower the operation is. {@link #nothing} is the
 * same loop without the store; what is counted there is the harness.
 *
 * <p>Without a directory it makes a store of its own in a temporary one.
 */
@SuppressWarnings("NullAway.Init") // JMH calls open() before anything else
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@org.openjdk.jmh.annotations.Measurement(iterations = 5, time = 1)
public class StoreKernel {
  private static final long DRAW_SEED = 45;

  /** A directory with a store of this many entries, or nothing. */
  @Param("")
  public String directory = "";

  @Param("200000")
  public int entries;

  @Param("BIG_ENDIAN")
  public String keys = "";

  @Param("OURS")
  public String contestant = "";

  private Path own;
  private Engine engine;
  private Engine.Reader reader;
  private Engine.Scan scan;
  private Keys layout;
  private Keys.Draws draws;
  private final byte[] key = Keys.blank();

  @Setup(Level.Trial)
  public void open() throws IOException {
    layout = Keys.valueOf(keys);
    draws = new Keys.Draws(entries, DRAW_SEED);
    var owner = Contestant.valueOf(contestant);
    owner.load();
    own = directory.isEmpty() ? Files.createTempDirectory("store-kernel") : Path.of(directory);
    engine = owner.open(own, Scale.FULL.memtableBytes());
    if (directory.isEmpty()) {
      fill();
    }
    reader = engine.reader();
    scan = engine.scan();
    for (scan.first(); scan.valid(); scan.next()) {} // a get that reads a block must allocate it
  }

  private void fill() throws IOException {
    var values = new Values(Workload.FILLRANDOM.valueBytes());
    for (int number : Keys.shuffled(entries)) {
      layout.put(key, number);
      engine.put(key, values.get(number));
    }
    engine.compact();
  }

  @TearDown(Level.Trial)
  public void close() throws IOException {
    scan.close();
    engine.close();
    if (directory.isEmpty()) {
      Directories.delete(own);
    }
  }

  @Benchmark
  public long get() throws IOException {
    layout.put(key, draws.next());
    if (reader.get(key) < 0) {
      throw new IOException("a key that was put is gone");
    }
    return reader.word();
  }

  /** The loop of {@link #get} without a store. */
  @Benchmark
  public long nothing() {
    layout.put(key, draws.next());
    return key[0];
  }

  @Benchmark
  public long next() throws IOException {
    if (!scan.valid()) {
      scan.first();
    }
    long word = scan.word();
    scan.next();
    return word;
  }
}
