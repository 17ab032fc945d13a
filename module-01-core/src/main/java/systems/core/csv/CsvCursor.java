package systems.core.csv;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.Cursor;
import systems.core.column.DoubleVector;
import systems.core.column.Field;
import systems.core.column.LongVector;
import systems.core.column.StringVector;
import systems.core.column.Vector;

/**
 * The asked columns of a morsel, one column at a time: the loop of a column meets values of one
 * type and nothing else, and what is not asked is not parsed.
 *
 * <p>Each loop takes the plain case at once: a number without quotes, a string without quotes in
 * text that is UTF-8 throughout. Where that gives no answer, a method looks closer, in this order:
 * is the value absent; is it quoted; has it spaces around; does it need the slow and exact way; or
 * does it not fit.
 *
 * <p>No string is made. A column of few different fields comes as codes of a dictionary ({@link
 * Lexicon}), and then what a field means is found out once and not for each row. Otherwise a string
 * vector points into the reader's bytes, and where the text differs from the value (two quotes that
 * mean one, bytes that are replaced) into the area beside it.
 */
final class CsvCursor implements Cursor {
  /** Of a value that does not fit, at most so many bytes are shown. */
  private static final int SHOWN_BYTES_MAX = 40;

  private final RecordReader reader;
  private final Opener opener;
  private final List<Field> fields;
  private final int[] columns;
  private final byte[] nullText;
  private final boolean repairs;
  private final @Nullable Lexicon[] lexicons;
  private byte[] text = new byte[0];
  private boolean isClosed;

  /** Who opened it, for a morsel. */
  interface Opener {
    /** Is told where the first record begins that was not read, when all others were. */
    void readTo(long offset);

    /** Whether the first record of the morsel is where the reader began. */
    boolean beganRight() throws CsvException;

    /** Gets lexicons back. */
    void takeBack(@Nullable Lexicon[] lexicons);
  }

  /**
   * @param lexicons of each asked column that is one of strings; this cursor's own until it closes
   */
  CsvCursor(
      RecordReader reader,
      Opener opener,
      List<Field> fields,
      List<Integer> columns,
      CsvFormat format,
      @Nullable Lexicon[] lexicons) {
    this.reader = reader;
    this.opener = opener;
    this.fields = fields;
    this.columns = columns.stream().mapToInt(column -> column).toArray();
    this.lexicons = lexicons;
    nullText = format.nullText().getBytes(StandardCharsets.UTF_8);
    repairs = format.badText() == CsvFormat.BadText.REPLACED;
  }

  @Override
  public boolean next(Batch batch) throws CsvException {
    batch.rows = 0;
    try {
      int rows = reader.read();
      if (rows == 0) {
        opener.readTo(reader.offset());
      }
      for (int i = 0; i < columns.length; i++) {
        text = reader.bytes(); // the column before may have made it larger
        batch.vector(i).nullCount = 0;
        read(columns[i], batch, i, rows);
      }
      batch.rows = rows;
      return rows > 0;
    } catch (CsvException damage) {
      if (opener.beganRight()) {
        throw damage;
      }
      return false; // the record across the cut is damaged, and whoever reads that one says so
    } catch (InternalError fault) {
      throw reader.unreadable(fault);
    }
  }

  private void read(int column, Batch batch, int i, int rows) throws CsvException {
    switch (fields.get(column).type()) {
      case BOOLEAN -> readBooleans(column, batch.longs(i), rows);
      case LONG -> readLongs(column, batch.longs(i), rows);
      case DATE -> readDates(column, batch.longs(i), rows);
      case TIMESTAMP -> readTimestamps(column, batch.longs(i), rows);
      case DOUBLE -> readDoubles(column, batch.doubles(i), rows);
      case STRING -> readStrings(column, i, batch.strings(i), rows);
    }
  }

  private void readLongs(int column, LongVector vector, int rows) throws CsvException {
    //> phase 6: one loop, one type; what if a value is not of the plain kind?
    int[] marks = reader.marks();
    int stride = reader.stride();
    int mark = column;
    for (int row = 0; row < rows; row++, mark += stride) {
      long value = Numeral.toLong(text, marks[mark] + 1, marks[mark + 1]);
      vector.values[row] =
          value != Numeral.NOT_LONG ? value : closer(column, vector, row, mark, ColumnType.LONG);
    }
    //< phase 6
  }

