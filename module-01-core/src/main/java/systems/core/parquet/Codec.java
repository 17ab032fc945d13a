package systems.core.parquet;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How pages are compressed: {@code CompressionCodec} of parquet.thrift. */
public enum Codec {
  UNCOMPRESSED(0),
  /** Read, not written. */
  SNAPPY(1),
  GZIP(2),
  /** Neither read nor written. */
  LZO(3),
  /** Neither read nor written. */
  BROTLI(4),
  /** LZ4 in the frames of Hadoop, deprecated: neither read nor written. */
  LZ4(5),
  /** Neither read nor written. */
  ZSTD(6),
  /** LZ4 blocks as they are. */
  LZ4_RAW(7);

  private static final Codec[] ALL = values();

  final int code;

  Codec(int code) {
    this.code = code;
  }

  /** Whether its pages can be read. */
  boolean isRead() {
    return switch (this) {
      case UNCOMPRESSED, SNAPPY, GZIP, LZ4_RAW -> true;
      case LZO, BROTLI, LZ4, ZSTD -> false;
    };
  }

  /** Whether its pages can be written. */
  boolean isWritten() {
    return switch (this) {
      case UNCOMPRESSED, GZIP, LZ4_RAW -> true;
      case SNAPPY, LZO, BROTLI, LZ4, ZSTD -> false;
    };
  }

  /** A page becomes at most so many times as long: what the format's shortest match allows. */
  long expansionMax() {
    return switch (this) {
      case UNCOMPRESSED -> 1;
      case SNAPPY -> 64;
      case LZ4_RAW -> 256;
      case GZIP -> 1040;
      case LZO, BROTLI, LZ4, ZSTD -> 0;
    };
  }

  static Codec read(ThriftReader in) throws ParquetException {
    int code = in.i32();
    for (Codec codec : ALL) {
      if (codec.code == code) {
        return codec;
      }
    }
    throw in.wrong("a codec of 0 to " + (ALL.length - 1), String.valueOf(code));
  }

  /** The codec of that name, whatever the case of its letters, or null. */
  public static @Nullable Codec of(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    for (Codec codec : ALL) {
      if (codec.name().equals(upper)) {
        return codec;
      }
    }
    return null;
  }
}
