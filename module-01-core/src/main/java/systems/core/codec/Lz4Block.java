package systems.core.codec;

import java.util.Arrays;

/**
 * LZ4's block format: bytes, with what occurred before replaced by where.
 *
 * <p>A block is a row of sequences. Each is some bytes as they are, the literals, and then a match:
 * go back so many bytes and copy from there. The last sequence ends after its literals.
 *
 * <pre>
 *   +-------+- - - - - -+- - - - - -+--------+- - - - - -+
 *   | token | literals' | literals  | offset | match's   |    numbers in bytes:
 *   | 4 | 4 | length    |           |        | length    |    1, 0-n, 0-n, 2, 0-n
 *   +-------+- - - - - -+- - - - - -+--------+- - - - - -+
 *     |   |    ^                                ^
 *     |   +----|--- 15: goes on ----------------+    a match is 4 bytes longer than it says
 *     +--------+ 15: goes on, 255 a byte, until a byte is not 255
 * </pre>
 *
 * <p>The one who compresses promises the decoders of twenty years more: the last five bytes are
 * literals, and no match begins in the last twelve.
 *
 * <p><b>Compressing.</b> A table says for a hash of five bytes where they stood last. If the four
 * bytes there are the same it is a match; it is made longer both ways and written. If not, the next
 * position is tried, and after each 64 failures the steps get one byte longer, so that what cannot
 * be compressed is passed quickly. Nothing is searched: one candidate, taken or not.
 *
 * <p>The table is never cleared. It holds not positions but numbers, which go on from call to call
 * with a gap of 64 KiB between two blocks. What a former block left in it is then farther away than
 * an offset reaches, and one comparison sorts out both. A block that may refer to the one before
 * (in a frame) goes on without the gap.
 *
 * <p><b>Decompressing</b> is where an enemy speaks. Invariants:
 *
 * <ol>
 *   <li>Nothing outside of the given part of the source is read, nothing outside of the given part
 *       of the target is written. Wild copies happen only where their surplus lies inside.
 *   <li>A match begins in what this call has written (or in the history that the caller vouches
 *       for): {@code 0 < offset <= written}. Offset zero would hand out what the array held before;
 *       so would a length that counts bytes nobody wrote. This is CVE-2025-66566 of lz4-java.
 *   <li>Lengths are summed up in a {@code long}. The source has fewer than 2^31 bytes of at most
 *       255, so that the sum cannot wrap, and is compared with the room before it is used.
 *       CVE-2025-12183 was reading and writing outside where such checks had been left out.
 *   <li>The result is the number of bytes written, each of them by a literal or a match. What lies
 *       behind them in the room may have been overwritten, and means nothing.
 * </ol>
 *
 * <p>It is done by three loops. Two are calm: while no end is near they take the sequences whose
 * lengths need one byte more at most, the one with matches from far and the other from near. All
 * others, and all that are wrong, are left to the careful one, which is the format's description in
 * code. Three small loops are faster than one large one with the same branches, because the virtual
 * machine has some thirteen registers for all that a loop must remember, including what it would
 * need to go on in the interpreter after each failed check. For the same reason the calm loops copy
 * more than is needed rather than ask how much is: a wrong guess of the processor costs more than
 * two words.
 *
 * <p>Decompressing has no state. An instance compresses, for one thread at a time; its table is
 * small enough to stay in the first cache, which is why a larger one is slower though it finds
 * more.
 *
 * <p>Source: Y. Collet, "LZ4 Block Format Description", 2022.
 */
public final class Lz4Block {
  /** What a block can hold at most. */
  public static final int LENGTH_MAX = 0x7E00_0000;

  /** How far a match can refer back. */
  static final int WINDOW_BYTES = 1 << 16;

  //> phase 6 only
  private static final int MATCH_MIN = 4;
  private static final int RUN = 15;
  private static final int LAST_LITERALS = 5;
  private static final int LAST_MATCH = 12;
  private static final int SLOT_BITS = 12;
  private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;
  private static final int FAILURES_PER_STEP_LOG = 6;
  private static final long NOT_FOUND = -1;
  private static final int CALM_LITERALS_MAX = 32;
  private static final int CALM_MATCH_MAX = 60;
  private static final int CALM_SOURCE_BYTES = 2 + CALM_LITERALS_MAX + Long.BYTES;
  private static final int CALM_TARGET_BYTES = CALM_LITERALS_MAX + 64;

