package systems.core.parquet;

import java.util.Arrays;
import systems.core.codec.BitPacking;

/**
 * Small numbers, of which many in a row are the same or have few bits: levels, codes of a
 * dictionary, truth values. Two kinds of runs alternate as the writer likes.
 *
 * <pre>
 *   repeated   varint  length &lt;&lt; 1          value in whole bytes, the least first
 *   packed     varint  groups &lt;&lt; 1 | 1      groups of 8 values, width bits each
 *
 *   width 3:   0a 05   03 88 c6 fa
 *              |  |    |  +-- 0 1 2 3 4 5 6 7, the first in the lowest bits
 *              |  |    +-- one group, packed
 *              |  +-- five
 *              +-- five times
 * </pre>
 *
 * <p>A packed run is read in whole groups into the caller's array; only where the caller stops
 * within a group that group waits in a small array of its own.
 *
 * <p>The numbers are below 2^width, or the run is refused. What is beyond the last number that is
 * asked for is padding.
 */
final class RunReader {
  static final int WIDTH_MAX = 32;

  private final Window in;
  private final int width;

  /** Values of this run that nobody has read. */
  private long left;

  private boolean repeated;
  private int value;

  /** Where the next packed group begins. */
  private int packedAt;

  private final int[] group = new int[BitPacking.GROUP];
  private int groupAt = BitPacking.GROUP;

  RunReader(Window in, int width) throws ParquetException {
    if (width < 0 || width > WIDTH_MAX) {
      throw in.wrong("a width of 0 to " + WIDTH_MAX + " bits", String.valueOf(width));
    }
    this.in = in;
    this.width = width;
  }

  /** Reads so many numbers. */
  void read(int[] target, int at, int count) throws ParquetException {
    //> phase 7: runs end where they like, and so do the calls; what is kept between them?
    int to = at + count;
    while (at < to) {
      if (left == 0) {
        begin();
      }
      int taken = (int) Math.min(to - at, left);
      if (repeated) {
        Arrays.fill(target, at, at + taken, value);
      } else {
        unpack(target, at, taken);
      }
      left -= taken; //~ everyRunAnew: left = 0;
      at += taken;
    }
    //< phase 7
  }

  /** Passes over numbers if they are all in this run and the same; returns it, or else -1. */
  int readSame(int count) throws ParquetException {
    //> phase 7: most columns have no absent value for thousands of rows
    if (left == 0 && count > 0) {
      begin();
    }
    if (!repeated || left < count) {
      return -1;
    }
    left -= count;
    return value;
    //< phase 7
  }

  //> phase 7 only
  private void begin() throws ParquetException {
    long header = in.varint("the header of a run");
    long length = header >>> 1;
    repeated = (header & 1) == 0 || width == 0; // numbers of no bits are all 0
    if (length == 0 || length > Integer.MAX_VALUE) {
      throw in.wrong("a run of 1 to 2^31 - 1", Long.toUnsignedString(length));
    }
    if (repeated) {
      left = (header & 1) == 0 ? length : length * BitPacking.GROUP;
      value = value();
    } else {
      left = length * BitPacking.GROUP;
      packedAt = in.take(length * width, "a packed run");
      groupAt = BitPacking.GROUP;
    }
  }

  private int value() throws ParquetException {
    int bytes = width + 7 >>> 3; //~ wholeIntegers: int bytes = 4;
    long read = 0;
    for (int i = 0; i < bytes; i++) {
      read |= (long) in.u8("the value of a run") << 8 * i;
    }
    if (read >>> width != 0) {
      throw in.wrong("a number of " + width + " bits", String.valueOf(read));
    }
    return (int) read;
  }

  private void unpack(int[] target, int at, int count) {
    int to = at + count;
    while (at < to && groupAt < group.length) {
      target[at++] = group[groupAt++];
    }
    int whole = to - at & -BitPacking.GROUP;
    BitPacking.unpack(in.bytes, packedAt, width, target, at, whole);
    packedAt += whole / BitPacking.GROUP * width;
    at += whole;
    if (at < to) {
      BitPacking.unpack(in.bytes, packedAt, width, group, 0, BitPacking.GROUP);
      packedAt += width;
      groupAt = to - at; //~ groupFromItsStart: groupAt = 0;
      System.arraycopy(group, 0, target, at, groupAt);
    }
  }
  //< phase 7
}
