package systems.course.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A lecture: what its front matter says of it, and its paragraphs.
 *
 * @param phase the one it prepares for; 0 if it does not say
 */
record Lecture(String file, String title, int phase, Passages passages) {
  private static final int LECTURES_MAX = 100;
  private static final Pattern FRONT = Pattern.compile("\\A---\n(.*?)\n---\n", Pattern.DOTALL);
  private static final Pattern TITLE = Pattern.compile("(?m)^title: *\"?(.*?)\"? *$");
  private static final Pattern PHASE = Pattern.compile("(?m)^phase: *(\\d{1,2}) *$");

  static Lecture of(String file, String markdown) {
    Matcher front = FRONT.matcher(markdown);
    String head = front.find() ? front.group(1) : "";
    Matcher title = TITLE.matcher(head);
    Matcher phase = PHASE.matcher(head);
    return new Lecture(
        file,
        title.find() ? title.group(1) : file,
        phase.find() ? Integer.parseInt(phase.group(1)) : 0,
        Passages.of(file, blanked(markdown, head.lines().count() + 2, head.isEmpty())));
  }

  /** The front matter as empty lines, so that line numbers stay true. */
  private static String blanked(String markdown, long lines, boolean none) {
    if (none) {
      return markdown;
    }
    List<String> all = new ArrayList<>(markdown.lines().toList());
    for (int i = 0; i < lines; i++) {
      all.set(i, "");
    }
    return String.join("\n", all);
  }

  /** The lectures of a module, by name; none if it has no such folder. */
  static List<Lecture> in(Path moduleFolder) throws IOException {
    Path folder = moduleFolder.resolve("lectures");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<Lecture> lectures = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file :
          files.filter(f -> f.toString().endsWith(".md")).sorted().limit(LECTURES_MAX).toList()) {
        lectures.add(of("lectures/" + file.getFileName(), Files.readString(file)));
      }
    }
    return List.copyOf(lectures);
  }
}
