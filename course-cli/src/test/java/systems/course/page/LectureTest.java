package systems.course.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LectureTest {
  private static final String LECTURE =
      """
      ---
      title: "Logs: one"
      minutes: 55
      phase: 2
      ---
      # Logs: one

      ## Before
      ## The idea
      ## Mental model
      ```dot
      graph {}
      ```
      ## Our code
      ```java file="A.java" symbol="A"
      class A {}
      ```
      ## The same in TypeScript
      ```ts
      let a;
      ```
      ## The same in Python
      ```python
      a = 1
      ```
      ## Common pitfalls
      1. Not a question.
      ## Questions
      1. Why?
      2. How?
      3. When?
      ## Read on
      4. Not a question.
      """;

  @Test
  void lectureWithAllPartsIsGood() {
    assertThat(check(LECTURE)).isEmpty();
    assertThat(check(LECTURE.replace("```dot\ngraph {}", "```text\n+--+"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "title: \"Logs: one\" | a: b      | 1 | have no title",
        "# Logs: one      | # Logs        | 1 | the title is 'Logs: one', the page's heading is another",
        "minutes: 55      | minutes: 0    | 1 | minutes is 0, expected a number from 1 to 240",
        "minutes: 55      | a: 1          | 1 | minutes is null",
        "phase: 2         | phase: 4      | 1 | phase is 4, expected a number from 1 to 3",
        "minutes: 55      | minutes: [    | 2 | no yaml",
        "## Mental model  | ## A picture  | 10 | a lecture has a part '## Mental model'",
        "```dot           | ```sh         | 10 | show the picture",
        "java file=\"A.java\" symbol=\"A\" | java | 14 | show code of the sources",
        "```ts            | ```text       | 18 | show a ts block",
        "```python        | ```ts         | 22 | show a python block",
        "3. When?         | When?         | 28 | ask three questions, numbered; here are 2",
        "## Read on       | ### Read on   | 28 | here are 4",
      })
  void missingPartIsReported(String good, String bad, int line, String sentence) {
    assertThat(check(LECTURE.replace(good, bad)))
        .filteredOn(each -> each.contains(sentence))
        .singleElement()
        .asString()
        .startsWith("module-07-toy/lectures/01.md:%d: ".formatted(line));
  }

  @Test
  void partsInAnotherOrderAreReported() {
    String swapped =
        LECTURE
            .replace("in Python", "in Other")
            .replace("in TypeScript", "in Python")
            .replace("in Other", "in TypeScript");
    assertThat(check(swapped)).anyMatch(each -> each.contains("comes too early"));
  }

  @Test
  void pageWithoutAnythingIsReportedAndNoMore() {
    assertThat(check("")).hasSize(10);
  }

  @Test
  void onlyPagesInTheFolderLecturesAreLectures() {
    assertThat(Lecture.is(Page.of(Path.of("module-07-toy/lectures/01.md"), ""))).isTrue();
    assertThat(Lecture.is(Page.of(Path.of("module-07-toy/README.md"), ""))).isFalse();
    assertThat(Lecture.is(Page.of(Path.of("docs/lectures/01.md"), ""))).isFalse();
  }

  private static List<String> check(String markdown) {
    var page = Page.of(Path.of("module-07-toy/lectures/01.md"), markdown);
    return Lecture.check(page, 3).stream().map(Problem::toString).toList();
  }
}
