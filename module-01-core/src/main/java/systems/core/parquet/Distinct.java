package systems.core.parquet;

import java.util.Arrays;
import systems.core.codec.XxHash64;

/**
 * Numbers values in the order in which they first come: a hash table whose slots say where the
 * value is among the distinct ones, with open addressing.
 */
final class Distinct {
  private static final int SLOTS_MIN = 1 << 10;

  /** The number of a value plus 1; 0 if free. */
  private int[] slots = new int[SLOTS_MIN];

  private int[] hashes = new int[SLOTS_MIN / 2];
  private int size;

  /** Of integers, and of the bits of floating-point numbers. */
  long[] longs = {};

  /** Of strings; an entry ends where the next begins. */
  byte[] bytes = {};

  int[] starts = new int[1];

  int size() {
    return size;
  }

  void clear() {
    size = 0;
    slots = new int[SLOTS_MIN];
  }

  /** Forgets the newest value; no more may be asked for then. */
  void forgetLast() {
    size--;
  }

  /** Bytes of all strings. */
  int byteCount() {
    return starts[size];
  }

  /** The number of an integer, as it is after it was added if it is new. */
  int number(long value) {
    int hash = (int) (value * 0x9E37_79B9_7F4A_7C15L >>> 32);
    int slot = hash & slots.length - 1;
    while (slots[slot] != 0) {
      int number = slots[slot] - 1;
      if (longs[number] == value) {
        return number;
      }
      slot = slot + 1 & slots.length - 1;
    }
    if (size == longs.length) {
      longs = Arrays.copyOf(longs, Math.max(64, 2 * size));
    }
    longs[size] = value;
    return add(slot, hash);
  }

  /** The number of a string, as it is after it was added if it is new. */
  int number(byte[] source, int from, int length) {
    int hash = (int) XxHash64.hash(source, from, length, 0);
    int slot = hash & slots.length - 1;
    while (slots[slot] != 0) {
      int number = slots[slot] - 1;
      if (hashes[number] == hash && equals(number, source, from, length)) {
        return number;
      }
      slot = slot + 1 & slots.length - 1;
    }
    append(source, from, length);
    return add(slot, hash);
  }

  private boolean equals(int number, byte[] source, int from, int length) {
    return Arrays.equals(bytes, starts[number], starts[number + 1], source, from, from + length);
  }

  private void append(byte[] source, int from, int length) {
    if (size + 1 == starts.length) {
      starts = Arrays.copyOf(starts, Math.max(64, 2 * starts.length));
    }
    int end = starts[size];
    if (length > bytes.length - end) {
      long wanted = 2L * end + 2L * length;
      bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 16, wanted));
    }
    System.arraycopy(source, from, bytes, end, length);
    starts[size + 1] = end + length;
  }

  private int add(int slot, int hash) {
    if (size == hashes.length) {
      hashes = Arrays.copyOf(hashes, 2 * size);
    }
    hashes[size] = hash;
    slots[slot] = ++size;
    if (size > slots.length / 2) {
      grow();
    }
    return size - 1;
  }

  private void grow() {
    slots = new int[4 * slots.length];
    for (int number = 0; number < size; number++) {
      int slot = hashes[number] & slots.length - 1;
      while (slots[slot] != 0) {
        slot = slot + 1 & slots.length - 1;
      }
      slots[slot] = number + 1;
    }
  }
}
