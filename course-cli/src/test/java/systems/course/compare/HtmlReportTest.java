package systems.course.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class HtmlReportTest {
  private static final Set<String> WITHOUT_END = Set.of("meta", "!doctype");

  private static String html() throws IOException {
    return HtmlReport.of(
        "shop", Case.read("changed-bodies-are-shown-with-the-reason.txt").comparison());
  }

  @Test
  void fileNeedsNothingElse() throws IOException {
    assertThat(html())
        .contains("default-src 'none'", "prefers-color-scheme: dark", "max-width: 46rem")
        .doesNotContainPattern("(?i)https?:|src=|url\\(|@import|<script|<link|<img");
  }

  @Test
  void differencesAreSideBySideWithTheirReason() throws IOException {
    assertThat(html())
        .contains("Shelf#find(int)", "An empty slot ends the search", "<mark>%</mark>")
        .contains("only in the reference, 3 lines", "only in yours, 3 lines")
        .contains("public interface");
  }

  @Test
  void everyElementIsClosedWhereItWasOpened() throws IOException {
    Deque<String> open = new ArrayDeque<>();
    Matcher tag = Pattern.compile("<(/?)([a-z!][a-z0-9]*)[^>]*>").matcher(html());
    while (tag.find()) {
      String name = tag.group(2);
      if (!tag.group(1).isEmpty()) {
        assertThat(open.pop()).isEqualTo(name);
      } else if (!WITHOUT_END.contains(name)) {
        open.push(name);
      }
    }
    assertThat(open).isEmpty();
  }

  @Test
  void codeCannotBecomeHtml() throws IOException {
    String evil = "</td><script>alert(1)</script>";
    Case evilCase =
        Case.of(
            """
            -- reference/A.java --
            class A {
              String a() {
                return "%1$s"; // %1$s
              }
            }
            -- yours/A.java --
            class A {
              String a() {
                return "no %1$s";
              }
            }
            """
                .formatted(evil));
    assertThat(HtmlReport.of("<i>", evilCase.comparison()))
        .contains("&lt;/td&gt;&lt;script&gt;")
        .doesNotContain("<script", "<i>");
  }
}
