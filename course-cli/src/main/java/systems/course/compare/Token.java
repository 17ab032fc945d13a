package systems.course.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The smallest piece of a Java text that means something: two texts with the same tokens, comments
 * aside, are the same code in another format.
 *
 * <p>Reading tokens never fails, since a student's file may be in any state: an unclosed string
 * ends with its line, an unclosed comment with the text, a character that Java does not know is a
 * sign. The compiler has a scanner, but not among its supported interfaces; this one knows no more
 * than where a token ends and of which kind it is.
 *
 * <p>A {@code >} is always a token of its own, so that the end of {@code List<List<X>>} needs no
 * context; {@code x >>= 1} becomes two signs, on both sides alike.
 *
 * @param text as written; a text block's without its indentation
 * @param start offset of its first character in the text
 * @param end offset behind its last character
 */
record Token(Kind kind, String text, int start, int end) {
  enum Kind {
    NAME,
    KEYWORD,
    NUMBER,
    STRING,
    SIGN,
    COMMENT
  }

  private static final Set<String> KEYWORDS =
      Set.of(
          """
          abstract assert boolean break byte case catch char class const continue default do double
          else enum extends false final finally float for goto if implements import instanceof int
          interface long native new null package private protected public return short static
          strictfp super switch synchronized this throw throws transient true try void volatile
          while _\
          """
              .split("\\s+"));

  private static final List<String> LONG_SIGNS =
      List.of(
          "<<=", "...", "->", "::", "++", "--", "&&", "||", "==", "!=", "<=", ">=", "<<", "+=",
          "-=", "*=", "/=", "&=", "|=", "^=", "%=");

  boolean isCode() {
    return kind != Kind.COMMENT;
  }

  boolean isName() {
    return kind == Kind.NAME;
  }

  boolean is(String sign) {
    return kind == Kind.SIGN && text.equals(sign);
  }

  boolean isWord(String word) {
    return kind == Kind.KEYWORD && text.equals(word);
  }

  /** All tokens of a text, comments among them, in order. */
  static List<Token> of(String source) {
    List<Token> tokens = new ArrayList<>();
    for (int at = skipBlanks(source, 0); at < source.length(); ) {
      Token token = at(source, at);
      assert token.end > at;
      tokens.add(token);
      at = skipBlanks(source, token.end);
    }
    return tokens;
  }

  /** The tokens of a text without its comments. */
  static List<Token> codeOf(String source) {
    return of(source).stream().filter(Token::isCode).toList();
  }

  private static int skipBlanks(String source, int from) {
    int at = from;
    while (at < source.length() && Character.isWhitespace(source.charAt(at))) {
      at++;
    }
    return at;
  }

  private static Token at(String source, int start) {
    char first = source.charAt(start);
    if (Character.isJavaIdentifierStart(first)) {
      return word(source, start);
    }
    if (isDigitAt(source, start) || (first == '.' && isDigitAt(source, start + 1))) {
      return slice(Kind.NUMBER, source, start, numberEnd(source, start));
    }
    if (source.startsWith("//", start)) {
      return slice(Kind.COMMENT, source, start, lineEnd(source, start));
    }
    if (source.startsWith("/*", start)) {
      return slice(Kind.COMMENT, source, start, endOf("*/", source, start + 2));
    }
    if (source.startsWith("\"\"\"", start)) {
      return textBlock(source, start);
    }
    if (first == '"' || first == '\'') {
      return slice(Kind.STRING, source, start, stringEnd(source, start));
    }
    return slice(Kind.SIGN, source, start, start + signLength(source, start));
  }

  private static Token slice(Kind kind, String source, int start, int end) {
    return new Token(kind, source.substring(start, end), start, end);
  }

  private static Token word(String source, int start) {
    int end = start + 1;
    while (end < source.length() && Character.isJavaIdentifierPart(source.charAt(end))) {
      end++;
    }
    String text = source.substring(start, end);
    return new Token(KEYWORDS.contains(text) ? Kind.KEYWORD : Kind.NAME, text, start, end);
  }

  private static boolean isDigitAt(String source, int at) {
    return at < source.length() && source.charAt(at) >= '0' && source.charAt(at) <= '9';
  }

  /**
   * Digits, letters, dots, and a sign behind the letter of an exponent: 0x1.8p-3, 1e+9, 10_000L.
   */
  private static int numberEnd(String source, int start) {
    boolean hex = source.startsWith("0x", start) || source.startsWith("0X", start);
    String exponents = hex ? "pP" : "eE";
    int at = start;
    while (at < source.length()) {
      char c = source.charAt(at);
      boolean signed = (c == '+' || c == '-') && exponents.indexOf(source.charAt(at - 1)) >= 0;
      if (!signed && c != '.' && !Character.isJavaIdentifierPart(c)) {
        break;
      }
      at++;
    }
    return at;
  }

  private static int lineEnd(String source, int from) {
    int end = source.indexOf('\n', from);
    return end < 0 ? source.length() : end;
  }

  private static int endOf(String closing, String source, int from) {
    int end = source.indexOf(closing, from);
    return end < 0 ? source.length() : end + closing.length();
  }

  private static int stringEnd(String source, int start) {
    char quote = source.charAt(start);
    int end = lineEnd(source, start);
    for (int at = start + 1; at < end; at++) {
      if (source.charAt(at) == '\\') {
        at++;
      } else if (source.charAt(at) == quote) {
        return at + 1;
      }
    }
    return end;
  }

  /** Its text is without the indentation that Java takes away too. */
  private static Token textBlock(String source, int start) {
    int end = textBlockEnd(source, start + 3);
    int content = Math.min(lineEnd(source, start), end);
    String text = source.substring(start, content) + source.substring(content, end).stripIndent();
    return new Token(Kind.STRING, text, start, end);
  }

  private static int textBlockEnd(String source, int from) {
    for (int at = from; at < source.length(); at++) {
      if (source.charAt(at) == '\\') {
        at++;
      } else if (source.startsWith("\"\"\"", at)) {
        return at + 3;
      }
    }
    return source.length();
  }

  private static int signLength(String source, int start) {
    for (String sign : LONG_SIGNS) {
      if (source.startsWith(sign, start)) {
        return sign.length();
      }
    }
    return 1;
  }
}
