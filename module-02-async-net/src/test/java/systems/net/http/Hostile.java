package systems.net.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A request that a server has to refuse, from {@code malformed.txt}.
 *
 * @param name what is wrong
 * @param section where it is said
 * @param outcomes statuses of a server that does right, ours first; to close the connection without
 *     an answer is right as well
 */
public record Hostile(String name, String section, List<Integer> outcomes, byte[] bytes) {
  private static final String TABLE = "/systems/net/http/malformed.txt";

  /** All rows of the table, in its order. */
  public static List<Hostile> all() {
    try (var table = Objects.requireNonNull(Hostile.class.getResourceAsStream(TABLE), TABLE)) {
      String text = new String(table.readAllBytes(), StandardCharsets.US_ASCII);
      return text.lines()
          .filter(line -> !line.startsWith("#") && !line.isBlank())
          .map(Hostile::parse)
          .toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static Hostile parse(String line) {
    String[] columns = line.split(" \\| ", 4);
    if (columns.length < 4) {
      throw new IllegalArgumentException("not four columns: " + line);
    }
    List<Integer> outcomes = Arrays.stream(columns[2].split(",")).map(Integer::valueOf).toList();
    return new Hostile(columns[0], columns[1], outcomes, bytes(columns[3]));
  }

  /** The status of ours. */
  public int expected() {
    return outcomes.getFirst();
  }

  /** Whether a server that answers so does right. */
  public boolean accepts(int status) {
    return outcomes.contains(status);
  }

  /** The bytes that a text with escapes stands for. */
  public static byte[] bytes(String escaped) {
    var bytes = new ByteArrayOutputStream();
    int at = 0;
    while (at < escaped.length()) {
      char c = escaped.charAt(at++);
      if (c != '\\') {
        bytes.write(c);
        continue;
      }
      char kind = escaped.charAt(at++);
      switch (kind) {
        case 'r' -> bytes.write('\r');
        case 'n' -> bytes.write('\n');
        case 't' -> bytes.write('\t');
        case '0' -> bytes.write(0);
        case '\\' -> bytes.write('\\');
        case 'x' -> {
          bytes.write(Integer.parseInt(escaped.substring(at, at + 2), 16));
          at += 2;
        }
        case '{' -> {
          int end = escaped.indexOf('}', at);
          int star = escaped.lastIndexOf('*', end);
          byte[] once = bytes(escaped.substring(at, star));
          for (int n = Integer.parseInt(escaped.substring(star + 1, end)); n > 0; n--) {
            bytes.writeBytes(once);
          }
          at = end + 1;
        }
        default -> throw new IllegalArgumentException("unknown escape: \\" + kind);
      }
    }
    return bytes.toByteArray();
  }

  @Override
  public String toString() {
    return section + ": " + name;
  }
}
