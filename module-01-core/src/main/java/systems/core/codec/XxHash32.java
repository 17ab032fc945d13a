package systems.core.codec;

/**
 * XXH32: the 32-bit checksum of LZ4 frames. It finds accidents; it is no defence against an enemy.
 *
 * <p>Four lanes take a word each of every 16 bytes, so that the processor has four multiplications
 * under way. What is left over, and the length, are mixed in at the end. The static method hashes
 * what is there; an instance takes a stream in pieces, for one thread at a time.
 *
 * <p>Source: Y. Collet, "xxHash fast digest algorithm", specification 0.1.1.
 */
public final class XxHash32 {
  private static final int PRIME_1 = 0x9E37_79B1;
  private static final int PRIME_2 = 0x85EB_CA77;
  private static final int PRIME_3 = 0xC2B2_AE3D;
  private static final int PRIME_4 = 0x27D4_EB2F;
  private static final int PRIME_5 = 0x1656_67B1;
  private static final int STRIPE_BYTES = 16;

  private final int seed;
  private final byte[] stripe = new byte[STRIPE_BYTES];
  private int filled;
  private long length;
  private int lane1;
  private int lane2;
  private int lane3;
  private int lane4;

  /** The hash of a stream that is still empty. */
  public XxHash32(int seed) {
    this.seed = seed;
    reset();
  }

  /** Begins again with an empty stream. */
  public void reset() {
    filled = 0;
    length = 0;
    lane1 = seed + PRIME_1 + PRIME_2;
    lane2 = seed + PRIME_2;
    lane3 = seed;
    lane4 = seed - PRIME_1;
  }

  /** The hash of a part of an array. */
  public static int hash(byte[] bytes, int from, int length, int seed) {
    var hash = new XxHash32(seed);
    hash.update(bytes, from, length);
    return hash.value();
  }

  /** Adds bytes at the stream's end. */
  public void update(byte[] bytes, int from, int added) {
    Bytes.requirePart(bytes, from, added);
    length += added;
    int end = from + added;
    if (filled > 0) {
      int missing = Math.min(STRIPE_BYTES - filled, added);
      System.arraycopy(bytes, from, stripe, filled, missing);
      filled += missing;
      from += missing;
      if (filled < STRIPE_BYTES) {
        return;
      }
      stripes(stripe, 0, STRIPE_BYTES);
    }
    from = stripes(bytes, from, end);
    filled = end - from;
    System.arraycopy(bytes, from, stripe, 0, filled);
  }

  /** Takes in all whole stripes; returns where the first one begins that is none. */
  private int stripes(byte[] bytes, int from, int end) {
    int a = lane1;
    int b = lane2;
    int c = lane3;
    int d = lane4;
    while (from <= end - STRIPE_BYTES) {
      a = round(a, Bytes.intAt(bytes, from));
      b = round(b, Bytes.intAt(bytes, from + 4));
      c = round(c, Bytes.intAt(bytes, from + 8));
      d = round(d, Bytes.intAt(bytes, from + 12));
      from += STRIPE_BYTES;
    }
    lane1 = a;
    lane2 = b;
    lane3 = c;
    lane4 = d;
    return from;
  }

  private static int round(int lane, int word) {
    return Integer.rotateLeft(lane + word * PRIME_2, 13) * PRIME_1;
  }

  /** The hash of what has been added so far; more may follow. */
  public int value() {
    int hash = length < STRIPE_BYTES ? seed + PRIME_5 : lanes();
    hash += (int) length;
    int at = 0;
    for (; at <= filled - 4; at += 4) {
      hash = Integer.rotateLeft(hash + Bytes.intAt(stripe, at) * PRIME_3, 17) * PRIME_4;
    }
    for (; at < filled; at++) {
      hash = Integer.rotateLeft(hash + (stripe[at] & 0xFF) * PRIME_5, 11) * PRIME_1;
    }
    return avalanche(hash);
  }

  private int lanes() {
    return Integer.rotateLeft(lane1, 1)
        + Integer.rotateLeft(lane2, 7)
        + Integer.rotateLeft(lane3, 12)
        + Integer.rotateLeft(lane4, 18);
  }

  private static int avalanche(int hash) {
    hash = (hash ^ hash >>> 15) * PRIME_2;
    hash = (hash ^ hash >>> 13) * PRIME_3;
    return hash ^ hash >>> 16;
  }
}
