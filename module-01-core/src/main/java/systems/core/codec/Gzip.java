package systems.core.codec;

import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Gzip members over {@link Inflater} and {@link Deflater}, from array to array and bounded by the
 * room that there is.
 *
 * <pre>
 *   | 1f 8b 08 | flags | time 4 | level | system | extra? name? comment? crc? |
 *   | deflated bytes | crc 4 | length 4 |
 * </pre>
 *
 * <p>{@link java.util.zip.GZIPInputStream} would read it as well, through two streams and their
 * buffers, and takes what follows the last member and is none for the end. Here it is an error.
 *
 * <p>Sources: RFC 1951, RFC 1952.
 */
public final class Gzip {
  private static final int HEADER_BYTES = 10;
  private static final int TRAILER_BYTES = 8;
  private static final int MAGIC = 0x8B1F;
  private static final int DEFLATE = 8;
  private static final int SYSTEM_UNKNOWN = 255;
  private static final int HEADER_CRC = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;
  private static final int RESERVED = 0xE0;

  private Gzip() {}

  /** Compresses a part of an array into a member of its own array. */
  public static byte[] compress(byte[] source, int from, int length) {
    // Deflate stores what it cannot compress: five bytes per block, and blocks are not small.
    byte[] target = new byte[Math.toIntExact(length + (length >>> 8) + 64L)];
    return Arrays.copyOf(target, compress(source, from, length, target, 0, target.length));
  }

  /**
   * Compresses a part of an array into a member in a part of another.
   *
   * @return the bytes written, or -1 if they do not fit into the room
   * @throws IllegalArgumentException if a part is not within its array
   */
  public static int compress(byte[] source, int from, int length, byte[] target, int at, int room) {
    Bytes.requirePart(source, from, length);
    Bytes.requirePart(target, at, room);
    if (room < HEADER_BYTES + TRAILER_BYTES) {
      return -1;
    }
    Arrays.fill(target, at, at + HEADER_BYTES, (byte) 0);
    Bytes.putShort(target, at, MAGIC);
    target[at + 2] = DEFLATE;
    target[at + 9] = (byte) SYSTEM_UNKNOWN;
    int deflated =
        deflate(
            source, from, length, target, at + HEADER_BYTES, room - HEADER_BYTES - TRAILER_BYTES);
    if (deflated < 0) {
      return -1;
    }
    int trailer = at + HEADER_BYTES + deflated;
    Bytes.putInt(target, trailer, crc(source, from, length));
    Bytes.putInt(target, trailer + 4, length);
    return HEADER_BYTES + deflated + TRAILER_BYTES;
  }

  private static int deflate(byte[] source, int from, int length, byte[] target, int at, int room) {
    var deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try {
      deflater.setInput(source, from, length);
      deflater.finish();
      int deflated = deflater.deflate(target, at, room);
      // That it has come to its end is known only to one who asks for another byte.
      boolean fits = deflater.finished() || deflater.deflate(new byte[1]) == 0;
      return fits && deflater.finished() ? deflated : -1;
    } finally {
      deflater.end();
    }
  }

  private static int crc(byte[] bytes, int from, int length) {
    var crc = new CRC32();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }

  /**
   * Decompresses all members that a part of an array consists of.
   *
   * @return the bytes written; what lies behind them in the room means nothing
   * @throws CorruptDataException if it is no row of members, or of more bytes than the room has
   * @throws IllegalArgumentException if a part is not within its array
   */
  public static int decompress(byte[] source, int from, int length, byte[] target, int at, int room)
      throws CorruptDataException {
    Bytes.requirePart(target, at, room);
    var input = new Varint.Cursor(source, from, length);
    int to = at;
    do {
      to = member(source, input, target, to, at + room);
    } while (input.remaining() > 0);
    return to - at;
  }

  private static int member(byte[] source, Varint.Cursor input, byte[] target, int to, int end)
      throws CorruptDataException {
    header(source, input);
    int inflated = inflate(source, input, target, to, end - to);
    int crc = input.fixedInt();
    int size = input.fixedInt();
    if (size != inflated) {
      throw input.corrupt(
          "a gzip member of " + inflated + " bytes that says " + Integer.toUnsignedString(size));
    }
    if (crc != crc(target, to, inflated)) {
      throw input.corrupt("a gzip member with another checksum than its bytes have");
    }
    return to + inflated;
  }

  private static void header(byte[] source, Varint.Cursor input) throws CorruptDataException {
    int start = input.take(HEADER_BYTES);
    int flags = source[start + 3];
    if (Bytes.shortAt(source, start) != MAGIC || source[start + 2] != DEFLATE) {
      throw input.corrupt("no gzip member");
    }
    if ((flags & RESERVED) != 0) {
      throw input.corrupt("a gzip member with flags that RFC 1952 reserves");
    }
    if ((flags & EXTRA) != 0) {
      input.take(Bytes.shortAt(source, input.take(2)));
    }
    if ((flags & NAME) != 0) {
      text(input);
    }
    if ((flags & COMMENT) != 0) {
      text(input);
    }
    if ((flags & HEADER_CRC) != 0) {
      int end = input.position();
      if (Bytes.shortAt(source, input.take(2)) != (crc(source, start, end - start) & 0xFFFF)) {
        throw input.corrupt("a gzip header with another checksum than its bytes have");
      }
    }
  }

  private static void text(Varint.Cursor input) throws CorruptDataException {
    while (input.unsignedByte() != 0) {
      // a name or comment, which nobody asked for
    }
  }

  private static int inflate(byte[] source, Varint.Cursor input, byte[] target, int at, int room)
      throws CorruptDataException {
    var inflater = new Inflater(true);
    try {
      inflater.setInput(source, input.position(), input.remaining());
      int inflated = inflate(inflater, target, at, room);
      if (!inflater.finished()) {
        throw input.corrupt(
            inflated > room
                ? "gzip data for more room than " + room + " bytes"
                : "a gzip member without its end");
      }
      input.take((int) inflater.getBytesRead());
      return inflated;
    } catch (DataFormatException e) {
      input.take((int) Math.min(inflater.getBytesRead(), input.remaining()));
      CorruptDataException corrupt = input.corrupt("deflated data: " + e.getMessage());
      corrupt.initCause(e);
      throw corrupt;
    } finally {
      inflater.end();
    }
  }

  /** Stops after the last byte, or one byte after the room is full: it then does not fit. */
  private static int inflate(Inflater inflater, byte[] target, int at, int room)
      throws DataFormatException {
    byte[] beyond = new byte[1];
    int inflated = 0;
    while (!inflater.finished() && inflated <= room) {
      // The end of the data is read together with a byte, so there must be room for one.
      int more =
          inflated < room
              ? inflater.inflate(target, at + inflated, room - inflated)
              : inflater.inflate(beyond, 0, 1);
      if (more == 0 && !inflater.finished()) {
        return inflated; // more input or a dictionary is wanted, and there is none
      }
      inflated += more;
    }
    return inflated;
  }
}
