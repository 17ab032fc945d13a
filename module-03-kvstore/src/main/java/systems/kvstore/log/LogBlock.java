package systems.kvstore.log;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;
import systems.kvstore.format.Crc32c;
import systems.kvstore.fs.FileSystem;

/**
 * One block of a log and what stands in it. The format is LevelDB's (doc/log_format.md) with
 * RocksDB's recyclable records (wiki, Write Ahead Log File Format).
 *
 * <pre>
 *   |&lt;------------------- 32768 bytes -------------------->|
 *   +----------+----------------------+---------------+-----+-------------- -
 *   | fragment | fragment             | fragment      | 0 0 | fragment
 *   +----------+----------------------+---------------+-----+-------------- -
 *                                                      ^ fewer than 7 bytes are left: zeros
 *
 *   fragment   0        4        6      7                7 + length
 *             +--------+--------+------+------------- - +
 *             | crc    | length | type | payload        |
 *             | fixed32| fixed16| byte |                |
 *             +--------+--------+------+------------- - +
 *              masked crc32c of type and payload
 *
 *   recyclable 0        4        6      7         11                11 + length
 *             +--------+--------+------+---------+------------- - +
 *             | crc    | length | type | log     | payload        |
 *             |        |        |      | number  |                |
 *             +--------+--------+------+---------+------------- - +
 *              masked crc32c of type, log number and payload
 * </pre>
 *
 * <p>The types: 1 a whole record, 2 its first fragment, 3 a middle one, 4 the last; 5 to 8 the same
 * with a log number, so that a new log may be written over an old one's file: a fragment with
 * another number is what the old log left behind. 0 never is a record, it is what preallocated
 * bytes say. Of the rest, RocksDB lets a reader skip what has bit 7 set (130 and 131 tell about the
 * predecessor of a log) and wants every other unknown type refused.
 *
 * <p>A header lies whole within its block and so does its payload. {@link #parse} checks a length
 * against the block before it touches what the length speaks of. Belongs to one thread.
 */
final class LogBlock {
  static final int BLOCK_BYTES = 32 * 1024;
  static final int HEADER_BYTES = 7;
  static final int RECYCLABLE_HEADER_BYTES = 11;

  static final int WHOLE = 1;
  static final int FIRST = 2;
  static final int MIDDLE = 3;
  static final int LAST = 4;

  private static final int RECYCLABLE_DELTA = 4;
  private static final int COMPRESSION = 9;
  private static final int TIMESTAMP_SIZES = 10;
  private static final int RECYCLABLE_TIMESTAMP_SIZES = 11;
  private static final int RECYCLABLE_PREDECESSOR = 131;
  private static final int IGNORABLE_BIT = 0x80;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final byte[] ZEROS = new byte[BLOCK_BYTES];

  /** What a position of a block holds. */
  enum Found {
    /** A fragment with a right checksum, one of the types 1 to 8. */
    GOOD,
    /** Too few bytes for a header, all zero. */
    PADDING,
    /** A header of zeros: here nobody has written, or not finished. */
    UNWRITTEN,
    /** A good fragment of the log whose file was used before. */
    STALE,
    /** A good fragment of a type that a reader may skip. */
    IGNORABLE,
    /** A good fragment of a type that a reader must know. */
    UNKNOWN,
    /** None of these. */
    BROKEN
  }

  private enum Defect {
    PADDING,
    TYPE,
    LENGTH,
    CHECKSUM
  }

  final byte[] bytes = new byte[BLOCK_BYTES];
  private final CRC32C crc = new CRC32C();
  private final LogNumber number;
  private long start = -1;
  private int limit;

  private int header;
  private int stored;
  private int type;
  private int payload;
  private int length;
  private Defect defect = Defect.TYPE;

  /** Which log number recyclable fragments must have; learned from the first where unknown. */
  static final class LogNumber {
    private boolean known;
    private int value;

    /** No log number yet. */
    static LogNumber unknown() {
      return new LogNumber();
    }

    static LogNumber of(long fileNumber) {
      var number = new LogNumber();
      number.known = true;
      number.value = (int) fileNumber;
      return number;
    }

    boolean accepts(int other) {
      if (!known) {
        known = true;
        value = other;
      }
      return value == other;
    }
  }

  LogBlock(LogNumber number) {
    this.number = number;
  }

  /** Reads the block that begins at {@code newStart} of a file of {@code fileBytes} bytes. */
  void load(FileSystem.RandomFile file, long newStart, long fileBytes) throws IOException {
    assert newStart % BLOCK_BYTES == 0 && newStart < fileBytes;
    if (start != newStart) {
      int count = (int) Math.min(BLOCK_BYTES, fileBytes - newStart);
      start = -1;
      file.read(newStart, bytes, 0, count);
      start = newStart;
      limit = count;
    }
  }

  /** File offset of the block. */
  long start() {
    return start;
  }

  /** Bytes in the block: fewer than a whole one at the end of the file. */
  int limit() {
    return limit;
  }

