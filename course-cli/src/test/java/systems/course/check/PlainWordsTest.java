package systems.course.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import systems.course.exam.Failure;
import systems.course.exam.Verdict;
import systems.course.exam.Verdict.Outcome;

class PlainWordsTest {
  @ParameterizedTest
  @CsvSource({
    "tornTailIsCutAtTheLastGoodRecord, torn tail is cut at the last good record",
    "aCRCOfTheHeaderIsChecked, a CRC of the header is checked",
    "java25HomeCounts, java 25 home counts",
    "a_b, a b",
    "x, x"
  })
  void methodNameIsASentence(String method, String sentence) {
    assertThat(PlainWords.sentence(method)).isEqualTo(sentence);
  }

  @Test
  void nameThatTheAuthorGaveComesBeforeTheMethods() {
    assertThat(PlainWords.name(verdict("x", "1 + 1 is 2", null))).isEqualTo("1 + 1 is 2");
    assertThat(PlainWords.name(verdict("itHolds", "itHolds()", null))).isEqualTo("it holds");
    assertThat(PlainWords.name(verdict("itHolds", "itHolds(int) [1] 2", null)))
        .isEqualTo("it holds");
  }

  @Test
  void stubIsATodoAlsoWhenAnAssertionCaughtIt() {
    var thrown = failure("java.lang.UnsupportedOperationException", "phase 2: what is a record?");
    var caught =
        failure(
            "java.lang.AssertionError",
            "Expecting actual throwable to be an instance of:\n  X\nbut was:\n"
                + "  java.lang.UnsupportedOperationException: phase 2: what is a record?\n\tat x");
    for (Failure failure : List.of(thrown, caught)) {
      assertThat(PlainWords.todo(verdict("x", "x()", failure)))
          .contains(new PlainWords.Todo(2, "what is a record?"));
    }
    var other = failure("java.lang.UnsupportedOperationException", "no such thing");
    assertThat(PlainWords.todo(verdict("x", "x()", other))).isEmpty();
  }

  @Test
  void assertionIsTheAuthorsWordsWhereValuesAreShownAside() {
    var equal =
        new Failure(
            "org.opentest4j.AssertionFailedError",
            "[the name] \nexpected: \"a\"\n but was: \"b\"",
            "\"a\"",
            "\"b\"",
            List.of());
    assertThat(PlainWords.whatHappened(verdict("x", "x()", equal))).isEqualTo("[the name]");
    var property =
        new Failure(
            "org.opentest4j.AssertionFailedError",
            "\nexpected: 1\n but was: 2\nsmallest example that fails: key: 0",
            "1",
            "2",
            List.of());
    assertThat(PlainWords.whatHappened(verdict("x", "x()", property)))
        .isEqualTo("smallest example that fails: key: 0");
  }

  @Test
  void exceptionIsNamedWithItsMessage() {
    var thrown = failure("java.lang.IllegalStateException", "closed");
    assertThat(PlainWords.whatHappened(verdict("x", "x()", thrown)))
        .isEqualTo("It threw IllegalStateException: closed");
  }

  private static Failure failure(String type, String message) {
    return new Failure(type, message, null, null, List.of());
  }

  private static Verdict verdict(String method, String shown, @Nullable Failure failure) {
    return new Verdict("a.B", method, shown, Set.of(), Outcome.FAILED, failure, 1, "");
  }
}
