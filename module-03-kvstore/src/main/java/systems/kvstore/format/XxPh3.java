package systems.kvstore.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * XXPH3, the 64-bit hash under RocksDB's Bloom filters: the preview of XXH3 that came with xxHash
 * 0.7.2, frozen because it is stored in files. The final XXH3 gives other values.
 *
 * <p>One secret of 192 bytes, read at another place for every step, stands for a key schedule. The
 * length decides how much work an input is worth:
 *
 * <pre>
 *     0        a constant
 *     1..3     three bytes and the length in one word, one multiplication
 *     4..8     first and last four bytes
 *     9..16    first and last eight bytes, one 64 x 64 -&gt; 128 bit product
 *    17..128   16-byte pieces from both ends towards the middle
 *   129..240   16-byte pieces from the front, mixed once in between
 *   241..      stripes of 64 bytes into eight accumulators, scrambled every 16 stripes
 * </pre>
 *
 * <p>Keys of a store are short, so the first four classes decide the speed: they read overlapping
 * words and have no loop over bytes. A 128-bit product is folded by xor of its halves ({@link
 * Math#unsignedMultiplyHigh} is one instruction).
 *
 * <p>The seed is zero throughout. RocksDB departs from the preview in one value: the hash of no
 * bytes, 0 there, is the folded product of the secret's first word and a prime. The algorithm is
 * Yann Collet's (xxHash); that this is what RocksDB stores is shown by comparing filter blocks bit
 * by bit.
 */
public final class XxPh3 {
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

  private static final int STRIPE_BYTES = 64;
  private static final int STRIPES_PER_ROUND = 16;

  static final byte[] SECRET =
      HexFormat.of()
          .parseHex(
              "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
                  + "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
                  + "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
                  + "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
                  + "eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e"
                  + "2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e");

  /** Where the middle class ends in the secret: the shortest secret the algorithm allows. */
  private static final int SECRET_BYTES_MIN = 136;

  private XxPh3() {}

  /** The hash of {@code bytes[offset, offset + length)}. */
  public static long hash64(byte[] bytes, int offset, int length) {
    //> phase 3: which of the six length classes reads which bytes of the key?
    if (length <= 16) {
      return upTo16(bytes, offset, length);
    }
    if (length <= 128) {
      return upTo128(bytes, offset, length);
    }
    return length <= 240 ? upTo240(bytes, offset, length) : stripes(bytes, offset, length);
    //< phase 3
  }

  private static long upTo16(byte[] in, int at, int length) {
    if (length > 8) {
      long low = word(in, at) ^ secret(0);
      long high = word(in, at + length - 8) ^ secret(8);
      return avalanche(length + low + high + fold(low, high));
    }
    if (length >= 4) {
      long pair = half(in, at) | half(in, at + length - 4) << 32;
      long keyed = pair ^ secret(0);
      long mixed = length + (keyed ^ keyed >>> 51) * P32_1;
      return avalanche((mixed ^ mixed >>> 47) * P64_2);
    }
    return length > 0 ? upTo3(in, at, length) : fold(secret(0), P64_2);
  }

  private static long upTo3(byte[] in, int at, int length) {
    long first = in[at] & 0xff;
    long middle = in[at + (length >> 1)] & 0xff;
    long last = in[at + length - 1] & 0xff;
    long packed = first | middle << 8 | last << 16 | (long) length << 24;
    return avalanche((packed ^ half(SECRET, 0)) * P64_1);
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
    int stripes = length / STRIPE_BYTES;
    for (int i = 0; i < stripes; i++) {
      accumulate(lanes, in, at + i * STRIPE_BYTES, 8 * (i % STRIPES_PER_ROUND));
      if ((i + 1) % STRIPES_PER_ROUND == 0) {
        scramble(lanes);
      }
    }
    if (length % STRIPE_BYTES != 0) {
      accumulate(lanes, in, at + length - STRIPE_BYTES, SECRET.length - STRIPE_BYTES - 7);
    }
    return merge(lanes, length * P64_1);
  }

  private static void accumulate(long[] lanes, byte[] in, int at, int secretAt) {
    for (int i = 0; i < 8; i++) {
      long data = word(in, at + 8 * i);
      long keyed = data ^ secret(secretAt + 8 * i);
      lanes[i] += data + (keyed & 0xffffffffL) * (keyed >>> 32);
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
    long h = (hash ^ hash >>> 37) * P64_3;
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
