package systems.core.csv;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import systems.core.column.ColumnType;
import systems.core.column.Field;
import systems.core.column.Schema;

/**
 * Finds out how a file is written, in the order in which one answer needs the other:
 *
 * <pre>
 *   delimiter   that of , ; tab | which cuts most of the first records into equally many fields,
 *               and of those the one that makes more fields
 *   types       of each column the narrowest that holds all of its sample
 *   header      the first record is one if it does not fit the types below it, or if nothing below
 *               it is anything but a string
 * </pre>
 *
 * <p>Types only widen, along two chains and into STRING where they do not meet:
 *
 * <pre>
 *   LONG -> DOUBLE -----+
 *   DATE -> TIMESTAMP --+--> STRING
 *   BOOLEAN ------------+
 * </pre>
 *
 * <p>Digits behind a leading zero or a plus are a string: what a number cannot give back was
 * perhaps a postcode or a telephone's number. Whole numbers that a LONG does not hold are a DOUBLE.
 * And {@code no} is not taken for false, since it is Norway as well.
 *
 * <p>A sample proves nothing about the rest of the file. The cursor checks each value it reads; one
 * that does not fit is an error with its place, and never silently absent or another type halfway.
 */
final class Sniffer {
  static final int COLUMNS_MAX = 16_384;

  private static final byte[] DELIMITERS = {',', ';', '\t', '|'};
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
  private static final int SAMPLE_BYTES = 1 << 18;
  private static final int FIRST_RECORD_BYTES_MAX = 64 << 20;
  private static final int RECORDS_MAX = 256;

  private final CsvFile file;
  private final CsvFormat format;
  private final byte[] nullText;

  // The first records, and where they lie.
  private byte[] text = new byte[0];
  private byte delimiter;
  private List<Splitter.Record> records = List.of();

  /** What was found. */
  record Finding(Dialect dialect, Schema schema) {}

  Sniffer(CsvFile file, CsvFormat format) {
    this.file = file;
    this.format = format;
    nullText = format.nullText().getBytes(StandardCharsets.UTF_8);
  }

  Finding sniff() throws CsvException {
    int begin = RecordReader.PAD_BYTES + lengthOfMark();
    if (file.size() <= begin - RecordReader.PAD_BYTES) {
      throw file.failure(0, "the file is empty");
    }
    split(begin);
    Splitter.Record first = records.getFirst();
    int columns = first.fields().size();
    if (columns > COLUMNS_MAX) {
      throw file.failure(0, columns + " columns are too many, the limit is " + COLUMNS_MAX);
    }
    long behindFirst = (long) first.end() - RecordReader.PAD_BYTES;
    @Nullable ColumnType[] types = sample(new Dialect(delimiter, columns, behindFirst));
    boolean header = isHeader(first, types);
    if (!header) {
      widen(types, first);
    }
    long data = header ? behindFirst : begin - RecordReader.PAD_BYTES;
    return new Finding(new Dialect(delimiter, columns, data), schema(header, first, types));
  }

  private int lengthOfMark() {
    byte[] mark = new byte[(int) Math.min(BYTE_ORDER_MARK.length, file.size())];
    file.copy(0, mark, 0, mark.length);
    return Arrays.equals(mark, BYTE_ORDER_MARK) ? mark.length : 0;
  }

  /** Loads the beginning of the file, as much as the first record needs at least, and splits it. */
  private void split(int begin) throws CsvException {
    long wanted = SAMPLE_BYTES;
    while (records.isEmpty()) {
      int length = (int) Math.min(wanted, file.size());
      text = new byte[RecordReader.PAD_BYTES + length];
      file.copy(0, text, RecordReader.PAD_BYTES, length);
      boolean whole = length == file.size();
      chooseDelimiter(begin, whole);
      if (records.isEmpty() && (whole || length >= FIRST_RECORD_BYTES_MAX)) {
        throw file.failure(0, "no record ends within the first " + length + " bytes");
      }
      wanted = 4 * wanted;
    }
    if (!records.getFirst().wellFormed()) {
      throw firstIsMalformed(records.getFirst());
    }
  }

