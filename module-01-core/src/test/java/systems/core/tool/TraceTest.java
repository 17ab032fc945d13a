package systems.core.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("given")
class TraceTest {
  @TempDir Path folder;

  private static long[] keys(Trace trace) {
    return IntStream.range(0, trace.size()).mapToLong(trace::key).toArray();
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("trace"), text);
  }

  @Test
  void theSameSeedGivesTheSameTrace() {
    assertThat(keys(Trace.zipf(1000, 50, 0.99, 3)))
        .isEqualTo(keys(Trace.zipf(1000, 50, 0.99, 3)))
        .isNotEqualTo(keys(Trace.zipf(1000, 50, 0.99, 4)));
  }

  @Test
  void zipfAsksForTheFirstKeyAsOftenAsItsWeightSays() {
    double sum = IntStream.rangeClosed(1, 100).mapToDouble(k -> 1.0 / k).sum();
    Trace trace = Trace.zipf(100_000, 100, 1.0, 1);
    long first = IntStream.range(0, trace.size()).filter(i -> trace.key(i) == 0).count();
    assertThat(first / 100_000.0).isBetween(0.95 / sum, 1.05 / sum);
  }

  @Test
  void aScanNeverComesBack() {
    Trace trace = Trace.scan(10_000, 1000, 0.99, 1);
    long[] scanned =
        IntStream.range(0, trace.size()).mapToLong(trace::key).filter(k -> k >= 1000).toArray();
    assertThat(scanned).hasSize(2000).doesNotHaveDuplicates();
  }

  @Test
  void aLoopComesBackInOrder() {
    assertThat(keys(Trace.loop(7, 3))).containsExactly(0, 1, 2, 0, 1, 2, 0);
  }

  @Test
  void inAFileEachLineIsAKey() throws IOException {
    long[] keys = keys(Trace.read(file("a\nb\n\na\n"), Trace.Format.LINES));
    assertThat(keys).hasSize(3);
    assertThat(keys[2]).isEqualTo(keys[0]).isNotEqualTo(keys[1]);
  }

  @Test
  void aCompressedFileIsReadToo() throws IOException {
    Path file = folder.resolve("trace.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write("a\nb\n".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(Trace.read(file, Trace.Format.LINES).size()).isEqualTo(2);
  }

  @Test
  void arcNamesFirstBlockAndNumber() throws IOException {
    assertThat(keys(Trace.read(file("10 3 0 1\n7 1 0 2\n"), Trace.Format.ARC)))
        .containsExactly(10, 11, 12, 7);
  }

  @Test
  void umassNamesUnitBlockAndBytes() throws IOException {
    assertThat(keys(Trace.read(file("0,10,1024,R,0.1\n1,10,1,w,0.2\n"), Trace.Format.UMASS)))
        .containsExactly(10, 11, 10 | 1L << 48);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1 2 3 4\\nnonsense | ARC | line 2: the numbers of first block",
        "1 99999999999 | ARC | line 1: a request has 0 to 1048576 blocks",
        "1 -5 | ARC | blocks, this one -5",
        "1,2 | UMASS | the numbers of first block and length",
        "'' | LINES | there is no request in it",
      })
  void aWrongLineIsNamed(String text, Trace.Format format, String sentence) throws IOException {
    Path file = file(text.strip().replace("\\n", "\n"));
    assertThatThrownBy(() -> Trace.read(file, format))
        .isInstanceOf(TraceException.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void whoKnowsTheFutureMissesEachKeyOnceIfAllFit() {
    assertThat(Optimal.hitRatio(Trace.loop(100, 10), 10)).isEqualTo(0.9);
    assertThat(Optimal.hitRatio(Trace.loop(1000, 10), 5)).isBetween(0.4, 0.5);
  }

  @Test
  void aCommandLineThatMakesNoSenseIsExplained() {
    var line = new CommandLineRun("cache-sim", "--entries", "0");
    assertThat(line.code).isEqualTo(2);
    assertThat(line.err).contains("--entries must be 1 to").contains("it is 0");
    assertThat(new CommandLineRun().code).isEqualTo(2);
    assertThat(new CommandLineRun("nonsense").code).isEqualTo(2);
  }

  @Test
  void helpGoesToStandardOutput() {
    var line = new CommandLineRun("cache-sim", "--help");
    assertThat(line.code).isZero();
    assertThat(line.out)
        .contains("Usage: core cache-sim")
        .contains("--svg")
        .contains("Default: lines");
    assertThat(line.err).isEmpty();
  }

  @Test
  void aMissingFileIsOneSentence() {
    var line = new CommandLineRun("cache-sim", folder.resolve("nothing").toString());
    assertThat(line.code).isEqualTo(1);
    assertThat(line.err).startsWith("There is no file ").endsWith("nothing.\n");
    assertThat(line.out).isEmpty();
  }
}
