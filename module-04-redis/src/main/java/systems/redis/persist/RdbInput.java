package systems.redis.persist;

import java.io.IOException;
import java.io.InputStream;
import systems.redis.resp.Numbers;
import systems.redis.types.Lzf;

/**
 * Reads the elements of the RDB format; keeps the checksum. Whatever length the bytes claim, no
 * more memory is taken than twice what has come.
 */
final class RdbInput {
  private static final int STRING_BYTES_MAX = 512 << 20;
  private static final int STEP_BYTES = 64 * 1024;

  private final InputStream in;
  private final byte[] buffer = new byte[32 * 1024];
  private int at;
  private int end;
  private long offset;
  private long crc;
  private int summed; // up to here the buffer is in the checksum
  private long remaining;

  RdbInput(InputStream in) {
    this(in, Long.MAX_VALUE);
  }

  /** Reads at most so many bytes. */
  RdbInput(InputStream in, long limit) {
    this.in = in;
    remaining = limit;
  }

  long offset() {
    return offset;
  }

  private void sum() {
    crc = Crc64.update(crc, buffer, summed, at);
    summed = at;
  }

  /** The checksum of all bytes read so far. */
  long crc() {
    sum();
    return crc;
  }

  private void fill() throws IOException, DamagedException {
    assert at == end && remaining >= 0 : "bytes are left, or more was read than may be";
    sum();
    int wanted = (int) Math.min(buffer.length, remaining);
    int n = wanted == 0 ? -1 : in.read(buffer, 0, wanted);
    if (n <= 0) {
      throw new DamagedException("ends too early, at byte " + offset);
    }
    remaining -= n;
    at = 0;
    summed = 0;
    end = n;
  }

  int u8() throws IOException, DamagedException {
    if (at == end) {
      fill();
    }
    offset++;
    return buffer[at++] & 0xff;
  }

  byte[] raw(long length) throws IOException, DamagedException {
    //> phase 4: how much memory is a length worth that nobody has kept yet?
    if (length < 0 || length > STRING_BYTES_MAX) {
      throw new DamagedException("a length of " + length + " at byte " + offset);
    }
    byte[] bytes = new byte[(int) Math.min(length, STEP_BYTES)];
    int n = 0;
    while (n < length) {
      if (n == bytes.length) {
        bytes = java.util.Arrays.copyOf(bytes, (int) Math.min(length, bytes.length * 2L));
      }
      if (at == end) {
        fill();
      }
      int count = Math.min(end - at, bytes.length - n);
      System.arraycopy(buffer, at, bytes, n, count);
      at += count;
      offset += count;
      n += count;
    }
    return bytes;
    //< phase 4
  }

  long little(int width) throws IOException, DamagedException {
    long value = 0;
    for (int i = 0; i < width; i++) {
      value |= (long) u8() << 8 * i;
    }
    return value;
  }

  long big(int width) throws IOException, DamagedException {
    long value = 0;
    for (int i = 0; i < width; i++) {
      value = value << 8 | u8();
    }
    return value;
  }

  long length() throws IOException, DamagedException {
    return length(u8());
  }

  private long length(int first) throws IOException, DamagedException {
    //> phase 4: what do the two upper bits say?
    return switch (first >>> 6) {
      case 0 -> first;
      case 1 -> (first & 0x3f) << 8 | u8();
      case 2 -> {
        if (first == 0x80) {
          yield big(4);
        }
        if (first == 0x81) {
          yield big(8);
        }
        throw new DamagedException("an unknown length form at byte " + offset);
      }
      default -> throw new DamagedException("a length was expected at byte " + offset);
    };
    //< phase 4
  }

  /** How many elements follow; negative ones and those beyond 32 bits make no sense. */
  int count() throws IOException, DamagedException {
    long n = length();
    if (n < 0 || n > Integer.MAX_VALUE - 8) {
      throw new DamagedException("a count of " + Long.toUnsignedString(n) + " at byte " + offset);
    }
    return (int) n;
  }

  @SuppressWarnings("UnnecessaryLongToIntConversion") // the sign is that of the narrow type
  byte[] string() throws IOException, DamagedException {
    //> phase 4: a length, or one of four special forms?
    int first = u8();
    return switch (first) {
      case 0xc0 -> Numbers.toBytes((byte) little(1));
      case 0xc1 -> Numbers.toBytes((short) little(2));
      case 0xc2 -> Numbers.toBytes((int) little(4));
      case 0xc3 -> compressed();
      default -> raw(length(first));
    };
    //< phase 4
  }

  private byte[] compressed() throws IOException, DamagedException {
    //> phase 4: two lengths; which of them can lie?
    long packedLength = length();
    long length = length();
    if (length < 0 || length > STRING_BYTES_MAX || length / 300 > packedLength) {
      throw new DamagedException("an impossible compressed length at byte " + offset);
    }
    byte[] text = Lzf.decompress(raw(packedLength), (int) length);
    if (text == null) { //~ trustsCompression: if (length < 0) {
      throw new DamagedException("invalid LZF data before byte " + offset);
    }
    return text;
    //< phase 4
  }

  double real() throws IOException, DamagedException {
    return Double.longBitsToDouble(little(8));
  }

  /** The old form: length and text. */
  double textReal() throws IOException, DamagedException {
    int n = u8();
    return switch (n) {
      case 253 -> Double.NaN;
      case 254 -> Double.POSITIVE_INFINITY;
      case 255 -> Double.NEGATIVE_INFINITY;
      default -> systems.redis.resp.Doubles.parseOrNaN(raw(n));
    };
  }
}
