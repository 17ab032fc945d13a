package systems.course.page;

import java.io.Serial;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Takes apart what stands behind an opening fence.
 *
 * <pre>
 *   java                                        compiled
 *   java sketch                                 shows an idea, is not checked
 *   java file="src/.../A.java" symbol="A#b"     taken from a source
 *   ts [log.ts]                                 a title in brackets, for the site's tabs
 * </pre>
 *
 * <p>What it does not know it refuses, so that a misspelt {@code sketch} is no silent compile and a
 * misspelt {@code symbol} no silent copy.
 */
final class InfoString {
  private static final Pattern TOKEN =
      Pattern.compile("(?<key>\\w+)=\"(?<value>[^\"]*)\"|(?<title>\\[[^\\]]*])|(?<word>\\S+)");

  private final String text;
  private final Map<String, String> attributes = new HashMap<>();
  private boolean sketch;

  private InfoString(String text) {
    this.text = text;
  }

  /** Says in a sentence what is wrong with an info string. */
  static final class Wrong extends Exception {
    @Serial private static final long serialVersionUID = 1;

    final String sentence;

    Wrong(String sentence) {
      super(sentence);
      this.sentence = sentence;
    }
  }

  static Block.Info parse(String text) throws Wrong {
    return new InfoString(text.strip()).parse();
  }

  private Block.Info parse() throws Wrong {
    int end = 0;
    while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
      end++;
    }
    Language language = language(text.substring(0, end));
    Matcher token = TOKEN.matcher(text).region(end, text.length());
    while (token.find()) {
      take(token);
    }
    return checked(language, attributes.remove("file"), attributes.remove("symbol"));
  }

  private static Language language(String label) throws Wrong {
    if (label.isEmpty()) {
      throw new Wrong("say after the fence what this block is: one of " + Language.all());
    }
    var language = Language.of(label);
    if (language.isEmpty()) {
      throw new Wrong(
          "'%s' is no language that is checked here; there are %s"
              .formatted(label, Language.all()));
    }
    return language.get();
  }

  private void take(Matcher token) throws Wrong {
    if (token.group("key") != null) {
      attributes.put(token.group("key"), token.group("value"));
    } else if ("sketch".equals(token.group("word"))) {
      sketch = true;
    } else if (token.group("word") != null) {
      throw new Wrong(
          "'%s' means nothing here; there are sketch, file=\"...\", symbol=\"...\" and [a title]"
              .formatted(token.group("word")));
    }
  }

  private Block.Info checked(Language language, @Nullable String file, @Nullable String symbol)
      throws Wrong {
    if (!attributes.isEmpty()) {
      throw new Wrong(
          "%s=\"...\" means nothing here; there are file and symbol"
              .formatted(attributes.keySet().iterator().next()));
    }
    if ((file == null) != (symbol == null)) {
      throw new Wrong("file=\"...\" and symbol=\"...\" need each other");
    }
    if (symbol != null && language != Language.JAVA) {
      throw new Wrong("only java blocks are taken from a source by symbol");
    }
    if (symbol != null && sketch) {
      throw new Wrong("a block is a sketch or taken from a source, not both");
    }
    return new Block.Info(language, file, symbol, sketch);
  }
}
