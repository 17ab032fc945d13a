package systems.course.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.course.catalogue.CourseException;

/** Each fault is planted in a module without one, found, and gone without it. */
class AuditTest {
  @TempDir Path root;
  private ToyModule toy;

  @BeforeEach
  void makeModule() throws IOException {
    toy = new ToyModule(root);
  }

  @Test
  void moduleWithoutAFaultPassesOnceItsBugSheetIsWritten() throws IOException {
    assertThat(toy.audit(Audit.Scope.WHOLE.writing())).isEmpty();
    assertThat(toy.audit(Audit.Scope.WHOLE)).isEmpty();
    assertThat(toy.quick()).isEmpty();
    assertThat(toy.bugSheet())
        .contains(
            """
            ### `addsInstead`

            In `toy/Counter.java`. *How often is the value added to itself?*

            ```text
            - int product = value * n;
            + int product = value + n;
            ```

            Noticed by `toy.CounterTest#multiplies`:

            ```text
            [answer]
            expected: 15
             but was: 8
            ```
            """);

    toy.replace("bugs.md", " but was: 8", " but was: 9");
    toy.replace(
        "bugs.md",
        "Noticed by `toy.CounterTest#refusesNegativeNumbers`",
        "Noticed by `toy.CounterTest#addsUp`");
    assertThat(toy.audit(Audit.Part.BUGS))
        .containsExactlyInAnyOrder(
            "texts: addsInstead: bugs.md says ' but was: 9', a student reads ' but was: 8';"
                + " --write takes it over",
            "killed: takesNegative: toy.CounterTest#addsUp passes in spite of it");
  }

  @Test
  void trialShowsTheTestWithoutAndWithTheBug() throws IOException {
    assertThatThrownBy(() -> toy.trial("addsInstead"))
        .isInstanceOf(CourseException.class)
        .hasMessageContaining("bugs.md names no test that notices addsInstead");
    toy.audit(Audit.Scope.WHOLE.writing());
    Trial trial = toy.trial("addsInstead");
    assertThat(trial.test()).isEqualTo("toy.CounterTest#multiplies");
    assertThat(trial.passesWithout()).isTrue();
    assertThat(trial.passesWith()).isFalse();
    assertThat(trial.told()).containsExactly("[answer]", "expected: 15", " but was: 8");
  }

  @Test
  void whatATestDoesOnTheWrongStarterIsFound() throws IOException {
    toy.test(
        "  @Test\n  @Tag(\"phase-2\")",
        """
          @Test
          @Tag("phase-2")
          void addsMore() {
            assertThat(counter.add(7)).isEqualTo(7);
          }

          @Test
          @Tag("phase-1")
          void multipliesTooSoon() {
            counter.add(2);
            assertThat(counter.times(2)).isEqualTo(4);
          }

          @Test
          void hasNoTag() {
            assertThat(counter.value()).isZero();
          }

          @Test
          @Tag("phase-2")\
        """);
    assertThat(toy.audit(Audit.Part.STARTERS))
        .containsExactly(
            "tags: toy.CounterTest#hasNoTag: expected one tag, phase-1 to phase-2 or given, found"
                + " none",
            "stubs: toy.CounterTest#addsMore: passes although phase 2 is a stub (starter 2)",
            "earlier: toy.CounterTest#multipliesTooSoon: belongs to phase 1 and fails on starter 2:"
                + " java.lang.UnsupportedOperationException: phase 2: how often is the value added"
                + " to itself?");
  }

  @Test
  void starterThatWarnsAndABugThatNobodyNoticesAreFound() throws IOException {
    toy.counter("    //< phase 2\n", "    //< phase 2 with: return (int) value;\n");
    toy.counter(
        "value = product; //~ keepsTheOld: assert product >= 0;",
        "value = product; //~ harmless: value = product + 0;");
    assertThat(toy.audit(Audit.Scope.WHOLE.writing()))
        .containsExactlyInAnyOrder(
            "compiles: starter 1, src/main/java/toy/Counter.java:14: compiles with a warning:"
                + " redundant cast to int",
            "compiles: starter 2, src/main/java/toy/Counter.java:16: compiles with a warning:"
                + " redundant cast to int",
            "killed: harmless: no test of phase 2 notices it");
  }

  @Test
  void failingReferenceIsFound() throws IOException {
    toy.test("isEqualTo(5)", "isEqualTo(6)");
    assertThat(toy.audit(Audit.Part.STARTERS))
        .containsExactly(
            "reference: toy.CounterTest#addsUp: fails on the reference: [answer] expected: 6  but"
                + " was: 5");
  }

  @Test
  void phaseWithoutABodyOrWithFewBugsIsFound() throws IOException {
    toy.counter("    //> phase 2: how often is the value added to itself?\n", "");
    toy.counter("    //< phase 2\n", "");
    toy.counter("//~ addsInstead:", "//~ phase 2 addsInstead:");
    toy.counter(" //~ keepsTheOld: assert product >= 0;", "");
    toy.counter(" //~ oneTooMany: return product + 1;", "");
    assertThat(toy.audit(Audit.Part.MARKERS))
        .containsExactly(
            "phases: module-07-toy phase 2: no body is marked for it, so a student would have"
                + " nothing to write",
            "bugs: module-07-toy phase 2: 1 named bugs, at least 3");
  }

  @Test
  void tooManyMarkersAreFound() throws IOException {
    toy.write("src/main/java/toy/package-info.java", "package toy;\n");
    assertThat(toy.audit(Audit.Part.MARKERS))
        .singleElement()
        .asString()
        .matches("markers: module-07-toy: \\d+\\.\\d % of the lines carry markers, at most 5 %");
  }

  @Test
  void bugSheetThatDoesNotFitTheSourcesIsFoundWithoutRunningAnything() throws IOException {
    assertThat(toy.quick()).hasSize(6).allMatch(fault -> fault.contains("has no section for it"));
    toy.write("bugs.md", "### `unheardOf`\n\nIn `toy/Counter.java`.\n");
    assertThat(toy.quick())
        .hasSize(7)
        .contains("bugs: unheardOf: stands in bugs.md and no source marks it; --write drops it");
  }

  @Test
  void malformedMarkerEndsTheAuditWithItsPlace() throws IOException {
    toy.counter("    //< phase 2\n", "");
    assertThatThrownBy(() -> toy.audit(Audit.Part.MARKERS))
        .isInstanceOf(CourseException.class)
        .hasMessageStartingWith("module-07-toy/src/main/java/toy/Counter.java:");
  }
}
