package systems.core.parquet;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import systems.core.column.DoubleVector;
import systems.core.column.Field;
import systems.core.column.Vector;

/** The floating-point numbers of a row group that is being written. */
final class DoubleColumn extends ColumnBuffer {
  private static final ValueLayout.OfDouble LAYOUT =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private double[] values = new double[ROWS_MIN];

  DoubleColumn(Field field) {
    super(field, PhysicalType.DOUBLE);
  }

  @Override
  void reserve(int count) {
    if (count > values.length) {
      values = Arrays.copyOf(values, Math.max(count, 2 * values.length));
    }
  }

  @Override
  void append(Vector vector, int from, int count, int at) {
    double[] source = ((DoubleVector) vector).values;
    if (vector.nullCount == 0) {
      System.arraycopy(source, from, values, at, count);
      return;
    }
    for (int i = from; i < from + count; i++) {
      values[at] = source[i];
      at += vector.isNull[i] ? 0 : 1;
    }
  }

  @Override
  long bytes() {
    return 8L * values.length;
  }

  @Override
  long plainBytes(int from, int to) {
    return 8L * (to - from);
  }

  @Override
  List<Encoding> encodings() {
    return List.of(Encoding.PLAIN, Encoding.BYTE_STREAM_SPLIT);
  }

  @Override
  void encode(Encoding encoding, int from, int to, Sink out) {
    int count = to - from;
    out.reserve(8L * count);
    if (encoding == Encoding.BYTE_STREAM_SPLIT) {
      split(from, count, out.bytes, out.size);
    } else {
      MemorySegment.copy(values, from, MemorySegment.ofArray(out.bytes), LAYOUT, out.size, count);
    }
    out.size += 8 * count;
  }

  private void split(int from, int count, byte[] target, int at) {
    for (int stream = 0; stream < 8; stream++) {
      for (int i = 0; i < count; i++) {
        target[at++] = (byte) (Double.doubleToRawLongBits(values[from + i]) >>> 8 * stream);
      }
    }
  }

  @Override
  int number(int value) {
    return distinct.number(Double.doubleToRawLongBits(values[value]));
  }

  @Override
  long dictionaryBytes() {
    return 8L * distinct.size();
  }

  @Override
  void encodeDictionary(Sink out) {
    for (int i = 0; i < distinct.size(); i++) {
      out.int64(distinct.longs[i]);
    }
  }

  @Override
  long hash(int value, Sink scratch) {
    scratch.clear();
    scratch.int64(Double.doubleToRawLongBits(values[value]));
    return BloomFilter.hash(scratch.bytes, 0, scratch.size);
  }

  @Override
  Extremes extremes(int from, int to) {
    //> phase 7: what is the least of 1, NaN and 2?
    int least = -1;
    int greatest = -1;
    long nans = 0;
    for (int i = from; i < to; i++) {
      if (Double.isNaN(values[i])) { //~ boundsOfNan: if (i < from) {
        nans++;
        continue;
      }
      least = least < 0 || values[i] < values[least] ? i : least;
      greatest = greatest < 0 || values[i] > values[greatest] ? i : greatest;
    }
    return new Extremes(least, greatest, nans);
    //< phase 7
  }

  @Override
  int compare(int a, int b) {
    return values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : 0;
  }

  /** Between the two zeros there is no order, so a bound is the outer one. */
  @Override
  byte[] lowerBound(int value) {
    return plain(values[value] == 0 ? -0.0 : values[value]);
  }

  @Override
  byte[] upperBound(int value) {
    return plain(values[value] == 0 ? 0.0 : values[value]);
  }

  private static byte[] plain(double value) {
    var plain = new Sink();
    plain.int64(Double.doubleToRawLongBits(value));
    return plain.toBytes();
  }
}
