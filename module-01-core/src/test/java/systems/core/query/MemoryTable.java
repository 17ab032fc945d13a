package systems.core.query;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.Cursor;
import systems.core.column.Dictionary;
import systems.core.column.DoubleVector;
import systems.core.column.Field;
import systems.core.column.LongVector;
import systems.core.column.Morsel;
import systems.core.column.Range;
import systems.core.column.Scan;
import systems.core.column.Schema;
import systems.core.column.StringVector;
import systems.core.column.Table;
import systems.core.column.Value;
import systems.core.column.Vector;

/**
 * A table of rows of objects: Boolean, Long, Double, LocalDate, LocalDateTime, String, or null. It
 * uses every freedom that the interface gives: morsels and batches of any size, strings with a new
 * dictionary in each morsel or with none, and morsels left out whose statistics say that nothing in
 * them is wanted.
 */
final class MemoryTable implements Table {
  private final Schema schema;
  final List<Object[]> rows;
  private final Shape shape;
  final AtomicInteger morselsLeftOut = new AtomicInteger();
  final AtomicInteger openCursors = new AtomicInteger();

  /** How the rows are cut. */
  record Shape(int morselRows, int batchRows, Strings strings) {
    static final Shape PLAIN = new Shape(5000, Vector.ROWS_MAX, Strings.PLAIN);
    static final Shape DICTIONARIES = new Shape(700, 300, Strings.DICTIONARIES);
  }

  /** How strings come. */
  enum Strings {
    PLAIN,
    DICTIONARIES,
    IN_TURNS
  }

  MemoryTable(Schema schema, List<Object[]> rows, Shape shape) {
    this.schema = schema;
    this.rows = rows;
    this.shape = shape;
  }

  /** A table from a header like {@code "k STRING, v LONG"}. */
  static MemoryTable of(String header, Shape shape, Object[]... rows) {
    var fields = new ArrayList<Field>();
    for (String column : header.split(", ")) {
      String[] parts = column.split(" ");
      fields.add(new Field(parts[0], ColumnType.valueOf(parts[1]), true));
    }
    return new MemoryTable(new Schema(fields), List.of(rows), shape);
  }

  static Object[] row(@Nullable Object... values) {
    return values;
  }

  @Override
  public Schema schema() {
    return schema;
  }

  @Override
  public long bytes() {
    return rows.size();
  }

  @Override
  public List<Morsel> morsels(Scan scan) {
    var morsels = new ArrayList<Morsel>();
    for (int first = 0; first < rows.size(); first += shape.morselRows) {
      int end = Math.min(rows.size(), first + shape.morselRows);
      if (isWanted(first, end, scan.ranges())) {
        morsels.add(new Rows(scan, first, end, morsels.size()));
      } else {
        morselsLeftOut.incrementAndGet();
      }
    }
    return morsels;
  }

  private boolean isWanted(int first, int end, List<Range> ranges) {
    return ranges.stream().allMatch(range -> isWanted(first, end, range));
  }

  /** As statistics of files do, these know nothing of NaN. */
  private boolean isWanted(int first, int end, Range range) {
    Value min = null;
    Value max = null;
    for (Object[] row : rows.subList(first, end)) {
      Object value = row[range.column()];
      if (value == null || value instanceof Double d && d.isNaN()) {
        continue;
      }
      Value one = value(value);
      min = min == null || one.compareTo(min) < 0 ? one : min;
      max = max == null || one.compareTo(max) > 0 ? one : max;
    }
    return min != null && max != null && range.overlaps(min, max);
  }

  private static Value value(Object object) {
    return switch (object) {
      case Double d -> new Value.OfDouble(d);
      case String s -> new Value.OfString(s.getBytes(StandardCharsets.UTF_8));
      default -> new Value.OfLong(number(object));
    };
  }

  private static long number(Object object) {
    return switch (object) {
      case Boolean b -> b ? 1 : 0;
      case Long l -> l;
      case LocalDate d -> d.toEpochDay();
      case LocalDateTime t -> t.toEpochSecond(ZoneOffset.UTC) * 1_000_000 + t.getNano() / 1000;
      default -> throw new AssertionError(object);
    };
  }

