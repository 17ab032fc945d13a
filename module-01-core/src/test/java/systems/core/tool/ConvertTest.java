package systems.core.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Tag("phase-6")
class ConvertTest {
  @TempDir Path folder;
  private final ByteArrayOutputStream piped = new ByteArrayOutputStream();
  private final StringWriter err = new StringWriter();

  private int run(String standardIn, String... arguments) {
    var in = new ByteArrayInputStream(standardIn.getBytes(StandardCharsets.UTF_8));
    return new CommandLine(new Convert(in, piped))
        .setErr(new PrintWriter(err, true))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler((failure, line, _) -> {
          line.getErr().println(failure.getMessage());
          return 1;
        })
        .execute(arguments);
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  @Test
  void aFileWithSemicolonsBecomesOneWithCommas() throws IOException {
    String in = file("in.csv", "name;note;n\r\nBob;\"a;b\"\"\";1\r\nEve;x,y;\r\n");
    Path out = folder.resolve("out.csv");
    assertThat(run("", in, out.toString())).as(err.toString()).isZero();
    assertThat(Files.readString(out)).isEqualTo("name,note,n\nBob,\"a;b\"\"\",1\nEve,\"x,y\",\n");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void aPipeGoesThrough() throws IOException {
    assertThat(run("a,b\n1,\n", "-", "-", "--out-delimiter", "tab", "--null", "-")).isZero();
    assertThat(piped.toString(StandardCharsets.UTF_8)).isEqualTo("a\tb\n1\t\"\"\n");
  }

  @Test
  void theEndingTsvMeansTabs() throws IOException {
    String in = file("in.csv", "a,b\n1,x\ty\n");
    Path out = folder.resolve("out.tsv");
    assertThat(run("", in, out.toString())).isZero();
    assertThat(Files.readString(out)).isEqualTo("a\tb\n1\t\"x\ty\"\n");
  }

  @Test
  void typesThatAreToldAreHeld() throws IOException {
    String in = file("in.csv", "zip,n\n01234,1\n");
    assertThat(run("", in, "-")).isZero();
    assertThat(run("", in, "-", "--types", "zip=long")).isZero();
    assertThat(run("", in, "-", "--all-strings", "--no-header", "--quote-all")).isZero();
    assertThat(piped.toString(StandardCharsets.UTF_8))
        .isEqualTo("zip,n\n01234,1\nzip,n\n1234,1\n\"01234\",\"1\"\n");
  }

  @Test
  void damageLeavesTheOldFileAndNamesThePlace() throws IOException {
    String in = file("in.csv", "a,b\n1,2\n3\n");
    String out = file("out.csv", "old");
    assertThat(run("", in, out)).isEqualTo(1);
    assertThat(err.toString()).contains("in.csv, line 3, byte 9: 1 fields instead of 2");
    assertThat(Files.readString(Path.of(out))).isEqualTo("old");
    try (var files = Files.list(folder)) {
      assertThat(files).as("files that are left").hasSize(2);
    }
  }

  @Test
  void progressIsSaidToWhomAsksForIt() throws IOException {
    String in = file("in.csv", "a,b\n1,2\n");
    assertThat(run("", in, "-", "--progress")).isZero();
    assertThat(err.toString()).contains("-: 100 %");
  }

  @Test
  void aCommandLineThatMakesNoSenseIsExplained() throws IOException {
    String in = file("in.csv", "a,b\n1,2\n");
    assertThat(run("", in)).isEqualTo(2);
    assertThat(run("", in, folder.resolve("out.xml").toString())).isEqualTo(2);
    assertThat(err.toString()).contains("must end in .csv, .tsv, .txt or .parquet");
    assertThat(run("", in, "-", "--delimiter", "ab")).isEqualTo(2);
    assertThat(run("", in, "-", "--delimiter", "\"")).isEqualTo(2);
    assertThat(run("", in, "-", "--sample", "0")).isEqualTo(2);
    assertThat(run("", in, "-", "--row-group", "0")).isEqualTo(2);
    assertThat(run("", in, "-", "--types", "a=nonsense")).isEqualTo(2);
    assertThat(run("", in, "-", "--types", "a=double")).as("one that does").isZero();
  }
}
