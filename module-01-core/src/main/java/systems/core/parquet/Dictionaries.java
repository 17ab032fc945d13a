package systems.core.parquet;

import java.util.Arrays;
import systems.core.column.Dictionary;
import systems.core.column.Vector;

/** Reads dictionary pages: the distinct values of a chunk, plain. */
final class Dictionaries {
  private Dictionaries() {}

  static long[] longs(Column column, Window page, int size) throws ParquetException {
    requireEntries(column, page, size);
    long[] entries = new long[size];
    LongValues plain = LongValues.of(column, Encoding.PLAIN, page, entries);
    long[] part = new long[Vector.ROWS_MAX];
    for (int at = 0; at < size; at += part.length) {
      int count = Math.min(part.length, size - at);
      plain.read(part, 0, count);
      column.convert(part, 0, count, page);
      System.arraycopy(part, 0, entries, at, count);
    }
    return entries;
  }

  /** States that they are there, before an array is made for them. */
  private static void requireEntries(Column column, Window page, int size) throws ParquetException {
    long width =
        switch (column.physical()) {
          case BOOLEAN -> 1;
          case INT32, FLOAT, BYTE_ARRAY, FIXED_LEN_BYTE_ARRAY -> 4;
          case INT64, DOUBLE -> 8;
          case INT96 -> 12;
        };
    page.need(width * size, "a dictionary of " + size + " entries");
  }

  static double[] doubles(Column column, Window page, int size) throws ParquetException {
    requireEntries(column, page, size);
    double[] entries = new double[size];
    DoubleValues plain = DoubleValues.of(column, Encoding.PLAIN, page, entries);
    double[] part = new double[Vector.ROWS_MAX];
    for (int at = 0; at < size; at += part.length) {
      int count = Math.min(part.length, size - at);
      plain.read(part, 0, count);
      System.arraycopy(part, 0, entries, at, count);
    }
    return entries;
  }

  /** The strings without the lengths that stand between them in the page. */
  static Dictionary strings(Window page, int size) throws ParquetException {
    page.need(4L * size, "a dictionary of " + size + " entries");
    var plain = new StringValues.Plain(page);
    int[] starts = new int[size + 1];
    byte[] bytes = new byte[page.left() - 4 * size];
    int[] partStarts = new int[Vector.ROWS_MAX];
    int[] partLengths = new int[Vector.ROWS_MAX];
    int end = 0;
    for (int at = 0; at < size; at += Vector.ROWS_MAX) {
      int count = Math.min(Vector.ROWS_MAX, size - at);
      byte[] source = plain.read(partStarts, partLengths, 0, count);
      for (int i = 0; i < count; i++) {
        System.arraycopy(source, partStarts[i], bytes, end, partLengths[i]);
        end += partLengths[i];
        starts[at + i + 1] = end;
      }
    }
    return new Dictionary(end == bytes.length ? bytes : Arrays.copyOf(bytes, end), starts);
  }
}
