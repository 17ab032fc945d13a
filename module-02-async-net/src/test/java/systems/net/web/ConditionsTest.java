package systems.net.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import systems.net.http.Headers;
import systems.net.http.HttpDate;

/** RFC 9110 §13. */
@Tag("phase-5")
final class ConditionsTest {
  private static final long MODIFIED = 800_000_000L;
  private static final long NOW = 1_000_000_000L;
  private static final String BEFORE = HttpDate.format(MODIFIED - 1);
  private static final String SAME = HttpDate.format(MODIFIED);

  private final Conditions.Validators strong = new Conditions.Validators("\"a\"", MODIFIED);
  private final Conditions.Validators weak = new Conditions.Validators("W/\"a\"", MODIFIED);
  private final Headers headers = new Headers();

  private Conditions.Verdict read() {
    return Conditions.of(true, headers, strong, NOW);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "\"a\"               | NOT_MODIFIED",
        "W/\"a\"             | NOT_MODIFIED",
        "\"b\", \"a\"        | NOT_MODIFIED",
        "\"b\" , W/\"a\", \"c\" | NOT_MODIFIED",
        "\"b,\"a\"           | PROCEED",
        "*                   | NOT_MODIFIED",
        "\"b\"               | PROCEED",
        "\"A\"               | PROCEED",
        "a                   | PROCEED",
        "\"a                 | PROCEED",
        "\"x, \"             | PROCEED",
        "\"x,y\", \"a\"      | NOT_MODIFIED",
      })
  void ifNoneMatchComparesWeakly(String tags, Conditions.Verdict verdict) {
    headers.add("If-None-Match", tags);
    assertThat(read()).as(tags).isEqualTo(verdict);
    assertThat(Conditions.of(true, headers, weak, NOW)).as("ours is weak").isEqualTo(verdict);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "\"a\"        | PROCEED",
        "\"b\", \"a\" | PROCEED",
        "*            | PROCEED",
        "W/\"a\"      | FAILED",
        "\"b\"        | FAILED",
        "a            | FAILED",
      })
  void ifMatchComparesStrongly(String tags, Conditions.Verdict verdict) {
    headers.add("If-Match", tags);
    assertThat(read()).as(tags).isEqualTo(verdict);
  }

  @Test
  void aWeakTagOfOursMatchesNothingStrongly() {
    headers.add("If-Match", "W/\"a\"");
    assertThat(Conditions.of(true, headers, weak, NOW)).isEqualTo(Conditions.Verdict.FAILED);
  }

  @Test
  void datesDecideWithoutTags() {
    headers.set("If-Modified-Since", SAME);
    assertThat(read()).isEqualTo(Conditions.Verdict.NOT_MODIFIED);
    headers.set("If-Modified-Since", BEFORE);
    assertThat(read()).isEqualTo(Conditions.Verdict.PROCEED);
    headers.clear();
    headers.set("If-Unmodified-Since", SAME);
    assertThat(read()).isEqualTo(Conditions.Verdict.PROCEED);
    headers.set("If-Unmodified-Since", BEFORE);
    assertThat(read()).isEqualTo(Conditions.Verdict.FAILED);
  }

  @Test
  void tagsGoBeforeDates() {
    headers.add("If-None-Match", "\"b\"").add("If-Modified-Since", SAME);
    assertThat(read()).as("the date is not looked at").isEqualTo(Conditions.Verdict.PROCEED);
    headers.clear();
    headers.add("If-Match", "\"a\"").add("If-Unmodified-Since", BEFORE);
    assertThat(read()).as("the date is not looked at").isEqualTo(Conditions.Verdict.PROCEED);
  }

  @Test
  void bothKindsAreAskedOneAfterTheOther() {
    headers.add("If-Match", "\"a\"").add("If-None-Match", "\"a\"");
    assertThat(read()).isEqualTo(Conditions.Verdict.NOT_MODIFIED);
    headers.set("If-Match", "\"b\"");
    assertThat(read()).isEqualTo(Conditions.Verdict.FAILED);
  }

  @Test
  void whatWouldChangeFailsInsteadOfBeingNotModified() {
    headers.add("If-None-Match", "*");
    assertThat(Conditions.of(false, headers, strong, NOW))
        .as("PUT with If-None-Match: * must not write over")
        .isEqualTo(Conditions.Verdict.FAILED);
    headers.clear();
    headers.add("If-Modified-Since", SAME);
    assertThat(Conditions.of(false, headers, strong, NOW)).isEqualTo(Conditions.Verdict.PROCEED);
  }

  @Test
  void whatIsNoDateIsNotThere() {
    headers.add("If-Modified-Since", "yesterday").add("If-Unmodified-Since", "0");
    assertThat(read()).isEqualTo(Conditions.Verdict.PROCEED);
    headers.clear();
    headers.add("If-Modified-Since", SAME).add("If-Modified-Since", SAME);
    assertThat(read()).as("two dates are none").isEqualTo(Conditions.Verdict.PROCEED);
  }

  @Test
  void tagsInSeveralLinesAreOneList() {
    headers.add("If-None-Match", "\"b\"").add("If-None-Match", "\"a\"");
    assertThat(read()).isEqualTo(Conditions.Verdict.NOT_MODIFIED);
  }

  private boolean holds(Conditions.Validators ours, String ifRange, long now) {
    headers.set("If-Range", ifRange);
    return Conditions.rangeHolds(headers, ours, now);
  }

  @Test
  void aRangeHoldsForTheSameBytesOnly() {
    assertThat(Conditions.rangeHolds(headers, weak, NOW)).as("no If-Range").isTrue();
    assertThat(holds(strong, "\"a\"", NOW)).isTrue();
    assertThat(holds(strong, "\"b\"", NOW)).isFalse();
    assertThat(holds(weak, "W/\"a\"", NOW)).as("weak tags do not glue").isFalse();
    assertThat(holds(strong, SAME, NOW)).isTrue();
    assertThat(holds(strong, BEFORE, NOW)).isFalse();
    assertThat(holds(strong, HttpDate.format(MODIFIED + 1), NOW)).as("exactly").isFalse();
    assertThat(holds(strong, SAME, MODIFIED + 1)).as("a second is too long").isFalse();
    assertThat(holds(strong, "rubbish", NOW)).isFalse();
  }
}
