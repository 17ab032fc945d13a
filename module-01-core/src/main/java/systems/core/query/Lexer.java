package systems.core.query;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Cuts SQL into tokens, each with its place, so that whoever stumbles later can point at it.
 *
 * <p>Keywords are words: whether {@code date} is a column or begins {@code date '2024-01-01'} only
 * the parser knows.
 */
final class Lexer {
  static final int CHARS_MAX = 1 << 20;
  static final int TOKENS_MAX = 1 << 16;

  private static final List<String> TWO_CHARS = List.of("<=", ">=", "<>", "!=", "//", "==");
  private static final String ONE_CHAR = "()*,+-/%<>=.;";

  private final String sql;
  private final List<Token> tokens = new ArrayList<>();
  private int at;

  /** What a token is. */
  enum Kind {
    WORD,
    QUOTED,
    NUMBER,
    TEXT,
    SYMBOL,
    END
  }

  /**
   * A token.
   *
   * @param text of a word as it was written; of quoted things what is between the quotes
   * @param at where it begins
   */
  record Token(Kind kind, String text, int at) {
    boolean is(String keyword) {
      return kind == Kind.WORD && text.equalsIgnoreCase(keyword);
    }

    boolean isSymbol(String symbol) {
      return kind == Kind.SYMBOL && text.equals(symbol);
    }

    @Override
    public String toString() {
      return switch (kind) {
        case WORD, NUMBER, SYMBOL -> text;
        case QUOTED -> '"' + text + '"';
        case TEXT -> '\'' + text + '\'';
        case END -> "the end";
      };
    }
  }

  private Lexer(String sql) {
    this.sql = sql;
  }

  /**
   * The tokens of a text, an END last.
   *
   * @throws SqlException if a quote is not closed or a character has no meaning
   */
  static List<Token> tokens(String sql) {
    if (sql.length() > CHARS_MAX) {
      throw new SqlException("A query has at most " + CHARS_MAX + " characters.");
    }
    return new Lexer(sql).all();
  }

  private List<Token> all() {
    skipBlanks();
    while (at < sql.length()) {
      if (tokens.size() == TOKENS_MAX) {
        throw error("A query has at most " + TOKENS_MAX + " words and signs.", at);
      }
      tokens.add(next());
      skipBlanks();
    }
    tokens.add(new Token(Kind.END, "", sql.length()));
    return tokens;
  }

  private void skipBlanks() {
    while (at < sql.length()) {
      if (Character.isWhitespace(sql.charAt(at))) {
        at++;
      } else if (sql.startsWith("--", at)) {
        int end = sql.indexOf('\n', at);
        at = end < 0 ? sql.length() : end;
      } else if (sql.startsWith("/*", at)) {
        at = closing("*/", at + 2, "This comment is not closed.") + 2;
      } else {
        return;
      }
    }
  }

  private Token next() {
    char c = sql.charAt(at);
    if (c == '\'' || c == '"') {
      return quoted(c);
    }
    if (isDigit(c) || c == '.' && at + 1 < sql.length() && isDigit(sql.charAt(at + 1))) {
      return number();
    }
    if (Character.isUnicodeIdentifierStart(c) || c == '_') {
      return word();
    }
    return symbol();
  }

  private Token quoted(char quote) {
    int start = at;
    var text = new StringBuilder();
    at++;
    while (true) {
      int end = closing(String.valueOf(quote), at, "This quote is not closed.", start);
      text.append(sql, at, end);
      at = end + 1;
      if (at == sql.length() || sql.charAt(at) != quote) {
        return new Token(quote == '"' ? Kind.QUOTED : Kind.TEXT, text.toString(), start);
      }
      text.append(quote); // doubled, it stands for itself
      at++;
    }
  }

  private int closing(String sign, int from, String otherwise) {
    return closing(sign, from, otherwise, from - sign.length());
  }

  private int closing(String sign, int from, String otherwise, int start) {
    int end = sql.indexOf(sign, from);
    if (end < 0) {
      throw error(otherwise, start);
    }
    return end;
  }

  private Token number() {
    int start = at;
    skipDigits();
    if (at < sql.length() && sql.charAt(at) == '.') {
      at++;
      skipDigits();
    }
    if (at < sql.length() && (sql.charAt(at) | 0x20) == 'e') {
      at++;
      if (at < sql.length() && (sql.charAt(at) == '+' || sql.charAt(at) == '-')) {
        at++;
      }
      skipDigits();
    }
    if (at < sql.length() && isWordPart(sql.charAt(at)) || !isDigitOrPoint(sql.charAt(at - 1))) {
      throw error("This is no number.", start);
    }
    return new Token(Kind.NUMBER, sql.substring(start, at).toLowerCase(Locale.ROOT), start);
  }

  private void skipDigits() {
    while (at < sql.length() && isDigit(sql.charAt(at))) {
      at++;
    }
  }

  private Token word() {
    int start = at;
    while (at < sql.length() && isWordPart(sql.charAt(at))) {
      at++;
    }
    return new Token(Kind.WORD, sql.substring(start, at), start);
  }

  private Token symbol() {
    String two = at + 2 <= sql.length() ? sql.substring(at, at + 2) : "";
    if (TWO_CHARS.contains(two)) {
      at += 2;
      return new Token(Kind.SYMBOL, two, at - 2);
    }
    if (ONE_CHAR.indexOf(sql.charAt(at)) < 0) {
      throw error("This character has no meaning here.", at);
    }
    at++;
    return new Token(Kind.SYMBOL, sql.substring(at - 1, at), at - 1);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isDigitOrPoint(char c) {
    return isDigit(c) || c == '.';
  }

  private static boolean isWordPart(char c) {
    return Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c);
  }

  private SqlException error(String sentence, int place) {
    return new SqlException(sentence, sql, place);
  }
}
