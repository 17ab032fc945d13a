package systems.redis.types;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;

/**
 * HyperLogLog: how many different elements, within 0.81 %, in 12 KiB at most.
 *
 * <pre>
 *   [ HYLL ][ encoding:1 ][ 0:3 ][ cached count:8, the highest bit: void ][ registers ]
 *
 *   dense    16384 registers of 6 bits, the lowest bits first
 *   sparse   00nnnnnn            n+1 registers are 0
 *            01nnnnnn nnnnnnnn   n+1 registers are 0
 *            1vvvvvnn            n+1 registers are v+1
 * </pre>
 *
 * <p>An element's hash chooses a register by 14 bits; the register keeps the longest run of zeros
 * seen in the rest. The count is Ertl's estimator from the histogram of the registers (New
 * cardinality estimation algorithms for HyperLogLog sketches, 2017), which needs no table of
 * corrections. A sparse one becomes dense when it grows over the limit or a register passes 32.
 *
 * <p>It is a string value; these are Redis' bytes, which GET shows and SET brings back. Whatever a
 * client may have set is checked before it is read.
 */
public final class Hll {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, LITTLE_ENDIAN);

  public static final int REGISTERS = 1 << 14;
  private static final int INDEX_BITS = 14;
  private static final int RANK_BITS = 64 - INDEX_BITS;
  private static final int HEAD = 16;
  private static final int DENSE_BYTES = HEAD + REGISTERS * 6 / 8;
  private static final int SPARSE_VALUE_MAX = 32;
  private static final int SPARSE_RUN_MAX = 4;
  private static final double ALPHA = 0.7213475204444817;
  private static final byte[] MAGIC = {'H', 'Y', 'L', 'L'};

  private byte[] bytes;

  private Hll(byte[] bytes) {
    this.bytes = bytes;
  }

  /** An empty one. */
  public static Hll empty() {
    byte[] b = new byte[HEAD + 2];
    System.arraycopy(MAGIC, 0, b, 0, 4);
    b[4] = 1;
    b[HEAD] = 0x7f;
    b[HEAD + 1] = (byte) 0xff;
    return new Hll(b);
  }

  /**
   * Takes a string's bytes, which it may change.
   *
   * @throws ErrorReply if they are none
   */
  public static Hll of(byte[] b) {
    boolean fits =
        b.length >= HEAD
            && Arrays.equals(b, 0, 4, MAGIC, 0, 4)
            && (b[4] == 0 && b.length == DENSE_BYTES || b[4] == 1);
    if (!fits) {
      throw new ErrorReply("WRONGTYPE Key is not a valid HyperLogLog string value.");
    }
    return new Hll(b);
  }

  private static ErrorReply corrupt() {
    return new ErrorReply("INVALIDOBJ Corrupted HLL object detected");
  }

  public byte[] bytes() {
    return bytes;
  }

  public boolean isSparse() {
    return bytes[4] == 1;
  }

  // ---- hash: MurmurHash64A by Austin Appleby, with Redis' seed

  static long hash(byte[] data) {
    final long m = 0xc6a4a7935bd1e995L;
    long h = 0xadc83b19L ^ data.length * m;
    int i = 0;
    for (; i <= data.length - 8; i += 8) {
      long k = (long) LONGS.get(data, i) * m;
      k = (k ^ k >>> 47) * m;
      h = (h ^ k) * m;
    }
    if (i < data.length) {
      for (int j = data.length - 1; j >= i; j--) {
        h ^= (data[j] & 0xffL) << 8 * (j - i);
      }
      h *= m;
    }
    h = (h ^ h >>> 47) * m;
    return h ^ h >>> 47;
  }

  // ---- adding

  /** Whether a register changed. */
  public boolean add(byte[] element, int sparseBytesMax) {
    long h = hash(element);
    int index = (int) h & REGISTERS - 1;
    int rank = Long.numberOfTrailingZeros(h >>> INDEX_BITS | 1L << RANK_BITS) + 1;
    assert rank >= 1 && rank <= RANK_BITS + 1 : "a run of zeros ends with the hash";
    return raise(index, rank, sparseBytesMax);
  }

  private boolean raise(int index, int rank, int sparseBytesMax) {
    if (isSparse()) {
      if (rank <= SPARSE_VALUE_MAX) {
        int changed = raiseSparse(index, rank, sparseBytesMax);
        if (changed >= 0) {
          return changed > 0;
        }
      }
      toDense();
    }
    if (dense(index) >= rank) {
      return false;
    }
    dense(index, rank);
    forgetCount();
    return true;
  }

  private int dense(int index) {
    int bit = index * 6;
    int at = HEAD + (bit >>> 3);
    int shift = bit & 7;
    int two = bytes[at] & 0xff | (at + 1 < bytes.length ? (bytes[at + 1] & 0xff) << 8 : 0);
    return two >>> shift & 63;
  }

  private void dense(int index, int rank) {
    assert rank > 0 && rank < 64 : "six bits a register";
    int bit = index * 6;
    int at = HEAD + (bit >>> 3);
    int shift = bit & 7;
    int two = bytes[at] & 0xff | (at + 1 < bytes.length ? (bytes[at + 1] & 0xff) << 8 : 0);
    two = two & ~(63 << shift) | rank << shift;
    bytes[at] = (byte) two;
    if (at + 1 < bytes.length) {
      bytes[at + 1] = (byte) (two >>> 8);
    }
  }

  /** 1 if changed, 0 if not, -1 if it would be too long. */
  private int raiseSparse(int index, int rank, int sparseBytesMax) {
    //> phase 2: in which run is the register, and what becomes of that run?
    int previous = HEAD;
    int at = HEAD;
    int covered = 0;
    while (at < bytes.length) {
      int length = opLength(at);
      int run = run(at);
      if (index < covered + run) {
        int value = opValue(at);
        if (value >= rank) {
          return 0;
        }
        if (!splice(at, length, index - covered, run, value, rank, sparseBytesMax)) {
          return -1;
        }
        joinValues(previous);
        return 1;
      }
      covered += run;
      previous = at;
      at += length;
    }
    throw corrupt();
    //< phase 2
  }

  private boolean splice(
      int at, int length, int before, int run, int value, int rank, int sparseBytesMax) {
    assert before >= 0 && before < run : "the register is in this run";
    byte[] ops = new byte[8];
    int n = ops(ops, 0, value, before);
    n = ops(ops, n, rank, 1);
    n = ops(ops, n, value, run - before - 1);
    int grown = bytes.length - length + n;
    if (n > length && grown - HEAD > sparseBytesMax) {
      return false;
    }
    byte[] target = new byte[grown];
    System.arraycopy(bytes, 0, target, 0, at);
    System.arraycopy(ops, 0, target, at, n);
    System.arraycopy(bytes, at + length, target, at + n, bytes.length - at - length);
    bytes = target;
    forgetCount();
    return true;
  }

  private static int ops(byte[] into, int at, int value, int run) {
    assert run <= (value > 0 ? SPARSE_RUN_MAX : REGISTERS) : "a run too long for its form";
    int n = at;
    if (run > 0 && value > 0) {
      into[n++] = (byte) (0x80 | value - 1 << 2 | run - 1);
    } else if (run > 64) {
      into[n++] = (byte) (0x40 | run - 1 >>> 8);
      into[n++] = (byte) (run - 1);
    } else if (run > 0) {
      into[n++] = (byte) (run - 1);
    }
    return n;
  }

  /**
   * Runs of the same value next to each other become one, around the place of a change.
   *
   * @param from where an operation begins: the second byte of a long run of zeros looks like one
   */
  private void joinValues(int from) {
    int at = from;
    for (int steps = 0; steps < 5 && at + 1 < bytes.length; steps++) {
      if ((bytes[at] & 0x80) == 0) {
        at += opLength(at);
        continue;
      }
      boolean same =
          (bytes[at + 1] & 0x80) != 0
              && opValue(at) == opValue(at + 1)
              && run(at) + run(at + 1) <= SPARSE_RUN_MAX;
      if (same) {
        int run = run(at) + run(at + 1);
        bytes[at + 1] = (byte) (0x80 | opValue(at) - 1 << 2 | run - 1);
        byte[] target = new byte[bytes.length - 1];
        System.arraycopy(bytes, 0, target, 0, at);
        System.arraycopy(bytes, at + 1, target, at, target.length - at);
        bytes = target;
      } else {
        at++;
      }
    }
  }

  private int opLength(int at) {
    return (bytes[at] & 0xc0) == 0x40 ? 2 : 1;
  }

  private int run(int at) {
    int op = bytes[at] & 0xff;
    if (op >= 0x80) {
      return (op & 3) + 1;
    }
    if (op < 0x40) {
      return (op & 0x3f) + 1;
    }
    if (at + 1 >= bytes.length) {
      throw corrupt();
    }
    return ((op & 0x3f) << 8 | bytes[at + 1] & 0xff) + 1;
  }

  private int opValue(int at) {
    int op = bytes[at] & 0xff;
    return op < 0x80 ? 0 : (op >>> 2 & 0x1f) + 1;
  }

  /** Goes over to the dense form. */
  public void toDense() {
    if (!isSparse()) {
      return;
    }
    byte[] registers = registers();
    byte[] target = new byte[DENSE_BYTES];
    System.arraycopy(bytes, 0, target, 0, HEAD);
    target[4] = 0;
    bytes = target;
    for (int i = 0; i < REGISTERS; i++) {
      if (registers[i] != 0) {
        dense(i, registers[i]);
      }
    }
  }

  /** All registers, a byte each. */
  public byte[] registers() {
    //> phase 2: what if the runs cover more registers than there are?
    byte[] registers = new byte[REGISTERS];
    if (!isSparse()) {
      for (int i = 0; i < REGISTERS; i++) {
        registers[i] = (byte) dense(i);
      }
      return registers;
    }
    int i = 0;
    int at = HEAD;
    while (at < bytes.length) {
      int run = run(at);
      if (i + run > REGISTERS) {
        throw corrupt();
      }
      Arrays.fill(registers, i, i + run, (byte) opValue(at));
      i += run;
      at += opLength(at);
    }
    if (i != REGISTERS) { //~ trustsTheRuns: if (i < 0) {
      throw corrupt();
    }
    return registers;
    //< phase 2
  }

  // ---- counting

  /** The count kept in the head, or null if a register has changed since. */
  public @Nullable Long cachedCount() {
    long cached = (long) LONGS.get(bytes, 8);
    return cached < 0 ? null : (Long) cached;
  }

  private void forgetCount() {
    bytes[15] |= (byte) 0x80; //~ phase 2 keepsTheOldCount: bytes[15] |= 0;
  }

  /** Counts, and keeps the count in the head. */
  public long count() {
    long count = estimate(registers());
    LONGS.set(bytes, 8, count);
    return count;
  }

  public static long estimate(byte[] registers) {
    //> phase 2: Ertl's estimator from the histogram of the registers
    int[] histogram = new int[64];
    for (byte r : registers) {
      histogram[r & 63]++;
    }
    double m = REGISTERS;
    double z = m * tau((m - histogram[RANK_BITS + 1]) / m);
    for (int j = RANK_BITS; j >= 1; j--) {
      z = (z + histogram[j]) * 0.5;
    }
    z += m * sigma(histogram[0] / m);
    return Math.round(ALPHA * m * m / z);
    //< phase 2
  }

  private static double tau(double value) {
    if (value == 0 || value == 1) {
      return 0;
    }
    double x = value;
    double y = 1;
    double z = 1 - x;
    double before;
    do {
      x = Math.sqrt(x);
      before = z;
      y *= 0.5;
      z -= (1 - x) * (1 - x) * y;
    } while (before != z);
    return z / 3;
  }

  private static double sigma(double value) {
    if (value == 1) {
      return Double.POSITIVE_INFINITY;
    }
    double x = value;
    double y = 1;
    double z = x;
    double before;
    do {
      x *= x;
      before = z;
      z += x * y;
      y += y;
    } while (before != z);
    return z;
  }

  // ---- merging

  /** Raises the registers of the array to those here. */
  public void mergeInto(byte[] registers) {
    byte[] mine = registers();
    for (int i = 0; i < REGISTERS; i++) {
      registers[i] = (byte) Math.max(registers[i], mine[i]);
    }
  }

  /** Raises the registers here to those of the array. */
  public void raiseAll(byte[] registers, int sparseBytesMax) {
    for (int i = 0; i < REGISTERS; i++) {
      if (registers[i] != 0) {
        raise(i, registers[i], sparseBytesMax);
      }
    }
    forgetCount();
  }

  /** The sparse form's operations in words, for {@code PFDEBUG DECODE}. */
  public String describe() {
    var text = new StringBuilder();
    for (int at = HEAD; at < bytes.length; at += opLength(at)) {
      int op = bytes[at] & 0xff;
      text.append(text.isEmpty() ? "" : " ");
      if (op >= 0x80) {
        text.append("v:").append(opValue(at)).append(',').append(run(at));
      } else {
        text.append(op < 0x40 ? "z:" : "Z:").append(run(at));
      }
    }
    return text.toString();
  }
}
