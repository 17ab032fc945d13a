package systems.kvstore.tool;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Option;
import systems.kvstore.Slice;
import systems.kvstore.WriteBatch;
import systems.kvstore.lsm.LsmOptions;
import systems.kvstore.lsm.LsmStore;

/**
 * What the writer of {@link CrashLoop} writes: write number i (from 1) is a function of i and the
 * seed, so that parent and child agree on it without a word.
 *
 * <pre>
 *   i          17            18            19            20
 *   key        mix(17+seed)  mix(18+seed)  ...                    remainder by the number of keys
 *   write      put           remove        put           put      one in eight removes
 *   value      "17 KQZ.."                  "19 TAB.."    ...
 *   batch      [ 17  18  19  20  !writes=20 ]                     all of it or nothing
 * </pre>
 */
final class CrashWork {
  private static final String COUNT_KEY = "!writes";

  @Option(names = "--db", paramLabel = "DIR", required = true)
  private Path directory = Path.of("");

  @Option(names = "--keys", paramLabel = "N", defaultValue = "200000")
  private int keys;

  @Option(names = "--value_size", paramLabel = "BYTES", defaultValue = "100")
  private int valueBytes;

  @Option(names = "--batch", paramLabel = "WRITES", defaultValue = "20")
  private int batchWrites;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "1")
  private long seed;

  @Option(
      names = "--write_buffer_size",
      paramLabel = "BYTES",
      defaultValue = "1048576",
      description = "of a memtable; small ones make many levels (default: 1 MiB)")
  private long memtableBytes;

  private void check() {
    if (keys < 1 || keys > 10_000_000 || valueBytes < 1 || valueBytes > 1 << 20) {
      throw new IllegalArgumentException(
          "--keys must be 1 to 10000000 and --value_size 1 to 1048576");
    }
    if (batchWrites < 1 || batchWrites > 10_000) {
      throw new IllegalArgumentException("--batch must be 1 to 10000");
    }
  }

  private LsmOptions options() {
    check();
    return new LsmOptions()
        .memtableBytes(memtableBytes)
        .tableBytes(memtableBytes)
        .levels(4 * memtableBytes, 4);
  }

  LsmStore open() throws IOException {
    return LsmStore.open(Main.DISK, directory, options());
  }

  LsmStore openReadOnly() throws IOException {
    return LsmStore.openReadOnly(
        Main.DISK, directory, options().createIfMissing(false).eventFile(false));
  }

  List<String> arguments() {
    return List.of(
        CrashLoop.Writer.NAME,
        "--db=" + directory,
        "--keys=" + keys,
        "--value_size=" + valueBytes,
        "--batch=" + batchWrites,
        "--seed=" + seed,
        "--write_buffer_size=" + memtableBytes);
  }

  /** A number that looks random and follows from the other one (SplitMix64's last step). */
  private static long mix(long number) {
    long z = number * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  int key(long write) {
    return (int) Long.remainderUnsigned(mix(write + seed), keys);
  }

  boolean removes(long write) {
    return mix(write + seed) >>> 61 == 0;
  }

  byte[] keyBytes(int key) {
    return "key%08d".formatted(key).getBytes(StandardCharsets.US_ASCII);
  }

  /** The number of the write, and letters that follow from it up to the value's size. */
  byte[] value(long write) {
    byte[] value = Arrays.copyOf((write + " ").getBytes(StandardCharsets.US_ASCII), valueBytes);
    long letters = 0;
    for (int i = Long.toString(write).length() + 1; i < valueBytes; i++) {
      letters = letters >>> 5 == 0 ? mix(write + i) >>> 4 : letters >>> 5;
      value[i] = (byte) ('A' + (letters & 31));
    }
    return value;
  }

  byte[] countKey() {
    return COUNT_KEY.getBytes(StandardCharsets.US_ASCII);
  }

  /** How many writes a store has seen. */
  long count(LsmStore store) throws IOException {
    byte[] count = store.get(countKey());
    return count == null ? 0 : Long.parseLong(new String(count, StandardCharsets.US_ASCII));
  }

  /** Adds write number {@code write}. */
  void add(WriteBatch batch, long write) {
    byte[] key = keyBytes(key(write));
    if (removes(write)) {
      batch.delete(key);
    } else {
      batch.put(key, value(write));
    }
  }

  /** The writes up to number {@code last}, one batch long, and their number under its own key. */
  void fill(WriteBatch batch, long last) {
    batch.clear();
    for (long write = last - batchWrites + 1; write <= last; write++) {
      add(batch, write);
    }
    batch.put(countKey(), Long.toString(last).getBytes(StandardCharsets.US_ASCII));
  }

  int batchWrites() {
    return batchWrites;
  }

  long seed() {
    return seed;
  }

  Path directory() {
    return directory;
  }

  /** The state that so many writes lead to: for each key the write that set it, 0 if none did. */
  static final class Model {
    private final CrashWork work;
    private final long[] setBy;
    private long writes;

    Model(CrashWork work) {
      work.check();
      this.work = work;
      this.setBy = new long[work.keys];
    }

    private void advance(long to) {
      while (writes < to) {
        writes++;
        setBy[work.key(writes)] = work.removes(writes) ? 0 : writes;
      }
    }

    /**
     * Compares a store with the model.
     *
     * @return the number of writes that the store has
     * @throws Failure if it is not what it must be
     */
    long compare(LsmStore store, long acknowledged) throws IOException {
      long found = work.count(store);
      if (found < acknowledged || found > acknowledged + work.batchWrites) {
        throw new Failure(
            "%d writes were acknowledged and the store has %d".formatted(acknowledged, found));
      }
      advance(found);
      try (var cursor = store.cursor()) {
        boolean on = cursor.first();
        if (on && cursor.key().equals(new Slice(work.countKey()))) {
          on = cursor.next();
        }
        for (int key = 0; key < setBy.length; key++) {
          if (setBy[key] != 0) {
            if (!on) {
              throw new Failure("the store ends before key " + key);
            }
            expect("key", new Slice(work.keyBytes(key)), cursor.key());
            expect("value", new Slice(work.value(setBy[key])), cursor.value());
            on = cursor.next();
          }
        }
        if (on) {
          throw new Failure("a key that nobody has written: " + cursor.key());
        }
      }
      return found;
    }

    private static void expect(String what, Slice expected, Slice found) throws Failure {
      if (!expected.equals(found)) {
        throw new Failure("expected the %s '%s', found '%s'".formatted(what, expected, found));
      }
    }
  }
}
