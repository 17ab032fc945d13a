package systems.course.cut;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The imports of a Java file that lost some of its bodies.
 *
 * <p>Works on words, not on syntax: an import is needed while its last name occurs anywhere outside
 * of the import lines, comments included (Javadoc links need imports too). What this keeps without
 * need does no harm; what it takes away, nothing names.
 */
final class Imports {
  private static final Pattern IMPORT =
      Pattern.compile("import (?:static )?[\\w.]*?(\\w+);\\s*(?://.*)?");
  private static final Pattern WORD = Pattern.compile("\\w+");

  private Imports() {}

  /**
   * The lines without the imports that the whole file needs and these lines do not.
   *
   * @param lines of the file, some of its bodies cut out
   * @param whole the file before
   */
  static List<String> withoutUnneeded(List<String> lines, List<String> whole) {
    Set<String> needed = words(lines);
    Set<String> neededBefore = words(whole);
    List<String> kept = new ArrayList<>();
    boolean dropped = false;
    for (String line : lines) {
      Optional<String> name = imported(line);
      if (name.isPresent() && !needed.contains(name.get()) && neededBefore.contains(name.get())) {
        dropped = true;
      } else if (!dropped || !line.isBlank() || kept.isEmpty() || !kept.getLast().isBlank()) {
        kept.add(line);
        dropped = dropped && line.isBlank();
      }
    }
    return kept;
  }

  private static Set<String> words(List<String> lines) {
    Set<String> words = new HashSet<>();
    for (String line : lines) {
      if (imported(line).isEmpty()) {
        Matcher word = WORD.matcher(line);
        while (word.find()) {
          words.add(word.group());
        }
      }
    }
    return words;
  }

  private static Optional<String> imported(String line) {
    Matcher found = IMPORT.matcher(line);
    return found.matches() ? Optional.of(found.group(1)) : Optional.empty();
  }
}
