package systems.core.codec;

/**
 * XXH64: the 64-bit hash of Parquet's Bloom filters. Like {@link XxHash32} with words of eight
 * bytes and stripes of 32.
 *
 * <p>Source: Y. Collet, "xxHash fast digest algorithm", specification 0.1.1.
 */
public final class XxHash64 {
  private static final long PRIME_1 = 0x9E37_79B1_85EB_CA87L;
  private static final long PRIME_2 = 0xC2B2_AE3D_27D4_EB4FL;
  private static final long PRIME_3 = 0x1656_67B1_9E37_79F9L;
  private static final long PRIME_4 = 0x85EB_CA77_C2B2_AE63L;
  private static final long PRIME_5 = 0x27D4_EB2F_1656_67C5L;
  private static final int STRIPE_BYTES = 32;

  private XxHash64() {}

  /** The hash of a part of an array. */
  public static long hash(byte[] bytes, int from, int length, long seed) {
    Bytes.requirePart(bytes, from, length);
    int end = from + length;
    long hash = length < STRIPE_BYTES ? seed + PRIME_5 : stripes(bytes, from, end, seed);
    return rest(bytes, end - length % STRIPE_BYTES, end, hash + length);
  }

  private static long stripes(byte[] bytes, int from, int end, long seed) {
    long a = seed + PRIME_1 + PRIME_2;
    long b = seed + PRIME_2;
    long c = seed;
    long d = seed - PRIME_1;
    for (int at = from; at <= end - STRIPE_BYTES; at += STRIPE_BYTES) {
      a = round(a, Bytes.longAt(bytes, at));
      b = round(b, Bytes.longAt(bytes, at + 8));
      c = round(c, Bytes.longAt(bytes, at + 16));
      d = round(d, Bytes.longAt(bytes, at + 24));
    }
    long hash =
        Long.rotateLeft(a, 1)
            + Long.rotateLeft(b, 7)
            + Long.rotateLeft(c, 12)
            + Long.rotateLeft(d, 18);
    return merged(merged(merged(merged(hash, a), b), c), d);
  }

  private static long round(long lane, long word) {
    return Long.rotateLeft(lane + word * PRIME_2, 31) * PRIME_1;
  }

  private static long merged(long hash, long lane) {
    return (hash ^ round(0, lane)) * PRIME_1 + PRIME_4;
  }

  private static long rest(byte[] bytes, int at, int end, long hash) {
    for (; at <= end - 8; at += 8) {
      hash ^= round(0, Bytes.longAt(bytes, at));
      hash = Long.rotateLeft(hash, 27) * PRIME_1 + PRIME_4;
    }
    if (at <= end - 4) {
      hash ^= (Bytes.intAt(bytes, at) & 0xFFFF_FFFFL) * PRIME_1;
      hash = Long.rotateLeft(hash, 23) * PRIME_2 + PRIME_3;
      at += 4;
    }
    for (; at < end; at++) {
      hash ^= (bytes[at] & 0xFFL) * PRIME_5;
      hash = Long.rotateLeft(hash, 11) * PRIME_1;
    }
    return avalanche(hash);
  }

  private static long avalanche(long hash) {
    hash = (hash ^ hash >>> 33) * PRIME_2;
    hash = (hash ^ hash >>> 29) * PRIME_3;
    return hash ^ hash >>> 32;
  }
}
