package systems.core.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Numbers in byte arrays, little-endian and at any position, and the three ways to copy that the
 * formats of the LZ77 family live on.
 *
 * <p>Two speeds exist side by side. A <em>wild</em> copy moves whole words and may write a little
 * more than was asked for; whoever calls one has proved that the surplus is his own room, and that
 * it will be written over. A <em>careful</em> copy moves what was asked for and not a byte more.
 * Neither leaves the array: the virtual machine checks each access, wild or not, and a wrong proof
 * is an exception and not a leak.
 *
 * <p>Copying from a distance that is smaller than the length repeats a pattern:
 *
 * <pre>
 *   distance 3, length 10      | a b c |                        what is there
 *                              | a b c | a b c a b c a b c a |  what comes after
 * </pre>
 *
 * <p>There are three regimes. From 16 bytes on the words that are read were written before. Up to 8
 * the pattern fits into a register, where the word after next is two shifts away, and nothing is
 * read at all; that matters, since a load that straddles two stores still under way waits for both.
 * Long repetitions double: each copy takes all that has been repeated so far.
 */
final class Bytes {
  /** What a wild copy may write beyond the length that it was given. */
  static final int WILD_SURPLUS_BYTES = 16;

  private static final int WORDWISE_BYTES_MAX = 128;

  // Exact: an argument of another type would silently cost a conversion at each access.
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN)
          .withInvokeExactBehavior();

  //> phase 6 only
  private static final int PATTERN_BYTES_MAX = 8;

  /** For each period the factor that spreads so many low bytes over a word. */
  private static final long[] SPREAD = spread();

  private static final int[] PHASES = {0, 0, 0, 2 * 8, 0, 3 * 8, 2 * 8, 8};

  //< phase 6
  private Bytes() {}

  //> phase 6 only
  private static long[] spread() {
    long[] spread = new long[PATTERN_BYTES_MAX + 1];
    for (int period = 1; period <= PATTERN_BYTES_MAX; period++) {
      for (int bit = 0; bit < Long.SIZE; bit += period * Byte.SIZE) {
        spread[period] |= 1L << bit;
      }
    }
    return spread;
  }

  //< phase 6
  static int shortAt(byte[] bytes, int at) {
    return (short) SHORT.get(bytes, at) & 0xFFFF;
  }

  static int intAt(byte[] bytes, int at) {
    return (int) INT.get(bytes, at);
  }

  static long longAt(byte[] bytes, int at) {
    return (long) LONG.get(bytes, at);
  }

  static void putShort(byte[] bytes, int at, int value) {
    SHORT.set(bytes, at, (short) value);
  }

  static void putInt(byte[] bytes, int at, int value) {
    INT.set(bytes, at, value);
  }

  static void putLong(byte[] bytes, int at, long value) {
    LONG.set(bytes, at, value);
  }

  /** Refuses a part that does not lie in the array. */
  static void requirePart(byte[] bytes, int from, int length) {
    if ((from | length) < 0 || length > bytes.length - from) {
      throw new IllegalArgumentException(
          "bytes " + from + " to " + ((long) from + length) + " of " + bytes.length);
    }
  }

  /** Copies 16 bytes. */
  static void copy16(byte[] source, int from, byte[] target, int to) {
    long low = longAt(source, from);
    long high = longAt(source, from + 8);
    putLong(target, to, low);
    putLong(target, to + 8, high);
  }

  /**
   * Copies between two arrays, wildly where both have 16 bytes more than the length.
   *
   * @param sourceEnd nothing is read from here on
   * @param targetEnd nothing is written from here on
   */
  static void copy(
      byte[] source, int from, int sourceEnd, byte[] target, int to, int targetEnd, int length) {
    assert length <= sourceEnd - from && length <= targetEnd - to : "the caller checks";
    if (length <= WORDWISE_BYTES_MAX
        && length <= sourceEnd - from - WILD_SURPLUS_BYTES
        && length <= targetEnd - to - WILD_SURPLUS_BYTES) {
      for (int i = 0; i < length; i += 16) {
        copy16(source, from + i, target, to + i);
      }
    } else {
      System.arraycopy(source, from, target, to, length);
    }
  }

  /**
   * Goes on with what stands a distance before: the bytes at {@code to} become those at {@code to -
   * distance}, one after the other, so that the distance may be smaller than the length.
   *
   * @param end nothing is written from here on
   */
  static void repeat(byte[] target, int to, int distance, int length, int end) {
    assert distance > 0 && distance <= to && length <= end - to : "the caller checks";
    //> phase 6: what is copied may not be there yet; how much of it is?
    if (length > WORDWISE_BYTES_MAX || length > end - to - WILD_SURPLUS_BYTES) {
      repeatDoubling(target, to, distance, length);
    } else if (distance <= PATTERN_BYTES_MAX) {
      repeatPattern(target, to, distance, length);
    } else if (distance < 16) {
      repeatWords(target, to, distance, length);
    } else {
      for (int i = to; i < to + length; i += 16) {
        copy16(target, i - distance, target, i);
      }
    }
    //< phase 6
  }

  //> phase 6 only
  /** Wild: 18 to 24 bytes from a distance of less than 16, with 16 bytes before them. */
  static void repeat18(byte[] target, int to, int distance) {
    if (distance < PATTERN_BYTES_MAX) {
      long pattern =
          (longAt(target, to - 8) >>> Long.SIZE - distance * Byte.SIZE) * SPREAD[distance & 7];
      int phase = PHASES[distance & 7];
      int rest = distance * Byte.SIZE - phase;
      putLong(target, to, pattern);
      pattern = pattern >>> phase | pattern << rest;
      putLong(target, to + 8, pattern);
      putLong(target, to + 16, pattern >>> phase | pattern << rest);
    } else {
      putLong(target, to, longAt(target, to - distance));
      putLong(target, to + 8, longAt(target, to - distance + 8));
      putLong(target, to + 16, longAt(target, to - distance + 16));
    }
  }

  /** Careful. The part from {@code start} to {@code to} is repeated, and grows by what was. */
  private static void repeatDoubling(byte[] target, int to, int distance, int length) {
    int start = to - distance;
    int end = to + length;
    while (to < end) {
      int chunk = Math.min(to - start, end - to);
      System.arraycopy(target, start, target, to, chunk);
      to += chunk;
    }
  }

  private static void repeatPattern(byte[] target, int to, int period, int length) {
    int before = Long.SIZE - period * Byte.SIZE;
    // Not the word at to - period, which would reach beyond what is written so far.
    long last = to >= 8 ? longAt(target, to - 8) >>> before : firstBytes(target, to, period);
    long pattern = last * SPREAD[period];
    int phase = 8 % period * Byte.SIZE;
    int rest = period * Byte.SIZE - phase;
    for (int i = 0; i < length; i += 8) {
      putLong(target, to + i, pattern);
      // The two agree where they overlap. A shift by 64 is one by 0, and that is right as well.
      pattern = pattern >>> phase | pattern << rest;
    }
  }

  private static long firstBytes(byte[] target, int to, int period) {
    long bytes = 0;
    for (int i = 0; i < period; i++) {
      bytes |= (target[to - period + i] & 0xFFL) << i * Byte.SIZE;
    }
    return bytes;
  }

  private static void repeatWords(byte[] target, int to, int distance, int length) {
    for (int i = to; i < to + length; i += 8) {
      putLong(target, i, longAt(target, i - distance));
    }
  }
  //< phase 6
}
