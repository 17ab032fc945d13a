package systems.core.codec;

/**
 * Reads Snappy's raw format, in which DuckDB and Spark write their Parquet pages unless told
 * otherwise.
 *
 * <p>The length of the whole stands first. Elements follow, each with its kind in the two lowest
 * bits of its tag:
 *
 * <pre>
 *   00  literals      length - 1 in the tag's upper six bits, or (60 to 63) in 1 to 4 bytes behind
 *   01  copy          length - 4 in three bits, offset in three bits and one byte
 *   10  copy          length - 1 in six bits,   offset in two bytes
 *   11  copy          length - 1 in six bits,   offset in four bytes
 * </pre>
 *
 * <p>The invariants are those of {@link Lz4Block}: nothing outside of the two parts is touched, an
 * offset leads to what was written before, a length is compared with what is left before it is
 * used. One more is possible here, since the length is known: what the elements make must be
 * exactly that long.
 *
 * <p>Source: "Snappy compressed format description", 2020.
 */
public final class Snappy {
  //> phase 6 only
  private static final int LITERALS = 0;
  private static final int COPY_1 = 1;
  private static final int COPY_2 = 2;
  private static final int SHORT_LITERALS_MAX = 60;

  //< phase 6
  private Snappy() {}

  /**
   * The length of what is compressed, as it says itself.
   *
   * @throws CorruptDataException if it says none, or one that no array can have
   */
  public static int uncompressedLength(byte[] source, int from, int length)
      throws CorruptDataException {
    return length(new Varint.Cursor(source, from, length));
  }

  private static int length(Varint.Cursor input) throws CorruptDataException {
    int length = input.unsignedInt();
    if (length < 0) {
      throw input.corrupt("Snappy data of " + Integer.toUnsignedString(length) + " bytes");
    }
    return length;
  }

  /**
   * Decompresses a part of an array into a part of another.
   *
   * @return the bytes written; what lies behind them in the room means nothing
   * @throws CorruptDataException if it is not Snappy data, or of more bytes than the room has
   * @throws IllegalArgumentException if a part is not within its array
   */
  public static int decompress(byte[] source, int from, int length, byte[] target, int at, int room)
      throws CorruptDataException {
    Bytes.requirePart(target, at, room);
    var input = new Varint.Cursor(source, from, length);
    //> phase 6: an element says its length and where it comes from; what can be wrong with either?
    int size = length(input);
    if (size > room) {
      throw input.corrupt("Snappy data of " + size + " bytes for a room of " + room);
    }
    int end = at + size;
    int to = at;
    while (input.remaining() > 0) {
      to = element(source, input, target, at, to, end);
    }
    if (to != end) {
      throw input.corrupt("Snappy data of " + (to - at) + " bytes that says " + size);
    }
    return size;
    //< phase 6
  }

  //> phase 6 only
  private static int element(
      byte[] source, Varint.Cursor input, byte[] target, int at, int to, int end)
      throws CorruptDataException {
    int tag = input.unsignedByte();
    return switch (tag & 3) {
      case LITERALS -> literals(source, input, tag >>> 2, target, to, end);
      case COPY_1 -> {
        int offset = (tag >>> 5 << 8) + input.unsignedByte();
        yield copy(input, (tag >>> 2 & 7) + 4, offset, target, at, to, end);
      }
      case COPY_2 -> {
        int offset = Bytes.shortAt(source, input.take(2));
        yield copy(input, (tag >>> 2) + 1, offset, target, at, to, end);
      }
      default -> copy(input, (tag >>> 2) + 1, input.fixedInt(), target, at, to, end);
    };
  }

  private static int literals(
      byte[] source, Varint.Cursor input, int code, byte[] target, int to, int end)
      throws CorruptDataException {
    long length = code + 1L;
    if (code >= SHORT_LITERALS_MAX) {
      length = 1;
      for (int i = 0; i <= code - SHORT_LITERALS_MAX; i++) {
        length += (long) input.unsignedByte() << i * Byte.SIZE;
      }
    }
    if (length > input.remaining() || length > end - to) {
      throw input.corrupt(
          length + " literals with " + input.remaining() + " bytes left, room for " + (end - to));
    }
    int start = input.take((int) length);
    Bytes.copy(source, start, input.limit(), target, to, end, (int) length);
    return to + (int) length;
  }

  private static int copy(
      Varint.Cursor input, int length, int offset, byte[] target, int at, int to, int end)
      throws CorruptDataException {
    if (offset <= 0 || offset > to - at) { //~ copiesFromAhead: if (offset > to - at) {
      throw input.corrupt(
          "a copy from "
              + Integer.toUnsignedString(offset)
              + " bytes back where "
              + (to - at)
              + " bytes are");
    }
    if (length > end - to) {
      throw input.corrupt("a copy of " + length + " bytes with room for " + (end - to));
    }
    Bytes.repeat(target, to, offset, length, end);
    return to + length;
  }
  //< phase 6
}
