package systems.core.tool;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import systems.core.column.Table;
import systems.core.csv.CsvFormat;
import systems.core.csv.CsvTable;
import systems.core.parquet.ParquetTable;

/** Opens a file as what it is: by its first bytes Parquet, else CSV. */
final class Tables {
  private static final byte[] PARQUET = "PAR1".getBytes(StandardCharsets.US_ASCII);

  private Tables() {}

  /** Whoever opens what stands after {@code from}. */
  interface Opener {
    Table open(String name) throws IOException;
  }

  /**
   * Opens a file, or standard input if the name is {@code -}.
   *
   * @throws IOException if there is none, or it is damaged
   */
  static Table open(String name) throws IOException {
    if (name.equals("-")) {
      return CsvTable.spool(new FileInputStream(FileDescriptor.in), CsvFormat.DEFAULTS);
    }
    Path file = Path.of(name);
    return isParquet(file) ? ParquetTable.open(file) : CsvTable.open(file, CsvFormat.DEFAULTS);
  }

  static boolean isParquet(Path file) throws IOException {
    try (InputStream bytes = Files.newInputStream(file)) {
      byte[] first = bytes.readNBytes(PARQUET.length);
      return Arrays.equals(first, PARQUET)
          || first.length == 0 && file.toString().toLowerCase(Locale.ROOT).endsWith(".parquet");
    }
  }
}
