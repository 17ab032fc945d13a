package systems.core.query;

/**
 * A query that cannot be understood, or whose answer does not exist. The message is a sentence, and
 * where a place in the text is to blame, the line with a caret under it:
 *
 * <pre>
 *   There is no column "prize"; there are city, price.
 *   select max(prize) from t
 *              ^
 * </pre>
 */
public final class SqlException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private static final int WINDOW_CHARS = 100;

  /** A failure while rows are computed. */
  SqlException(String sentence) {
    super(sentence);
  }

  /** A failure whose cause is at a place of the text. */
  SqlException(String sentence, String sql, int at) {
    super(sentence + "\n" + pointed(sql, Math.min(at, sql.length())));
  }

  private static String pointed(String sql, int at) {
    int lineStart = sql.lastIndexOf('\n', at - 1) + 1;
    int newline = sql.indexOf('\n', at);
    int lineEnd = newline < 0 ? sql.length() : newline;
    int start = Math.max(lineStart, at - WINDOW_CHARS / 2);
    int end = Math.min(lineEnd, start + WINDOW_CHARS);
    // Tabs would move the line and not the caret.
    String line = sql.substring(start, end).replaceAll("\\p{Cntrl}", " ");
    return line + "\n" + " ".repeat(at - start) + "^";
  }
}
