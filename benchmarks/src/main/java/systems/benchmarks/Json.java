package systems.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Just enough JSON for results files and for what a child process reports: objects are {@code
 * Map<String, Object>} in the order of the text, arrays {@code List<Object>}, numbers {@code
 * Double} (whole ones are written without a fraction), texts {@code String}.
 *
 * <p>It reads only what this package wrote, and still bounds the nesting: a damaged file is an
 * exception with a position, not a stack overflow.
 */
public final class Json {
  private static final int DEPTH_MAX = 32;

  private final String text;
  private int position;

  private Json(String text) {
    this.text = text;
  }

  /**
   * Reads one object.
   *
   * @throws IllegalArgumentException where the text is no JSON object
   */
  public static Map<String, Object> parseObject(String text) {
    var json = new Json(text);
    Map<String, Object> object = asObject(json.value(0));
    json.skipSpace();
    if (json.position != text.length()) {
      throw json.malformed("the end");
    }
    return object;
  }

  /** The object under a name. */
  public static Map<String, Object> object(Map<String, Object> json, String name) {
    return asObject(json.get(name));
  }

  /** The number under a name. */
  public static double number(Map<String, Object> json, String name) {
    if (json.get(name) instanceof Number number) {
      return number.doubleValue();
    }
    throw new IllegalArgumentException("no number \"" + name + "\" in " + json);
  }

  /** The text under a name. */
  public static String text(Map<String, Object> json, String name) {
    if (json.get(name) instanceof String string) {
      return string;
    }
    throw new IllegalArgumentException("no text \"" + name + "\" in " + json);
  }

  @SuppressWarnings("unchecked") // objects have text names, by the parser below
  private static Map<String, Object> asObject(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return (Map<String, Object>) map;
    }
    throw new IllegalArgumentException("expected a JSON object, found " + value);
  }

  private @Nullable Object value(int depth) {
    if (depth > DEPTH_MAX) {
      throw malformed("at most " + DEPTH_MAX + " levels");
    }
    skipSpace();
    char first = peek();
    return switch (first) {
      case '{' -> members(depth);
      case '[' -> elements(depth);
      case '"' -> string();
      default -> literal();
    };
  }

  private Map<String, Object> members(int depth) {
    var members = new LinkedHashMap<String, Object>();
    position++;
    while (!closes('}', members.isEmpty())) {
      skipSpace();
      String name = string();
      expect(':');
      members.put(name, value(depth + 1));
    }
    return members;
  }

  private List<Object> elements(int depth) {
    var elements = new ArrayList<Object>();
    position++;
    while (!closes(']', elements.isEmpty())) {
      elements.add(value(depth + 1));
    }
    return elements;
  }

  private boolean closes(char bracket, boolean first) {
    skipSpace();
    if (peek() == bracket) {
      position++;
      return true;
    }
    if (!first) {
      expect(',');
    }
    return false;
  }

  private String string() {
    expect('"');
    var chars = new StringBuilder();
    while (peek() != '"') {
      chars.append(peek() == '\\' ? escaped() : text.charAt(position++));
    }
    position++;
    return chars.toString();
  }

  private char escaped() {
    position++;
    char escape = peek();
    position++;
    return switch (escape) {
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'u' -> {
        position += 4;
        yield (char) Integer.parseInt(text.substring(position - 4, position), 16);
      }
      default -> escape;
    };
  }

  private @Nullable Object literal() {
    int start = position;
    while (position < text.length() && ",]} \n\t\r".indexOf(text.charAt(position)) < 0) {
      position++;
    }
    String word = text.substring(start, position);
    return switch (word) {
      case "true" -> true;
      case "false" -> false;
      case "null" -> null;
      default -> Double.valueOf(word);
    };
  }

  private void expect(char wanted) {
    skipSpace();
    if (peek() != wanted) {
      throw malformed("'" + wanted + "'");
    }
    position++;
  }

  private char peek() {
    if (position >= text.length()) {
      throw malformed("more text");
    }
    return text.charAt(position);
  }

  private void skipSpace() {
    while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
      position++;
    }
  }

  private IllegalArgumentException malformed(String expected) {
    return new IllegalArgumentException("JSON: expected " + expected + " at " + position);
  }

  /** An object on one line. */
  public static String line(Map<String, Object> json) {
    var out = new StringBuilder();
    write(out, json, -1);
    return out.toString();
  }

  /** An object over several lines, objects of numbers only on one. */
  public static String pretty(Map<String, Object> json) {
    var out = new StringBuilder();
    write(out, json, 0);
    return out.append('\n').toString();
  }

  private static void write(StringBuilder out, @Nullable Object value, int indent) {
    switch (value) {
      case null -> out.append("null");
      case Map<?, ?> map -> writeMembers(out, map, isFlat(map) ? -1 : indent);
      case List<?> list -> writeElements(out, list);
      case Number number -> out.append(plain(number));
      case Boolean truth -> out.append(truth);
      default -> writeText(out, value.toString());
    }
  }

  private static boolean isFlat(Map<?, ?> map) {
    return map.values().stream().allMatch(value -> value instanceof Number) && map.size() <= 8;
  }

  private static void writeMembers(StringBuilder out, Map<?, ?> map, int indent) {
    String separator = "";
    out.append('{');
    for (var member : map.entrySet()) {
      out.append(separator);
      newLine(out, indent < 0 ? -1 : indent + 1);
      writeText(out, member.getKey().toString());
      out.append(": ");
      write(out, member.getValue(), indent < 0 ? -1 : indent + 1);
      separator = indent < 0 ? ", " : ",";
    }
    newLine(out, indent);
    out.append('}');
  }

  private static void writeElements(StringBuilder out, List<?> list) {
    String separator = "";
    out.append('[');
    for (Object element : list) {
      out.append(separator);
      write(out, element, -1);
      separator = ", ";
    }
    out.append(']');
  }

  private static void newLine(StringBuilder out, int indent) {
    if (indent >= 0) {
      out.append('\n').append("  ".repeat(indent));
    }
  }

  private static String plain(Number number) {
    double value = number.doubleValue();
    if (!Double.isFinite(value)) {
      return "null";
    }
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : new java.math.BigDecimal(Double.toString(value)).toPlainString();
  }

  private static void writeText(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        default -> out.append(c < ' ' ? String.format("\\u%04x", (int) c) : Character.toString(c));
      }
    }
    out.append('"');
  }
}
