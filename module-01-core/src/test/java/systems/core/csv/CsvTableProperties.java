package systems.core.csv;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;
import systems.core.Effort;

/** Against {@link SlowCsv}: random text, cuts and buffers everywhere, damage of every kind. */
@Tag("phase-6")
class CsvTableProperties {
  private static final CsvFormat FORMAT =
      CsvFormat.DEFAULTS.withAllStrings().withDelimiter(',').withHeader(CsvFormat.Header.ABSENT);

  private static final String TRICKY =
      "id,\"na\"\"me\",note\r\n1,\"a,\"\"b\"\"\nc\",5\" pipe\n2,,\"\"\n\n3,\"\r\n\",\"x\"\r4,é,\"ü\"\"\"\n";

  private static Path file = Path.of("");

  @BeforeContainer
  static void makeFile() throws IOException {
    file = Files.createTempFile("csv", ".csv");
  }

  @AfterContainer
  static void deleteFile() throws IOException {
    Files.delete(file);
  }

  private static void assertLikeModel(byte[] text, int morsel, int buffer) throws IOException {
    Files.write(file, text);
    String shown = new String(text, StandardCharsets.ISO_8859_1);
    SlowCsv model = SlowCsv.parse(text, ',');
    Rows.Outcome outcome = Rows.outcome(file, FORMAT, morsel, buffer);
    String where = "morsels of %d, buffers of %d bytes: <%s>".formatted(morsel, buffer, shown);
    if (text.length == 0 || model.rows.isEmpty() && model.damage >= 0) {
      assertThat(outcome.damage()).as(where).isNotNull(); // nothing says how many columns there are
      return;
    }
    assertThat(outcome.rows()).as("rows before any damage, %s", where).isEqualTo(whole(model));
    assertThat(outcome.damage() == null ? -1 : 1)
        .as("whether there is damage (%s), %s", outcome.damage(), where)
        .isEqualTo(model.damage < 0 ? -1 : 1);
    if (outcome.damage() != null) {
      assertThat(outcome.damage().offset())
          .as("the byte of %s, %s", outcome.damage(), where)
          .isEqualTo(model.damage);
    }
  }

  private static List<List<@Nullable Object>> whole(SlowCsv model) {
    List<List<@Nullable Object>> rows = new ArrayList<>();
    for (List<@Nullable String> row : model.rows) {
      rows.add(new ArrayList<>(row));
    }
    return rows;
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.of(
            "a", "\"", "\"\"", ",", "\n", "\r", "\r\n", "\",\"", "\"\n", "bc", "é", " ")
        .list()
        .ofMaxSize(40)
        .map(parts -> String.join("", parts));
  }

  /** Text in which quotes are in order and all records have two fields. */
  @Provide
  Arbitrary<String> tables() {
    Arbitrary<String> field =
        Arbitraries.of(
            "",
            "a",
            "5\"",
            "\"\"",
            "\"x\"",
            "\"\"\"\"",
            "\"a,b\"",
            "\"\n\"",
            "\"\r\n,\"",
            "öä",
            "\"\"\",\"");
    return Combinators.combine(field, field, Arbitraries.of("\n", "\r\n", "\r"))
        .as((a, b, end) -> a + "," + b + end)
        .list()
        .ofMinSize(1)
        .ofMaxSize(12)
        .map(records -> String.join("", records));
  }

  @Property(tries = 300)
  void anyTextIsReadAsTheModelReadsIt(
      @ForAll("texts") String text,
      @ForAll @IntRange(min = 1, max = 9) int morsel,
      @ForAll @IntRange(min = 1, max = 9) int buffer)
      throws IOException {
    assertLikeModel(text.getBytes(StandardCharsets.UTF_8), morsel, buffer);
    assertLikeModel(text.getBytes(StandardCharsets.UTF_8), 1000, 1000);
  }

  @Property(tries = 200)
  void cutsThroughQuotesAreRight(
      @ForAll("tables") String text,
      @ForAll @IntRange(min = 1, max = 40) int morsel,
      @ForAll @IntRange(min = 1, max = 200) int buffer)
      throws IOException {
    assertLikeModel(text.getBytes(StandardCharsets.UTF_8), morsel, buffer);
  }

  @Property(tries = 200)
  void whatIsProvenIsSo(@ForAll("tables") String text) throws IOException {
    Files.writeString(file, text);
    try (var csv = new CsvFile(file, false)) {
      var quotes = new QuoteStates(csv, (byte) ',', 0);
      for (int place = 1; place < csv.size(); place++) {
        long proven = quotes.provenRecord(place, csv.size());
        if (proven != QuoteStates.UNPROVEN) {
          int state = QuoteStates.apply(quotes.function(0, place), QuoteStates.PLAIN);
          assertThat(proven)
              .as("the first record from %d on in <%s>", place, text)
              .isEqualTo(quotes.firstRecord(place, state, csv.size()));
        }
      }
    }
  }

  @Example
  void aTrickyFileIsTheSameWhereverItIsCut() throws IOException {
    byte[] text = TRICKY.getBytes(StandardCharsets.UTF_8);
    for (int morsel = 1; morsel <= text.length; morsel++) {
      for (int buffer : new int[] {1, 64}) {
        assertLikeModel(text, morsel, buffer);
      }
    }
  }

  @Example
  void aFileThatEndsAnywhereIsReadUpToThereOrRefused() throws IOException {
    byte[] text = TRICKY.getBytes(StandardCharsets.UTF_8);
    for (int length = 0; length <= text.length; length++) {
      byte[] prefix = Arrays.copyOf(text, length);
      if (Utf8.firstBad(prefix, 0, length) < 0) {
        assertLikeModel(prefix, 1000, 1000);
        assertLikeModel(prefix, 3, 5);
      }
    }
  }

  @Example
  void mutatedFilesAreReadLikeTheModelOrRefused() throws IOException {
    mutate(Effort.of(2_000, 200), 6);
  }

  @Example
  @Tag("slow")
  void manyMutatedFilesAreReadLikeTheModelOrRefused() throws IOException {
    mutate(50_000, 7);
  }

  @Example
  @Tag("slow")
  void manyOtherMutatedFilesAreReadLikeTheModelOrRefused() throws IOException {
    mutate(50_000, 8);
  }

  private static void mutate(int rounds, long seed) throws IOException {
    var random = new SplittableRandom(seed);
    byte[] pieces = ",\"\n\r\0a\u00c3 ;".getBytes(StandardCharsets.ISO_8859_1);
    for (int round = 0; round < rounds; round++) {
      byte[] text = TRICKY.getBytes(StandardCharsets.UTF_8);
      for (int i = random.nextInt(1, 5); i > 0; i--) {
        text[random.nextInt(text.length)] = pieces[random.nextInt(pieces.length)];
      }
      if (Utf8.firstBad(text, 0, text.length) < 0) {
        assertLikeModel(text, random.nextInt(1, 120), random.nextInt(1, 120));
      } else {
        Files.write(file, text);
        Rows.outcome(file, FORMAT, random.nextInt(1, 120), random.nextInt(1, 120));
      }
    }
  }
}