  private final int[] table = new int[1 << SLOT_BITS];
  private int numbered = WINDOW_BYTES;

  //< phase 6

  /**
   * The most bytes that so many can become.
   *
   * @throws IllegalArgumentException if they are negative or more than {@link #LENGTH_MAX}
   */
  public static int maxCompressedLength(int length) {
    if (length < 0 || length > LENGTH_MAX) {
      throw new IllegalArgumentException("a block of " + length + " bytes");
    }
    return length + length / 255 + 16;
  }

  /**
   * Compresses a part of an array into a part of another.
   *
   * @return the bytes written, or -1 if they do not fit into the room
   * @throws IllegalArgumentException if a part is not within its array, or is longer than {@link
   *     #LENGTH_MAX}
   */
  public int compress(byte[] source, int from, int length, byte[] target, int at, int room) {
    Bytes.requirePart(source, from, length);
    Bytes.requirePart(target, at, room);
    maxCompressedLength(length);
    //> phase 6: where did these bytes stand before, and what did a former call leave in the table?
    skip(WINDOW_BYTES, length);
    return compressAfter(source, from, length, 0, target, at, room);
    //< phase 6
  }

  /**
   * As {@link #compress}, but the block may refer to bytes before it. They stand in the source
   * before {@code from} and are what the calls since the last {@link #compress} were given.
   *
   * @param history how many of them are still there
   */
  int compressLinked(
      byte[] source, int from, int length, int history, byte[] target, int at, int room) {
    Bytes.requirePart(source, from - history, history + length);
    Bytes.requirePart(target, at, room);
    maxCompressedLength(length);
    //> phase 6: what is the difference to a block that stands alone?
    int kept = skip(0, length) ? history : 0;
    return compressAfter(source, from, length, kept, target, at, room);
    //< phase 6
  }

  //> phase 6 only
  /** Leaves a gap in the numbers; false if they have to begin again, and all is forgotten. */
  private boolean skip(int gap, int length) {
    if (numbered > Integer.MAX_VALUE - WINDOW_BYTES - length) {
      Arrays.fill(table, 0);
      numbered = WINDOW_BYTES;
      return false;
    }
    numbered += gap;
    return true;
  }

  private int compressAfter(
      byte[] source, int from, int length, int history, byte[] target, int at, int room) {
    int bias = numbered - from;
    numbered += length;
    int end = from + length;
    int last = end - LAST_MATCH;
    int targetEnd = at + room;
    int position = from;
    int anchor = from;
    int to = at;
    while (true) {
      long found = find(source, position, last, bias);
      if (found == NOT_FOUND) {
        return literals(source, anchor, end, target, to, targetEnd, at);
      }
      int start = (int) (found >>> 32);
      int offset = start - (int) found;
      int backwards = backwards(source, start, offset, anchor, from - history);
      int most = end - LAST_LITERALS; //~ noLastLiterals: int most = end;
      position = matchEnd(source, start, offset, most);
      start -= backwards;
      to = sequence(source, anchor, start, end, offset, position, target, to, targetEnd);
      if (to < 0) {
        return -1;
      }
      anchor = position;
      if (position <= last) {
        table[slot(Bytes.longAt(source, position - 2))] = position - 2 + bias;
      }
    }
  }

  /** The next match: its place in the upper half, that of what it repeats in the lower. */
  private long find(byte[] source, int position, int last, int bias) {
    int[] numbers = table;
    int tries = 1 << FAILURES_PER_STEP_LOG;
    while (position <= last) {
      long bytes = Bytes.longAt(source, position);
      int slot = slot(bytes);
      int candidate = numbers[slot] - bias;
      numbers[slot] = position + bias;
      if (position - candidate < WINDOW_BYTES //~ tooFar: if (position - candidate < 65_537
          && Bytes.intAt(source, candidate) == (int) bytes) {
        return (long) position << 32 | candidate;
      }
      position += tries++ >>> FAILURES_PER_STEP_LOG;
    }
    return NOT_FOUND;
  }

