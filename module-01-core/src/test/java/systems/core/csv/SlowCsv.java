package systems.core.csv;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The model: a parser that takes one character after the other and knows nothing of words, buffers,
 * morsels or types. Each character is a byte of the file.
 */
final class SlowCsv {
  private final String text;
  private final char delimiter;
  private final int columns;
  private int at;

  /** The rows before the damage; null is an absent value. */
  final List<List<@Nullable String>> rows = new ArrayList<>();

  /** Where the first damage is, or -1. */
  int damage = -1;

  private SlowCsv(String text, char delimiter, int columns) {
    this.text = text;
    this.delimiter = delimiter;
    this.columns = columns;
  }

  /** Parses bytes; the first record that is not blank says how many columns there are. */
  static SlowCsv parse(byte[] bytes, char delimiter) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    var counting = new SlowCsv(text, delimiter, 2);
    counting.skipBlank();
    int columns = 2; // if its first record is damaged, blank lines before it are still none
    try {
      columns = counting.record().size();
    } catch (Damage _) {
      // The parse itself will meet it again.
    }
    var parsed = new SlowCsv(text, delimiter, columns);
    parsed.parse();
    return parsed;
  }

  private static final class Damage extends Exception {
    private static final long serialVersionUID = 1;
    final int offset;

    Damage(int offset) {
      this.offset = offset;
    }
  }

  private void parse() {
    try {
      skipBlank();
      while (at < text.length()) {
        rows.add(wholeRecord());
        skipBlank();
      }
    } catch (Damage found) {
      damage = found.offset;
    }
  }

  private void skipBlank() {
    while (columns > 1 && at < text.length() && isLineEnd()) {
      at++;
    }
  }

  private boolean isLineEnd() {
    return text.charAt(at) == '\n' || text.charAt(at) == '\r';
  }

  private List<@Nullable String> wholeRecord() throws Damage {
    List<@Nullable String> record = record();
    if (record.size() < columns) {
      throw new Damage(at);
    }
    if (at < text.length()) {
      at += text.startsWith("\r\n", at) ? 2 : 1;
    }
    return record;
  }

  private List<@Nullable String> record() throws Damage {
    List<@Nullable String> fields = new ArrayList<>();
    fields.add(field());
    while (at < text.length() && text.charAt(at) == delimiter) {
      if (fields.size() == columns && !rows.isEmpty()) {
        throw new Damage(at);
      }
      at++;
      fields.add(field());
    }
    return fields;
  }

  private @Nullable String field() throws Damage {
    if (at < text.length() && text.charAt(at) == '"') {
      return quoted();
    }
    int from = at;
    while (at < text.length() && text.charAt(at) != delimiter && !isLineEnd()) {
      refuseNul();
      at++;
    }
    return from == at ? null : decoded(text.substring(from, at));
  }

  private String quoted() throws Damage {
    int from = at++;
    var value = new StringBuilder();
    while (true) {
      if (at == text.length()) {
        throw new Damage(from);
      }
      refuseNul();
      if (text.startsWith("\"\"", at)) {
        at++;
      } else if (text.charAt(at) == '"') {
        at++;
        break;
      }
      value.append(text.charAt(at++));
    }
    if (at < text.length() && text.charAt(at) != delimiter && !isLineEnd()) {
      throw new Damage(at);
    }
    return decoded(value.toString());
  }

  private void refuseNul() throws Damage {
    if (text.charAt(at) == 0) {
      throw new Damage(at);
    }
  }

  private static String decoded(String bytes) {
    return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }
}
