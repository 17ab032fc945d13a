package systems.net.observe;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A strict reader of Prometheus' text format 0.0.4, for tests: it takes what the format's
 * description allows, and nothing else; a scraper is more lenient.
 */
final class PrometheusPage {
  /** One line with a number. */
  record Sample(String name, Map<String, String> labels, double value) {}

  /** One name. */
  static final class Family {
    final List<Sample> samples = new ArrayList<>();
    String help = "";
    String type = "";
  }

  final Map<String, Family> families = new LinkedHashMap<>();
  private final Set<String> closed = new HashSet<>();
  private final Set<String> series = new HashSet<>();
  private String current = "";
  private String line = "";
  private int at;

  PrometheusPage(String page) {
    check(page.endsWith("\n"), "the last line has to end with a line feed");
    for (String next : page.substring(0, page.length() - 1).split("\n", -1)) {
      line = next;
      at = 0;
      if (line.startsWith("#")) {
        comment();
      } else {
        sample();
      }
    }
    families.values().stream().filter(f -> f.type.equals("histogram")).forEach(this::histogram);
  }

  double value(String name, String... labels) {
    Map<String, String> wanted = new TreeMap<>();
    for (int i = 0; i < labels.length; i += 2) {
      wanted.put(labels[i], labels[i + 1]);
    }
    for (Family family : families.values()) {
      for (Sample sample : family.samples) {
        if (sample.name.equals(name) && sample.labels.equals(wanted)) {
          return sample.value;
        }
      }
    }
    throw new AssertionError("no " + name + wanted + " in " + families.keySet());
  }

  private void comment() {
    take("# ");
    boolean isHelp = line.startsWith("HELP ", at);
    take(isHelp ? "HELP " : "TYPE ");
    String name = name(true);
    take(" ");
    open(name);
    Family family = families.computeIfAbsent(name, _ -> new Family());
    check(family.samples.isEmpty(), "HELP and TYPE come before the samples");
    if (isHelp) {
      check(family.help.isEmpty(), "one HELP for a name");
      family.help = escapedUntil('\0', "\\n");
    } else {
      check(family.type.isEmpty(), "one TYPE for a name");
      family.type = line.substring(at);
      check(
          Set.of("counter", "gauge", "histogram", "summary", "untyped").contains(family.type), "");
    }
  }

  /** All lines of one name are together. */
  private void open(String name) {
    if (!name.equals(current)) {
      check(!closed.contains(name), "lines of " + name + " in two places");
      closed.add(current);
      current = name;
    }
  }

  private void sample() {
    String name = name(true);
    Map<String, String> labels = new TreeMap<>();
    if (line.startsWith("{", at)) {
      at++;
      while (!line.startsWith("}", at)) {
        String label = name(false);
        take("=\"");
        String old = labels.put(label, escapedUntil('"', "\\n\""));
        check(old == null, "a label twice: " + label);
        take("\"");
        if (!line.startsWith("}", at)) {
          take(",");
        }
      }
      take("}");
    }
    take(" ");
    double value = number(line.substring(at));
    check(series.add(name + labels), "a series twice: " + name + labels);
    family(name).samples.add(new Sample(name, labels, value));
  }

  private Family family(String name) {
    Family family = families.get(current);
    check(family != null && !family.type.isEmpty(), "a sample without a TYPE: " + name);
    boolean isPart =
        family.type.equals("histogram")
            && Set.of(current + "_bucket", current + "_sum", current + "_count").contains(name);
    check(isPart || name.equals(current) && !family.type.equals("histogram"), "not of " + current);
    return family;
  }

  private String name(boolean isMetric) {
    int from = at;
    while (at < line.length() && isNameChar(line.charAt(at), at == from, isMetric)) {
      at++;
    }
    check(at > from, "a name is missing");
    return line.substring(from, at);
  }

  private static boolean isNameChar(char c, boolean isFirst, boolean isMetric) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c == '_'
        || isMetric && c == ':'
        || !isFirst && c >= '0' && c <= '9';
  }

  private String escapedUntil(char end, String escapes) {
    var text = new StringBuilder();
    while (at < line.length() && line.charAt(at) != end) {
      char c = line.charAt(at++);
      if (c == '\\') {
        check(at < line.length() && escapes.indexOf(line.charAt(at)) >= 0, "a wrong escape");
        char escaped = line.charAt(at++);
        text.append(escaped == 'n' ? '\n' : escaped);
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  private double number(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      case "NaN" -> Double.NaN;
      default -> {
        check(text.matches("-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?"), "no number: " + text);
        yield Double.parseDouble(text);
      }
    };
  }

  /** Buckets rise, in bound and count, and the last one is the count. */
  private void histogram(Family family) {
    double bound = Double.NEGATIVE_INFINITY;
    double below = 0;
    for (Sample sample : family.samples) {
      if (sample.name.endsWith("_bucket")) {
        String text = sample.labels.getOrDefault("le", "");
        double le = number(text);
        check(le > bound, "bounds have to rise: " + sample);
        check(sample.value >= below, "a bucket counts all below its bound: " + sample);
        bound = le;
        below = sample.value;
      } else if (sample.name.endsWith("_count")) {
        check(bound == Double.POSITIVE_INFINITY, "the last bucket is +Inf");
        check(sample.value == below, "the last bucket is the count: " + sample);
        bound = Double.NEGATIVE_INFINITY;
        below = 0;
      }
    }
  }

  private void take(String text) {
    check(line.startsWith(text, at), "expected \"" + text + "\" at " + at);
    at += text.length();
  }

  private void check(boolean holds, String rule) {
    if (!holds) {
      throw new AssertionError(rule + ", in line: " + line);
    }
  }
}