  private CsvException firstIsMalformed(Splitter.Record first) {
    for (int i = 0; i < first.fields().size(); i++) {
      if (text[first.from(i)] == '"') {
        return file.failure(
            first.from(i) - RecordReader.PAD_BYTES,
            "a quote begins this field and none ends it, neither here nor before a delimiter");
      }
    }
    throw new AssertionError("only quotes can be wrong");
  }

  private void chooseDelimiter(int begin, boolean whole) {
    //> phase 6: which delimiter would you believe, if a text has commas and semicolons?
    byte[] candidates =
        format.delimiter() == CsvFormat.SNIFFED
            ? DELIMITERS
            : new byte[] {(byte) format.delimiter()};
    long best = -1;
    for (byte candidate : candidates) {
      var split = Splitter.split(text, begin, text.length, candidate, whole, RECORDS_MAX);
      split = split.isEmpty() ? split : withoutBlank(split);
      long score = split.isEmpty() ? -1 : score(split);
      if (score > best) {
        best = score;
        delimiter = candidate;
        records = split;
      }
    }
    //< phase 6
  }

  //> phase 6 only
  /** Blank lines are records only where a record is a single field. */
  private static List<Splitter.Record> withoutBlank(List<Splitter.Record> split) {
    boolean single = split.stream().allMatch(record -> record.fields().size() == 1);
    return single ? split : split.stream().filter(record -> !isBlank(record)).toList();
  }

  private static boolean isBlank(Splitter.Record record) {
    return record.fields().size() == 1 && record.from(0) == record.to(0);
  }

  private static long score(List<Splitter.Record> split) {
    int columns = split.getFirst().fields().size();
    long alike =
        split.stream()
            .filter(record -> record.fields().size() == columns)
            .filter(record -> record.wellFormed() && record.tidy())
            .count();
    return columns == 1 ? 0 : alike * (COLUMNS_MAX + 1) + Math.min(columns, COLUMNS_MAX);
  }

  //< phase 6

  /** The types of the columns as far as the sample goes; null where it has no value. */
  private @Nullable ColumnType[] sample(Dialect dialect) {
    @Nullable ColumnType[] types = new ColumnType[dialect.columns()];
    var reader =
        new RecordReader(
            file,
            dialect,
            format.fieldBytesMax(),
            dialect.begin(),
            file.size(),
            CsvTable.BUFFER_BYTES);
    try {
      int left = format.sampleRows();
      for (int rows = reader.read(); rows > 0 && left > 0; rows = reader.read()) {
        sample(types, reader, Math.min(rows, left));
        left -= rows;
      }
    } catch (CsvException _) {
      // Whoever reads the records up to there will be told.
    }
    return types;
  }

  private void sample(@Nullable ColumnType[] types, RecordReader reader, int rows) {
    for (int column = 0; column < types.length; column++) {
      int mark = column;
      for (int row = 0; row < rows && types[column] != ColumnType.STRING; row++) {
        int from = reader.marks()[mark] + 1;
        types[column] = widened(types[column], reader.bytes(), from, reader.marks()[mark + 1]);
        mark += reader.stride();
      }
    }
  }

  private void widen(@Nullable ColumnType[] types, Splitter.Record record) {
    for (int i = 0; i < types.length; i++) {
      types[i] = widened(types[i], text, record.from(i), record.to(i));
    }
  }

  /** The narrowest type that holds all of a type's values and a further one. */
  private @Nullable ColumnType widened(@Nullable ColumnType type, byte[] bytes, int from, int to) {
    //> phase 6: along which chain does a type widen, and when is it a string?
    if (Meaning.isAbsent(ColumnType.LONG, bytes, from, to, nullText)) {
      return type;
    }
    long span = Meaning.span(bytes, from, to);
    List<ColumnType> chain = type == null ? NARROWEST_FIRST : wider(type);
    boolean code = Meaning.isCode(bytes, span);
    for (ColumnType candidate : chain) {
      boolean number = candidate == ColumnType.LONG || candidate == ColumnType.DOUBLE;
      if (!(code && number) && Meaning.fits(candidate, bytes, span)) {
        return candidate;
      }
    }
    throw new AssertionError("anything is a string");
    //< phase 6
  }

