package systems.redis.types;

import org.jspecify.annotations.Nullable;

/**
 * The LZF compression, which RDB files use for strings and the quicklist for its middle.
 *
 * <pre>
 *   000LLLLL                      L+1 literal bytes follow
 *   LLLooooo oooooooo             copy L+2 bytes (L from 1 to 6) from o+1 bytes back
 *   111ooooo LLLLLLLL oooooooo    copy L+9 bytes from o+1 bytes back
 * </pre>
 *
 * <p>Any encoder's output is fine for the decoder; this one finds matches with one table of the
 * last place of each three bytes. The table is as large as the input is long, up to a bound: most
 * strings are short, and to clear 64 KiB for each of them cost more than all the rest of a
 * snapshot. Format: Marc Lehmann's liblzf.
 */
public final class Lzf {
  private static final int HASH_BITS_MIN = 6;
  private static final int HASH_BITS_MAX = 14;
  private static final int OFFSET_MAX = 1 << 13;
  private static final int MATCH_MAX = (1 << 8) + (1 << 3);
  private static final int LITERALS_MAX = 1 << 5;

  private Lzf() {}

  /** The compressed bytes, or null if they would not be shorter than the limit. */
  public static byte @Nullable [] compress(byte[] in, int shorterThan) {
    if (in.length < 4 || shorterThan <= 4) {
      return null;
    }
    return new Encoder(in, shorterThan).run();
  }

  private static final class Encoder {
    final byte[] in;
    final byte[] out;
    final int limit;
    final int hashShift;
    final int[] table;
    int o;
    int literals;

    Encoder(byte[] in, int limit) {
      this.in = in;
      this.limit = limit;
      out = new byte[limit + LITERALS_MAX + 4];
      int bits = Integer.SIZE - Integer.numberOfLeadingZeros(in.length);
      bits = Math.clamp(bits, HASH_BITS_MIN, HASH_BITS_MAX);
      hashShift = Integer.SIZE - bits;
      table = new int[1 << bits];
    }

    byte @Nullable [] run() {
      int i = 0;
      while (i < in.length) {
        int length = i + 2 < in.length ? match(i) : 0;
        if (length >= 3) {
          endLiterals(i);
          if (o + 3 >= limit) {
            return null;
          }
          copy(i, reference, length);
          i = enter(i, length);
        } else {
          literals++;
          i++;
          if (literals == LITERALS_MAX) {
            endLiterals(i);
          }
        }
        if (o + literals + 1 >= limit) {
          return null;
        }
      }
      endLiterals(i);
      return o < limit ? java.util.Arrays.copyOf(out, o) : null;
    }

    private int reference;

    private int hash(byte[] b, int i) {
      int v = (b[i] & 0xff) << 16 | (b[i + 1] & 0xff) << 8 | b[i + 2] & 0xff;
      return v * 0x9E3779B1 >>> hashShift;
    }

    /** Length of the match at i; leaves where it begins in {@link #reference}. */
    private int match(int i) {
      int slot = hash(in, i);
      reference = table[slot] - 1;
      table[slot] = i + 1;
      if (reference < 0 || i - reference > OFFSET_MAX) {
        return 0;
      }
      int max = Math.min(MATCH_MAX, in.length - i);
      int n = 0;
      while (n < max && in[reference + n] == in[i + n]) {
        n++;
      }
      return n;
    }

    private int enter(int i, int length) {
      int end = i + length;
      for (int k = i + 1; k < end && k + 2 < in.length; k++) {
        table[hash(in, k)] = k + 1;
      }
      return end;
    }

    private void endLiterals(int end) {
      assert literals <= LITERALS_MAX && literals <= end : "five bits for a run";
      if (literals > 0) {
        out[o++] = (byte) (literals - 1);
        System.arraycopy(in, end - literals, out, o, literals);
        o += literals;
        literals = 0;
      }
    }

    private void copy(int i, int from, int length) {
      int back = i - from - 1;
      int l = length - 2;
      assert back >= 0 && back < OFFSET_MAX : "13 bits for the way back";
      assert length >= 3 && length <= MATCH_MAX : "and 8 for the length";
      if (l < 7) {
        out[o++] = (byte) (l << 5 | back >>> 8);
      } else {
        out[o++] = (byte) (7 << 5 | back >>> 8);
        out[o++] = (byte) (l - 7);
      }
      out[o++] = (byte) back;
    }
  }

  /** The bytes again, or null if the input is not the compression of so many bytes. */
  public static byte @Nullable [] decompress(byte[] in, int length) {
    byte[] out = new byte[length];
    int i = 0;
    int o = 0;
    while (i < in.length) {
      int control = in[i++] & 0xff;
      if (control < LITERALS_MAX) {
        int n = control + 1;
        if (i + n > in.length || o + n > length) {
          return null;
        }
        System.arraycopy(in, i, out, o, n);
        i += n;
        o += n;
        continue;
      }
      int n = control >>> 5;
      if (n == 7) {
        if (i == in.length) {
          return null;
        }
        n += in[i++] & 0xff;
      }
      n += 2;
      if (i == in.length) {
        return null;
      }
      int from = o - ((control & 0x1f) << 8) - (in[i++] & 0xff) - 1;
      if (from < 0 || o + n > length) {
        return null;
      }
      for (int k = 0; k < n; k++) { // one by one: source and target may overlap
        out[o++] = out[from++];
      }
    }
    return o == length ? out : null;
  }
}
