package systems.core.parquet;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import systems.core.column.Dictionary;
import systems.core.column.DoubleVector;
import systems.core.column.LongVector;
import systems.core.column.StringVector;
import systems.core.column.Vector;

/**
 * Fills vectors from the pages of a chunk. Pages end where they like, and a vector is filled from
 * as many as it takes.
 *
 * <pre>
 *   rows of the chunk   |......page 0......|....page 1....|......page 2......|
 *                               read ^   ^ read
 *   vector                           [...|....]
 * </pre>
 *
 * <p>Of a page, the levels of the rows come first, then so many values as are there, densely; then
 * they are moved apart, from the last one on, to where they belong. A page without absent values,
 * that is most pages, needs no moving.
 */
abstract sealed class ColumnReader {
  private final ChunkPages pages;
  private final long rows;
  private final PageIndex.@Nullable Offsets offsets;
  final Column column;

  /** The row that comes next. */
  private long row;

  /** The page that this row is in; null before the first. */
  private PageHeader.@Nullable Data page;

  /** Of this page, rows that nobody has read. */
  private int pageLeft;

  private @Nullable Levels levels;
  private @Nullable Window values;
  private int pageNulls;

  ColumnReader(ChunkPages pages, Column column, long rows, PageIndex.@Nullable Offsets offsets) {
    this.pages = pages;
    this.column = column;
    this.rows = rows;
    this.offsets = offsets;
  }

  /**
   * A reader of a chunk.
   *
   * @param offsets of its pages, or null if the file does not say them
   */
  static ColumnReader open(
      MappedFile file,
      Column column,
      FileMetaData.Chunk chunk,
      long rows,
      PageIndex.@Nullable Offsets offsets)
      throws ParquetException {
    var pages = new ChunkPages(file, column, chunk);
    Window dictionary = pages.dictionary();
    int size = pages.dictionarySize();
    return switch (column.type()) {
      case BOOLEAN, LONG, DATE, TIMESTAMP -> {
        long[] entries =
            dictionary == null ? new long[0] : Dictionaries.longs(column, dictionary, size);
        yield new OfLongs(pages, column, rows, offsets, entries);
      }
      case DOUBLE -> {
        double[] entries =
            dictionary == null ? new double[0] : Dictionaries.doubles(column, dictionary, size);
        yield new OfDoubles(pages, column, rows, offsets, entries);
      }
      case STRING -> {
        Dictionary entries =
            dictionary == null
                ? new Dictionary(new byte[0], new int[1])
                : Dictionaries.strings(dictionary, size);
        yield new OfStrings(pages, column, rows, offsets, entries);
      }
    };
  }

  /** Goes forward to a row, past pages that are not looked into. */
  final void skipTo(long target) throws ParquetException {
    assert target >= row && target <= rows;
    if (offsets != null && target > row + pageLeft) {
      jump(offsets, target);
    }
    while (row + pageLeft <= target && row < target) {
      row += pageLeft;
      pageLeft = 0;
      if (row < target) {
        nextPage();
      }
    }
    if (row < target) {
      readOff((int) (target - row));
    }
  }

  private void nextPage() throws ParquetException {
    do {
      page = pages.next(rows - row);
      pageLeft = page.values();
    } while (pageLeft == 0);
    values = null;
  }

  /** Goes to the page of a row by what the file says of its pages. */
  private void jump(PageIndex.Offsets known, long target) throws ParquetException {
    int number = known.pageOf(target);
    PageIndex.Place place = known.places().get(number);
    if (target == rows || place.firstRow() <= row) {
      return;
    }
    pages.seek(place.offset());
    row = place.firstRow();
    nextPage();
    if (pageLeft != known.endRow(number, rows) - row) {
      throw pages.wrongPlace(place, pageLeft);
    }
  }

  /** Reads rows that nobody wants, since those behind them in the page are wanted. */
  private void readOff(int count) throws ParquetException {
    Vector unwanted = column.type().newVector();
    for (int left = count; left > 0; left -= Vector.ROWS_MAX) {
      read(unwanted, Math.min(left, Vector.ROWS_MAX));
    }
  }

  /** Fills a vector with the next rows. */
  final void read(Vector vector, int count) throws ParquetException {
    //> phase 7: a vector may need two pages, and a page has fewer values than rows
    begin(vector);
    vector.nullCount = 0;
    int at = 0;
    while (at < count) {
      if (pageLeft == 0) {
        leavePage(vector, at);
        nextPage();
      }
      int taken = Math.min(count - at, pageLeft);
      int nulls = levels(vector, at, taken);
      read(vector, at, taken, nulls);
      vector.nullCount += nulls; //~ countsOnePage: vector.nullCount = nulls;
      pageNulls += nulls;
      pageLeft -= taken;
      row += taken;
      at += taken;
      if (pageLeft == 0) {
        endPage();
      }
    }
    //< phase 7
  }

