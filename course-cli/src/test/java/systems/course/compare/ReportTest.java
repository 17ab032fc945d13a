package systems.course.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReportTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "another-format-is-no-difference",
        "changed-bodies-are-shown-with-the-reason",
        "renamed-types-and-methods-are-found-again",
        "open-bodies-give-nothing-away",
        "broken-files-are-compared-as-far-as-they-parse"
      })
  void reportIsAsWritten(String name) throws IOException {
    Case written = Case.read(name + ".txt");
    assertThat(written.report()).isEqualTo(written.part("report"));
  }
}
