package systems.core.codec;

/**
 * Integers of variable length: seven bits a byte, the lowest first, and a set upper bit where more
 * follow (unsigned LEB128). Signed ones go zigzag first, 0 -1 1 -2 2, so that small ones are short
 * whatever their sign.
 *
 * <pre>
 *   300 = 10 0101100b      | 1 0101100 | 0 0000010 |
 * </pre>
 *
 * <p>An integer of 32 bits has five bytes at most and the fifth at most four bits; one of 64 bits
 * has ten and one. Whatever is longer is refused, and so are bits that would be lost. Leading zeros
 * within that length are read, since writers reserve room that way.
 */
public final class Varint {
  /** The most bytes of an integer of 32 bits. */
  public static final int INT_BYTES_MAX = 5;

  /** The most bytes of an integer of 64 bits. */
  public static final int LONG_BYTES_MAX = 10;

  private Varint() {}

  /** A signed integer as an unsigned one, small if it is near to zero. */
  public static int zigzag(int value) {
    return value << 1 ^ value >> 31;
  }

  /** A signed integer as an unsigned one, small if it is near to zero. */
  public static long zigzag(long value) {
    return value << 1 ^ value >> 63;
  }

  /** The signed integer that {@link #zigzag(int)} made this of. */
  public static int unzigzag(int value) {
    return value >>> 1 ^ -(value & 1);
  }

  /** The signed integer that {@link #zigzag(long)} made this of. */
  public static long unzigzag(long value) {
    return value >>> 1 ^ -(value & 1);
  }

  /** The bytes that an unsigned integer takes. */
  public static int size(long value) {
    return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
  }

  /**
   * Writes an unsigned integer.
   *
   * @return where the next byte goes
   */
  public static int put(byte[] target, int at, long value) {
    //> phase 6: how do you know that a byte is the last?
    while ((value & ~0x7FL) != 0) {
      target[at++] = (byte) (value | 0x80);
      value >>>= 7; //~ minusForEver: value >>= 7;
    }
    target[at++] = (byte) value;
    return at;
    //< phase 6
  }

  /**
   * Reads a part of an array from its beginning to its end. Whatever reaches beyond the end is a
   * {@link CorruptDataException}, and the position then stays where it was.
   */
  public static final class Cursor {
    private final byte[] bytes;
    private final int from;
    private final int limit;
    private int position;

    /** At the beginning of the part. */
    public Cursor(byte[] bytes, int from, int length) {
      Bytes.requirePart(bytes, from, length);
      this.bytes = bytes;
      this.from = from;
      this.limit = from + length;
      this.position = from;
    }

    /** Where the next byte is, in the array. */
    public int position() {
      return position;
    }

    /** Where the part ends, in the array. */
    public int limit() {
      return limit;
    }

    /** The bytes left. */
    public int remaining() {
      return limit - position;
    }

    /** A sentence about this place. */
    public CorruptDataException corrupt(String message) {
      return new CorruptDataException(message, position - from);
    }

    /** Steps over bytes; returns where they begin in the array. */
    public int take(int length) throws CorruptDataException {
      require(length);
      int start = position;
      position += length;
      return start;
    }

    private void require(int length) throws CorruptDataException {
      if (length < 0 || length > limit - position) {
        throw corrupt(length + " bytes wanted where " + (limit - position) + " are left");
      }
    }

    /** The next byte, unsigned. */
    public int unsignedByte() throws CorruptDataException {
      return bytes[take(1)] & 0xFF;
    }

    /** The next four bytes, little-endian. */
    public int fixedInt() throws CorruptDataException {
      return Bytes.intAt(bytes, take(4));
    }

    /** The next eight bytes, little-endian. */
    public long fixedLong() throws CorruptDataException {
      return Bytes.longAt(bytes, take(8));
    }

    /** An unsigned integer of 32 bits. */
    public int unsignedInt() throws CorruptDataException {
      return (int) unsigned(Integer.SIZE, INT_BYTES_MAX);
    }

    /** An unsigned integer of 64 bits. */
    public long unsignedLong() throws CorruptDataException {
      return unsigned(Long.SIZE, LONG_BYTES_MAX);
    }

    /** An integer of 32 bits in zigzag. */
    public int zigzagInt() throws CorruptDataException {
      return unzigzag(unsignedInt());
    }

    /** An integer of 64 bits in zigzag. */
    public long zigzagLong() throws CorruptDataException {
      return unzigzag(unsignedLong());
    }

    private long unsigned(int bits, int bytesMax) throws CorruptDataException {
      //> phase 6: the last byte may have fewer than seven bits; which integers would lose some?
      long value = 0;
      int end = position + Math.min(limit - position, bytesMax);
      int at = position;
      for (int shift = 0; at < end; shift += 7) {
        int part = bytes[at++] & 0xFF;
        int room = Math.min(7, bits - shift);
        if ((part & 0x7F) >>> room != 0) { //~ losesBits: if (room < 1) {
          throw corrupt("an integer of more than " + bits + " bits");
        }
        value |= (part & 0x7FL) << shift;
        if (part < 0x80) {
          position = at;
          return value;
        }
      }
      throw corrupt(at == limit ? "an integer without its end" : "an integer that is too long");
      //< phase 6
    }
  }
}
