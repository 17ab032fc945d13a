package systems.course.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A piece of a member's text about as long as a statement: up to a semicolon, an opening or a
 * closing brace. What two members are compared by.
 *
 * <pre>
 *   int find(byte[] key) {                   one
 *     if (slot &lt; 0) { return -1; }           three, in whatever format
 *     for (int i = 0; i &lt; n; i++) {          one: its semicolons lie in parentheses
 *     } else if (x) {                        one: what closes and opens goes together
 * </pre>
 *
 * <p>Lines would be the alternative; a wrapped call or a brace on a line of its own would then
 * count as a difference. The pieces together are the whole text: comments belong to the statement
 * that follows them, or to the one they stand behind on its line. Their text is what is shown,
 * their tokens are what is compared.
 *
 * @param text as written, without the indentation that all of the member has
 * @param code its tokens without comments; offsets are those of {@code text}
 */
record Statement(String text, List<Token> code) {
  /** What may follow a block's end within the same statement. */
  private static final Set<String> GOES_ON = Set.of(";", ")", ",", ".", "else", "catch", "finally");

  static List<Statement> of(String memberText) {
    String text = outdented(memberText);
    List<Statement> statements = new ArrayList<>();
    int start = 0;
    for (int end : ends(text)) {
      add(statements, text, start, end);
      start = end;
    }
    add(statements, text, start, text.length());
    return statements;
  }

  private static void add(List<Statement> statements, String text, int start, int end) {
    String piece = text.substring(start, end);
    if (piece.isBlank()) {
      return;
    }
    boolean midLine = start > 0 && text.charAt(start - 1) != '\n';
    String shown = midLine && !piece.startsWith("\n") ? indented(text, start, piece) : piece;
    String trimmed = withoutEmptyLines(shown);
    statements.add(new Statement(trimmed, Token.codeOf(trimmed)));
  }

  /** A statement that begins within a line gets the indentation that a line of its own would. */
  private static String indented(String text, int start, String piece) {
    int lineStart = text.lastIndexOf('\n', start - 1) + 1;
    int blanks = leadingBlanks(text.substring(lineStart));
    String bare = piece.stripLeading();
    boolean within = text.charAt(start - 1) == '{' && !bare.startsWith("}");
    return " ".repeat(blanks + (within ? 2 : 0)) + bare;
  }

  private static String withoutEmptyLines(String piece) {
    int start = 0;
    for (int end = piece.indexOf('\n');
        end >= 0 && piece.substring(start, end).isBlank();
        end = piece.indexOf('\n', start)) {
      start = end + 1;
    }
    return piece.substring(start).stripTrailing();
  }

  /** Offsets behind the statements. */
  private static List<Integer> ends(String text) {
    List<Token> tokens = Token.of(text);
    List<Integer> ends = new ArrayList<>();
    List<Boolean> blocks = new ArrayList<>();
    String before = "";
    for (int i = 0; i < tokens.size(); i++) {
      Token token = tokens.get(i);
      if (!token.isCode()) {
        continue;
      }
      boolean closesBlock = token.is("}") && !blocks.isEmpty() && blocks.getLast();
      follow(token, before, blocks);
      boolean inBlock = blocks.isEmpty() || blocks.getLast();
      if (inBlock && endsStatement(token, closesBlock, nextCode(tokens, i))) {
        ends.add(withComment(text, tokens, i));
      }
      before = token.text();
    }
    return ends;
  }

  /** Keeps the stack of what is open: true for a block, false for parentheses and array values. */
  private static void follow(Token token, String before, List<Boolean> blocks) {
    if (token.is("{")) {
      boolean values = List.of("]", "=", ",", "(").contains(before);
      boolean nested = before.equals("{") && !blocks.isEmpty() && !blocks.getLast();
      blocks.add(!values && !nested);
    } else if (token.is("(") || token.is("[")) {
      blocks.add(false);
    } else if ((token.is("}") || token.is(")") || token.is("]")) && !blocks.isEmpty()) {
      blocks.removeLast();
    }
  }

  private static boolean endsStatement(Token token, boolean closesBlock, String next) {
    return switch (token.text()) {
      case ";" -> true;
      case "{" -> !next.equals("}");
      case "}" -> closesBlock && !GOES_ON.contains(next);
      default -> false;
    };
  }

  private static String nextCode(List<Token> tokens, int i) {
    for (int k = i + 1; k < tokens.size(); k++) {
      if (tokens.get(k).isCode()) {
        return tokens.get(k).text();
      }
    }
    return "";
  }

  /** The end of a statement, or of the comment behind it on its line. */
  private static int withComment(String text, List<Token> tokens, int i) {
    int end = tokens.get(i).end();
    if (i + 1 < tokens.size() && !tokens.get(i + 1).isCode()) {
      Token comment = tokens.get(i + 1);
      boolean sameLine = text.substring(end, comment.end()).indexOf('\n') < 0;
      return sameLine ? comment.end() : end;
    }
    return end;
  }

  /** The text with its later lines moved left by the indentation of its first. */
  private static String outdented(String text) {
    int blanks = leadingBlanks(text);
    var result = new StringBuilder();
    for (String line : text.split("\n", -1)) {
      result.append(line.substring(Math.min(blanks, leadingBlanks(line)))).append('\n');
    }
    return result.substring(0, result.length() - 1);
  }

  private static int leadingBlanks(String line) {
    int blanks = 0;
    while (blanks < line.length() && line.charAt(blanks) == ' ') {
      blanks++;
    }
    return blanks;
  }
}
