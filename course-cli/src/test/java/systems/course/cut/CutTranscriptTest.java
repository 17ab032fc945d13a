package systems.course.cut;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import systems.course.catalogue.CourseException;

/**
 * Marked sources and what becomes of them, in text files that a reader understands.
 *
 * <p>A file is prose up to the first {@code ===}; then come sources ({@code === Name.java}), each
 * followed by what its products are: {@code === reading}, {@code === starter 2}, {@code === bug
 * name}, {@code === bugs} or {@code === malformed}.
 */
class CutTranscriptTest {
  private record Section(String title, int line, String text) {}

  @ParameterizedTest
  @ValueSource(strings = {"bodies", "vanishing", "languages", "malformed"})
  void sourcesBecomeWhatTheTranscriptSays(String name) throws IOException {
    Section source = null;
    int products = 0;
    for (Section section : sections(name)) {
      if (section.title().contains(".")) {
        source = section;
      } else {
        check(source, section, name + ".txt:" + section.line());
        products++;
      }
    }
    assertThat(products).isPositive();
  }

  private static void check(Section source, Section expected, String where) {
    Path file = Path.of(source.title());
    if (expected.title().equals("malformed")) {
      assertThatThrownBy(() -> MarkedSource.parse(file, source.text()))
          .describedAs(where)
          .isInstanceOf(CourseException.class)
          .hasMessage(expected.text().strip());
    } else {
      MarkedSource marked = MarkedSource.parse(file, source.text());
      assertThat(product(marked, expected.title())).describedAs(where).isEqualTo(expected.text());
    }
  }

  private static String product(MarkedSource marked, String title) {
    String argument = title.substring(title.indexOf(' ') + 1);
    return switch (title.substring(0, 3)) {
      case "rea" -> marked.reading();
      case "sta" -> marked.starter(Integer.parseInt(argument));
      default ->
          title.equals("bugs")
              ? marked.bugs().stream().map(CutTranscriptTest::told).collect(Collectors.joining())
              : marked.withBug(argument);
    };
  }

  private static String told(Bug bug) {
    return "%s, phase %d, line %d: %s%n"
        .formatted(bug.name(), bug.phase(), bug.line(), bug.question());
  }

  private static List<Section> sections(String name) throws IOException {
    try (InputStream in = CutTranscriptTest.class.getResourceAsStream(name + ".txt")) {
      String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      List<Section> sections = new ArrayList<>();
      int line = 1;
      for (String part : all.split("(?m)^=== ")) {
        int end = part.indexOf('\n');
        sections.add(new Section(part.substring(0, end), line, part.substring(end + 1)));
        line += (int) part.chars().filter(c -> c == '\n').count();
      }
      return sections.subList(1, sections.size());
    }
  }
}
