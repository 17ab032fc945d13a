package systems.core.parquet;

import org.jspecify.annotations.Nullable;

/**
 * What is known of the values of a chunk without reading them.
 *
 * @param min nothing is less; in PLAIN encoding, without a length. Null if unknown
 * @param max nothing is greater
 * @param nulls how many values are absent; -1 if unknown
 * @param nans how many are not a number; -1 if unknown
 * @param distinct how many different ones there are; -1 if unknown
 * @param exact whether min and max are values that are there
 */
record Statistics(
    byte @Nullable [] min,
    byte @Nullable [] max,
    long nulls,
    long nans,
    long distinct,
    boolean exact) {
  static final Statistics NONE = new Statistics(null, null, -1, -1, -1, false);

  static Statistics read(ThriftReader in) throws ParquetException {
    byte[] min = null;
    byte[] max = null;
    long nulls = -1;
    long nans = -1;
    long distinct = -1;
    boolean maxExact = false;
    boolean minExact = false;
    in.begin();
    for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
      switch (id) {
        case 3 -> nulls = in.i64();
        case 4 -> distinct = in.i64();
        case 5 -> max = in.binary();
        case 6 -> min = in.binary();
        case 7 -> maxExact = in.bool();
        case 8 -> minExact = in.bool();
        case 9 -> nans = in.i64();
        default -> in.skip(); // 1 and 2 are older bounds, whose order nobody agreed on
      }
    }
    return new Statistics(min, max, nulls, nans, distinct, minExact && maxExact);
  }

  void write(ThriftWriter out, int field) {
    out.begin(field);
    out.i64(3, nulls);
    if (distinct >= 0) {
      out.i64(4, distinct);
    }
    if (max != null && min != null) {
      out.binary(5, max);
      out.binary(6, min);
      out.bool(7, exact);
      out.bool(8, exact);
    }
    if (nans >= 0) {
      out.i64(9, nans);
    }
    out.end();
  }
}
