package systems.core.codec;

import java.util.Arrays;

/**
 * Integers of so many bits each, one behind the other: the way in which Parquet stores levels,
 * dictionary codes and differences.
 *
 * <p>Bits are counted from the lowest of the first byte. Eight values of a width of {@code w} bits
 * are {@code w} whole bytes, so that packing goes in groups of eight:
 *
 * <pre>
 *   width 3       byte 2            byte 1            byte 0
 *                 7 7 7 6 6 6 5 5 | 5 4 4 4 3 3 3 2 | 2 2 1 1 1 0 0 0      bits of value 0 to 7
 * </pre>
 *
 * <p>Unpacking never looks at single bytes. An unaligned word of 64 bits that begins with the byte
 * in which a value begins has the whole value, if its width is at most 57 (seven bits may stand
 * before it); four values of at most 15 bits are in one word, and eight of at most eight. The word
 * of the last values may reach beyond the packed bytes; where the array ends there, they are
 * gathered byte by byte, which gives the same word.
 *
 * <p>Arguments that do not fit are the caller's bug. How many values a file has, its reader must
 * compare with the bytes that are there before he calls.
 *
 * <p>Source: Apache Parquet, "Encodings", run length encoding / bit-packing hybrid.
 */
public final class BitPacking {
  /** Values come in groups of so many. */
  public static final int GROUP = 8;

  private BitPacking() {}

  /** The bytes of so many values of a width. */
  public static long packedLength(int count, int width) {
    return ((long) count * width + 7) >>> 3;
  }

  /**
   * Unpacks values of 0 to 32 bits.
   *
   * @param count of values, a multiple of 8
   * @throws IllegalArgumentException if they are not within the arrays
   */
  public static void unpack(byte[] source, int from, int width, int[] values, int at, int count) {
    requireGroups(source, from, width, Integer.SIZE, count);
    requireValues(values.length, at, count);
    //> phase 6: eight values at a time; how many of them does one word of 64 bits hold whole?
    if (width == 0) {
      Arrays.fill(values, at, at + count, 0);
      return;
    }
    int mask = width == Integer.SIZE ? -1 : (1 << width) - 1;
    int calm = calmGroups(source, from, width, count / GROUP);
    if (width <= 8) {
      unpackNarrow(source, from, width, mask, values, at, calm);
    } else if (width < 16) {
      unpackMedium(source, from, width, mask, values, at, calm);
    } else {
      unpackWide(source, from, width, mask, values, at, calm);
    }
    int last = from + count / GROUP * width;
    for (int i = calm * GROUP; i < count; i++) {
      values[at + i] = (int) gathered(source, from, last, (long) i * width) & mask;
    }
    //< phase 6
  }

  private static void requireGroups(byte[] packed, int from, int width, int widthMax, int count) {
    if (width < 0 || width > widthMax || count < 0 || count % GROUP != 0) {
      throw new IllegalArgumentException(count + " values of " + width + " bits");
    }
    long length = packedLength(count, width);
    if (from < 0 || length > packed.length - from) {
      throw new IllegalArgumentException(
          length + " packed bytes from " + from + " of " + packed.length);
    }
  }

  private static void requireValues(int length, int at, int count) {
    if (at < 0 || count > length - at) {
      throw new IllegalArgumentException(count + " values from " + at + " of " + length);
    }
  }

  //> phase 6 only
  /** The groups of which even the word that begins with the last byte ends within the array. */
  private static int calmGroups(byte[] packed, int from, int width, int groups) {
    int calm = (packed.length - from - 8) / width;
    return Math.clamp(calm, 0, groups);
  }

  private static void unpackNarrow(
      byte[] source, int from, int width, int mask, int[] values, int at, int groups) {
    for (int group = 0; group < groups; group++) {
      long word = Bytes.longAt(source, from + group * width);
      int i = at + group * GROUP;
      values[i] = (int) word & mask;
      values[i + 1] = (int) (word >>> width) & mask;
      values[i + 2] = (int) (word >>> 2 * width) & mask;
      values[i + 3] = (int) (word >>> 3 * width) & mask;
      values[i + 4] = (int) (word >>> 4 * width) & mask;
      values[i + 5] = (int) (word >>> 5 * width) & mask;
      values[i + 6] = (int) (word >>> 6 * width) & mask;
      values[i + 7] = (int) (word >>> 7 * width) & mask;
    }
  }

  private static void unpackMedium(
      byte[] source, int from, int width, int mask, int[] values, int at, int groups) {
    int half = 4 * width >>> 3;
    int shift = 4 * width & 7; //~ dropsHalfAByte: int shift = 0;
    for (int group = 0; group < groups; group++) {
      long low = Bytes.longAt(source, from + group * width);
      long high = Bytes.longAt(source, from + group * width + half) >>> shift;
      int i = at + group * GROUP;
      values[i] = (int) low & mask;
      values[i + 1] = (int) (low >>> width) & mask;
      values[i + 2] = (int) (low >>> 2 * width) & mask;
      values[i + 3] = (int) (low >>> 3 * width) & mask;
      values[i + 4] = (int) high & mask;
      values[i + 5] = (int) (high >>> width) & mask;
      values[i + 6] = (int) (high >>> 2 * width) & mask;
      values[i + 7] = (int) (high >>> 3 * width) & mask;
    }
  }

