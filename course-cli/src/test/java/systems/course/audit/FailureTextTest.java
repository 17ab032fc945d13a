package systems.course.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import systems.course.exam.Failure;
import systems.course.exam.Verdict;

class FailureTextTest {
  private static Verdict failed(String type, String message) {
    var failure = new Failure(type, message, null, null, List.of());
    return new Verdict(
        "a.B", "c", "c()", Set.of("phase-1"), Verdict.Outcome.FAILED, failure, 5, "");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          kvs: /tmp/course-exam77/room-1/junit-123456/d/1.data at offset 0 | kvs: DIR/d/1.data at offset 0
          history of seed -4932832981740694275                             | history of seed N
          seed 17: no prefix                                               | seed N: no prefix
          Thing@1b2c3d4e is not                                            | Thing@N is not
          still running after 20.5 ms                                      | still running after N ms
          MemorySegment{ address: 140230, byteSize: 9 }                    | MemorySegment{ address: N, byteSize: 9 }
          offset 4968, 3 of 7 writes                                       | offset 4968, 3 of 7 writes
          """)
  void whatVariesFromRunToRunIsAWord(String message, String shown) {
    assertThat(FailureText.normalised(message)).isEqualTo(shown);
  }

  @Test
  void assertionSpeaksForItselfAndAnExceptionIsNamed() {
    assertThat(FailureText.lines(failed("org.opentest4j.AssertionFailedError", "expected: 1\n\n")))
        .containsExactly("expected: 1");
    assertThat(FailureText.lines(failed("java.io.IOException", "no such file")))
        .containsExactly("java.io.IOException: no such file");
  }

  @Test
  void ofAPropertyOnlyTheAuthorsWordsStay() {
    var property =
        failed(
            "org.opentest4j.AssertionFailedError",
            "[key 17]\nexpected: 3\n but was: 4\nsmallest example that fails: seed: -7");
    assertThat(FailureText.lines(property))
        .containsExactly(
            "[key N]",
            "(a property: the values and the example that it shows change from run to run)");
  }

  @Test
  void longTextIsCutAfterAFewLines() {
    var lines = FailureText.lines(failed("java.lang.AssertionError", "x\n".repeat(100)));
    assertThat(lines).hasSize(15).endsWith("...");
  }
}
