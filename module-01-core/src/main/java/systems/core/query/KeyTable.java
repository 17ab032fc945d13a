package systems.core.query;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import systems.core.column.Vector;

/**
 * Numbers keys in the order in which they come: 0, 1, 2, ... Keys are encoded rows; equal bytes are
 * the same key.
 *
 * <pre>
 *   slots    [ . | h2 2 | . | . | h0 0 | . | h1 1 | . ]   hash, and number + 1; half full at most
 *
 *   number       0          1          2
 *   starts   [ 0        | 10       | 21       | 30 ]
 *   keys     [ Oslo...... Rome....... Bern.... ]
 * </pre>
 *
 * <p>No object per key: three arrays, whatever the keys are, and what they need is known at every
 * moment. A slot holds all 32 bits of the hash, so that the bytes of another key are hardly ever
 * looked at.
 *
 * <p>Keys come a batch at a time, and that is what makes it fast. A large table is a cache miss at
 * each step, slot, start, bytes; and a processor waits for several misses at once if no step needs
 * the one before. So each step is a loop over the whole batch. Of one thread.
 */
final class KeyTable {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int SLOTS_MIN = 64;
  private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

  private final ByteBuilder keys = new ByteBuilder();
  private long[] slots = new long[SLOTS_MIN];
  private int[] starts = new int[SLOTS_MIN / 2 + 1];
  private int size;

  int size() {
    return size;
  }

  /** What it occupies. */
  long bytes() {
    return keys.bytes.length + 8L * slots.length + 4L * starts.length;
  }

  static int hash(byte[] bytes, int start, int end) {
    long hash = (long) end - start;
    int at = start;
    for (; at <= end - 8; at += 8) {
      hash = mixed(hash ^ (long) LONG.get(bytes, at));
    }
    long rest = 0;
    for (; at < end; at++) {
      rest = rest << 8 | bytes[at] & 0xFF;
    }
    return (int) (mixed(hash ^ rest) >>> 32);
  }

  private static long mixed(long value) {
    long product = value * MIX;
    return (product ^ product >>> 32) * MIX;
  }

  /** The numbers of keys; those that are new get the next ones. */
  void numbers(EncodedRows rows, int count, int[] numbers) {
    //> phase 7: which loads can the processor begin before the last one is done?
    byte[] bytes = rows.bytes.bytes;
    int mask = slots.length - 1;
    for (int i = 0; i < count; i++) {
      hashes[i] = hash(bytes, rows.starts[i], rows.ends[i]);
    }
    for (int i = 0; i < count; i++) {
      entries[i] = slots[hashes[i] & mask];
    }
    for (int i = 0; i < count; i++) {
      long entry = entries[i];
      int start = rows.starts[i];
      int end = rows.ends[i];
      boolean found = isOf(entry, hashes[i]) && isKey((int) entry - 1, bytes, start, end);
      numbers[i] = found ? (int) entry - 1 : number(hashes[i], bytes, start, end);
    }
    //< phase 7
  }

  /** The number of a key, which is {@link #size} before the call if it is new. */
  int number(byte[] bytes, int start, int end) {
    return number(hash(bytes, start, end), bytes, start, end);
  }

  private int number(int hash, byte[] bytes, int start, int end) {
    //> phase 7: when do you compare bytes, and when do you stop looking?
    int mask = slots.length - 1;
    int slot = hash & mask;
    while (slots[slot] != 0) {
      int number = (int) slots[slot] - 1;
      if (isOf(slots[slot], hash) && isKey(number, bytes, start, end)) {
        return number;
      }
      slot = slot + 1 & mask;
    }
    slots[slot] = (long) hash << 32 | size + 1;
    return add(bytes, start, end);
    //< phase 7
  }

  //> phase 7 only
  private final int[] hashes = new int[Vector.ROWS_MAX];
  private final long[] entries = new long[Vector.ROWS_MAX];

  private static boolean isOf(long entry, int hash) {
    return entry != 0 && (int) (entry >>> 32) == hash;
  }

  private boolean isKey(int number, byte[] bytes, int start, int end) {
    int own = starts[number];
    int length = starts[number + 1] - own;
    if (length != end - start) {
      return false;
    }
    return isEqual(keys.bytes, own, bytes, start, length); //~ hashIsTheKey: return true;
  }

  /** Two loads that overlap cover 8 to 16 bytes, which most keys have. */
  private static boolean isEqual(byte[] left, int at, byte[] right, int other, int length) {
    if (length < Long.BYTES || length > 2 * Long.BYTES) {
      return Arrays.equals(left, at, at + length, right, other, other + length);
    }
    int last = length - Long.BYTES;
    return (long) LONG.get(left, at) == (long) LONG.get(right, other)
        && (long) LONG.get(left, at + last) == (long) LONG.get(right, other + last);
  }

  private int add(byte[] bytes, int start, int end) {
    keys.append(bytes, start, end - start);
    starts[size + 1] = keys.length;
    size++;
    if (size == starts.length - 1) {
      grow();
    }
    return size - 1;
  }

  private void grow() {
    starts = Arrays.copyOf(starts, 2 * size + 1);
    long[] old = slots;
    slots = new long[4 * size];
    int mask = slots.length - 1;
    for (long entry : old) {
      if (entry != 0) {
        int slot = (int) (entry >>> 32) & mask;
        while (slots[slot] != 0) {
          slot = slot + 1 & mask;
        }
        slots[slot] = entry;
      }
    }
  }

  //< phase 7

  /** The hash of a key. */
  int hash(int number) {
    return hash(keys.bytes, starts[number], starts[number + 1]);
  }

  /** Appends the bytes of a key. */
  void write(int number, ByteBuilder to) {
    to.append(keys.bytes, starts[number], starts[number + 1] - starts[number]);
  }

  byte[] keyBytes() {
    return keys.bytes;
  }

  int keyStart(int number) {
    return starts[number];
  }

  void clear() {
    size = 0;
    keys.length = 0;
    Arrays.fill(slots, 0);
  }
}
