package systems.core.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.Field;
import systems.core.column.Schema;
import systems.core.parquet.ParquetOptions;
import systems.core.parquet.ParquetWriter;

class InspectTest {
  @TempDir Path directory;

  private static String run(String... args) {
    var out = new StringWriter();
    var command =
        new CommandLine(new Inspect())
            .setOut(new PrintWriter(out))
            .setExecutionExceptionHandler((failure, line, _) -> {
              line.getOut().println(failure.getMessage());
              return 1;
            });
    command.execute(args);
    command.getOut().flush();
    return out.toString();
  }

  private Path written() throws Exception {
    Path file = directory.resolve("t.parquet");
    var schema =
        new Schema(
            List.of(
                new Field("id", ColumnType.LONG, false), new Field("day", ColumnType.DATE, true)));
    try (var writer = ParquetWriter.create(file, schema, ParquetOptions.DEFAULTS)) {
      var batch = new Batch(List.of(ColumnType.LONG, ColumnType.DATE));
      batch.rows = 1000;
      batch.longs(1).isNull[3] = true;
      batch.longs(1).nullCount = 1;
      for (int i = 0; i < 1000; i++) {
        batch.longs(0).values[i] = i;
        batch.longs(1).values[i] = 19_000;
      }
      writer.write(batch);
      writer.commit();
    }
    return file;
  }

  @Test
  @Tag("phase-7")
  void showsColumnsGroupsAndChunks() throws Exception {
    assertThat(run(written().toString()))
        .contains("1,000 rows in 1 row groups, written by systems.core")
        .containsPattern("id +required INT64")
        .containsPattern("day +optional INT32 DATE")
        .contains("row group 0: 1,000 rows")
        .contains("DELTA_BINARY_PACKED")
        .contains("0 to 999, 0 absent")
        .contains("2022-01-08 to 2022-01-08, 1 absent")
        .doesNotContain("data v1");
  }

  @Test
  @Tag("phase-7")
  void showsPagesOnDemand() throws Exception {
    assertThat(run(written().toString(), "--pages"))
        .containsPattern("dictionary +PLAIN, 1 values, at \\d+")
        .containsPattern("data v1 +RLE_DICTIONARY, 1,000 values");
  }

  @Test
  @Tag("given")
  void saysOfAnotherFileWhatItIsNot() throws Exception {
    Path csv = directory.resolve("t.csv");
    Files.writeString(csv, "id,name\n1,Oslo\n");
    assertThat(run(csv.toString())).contains("expected PAR1, the mark of a Parquet file");
  }
}
