package systems.core.parquet;

import java.util.Arrays;
import systems.core.codec.BitPacking;

/**
 * Integers as differences to the one before, DELTA_BINARY_PACKED: what rises evenly takes next to
 * nothing, whatever its size.
 *
 * <pre>
 *   header   varint values in a block   varint miniblocks in a block
 *            varint values in all       zigzag the first value
 *   block    zigzag the least difference   a width for each miniblock, a byte
 *            miniblocks: differences minus the least one, packed in that many bits
 *   block    ...
 * </pre>
 *
 * <p>Sums and differences wrap around: between the least and the greatest integer lies a step of
 * -1. Integers of 32 bits are summed up in 64 and cut at the end, which is the same modulo 2^32.
 *
 * <p>The last miniblock is filled up to its length, those behind it are absent though their widths
 * are there.
 *
 * <p>Source: D. Lemire, L. Boytsov, "Decoding billions of integers per second through
 * vectorization", Software: Practice and Experience 45(1), 2015.
 */
final class DeltaReader {
  private static final int BLOCK_VALUES_MAX = 1 << 20;
  private static final int MINIBLOCKS_MAX = 1 << 12;

  private final Window in;
  private final int miniblocks;
  private final int[] widths;

  /** Differences of the miniblock that is being read. */
  private final long[] steps;

  private final long values;

  /** Values that nobody has read. */
  private long left;

  private long last;
  private boolean begun;
  private long leastStep;
  private int miniblock;
  private int stepAt;

  DeltaReader(Window in) throws ParquetException {
    this.in = in;
    int block = in.count("the values of a block", BLOCK_VALUES_MAX);
    miniblocks = in.count("the miniblocks of a block", MINIBLOCKS_MAX);
    if (miniblocks == 0 || block == 0 || block % (miniblocks * BitPacking.GROUP) != 0) {
      throw in.wrong(
          "miniblocks of a multiple of " + BitPacking.GROUP + " values",
          block + " values in " + miniblocks);
    }
    values = in.count("the number of values", Integer.MAX_VALUE);
    last = in.zigzag("the first value");
    left = values;
    widths = new int[miniblocks];
    steps = new long[block / miniblocks];
    miniblock = miniblocks;
    stepAt = steps.length;
  }

  /** How many values there are in all. */
  long values() {
    return values;
  }

  /** Reads so many values. */
  void read(long[] target, int at, int count) throws ParquetException {
    //> phase 7: where does the first value come from, and when does a block begin?
    if (count > left) {
      throw in.wrong(count + " more values", left + " of " + values);
    }
    left -= count;
    int to = at + count;
    if (!begun && count > 0) {
      begun = true;
      target[at++] = last;
    }
    while (at < to) {
      if (stepAt == steps.length) {
        beginMiniblock();
      }
      int taken = Math.min(to - at, steps.length - stepAt);
      sum(target, at, taken);
      stepAt += taken;
      at += taken;
    }
    //< phase 7
  }

  /** Passes over all that is left, without unpacking it; the window is then behind it. */
  void readOff() throws ParquetException {
    //> phase 7: the lengths of strings come before the strings; where do those begin?
    long ahead = left - (begun ? 0 : 1) - (steps.length - stepAt);
    while (ahead > 0) {
      takeMiniblock();
      ahead -= steps.length;
    }
    left = 0;
    //< phase 7
  }

  //> phase 7 only
  private void sum(long[] target, int at, int count) {
    long sum = last;
    long least = leastStep;
    for (int i = 0; i < count; i++) {
      sum += steps[stepAt + i] + least; //~ forgetsTheLeast: sum += steps[stepAt + i];
      target[at + i] = sum;
    }
    last = sum;
  }

  private void beginMiniblock() throws ParquetException {
    int start = takeMiniblock();
    int width = widths[miniblock - 1];
    if (width == 0) {
      Arrays.fill(steps, 0);
    } else {
      BitPacking.unpackLongs(in.bytes, start, width, steps, 0, steps.length);
    }
    stepAt = 0;
  }

  /** Passes over a miniblock; returns where it begins. */
  private int takeMiniblock() throws ParquetException {
    if (miniblock == miniblocks) {
      beginBlock();
    }
    int width = widths[miniblock++];
    if (width > Long.SIZE) { // that of a miniblock which is absent may be anything
      throw in.wrong("a width of 0 to " + Long.SIZE + " bits", String.valueOf(width));
    }
    return in.take((long) steps.length / BitPacking.GROUP * width, "a miniblock");
  }

  private void beginBlock() throws ParquetException {
    leastStep = in.zigzag("the least difference");
    int start = in.take(miniblocks, "the widths of miniblocks");
    for (int i = 0; i < miniblocks; i++) {
      widths[i] = in.bytes[start + i] & 0xff;
    }
    miniblock = 0;
  }
  //< phase 7
}
