package systems.net.tool;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * A request that a server has to refuse: a row of the table of malformed requests.
 *
 * <pre>
 *   what is wrong | the section that says so | statuses that are right | the bytes, with escapes
 * </pre>
 *
 * @param statuses to end the connection without an answer is right as well
 */
record Hostile(String name, String section, List<Integer> statuses, byte[] bytes) {
  private static final int COLUMNS = 4;

  /** All rows of a table, in its order. */
  static List<Hostile> parse(String table) {
    return table
        .lines()
        .filter(line -> !line.startsWith("#") && !line.isBlank())
        .map(Hostile::row)
        .toList();
  }

  private static Hostile row(String line) {
    String[] columns = line.split(" \\| ", COLUMNS);
    if (columns.length < COLUMNS) {
      throw new IllegalArgumentException("not four columns: " + line);
    }
    List<Integer> statuses = Arrays.stream(columns[2].split(",")).map(Integer::valueOf).toList();
    return new Hostile(columns[0], columns[1], statuses, unescaped(columns[3]));
  }

  static byte[] unescaped(String text) {
    var bytes = new ByteArrayOutputStream();
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at++);
      at = c == '\\' ? escape(text, at, bytes) : plain(c, at, bytes);
    }
    return bytes.toByteArray();
  }

  private static int plain(char c, int at, ByteArrayOutputStream bytes) {
    bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.ISO_8859_1));
    return at;
  }

  private static int escape(String text, int at, ByteArrayOutputStream bytes) {
    return switch (text.charAt(at)) {
      case 'r' -> plain('\r', at + 1, bytes);
      case 'n' -> plain('\n', at + 1, bytes);
      case 't' -> plain('\t', at + 1, bytes);
      case '0' -> plain('\0', at + 1, bytes);
      case '\\' -> plain('\\', at + 1, bytes);
      case 'x' -> {
        bytes.write(HexFormat.fromHexDigits(text, at + 1, at + 3));
        yield at + 3;
      }
      case '{' -> repeat(text, at, bytes);
      default -> throw new IllegalArgumentException("unknown escape: \\" + text.charAt(at));
    };
  }

  /** {@code \{text*n}} */
  private static int repeat(String text, int at, ByteArrayOutputStream bytes) {
    int end = text.indexOf('}', at);
    int star = text.lastIndexOf('*', end);
    byte[] once = unescaped(text.substring(at + 1, star));
    for (int n = Integer.parseInt(text.substring(star + 1, end)); n > 0; n--) {
      bytes.writeBytes(once);
    }
    return end + 1;
  }
}