  private static int slot(long bytes) {
    return (int) ((bytes << 24) * FACTOR >>> Long.SIZE - SLOT_BITS);
  }

  /** By how much a match is longer than it seemed, before its beginning. */
  private static int backwards(byte[] source, int start, int offset, int anchor, int oldest) {
    int most = Math.min(start - anchor, start - offset - oldest);
    int backwards = 0;
    while (start - offset - backwards >= 8) {
      int at = start - backwards - 8;
      long difference = Bytes.longAt(source, at) ^ Bytes.longAt(source, at - offset);
      backwards += Long.numberOfLeadingZeros(difference) >>> 3;
      if (difference != 0 || backwards >= most) {
        return Math.min(backwards, most);
      }
    }
    while (backwards < most
        && source[start - backwards - 1] == source[start - offset - backwards - 1]) {
      backwards++;
    }
    return backwards;
  }

  private static int matchEnd(byte[] source, int start, int offset, int limit) {
    int at = start + MATCH_MIN;
    while (at <= limit - 8) {
      long difference = Bytes.longAt(source, at) ^ Bytes.longAt(source, at - offset);
      if (difference != 0) {
        return at + (Long.numberOfTrailingZeros(difference) >>> 3);
      }
      at += 8;
    }
    while (at < limit && source[at] == source[at - offset]) {
      at++;
    }
    return at;
  }

  /** Writes a sequence; returns where the next begins, or -1 if there is no room for it. */
  private static int sequence(
      byte[] source,
      int anchor,
      int start,
      int sourceEnd,
      int offset,
      int matchEnd,
      byte[] target,
      int to,
      int targetEnd) {
    int literals = start - anchor;
    int match = matchEnd - start - MATCH_MIN;
    if (literals < RUN && match < RUN && anchor <= sourceEnd - 16 && to <= targetEnd - 24) {
      target[to++] = (byte) (literals << 4 | match);
      Bytes.copy16(source, anchor, target, to);
      Bytes.putShort(target, to + literals, offset);
      return to + literals + 2;
    }
    long size = 3L + literals + lengthBytes(literals) + lengthBytes(match);
    if (size > targetEnd - to) {
      return -1;
    }
    target[to++] = (byte) (Math.min(literals, RUN) << 4 | Math.min(match, RUN));
    if (literals >= RUN) {
      to = writeLength(target, to, literals - RUN);
    }
    Bytes.copy(source, anchor, sourceEnd, target, to, targetEnd, literals);
    to += literals;
    Bytes.putShort(target, to, offset);
    return match < RUN ? to + 2 : writeLength(target, to + 2, match - RUN);
  }

  /** Writes the last sequence; returns the length of the block. */
  private static int literals(
      byte[] source, int anchor, int end, byte[] target, int to, int targetEnd, int at) {
    int literals = end - anchor;
    long size = 1L + literals + lengthBytes(literals);
    if (size > targetEnd - to) { //~ wastesTheLastByte: if (size >= targetEnd - to) {
      return -1;
    }
    target[to++] = (byte) (Math.min(literals, RUN) << 4);
    if (literals >= RUN) {
      to = writeLength(target, to, literals - RUN);
    }
    System.arraycopy(source, anchor, target, to, literals);
    return to + literals - at;
  }

  private static int writeLength(byte[] target, int to, int rest) {
    int full = rest / 255;
    Arrays.fill(target, to, to + full, (byte) 255);
    target[to + full] = (byte) (rest - full * 255);
    return to + full + 1;
  }

  //< phase 6

  /**
   * Decompresses a part of an array into a part of another.
   *
   * @return the bytes written; what lies behind them in the room means nothing
   * @throws CorruptDataException if it is not a block, or one of more bytes than the room has
   * @throws IllegalArgumentException if a part is not within its array
   */
  public static int decompress(byte[] source, int from, int length, byte[] target, int at, int room)
      throws CorruptDataException {
    return decompressAfter(source, from, length, target, at, room, 0);
  }

