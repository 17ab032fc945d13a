package systems.core.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LongSummaryStatistics;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import systems.core.Effort;

@Tag("phase-6")
class MeasurementsTest {
  @TempDir Path folder;

  private String summary(String text, int threads, int chunk) throws IOException {
    return Measurements.summary(Rows.file(folder, text), threads, chunk);
  }

  private static String decimal(long tenths) {
    return BigDecimal.valueOf(tenths, 1).toString();
  }

  /** The same by plain means. */
  private static String slow(String text) {
    var stations = new TreeMap<String, LongSummaryStatistics>();
    text.lines()
        .forEach(line -> {
          String[] parts = line.split(";");
          stations
              .computeIfAbsent(parts[0], _ -> new LongSummaryStatistics())
              .accept(new BigDecimal(parts[1]).movePointRight(1).longValueExact());
        });
    var shown = new ArrayList<String>();
    stations.forEach((name, s) -> {
      BigDecimal sum = BigDecimal.valueOf(2 * s.getSum() + s.getCount());
      long mean =
          sum.divide(BigDecimal.valueOf(2 * s.getCount()), 0, RoundingMode.FLOOR).longValue();
      shown.add(name + "=" + decimal(s.getMin()) + "/" + decimal(mean) + "/" + decimal(s.getMax()));
    });
    return "{" + String.join(", ", shown) + "}";
  }

  @Test
  void theSummaryHasTheFormOfTheChallenge() throws IOException {
    assertThat(summary("Oslo;-4.2\nAbha;59.2\nAbha;-23.0\nOslo;0.1\nAbha;17.8\n", 1, 1 << 18))
        .isEqualTo("{Abha=-23.0/18.0/59.2, Oslo=-4.2/-2.0/0.1}");
    assertThat(summary("Zürich;1.0", 2, 1 << 18)).isEqualTo("{Zürich=1.0/1.0/1.0}");
    assertThat(summary("", 1, 1 << 18)).isEqualTo("{}");
  }

  @Test
  void aMeanBetweenTwoTenthsGoesUpwards() throws IOException {
    assertThat(summary("a;0.1\na;0.2\n", 1, 100)).isEqualTo("{a=0.1/0.2/0.2}");
    assertThat(summary("a;-0.1\na;-0.2\n", 1, 100))
        .as("the mean of -0.1 and -0.2 is rounded half up towards positive infinity")
        .isEqualTo("{a=-0.2/-0.1/-0.1}");
    assertThat(summary("a;-0.1\na;0.0\n", 1, 100))
        .as("the mean of -0.1 and 0.0 is rounded half up, and 0 has no sign")
        .isEqualTo("{a=-0.1/0.0/0.0}");
    assertThat(summary("a;-0.1\na;-0.1\na;-0.2\n", 1, 100))
        .as("a mean of -0.1333 is nearest to -0.1")
        .isEqualTo("{a=-0.2/-0.1/-0.1}");
    assertThat(summary("a;-0.2\na;-0.2\na;-0.1\n", 1, 100))
        .as("a mean of -0.1667 is nearest to -0.2")
        .isEqualTo("{a=-0.2/-0.2/-0.1}");
  }

  @Test
  void allTemperaturesAreUnderstood() throws IOException {
    var text = new StringBuilder();
    for (int tenths = -999; tenths <= 999; tenths++) {
      text.append('t').append(tenths).append(';').append(decimal(tenths)).append('\n');
    }
    assertThat(summary(text.toString(), 1, 1 << 18)).isEqualTo(slow(text.toString()));
  }

  @Test
  void namesOfAllLengthsAreToldApart() throws IOException {
    var text = new StringBuilder();
    for (int length = 1; length <= 100; length++) {
      for (String last : new String[] {"a", "b", "c"}) {
        text.append("x".repeat(length - 1)).append(last).append(";1.0\n");
        text.append(last).append("x".repeat(length - 1)).append(";2.0\n");
        text.append("x".repeat(length - 1)).append(last).append(";-3.0\n");
      }
    }
    assertThat(summary(text.toString(), 1, 1 << 18))
        .as("names that share their first 16 bytes are different stations")
        .isEqualTo(slow(text.toString()));
  }

