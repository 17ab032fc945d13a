package systems.kvstore.tool;

import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import systems.kvstore.ValueBuffer;
import systems.kvstore.WriteBatch;

/**
 * One thread of a benchmark: its keys and values, and what it has counted. Makes no garbage between
 * operations but the strings of the report, so that the engine's own allocation can be seen.
 */
final class Worker {
  static final double MEGABYTE = 1 << 20;

  private static final int VALUES_BYTES_MIN = 1 << 20;
  private static final int PIECE_BYTES = 100;
  private static final int NUMBER_BYTES = 8;
  private static final byte FILL = '0';
  private static final byte NO_KEY_FILL = '1';

  private final SplittableRandom random;
  private final byte[] key;
  private final byte[] values;
  private final byte[] value;
  private final ValueBuffer buffer = new ValueBuffer();
  private final @Nullable Histogram times;
  private int nextValue;

  private long operations;
  private long bytes;
  private long sought;
  private long found;
  private long beginNanos;
  private long lastNanos;
  private long nanos;
  private String remark = "";

  Worker(int index, int keyBytes, int valueBytes, double ratio, long seed, boolean histogram) {
    random = new SplittableRandom(seed + index);
    key = new byte[keyBytes];
    value = new byte[valueBytes];
    values = values(Math.max(VALUES_BYTES_MIN, valueBytes), ratio);
    times = histogram ? new Histogram() : null;
  }

  /** Pieces of random bytes, each repeated to the length that makes the ratio. */
  private byte[] values(int length, double ratio) {
    byte[] bytes = new byte[length];
    byte[] piece = new byte[Math.max(1, (int) (PIECE_BYTES * ratio))];
    for (int i = 0; i < length; i++) {
      int inPiece = i % PIECE_BYTES;
      if (inPiece == 0) {
        random.nextBytes(piece);
      }
      bytes[i] = piece[inPiece % piece.length];
    }
    return bytes;
  }

  /** A random entry. */
  long number(long entries) {
    return random.nextLong(entries);
  }

  /** The key of an entry, in an array that the next call uses again. */
  byte[] key(long number) {
    for (int i = 0; i < NUMBER_BYTES; i++) {
      key[i] = (byte) (number >>> (56 - 8 * i));
    }
    Arrays.fill(key, NUMBER_BYTES, key.length, FILL);
    return key;
  }

  /** A key that lies right behind the one of an entry and is not there; same array. */
  byte[] missingKey(long number) {
    key(number);
    key[key.length - 1] = NO_KEY_FILL;
    return key;
  }

  /** The next value, in an array that the next call uses again. */
  byte[] value() {
    if (nextValue + value.length > values.length) {
      nextValue = 0;
    }
    System.arraycopy(values, nextValue, value, 0, value.length);
    nextValue += value.length;
    return value;
  }

  void putInto(WriteBatch batch, long number) {
    batch.put(key(number), value());
  }

  ValueBuffer buffer() {
    return buffer;
  }

  void begin() {
    beginNanos = System.nanoTime();
    lastNanos = beginNanos;
  }

  void end() {
    nanos = System.nanoTime() - beginNanos;
  }

  /** Counts an operation that moved so many bytes. */
  void done(long moved) {
    done(moved, 1);
  }

  void done(long moved, int count) {
    operations += count;
    bytes += moved;
    if (times != null) {
      long now = System.nanoTime();
      times.add((now - lastNanos) / 1000);
      lastNanos = now;
    }
  }

  void sought(boolean wasFound) {
    sought++;
    found += wasFound ? 1 : 0;
  }

  private String soughtRemark() {
    return "(%d of %d found)".formatted(found, sought);
  }

  /** Sets what stands at the end of the line. */
  void remark(String text) {
    remark = text;
  }

  @Nullable Histogram times() {
    return times;
  }

  double rate() {
    return nanos == 0 ? 0 : operations * 1e9 / nanos;
  }

  /** Adds what another thread of the same benchmark has counted. */
  void add(Worker other) {
    operations += other.operations;
    bytes += other.bytes;
    sought += other.sought;
    found += other.found;
    nanos += other.nanos;
    if (times != null && other.times != null) {
      times.add(other.times);
    }
  }

  /** The line of the report. */
  String line(String name, long elapsedNanos) {
    double seconds = elapsedNanos / 1e9;
    var text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%-12s : %11.3f micros/op %d ops/sec %.3f seconds %d operations;",
                name,
                operations == 0 ? 0 : nanos / 1e3 / operations,
                (long) (operations / seconds),
                seconds,
                operations));
    if (bytes > 0) {
      text.append(String.format(Locale.ROOT, " %6.1f MB/s", bytes / MEGABYTE / seconds));
    }
    if (sought > 0) {
      text.append(' ').append(soughtRemark());
    }
    return remark.isEmpty() ? text.toString() : text.append(' ').append(remark).toString();
  }
}
