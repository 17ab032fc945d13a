package systems.course.compare;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Texts as HTML: everything escaped, code with its tokens marked, prose with its code font. */
final class HtmlText {
  private HtmlText() {}

  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  /**
   * Java with its comments, strings, numbers and keywords marked.
   *
   * @param unlike indexes of the tokens, comments not counted, that the other side does not have
   */
  static String code(String text, Set<Integer> unlike) {
    var html = new StringBuilder();
    int at = 0;
    int index = 0;
    for (Token token : Token.of(text)) {
      html.append(escaped(text.substring(at, token.start())));
      String marked = marked(token, escaped(text.substring(token.start(), token.end())));
      boolean differs = token.isCode() && unlike.contains(index);
      html.append(differs ? "<mark>" + marked + "</mark>" : marked);
      index += token.isCode() ? 1 : 0;
      at = token.end();
    }
    return html.append(escaped(text.substring(at))).toString().replace("</mark><mark>", "");
  }

  private static String marked(Token token, String html) {
    return switch (token.kind()) {
      case NAME, SIGN -> html;
      case KEYWORD, NUMBER, STRING, COMMENT ->
          "<span class=\"%s\">%s</span>"
              .formatted(token.kind().name().toLowerCase(Locale.ROOT), html);
    };
  }

  /** A paragraph of Markdown: code font, strong words, and links as their text. */
  static String prose(String markdown) {
    var html = new StringBuilder();
    List<String> parts = List.of(markdown.split("`", -1));
    for (int i = 0; i < parts.size(); i++) {
      boolean code = i % 2 == 1 && i < parts.size() - 1;
      String part = escaped(parts.get(i));
      html.append(code ? "<code>" + part + "</code>" : emphasized(part));
    }
    return html.toString();
  }

  private static String emphasized(String escaped) {
    return escaped
        .replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
        .replaceAll("\\*\\*([^*]+)\\*\\*", "<strong>$1</strong>")
        .replaceAll("\\*([^* ][^*]*)\\*", "<em>$1</em>");
  }
}
