package systems.core.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-7")
class LikePatternTest {
  private static boolean matches(String pattern, String text) {
    byte[] bytes = ("<" + text + ">").getBytes(StandardCharsets.UTF_8);
    return new LikePattern(pattern.getBytes(StandardCharsets.UTF_8))
        .matches(bytes, 1, bytes.length - 1);
  }

  @Test
  void anUnderscoreIsOneCharacterHoweverManyBytes() {
    assertThat(matches("_", "é")).as("é has two bytes and is one character").isTrue();
    assertThat(matches("__", "é")).as("é has two bytes and is one character").isFalse();
    assertThat(matches("_京", "東京")).isTrue();
    assertThat(matches("_", "𝛑")).isTrue();
    assertThat(matches("_", "")).isFalse();
  }

  @Test
  void aPercentSignIsAnything() {
    assertThat(matches("%", "")).isTrue();
    assertThat(matches("a%", "a")).isTrue();
    assertThat(matches("a%b%c", "aXbYbZc")).isTrue();
    assertThat(matches("a%b%c", "aXbYbZ")).isFalse();
    assertThat(matches("%ab", "aab")).as("the sign takes one more and all is tried again").isTrue();
    assertThat(matches("%%a%%", "bab")).isTrue();
  }

  @Test
  void aPatternWithoutSignsIsTheText() {
    assertThat(matches("abc", "abc")).isTrue();
    assertThat(matches("abc", "abcd")).isFalse();
    assertThat(matches("abc", "ab")).isFalse();
    assertThat(matches("", "")).isTrue();
    assertThat(matches("", "a")).isFalse();
  }

  @Test
  void aHostilePatternTakesNoLongerThanPatternTimesText() {
    String pattern = "%a".repeat(200) + "%b";
    assertThat(matches(pattern, "a".repeat(20_000))).isFalse();
  }
}
