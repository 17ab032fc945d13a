package systems.course.page;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The languages that a block may be in. The list is closed: each comes with the check that keeps
 * its blocks from rotting, and a new one needs both.
 */
public enum Language {
  /** Taken from a source by symbol, or compiled. */
  JAVA("java"),
  /** Compiled by Python, not run. */
  PYTHON("python"),
  /** Parsed by TypeScript. */
  TS("ts"),
  /** Parsed by bash. */
  SH("sh"),
  /** Commands after {@code $ } and what they print; in a demo they are run. */
  CONSOLE("console"),
  /** Drawn by the site; here its braces are counted. */
  DOT("dot"),
  /** Loaded. */
  YAML("yaml"),
  /** Loaded. */
  JSON("json"),
  /** Anything else; not checked. */
  TEXT("text");

  private final String label;

  Language(String label) {
    this.label = label;
  }

  static Optional<Language> of(String label) {
    return Arrays.stream(values()).filter(each -> each.label.equals(label)).findFirst();
  }

  static String all() {
    return Arrays.stream(values()).map(each -> each.label).collect(Collectors.joining(", "));
  }

  @Override
  public String toString() {
    return label;
  }
}