  private static void unpackWide(
      byte[] source, int from, int width, int mask, int[] values, int at, int groups) {
    for (int group = 0; group < groups; group++) {
      int start = from + group * width;
      for (int i = 0; i < GROUP; i++) {
        int bit = i * width;
        values[at + group * GROUP + i] =
            (int) (Bytes.longAt(source, start + (bit >>> 3)) >>> (bit & 7)) & mask;
      }
    }
  }

  /** The 64 bits from a bit on, as far as there are any, the others zero. */
  private static long gathered(byte[] packed, int from, int end, long bit) {
    int at = from + (int) (bit >>> 3);
    int shift = (int) bit & 7;
    long word = 0;
    for (int i = 0; i < 8 && at + i < end; i++) {
      word |= (packed[at + i] & 0xFFL) << i * Byte.SIZE;
    }
    word >>>= shift;
    return shift == 0 || at + 8 >= end ? word : word | (packed[at + 8] & 0xFFL) << 64 - shift;
  }

  //< phase 6

  /**
   * Packs values of 0 to 32 bits; what a value has beyond its width is left out.
   *
   * @param count of values, a multiple of 8
   * @throws IllegalArgumentException if they are not within the arrays
   */
  public static void pack(int[] values, int at, int count, int width, byte[] target, int to) {
    requireGroups(target, to, width, Integer.SIZE, count);
    requireValues(values.length, at, count);
    //> phase 6: a word fills from its lowest bit; what is in it when a value does not fit whole?
    long mask = (1L << width) - 1;
    long word = 0;
    int filled = 0;
    for (int i = at; i < at + count; i++) {
      word |= (values[i] & mask) << filled;
      filled += width;
      if (filled >= Integer.SIZE) {
        Bytes.putInt(target, to, (int) word);
        to += 4;
        word >>>= Integer.SIZE; //~ cutsTheRest: word = 0;
        filled -= Integer.SIZE;
      }
    }
    putRest(target, to, word, filled);
    //< phase 6
  }

  //> phase 6 only
  /** Groups end with a byte, and so does what is left of the word. */
  private static void putRest(byte[] target, int to, long word, int filled) {
    assert filled % Byte.SIZE == 0 : "groups of eight are whole bytes";
    for (int bit = 0; bit < filled; bit += Byte.SIZE) {
      target[to++] = (byte) (word >>> bit);
    }
  }

  //< phase 6

  /**
   * Unpacks values of 0 to 64 bits.
   *
   * @param count of values, a multiple of 8
   * @throws IllegalArgumentException if they are not within the arrays
   */
  public static void unpackLongs(
      byte[] source, int from, int width, long[] values, int at, int count) {
    requireGroups(source, from, width, Long.SIZE, count);
    requireValues(values.length, at, count);
    //> phase 6: from 58 bits on a value may touch nine bytes; which is the ninth?
    if (width == 0) {
      Arrays.fill(values, at, at + count, 0);
      return;
    }
    long mask = width == Long.SIZE ? -1 : (1L << width) - 1;
    int calm = calmGroups(source, from, width, count / GROUP);
    for (int group = 0; group < calm; group++) {
      int start = from + group * width;
      for (int i = 0; i < GROUP; i++) {
        int bit = i * width;
        int shift = bit & 7;
        long word = Bytes.longAt(source, start + (bit >>> 3)) >>> shift;
        if (width + shift > Long.SIZE) {
          word |= (long) source[start + (bit >>> 3) + 8] << Long.SIZE - shift;
        }
        values[at + group * GROUP + i] = word & mask;
      }
    }
    int last = from + count / GROUP * width;
    for (int i = calm * GROUP; i < count; i++) {
      values[at + i] = gathered(source, from, last, (long) i * width) & mask;
    }
    //< phase 6
  }

  /**
   * Packs values of 0 to 64 bits; what a value has beyond its width is left out.
   *
   * @param count of values, a multiple of 8
   * @throws IllegalArgumentException if they are not within the arrays
   */
  public static void packLongs(long[] values, int at, int count, int width, byte[] target, int to) {
    requireGroups(target, to, width, Long.SIZE, count);
    requireValues(values.length, at, count);
    //> phase 6: the word is full in the midst of a value; where do its upper bits go?
    long mask = width == Long.SIZE ? -1 : (1L << width) - 1;
    long word = 0;
    int filled = 0;
    for (int i = at; i < at + count; i++) {
      long value = values[i] & mask;
      word |= value << filled;
      filled += width;
      if (filled >= Long.SIZE) {
        Bytes.putLong(target, to, word);
        to += 8;
        filled -= Long.SIZE;
        word = filled == 0 ? 0 : value >>> width - filled;
      }
    }
    putRest(target, to, word, filled);
    //< phase 6
  }
}
