package systems.core.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("phase-3")
class CacheSimTest {
  @TempDir Path folder;

  /** The numbers of the row of a cache size: LRU, S3-FIFO, W-TinyLFU, optimal. */
  private static List<Double> row(String table, String size) {
    String row =
        table.lines().filter(line -> line.strip().startsWith(size + " ")).findFirst().orElseThrow();
    return Arrays.stream(row.strip().substring(size.length()).split("%"))
        .map(String::strip)
        .map(Double::valueOf)
        .toList();
  }

  @Test
  void policiesStandSideBySideBelowTheOptimum() {
    var line =
        new CommandLineRun(
            "cache-sim", "scan", "--requests", "50000", "--keys", "2000", "--entries", "200,100");
    assertThat(line.err).isEmpty();
    assertThat(line.code).isZero();
    assertThat(line.out)
        .contains("with scans, 50,000 requests")
        .contains("LRU", "S3-FIFO", "W-TinyLFU");
    for (String size : List.of("100", "200")) {
      List<Double> ratios = row(line.out, size);
      assertThat(ratios).hasSize(4);
      double lru = ratios.get(0);
      double optimal = ratios.get(3);
      assertThat(ratios.get(2)).as("W-TinyLFU").isBetween(lru + 1, optimal);
      assertThat(ratios.get(1)).as("S3-FIFO").isBetween(lru, optimal);
    }
  }

  @Test
  void theChartIsAPictureWithALineForEach() throws Exception {
    Path svg = folder.resolve("chart.svg");
    var line =
        new CommandLineRun(
            "cache-sim",
            "loop",
            "--requests",
            "5000",
            "--keys",
            "100",
            "--entries",
            "50,80",
            "--svg",
            svg.toString());
    assertThat(line.code).isZero();
    var picture = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(svg.toFile());
    assertThat(picture.getDocumentElement().getTagName()).isEqualTo("svg");
    String text = Files.readString(svg);
    assertThat(text.lines().filter(l -> l.contains("class=\"line\""))).hasSize(4);
    assertThat(text).contains("prefers-color-scheme: dark").doesNotContain("NaN");
  }

  @Test
  void aChartThatCannotBeWrittenIsOneSentence() {
    var line =
        new CommandLineRun(
            "cache-sim",
            "loop",
            "--requests",
            "100",
            "--keys",
            "10",
            "--entries",
            "5",
            "--svg",
            folder.resolve("no/chart.svg").toString());
    assertThat(line.code).isEqualTo(1);
    assertThat(line.err).startsWith("There is no file ");
  }
}
