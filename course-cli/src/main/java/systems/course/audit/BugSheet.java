package systems.course.audit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import systems.course.catalogue.CourseFile;
import systems.course.cut.Bug;

/**
 * A module's {@code bugs.md}: each named bug with the test that notices it and what a student reads
 * then.
 *
 * <pre>
 *   ## Phase 1: an append-only log with an index
 *
 *   ### `trustsTheDisk`
 *
 *   In `bitcask/Record.java`. *What proves it?*
 *
 *   ```text
 *   - if (!checksumHolds(bytes, 0, length)) {
 *   + if (length &lt; HEADER_BYTES) {
 *   ```
 *
 *   Noticed by `BitcaskDamageTest#aFlippedBitIsFound`:
 *
 *   ```text
 *   expected: ...
 *   ```
 * </pre>
 *
 * <p>There are no line numbers in it: they would change with every edit above. A section is
 * compared as a whole; only the name of the noticing test is read back, since that is a choice that
 * an author makes.
 */
final class BugSheet {
  private static final Pattern HEADING = Pattern.compile("(?m)^### `([\\w-]+)`$");
  private static final Pattern NOTICED = Pattern.compile("(?m)^Noticed by `([\\w$.]+#[\\w$]+)`");
  private static final Pattern SOURCES = Pattern.compile("src/main/java/(systems/[a-z]+/)?");

  /** A section as it stands, without the empty lines around it. */
  private final Map<String, String> sections;

  private BugSheet(Map<String, String> sections) {
    this.sections = sections;
  }

  static BugSheet parse(String text) {
    Map<String, String> sections = new LinkedHashMap<>();
    List<Integer> starts = new ArrayList<>();
    List<String> names = new ArrayList<>();
    Matcher heading = HEADING.matcher(text);
    while (heading.find()) {
      starts.add(heading.start());
      names.add(heading.group(1));
    }
    for (int i = 0; i < names.size(); i++) {
      int end = i + 1 < names.size() ? starts.get(i + 1) : text.length();
      String section = text.substring(starts.get(i), end);
      int nextPhase = section.indexOf("\n## ");
      sections.put(
          names.get(i), (nextPhase < 0 ? section : section.substring(0, nextPhase)).strip());
    }
    return new BugSheet(sections);
  }

  List<String> names() {
    return List.copyOf(sections.keySet());
  }

  Optional<String> section(String bug) {
    return Optional.ofNullable(sections.get(bug));
  }

  /** The test that was recorded as noticing a bug, {@code Class#method}. */
  Optional<String> noticing(String bug) {
    Matcher noticed = NOTICED.matcher(sections.getOrDefault(bug, ""));
    return noticed.find() ? Optional.of(noticed.group(1)) : Optional.empty();
  }

  /** The part of a section that the sources alone decide. */
  static String head(Bug bug) {
    String file =
        SOURCES
            .matcher(bug.file().subpath(1, bug.file().getNameCount()).toString())
            .replaceFirst("");
    String question = bug.question().isEmpty() ? "" : " *" + capital(bug.question()) + "*";
    String line = "In `" + file + "`." + question;
    return """
    ### `%s`

    %s

    ```text
    - %s
    + %s
    ```
    """
        .formatted(bug.name(), line, bug.original().strip(), wrong(bug));
  }

  private static String wrong(Bug bug) {
    return bug.replacement().equals(";") ? "(left out)" : bug.replacement();
  }

  private static String capital(String question) {
    return question.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + question.substring(1);
  }

  static String section(Bug bug, String noticing, List<String> message) {
    return head(bug)
        + """

        Noticed by `%s`:

        ```text
        %s
        ```\
        """
            .formatted(noticing, String.join("\n", message));
  }

  /** The whole file, from sections by the name of their bug. */
  static String text(
      CourseFile module, Map<Integer, List<Bug>> bugs, Map<String, String> sections) {
    var text = new StringBuilder();
    text.append(
        """
        # Named bugs of module %02d

        Lines that people really write, each in place of the right one. `./course bugs %s NAME` runs the
        reference with one of them, for a class to find. Each has here: its file and the question that it answers
        wrongly, the right line and the wrong one, the test of the phase that notices, and what a student reads
        then.

        Written by `./course audit %s --write`, compared by `./course audit %s`.
        """
            .formatted(module.number(), module.id(), module.id(), module.id()));
    for (CourseFile.Phase phase : module.phases()) {
      text.append("\n## Phase %d: %s\n".formatted(phase.number(), phase.title()));
      for (Bug bug : bugs.getOrDefault(phase.number(), List.of())) {
        text.append('\n').append(sections.getOrDefault(bug.name(), head(bug)).strip()).append('\n');
      }
    }
    return text.toString();
  }
}
