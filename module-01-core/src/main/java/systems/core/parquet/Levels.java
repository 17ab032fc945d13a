package systems.core.parquet;

import java.util.Arrays;
import systems.core.column.Vector;

/**
 * Which values of a page are absent. Parquet counts how many optional parents of a value are there;
 * in a flat table there is one, so the level is 1 of a value and 0 of an absent one, and absent
 * values take no space in the page but this.
 */
final class Levels {
  private final RunReader runs;
  private final int[] levels = new int[Vector.ROWS_MAX];

  private Levels(RunReader runs) {
    this.runs = runs;
  }

  /** Levels in runs. */
  static Levels inRuns(Window in) throws ParquetException {
    return new Levels(new RunReader(in, 1));
  }

  /**
   * Levels as bits, the first in the highest bit of a byte: BIT_PACKED, which was given up in 2013.
   * Turned around they are one packed run.
   */
  static Levels inBits(Window page, int count) throws ParquetException {
    Window bits = page.part((count + 7L) / 8, "levels");
    var run = new Sink();
    run.varint((long) bits.left() << 1 | 1);
    for (int i = bits.at; i < bits.to; i++) {
      run.u8(Integer.reverse(bits.bytes[i]) >>> 24);
    }
    return inRuns(Window.decoded(page.file, page.place(), run.bytes, 0, run.size));
  }

  /** Reads so many levels; returns how many values are absent. */
  int read(boolean[] isNull, int at, int count) throws ParquetException {
    //> phase 7: which level is an absent value, and what do thousands of present ones cost?
    assert count <= levels.length;
    int same = runs.readSame(count);
    if (same >= 0) {
      Arrays.fill(isNull, at, at + count, same == 0);
      return same == 0 ? count : 0;
    }
    runs.read(levels, 0, count);
    int present = 0;
    for (int i = 0; i < count; i++) {
      isNull[at + i] = levels[i] == 0; //~ upsideDown: isNull[at + i] = levels[i] == 1;
      present += levels[i];
    }
    return count - present;
    //< phase 7
  }
}
