package systems.net.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The grammar of RFC 9112 once more, as regular expressions over a whole String: slow, obvious, and
 * by another way. Tells the story that {@link Parsing} tells; where that has a status or "more",
 * this one just stops.
 */
final class SlowParser {
  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  private static final String PCHAR = "(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})";
  private static final String QUERY = "(?:\\?((?:" + PCHAR + "|\\?)*))?";
  private static final String REG_NAME = "(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+";
  private static final String IPV6 = "\\[[0-9A-Fa-f.]*(?::[0-9A-Fa-f.]*){2,8}\\]";
  private static final String HOST = "(?:" + REG_NAME + "|" + IPV6 + ")";
  private static final String TEXT = "[\\t\\x20-\\x7e\\x80-\\xff]";
  private static final String BLANKS = "[ \\t]*";
  private static final String QUOTED =
      "\"(?:[\\t\\x20\\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\" + TEXT + ")*\"";

  private static final Pattern REQUEST_LINE =
      Pattern.compile("(" + TOKEN + ") ([^ ]+) HTTP/1\\.([0-9])");
  private static final Pattern ORIGIN = Pattern.compile("(/" + PCHAR + "*)" + QUERY);
  private static final Pattern ABSOLUTE =
      Pattern.compile("(?i:https?)://(" + HOST + "(?::[0-9]{0,5})?)((?:/" + PCHAR + "*)?)" + QUERY);
  private static final Pattern AUTHORITY = Pattern.compile(HOST + "(?::([0-9]{0,5}))?");
  private static final Pattern FIELD =
      Pattern.compile(
          "(" + TOKEN + "):" + BLANKS + "((?:" + TEXT + "*[\\x21-\\x7e\\x80-\\xff])?)" + BLANKS);
  private static final Pattern CHUNK =
      Pattern.compile(
          "([0-9A-Fa-f]{1,15})(?:;"
              + BLANKS
              + TOKEN
              + "(?:"
              + BLANKS
              + "="
              + BLANKS
              + "(?:"
              + TOKEN
              + "|"
              + QUOTED
              + "))?"
              + BLANKS
              + ")*\r\n");

  private final String text;
  private final StringBuilder story = new StringBuilder();
  private int at;

  private SlowParser(String text) {
    this.text = text;
  }

  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  static String of(String text) {
    var parser = new SlowParser(text);
    var whole = new StringBuilder();
    try {
      while (parser.at < text.length()) {
        parser.story.setLength(0);
        parser.message();
        whole.append(parser.story);
      }
    } catch (Refused refused) {
      return whole.toString();
    }
    return whole.toString();
  }

  private static void require(boolean condition) {
    if (!condition) {
      throw new Refused();
    }
  }

  private void message() {
    if (text.startsWith("\r\n", at)) {
      at += 2;
    }
    int end = text.indexOf("\r\n\r\n", at);
    require(end >= 0);
    String[] lines = text.substring(at, end).split("\r\n", -1);
    at = end + 4;
    Matcher line = REQUEST_LINE.matcher(lines[0]);
    require(line.matches());
    int minor = line.group(3).equals("0") ? 0 : 1;
    List<String[]> fields = fields(List.of(lines).subList(1, lines.length));
    List<String> hosts = all(fields, "host");
    require(hosts.size() == 1 || hosts.isEmpty() && minor == 0);
    String host = hosts.isEmpty() ? "" : hosts.getFirst();
    require(isAuthority(host) || host.isEmpty() && minor == 0);
    long length = length(fields, minor);
    String method = line.group(1);
    require(!method.equals("CONNECT") || length == 0);
    require(
        minor == 0
            || all(fields, "expect").stream().allMatch(e -> e.equalsIgnoreCase("100-continue")));
    story.append(method).append(' ').append(line.group(2)).append(' ');
    story.append(target(method, line.group(2), host)).append(' ').append(minor);
    tell(fields);
    story.append(" (");
    var trailers = length < 0 ? chunks() : plain(length);
    story.append(')');
    tell(trailers);
    story.append(Parsing.END);
  }

  private void tell(List<String[]> fields) {
    fields.forEach(f -> story.append(" <").append(f[0]).append(": ").append(f[1]).append('>'));
  }

  private static List<String[]> fields(List<String> lines) {
    var fields = new ArrayList<String[]>();
    for (String line : lines) {
      Matcher field = FIELD.matcher(line);
      require(field.matches());
      fields.add(new String[] {field.group(1), field.group(2)});
    }
    return fields;
  }

  private static List<String> all(List<String[]> fields, String name) {
    return fields.stream().filter(f -> f[0].equalsIgnoreCase(name)).map(f -> f[1]).toList();
  }

  private static boolean isAuthority(String text) {
    Matcher authority = AUTHORITY.matcher(text);
    return authority.matches() && isPort(authority.group(1));
  }

  private static boolean isPort(String digits) {
    return digits == null || digits.isEmpty() || Integer.parseInt(digits) <= 65_535;
  }

  private static long length(List<String[]> fields, int minor) {
    List<String> lengths = all(fields, "content-length");
    List<String> codings = all(fields, "transfer-encoding");
    require(codings.isEmpty() || lengths.isEmpty() && minor > 0);
    require(codings.isEmpty() || codings.equals(List.of(codings.getFirst())));
    if (!codings.isEmpty()) {
      require(codings.getFirst().toLowerCase(Locale.ROOT).equals("chunked"));
      return -1;
    }
    require(lengths.size() <= 1);
    require(lengths.isEmpty() || lengths.getFirst().matches("[0-9]{1,18}"));
    long length = lengths.isEmpty() ? 0 : Long.parseLong(lengths.getFirst());
    require(length <= Server.LIMITS.bodyBytes());
    return length;
  }

  /** Authority, path and query. */
  private static String target(String method, String target, String host) {
    if (method.equals("CONNECT")) {
      require(isAuthority(target) && target.matches(".*:[0-9]+"));
      return target + "  null";
    }
    if (target.equals("*")) {
      require(method.equals("OPTIONS"));
      return host + " * null";
    }
    Matcher origin = ORIGIN.matcher(target);
    if (origin.matches()) {
      return host + " " + origin.group(1) + " " + origin.group(2);
    }
    Matcher absolute = ABSOLUTE.matcher(target);
    require(absolute.matches() && isAuthority(absolute.group(1)));
    boolean isBare = absolute.group(2).isEmpty() && absolute.group(3) == null;
    String path = absolute.group(2).isEmpty() ? "/" : absolute.group(2);
    return absolute.group(1)
        + " "
        + (isBare && method.equals("OPTIONS") ? "*" : path)
        + " "
        + absolute.group(3);
  }

  private List<String[]> plain(long length) {
    require(text.length() - at >= length);
    story.append(text, at, at + (int) length);
    at += (int) length;
    return List.of();
  }

  private List<String[]> chunks() {
    while (true) {
      Matcher chunk = CHUNK.matcher(text).region(at, text.length());
      require(chunk.lookingAt());
      at = chunk.end();
      long size = Long.parseLong(chunk.group(1), 16);
      if (size == 0) {
        return trailers();
      }
      require(size <= Server.LIMITS.bodyBytes());
      plain(size);
      require(text.startsWith("\r\n", at));
      at += 2;
    }
  }

  private List<String[]> trailers() {
    int end = text.startsWith("\r\n", at) ? at - 2 : text.indexOf("\r\n\r\n", at);
    require(end >= at - 2);
    var lines = end < at ? List.<String>of() : List.of(text.substring(at, end).split("\r\n", -1));
    at = end + 4;
    return fields(lines).stream()
        .filter(f -> !FieldName.isForbiddenInTrailers(FieldName.of(f[0])))
        .toList();
  }
}
