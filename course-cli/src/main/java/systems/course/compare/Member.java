package systems.course.compare;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A field, method, constructor, initializer or enum constant, or a type's header, which is compared
 * as if it were one.
 *
 * @param type the type that it belongs to, with its outer types: {@code KeyDir.Stripe}
 * @param parameters types of a method's parameters, as written
 * @param text as written, from its first line's indentation to its last character
 * @param code the tokens of the text, without comments
 * @param locals names of parameters and local variables; a renamed one makes no difference
 * @param api what a caller from another package sees; empty for what he does not see
 * @param branches decisions: if, loops, cases, catch, {@code ?:}, {@code &&} and {@code ||}
 */
record Member(
    Kind kind,
    String type,
    String name,
    List<String> parameters,
    String file,
    int firstLine,
    int lastLine,
    String text,
    List<Token> code,
    Set<String> locals,
    String api,
    int branches) {

  enum Kind {
    HEADER,
    CONSTANT,
    FIELD,
    CONSTRUCTOR,
    METHOD,
    INITIALIZER
  }

  /** The name by which hints and lectures call it: {@code KeyDir.Stripe#probe}. */
  String symbol() {
    return kind == Kind.HEADER ? type : type + "#" + name;
  }

  /** The symbol, with the parameters' types where a method could otherwise be mistaken. */
  String title() {
    return isExecutable() ? symbol() + "(" + String.join(", ", parameters) + ")" : symbol();
  }

  String signature() {
    return kind + " " + name + parameters;
  }

  boolean isExecutable() {
    return kind == Kind.METHOD || kind == Kind.CONSTRUCTOR;
  }

  String codeText() {
    return code.stream().map(Token::text).collect(Collectors.joining(" "));
  }

  /** Lines with code in them: neither empty nor all comment. */
  int lines() {
    int lines = 0;
    int countedTo = 0;
    for (Token token : code) {
      int from = Math.max(countedTo, token.start());
      boolean newLine = lines == 0 || text.substring(countedTo, from).indexOf('\n') >= 0;
      lines += newLine ? 1 : 0;
      lines += (int) text.substring(from, token.end()).chars().filter(c -> c == '\n').count();
      countedTo = token.end();
    }
    return lines;
  }
}
