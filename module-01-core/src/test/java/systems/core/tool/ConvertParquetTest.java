package systems.core.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole way of the tool: text, columns in a file, a question, and text again. */
@Tag("phase-7")
class ConvertParquetTest {
  private static final String CSV =
      """
      city,since,at,height,n,is_port
      Oslo,1048-01-01,2026-11-26 07:30:00,23.5,1,true
      "Bergen, by the sea",1070-06-02,2026-11-26 07:30:00.000001,-0.25,2,true
      Røros,,2026-01-01 00:00:00,628.0,,false
      """;

  @TempDir Path folder;
  private String csv = "";
  private String parquet = "";

  @BeforeEach
  void writeTheTable() throws IOException {
    csv = folder.resolve("a.csv").toString();
    parquet = folder.resolve("a.parquet").toString();
    Files.writeString(Path.of(csv), CSV);
  }

  private static CommandLineRun colt(String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = "colt";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return new CommandLineRun(all);
  }

  @ParameterizedTest
  @ValueSource(strings = {"uncompressed", "lz4_raw", "gzip"})
  void whatBecomesParquetBecomesTheSameCsvAgain(String codec) throws IOException {
    assertThat(colt("convert", csv, parquet, "--codec", codec).err).isEmpty();
    byte[] file = Files.readAllBytes(Path.of(parquet));
    assertThat(new String(file, 0, 4, StandardCharsets.US_ASCII)).as("magic").isEqualTo("PAR1");
    Path back = folder.resolve("back.csv");
    assertThat(colt("convert", parquet, back.toString()).err).isEmpty();
    assertThat(back).as("the CSV that comes back").hasContent(CSV.stripTrailing());
    try (var files = Files.list(folder)) {
      assertThat(files).as("files that are left").hasSize(3);
    }
  }

  @Test
  void bothFilesAreOpenedAsWhatTheyAre() throws IOException {
    assertThat(colt("convert", csv, parquet).code).isZero();
    Path nameless = Files.copy(Path.of(parquet), folder.resolve("b"));
    for (String file : new String[] {csv, parquet, nameless.toString()}) {
      try (var table = Tables.open(file)) {
        assertThat(table.schema().fields()).as("columns of %s", file).hasSize(6);
      }
    }
  }
}
