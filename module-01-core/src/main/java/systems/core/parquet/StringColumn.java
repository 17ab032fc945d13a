package systems.core.parquet;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.core.column.Dictionary;
import systems.core.column.Field;
import systems.core.column.StringVector;
import systems.core.column.Vector;

/** The strings of a row group that is being written, one behind the other. */
final class StringColumn extends ColumnBuffer {
  private static final int BYTES_MAX = Integer.MAX_VALUE - 16;

  /** A bound of more bytes is cut. */
  private static final int BOUND_BYTES_MAX = 64;

  private final DeltaWriter deltas = new DeltaWriter();
  private final Path file;
  private byte[] bytes = new byte[ROWS_MIN];
  private int[] starts = new int[ROWS_MIN];

  StringColumn(Path file, Field field) {
    super(field, PhysicalType.BYTE_ARRAY);
    this.file = file;
  }

  @Override
  void reserve(int count) {
    if (count >= starts.length) {
      starts = Arrays.copyOf(starts, Math.max(count + 1, 2 * starts.length));
    }
  }

  @Override
  void append(Vector vector, int from, int count, int at) throws ParquetException {
    var source = (StringVector) vector;
    Dictionary dictionary = source.dictionary;
    for (int i = from; i < from + count; i++) {
      if (vector.nullCount > 0 && vector.isNull[i]) {
        continue;
      }
      if (dictionary == null) {
        append(at++, source.bytes, source.starts[i], source.lengths[i]);
      } else {
        int start = dictionary.starts[source.codes[i]];
        append(at++, dictionary.bytes, start, dictionary.starts[source.codes[i] + 1] - start);
      }
    }
  }

  private void append(int value, byte[] source, int from, int length) throws ParquetException {
    int end = starts[value];
    if (length > BYTES_MAX - end) {
      throw ParquetException.refused(
          file, "column " + field.name() + " has strings of 2 GiB in a row group");
    }
    if (length > bytes.length - end) {
      long wanted = Math.max(end + length, 2L * bytes.length);
      bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, BYTES_MAX));
    }
    System.arraycopy(source, from, bytes, end, length);
    starts[value + 1] = end + length;
  }

  @Override
  long bytes() {
    return bytes.length + 4L * starts.length;
  }

  @Override
  void clear() {
    super.clear();
    if (bytes.length > 1 << 24) {
      bytes = new byte[ROWS_MIN]; // a few long values shall not be held for ever
    }
  }

  @Override
  long plainBytes(int from, int to) {
    return (long) starts[to] - starts[from] + 4L * (to - from);
  }

  @Override
  List<Encoding> encodings() {
    return List.of(Encoding.PLAIN, Encoding.DELTA_LENGTH_BYTE_ARRAY);
  }

  @Override
  void encode(Encoding encoding, int from, int to, Sink out) {
    if (encoding == Encoding.DELTA_LENGTH_BYTE_ARRAY) {
      long[] lengths = new long[to - from];
      for (int i = from; i < to; i++) {
        lengths[i - from] = (long) starts[i + 1] - starts[i];
      }
      deltas.write(lengths, 0, lengths.length, true, out);
      out.put(bytes, starts[from], starts[to] - starts[from]);
    } else {
      encodePlain(bytes, starts, from, to, out);
    }
  }

  private static void encodePlain(byte[] bytes, int[] starts, int from, int to, Sink out) {
    for (int i = from; i < to; i++) {
      out.int32(starts[i + 1] - starts[i]);
      out.put(bytes, starts[i], starts[i + 1] - starts[i]);
    }
  }

  @Override
  int number(int value) {
    return distinct.number(bytes, starts[value], starts[value + 1] - starts[value]);
  }

  @Override
  long dictionaryBytes() {
    return distinct.byteCount() + 4L * distinct.size();
  }

  @Override
  void encodeDictionary(Sink out) {
    encodePlain(distinct.bytes, distinct.starts, 0, distinct.size(), out);
  }

  @Override
  long hash(int value, Sink scratch) {
    return BloomFilter.hash(bytes, starts[value], starts[value + 1] - starts[value]);
  }

  @Override
  Extremes extremes(int from, int to) {
    int least = from;
    int greatest = from;
    for (int i = from + 1; i < to; i++) {
      least = compare(i, least) < 0 ? i : least;
      greatest = compare(i, greatest) > 0 ? i : greatest;
    }
    return from == to ? Extremes.NONE : new Extremes(least, greatest, 0);
  }

  @Override
  int compare(int a, int b) {
    return Arrays.compareUnsigned(bytes, starts[a], starts[a + 1], bytes, starts[b], starts[b + 1]);
  }

  @Override
  boolean isExact(int value) {
    return starts[value + 1] - starts[value] <= BOUND_BYTES_MAX;
  }

  /** What begins a string is not greater; cut between characters, it is one itself. */
  @Override
  byte[] lowerBound(int value) {
    return Arrays.copyOfRange(bytes, starts[value], starts[value] + boundLength(value));
  }

  private int boundLength(int value) {
    int length = starts[value + 1] - starts[value];
    if (length <= BOUND_BYTES_MAX) {
      return length;
    }
    int cut = BOUND_BYTES_MAX;
    while (cut > 0 && (bytes[starts[value] + cut] & 0xc0) == 0x80) {
      cut--;
    }
    return cut;
  }

  /** What is cut off is made good by a greater last character, if there is one that is simple. */
  @Override
  byte @Nullable [] upperBound(int value) {
    byte[] bound = lowerBound(value);
    if (isExact(value)) {
      return bound;
    }
    for (int last = bound.length - 1; last >= 0; last--) {
      if (bound[last] >= 0 && bound[last] < 0x7f) { // ASCII, and still so when it is one more
        bound[last]++;
        return Arrays.copyOf(bound, last + 1);
      }
    }
    return null;
  }
}
