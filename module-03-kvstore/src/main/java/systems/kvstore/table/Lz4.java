package systems.kvstore.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import systems.kvstore.format.MalformedException;

/**
 * The LZ4 block format, both ways.
 *
 * <p>A compressed block is a list of sequences: some bytes to take as they are, then "go back that
 * far and copy that many". There is no entropy coding, so a decoder is little more than two copies
 * in a loop:
 *
 * <pre>
 *   +-------+------------+----------+---------------+------------+
 *   | token | literal    | literals | offset        | match      |
 *   | LLLL  | length, if | as they  | 2 bytes       | length, if |
 *   | MMMM  | LLLL = 15  | are      | little-endian | MMMM = 15  |
 *   +-------+------------+----------+---------------+------------+
 *
 *   a length of 15 goes on in bytes that are added up until one is below 255
 *   match length = MMMM + 4; offset 1..65535 back from here; a match may run into itself:
 *   offset 1, length 100 repeats the last byte a hundred times
 *   the last sequence ends after its literals; the last 5 bytes are always literals, and the last
 *   match begins at least 12 bytes before the end
 * </pre>
 *
 * <p>The encoder is greedy: it hashes the next four bytes, looks where the same hash was seen last,
 * and takes the match if the bytes agree. Where nothing matches for long it takes larger steps, so
 * that incompressible data costs little. The hash table survives from block to block: its entries
 * count from a base that each block moves past its end, so that an entry of an earlier block is
 * recognised as stale and the table need not be cleared, which for a 4 KiB block would cost more
 * than compressing it.
 *
 * <p>The decoder trusts nothing: every length is checked against both arrays before a byte moves.
 * Eight bytes are moved at a time where both arrays have eight to spare, which is nearly always.
 *
 * <p>Source: {@code doc/lz4_Block_format.md} of the LZ4 project. An encoder belongs to one thread;
 * {@link #decompress} may be called from any.
 */
final class Lz4 {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** No block of this many bytes or fewer decompresses to more than this factor. */
  static final int RATIO_MAX = 255;

  private static final int MATCH_MIN = 4;
  private static final int LAST_LITERALS = 5;
  private static final int MATCH_START_MARGIN = 12;
  private static final int OFFSET_MAX = 65535;
  private static final int LENGTH_ESCAPE = 15;
  private static final int TABLE_BITS = 13;

  /** One more step per this many (as a power of two) positions without a match. */
  private static final int SKIP_BITS = 6;

  /** Longer copies are left to the runtime, which moves up to 64 bytes at once. */
  private static final int WORDWISE_MAX = 64;

  private final int[] table = new int[1 << TABLE_BITS];
  private int base = 1;

  /** Most bytes that {@code length} bytes can become. */
  static int compressedBytesMax(int length) {
    assert length >= 0 && length <= 0x7E000000;
    return length + length / 255 + 16;
  }

  /**
   * Compresses {@code in[from, from + length)} to {@code out[to...)}, which must have room for
   * {@link #compressedBytesMax}.
   *
   * @return bytes written
   */
  int compress(byte[] in, int from, int length, byte[] out, int to) {
    //> phase 3: how does a table of hashes find the last place where four bytes stood?
    assert out.length - to >= compressedBytesMax(length);
    if (base > Integer.MAX_VALUE - length - 1) {
      Arrays.fill(table, 0);
      base = 1;
    }
    int written = encode(in, from, length, out, to);
    base += length; // every entry of this block is below the next block's base
    return written - to;
    //< phase 3
  }

  //> phase 3 only
  private int encode(byte[] in, int from, int length, byte[] out, int to) {
    int shift = base - from;
    int end = from + length;
    int matchStartMax = end - MATCH_START_MARGIN;
    int matchEndMax = end - LAST_LITERALS;
    int anchor = from;
    int at = from;
    int o = to;
    int misses = 1 << SKIP_BITS;
    while (at <= matchStartMax) {
      int word = (int) INT.get(in, at);
      int slot = (word * 0x9E3779B1) >>> (32 - TABLE_BITS);
      int candidate = table[slot] - shift;
      table[slot] = at + shift;
      if (candidate < from || at - candidate > OFFSET_MAX || (int) INT.get(in, candidate) != word) {
        at += misses++ >>> SKIP_BITS;
        continue;
      }
      while (at > anchor && candidate > from && in[at - 1] == in[candidate - 1]) {
        at--;
        candidate--;
      }
      int matchLength = matchLength(in, candidate, at, matchEndMax);
      o = putSequence(in, anchor, at - anchor, at - candidate, matchLength, out, o);
      at += matchLength;
      anchor = at;
      misses = 1 << SKIP_BITS;
      if (at <= matchStartMax) {
        table[((int) INT.get(in, at - 2) * 0x9E3779B1) >>> (32 - TABLE_BITS)] = at - 2 + shift;
      }
    }
    return putLiterals(in, anchor, end - anchor, 0, out, o);
  }

  /** Bytes from {@code a} and {@code b} on that agree; at least four do. */
  private static int matchLength(byte[] in, int a, int b, int bMax) {
    int i = b + MATCH_MIN;
    int distance = b - a;
    while (i <= bMax - 8) {
      long difference = (long) LONG.get(in, i) ^ (long) LONG.get(in, i - distance);
      if (difference != 0) {
        return i - b + (Long.numberOfTrailingZeros(difference) >>> 3);
      }
      i += 8;
    }
    while (i < bMax && in[i] == in[i - distance]) {
      i++;
    }
    return i - b;
  }

