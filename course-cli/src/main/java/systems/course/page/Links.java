package systems.course.page;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Links between files of the checkout lead somewhere: the file is there, and so is the heading.
 *
 * <p>A heading's anchor is what code hosts and the site make of it: small letters, no punctuation,
 * dashes for blanks. Links to other hosts are not followed; a build that needs the network is red
 * for reasons that nobody here can mend.
 */
final class Links {
  /** {@code [text](target)}, also of an image, with or without a title. */
  private static final Pattern LINK =
      Pattern.compile("\\]\\(\\s*<?([^)\\s>]+)>?(?:\\s+\"[^\"]*\")?\\s*\\)");

  private static final Pattern INLINE_CODE = Pattern.compile("(`+)(?:(?!\\1).)+\\1");
  private static final Pattern ELSEWHERE = Pattern.compile("[a-z][a-z0-9+.-]*:.*");
  private static final Pattern HEADING = Pattern.compile(" {0,3}#{1,6}\\s+(.*?)\\s*#*\\s*");
  private static final Pattern HTML_ID = Pattern.compile("\\sid=\"([^\"]+)\"");

  private final Path root;
  private final Map<Path, Set<String>> anchors = new HashMap<>();

  Links(Path root, List<Page> pages) {
    this.root = root;
    pages.forEach(page -> anchors.put(root.resolve(page.path()), anchorsOf(page)));
  }

  List<Problem> check(Page page) {
    List<Problem> problems = new ArrayList<>();
    for (Prose.Line line : Prose.of(page)) {
      Matcher link = LINK.matcher(INLINE_CODE.matcher(line.text()).replaceAll(""));
      while (link.find()) {
        dead(page, link.group(1))
            .ifPresent(sentence -> problems.add(new Problem(page.path(), line.number(), sentence)));
      }
    }
    return problems;
  }

  /** Why a link leads nowhere. */
  private Optional<String> dead(Page page, String target) {
    if (ELSEWHERE.matcher(target).matches()) {
      return Optional.empty();
    }
    int hash = target.indexOf('#');
    String path = hash < 0 ? target : target.substring(0, hash);
    Path from = root.resolve(page.path());
    Path file = path.isEmpty() ? from : from.resolveSibling(decoded(path)).normalize();
    if (path.startsWith("/") || !file.startsWith(root)) {
      return Optional.of(target + " leads out of the checkout: begin at this page's folder");
    }
    if (!Files.exists(file)) {
      return Optional.of(target + " leads nowhere: there is no " + root.relativize(file));
    }
    Set<String> known = anchors.get(file);
    if (hash >= 0 && known != null && !known.contains(target.substring(hash + 1))) {
      return Optional.of(
          "%s leads nowhere: %s has no such heading".formatted(target, root.relativize(file)));
    }
    return Optional.empty();
  }

  private static String decoded(String path) {
    return URI.create(path).getPath();
  }

  private static Set<String> anchorsOf(Page page) {
    Set<String> anchors = new HashSet<>();
    for (Prose.Line line : Prose.of(page)) {
      Matcher heading = HEADING.matcher(line.text());
      if (heading.matches()) {
        String anchor = anchor(heading.group(1));
        for (int copy = 1; !anchors.add(anchor); copy++) {
          anchor = anchor(heading.group(1)) + "-" + copy;
        }
      }
      HTML_ID.matcher(line.text()).results().forEach(id -> anchors.add(id.group(1)));
    }
    return anchors;
  }

  static String anchor(String heading) {
    String text = heading.replaceAll("\\[([^\\]]*)]\\([^)]*\\)", "$1").toLowerCase(Locale.ROOT);
    return text.replaceAll("[^\\p{L}\\p{N}\\s_-]", "").replaceAll("\\s", "-");
  }
}
