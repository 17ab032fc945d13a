package systems.kvstore.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * XXH3, 64 bits, seed zero: the checksum that RocksDB puts under its blocks unless it is told to
 * use CRC-32C. Our tables have CRC-32C; this exists to read RocksDB's.
 *
 * <p>The final algorithm (xxHash 0.8) and its preview {@link XxPh3} share the secret, the constants
 * and the structure. They differ in how up to 16 bytes are mixed, in the last step, in where the
 * last stripe begins (here an input of whole stripes keeps its last one for the end), and in the
 * lane that the raw data is added to (here its neighbour's).
 *
 * <p>The algorithm is Yann Collet's (xxHash specification, "XXH3 Algorithm Description"). Blocks
 * are longer than 16 bytes but for the smallest ones, so that is where the speed lies.
 */
public final class Xxh3 {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long P32_1 = 0x9E3779B1L;
  private static final long P32_2 = 0x85EBCA77L;
  private static final long P32_3 = 0xC2B2AE3DL;
  private static final long P64_1 = 0x9E3779B185EBCA87L;
  private static final long P64_2 = 0xC2B2AE3D27D4EB4FL;
  private static final long P64_3 = 0x165667B19E3779F9L;
  private static final long P64_4 = 0x85EBCA77C2B2AE63L;
  private static final long P64_5 = 0x27D4EB2F165667C5L;
  private static final long MIX_1 = 0x165667919E3779F9L;
  private static final long MIX_2 = 0x9FB21C651E98DF25L;

  private static final byte[] SECRET = XxPh3.SECRET;
  private static final int SECRET_BYTES_MIN = 136;
  private static final int STRIPE_BYTES = 64;
  private static final int STRIPES_PER_ROUND = (SECRET.length - STRIPE_BYTES) / 8;

  private Xxh3() {}

  /** The hash of {@code bytes[offset, offset + length)}. */
  public static long hash64(byte[] bytes, int offset, int length) {
    if (length <= 16) {
      return upTo16(bytes, offset, length);
    }
    if (length <= 128) {
      return upTo128(bytes, offset, length);
    }
    return length <= 240 ? upTo240(bytes, offset, length) : stripes(bytes, offset, length);
  }

  private static long upTo16(byte[] in, int at, int length) {
    if (length > 8) {
      long low = word(in, at) ^ secret(24) ^ secret(32);
      long high = word(in, at + length - 8) ^ secret(40) ^ secret(48);
      return avalanche(length + Long.reverseBytes(low) + high + fold(low, high));
    }
    if (length >= 4) {
      return upTo8(in, at, length);
    }
    return length > 0 ? upTo3(in, at, length) : shortAvalanche(secret(56) ^ secret(64));
  }

  private static long upTo8(byte[] in, int at, int length) {
    long keyed = half(in, at + length - 4) + (half(in, at) << 32) ^ secret(8) ^ secret(16);
    long h = (keyed ^ Long.rotateLeft(keyed, 49) ^ Long.rotateLeft(keyed, 24)) * MIX_2;
    h = (h ^ (h >>> 35) + length) * MIX_2;
    return h ^ h >>> 28;
  }

  private static long upTo3(byte[] in, int at, int length) {
    long first = in[at] & 0xff;
    long middle = in[at + (length >> 1)] & 0xff;
    long last = in[at + length - 1] & 0xff;
    long packed = first << 16 | middle << 24 | last | (long) length << 8;
    return shortAvalanche(packed ^ half(SECRET, 0) ^ half(SECRET, 4));
  }

  private static long upTo128(byte[] in, int at, int length) {
    int end = at + length;
    long sum = length * P64_1;
    for (int i = (length - 1) >> 5; i >= 0; i--) {
      sum += mix16(in, at + 16 * i, 32 * i);
      sum += mix16(in, end - 16 * (i + 1), 32 * i + 16);
    }
    return avalanche(sum);
  }

  private static long upTo240(byte[] in, int at, int length) {
    long sum = length * P64_1;
    for (int i = 0; i < 8; i++) {
      sum += mix16(in, at + 16 * i, 16 * i);
    }
    sum = avalanche(sum);
    for (int i = 8; i < length / 16; i++) {
      sum += mix16(in, at + 16 * i, 16 * (i - 8) + 3);
    }
    sum += mix16(in, at + length - 16, SECRET_BYTES_MIN - 17);
    return avalanche(sum);
  }

  private static long stripes(byte[] in, int at, int length) {
    long[] lanes = {P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1};
    int stripes = (length - 1) / STRIPE_BYTES;
    for (int i = 0; i < stripes; i++) {
      accumulate(lanes, in, at + i * STRIPE_BYTES, 8 * (i % STRIPES_PER_ROUND));
      if ((i + 1) % STRIPES_PER_ROUND == 0) {
        scramble(lanes);
      }
    }
    accumulate(lanes, in, at + length - STRIPE_BYTES, SECRET.length - STRIPE_BYTES - 7);
    return merge(lanes, length * P64_1);
  }

  private static void accumulate(long[] lanes, byte[] in, int at, int secretAt) {
    for (int i = 0; i < 8; i++) {
      long data = word(in, at + 8 * i);
      long keyed = data ^ secret(secretAt + 8 * i);
      lanes[i ^ 1] += data;
      lanes[i] += (keyed & 0xffffffffL) * (keyed >>> 32);
    }
  }

  private static void scramble(long[] lanes) {
    for (int i = 0; i < 8; i++) {
      long lane = lanes[i];
      lanes[i] = (lane ^ lane >>> 47 ^ secret(SECRET.length - STRIPE_BYTES + 8 * i)) * P32_1;
    }
  }

  private static long merge(long[] lanes, long start) {
    long sum = start;
    for (int i = 0; i < 4; i++) {
      sum += fold(lanes[2 * i] ^ secret(11 + 16 * i), lanes[2 * i + 1] ^ secret(11 + 16 * i + 8));
    }
    return avalanche(sum);
  }

  private static long mix16(byte[] in, int at, int secretAt) {
    return fold(word(in, at) ^ secret(secretAt), word(in, at + 8) ^ secret(secretAt + 8));
  }

  private static long fold(long a, long b) {
    return a * b ^ Math.unsignedMultiplyHigh(a, b);
  }

  private static long avalanche(long hash) {
    long h = (hash ^ hash >>> 37) * MIX_1;
    return h ^ h >>> 32;
  }

  private static long shortAvalanche(long hash) {
    long h = (hash ^ hash >>> 33) * P64_2;
    h = (h ^ h >>> 29) * P64_3;
    return h ^ h >>> 32;
  }

  private static long word(byte[] in, int at) {
    return (long) LONG.get(in, at);
  }

  private static long half(byte[] in, int at) {
    return (int) INT.get(in, at) & 0xffffffffL;
  }

  private static long secret(int at) {
    return (long) LONG.get(SECRET, at);
  }
}