  private void readBooleans(int column, LongVector vector, int rows) throws CsvException {
    int mark = column;
    for (int row = 0; row < rows; row++, mark += reader.stride()) {
      vector.values[row] = closer(column, vector, row, mark, ColumnType.BOOLEAN);
    }
  }

  private void readDates(int column, LongVector vector, int rows) throws CsvException {
    int[] marks = reader.marks();
    int mark = column;
    for (int row = 0; row < rows; row++, mark += reader.stride()) {
      long value = Moment.toDate(text, marks[mark] + 1, marks[mark + 1]);
      vector.values[row] =
          value != Moment.NONE ? value : closer(column, vector, row, mark, ColumnType.DATE);
    }
  }

  private void readTimestamps(int column, LongVector vector, int rows) throws CsvException {
    int[] marks = reader.marks();
    int mark = column;
    for (int row = 0; row < rows; row++, mark += reader.stride()) {
      long value = Moment.toTimestamp(text, marks[mark] + 1, marks[mark + 1]);
      vector.values[row] =
          value != Moment.NONE ? value : closer(column, vector, row, mark, ColumnType.TIMESTAMP);
    }
  }

  private void readDoubles(int column, DoubleVector vector, int rows) throws CsvException {
    int[] marks = reader.marks();
    int stride = reader.stride();
    int mark = column;
    for (int row = 0; row < rows; row++, mark += stride) {
      double value = Numeral.toDouble(text, marks[mark] + 1, marks[mark + 1]);
      vector.values[row] = !Double.isNaN(value) ? value : closerDouble(column, vector, row, mark);
    }
  }

  /** A value that is kept in a long and that the plain way has not found; 0 if it is absent. */
  private long closer(int column, Vector vector, int row, int mark, ColumnType type)
      throws CsvException {
    if (isAbsent(type, mark)) {
      absent(vector, row);
      return 0;
    }
    long span = Meaning.span(text, reader.marks()[mark] + 1, reader.marks()[mark + 1]);
    if (!Meaning.fits(type, text, span)) {
      throw misfit(column, mark, type);
    }
    return Meaning.toLong(type, text, span);
  }

  private double closerDouble(int column, Vector vector, int row, int mark) throws CsvException {
    if (isAbsent(ColumnType.DOUBLE, mark)) {
      absent(vector, row);
      return 0;
    }
    long span = Meaning.span(text, reader.marks()[mark] + 1, reader.marks()[mark + 1]);
    if (!Meaning.fits(ColumnType.DOUBLE, text, span)) {
      throw misfit(column, mark, ColumnType.DOUBLE);
    }
    return Meaning.toDouble(text, span);
  }

  private boolean isAbsent(ColumnType type, int mark) {
    int from = reader.marks()[mark] + 1;
    return Meaning.isAbsent(type, text, from, reader.marks()[mark + 1], nullText);
  }

  private static void absent(Vector vector, int row) {
    if (vector.nullCount == 0) {
      Arrays.fill(vector.isNull, false);
    }
    vector.isNull[row] = true;
    vector.nullCount++;
  }

  private CsvException misfit(int column, int mark, ColumnType type) {
    int from = reader.marks()[mark] + 1;
    int length = reader.marks()[mark + 1] - from;
    String shown =
        new String(text, from, Math.min(length, SHOWN_BYTES_MAX), StandardCharsets.UTF_8)
            + (length > SHOWN_BYTES_MAX ? "..." : "");
    String name = fields.get(column).name();
    return reader.failure(
        from,
        "column %s is of type %s and this is not: %s (what helps: --types %s=STRING, --all-strings,"
                .formatted(name, type, shown, name)
            + " or a larger --sample)");
  }

  private void readStrings(int column, int i, StringVector vector, int rows) throws CsvException {
    Lexicon lexicon = lexicons[i];
    if (lexicon == null || lexicon.isFull() || !readCodes(column, lexicon, vector, rows)) {
      vector.nullCount = 0;
      vector.dictionary = null;
      readWindows(column, vector, rows);
    }
  }