  /**
   * As {@link #decompress}, but the block may refer to bytes before it.
   *
   * @param history how many bytes before {@code at} it may refer to
   */
  static int decompressAfter(
      byte[] source, int from, int length, byte[] target, int at, int room, int history)
      throws CorruptDataException {
    Bytes.requirePart(source, from, length);
    Bytes.requirePart(target, at, room);
    Bytes.requirePart(target, at - history, history);
    //> phase 6: which of these numbers may you believe, and before what must each be checked?
    int sourceEnd = from + length;
    int targetEnd = at + room;
    int oldest = at - history;
    int s = from;
    int t = at;
    while (true) {
      long calm = far(source, s, sourceEnd, target, t, targetEnd, oldest);
      s = (int) (calm >>> 32);
      t = (int) calm;
      calm = near(source, s, sourceEnd, target, t, targetEnd, oldest);
      s = (int) (calm >>> 32);
      t = (int) calm;
      if (s == sourceEnd) {
        throw new CorruptDataException("an LZ4 block without its last literals", length);
      }
      int token = source[s++] & 0xFF;
      int literals = token >>> 4;
      long run = literals;
      if (run == RUN) {
        run = readLength(source, s, sourceEnd, from);
        s += lengthBytes(run);
      }
      requireLiterals(run, sourceEnd - s, targetEnd - t, s - from);
      Bytes.copy(source, s, sourceEnd, target, t, targetEnd, (int) run);
      s += (int) run;
      t += (int) run;
      if (s == sourceEnd) {
        return t - at;
      }
      requireOffset(sourceEnd - s, s - from);
      int offset = Bytes.shortAt(source, s);
      s += 2;
      int there = t - oldest;
      if (Integer.compareUnsigned(offset - 1, there) >= 0) { //~ offsetZero: if (offset > there) {
        throw outside(offset, there, s - from - 2);
      }
      run = token & RUN;
      if (run == RUN) {
        run = readLength(source, s, sourceEnd, from);
        s += lengthBytes(run);
      }
      run += MATCH_MIN;
      requireRoom(run, targetEnd - t, s - from);
      Bytes.repeat(target, t, offset, (int) run, targetEnd);
      t += (int) run;
    }
    //< phase 6
  }

  //> phase 6 only
  /**
   * Sequences of at most 32 literals and a match from 8 bytes back or more, as far as they follow
   * each other. It stops before the first one that is otherwise, or that is wrong: that is the
   * careful loop's affair.
   *
   * @return where it stopped in the source, in the upper half, and in the target
   */
  private static long far(
      byte[] source, int s, int sourceEnd, byte[] target, int t, int targetEnd, int oldest) {
    int sourceCalm = sourceEnd - CALM_SOURCE_BYTES;
    int targetCalm = targetEnd - CALM_TARGET_BYTES;
    while (s <= sourceCalm && t <= targetCalm) {
      long word = Bytes.longAt(source, s);
      int token = (int) word & 0xFF;
      int literals = token >>> 4;
      if (literals == RUN) {
        literals += (int) word >>> 8 & 0xFF;
        if (literals > CALM_LITERALS_MAX) {
          break;
        }
        s++;
        Bytes.putLong(target, t, Bytes.longAt(source, s + 1));
        Bytes.putLong(target, t + 8, Bytes.longAt(source, s + 9));
        Bytes.putLong(target, t + 16, Bytes.longAt(source, s + 17));
        Bytes.putLong(target, t + 24, Bytes.longAt(source, s + 25));
      } else {
        Bytes.putLong(target, t, word >>> 8);
        Bytes.putLong(target, t + 7, Bytes.longAt(source, s + 8));
      }
      s += 1 + literals;
      t += literals;
      int rest = (int) Bytes.longAt(source, s);
      int offset = rest & 0xFFFF;
      if (offset < 8 || offset > t - oldest) {
        return before(s, t, literals);
      }
      // Word by word: what is 8 bytes back may be the word that was written last.
      Bytes.putLong(target, t, Bytes.longAt(target, t - offset));
      Bytes.putLong(target, t + 8, Bytes.longAt(target, t + 8 - offset));
      Bytes.putLong(target, t + 16, Bytes.longAt(target, t + 16 - offset));
      int match = token & RUN;
      if (match == RUN) {
        match += rest >>> 16 & 0xFF;
        if (match > CALM_MATCH_MAX) {
          return before(s, t, literals);
        }
        s++;
        Bytes.putLong(target, t + 24, Bytes.longAt(target, t + 24 - offset));
        if (match > 32 - MATCH_MIN) {
          Bytes.putLong(target, t + 32, Bytes.longAt(target, t + 32 - offset));
          Bytes.putLong(target, t + 40, Bytes.longAt(target, t + 40 - offset));
          Bytes.putLong(target, t + 48, Bytes.longAt(target, t + 48 - offset));
          Bytes.putLong(target, t + 56, Bytes.longAt(target, t + 56 - offset));
        }
      }
      s += 2;
      t += match + MATCH_MIN;
    }
    return (long) s << 32 | t;
  }

