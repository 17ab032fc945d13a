package systems.core.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import systems.core.Effort;
import systems.core.column.ColumnType;
import systems.core.column.Field;
import systems.core.column.Range;
import systems.core.column.Schema;
import systems.core.column.Value;

/** What is written is read, whatever the columns, values and options. */
@Tag("phase-7")
class ParquetProperties {
  private static final int TRIES = 150;
  private static Path directory = Path.of("");

  @BeforeContainer
  static void createDirectory() throws IOException {
    directory = Files.createTempDirectory("parquet");
  }

  @AfterContainer
  static void deleteDirectory() throws IOException {
    Files.deleteIfExists(directory.resolve("t.parquet"));
    Files.delete(directory);
  }

  /** How the values of a column come about. */
  private enum Shape {
    ANY,
    FEW,
    RUNS,
    ASCENDING,
    /** Few, and then so many that the dictionary is full. */
    FEW_THEN_ANY,
    NONE
  }

  static Rows random(long seed, int rowsMax) {
    var random = new SplittableRandom(seed);
    int rows = random.nextInt(4) == 0 ? random.nextInt(5) : random.nextInt(rowsMax);
    int count = random.nextInt(1, 6);
    List<Field> fields = new ArrayList<>();
    List<List<Object>> columns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ColumnType type = ColumnType.values()[random.nextInt(ColumnType.values().length)];
      Shape shape = Shape.values()[random.nextInt(Shape.values().length)];
      boolean nullable = shape == Shape.NONE || random.nextBoolean();
      fields.add(new Field("c" + i, type, nullable));
      columns.add(column(type, shape, nullable ? random.nextInt(5) : 0, rows, random));
    }
    return new Rows(new Schema(fields), columns);
  }

  private static List<Object> column(
      ColumnType type, Shape shape, int absence, int rows, SplittableRandom random) {
    List<Object> values = new ArrayList<>();
    long last = random.nextLong();
    for (int i = 0; i < rows; i++) {
      last =
          switch (shape) {
            case ANY, NONE -> random.nextLong();
            case FEW -> random.nextInt(7) * 0x1234_5678_9abcL;
            case RUNS -> random.nextInt(50) == 0 ? random.nextInt(9) : last;
            case ASCENDING -> last + random.nextInt(100);
            case FEW_THEN_ANY -> i < rows / 2 ? random.nextInt(7) : random.nextLong();
          };
      boolean isAbsent = shape == Shape.NONE || absence > 0 && random.nextInt(5) < absence;
      values.add(isAbsent ? null : value(type, last));
    }
    return values;
  }

  private static Object value(ColumnType type, long bits) {
    return switch (type) {
      case BOOLEAN -> bits & 1;
      case LONG, TIMESTAMP -> bits;
      case DATE -> (long) (int) bits;
      case DOUBLE -> bits % 13 == 0 ? Double.NaN : bits % 11 == 0 ? -0.0 : bits / 8.0;
      case STRING -> bits % 17 == 0 ? "" : "\u00e9" + Long.toString(bits, 36);
    };
  }

  private static ParquetOptions options(long seed) {
    var random = new SplittableRandom(seed);
    Codec codec = List.of(Codec.UNCOMPRESSED, Codec.LZ4_RAW, Codec.GZIP).get(random.nextInt(3));
    return new ParquetOptions(
        codec,
        random.nextInt(1, 6000),
        random.nextInt(1, 3000),
        random.nextInt(1, 1 << 14),
        random.nextInt(1, 1 << 13),
        random.nextInt(1, 3),
        random.nextBoolean());
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  void whatIsWrittenIsRead(@ForAll long seed) throws IOException {
    Path file = directory.resolve("t.parquet");
    Rows rows = random(seed, Effort.of(9000, 3000));
    rows.write(file, options(seed));
    Rows read = Rows.read(file);
    assertThat(read.schema()).isEqualTo(rows.schema());
    for (int i = 0; i < rows.columns().size(); i++) {
      assertThat(read.columns().get(i))
          .as("column %d of seed %d", i, seed)
          .isEqualTo(rows.columns().get(i));
    }
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.OFF)
  void aRangeLeavesOutOnlyWhatNobodyWants(@ForAll long seed) throws IOException {
    Path file = directory.resolve("t.parquet");
    Rows rows = random(seed, Effort.of(5000, 2000));
    rows.write(file, options(seed));
    var random = new SplittableRandom(seed);
    int column = random.nextInt(rows.columns().size());
    ColumnType type = rows.schema().fields().get(column).type();
    Value one = bound(rows, column, random);
    Value other = bound(rows, column, random);
    if (one == null || other == null) {
      return;
    }
    boolean ordered = one.compareTo(other) <= 0;
    var range = new Range(column, ordered ? one : other, random.nextBoolean() ? one : other);
    try (var table = ParquetTable.open(file)) {
      Rows read = Rows.read(table, Rows.all(table), range);
      assertThat(wanted(read, column, type, range))
          .as("rows of seed %d", seed)
          .isEqualTo(wanted(rows, column, type, range));
    }
  }

  private static Value bound(Rows rows, int column, SplittableRandom random) {
    Object value =
        rows.size() == 0 ? null : rows.columns().get(column).get(random.nextInt(rows.size()));
    return value(value);
  }

  private static Value value(Object value) {
    return switch (value) {
      case Long number -> new Value.OfLong(number);
      case Double number when !number.isNaN() -> new Value.OfDouble(number);
      case String text ->
          new Value.OfString(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
      case null, default -> null;
    };
  }

  private static List<List<Object>> wanted(Rows rows, int column, ColumnType type, Range range) {
    List<List<Object>> wanted = new ArrayList<>();
    for (int row = 0; row < rows.size(); row++) {
      Value value = value(rows.columns().get(column).get(row));
      if (value != null && range.overlaps(value, value)) {
        int at = row;
        List<Object> values = new ArrayList<>();
        rows.columns().forEach(c -> values.add(c.get(at)));
        wanted.add(values);
      }
    }
    return wanted;
  }
}
