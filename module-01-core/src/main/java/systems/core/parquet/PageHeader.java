package systems.core.parquet;

import org.jspecify.annotations.Nullable;

/**
 * What stands before a page.
 *
 * @param uncompressed bytes of the page when it is decompressed
 * @param compressed bytes of the page in the file, behind this header
 * @param crc CRC-32 of those, or null
 * @param body what kind of page it is
 */
record PageHeader(int uncompressed, int compressed, @Nullable Integer crc, Body body) {
  private static final int DATA_PAGE = 0;
  private static final int DICTIONARY_PAGE = 2;
  private static final int DATA_PAGE_V2 = 3;

  /** What differs from kind to kind. */
  sealed interface Body {}

  /** A page with values. */
  sealed interface Data extends Body {
    /** How many, the absent ones included. */
    int values();

    Encoding encoding();
  }

  /** Levels and values are compressed together; the levels have their length before them. */
  record DataV1(int values, Encoding encoding, Encoding levels) implements Data {}

  /** Levels come before the values, never compressed. */
  record DataV2(
      int values,
      int nulls,
      int rows,
      Encoding encoding,
      int definitionBytes,
      int repetitionBytes,
      boolean isCompressed)
      implements Data {}

  record Dictionary(int values, Encoding encoding) implements Body {}

  /** An index page, or one that came after this was written. */
  record Other(int type) implements Body {}

  static PageHeader read(ThriftReader in) throws ParquetException {
    int type = -1;
    int uncompressed = -1;
    int compressed = -1;
    Integer crc = null;
    Body body = null;
    in.begin();
    for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
      switch (id) {
        case 1 -> type = in.i32();
        case 2 -> uncompressed = in.i32();
        case 3 -> compressed = in.i32();
        case 4 -> crc = in.i32();
        case 5 -> body = dataV1(in);
        case 7 -> body = dictionary(in);
        case 8 -> body = dataV2(in);
        default -> in.skip();
      }
    }
    if (uncompressed < 0 || compressed < 0) {
      throw in.wrong("the sizes of a page", uncompressed + " and " + compressed);
    }
    return new PageHeader(uncompressed, compressed, crc, checked(in, type, body));
  }

  private static Body checked(ThriftReader in, int type, @Nullable Body body)
      throws ParquetException {
    boolean isKnown = type == DATA_PAGE || type == DICTIONARY_PAGE || type == DATA_PAGE_V2;
    Body checked = isKnown ? body : new Other(type);
    boolean fits =
        switch (checked) {
          case null -> false;
          case DataV1 v1 -> type == DATA_PAGE && v1.values >= 0;
          case DataV2 v2 ->
              type == DATA_PAGE_V2
                  && v2.values >= 0
                  && v2.definitionBytes >= 0
                  && v2.repetitionBytes >= 0;
          case Dictionary dictionary -> type == DICTIONARY_PAGE && dictionary.values >= 0;
          case Other _ -> true;
        };
    if (checked == null || !fits) {
      throw in.wrong("the header of a page of type " + type, String.valueOf(body));
    }
    return checked;
  }

  private static DataV1 dataV1(ThriftReader in) throws ParquetException {
    int values = -1;
    Encoding encoding = Encoding.UNKNOWN;
    Encoding levels = Encoding.UNKNOWN;
    in.begin();
    for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
      switch (id) {
        case 1 -> values = in.i32();
        case 2 -> encoding = Encoding.read(in);
        case 3 -> levels = Encoding.read(in);
        default -> in.skip();
      }
    }
    return new DataV1(values, encoding, levels);
  }

  private static DataV2 dataV2(ThriftReader in) throws ParquetException {
    int[] numbers = {-1, -1, -1, 0, -1, -1};
    Encoding encoding = Encoding.UNKNOWN;
    boolean isCompressed = true;
    in.begin();
    for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
      switch (id) {
        case 1, 2, 3, 5, 6 -> numbers[id - 1] = in.i32();
        case 4 -> encoding = Encoding.read(in);
        case 7 -> isCompressed = in.bool();
        default -> in.skip();
      }
    }
    return new DataV2(
        numbers[0], numbers[1], numbers[2], encoding, numbers[4], numbers[5], isCompressed);
  }

  private static Dictionary dictionary(ThriftReader in) throws ParquetException {
    int values = -1;
    Encoding encoding = Encoding.UNKNOWN;
    in.begin();
    for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
      switch (id) {
        case 1 -> values = in.i32();
        case 2 -> encoding = Encoding.read(in);
        default -> in.skip();
      }
    }
    return new Dictionary(values, encoding);
  }

  void write(ThriftWriter out) {
    //> phase 7: which of the three inner headers has which number?
    out.begin();
    out.i32(1, type());
    out.i32(2, uncompressed);
    out.i32(3, compressed);
    if (crc != null) {
      out.i32(4, crc);
    }
    switch (body) {
      case DataV1 v1 -> write(out, v1);
      case Dictionary dictionary -> write(out, dictionary);
      case DataV2 v2 -> write(out, v2);
      case Other other -> throw new AssertionError(other + " is not written");
    }
    out.end();
    //< phase 7
  }

  //> phase 7 only
  private int type() {
    return switch (body) {
      case DataV1 _ -> DATA_PAGE;
      case Dictionary _ -> DICTIONARY_PAGE;
      case DataV2 _ -> DATA_PAGE_V2;
      case Other(int type) -> type;
    };
  }

  private static void write(ThriftWriter out, DataV1 data) {
    out.begin(5);
    out.i32(1, data.values);
    out.i32(2, data.encoding.code);
    out.i32(3, data.levels.code);
    out.i32(4, Encoding.RLE.code); // there are no repetition levels, but the field is required
    out.end();
  }

  private static void write(ThriftWriter out, Dictionary data) {
    out.begin(7);
    out.i32(1, data.values);
    out.i32(2, data.encoding.code);
    out.end();
  }

  private static void write(ThriftWriter out, DataV2 data) {
    out.begin(8);
    out.i32(1, data.values);
    out.i32(2, data.nulls);
    out.i32(3, data.rows);
    out.i32(4, data.encoding.code);
    out.i32(5, data.definitionBytes);
    out.i32(6, data.repetitionBytes);
    out.bool(7, data.isCompressed);
    out.end();
  }
  //< phase 7
}
