package systems.course.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HintsTest {
  private Case written;
  private Hints hints;

  @BeforeEach
  void read() throws IOException {
    written = Case.read("hints.txt");
    hints = Hints.of(Case.module(), written.reference(), written.lectures());
  }

  private String lecture(String name) {
    return hints.text(hints.named(name).getFirst(), Hints.LECTURE);
  }

  @Test
  void bodiesAreThoseOfThePhasesInOrder() {
    assertThat(hints.bodies().stream().map(Hints.Body::symbol))
        .containsExactly("Till#take", "Till#give", "Till.Drawer#open", "Till#total");
  }

  @Test
  void openBodiesAreThoseThatTheStudentHasNotWritten() {
    assertThat(hints.open(written.yours(), 1).stream().map(Hints.Body::symbol))
        .containsExactly("Till#give", "Till#total");
  }

  @Test
  void bodyIsFoundByAnyOfItsNames() {
    for (String name : List.of("Till.Drawer#open", "Drawer#open", "Drawer.open", "open")) {
      assertThat(hints.named(name)).singleElement().isEqualTo(hints.bodies().get(2));
    }
    assertThat(hints.named("pen")).isEmpty();
  }

  @Test
  void firstHintIsTheQuestion() {
    assertThat(hints.text(hints.bodies().getFirst(), Hints.QUESTION))
        .isEqualTo("which amounts are refused?");
  }

  @Test
  void paragraphBesideTheSnippetSpeaksOfTheBody() {
    assertThat(lecture("Till#take"))
        .startsWith("lectures/01-tills.md, \"Taking\":")
        .contains("Nobody pays nothing")
        .doesNotContain("cents += amount");
  }

  @Test
  void paragraphThatNamesTheBodyWinsOverOneBesideCode() {
    assertThat(lecture("Till#give")).contains("gives what it has");
  }

  @Test
  void snippetOfTheOuterTypeSpeaksOfTheInner() {
    assertThat(lecture("Drawer#open")).contains("A drawer rings");
  }

  @Test
  void lectureThatIsSilentIsSaidToBe() {
    assertThat(lecture("Till#total"))
        .contains("No lecture speaks of it by name.", "The lectures of phase 2:", "there is none");
  }

  @Test
  void thirdHintIsTheBodyWithoutMarkers() {
    assertThat(hints.text(hints.bodies().getFirst(), Hints.SOLUTION))
        .contains("void take(long amount) {", "  cents += amount;")
        .doesNotContain("phase 1", "//>");
  }
}
