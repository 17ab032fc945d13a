package systems.course.compare;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import systems.course.catalogue.CourseFile;
import systems.course.terminal.Terminal;

/**
 * Two small programs and the report that they should give, in one text file.
 *
 * <pre>
 *   -- reference/shop/Shelf.java --     with markers
 *   -- yours/shop/Shelf.java --
 *   -- COMMENTARY.md --                 optional
 *   -- lectures/01-shelves.md --        optional
 *   -- report --                        what the terminal shows
 * </pre>
 */
record Case(Map<String, String> parts) {
  private static final Pattern PART = Pattern.compile("(?m)^-- (\\S+) --\n");

  static Case read(String name) throws IOException {
    try (InputStream in = Case.class.getResourceAsStream(name)) {
      return of(
          new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  static Case of(String text) {
    Map<String, String> parts = new LinkedHashMap<>();
    Matcher part = PART.matcher(text);
    List<Integer> starts = new ArrayList<>();
    List<String> names = new ArrayList<>();
    List<Integer> ends = new ArrayList<>();
    while (part.find()) {
      starts.add(part.start());
      names.add(part.group(1));
      ends.add(part.end());
    }
    starts.add(text.length());
    for (int i = 0; i < names.size(); i++) {
      parts.put(names.get(i), text.substring(ends.get(i), starts.get(i + 1)));
    }
    return new Case(parts);
  }

  String part(String name) {
    return Objects.requireNonNull(parts.get(name), name);
  }

  Reference reference() {
    Map<String, String> texts = new LinkedHashMap<>();
    parts.forEach((name, text) -> {
      if (name.startsWith("reference/")) {
        texts.put(name.substring("reference/".length()), text);
      }
    });
    return new Reference(texts);
  }

  List<SourceText> yours() {
    return parts.entrySet().stream()
        .filter(part -> part.getKey().startsWith("yours/"))
        .map(part -> new SourceText(part.getKey().substring("yours/".length()), part.getValue()))
        .toList();
  }

  List<Lecture> lectures() {
    return parts.entrySet().stream()
        .filter(part -> part.getKey().startsWith("lectures/"))
        .map(part -> Lecture.of(part.getKey(), part.getValue()))
        .toList();
  }

  Comparison comparison() {
    Optional<Passages> commentary =
        Optional.ofNullable(parts.get("COMMENTARY.md"))
            .map(text -> Passages.of("COMMENTARY.md", text));
    return Comparison.of(
        new Comparison.Input(module(), reference(), commentary, 1, yours(), List.of()));
  }

  String report() {
    var bytes = new ByteArrayOutputStream();
    var out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    new TextReport(new Terminal(new StringReader(""), out, out, false)).print("shop", comparison());
    return bytes.toString(StandardCharsets.UTF_8);
  }

  static CourseFile module() {
    return new CourseFile(
        "shop",
        7,
        "a shop",
        "none",
        CourseFile.State.STANDS,
        List.of(
            new CourseFile.Phase(1, "shelves", 30, "They hold things."),
            new CourseFile.Phase(2, "tills", 30, "They hold money.")),
        new CourseFile.Run("shop.Main", List.of(), List.of(), List.of()));
  }
}