  /** After {@code GOOD}: 1 to 4, whether it was recyclable or not. */
  int shape() {
    assert type >= WHOLE && type <= LAST + RECYCLABLE_DELTA;
    return type > LAST ? type - RECYCLABLE_DELTA : type;
  }

  boolean isRecyclable() {
    return isRecyclable(type);
  }

  /** Where the payload begins in {@link #bytes}. */
  int payload() {
    return payload;
  }

  /** Bytes of the payload. */
  int length() {
    return length;
  }

  /** Where the next header is. */
  int end() {
    return payload + length;
  }

  /** After {@code BROKEN}: what should have been there. */
  String expected() {
    return switch (defect) {
      case PADDING -> "zeros to the end of the block";
      case TYPE -> "a record type";
      case LENGTH -> "a length of at most " + (limit - payload);
      case CHECKSUM -> "checksum " + hex(checksum(payload + length));
    };
  }

  /** After {@code BROKEN}: what was there. */
  String found() {
    return switch (defect) {
      case PADDING -> "other bytes";
      case TYPE -> "type 0 in a header that is not zero";
      case LENGTH -> "length " + length;
      case CHECKSUM -> hex(stored);
    };
  }

  /** After {@code UNKNOWN}: what the type is called, as far as it has a name. */
  String typeName() {
    return switch (type) {
      case COMPRESSION -> "a compressed log (record type 9), which this engine does not read";
      case TIMESTAMP_SIZES, RECYCLABLE_TIMESTAMP_SIZES ->
          "user-defined timestamps (record type " + type + "), which this engine does not have";
      default -> "record type " + type + ", which this engine does not know and must not skip";
    };
  }

  /** After {@code BROKEN}: whether the fragment could be a whole one if the file went on. */
  boolean isCutByTheEndOfTheFile() {
    return defect == Defect.LENGTH && payload + length <= BLOCK_BYTES;
  }

  /**
   * Whether the header at {@code position} has the checksum of a fragment that ends at {@code end}.
   */
  boolean hasChecksumUpTo(int position, int end) {
    if (end - position < HEADER_BYTES) {
      return false;
    }
    header = position;
    return checksum(end) == (int) INT.get(bytes, position);
  }

  /** Looks at what begins at {@code position}, which is below {@link #limit()}. */
  Found parse(int position) {
    assert position >= 0 && position < limit;
    header = position;
    if (limit - position < HEADER_BYTES) {
      return isZero(position, limit) ? Found.PADDING : broken(Defect.PADDING);
    }
    stored = (int) INT.get(bytes, position);
    length = Short.toUnsignedInt((short) SHORT.get(bytes, position + 4));
    type = bytes[position + 6] & 0xff;
    if (type == 0) {
      return stored == 0 && length == 0 ? Found.UNWRITTEN : broken(Defect.TYPE);
    }
    Found found = verified(isRecyclable(type) ? RECYCLABLE_HEADER_BYTES : HEADER_BYTES);
    return found == Found.BROKEN && type > RECYCLABLE_TIMESTAMP_SIZES
        ? verified(RECYCLABLE_HEADER_BYTES)
        : found;
  }

  private Found verified(int headerBytes) {
    payload = header + headerBytes;
    if (length > limit - payload) {
      return broken(Defect.LENGTH);
    }
    int computed = checksum(payload + length);
    if (computed != stored) { //~ phase 2 checksumIsNotLookedAt: if (computed == 0) {
      return broken(Defect.CHECKSUM);
    }
    boolean stale =
        headerBytes == RECYCLABLE_HEADER_BYTES
            && !number.accepts((int) INT.get(bytes, header + HEADER_BYTES));
    if (stale) {
      return Found.STALE;
    }
    if (type <= LAST + RECYCLABLE_DELTA) {
      return Found.GOOD;
    }
    return (type & IGNORABLE_BIT) != 0 ? Found.IGNORABLE : Found.UNKNOWN;
  }

  private Found broken(Defect newDefect) {
    defect = newDefect;
    return Found.BROKEN;
  }

  /** Of everything from the type on, whatever the header's length. */
  private int checksum(int to) {
    crc.reset();
    crc.update(bytes, header + 6, to - header - 6);
    return Crc32c.mask((int) crc.getValue());
  }

  private static String hex(int value) {
    return "0x%08x".formatted(value);
  }

  private static boolean isRecyclable(int type) {
    return (type > LAST && type <= LAST + RECYCLABLE_DELTA)
        || type == RECYCLABLE_TIMESTAMP_SIZES
        || type == RECYCLABLE_PREDECESSOR;
  }

  boolean isZero(int from, int to) {
    return Arrays.equals(bytes, from, to, ZEROS, 0, to - from);
  }

  /** Index of the last byte of {@code [from, limit)} that is not zero, or -1. */
  int lastNonZero(int from) {
    if (isZero(from, limit)) {
      return -1;
    }
    int last = limit - 1;
    while (bytes[last] == 0) {
      last--;
    }
    return last;
  }
}
