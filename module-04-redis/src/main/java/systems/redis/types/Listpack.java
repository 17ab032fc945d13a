package systems.redis.types;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import systems.redis.resp.Numbers;

/**
 * Short values in a row, in one array: what small lists, hashes, sorted sets and streams are.
 *
 * <pre>
 *   [ bytes:4 ][ count:2 ][ element ]* [ 0xFF ]          little endian
 *
 *   element  [ encoding and data ][ length of the former, read from its end ]
 *
 *   0xxxxxxx                     0 to 127          10xxxxxx ...            string, up to 63 bytes
 *   110xxxxx yyyyyyyy            13 bits, signed   1110xxxx yyyyyyyy ...   string, up to 4095
 *   F1 / F2 / F3 / F4 ...        16/24/32/64 bits  F0 length:4 ...         string
 * </pre>
 *
 * <p>The length at an element's end lets one walk backwards: seven bits a byte, the high bit says
 * that more follow to the left. A text that is an integer is kept as one. A count of 65535 means
 * that one has to count.
 *
 * <p>These are Redis' own bytes, so that an RDB file or a DUMP is a copy of the array, and a loaded
 * payload is used as it is once {@link #validate} has walked it. Positions are offsets into the
 * array; any change makes them void, except the one that it returns. Source of the format:
 * Salvatore Sanfilippo, listpack.md.
 */