  //> phase 7 only
  private int levels(Vector vector, int at, int count) throws ParquetException {
    if (values == null) {
      open();
    }
    return levels == null ? 0 : levels.read(vector.isNull, at, count);
  }

  private void open() throws ParquetException {
    PageHeader.Data data = there(page);
    ChunkPages.Body body = pages.body(data);
    levels = body.levels();
    values = body.values();
    pageNulls = 0;
    begin(data.encoding());
  }

  private void endPage() throws ParquetException {
    if (page instanceof PageHeader.DataV2 v2 && v2.nulls() != pageNulls) {
      throw pageValues().wrong(v2.nulls() + " absent values in a page", String.valueOf(pageNulls));
    }
    end();
  }

  //< phase 7

  /** The values of this page. */
  final Window pageValues() {
    return there(values);
  }

  /** What is not null once a page was begun. */
  private static <T> T there(@Nullable T part) {
    if (part == null) {
      throw new AssertionError("no page was begun");
    }
    return part;
  }

  /** A vector is about to be filled. */
  void begin(Vector vector) {}

  /** A page with values in this encoding begins; that there are any is not certain. */
  abstract void begin(Encoding encoding) throws ParquetException;

  /** States that all of the page was read. */
  abstract void end() throws ParquetException;

  /** The page is about to go, and part of the vector came from it. */
  void leavePage(Vector vector, int filled) throws ParquetException {}

  /** Reads rows of this page into a part of a vector whose absent values are known. */
  abstract void read(Vector vector, int at, int count, int nulls) throws ParquetException;

  /** Of truth values, integers, days and microseconds. */
  private static final class OfLongs extends ColumnReader {
    private final long[] dictionary;
    private Encoding encoding = Encoding.PLAIN;
    private @Nullable LongValues values;

    OfLongs(
        ChunkPages pages,
        Column column,
        long rows,
        PageIndex.@Nullable Offsets offsets,
        long[] dictionary) {
      super(pages, column, rows, offsets);
      this.dictionary = dictionary;
    }

    @Override
    void begin(Encoding encodingOfPage) {
      encoding = encodingOfPage;
      values = null;
    }

    @Override
    void end() throws ParquetException {
      if (values != null) {
        values.end();
      }
    }

    @Override
    void read(Vector vector, int at, int count, int nulls) throws ParquetException {
      long[] target = ((LongVector) vector).values;
      int present = count - nulls;
      if (present > 0) { // a page of absent values may end before the width of codes
        if (values == null) {
          values = LongValues.of(column, encoding, pageValues(), dictionary);
        }
        values.read(target, at, present);
        if (!encoding.isDictionary()) {
          column.convert(target, at, present, pageValues());
        }
      }
      if (nulls > 0) {
        spread(target, vector.isNull, at, count, present);
      }
    }

    private static void spread(long[] values, boolean[] isNull, int at, int count, int present) {
      int from = at + present;
      int to = at + count;
      while (from > at) {
        int isThere = isNull[--to] ? 0 : 1;
        values[to] = values[from - 1] & -isThere; // no branch: nobody can guess them
        from -= isThere;
      }
      Arrays.fill(values, at, to, 0);
    }
  }

  private static final class OfDoubles extends ColumnReader {
    private final double[] dictionary;
    private Encoding encoding = Encoding.PLAIN;
    private @Nullable DoubleValues values;

    OfDoubles(
        ChunkPages pages,
        Column column,
        long rows,
        PageIndex.@Nullable Offsets offsets,
        double[] dictionary) {
      super(pages, column, rows, offsets);
      this.dictionary = dictionary;
    }

    @Override
    void begin(Encoding encodingOfPage) {
      encoding = encodingOfPage;
      values = null;
    }

    @Override
    void end() throws ParquetException {
      if (values != null) {
        values.end();
      }
    }

    @Override
    void read(Vector vector, int at, int count, int nulls) throws ParquetException {
      double[] target = ((DoubleVector) vector).values;
      int present = count - nulls;
      if (present > 0) {
        if (values == null) {
          values = DoubleValues.of(column, encoding, pageValues(), dictionary);
        }
        values.read(target, at, present);
      }
      if (nulls > 0) {
        spread(target, vector.isNull, at, count, present);
      }
    }

    private static void spread(double[] values, boolean[] isNull, int at, int count, int present) {
      int from = at + present;
      int to = at + count;
      while (from > at) {
        int isThere = isNull[--to] ? 0 : 1;
        values[to] = isThere == 0 ? 0 : values[from - 1];
        from -= isThere;
      }
      Arrays.fill(values, at, to, 0);
    }
  }

