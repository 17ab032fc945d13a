package systems.core.parquet;

/**
 * The values of a page as numbers of entries of its chunk's dictionary: a byte that says their
 * width, and runs. A code that has no entry is found before anybody uses it.
 */
final class Codes {
  private final Window in;
  private final RunReader runs;
  private final int size;

  /**
   * @param size of the dictionary
   */
  Codes(Window in, int size) throws ParquetException {
    this.in = in;
    this.size = size;
    runs = new RunReader(in, in.u8("the width of codes"));
  }

  /** Reads so many codes. */
  void read(int[] target, int at, int count) throws ParquetException {
    //> phase 7: can a code of five bits be beyond a dictionary of twenty?
    runs.read(target, at, count);
    int greatest = 0;
    int all = 0;
    for (int i = at; i < at + count; i++) {
      greatest = Math.max(greatest, target[i]);
      all |= target[i];
    }
    if (count > 0 && (all < 0 || greatest >= size)) { //~ trustsCodes: if (size < 0) {
      throw in.wrong(
          "codes of a dictionary of " + size + " entries",
          String.valueOf(all < 0 ? "a negative one" : greatest));
    }
    //< phase 7
  }
}
