package systems.core.parquet;

import systems.core.codec.BitPacking;

/**
 * Writes small numbers in runs; see {@link RunReader} for the picture. A stretch of the same number
 * becomes a repeated run if that is shorter than packing it and beginning another packed run behind
 * it. Packed runs come in groups of eight, so a repeated run gives a few of its numbers to fill the
 * group before it.
 */
final class RunWriter {
  private static final int GROUP = BitPacking.GROUP;

  /** The headers of a repeated run and of the packed one behind it. */
  private static final int HEADERS_BYTES = 4;

  private final int[] lastGroup = new int[GROUP];

  /** Writes numbers below 2^width. */
  void write(int[] values, int from, int count, int width, Sink out) {
    //> phase 7: when is a repeated run shorter?
    int valueBytes = width + 7 >>> 3;
    int runMin = (8 * (HEADERS_BYTES + valueBytes) + width - 1) / width;
    int to = from + count;
    int packedFrom = from;
    int at = from;
    while (at < to) {
      int end = endOfRun(values, at, to);
      int filling = (packedFrom - at) & GROUP - 1; // what the group before it lacks
      if (end - at - filling >= runMin) {
        pack(values, packedFrom, at + filling, width, out);
        out.varint((long) (end - at - filling) << 1);
        for (int i = 0; i < valueBytes; i++) {
          out.u8(values[at] >>> 8 * i);
        }
        packedFrom = end;
      }
      at = end;
    }
    pack(values, packedFrom, to, width, out);
    //< phase 7
  }

  //> phase 7 only
  private static int endOfRun(int[] values, int from, int to) {
    int end = from + 1;
    while (end < to && values[end] == values[from]) {
      end++;
    }
    return end;
  }

  private void pack(int[] values, int from, int to, int width, Sink out) {
    int count = to - from;
    if (count == 0) {
      return;
    }
    int groups = (count + GROUP - 1) / GROUP;
    out.varint((long) groups << 1 | 1);
    out.reserve((long) groups * width);
    int whole = count & -GROUP;
    BitPacking.pack(values, from, whole, width, out.bytes, out.size);
    if (whole < count) {
      for (int i = 0; i < GROUP; i++) {
        lastGroup[i] = whole + i < count ? values[from + whole + i] : 0;
      }
      BitPacking.pack(lastGroup, 0, GROUP, width, out.bytes, out.size + whole / GROUP * width);
    }
    out.size += groups * width;
  }

  //< phase 7

  /** How many bits the numbers below a bound take; at least one, as some readers expect it. */
  static int width(int bound) {
    return Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(bound - 1));
  }
}