  @Test
  void linesAcrossChunksAreCountedOnce() throws IOException {
    var random = new SplittableRandom(4);
    String[] names = {"A", "Bo", "Łódź", "Petropavlovsk-Kamchatsky", "12345678", "1234567", "Rome"};
    var text = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      text.append(names[random.nextInt(names.length)]).append(';');
      text.append(decimal(random.nextInt(-999, 1000))).append('\n');
    }
    String expected = slow(text.toString());
    for (int chunk = 1; chunk < 150; chunk += chunk < 40 ? 1 : 13) {
      assertThat(summary(text.toString(), 1 + chunk % 3, chunk))
          .as("chunks of %d bytes", chunk)
          .isEqualTo(expected);
    }
  }

  @Test
  void tenThousandStationsFitAndOneMoreDoesNot() throws IOException {
    var text = new StringBuilder();
    for (int i = 0; i < 10_000; i++) {
      text.append("station ").append(i).append(';').append(decimal(i % 999)).append('\n');
    }
    assertThat(summary(text.toString(), 2, 1 << 14)).isEqualTo(slow(text.toString()));
    text.append("one more;1.0\n");
    for (int threads = 1; threads <= 2; threads++) {
      int readers = threads;
      assertThatThrownBy(() -> summary(text.toString(), readers, 1 << 14))
          .isInstanceOf(CsvException.class)
          .hasMessageContaining("more than 10000 stations");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Oslo\\n | 2 | 10 | without a semicolon",
        "Oslo;\\n | 2 | 11 | no temperature",
        "Oslo;12\\n | 2 | 11 | no temperature",
        "Oslo;1.23\\n | 2 | 11 | no temperature",
        "Oslo;100.0\\n | 2 | 11 | no temperature",
        "Oslo;-100.0\\n | 2 | 11 | no temperature",
        "Oslo;+1.0\\n | 2 | 11 | no temperature",
        "Oslo;1,0\\n | 2 | 11 | no temperature",
        "Oslo;1.0 \\n | 2 | 11 | no temperature",
        "Oslo;1.0\\r\\n | 2 | 11 | no temperature",
        "Oslo;:.0\\n | 2 | 11 | no temperature",
        "Oslo;1.?\\n | 2 | 11 | no temperature",
        "Oslo;--1.0\\n | 2 | 11 | no temperature",
        "Oslo;.0\\n | 2 | 11 | no temperature",
        ";1.0\\n | 2 | 6 | no name",
        "\\n\\nOslo;1.0\\n | 2 | 6 | without a semicolon",
        "Os\\xFFlo;1.0\\n | 2 | 8 | not UTF-8",
      })
  void aMalformedLineIsNamed(String text, long line, long offset, String sentence)
      throws IOException {
    String latin = text.strip().replace("\\n", "\n").replace("\\r", "\r").replace("\\xFF", "ÿ");
    Path file = folder.resolve("bad");
    Files.write(file, ("A;0.0\n" + latin).getBytes(StandardCharsets.ISO_8859_1));
    for (int chunk : new int[] {1 << 18, 3}) {
      assertThatThrownBy(() -> Measurements.summary(file, 1, chunk))
          .isInstanceOfSatisfying(
              CsvException.class,
              damage -> {
                assertThat(damage.line()).as(damage.getMessage()).isEqualTo(line);
                assertThat(damage.offset()).as(damage.getMessage()).isEqualTo(offset);
              })
          .hasMessageContaining(sentence);
    }
  }

  @Test
  void aNameBeyondTheLimitIsRefused() throws IOException {
    String name = "é".repeat(50);
    assertThat(summary(name + ";1.0\n", 1, 1 << 18)).isEqualTo("{" + name + "=1.0/1.0/1.0}");
    assertThatThrownBy(() -> summary(name + "x;1.0\n", 1, 1 << 18))
        .hasMessageContaining("a name of more than 100 bytes");
  }

  @Test
  void theFirstErrorOfTheFileIsTheOneThatIsReported() throws IOException {
    String text = "a;1.0\n".repeat(2000) + "b;x\n" + "a;1.0\n".repeat(2000) + "c;y\n";
    for (int i = 0; i < Effort.of(20, 5); i++) {
      assertThatThrownBy(() -> summary(text, 4, 100))
          .isInstanceOfSatisfying(
              CsvException.class, damage -> assertThat(damage.offset()).isEqualTo(12_002));
    }
  }

  @Test
  void randomLinesAreSummedUpAsByPlainMeans() throws IOException {
    var random = new SplittableRandom(5);
    for (int round = 0; round < Effort.of(40, 8); round++) {
      var text = new StringBuilder();
      int stations = random.nextInt(1, 60);
      for (int i = random.nextInt(1, 400); i > 0; i--) {
        int station = random.nextInt(stations);
        text.append("s".repeat(station % 23)).append(station).append(';');
        text.append(decimal(random.nextInt(-999, 1000))).append('\n');
      }
      assertThat(summary(text.toString(), random.nextInt(1, 4), random.nextInt(1, 3000)))
          .isEqualTo(slow(text.toString()));
    }
  }
}
