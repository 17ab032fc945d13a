package systems.core.parquet;

/** What lies in the file: {@code Type} of parquet.thrift. */
enum PhysicalType {
  BOOLEAN(0),
  INT32(1),
  INT64(2),
  INT96(3),
  FLOAT(4),
  DOUBLE(5),
  BYTE_ARRAY(6),
  FIXED_LEN_BYTE_ARRAY(7);

  private static final PhysicalType[] ALL = values();

  final int code;

  PhysicalType(int code) {
    this.code = code;
  }

  static PhysicalType read(ThriftReader in) throws ParquetException {
    int code = in.i32();
    for (PhysicalType type : ALL) {
      if (type.code == code) {
        return type;
      }
    }
    throw in.wrong("a physical type of 0 to " + (ALL.length - 1), String.valueOf(code));
  }
}
