package systems.core.parquet;

import systems.core.codec.BitPacking;

/** Writes integers as differences; see {@link DeltaReader} for the picture. */
final class DeltaWriter {
  static final int BLOCK_VALUES = 2048;
  static final int MINIBLOCKS = 8;
  private static final int MINIBLOCK_VALUES = BLOCK_VALUES / MINIBLOCKS;

  private final long[] steps = new long[BLOCK_VALUES];

  /**
   * Writes values.
   *
   * @param isInt whether they have 32 bits; their differences then wrap around there, so that none
   *     takes more
   */
  void write(long[] values, int from, int count, boolean isInt, Sink out) {
    //> phase 7: a header, then blocks of what is between the values
    out.varint(BLOCK_VALUES);
    out.varint(MINIBLOCKS);
    out.varint(count);
    out.zigzag(count == 0 ? 0 : values[from]);
    for (int at = from + 1; at < from + count; at += BLOCK_VALUES) {
      writeBlock(values, at, Math.min(BLOCK_VALUES, from + count - at), isInt, out);
    }
    //< phase 7
  }

  //> phase 7 only
  private void writeBlock(long[] values, int at, int count, boolean isInt, Sink out) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < count; i++) {
      long step = values[at + i] - values[at + i - 1];
      steps[i] = isInt ? (int) step : step;
      least = Math.min(least, steps[i]);
    }
    for (int i = 0; i < BLOCK_VALUES; i++) {
      steps[i] = i < count ? steps[i] - least : 0;
    }
    out.zigzag(least);
    int widthsAt = out.size;
    out.reserve(MINIBLOCKS);
    out.size += MINIBLOCKS;
    for (int miniblock = 0; miniblock < MINIBLOCKS; miniblock++) {
      int from = miniblock * MINIBLOCK_VALUES;
      int width = from < count ? width(from) : 0;
      out.bytes[widthsAt + miniblock] = (byte) width;
      if (from < count) {
        int length = MINIBLOCK_VALUES / BitPacking.GROUP * width;
        out.reserve(length);
        BitPacking.packLongs(steps, from, MINIBLOCK_VALUES, width, out.bytes, out.size);
        out.size += length;
      }
    }
  }

  private int width(int from) {
    long all = 0;
    for (int i = from; i < from + MINIBLOCK_VALUES; i++) {
      all |= steps[i];
    }
    return Long.SIZE - Long.numberOfLeadingZeros(all);
  }
  //< phase 7
}
