package systems.redis.types;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * A small set of integers: sorted, in one array, all as wide as the widest needs.
 *
 * <pre>
 *   [ width:4 = 2, 4 or 8 ][ count:4 ][ integer:width ]*        little endian
 * </pre>
 *
 * <p>A number that needs more room makes all wider, once; they never become narrower again. Finding
 * is a binary search, inserting moves half of the array: good up to some hundreds, then a table
 * takes over. Redis' own bytes.
 */
public final class Intset {
  private static final int HEAD = 8;

  private byte[] bytes = new byte[HEAD + 16];
  private int width = 2;
  private int count;

  public int count() {
    return count;
  }

  /** Its bytes, as Redis has them. */
  public byte[] toBytes() {
    byte[] copy = Arrays.copyOf(bytes, HEAD + count * width);
    put(copy, 0, width, 4);
    put(copy, 4, count, 4);
    return copy;
  }

  /** Takes bytes that {@link #validate} has accepted. */
  public static Intset of(byte[] valid) {
    var set = new Intset();
    set.bytes = valid;
    set.width = (int) number(valid, 0, 4);
    set.count = (int) number(valid, 4, 4);
    assert HEAD + set.count * set.width == valid.length : "not validated";
    return set;
  }

  /** Whether foreign bytes are such a set: sizes agree, integers ascend. */
  public static boolean validate(byte[] b) {
    //> phase 2: which sizes agree, and in which order are the integers?
    if (b.length < HEAD) {
      return false;
    }
    long w = number(b, 0, 4);
    long n = number(b, 4, 4) & 0xffffffffL;
    if (w != 2 && w != 4 && w != 8 || n == 0 || HEAD + n * w != b.length) {
      return false;
    }
    for (int i = 1; i < n; i++) {
      int at = HEAD + (int) (i * w);
      if (number(b, at, (int) w) <= number(b, at - (int) w, (int) w)) {
        return false;
      }
    }
    return true;
    //< phase 2
  }

  public long get(int index) {
    assert index >= 0 && index < count;
    return number(bytes, HEAD + index * width, width);
  }

  public long random(RandomGenerator random) {
    return get(random.nextInt(count));
  }

  public boolean contains(long value) {
    return find(value) >= 0;
  }

  /** The index of the value, or -1 - the index where it would be. */
  private int find(long value) {
    //> phase 2: halves; and what does a miss say?
    int low = 0;
    int high = count - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long there = get(middle);
      if (there == value) {
        return middle;
      }
      if (there < value) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1 - low;
    //< phase 2
  }

  /** Whether it was not there. */
  public boolean add(long value) {
    //> phase 2: where, how wide, and is there room?
    int found = find(value);
    if (found >= 0) {
      return false;
    }
    if (widthOf(value) > width) { //~ neverWidens: if (widthOf(value) > 8) {
      widen(widthOf(value));
    }
    int at = HEAD + (-1 - found) * width;
    int end = HEAD + count * width;
    if (end + width > bytes.length) {
      bytes = Arrays.copyOf(bytes, end + width + Math.min(end, 512));
    }
    System.arraycopy(bytes, at, bytes, at + width, end - at);
    put(bytes, at, value, width);
    count++;
    int i = -1 - found;
    assert (i == 0 || get(i - 1) < value) && (i == count - 1 || value < get(i + 1)) : "ascending";
    return true;
    //< phase 2
  }

  private void widen(int to) {
    //> phase 2: the same integers in wider places
    assert to > width : "never narrower again";
    byte[] target = new byte[HEAD + (count + 4) * to];
    for (int i = 0; i < count; i++) {
      put(target, HEAD + i * to, get(i), to);
    }
    bytes = target;
    width = to;
    //< phase 2
  }

  /** Whether it was there. */
  public boolean remove(long value) {
    //> phase 2: what lies behind it moves up
    int found = find(value);
    if (found < 0) {
      return false;
    }
    int at = HEAD + found * width;
    System.arraycopy(bytes, at + width, bytes, at, HEAD + count * width - at - width);
    count--;
    return true;
    //< phase 2
  }

  public int capacity() {
    return bytes.length;
  }

  private static int widthOf(long value) {
    return value == (short) value ? 2 : value == (int) value ? 4 : 8;
  }

  private static long number(byte[] b, int at, int width) {
    long value = b[at + width - 1];
    for (int i = width - 2; i >= 0; i--) {
      value = value << 8 | b[at + i] & 0xff;
    }
    return value;
  }

  private static void put(byte[] b, int at, long value, int width) {
    for (int i = 0; i < width; i++) {
      b[at + i] = (byte) (value >>> 8 * i);
    }
  }
}