  //> phase 6 only
  private static final List<ColumnType> NARROWEST_FIRST =
      List.of(
          ColumnType.BOOLEAN,
          ColumnType.LONG,
          ColumnType.DOUBLE,
          ColumnType.DATE,
          ColumnType.TIMESTAMP,
          ColumnType.STRING);

  private static List<ColumnType> wider(ColumnType type) {
    return switch (type) {
      case BOOLEAN -> List.of(ColumnType.BOOLEAN, ColumnType.STRING);
      case LONG -> List.of(ColumnType.LONG, ColumnType.DOUBLE, ColumnType.STRING);
      case DOUBLE -> List.of(ColumnType.DOUBLE, ColumnType.STRING);
      case DATE -> List.of(ColumnType.DATE, ColumnType.TIMESTAMP, ColumnType.STRING);
      case TIMESTAMP -> List.of(ColumnType.TIMESTAMP, ColumnType.STRING);
      case STRING -> List.of(ColumnType.STRING);
    };
  }

  //< phase 6

  private boolean isHeader(Splitter.Record first, @Nullable ColumnType[] types) {
    return switch (format.header()) {
      case PRESENT -> true;
      case ABSENT -> false;
      case SNIFFED -> differs(first, types);
    };
  }

  private boolean differs(Splitter.Record first, @Nullable ColumnType[] types) {
    //> phase 6: what tells names from values, and what if all are strings?
    boolean onlyStrings = true;
    for (int i = 0; i < types.length; i++) {
      ColumnType alone = widened(null, text, first.from(i), first.to(i));
      if (types[i] != null && types[i] != ColumnType.STRING) {
        onlyStrings = false;
        if (alone != null && widened(types[i], text, first.from(i), first.to(i)) != types[i]) {
          return isNameLike(alone);
        }
      } else if (alone != null && !isNameLike(alone)) {
        onlyStrings = false;
      }
    }
    return onlyStrings;
    //< phase 6
  }

  //> phase 6 only
  /** A column may be called t or f. */
  private static boolean isNameLike(ColumnType type) {
    return type == ColumnType.STRING || type == ColumnType.BOOLEAN;
  }

  //< phase 6

  private Schema schema(boolean header, Splitter.Record first, @Nullable ColumnType[] types)
      throws CsvException {
    List<String> names = names(header, first, types.length);
    checkGiven(names);
    var fields = new ArrayList<Field>();
    for (int i = 0; i < types.length; i++) {
      fields.add(new Field(names.get(i), type(names.get(i), types[i]), true));
    }
    return new Schema(fields);
  }

  private void checkGiven(List<String> names) throws CsvException {
    var unknown = new TreeSet<>(format.types().keySet());
    unknown.removeAll(names);
    if (!unknown.isEmpty()) {
      throw file.failure(
          0, "no column " + unknown.first() + " to give a type to; there are " + names);
    }
  }

  private ColumnType type(String name, @Nullable ColumnType sniffed) {
    ColumnType given = format.types().get(name);
    if (given != null) {
      return given;
    }
    return sniffed == null || format.allStrings() ? ColumnType.STRING : sniffed;
  }

  private List<String> names(boolean header, Splitter.Record first, int columns) {
    var names = new ArrayList<String>();
    Set<String> taken = new HashSet<>();
    for (int i = 0; i < columns; i++) {
      String name = header ? name(first.from(i), first.to(i)) : "";
      names.add(unique(name.isEmpty() ? "column" + i : name, taken));
    }
    return names;
  }

  private String name(int from, int to) {
    boolean quoted = Meaning.isQuoted(text, from, to);
    int trim = quoted ? 1 : 0;
    String name = new String(text, from + trim, to - from - 2 * trim, StandardCharsets.UTF_8);
    return quoted ? name.replace("\"\"", "\"") : name.strip();
  }

  /** Names are told apart without regard to case, as SQL does. */
  private static String unique(String name, Set<String> taken) {
    String unique = name;
    for (int i = 1; !taken.add(unique.toLowerCase(Locale.ROOT)); i++) {
      unique = name + "_" + i;
    }
    return unique;
  }
}
