package systems.core.csv;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import systems.core.column.ColumnType;
import systems.core.column.Cursor;
import systems.core.column.Field;
import systems.core.column.Morsel;
import systems.core.column.Scan;
import systems.core.column.Schema;
import systems.core.column.Table;

/**
 * A file of comma-separated values as a table.
 *
 * <p>What is a table: records of equally many fields, ended by LF, CR LF or CR; the last one's end
 * may be missing. A field between quotes holds anything, two quotes mean one. A quote within a
 * field that does not begin with one is text. Lines with nothing on them are skipped, unless the
 * table has one column only; there they are absent values. UTF-8, with or without a byte order
 * mark.
 *
 * <p>All else is a {@link CsvException} with line and byte: a record of more or fewer fields than
 * the first, text behind a closing quote, a quote without end, a byte 0, bytes that are no UTF-8 in
 * a column of strings that is asked for, a field beyond the limit, a value that does not fit its
 * column's type, a file that somebody cuts off underneath. A cursor has then returned some of the
 * rows before that, and none behind it.
 *
 * <p>Ranges of a scan are not looked at: a text file has no statistics.
 *
 * <p>Source: Y. Shafranovich, "Common format and MIME type for comma-separated values (CSV) files",
 * RFC 4180, 2005.
 */
public final class CsvTable implements Table {
  /** Text that is parsed at a time: with its marks and vectors it fits the second-level cache. */
  static final int BUFFER_BYTES = 1 << 17;

  private static final int MORSEL_BYTES = 4 << 20;
  private static final int MORSELS_MAX = 1 << 20;

  private final CsvFile file;
  private final CsvFormat format;
  private final Dialect dialect;
  private final Schema schema;
  private final Cuts cuts;
  private final int bufferBytes;

  private CsvTable(CsvFile file, CsvFormat format, int morselBytes, int bufferBytes)
      throws CsvException {
    this.file = file;
    this.format = format;
    this.bufferBytes = bufferBytes;
    Sniffer.Finding finding = new Sniffer(file, format).sniff();
    dialect = finding.dialect();
    schema = finding.schema();
    cuts = new Cuts(file, dialect.delimiter(), dialect.begin(), morselBytes, MORSELS_MAX);
  }

  /**
   * Opens a file, and looks at its beginning for what the format leaves open.
   *
   * @throws CsvException if there is nothing in it, or its first record is damaged
   */
  public static CsvTable open(Path path, CsvFormat format) throws IOException {
    return open(path, format, MORSEL_BYTES, BUFFER_BYTES);
  }

  /** The same with morsels and buffers of other sizes, for tests. */
  static CsvTable open(Path path, CsvFormat format, int morselBytes, int bufferBytes)
      throws IOException {
    return open(new CsvFile(path, false), format, morselBytes, bufferBytes);
  }

  /**
   * Takes what comes out of a stream, which a pipe may be, into a temporary file first; it is
   * deleted when the table is closed.
   */
  public static CsvTable spool(InputStream in, CsvFormat format) throws IOException {
    Path spooled = Files.createTempFile("spooled", ".csv");
    try {
      Files.copy(in, spooled, StandardCopyOption.REPLACE_EXISTING);
      return open(new CsvFile(spooled, true), format, MORSEL_BYTES, BUFFER_BYTES);
    } catch (IOException | RuntimeException failure) {
      Files.deleteIfExists(spooled);
      throw failure;
    }
  }

  private static CsvTable open(CsvFile file, CsvFormat format, int morselBytes, int bufferBytes)
      throws IOException {
    try {
      return new CsvTable(file, format, morselBytes, bufferBytes);
    } catch (IOException | RuntimeException failure) {
      file.close();
      throw failure;
    } catch (InternalError fault) {
      CsvException failure = file.unreadable(0, fault);
      file.close();
      throw failure;
    }
  }

  @Override
  public Schema schema() {
    return schema;
  }

  /** The delimiter that was told or found. */
  public char delimiter() {
    return (char) dialect.delimiter();
  }

  @Override
  public long bytes() {
    return file.size() - dialect.begin();
  }

  @Override
  public List<Morsel> morsels(Scan scan) {
    for (int column : scan.columns()) {
      if (column < 0 || column >= schema.fields().size()) {
        throw new IllegalArgumentException("no column " + column);
      }
    }
    var lexicons = new ConcurrentLinkedDeque<@Nullable Lexicon[]>();
    return IntStream.range(0, cuts.morsels())
        .<Morsel>mapToObj(i -> new Piece(i, scan, lexicons))
        .toList();
  }

  private @Nullable Lexicon[] lexicons(Scan scan) {
    List<Field> fields = schema.fields();
    return scan.columns().stream()
        .map(column -> fields.get(column).type() == ColumnType.STRING ? new Lexicon() : null)
        .toArray(Lexicon[]::new);
  }

  private final class Piece implements Morsel {
    private final int number;
    private final Scan scan;

    /**
     * Those that no cursor has now. Who begins a morsel takes the one that was given back last,
     * most likely by himself: its strings are known, and nearly always its dictionary stays.
     */
    private final Deque<@Nullable Lexicon[]> lexicons;

    Piece(int number, Scan scan, Deque<@Nullable Lexicon[]> lexicons) {
      this.number = number;
      this.scan = scan;
      this.lexicons = lexicons;
    }

    @Override
    public long bytes() {
      return cuts.cut(number + 1) - cuts.cut(number);
    }

    @Override
    public Cursor open() throws CsvException {
      return new Reading(number, cuts.firstRecord(number), lexicons).cursor(scan);
    }
  }

  /** A morsel while a cursor reads it. */
  private final class Reading implements CsvCursor.Opener {
    private final int number;
    private final long from;
    private final Deque<@Nullable Lexicon[]> lexicons;

    Reading(int number, long from, Deque<@Nullable Lexicon[]> lexicons) {
      this.number = number;
      this.from = from;
      this.lexicons = lexicons;
    }

    Cursor cursor(Scan scan) {
      long end = cuts.cut(number + 1);
      var reader = new RecordReader(file, dialect, format.fieldBytesMax(), from, end, bufferBytes);
      @Nullable Lexicon[] known = lexicons.pollFirst();
      @Nullable Lexicon[] own = known == null ? lexicons(scan) : known;
      return new CsvCursor(reader, this, schema.fields(), scan.columns(), format, own);
    }

    @Override
    public void readTo(long offset) {
      cuts.read(number, offset);
    }

    @Override
    public boolean beganRight() throws CsvException {
      return cuts.isFirstRecord(number, from);
    }

    @Override
    public void takeBack(@Nullable Lexicon[] returned) {
      lexicons.addFirst(returned);
    }
  }

  /** Unmaps the file; no cursor may be open. */
  @Override
  public void close() throws IOException {
    file.close();
  }
}