  /** As {@link #far}, for short matches from 1 to 15 bytes back; columns of numbers have many. */
  private static long near(
      byte[] source, int s, int sourceEnd, byte[] target, int t, int targetEnd, int oldest) {
    int sourceCalm = sourceEnd - CALM_SOURCE_BYTES;
    int targetCalm = targetEnd - CALM_TARGET_BYTES;
    while (s <= sourceCalm && t <= targetCalm && t >= 16) {
      long word = Bytes.longAt(source, s);
      int token = (int) word & 0xFF;
      int literals = token >>> 4;
      if ((token & RUN) == RUN) {
        break;
      }
      if (literals == RUN) {
        literals += (int) word >>> 8 & 0xFF;
        if (literals > CALM_LITERALS_MAX) {
          break;
        }
        s++;
        Bytes.putLong(target, t, Bytes.longAt(source, s + 1));
        Bytes.putLong(target, t + 8, Bytes.longAt(source, s + 9));
        Bytes.putLong(target, t + 16, Bytes.longAt(source, s + 17));
        Bytes.putLong(target, t + 24, Bytes.longAt(source, s + 25));
      } else {
        Bytes.putLong(target, t, word >>> 8);
        Bytes.putLong(target, t + 7, Bytes.longAt(source, s + 8));
      }
      s += 1 + literals;
      t += literals;
      int offset = (int) Bytes.longAt(source, s) & 0xFFFF;
      if (offset >= 16 || Integer.compareUnsigned(offset - 1, t - oldest) >= 0) {
        return before(s, t, literals);
      }
      Bytes.repeat18(target, t, offset);
      s += 2;
      t += (token & RUN) + MATCH_MIN;
    }
    return (long) s << 32 | t;
  }

  /** The place of a token, from the one behind its literals. */
  private static long before(int s, int t, int literals) {
    return (long) (s - 1 - lengthBytes(literals) - literals) << 32 | t - literals;
  }

  /** A length that goes on behind its token. */
  private static long readLength(byte[] source, int at, int end, int from)
      throws CorruptDataException {
    long length = RUN; //~ wrapsTheLength: int length = RUN;
    while (at < end) {
      int part = source[at++] & 0xFF;
      length += part;
      if (part < 255) {
        return length;
      }
    }
    throw new CorruptDataException("an LZ4 block that ends within a length", end - from);
  }

  /** What a length needs behind its token. */
  private static int lengthBytes(long length) {
    return length < RUN ? 0 : (int) ((length - RUN) / 255) + 1;
  }

  private static void requireLiterals(long run, int there, int room, int offset)
      throws CorruptDataException {
    if (run > there) { //~ readsOn: if (run > there + 64L) {
      throw new CorruptDataException(
          run + " literals in an LZ4 block that has " + there + " bytes left", offset);
    }
    requireRoom(run, room, offset);
  }

  private static void requireRoom(long run, int room, int offset) throws CorruptDataException {
    if (run > room) {
      throw new CorruptDataException(
          "an LZ4 block with " + run + " bytes more where " + room + " have room", offset);
    }
  }

  private static void requireOffset(int there, int offset) throws CorruptDataException {
    if (there < 2) {
      throw new CorruptDataException("an LZ4 block that ends within an offset", offset);
    }
  }

  private static CorruptDataException outside(int offset, int there, int at) {
    return new CorruptDataException(
        "an LZ4 match " + offset + " bytes back where " + there + " bytes are", at);
  }
  //< phase 6
}
