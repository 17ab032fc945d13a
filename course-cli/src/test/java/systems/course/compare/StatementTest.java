package systems.course.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StatementTest {
  private static List<String> texts(String source) {
    return Statement.of(source).stream().map(Statement::text).toList();
  }

  @Test
  void statementsEndAtSemicolonsAndBraces() {
    assertThat(texts("  int f() {\n    if (a) { return 1; }\n    else {\n      g();\n    }\n  }"))
        .containsExactly(
            "int f() {", "  if (a) {", "    return 1;", "  }\n  else {", "    g();", "  }", "}");
  }

  @Test
  void headOfALoopAndArrayValuesAreOneStatement() {
    assertThat(texts("for (int i = 0; i < n; i++) {\nint[] a = {1, 2};\nf(new int[] {3});\n}"))
        .containsExactly(
            "for (int i = 0; i < n; i++) {", "int[] a = {1, 2};", "f(new int[] {3});", "}");
  }

  @Test
  void lambdaBodyIsStatementsOfItsOwn() {
    assertThat(texts("run(() -> {\n  a();\n});\nb();"))
        .containsExactly("run(() -> {", "  a();", "});", "b();");
  }

  @Test
  void commentBelongsToTheStatementBehindItOrBeforeItOnTheLine() {
    assertThat(texts("a(); // one\n// two\nb();")).containsExactly("a(); // one", "// two\nb();");
  }
}
