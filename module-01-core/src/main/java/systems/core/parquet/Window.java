package systems.core.parquet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * Bytes of the file, or of a page that was decompressed, read from the left. Nothing is read past
 * the end: whoever wants more gets an exception that names file, place and what was wanted.
 *
 * <pre>
 *   bytes   ......from.......at............to......
 *                  read       left to read
 * </pre>
 */
final class Window {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  final Path file;
  final byte[] bytes;
  final int from;
  final int to;
  int at;

  /** Where in the file the window lies; of decompressed bytes, where their page begins. */
  private final long offset;

  private final boolean verbatim;
  private boolean exhausted;

  private Window(Path file, long offset, boolean verbatim, byte[] bytes, int from, int to) {
    assert from >= 0 && from <= to && to <= bytes.length;
    this.file = file;
    this.offset = offset;
    this.verbatim = verbatim;
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    at = from;
  }

  /** Bytes as they are in the file at that offset. */
  static Window verbatim(Path file, long offset, byte[] bytes, int from, int to) {
    return new Window(file, offset, true, bytes, from, to);
  }

  /** Bytes that were made from a page at that offset. */
  static Window decoded(Path file, long offset, byte[] bytes, int from, int to) {
    return new Window(file, offset, false, bytes, from, to);
  }

  int left() {
    return to - at;
  }

  /** Whether somebody wanted more than there was. */
  boolean isExhausted() {
    return exhausted;
  }

  /** Where in the file this is. */
  long place() {
    return verbatim ? offset + (at - from) : offset;
  }

  /** An error at this place. */
  ParquetException wrong(String expected, String found) {
    return ParquetException.damaged(file, place(), expected, found);
  }

  /** States that so many bytes are left. */
  void need(long count, String what) throws ParquetException {
    if (count < 0 || count > to - at) {
      exhausted = true;
      throw wrong(count + " bytes of " + what, (to - at) + " bytes");
    }
  }

  /** Passes over bytes; returns where they begin. */
  int take(long count, String what) throws ParquetException {
    need(count, what);
    int start = at;
    at += (int) count;
    return start;
  }

  /** The next bytes as a window of their own. */
  Window part(long count, String what) throws ParquetException {
    int start = take(count, what);
    long partAt = verbatim ? offset + (start - from) : offset;
    return new Window(file, partAt, verbatim, bytes, start, at);
  }

  /** All that is left, as a window of its own; this one stays where it is. */
  Window rest() {
    return new Window(file, place(), verbatim, bytes, at, to);
  }

  int u8(String what) throws ParquetException {
    if (at == to) {
      need(1, what);
    }
    return bytes[at++] & 0xff;
  }

  /** Four bytes, the least first. */
  int int32(String what) throws ParquetException {
    return (int) INT.get(bytes, take(4, what));
  }

  /** ULEB128, up to 64 bits. */
  long varint(String what) throws ParquetException {
    //> phase 7: seven bits a byte, the least first; what ends it, and what if nothing does?
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = u8(what);
      value |= (next & 0x7fL) << shift; //~ narrowVarint: value |= (next & 0x7f) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw wrong(what + " in 10 bytes at most", "an 11th");
    //< phase 7
  }

  /** A number with a sign: 0, -1, 1, -2, ... as 0, 1, 2, 3, ... */
  long zigzag(String what) throws ParquetException {
    //> phase 7: where is the sign?
    long value = varint(what);
    return value >>> 1 ^ -(value & 1); //~ forgetsTheSign: return value >>> 1;
    //< phase 7
  }

  /** A number that counts something, at most so many. */
  int count(String what, int most) throws ParquetException {
    long count = varint(what);
    if (count < 0 || count > most) {
      throw wrong(what + " of 0 to " + most, Long.toUnsignedString(count));
    }
    return (int) count;
  }
}