public final class Listpack {
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, LITTLE_ENDIAN);

  public static final int HEAD = 6;
  private static final int COUNT_UNKNOWN = 65535;

  /** A listpack stays below this; who lets it grow splits before. */
  public static final int BYTES_MAX = 1 << 30;

  private static final int END = 0xff;

  /** No such position. */
  public static final int NONE = -1;

  private byte[] bytes;
  private int size;
  private int count;

  public Listpack() {
    bytes = new byte[32];
    size = HEAD + 1;
    bytes[HEAD] = (byte) END;
  }

  private Listpack(byte[] bytes, int size, int count) {
    this.bytes = bytes;
    this.size = size;
    this.count = count;
  }

  /**
   * Takes bytes that {@link #validate} has accepted, without a copy.
   *
   * @return the listpack, which from now on owns the array
   */
  public static Listpack of(byte[] valid) {
    var pack = new Listpack(valid, valid.length, 0);
    int n = 0;
    for (int at = pack.first(); at != NONE; at = pack.next(at)) {
      n++;
    }
    pack.count = n;
    assert pack.isWhole() : "not validated";
    return pack;
  }

  /** Its bytes, as Redis has them. */
  public byte[] toBytes() {
    byte[] copy = Arrays.copyOf(bytes, size);
    INTS.set(copy, 0, size);
    int shown = Math.min(count, COUNT_UNKNOWN);
    copy[4] = (byte) shown;
    copy[5] = (byte) (shown >>> 8);
    return copy;
  }

  public Listpack copy() {
    return new Listpack(Arrays.copyOf(bytes, size), size, count);
  }

  public int count() {
    return count;
  }

  public boolean isEmpty() {
    return count == 0;
  }

  /** Bytes in use. */
  public int size() {
    return size;
  }

  /** Bytes allocated. */
  public int capacity() {
    return bytes.length;
  }

  /** Ends with the terminator, and has bytes of elements if and only if it counts some. */
  private boolean isWhole() {
    return (bytes[size - 1] & 0xff) == END && (count == 0) == (size == HEAD + 1);
  }

  // ---- positions

  public int first() {
    return size > HEAD + 1 ? HEAD : NONE;
  }

  public int last() {
    return before(size - 1);
  }

  /** Where an element would be appended. */
  public int end() {
    return size - 1;
  }

  public int next(int at) {
    int next = skip(at);
    return next == size - 1 ? NONE : next;
  }

  public int previous(int at) {
    return before(at);
  }

  private int before(int at) {
    //> phase 2: the length of an element is read from its end; which byte is the last of it?
    if (at == HEAD) {
      return NONE;
    }
    int length = 0;
    int shift = 0;
    int i = at - 1;
    while (true) {
      length |= (bytes[i] & 0x7f) << shift;
      if ((bytes[i] & 0x80) == 0) {
        break;
      }
      shift += 7;
      i--;
    }
    assert i - length >= HEAD : "an element cannot begin in the head";
    return i - length;
    //< phase 2
  }

  private int skip(int at) {
    int length = encodedLength(bytes, at);
    return at + length + backLength(length);
  }

  /** The position of the element with this index, negative ones from the end; or {@link #NONE}. */
  public int seek(long index) {
    //> phase 2: from which side is it nearer?
    long i = index < 0 ? index + count : index;
    if (i < 0 || i >= count) {
      return NONE;
    }
    if (i < count / 2) {
      int at = HEAD;
      for (; i > 0; i--) {
        at = skip(at);
      }
      return at;
    }
    int at = size - 1;
    for (; i < count; i++) {
      at = before(at);
    }
    return at;
    //< phase 2
  }

  // ---- reading

  private static int encodedLength(byte[] b, int at) {
    int e = b[at] & 0xff;
    if (e < 0x80) {
      return 1;
    }
    if (e < 0xc0) {
      return 1 + (e & 0x3f);
    }
    if (e < 0xe0) {
      return 2;
    }
    if (e < 0xf0) {
      return 2 + ((e & 0x0f) << 8 | b[at + 1] & 0xff);
    }
    return switch (e) {
      case 0xf0 -> 5 + (int) INTS.get(b, at + 1);
      case 0xf1 -> 3;
      case 0xf2 -> 4;
      case 0xf3 -> 5;
      case 0xf4 -> 9;
      default -> throw new AssertionError("no element at " + at);
    };
  }

  private static int backLength(int length) {
    if (length < 1 << 7) {
      return 1;
    }
    if (length < 1 << 14) {
      return 2;
    }
    if (length < 1 << 21) {
      return 3;
    }
    return length < 1 << 28 ? 4 : 5;
  }

  public boolean isInteger(int at) {
    int e = bytes[at] & 0xff;
    return e < 0x80 || e >= 0xc0 && e < 0xe0 || e >= 0xf1;
  }

  /** Only where {@link #isInteger}. */
  public long integer(int at) {
    //> phase 2: five widths; where is the sign?
    int e = bytes[at] & 0xff;
    if (e < 0x80) {
      return e;
    }
    if (e < 0xe0) {
      long raw = (e & 0x1fL) << 8 | bytes[at + 1] & 0xff;
      return raw << 51 >> 51; // the sign is the 13th bit //~ losesTheSign: return raw;
    }
    return switch (e) {
      case 0xf1 -> (short) (bytes[at + 1] & 0xff | bytes[at + 2] << 8);
      case 0xf2 -> bytes[at + 1] & 0xff | (bytes[at + 2] & 0xff) << 8 | bytes[at + 3] << 16;
      case 0xf3 -> (int) INTS.get(bytes, at + 1);
      case 0xf4 -> (long) LONGS.get(bytes, at + 1);
      default -> throw new AssertionError("not an integer at " + at);
    };
    //< phase 2
  }

  private int textFrom(int at) {
    assert !isInteger(at) : "an integer has no text here";
    int e = bytes[at] & 0xff;
    return e < 0xc0 ? at + 1 : e < 0xf0 ? at + 2 : at + 5;
  }

  private int textTo(int at) {
    return at + encodedLength(bytes, at);
  }

  /** A copy of the element, an integer as its text. */
  public byte[] get(int at) {
    return isInteger(at)
        ? Numbers.toBytes(integer(at))
        : Arrays.copyOfRange(bytes, textFrom(at), textTo(at));
  }

  /** Length of what {@link #get} would return. */
  public int length(int at) {
    return isInteger(at) ? Numbers.length(integer(at)) : textTo(at) - textFrom(at);
  }

  /** Writes the element as a bulk string. */
  public void reply(int at, systems.redis.resp.Reply reply) {
    if (isInteger(at)) {
      reply.bulk(integer(at));
    } else {
      reply.bulk(bytes, textFrom(at), textTo(at));
    }
  }

  /** Whether the element is this text. */
  public boolean equals(int at, byte[] text) {
    if (isInteger(at)) {
      return Numbers.isLong(text) && Numbers.toLong(text) == integer(at);
    }
    return Arrays.equals(bytes, textFrom(at), textTo(at), text, 0, text.length);
  }

  /**
   * The first element from a position on that is this text.
   *
   * @param skip how many elements lie between two that are looked at: 1 looks only at keys
   */
  public int find(int from, byte[] text, int skip) {
    //> phase 2: a text that reads as a number is kept as one; what is compared with what?
    boolean number = Numbers.isLong(text);
    long value = number ? Numbers.toLong(text) : 0;
    int at = from;
    while (at != NONE) {
      if (isInteger(at)
          ? number && integer(at) == value
          : !number && Arrays.equals(bytes, textFrom(at), textTo(at), text, 0, text.length)) {
        return at;
      }
      at = next(at);
      for (int i = 0; i < skip && at != NONE; i++) {
        at = next(at);
      }
    }
    return NONE;
    //< phase 2
  }

  // ---- changing

  public void append(byte[] text) {
    insert(size - 1, text);
  }

  public void append(long value) {
    insert(size - 1, value);
  }

  public void prepend(byte[] text) {
    insert(HEAD, text);
  }

  /** Puts the text before the element at a position, or at {@link #end}; it then begins there. */
  public void insert(int at, byte[] text) {
    if (Numbers.isLong(text)) {
      insert(at, Numbers.toLong(text));
      return;
    }
    int length = textLength(text.length);
    open(at, 0, length);
    writeText(at, text);
    writeBack(at + length, length);
    count++;
    assert isWhole();
  }

  public void insert(int at, long value) {
    int length = integerLength(value);
    open(at, 0, length);
    writeInteger(at, value);
    writeBack(at + length, length);
    count++;
    assert isWhole();
  }

  /** Puts the text in the place of the element. */
  public void replace(int at, byte[] text) {
    if (Numbers.isLong(text)) {
      replace(at, Numbers.toLong(text));
      return;
    }
    int length = textLength(text.length);
    open(at, skip(at) - at, length);
    writeText(at, text);
    writeBack(at + length, length);
    assert isWhole();
  }

  public void replace(int at, long value) {
    int length = integerLength(value);
    open(at, skip(at) - at, length);
    writeInteger(at, value);
    writeBack(at + length, length);
    assert isWhole();
  }

  /** Takes the element out; returns the position of the one behind it, or {@link #NONE}. */
  public int delete(int at) {
    return delete(at, 1);
  }

  /** Takes up to so many elements out. */
  public int delete(int at, int elements) {
    //> phase 2: where does what lies behind go?
    int to = at;
    int n = 0;
    while (n < elements && to != size - 1) {
      to = skip(to);
      n++;
    }
    System.arraycopy(bytes, to, bytes, at, size - to);
    size -= to - at;
    count -= n;
    shrink();
    assert isWhole();
    return at == size - 1 ? NONE : at;
    //< phase 2
  }

  private void shrink() {
    if (bytes.length > 256 && size < bytes.length / 4) {
      bytes = Arrays.copyOf(bytes, size * 2);
    }
  }

  /**
   * Makes room for an element of the length, and what belongs to its end, in place of old bytes.
   */
  private void open(int at, int old, int length) {
    //> phase 2: what lies behind moves, in the same array or in a larger one
    long grown = (long) size - old + length + backLength(length);
    assert grown <= BYTES_MAX + 64 : "the caller splits before";
    int to = at + length + backLength(length);
    byte[] target = bytes;
    if (grown > bytes.length) {
      target = new byte[(int) Math.min(BYTES_MAX + 64L, grown + grown / 4 + 8)];
      System.arraycopy(bytes, 0, target, 0, at);
    }
    System.arraycopy(bytes, at + old, target, to, size - at - old);
    bytes = target;
    size = (int) grown;
    //< phase 2
  }

  private static int textLength(int length) {
    return length + (length < 64 ? 1 : length < 4096 ? 2 : 5);
  }

  private static int integerLength(long value) {
    //> phase 2: the shortest form that holds the value
    if (value >= 0 && value < 128) {
      return 1;
    }
    if (value >= -4096 && value < 4096) { //~ wrongRange: if (value >= -4096 && value <= 4096) {
      return 2;
    }
    if (value == (short) value) {
      return 3;
    }
    if (value >= -(1 << 23) && value < 1 << 23) {
      return 4;
    }
    return value == (int) value ? 5 : 9;
    //< phase 2
  }

  /** How many bytes an element of this text takes. */
  public static int entryBytes(byte[] text) {
    int length =
        Numbers.isLong(text) ? integerLength(Numbers.toLong(text)) : textLength(text.length);
    return length + backLength(length);
  }

  private void writeText(int at, byte[] text) {
    //> phase 2: three heads, by the length
    int length = text.length;
    int from;
    if (length < 64) {
      bytes[at] = (byte) (0x80 | length);
      from = at + 1;
    } else if (length < 4096) {
      bytes[at] = (byte) (0xe0 | length >>> 8);
      bytes[at + 1] = (byte) length;
      from = at + 2;
    } else {
      bytes[at] = (byte) 0xf0;
      INTS.set(bytes, at + 1, length);
      from = at + 5;
    }
    System.arraycopy(text, 0, bytes, from, length);
    //< phase 2
  }

  private void writeInteger(int at, long value) {
    switch (integerLength(value)) {
      case 1 -> bytes[at] = (byte) value;
      case 2 -> {
        bytes[at] = (byte) (0xc0 | value >>> 8 & 0x1f);
        bytes[at + 1] = (byte) value;
      }
      case 3 -> little(at, 0xf1, value, 2);
      case 4 -> little(at, 0xf2, value, 3);
      case 5 -> little(at, 0xf3, value, 4);
      default -> little(at, 0xf4, value, 8);
    }
  }

  private void little(int at, int encoding, long value, int width) {
    bytes[at] = (byte) encoding;
    for (int i = 0; i < width; i++) {
      bytes[at + 1 + i] = (byte) (value >>> 8 * i);
    }
  }

  private void writeBack(int at, int length) {
    //> phase 2: seven bits a byte, read from the right: which byte says that more follow?
    int width = backLength(length);
    int rest = length;
    for (int i = width - 1; i >= 0; i--) {
      bytes[at + i] = (byte) (rest & 0x7f | (i == 0 ? 0 : 0x80));
      rest >>>= 7;
    }
    assert rest == 0 : "seven bits a byte hold the length";
    //< phase 2
  }

  // ---- validation

  /**
   * Whether foreign bytes are a listpack, every element within its bounds and readable from both
   * sides.
   */
  public static boolean validate(byte[] b) {
    if (b.length < HEAD + 1 || (int) INTS.get(b, 0) != b.length) {
      return false;
    }
    int shown = b[4] & 0xff | (b[5] & 0xff) << 8;
    int at = HEAD;
    int n = 0;
    while ((b[at] & 0xff) != END) {
      int next = validElement(b, at);
      if (next < 0) {
        return false;
      }
      at = next;
      n++;
    }
    return at == b.length - 1 && (shown == COUNT_UNKNOWN || shown == n);
  }

  private static int validElement(byte[] b, int at) {
    //> phase 2: what may foreign bytes claim, and what is read before it is checked?
    int e = b[at] & 0xff;
    int head = e < 0xc0 ? 1 : e < 0xf0 ? 2 : e == 0xf0 ? 5 : 1;
    if (e > 0xf4 || at + head >= b.length) {
      return -1;
    }
    long length = encodedLength(b, at);
    if (e == 0xf0) {
      length = 5 + ((int) INTS.get(b, at + 1) & 0xffffffffL);
    }
    if (length > b.length) {
      return -1;
    }
    int back = backLength((int) length);
    long next = at + length + back;
    return next < b.length && isBack(b, (int) (at + length), (int) length, back) ? (int) next : -1;
    //< phase 2
  }

  private static boolean isBack(byte[] b, int at, int length, int width) {
    int rest = length;
    for (int i = width - 1; i >= 0; i--) {
      if ((b[at + i] & 0xff) != (rest & 0x7f | (i == 0 ? 0 : 0x80))) {
        return false; //~ phase 2 trustsTheWayBack: return true;
      }
      rest >>>= 7;
    }
    return true;
  }
}
