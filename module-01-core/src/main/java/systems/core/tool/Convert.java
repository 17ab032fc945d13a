package systems.core.tool;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.Field;
import systems.core.column.Morsel;
import systems.core.column.Scan;
import systems.core.column.Schema;
import systems.core.column.Table;
import systems.core.column.TableWriter;
import systems.core.csv.CsvFormat;
import systems.core.csv.CsvTable;
import systems.core.csv.CsvWriter;
import systems.core.parquet.ParquetOptions;
import systems.core.parquet.ParquetTable;
import systems.core.parquet.ParquetWriter;

/**
 * Writes a table in another format. What a file is says its name; of a file that is read, its first
 * bytes if the name says nothing.
 */
@Command(
    name = "convert",
    description = {
      "Converts a table between CSV (.csv, .tsv, .txt) and Parquet (.parquet).",
      "In place of a file, - is standard input or output, as CSV."
    },
    sortOptions = false)
final class Convert implements Callable<Integer> {
  private static final int ROW_GROUP_MAX = 1 << 24;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(index = "0", paramLabel = "IN", description = "The table to read, or -.")
  private String in = "";

  @Parameters(index = "1", paramLabel = "OUT", description = "The file to write, or -.")
  private String out = "";

  @Option(
      names = "--delimiter",
      paramLabel = "C",
      description = "Between the fields of IN: a character, or tab. Default: found out.")
  private @Nullable String delimiter;

  @Option(
      names = "--out-delimiter",
      paramLabel = "C",
      description = "Between the fields of OUT. Default: a comma; a tab if it ends in .tsv.")
  private @Nullable String outDelimiter;

  @Option(
      names = "--header",
      paramLabel = "WHICH",
      defaultValue = "sniffed",
      description = "First record of IN has names: sniffed, present, absent. Default: sniffed.")
  private CsvFormat.Header header = CsvFormat.Header.SNIFFED;

  @Option(names = "--no-header", description = "Writes no names to OUT.")
  private boolean noHeader;

  @Option(
      names = "--types",
      split = ",",
      paramLabel = "NAME=TYPE",
      description = "Types of columns: BOOLEAN, LONG, DATE, TIMESTAMP, DOUBLE or STRING.")
  private Map<String, ColumnType> types = new LinkedHashMap<>();

  @Option(names = "--all-strings", description = "All columns without a given type are strings.")
  private boolean allStrings;

  @Option(
      names = "--sample",
      paramLabel = "ROWS",
      defaultValue = "20480",
      description = "Rows that are looked at to find out the types. Default: ${DEFAULT-VALUE}.")
  private int sample;

  @Option(
      names = "--null",
      paramLabel = "TEXT",
      defaultValue = "",
      description = "What absent values are written as, in IN and in OUT. Default: nothing.")
  private String nullText = "";

  @Option(names = "--replace", description = "Puts U+FFFD in place of what is not UTF-8.")
  private boolean replace;

  @Option(names = "--quote-all", description = "Quotes each field of OUT, if that is CSV.")
  private boolean quoteAll;

