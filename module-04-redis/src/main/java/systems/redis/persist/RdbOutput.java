package systems.redis.persist;

import java.util.Arrays;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.types.Lzf;

/** Writes the elements of the RDB format into an array that grows. */
final class RdbOutput {
  private static final int COMPRESS_BYTES_MIN = 20;
  private static final int ARRAY_BYTES_MAX = Integer.MAX_VALUE - 64;

  private byte[] bytes = new byte[1024];
  private int size;
  private final boolean compress;

  RdbOutput(boolean compress) {
    this.compress = compress;
  }

  int size() {
    return size;
  }

  byte[] array() {
    return bytes;
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  void clear() {
    size = 0;
  }

  private void ensure(int more) {
    long needed = size + (long) more;
    if (needed > bytes.length) {
      if (needed > ARRAY_BYTES_MAX) {
        throw ErrorReply.err("a value of more than 2 GB cannot be written in one piece");
      }
      long doubled = Math.min(bytes.length * 2L, ARRAY_BYTES_MAX);
      bytes = Arrays.copyOf(bytes, (int) Math.max(needed, doubled));
    }
  }

  void u8(int value) {
    ensure(1);
    bytes[size++] = (byte) value;
  }

  void raw(byte[] b) {
    ensure(b.length);
    System.arraycopy(b, 0, bytes, size, b.length);
    size += b.length;
  }

  void little(long value, int width) {
    ensure(width);
    for (int i = 0; i < width; i++) {
      bytes[size++] = (byte) (value >>> 8 * i);
    }
  }

  void big(long value, int width) {
    ensure(width);
    for (int i = width - 1; i >= 0; i--) {
      bytes[size++] = (byte) (value >>> 8 * i);
    }
  }

  /** Unsigned. */
  void length(long n) {
    //> phase 4: how many bits does the first byte have left for the number?
    if (n >= 0 && n < 1 << 6) {
      u8((int) n);
    } else if (n >= 0 && n < 1 << 14) { //~ fifteenBits: } else if (n >= 0 && n < 1 << 15) {
      u8(0x40 | (int) (n >>> 8));
      u8((int) n);
    } else if (n >= 0 && n <= 0xffffffffL) {
      u8(0x80);
      big(n, 4);
    } else {
      u8(0x81);
      big(n, 8);
    }
    //< phase 4
  }

  /** A text that is a small integer becomes one; a long text is compressed. */
  void string(byte[] text) {
    //> phase 4: what is shorter: a number, a compressed text, the text?
    if (text.length <= 11 && Numbers.isLong(text) && integer(Numbers.toLong(text))) {
      return;
    }
    if (compress && text.length > COMPRESS_BYTES_MIN) {
      byte[] packed = Lzf.compress(text, text.length - 4);
      if (packed != null) {
        u8(0xc3);
        length(packed.length);
        length(text.length);
        raw(packed);
        return;
      }
    }
    plain(text);
    //< phase 4
  }

  /** A string's bytes as they are. */
  void plain(byte[] text) {
    length(text.length);
    raw(text);
  }

  /** An integer as a string; of more than 32 bits as text. */
  void integerString(long value) {
    if (!integer(value)) {
      plain(Numbers.toBytes(value));
    }
  }

  private boolean integer(long value) {
    //> phase 4: the narrowest of three widths; which end comes first?
    if (value == (byte) value) {
      u8(0xc0);
      little(value, 1);
    } else if (value == (short) value) {
      u8(0xc1);
      little(value, 2); //~ highByteFirst: big(value, 2);
    } else if (value == (int) value) {
      u8(0xc2);
      little(value, 4);
    } else {
      return false;
    }
    return true;
    //< phase 4
  }

  void real(double value) {
    little(Double.doubleToLongBits(value), 8);
  }
}