  /** Reads strings as codes; false if they are too many. */
  private boolean readCodes(int column, Lexicon lexicon, StringVector vector, int rows)
      throws CsvException {
    //> phase 6: what is looked up for each row, and what is found out once for each string?
    int[] marks = reader.marks();
    byte[] plainText = text; // what closerString adds is added behind
    int stride = reader.stride();
    int mark = column;
    for (int row = 0; row < rows; row++, mark += stride) {
      int code = lexicon.code(plainText, marks[mark] + 1, marks[mark + 1]);
      if (code == Lexicon.NEW) {
        code = learned(lexicon, vector, row, mark);
        if (code == Lexicon.NEW) {
          return false;
        }
      }
      vector.codes[row] = code;
    }
    vector.dictionary = lexicon.dictionary();
    return true;
    //< phase 6
  }

  private void readWindows(int column, StringVector vector, int rows) throws CsvException {
    //> phase 6: when may the vector point at the field as it stands in the file?
    int[] marks = reader.marks();
    byte[] plainText = text;
    boolean plain = reader.isUtf8() && nullText.length == 0;
    int mark = column;
    for (int row = 0; row < rows; row++, mark += reader.stride()) {
      int from = marks[mark] + 1;
      int to = marks[mark + 1];
      if (plain && from < to && plainText[from] != '"') {
        vector.starts[row] = from;
        vector.lengths[row] = to - from;
      } else {
        closerString(vector, row, mark);
      }
    }
    vector.bytes = text;
    //< phase 6
  }

  //> phase 6 only
  private static final long QUOTES = Word.repeat('"');

  /** The code of a new field, 0 of an absent value, {@link Lexicon#NEW} if there are too many. */
  private int learned(Lexicon lexicon, StringVector vector, int row, int mark) throws CsvException {
    closerString(vector, row, mark);
    if (vector.nullCount != 0 && vector.isNull[row]) {
      return 0;
    }
    int from = reader.marks()[mark] + 1;
    int to = reader.marks()[mark + 1];
    return lexicon.add(text, from, to, vector.starts[row], vector.lengths[row]);
  }

  private void closerString(StringVector vector, int row, int mark) throws CsvException {
    int from = reader.marks()[mark] + 1;
    int to = reader.marks()[mark + 1];
    vector.starts[row] = from;
    vector.lengths[row] = 0;
    if (isAbsent(ColumnType.STRING, mark)) {
      absent(vector, row);
      return;
    }
    boolean quoted = Meaning.isQuoted(text, from, to);
    place(vector, row, quoted ? from + 1 : from, quoted ? to - 1 : to);
    boolean bad = !reader.isUtf8() && isBad(vector.starts[row], vector.lengths[row]);
    if (quoted) {
      undouble(vector, row);
    }
    if (bad) {
      repair(vector, row);
    }
  }

  private static void place(StringVector vector, int row, int from, int to) {
    vector.starts[row] = from;
    vector.lengths[row] = to - from;
  }

  /** Takes one of each two quotes away, in a copy beside the text. */
  private void undouble(StringVector vector, int row) {
    int from = vector.starts[row];
    int to = from + vector.lengths[row];
    int first = firstQuote(from, to);
    if (first == to) {
      return;
    }
    int side = reader.side(to - from);
    text = reader.bytes();
    System.arraycopy(text, from, text, side, first - from);
    int end = side + first - from;
    for (int at = first; at < to; at++) {
      text[end++] = text[at];
      at += text[at] == '"' ? 1 : 0; //~ keepsBothQuotes: at += 0;
    }
    place(vector, row, side, end);
  }

  private int firstQuote(int from, int to) {
    for (int at = from; at < to; at += Word.BYTES) {
      long marks = Word.firstZero(Word.at(text, at) ^ QUOTES);
      if (marks != 0) {
        return Math.min(at + Word.first(marks), to);
      }
    }
    return to;
  }

  private boolean isBad(int from, int length) throws CsvException {
    int bad = Utf8.firstBad(text, from, from + length);
    if (bad >= 0 && !repairs) {
      throw reader.failure(bad, "not UTF-8; --replace puts U+FFFD in place of such bytes");
    }
    return bad >= 0;
  }

  private void repair(StringVector vector, int row) {
    int from = vector.starts[row];
    byte[] repaired = Utf8.replaced(text, from, from + vector.lengths[row]);
    int side = reader.side(repaired.length);
    text = reader.bytes();
    System.arraycopy(repaired, 0, text, side, repaired.length);
    place(vector, row, side, side + repaired.length);
  }

  //< phase 6

  @Override
  public void close() {
    if (!isClosed) {
      isClosed = true;
      opener.takeBack(lexicons);
    }
  }
}