  @Option(
      names = "--codec",
      defaultValue = "lz4_raw",
      description = "Compression of Parquet: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Codec codec = Codec.LZ4_RAW;

  @Option(
      names = "--row-group",
      paramLabel = "ROWS",
      defaultValue = "122880",
      description = "Rows of a row group of Parquet. Default: ${DEFAULT-VALUE}.")
  private int rowGroup;

  @Option(
      names = "--progress",
      description = "Says on standard error how far it is; a terminal is told anyway.")
  private boolean progress;

  private final InputStream standardIn;
  private final OutputStream standardOut;
  private int percent = -1;

  /** What the writer can write. */
  private enum Codec {
    UNCOMPRESSED,
    LZ4_RAW,
    GZIP;

    systems.core.parquet.Codec inFile() {
      return switch (this) {
        case UNCOMPRESSED -> systems.core.parquet.Codec.UNCOMPRESSED;
        case LZ4_RAW -> systems.core.parquet.Codec.LZ4_RAW;
        case GZIP -> systems.core.parquet.Codec.GZIP;
      };
    }
  }

  private enum Kind {
    CSV,
    PARQUET
  }

  Convert() {
    this(new FileInputStream(FileDescriptor.in), new FileOutputStream(FileDescriptor.out));
  }

  /** With other standard streams, for tests. */
  Convert(InputStream standardIn, OutputStream standardOut) {
    this.standardIn = standardIn;
    this.standardOut = standardOut;
  }

  @Override
  public Integer call() throws IOException {
    if (rowGroup < 1 || rowGroup > ROW_GROUP_MAX) {
      throw wrong("--row-group must be 1 to " + ROW_GROUP_MAX + "; it is " + rowGroup);
    }
    if (sample < 1) {
      throw wrong("--sample must be 1 or more; it is " + sample);
    }
    Kind target = out.equals("-") ? Kind.CSV : targetKind(Path.of(out));
    try (Table table = open();
        TableWriter writer = create(target, table.schema())) {
      copy(table, writer);
      writer.commit();
    }
    return 0;
  }

  private void copy(Table table, TableWriter writer) throws IOException {
    List<Field> fields = table.schema().fields();
    var all = IntStream.range(0, fields.size()).boxed().toList();
    var batch = new Batch(fields.stream().map(Field::type).toList());
    long done = 0;
    for (Morsel morsel : table.morsels(new Scan(all, List.of()))) {
      try (var cursor = morsel.open()) {
        while (cursor.next(batch)) {
          writer.write(batch);
        }
      }
      done += morsel.bytes();
      show(done, table.bytes());
    }
  }

  private void show(long done, long bytes) {
    int now = (int) (100 * done / Math.max(1, bytes));
    boolean watched = progress || System.console() != null && System.console().isTerminal();
    if (now == percent || !watched) {
      return;
    }
    percent = now;
    PrintWriter err = spec().commandLine().getErr();
    err.printf("\r%s: %d %%%s", out, now, now == 100 ? System.lineSeparator() : "");
    err.flush();
  }

  private Table open() throws IOException {
    if (in.equals("-")) {
      return CsvTable.spool(standardIn, inFormat());
    }
    Path file = Path.of(in);
    return switch (sourceKind(file)) {
      case CSV -> CsvTable.open(file, inFormat());
      case PARQUET -> ParquetTable.open(file);
    };
  }

  private TableWriter create(Kind kind, Schema schema) throws IOException {
    var quoting = quoteAll ? CsvWriter.Quoting.ALL : CsvWriter.Quoting.NEEDED;
    if (out.equals("-")) {
      return CsvWriter.to(standardOut, schema, outFormat(), quoting);
    }
    Path file = Path.of(out);
    return switch (kind) {
      case CSV -> CsvWriter.create(file, schema, outFormat(), quoting);
      case PARQUET -> ParquetWriter.create(file, schema, parquetOptions());
    };
  }

  private ParquetOptions parquetOptions() {
    return ParquetOptions.DEFAULTS.withCodec(codec.inFile()).withRowGroupRows(rowGroup);
  }

  private CsvFormat inFormat() {
    try {
      CsvFormat format =
          CsvFormat.DEFAULTS
              .withDelimiter(delimiter == null ? CsvFormat.SNIFFED : character(delimiter))
              .withHeader(header)
              .withTypes(types)
              .withNullText(nullText)
              .withSampleRows(sample);
      format = allStrings ? format.withAllStrings() : format;
      return replace ? format.withBadText(CsvFormat.BadText.REPLACED) : format;
    } catch (IllegalArgumentException impossible) {
      throw wrong(impossible.getMessage());
    }
  }

  private CsvFormat outFormat() {
    char between = out.endsWith(".tsv") ? '\t' : ',';
    try {
      return CsvFormat.DEFAULTS
          .withDelimiter(outDelimiter == null ? between : character(outDelimiter))
          .withHeader(noHeader ? CsvFormat.Header.ABSENT : CsvFormat.Header.PRESENT)
          .withNullText(nullText);
    } catch (IllegalArgumentException impossible) {
      throw wrong(impossible.getMessage());
    }
  }

  private char character(String option) {
    if (option.equals("tab") || option.equals("\\t")) {
      return '\t';
    }
    if (option.length() != 1) {
      throw wrong("a delimiter is one character or tab; it is " + option);
    }
    return option.charAt(0);
  }

  private Kind targetKind(Path file) {
    Kind kind = kindOf(file);
    if (kind == null) {
      throw wrong("the name of OUT must end in .csv, .tsv, .txt or .parquet; it is " + file);
    }
    return kind;
  }

  private static Kind sourceKind(Path file) throws IOException {
    Kind kind = kindOf(file);
    if (kind != null) {
      return kind;
    }
    return Tables.isParquet(file) ? Kind.PARQUET : Kind.CSV;
  }

  private static @Nullable Kind kindOf(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".parquet")) {
      return Kind.PARQUET;
    }
    boolean text = name.endsWith(".csv") || name.endsWith(".tsv") || name.endsWith(".txt");
    return text ? Kind.CSV : null;
  }

  private ParameterException wrong(@Nullable String problem) {
    return new ParameterException(spec().commandLine(), String.valueOf(problem));
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new AssertionError("picocli injects it");
    }
    return spec;
  }
}
