package systems.net.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;

/** The trie against a list of regular expressions, sorted by precedence. */
@Tag("phase-5")
final class RouterProperties {
  @Provide
  Arbitrary<List<String>> patterns() {
    Arbitrary<String> middle = Arbitraries.of("a", "b", "{}", "{}");
    Arbitrary<String> last = Arbitraries.of("a", "b", "", "{}", "{...}");
    Arbitrary<String> pattern =
        middle.list().ofMaxSize(3).flatMap(some -> last.map(end -> join(some, end)));
    return pattern.list().ofMinSize(1).ofMaxSize(12);
  }

  private static String join(List<String> middle, String last) {
    return middle.stream().map(s -> "/" + s).collect(Collectors.joining()) + "/" + last;
  }

  @Provide
  Arbitrary<String> paths() {
    return Arbitraries.of("a", "b", "c", "")
        .list()
        .ofMinSize(1)
        .ofMaxSize(5)
        .map(segments -> "/" + String.join("/", segments));
  }

  @Property(tries = 2_000)
  void findsWhatAListOfExpressionsFinds(
      @ForAll("patterns") List<String> patterns, @ForAll("paths") String path) {
    Set<String> once = new LinkedHashSet<>(patterns);
    var router = new Router();
    for (String pattern : once) {
      router.get(named(pattern), (request, response, match) -> response.send(pattern));
    }
    Stand.Answer answer = new Stand(router).get(path);
    Optional<String> expected = slow(once, path);
    assertThat(answer.status() == 200 ? answer.body() : "none")
        .as("%s among %s", path, once)
        .isEqualTo(expected.orElse("none"));
  }

  /** Gives each parameter a name of its own. */
  private static String named(String pattern) {
    var named = new StringBuilder();
    for (char c : pattern.toCharArray()) {
      named.append(c);
      if (c == '{') {
        named.append('p').append(named.length());
      }
    }
    return named.toString();
  }

  private static Optional<String> slow(Set<String> patterns, String path) {
    return patterns.stream()
        .filter(pattern -> Pattern.matches(expression(pattern), path))
        .min(Comparator.comparing(RouterProperties::precedence));
  }

  private static String expression(String pattern) {
    return pattern.replace("{...}", ".*").replace("{}", "[^/]+");
  }

  /** Sorts as the patterns do: segment by segment, literal before parameter before tail. */
  private static String precedence(String pattern) {
    return pattern
        .substring(1)
        .replace("{...}", "3")
        .replace("{}", "2")
        .replaceAll("(?<![^/])[ab](?![^/])|(?<=/)$|^$", "1");
  }
}