  private static int putSequence(
      byte[] in, int from, int literals, int offset, int matchLength, byte[] out, int to) {
    int extra = matchLength - MATCH_MIN;
    int o = putLiterals(in, from, literals, Math.min(extra, LENGTH_ESCAPE), out, to);
    SHORT.set(out, o, (short) offset);
    return extra >= LENGTH_ESCAPE ? putLength(extra - LENGTH_ESCAPE, out, o + 2) : o + 2;
  }

  private static int putLiterals(
      byte[] in, int from, int literals, int matchNibble, byte[] out, int to) {
    int o = to + 1;
    if (literals >= LENGTH_ESCAPE) {
      out[to] = (byte) (LENGTH_ESCAPE << 4 | matchNibble);
      o = putLength(literals - LENGTH_ESCAPE, out, o);
    } else {
      out[to] = (byte) (literals << 4 | matchNibble);
    }
    System.arraycopy(in, from, out, o, literals);
    return o + literals;
  }

  private static int putLength(int rest, byte[] out, int to) {
    int o = to;
    int left = rest;
    for (; left >= 255; left -= 255) {
      out[o++] = (byte) 255;
    }
    out[o++] = (byte) left;
    return o;
  }

  //< phase 3

  /**
   * Decompresses {@code in[from, from + length)} into exactly {@code outLength} bytes at {@code
   * out[to...)}.
   *
   * @throws MalformedException if it is no LZ4 block of that size; what was written to the output
   *     range until then is undefined, nothing outside of it was touched
   */
  static void decompress(byte[] in, int from, int length, byte[] out, int to, int outLength)
      throws MalformedException {
    //> phase 3: two copies in a loop; which four lengths must be checked before them?
    int end = from + length;
    int outEnd = to + outLength;
    int i = from;
    int o = to;
    while (i < end) {
      int token = in[i++] & 0xff;
      int literals = token >>> 4;
      if (literals == LENGTH_ESCAPE) {
        int start = i;
        i = skipLength(in, i, end);
        literals = length(in, start, i);
      }
      if (literals > end - i || literals > outEnd - o) {
        throw new MalformedException("an LZ4 literal run of " + literals + " bytes too long", i);
      }
      copyLiterals(in, i, end, out, o, outEnd, literals);
      i += literals;
      o += literals;
      if (i == end) {
        break;
      }
      if (end - i < 2) {
        throw new MalformedException("an LZ4 offset cut off", i);
      }
      int offset = (short) SHORT.get(in, i) & 0xffff;
      i += 2;
      int match = token & LENGTH_ESCAPE;
      if (match == LENGTH_ESCAPE) {
        int start = i;
        i = skipLength(in, i, end);
        match = length(in, start, i);
      }
      match += MATCH_MIN;
      if (offset == 0 || offset > o - to || match > outEnd - o) {
        throw new MalformedException("an LZ4 match of " + match + " bytes, " + offset + " back", i);
      }
      copyMatch(out, o, offset, match, outEnd);
      o += match;
    }
    if (o != outEnd || length == 0) {
      throw new MalformedException("an LZ4 block of " + (o - to) + " bytes, not " + outLength, i);
    }
    //< phase 3
  }

  //> phase 3 only
  /** The position behind a length's further bytes. */
  private static int skipLength(byte[] in, int from, int end) throws MalformedException {
    int i = from;
    while (i < end) {
      if (in[i++] != (byte) 255) {
        return i;
      }
    }
    throw new MalformedException("an LZ4 length without an end", from);
  }

  /** The length that the bytes {@code in[from, to)} continue, held below 2^31 - 64. */
  private static int length(byte[] in, int from, int to) {
    long length = LENGTH_ESCAPE + 255L * (to - from - 1) + (in[to - 1] & 0xff);
    return (int) Math.min(length, Integer.MAX_VALUE - 64);
  }

  private static void copyLiterals(
      byte[] in, int from, int end, byte[] out, int to, int outEnd, int count) {
    if (count > WORDWISE_MAX || end - from < count + 8 || outEnd - to < count + 8) {
      System.arraycopy(in, from, out, to, count);
      return;
    }
    for (int k = 0; k < count; k += 8) {
      LONG.set(out, to + k, (long) LONG.get(in, from + k));
    }
  }

  private static void copyMatch(byte[] out, int to, int offset, int count, int outEnd) {
    if (count > WORDWISE_MAX && offset >= count) {
      System.arraycopy(out, to - offset, out, to, count);
      return;
    }
    int done = 0;
    int distance = offset;
    if (distance < 8) {
      // The first bytes one by one; then the pattern repeats at a distance of eight or more too.
      distance = offset * ((7 + offset) / offset);
      done = Math.min(count, distance - offset);
      copyByByte(out, to, offset, done);
    }
    int wideEnd = Math.min(count, outEnd - to - 7);
    for (; done < wideEnd; done += 8) {
      LONG.set(out, to + done, (long) LONG.get(out, to + done - distance));
    }
    if (done < count) {
      copyByByte(out, to + done, distance, count - done);
    }
  }

  private static void copyByByte(byte[] out, int to, int offset, int count) {
    for (int k = to; k < to + count; k++) {
      out[k] = out[k - offset];
    }
  }

  //< phase 3
}