  /**
   * Strings come as codes as long as pages have codes, and as windows on the page otherwise. A
   * vector that is filled from two pages which do not fit together, a dictionary's and a plain one,
   * or two plain ones, gets an array of its own.
   */
  private static final class OfStrings extends ColumnReader {
    private final Dictionary dictionary;
    private Encoding encoding = Encoding.PLAIN;
    private @Nullable Codes codes;
    private @Nullable StringValues values;
    private final Sink joined = new Sink();
    private boolean isJoined;

    OfStrings(
        ChunkPages pages,
        Column column,
        long rows,
        PageIndex.@Nullable Offsets offsets,
        Dictionary dictionary) {
      super(pages, column, rows, offsets);
      this.dictionary = dictionary;
    }

    @Override
    void begin(Vector vector) {
      isJoined = false;
      joined.clear();
    }

    @Override
    void begin(Encoding encodingOfPage) {
      encoding = encodingOfPage;
      codes = null;
      values = null;
    }

    @Override
    void end() throws ParquetException {
      if (values != null) {
        values.end();
      }
    }

    @Override
    void leavePage(Vector vector, int filled) throws ParquetException {
      var strings = (StringVector) vector;
      if (filled > 0 && strings.dictionary == null) {
        join(strings, 0, filled, strings.bytes);
      }
    }

    @Override
    void read(Vector vector, int at, int count, int nulls) throws ParquetException {
      var strings = (StringVector) vector;
      int present = count - nulls;
      boolean coded = encoding.isDictionary();
      if (at == 0) {
        strings.dictionary = coded ? dictionary : null;
      } else if (strings.dictionary != null && !coded) {
        writeOut(strings, at);
      }
      if (strings.dictionary != null) {
        readCodes(strings.codes, at, present);
        spread(strings.codes, vector.isNull, at, count, present);
        return;
      }
      byte[] bytes = coded ? readEntries(strings, at, present) : readWindows(strings, at, present);
      spread(strings.starts, vector.isNull, at, count, present);
      spread(strings.lengths, vector.isNull, at, count, present);
      if (at == 0) {
        strings.bytes = bytes;
      } else {
        join(strings, at, count, bytes);
      }
    }

    private void readCodes(int[] target, int at, int present) throws ParquetException {
      if (present > 0) {
        if (codes == null) {
          codes = new Codes(pageValues(), dictionary.size());
        }
        codes.read(target, at, present);
      }
    }

    private byte[] readEntries(StringVector strings, int at, int present) throws ParquetException {
      readCodes(strings.codes, at, present);
      for (int i = at; i < at + present; i++) {
        int code = strings.codes[i];
        strings.starts[i] = dictionary.starts[code];
        strings.lengths[i] = dictionary.starts[code + 1] - dictionary.starts[code];
      }
      return dictionary.bytes;
    }

    private byte[] readWindows(StringVector strings, int at, int present) throws ParquetException {
      if (present == 0) {
        return dictionary.bytes;
      }
      if (values == null) {
        values = StringValues.of(column, encoding, pageValues());
      }
      return values.read(strings.starts, strings.lengths, at, present);
    }

    /** Makes windows of the codes so far. */
    private void writeOut(StringVector strings, int filled) throws ParquetException {
      for (int i = 0; i < filled; i++) {
        int code = strings.codes[i];
        boolean isNull = strings.nullCount > 0 && strings.isNull[i];
        strings.starts[i] = dictionary.starts[code];
        strings.lengths[i] = isNull ? 0 : dictionary.starts[code + 1] - dictionary.starts[code];
      }
      strings.dictionary = null;
      join(strings, 0, filled, dictionary.bytes);
    }

    /** Copies strings into the vector's own array, unless they are there already. */
    private void join(StringVector strings, int at, int count, byte[] from)
        throws ParquetException {
      if (at == 0 && isJoined) {
        return;
      }
      isJoined = true;
      for (int i = at; i < at + count; i++) {
        int start = joined.size;
        if (strings.lengths[i] > ChunkPages.PAGE_BYTES_MAX - start) {
          throw pageValues()
              .wrong(count + " strings of " + ChunkPages.PAGE_BYTES_MAX + " bytes", "more");
        }
        joined.put(from, strings.starts[i], strings.lengths[i]);
        strings.starts[i] = start;
      }
      strings.bytes = joined.bytes;
    }

    private static void spread(int[] values, boolean[] isNull, int at, int count, int present) {
      if (present == count) {
        return;
      }
      int from = at + present;
      int to = at + count;
      while (from > at) {
        int isThere = isNull[--to] ? 0 : 1;
        values[to] = values[from - 1] & -isThere; // no branch: nobody can guess them
        from -= isThere;
      }
      Arrays.fill(values, at, to, 0);
    }
  }
}
