package systems.core.parquet;

/** How values are written in a page: {@code Encoding} of parquet.thrift. */
enum Encoding {
  PLAIN(0),
  PLAIN_DICTIONARY(2),
  RLE(3),
  BIT_PACKED(4),
  DELTA_BINARY_PACKED(5),
  DELTA_LENGTH_BYTE_ARRAY(6),
  DELTA_BYTE_ARRAY(7),
  RLE_DICTIONARY(8),
  BYTE_STREAM_SPLIT(9),
  ALP(10),
  /** One that came after this was written. */
  UNKNOWN(-1);

  private static final Encoding[] ALL = values();

  final int code;

  Encoding(int code) {
    this.code = code;
  }

  boolean isDictionary() {
    return this == RLE_DICTIONARY || this == PLAIN_DICTIONARY;
  }

  static Encoding read(ThriftReader in) throws ParquetException {
    int code = in.i32();
    for (Encoding encoding : ALL) {
      if (encoding.code == code) {
        return encoding;
      }
    }
    return UNKNOWN;
  }
}
