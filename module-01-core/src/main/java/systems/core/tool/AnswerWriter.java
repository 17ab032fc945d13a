package systems.core.tool;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.Dictionary;
import systems.core.column.DoubleVector;
import systems.core.column.Field;
import systems.core.column.LongVector;
import systems.core.column.Schema;
import systems.core.column.StringVector;
import systems.core.column.Vector;
import systems.core.query.Instants;
import systems.core.query.Rows;

/**
 * Writes an answer as text, in UTF-8 whatever the terminal says. Rows are written as they come, but
 * for the box, which must know how wide its columns are.
 */
abstract sealed class AnswerWriter implements Rows {
  /** How an answer can be written. */
  enum Format {
    BOX,
    CSV,
    JSON
  }

  final Schema schema;
  final Writer out;

  private AnswerWriter(Schema schema, OutputStream stream) {
    this.schema = schema;
    out = new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), 1 << 16);
  }

  static AnswerWriter of(Format format, Schema schema, OutputStream stream) {
    return switch (format) {
      case BOX -> new Box(schema, stream);
      case CSV -> new Csv(schema, stream);
      case JSON -> new JsonLines(schema, stream);
    };
  }

  /** Writes what comes before the rows. */
  abstract void begin() throws IOException;

  /** Writes what comes after them. */
  abstract void finish() throws IOException;

  @Override
  public final void accept(Batch batch) throws IOException {
    for (int row = 0; row < batch.rows; row++) {
      var texts = new ArrayList<@Nullable String>();
      for (int column = 0; column < batch.columns(); column++) {
        texts.add(text(schema.fields().get(column).type(), batch.vector(column), row));
      }
      accept(texts);
    }
  }

  abstract void accept(List<@Nullable String> texts) throws IOException;

  /** A value as text, or null if it is absent. */
  private static @Nullable String text(ColumnType type, Vector vector, int row) {
    if (vector.nullCount != 0 && vector.isNull[row]) {
      return null;
    }
    return switch (vector) {
      case LongVector longs -> text(type, longs.values[row]);
      case DoubleVector doubles -> Double.toString(doubles.values[row]);
      case StringVector strings -> text(strings, row);
    };
  }

  private static String text(ColumnType type, long value) {
    return switch (type) {
      case BOOLEAN -> value == 0 ? "false" : "true";
      case DATE -> Instants.date(value);
      case TIMESTAMP -> Instants.timestamp(value);
      case LONG, DOUBLE, STRING -> Long.toString(value);
    };
  }

  private static String text(StringVector strings, int row) {
    Dictionary dictionary = strings.dictionary;
    return dictionary == null
        ? new String(
            strings.bytes, strings.starts[row], strings.lengths[row], StandardCharsets.UTF_8)
        : new String(dictionary.entry(strings.codes[row]), StandardCharsets.UTF_8);
  }

  /** Comma-separated values as RFC 4180 has them; an absent value is an empty field. */
  private static final class Csv extends AnswerWriter {
    Csv(Schema schema, OutputStream stream) {
      super(schema, stream);
    }

    @Override
    void begin() throws IOException {
      accept(schema.fields().stream().<@Nullable String>map(Field::name).toList());
    }

    @Override
    void accept(List<@Nullable String> texts) throws IOException {
      for (int i = 0; i < texts.size(); i++) {
        out.write(i == 0 ? "" : ",");
        String text = texts.get(i);
        out.write(text == null ? "" : quoted(text));
      }
      out.write('\n');
    }

    /** An empty string is quoted, or it would be read as an absent one. */
    private static String quoted(String text) {
      boolean plain = !text.isEmpty() && text.chars().noneMatch(c -> "\",\r\n".indexOf(c) >= 0);
      return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }

    @Override
    void finish() throws IOException {
      out.flush();
    }
  }

  /** An object of JSON a line. What JSON has no number for is a string. */
  private static final class JsonLines extends AnswerWriter {
    JsonLines(Schema schema, OutputStream stream) {
      super(schema, stream);
    }

    @Override
    void begin() {}

    @Override
    void accept(List<@Nullable String> texts) throws IOException {
      for (int i = 0; i < texts.size(); i++) {
        Field field = schema.fields().get(i);
        out.write(i == 0 ? "{" : ",");
        out.write(quoted(field.name()));
        out.write(':');
        out.write(value(field.type(), texts.get(i)));
      }
      out.write("}\n");
    }

    private static String value(ColumnType type, @Nullable String text) {
      if (text == null) {
        return "null";
      }
      return switch (type) {
        case BOOLEAN, LONG -> text;
        case DOUBLE -> Character.isLetter(text.charAt(text.length() - 1)) ? quoted(text) : text;
        case DATE, TIMESTAMP, STRING -> quoted(text);
      };
    }

    private static String quoted(String text) {
      var quoted = new StringBuilder("\"");
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        switch (c) {
          case '"', '\\' -> quoted.append('\\').append(c);
          case '\n' -> quoted.append("\\n");
          case '\t' -> quoted.append("\\t");
          case '\r' -> quoted.append("\\r");
          default -> {
            if (c < ' ') {
              quoted.append(String.format("\\u%04x", (int) c));
            } else {
              quoted.append(c);
            }
          }
        }
      }
      return quoted.append('"').toString();
    }

    @Override
    void finish() throws IOException {
      out.flush();
    }
  }

  /** A table for the eye; numbers stand right. */
  private static final class Box extends AnswerWriter {
    private static final int ROWS_SHOWN_MAX = 10_000;

    private final List<List<@Nullable String>> rows = new ArrayList<>();
    private long count;

    Box(Schema schema, OutputStream stream) {
      super(schema, stream);
    }

    @Override
    void begin() {}

    @Override
    void accept(List<@Nullable String> texts) {
      count++;
      if (rows.size() < ROWS_SHOWN_MAX) {
        rows.add(texts);
      }
    }

    @Override
    void finish() throws IOException {
      int[] widths = widths();
      line(widths, "┌", "┬", "┐");
      row(widths, schema.fields().stream().<@Nullable String>map(Field::name).toList());
      line(widths, "├", "┼", "┤");
      for (List<@Nullable String> row : rows) {
        row(widths, row);
      }
      line(widths, "└", "┴", "┘");
      out.write(count + (count == 1 ? " row" : " rows"));
      out.write(count > rows.size() ? ", of which " + rows.size() + " are shown\n" : "\n");
      out.flush();
    }

    private int[] widths() {
      int[] widths = new int[schema.fields().size()];
      for (int i = 0; i < widths.length; i++) {
        widths[i] = width(schema.fields().get(i).name());
        for (List<@Nullable String> row : rows) {
          widths[i] = Math.max(widths[i], width(shown(row.get(i))));
        }
      }
      return widths;
    }

    private static int width(String text) {
      return text.codePointCount(0, text.length());
    }

    private static String shown(@Nullable String text) {
      return text == null ? "NULL" : text.replaceAll("\\p{Cntrl}", "·");
    }

    private void line(int[] widths, String left, String middle, String right) throws IOException {
      for (int i = 0; i < widths.length; i++) {
        out.write(i == 0 ? left : middle);
        out.write("─".repeat(widths[i] + 2));
      }
      out.write(right + "\n");
    }

    private void row(int[] widths, List<@Nullable String> texts) throws IOException {
      for (int i = 0; i < widths.length; i++) {
        String text = shown(texts.get(i));
        String blanks = " ".repeat(widths[i] - width(text));
        ColumnType type = schema.fields().get(i).type();
        boolean right = type == ColumnType.LONG || type == ColumnType.DOUBLE;
        out.write("│ " + (right ? blanks + text : text + blanks) + " ");
      }
      out.write("│\n");
    }
  }
}
