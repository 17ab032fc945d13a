package systems.kvstore.table;

/** How blocks are stored; the codes are RocksDB's {@code CompressionType}. */
public enum Compression {
  NONE(0, "NoCompression"),
  LZ4(4, "LZ4");

  private final int code;
  private final String propertyName;

  Compression(int code, String propertyName) {
    this.code = code;
    this.propertyName = propertyName;
  }

  /** The byte behind a block that says how it is stored. */
  public int code() {
    return code;
  }

  /** What the property {@code rocksdb.compression} calls it. */
  String propertyName() {
    return propertyName;
  }

  /** The name of the codec with a code, also of those that cannot be read here. */
  static String nameOf(int code) {
    return switch (code) {
      case 0 -> "NoCompression";
      case 1 -> "Snappy";
      case 2 -> "Zlib";
      case 3 -> "BZip2";
      case 4 -> "LZ4";
      case 5 -> "LZ4HC";
      case 6 -> "Xpress";
      case 7 -> "ZSTD";
      default -> "the unknown codec " + code;
    };
  }
}