  @Override
  public void close() {}

  private final class Rows implements Morsel {
    private final Scan scan;
    private final int first;
    private final int end;
    private final boolean dictionaries;

    Rows(Scan scan, int first, int end, int number) {
      this.scan = scan;
      this.first = first;
      this.end = end;
      dictionaries =
          switch (shape.strings) {
            case PLAIN -> false;
            case DICTIONARIES -> true;
            case IN_TURNS -> number % 2 == 0;
          };
    }

    @Override
    public long bytes() {
      return end - first;
    }

    @Override
    public Cursor open() {
      openCursors.incrementAndGet();
      var codes = new ArrayList<@Nullable Codes>();
      for (int column : scan.columns()) {
        boolean string = schema.fields().get(column).type() == ColumnType.STRING;
        codes.add(string && dictionaries ? new Codes(rows.subList(first, end), column) : null);
      }
      return new Cursor() {
        private int next = first;

        @Override
        public boolean next(Batch batch) {
          batch.rows = Math.min(shape.batchRows, end - next);
          for (int i = 0; i < scan.columns().size(); i++) {
            List<Object[]> part = rows.subList(next, next + batch.rows);
            fill(batch.vector(i), part, scan.columns().get(i), codes.get(i));
          }
          next += batch.rows;
          return batch.rows > 0;
        }

        @Override
        public void close() throws IOException {
          openCursors.decrementAndGet();
        }
      };
    }
  }

  /** The dictionary of a stretch, in the order of the first occurrence. */
  private static final class Codes {
    final Map<String, Integer> codes = new LinkedHashMap<>();
    final Dictionary dictionary;

    Codes(List<Object[]> rows, int column) {
      var bytes = new ByteBuilder();
      var starts = new ArrayList<Integer>(List.of(0));
      for (Object[] row : rows) {
        if (row[column] instanceof String s && codes.putIfAbsent(s, codes.size()) == null) {
          byte[] utf8 = s.getBytes(StandardCharsets.UTF_8);
          bytes.append(utf8, 0, utf8.length);
          starts.add(bytes.length);
        }
      }
      dictionary =
          new Dictionary(bytes.bytes, starts.stream().mapToInt(Integer::intValue).toArray());
    }
  }

  private static void fill(Vector vector, List<Object[]> rows, int column, @Nullable Codes codes) {
    vector.nullCount = 0;
    if (vector instanceof StringVector strings) {
      strings.dictionary = codes == null ? null : codes.dictionary;
      strings.bytes = new byte[1]; // what was there belongs to somebody else
    }
    int end = 1;
    for (int i = 0; i < rows.size(); i++) {
      Object value = rows.get(i)[column];
      vector.isNull[i] = value == null;
      vector.nullCount += value == null ? 1 : 0;
      switch (vector) {
        case LongVector longs -> longs.values[i] = value == null ? 0 : number(value);
        case DoubleVector doubles -> doubles.values[i] = value == null ? 0 : (Double) value;
        case StringVector strings -> end = set(strings, i, (String) value, codes, end);
      }
    }
    if (vector.nullCount == 0) {
      java.util.Arrays.fill(vector.isNull, true); // nobody may look
    }
  }

  private static int set(
      StringVector strings, int row, @Nullable String value, @Nullable Codes codes, int end) {
    if (codes != null) {
      strings.codes[row] = value == null ? 0 : codes.codes.get(value);
      return end;
    }
    byte[] utf8 = value == null ? new byte[0] : value.getBytes(StandardCharsets.UTF_8);
    strings.starts[row] = end;
    strings.lengths[row] = utf8.length;
    if (end + utf8.length > strings.bytes.length) {
      strings.bytes = java.util.Arrays.copyOf(strings.bytes, 2 * (end + utf8.length));
    }
    System.arraycopy(utf8, 0, strings.bytes, end, utf8.length);
    return end + utf8.length;
  }
}
