package systems.core.parquet;

/**
 * How a file is written. Files of all options have the same rows.
 *
 * @param codec of pages; a chunk that it does not make smaller stays uncompressed
 * @param rowGroupRows of a row group, at most: what a writer holds in memory and a thread reads
 * @param pageRows of a page, at most: what a reader can skip
 * @param pageBytes of a page, at most, unless a single value is longer
 * @param dictionaryBytes of a dictionary; what comes when it is full is written without
 * @param pageVersion 1, which everybody reads, or 2, which leaves levels uncompressed
 * @param bloomFilters whether columns whose dictionary does not hold all their values get a filter
 *     that answers whether a value can be among them
 */
public record ParquetOptions(
    Codec codec,
    int rowGroupRows,
    int pageRows,
    int pageBytes,
    int dictionaryBytes,
    int pageVersion,
    boolean bloomFilters) {
  /** What is good for most files: row groups as DuckDB makes them, cut into three pages. */
  public static final ParquetOptions DEFAULTS =
      new ParquetOptions(Codec.LZ4_RAW, 122_880, 40_960, 1 << 20, 1 << 20, 1, false);

  /** Of a row group, so that its values can be held in arrays. */
  static final int ROWS_MAX = 1 << 24;

  static final int BYTES_MAX = 1 << 27;

  public ParquetOptions {
    if (!codec.isWritten()) {
      throw new IllegalArgumentException("pages are not compressed with " + codec + " here");
    }
    require("rows of a row group", rowGroupRows, ROWS_MAX);
    require("rows of a page", pageRows, ROWS_MAX);
    require("bytes of a page", pageBytes, BYTES_MAX);
    require("bytes of a dictionary", dictionaryBytes, BYTES_MAX);
    require("version of pages", pageVersion, 2);
  }

  private static void require(String what, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(what + " must be 1 to " + most + "; it is " + value);
    }
  }

  public ParquetOptions withCodec(Codec other) {
    return new ParquetOptions(
        other, rowGroupRows, pageRows, pageBytes, dictionaryBytes, pageVersion, bloomFilters);
  }

  public ParquetOptions withRowGroupRows(int rows) {
    return new ParquetOptions(
        codec, rows, pageRows, pageBytes, dictionaryBytes, pageVersion, bloomFilters);
  }

  public ParquetOptions withPageRows(int rows) {
    return new ParquetOptions(
        codec, rowGroupRows, rows, pageBytes, dictionaryBytes, pageVersion, bloomFilters);
  }

  public ParquetOptions withDictionaryBytes(int bytes) {
    return new ParquetOptions(
        codec, rowGroupRows, pageRows, pageBytes, bytes, pageVersion, bloomFilters);
  }

  public ParquetOptions withPageVersion(int version) {
    return new ParquetOptions(
        codec, rowGroupRows, pageRows, pageBytes, dictionaryBytes, version, bloomFilters);
  }

  public ParquetOptions withBloomFilters(boolean wanted) {
    return new ParquetOptions(
        codec, rowGroupRows, pageRows, pageBytes, dictionaryBytes, pageVersion, wanted);
  }
}
