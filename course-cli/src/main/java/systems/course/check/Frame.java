package systems.course.check;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A stack frame as {@link systems.course.exam.Failure} has it: {@code
 * a.b.Type.method(Type.java:7)}.
 */
record Frame(String type, String method, String file, int line) {
  private static final Pattern FORM = Pattern.compile("(.+)\\.([^.(]+)\\(([^:()]+):(\\d+)\\)");
  private static final Pattern LAMBDA = Pattern.compile("lambda\\$(.+)\\$\\d+");

  static Optional<Frame> parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    int line = Integer.parseInt(form.group(4));
    return Optional.of(new Frame(form.group(1), form.group(2), form.group(3), line));
  }

  /** Those in a text that holds a stack trace, as some assertions do. */
  static Stream<Frame> within(String text) {
    return text.lines()
        .map(String::strip)
        .filter(line -> line.startsWith("at "))
        .flatMap(line -> parse(line.substring("at ".length())).stream());
  }

  String packageFolder() {
    int dot = type.lastIndexOf('.');
    return dot < 0 ? "" : type.substring(0, dot + 1).replace('.', '/');
  }

  /** {@code LogReader.read}, {@code new LogReader}. */
  String member() {
    String simple = type.substring(type.lastIndexOf('.') + 1).replace('$', '.');
    Matcher lambda = LAMBDA.matcher(method);
    String name = lambda.matches() ? lambda.group(1) : method;
    return switch (name) {
      case "<init>", "new" -> "new " + simple;
      case "<clinit>", "static" -> "static fields of " + simple;
      default -> simple + "." + name;
    };
  }
}
