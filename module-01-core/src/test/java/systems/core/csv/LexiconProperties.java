package systems.core.csv;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;

/** Against a map of strings. */
@Tag("phase-6")
class LexiconProperties {
  private static final int BEFORE = RecordReader.PAD_BYTES;

  private static byte[] padded(String field, String around) {
    return (around.repeat(BEFORE) + field + around.repeat(8)).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static int code(Lexicon lexicon, String field, String around) {
    return lexicon.code(padded(field, around), BEFORE, BEFORE + field.length());
  }

  /** Adds a field that means itself. */
  private static int add(Lexicon lexicon, String field) {
    return lexicon.add(padded(field, "+"), BEFORE, BEFORE + field.length(), BEFORE, field.length());
  }

  private static String string(Lexicon lexicon, int code) {
    return new String(lexicon.dictionary().entry(code), StandardCharsets.ISO_8859_1);
  }

  @Provide
  Arbitrary<List<String>> fields() {
    return Arbitraries.strings()
        .withChars('a', 'b', '\u00e9')
        .ofMaxLength(40)
        .list()
        .ofMaxSize(200);
  }

  @Property(tries = 300)
  void aFieldHasTheCodeThatItGotWhateverIsAroundIt(@ForAll("fields") List<String> fields) {
    var lexicon = new Lexicon();
    Map<String, Integer> model = new HashMap<>();
    for (String field : fields) {
      Integer expected = model.get(field);
      String what = "the code of <%s> among %s".formatted(field, model);
      assertThat(code(lexicon, field, ",")).as(what).isEqualTo(expected == null ? -1 : expected);
      if (expected == null) {
        assertThat(add(lexicon, field)).as("the next code, of <%s>", field).isEqualTo(model.size());
        model.put(field, model.size());
      }
      assertThat(code(lexicon, field, "a")).as(what).isEqualTo(model.get(field));
    }
    model.forEach(
        (field, code) -> assertThat(string(lexicon, code)).as("entry %d", code).isEqualTo(field));
  }

  @Example
  void longFieldsThatDifferInTheMiddleOnlyAreTwo() {
    var lexicon = new Lexicon();
    assertThat(add(lexicon, "12345678-a-12345678")).isZero();
    assertThat(code(lexicon, "12345678-b-12345678", ",")).isEqualTo(Lexicon.NEW);
    assertThat(code(lexicon, "12345678-a-12345678", ",")).isZero();
  }

  @Example
  void twoSpellingsOfAStringAreOneEntry() {
    var lexicon = new Lexicon();
    byte[] quoted = padded("\"Oslo\"", ",");
    assertThat(add(lexicon, "Bern")).isZero();
    assertThat(lexicon.add(quoted, BEFORE, BEFORE + 6, BEFORE + 1, 4)).isEqualTo(1);
    assertThat(add(lexicon, "Oslo"))
        .as("a dictionary has no string twice, or groups would fall apart")
        .isEqualTo(1);
    assertThat(lexicon.dictionary().size()).isEqualTo(2);
  }

  @Example
  void aDictionaryThatWasGivenOutStaysAsItIs() {
    var lexicon = new Lexicon();
    add(lexicon, "Oslo");
    var before = lexicon.dictionary();
    assertThat(lexicon.dictionary()).as("nothing is new").isSameAs(before);
    for (int i = 0; i < 1000; i++) {
      add(lexicon, "station " + i);
    }
    assertThat(before.size()).isEqualTo(1);
    assertThat(new String(before.entry(0), StandardCharsets.UTF_8)).isEqualTo("Oslo");
    assertThat(lexicon.dictionary().size()).isEqualTo(1001);
  }

  @Example
  void tooManyFieldsAreGivenUp() {
    var lexicon = new Lexicon();
    for (int i = 0; i < Lexicon.ENTRIES_MAX; i++) {
      assertThat(add(lexicon, "n" + i)).isEqualTo(i);
    }
    assertThat(lexicon.isFull()).isFalse();
    assertThat(add(lexicon, "one more")).isEqualTo(Lexicon.NEW);
    assertThat(lexicon.isFull()).isTrue();
  }
}
