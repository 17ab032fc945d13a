package systems.net.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Frames that RFC 6455 forbids, with the section and the close code; and some that it allows. */
@Tag("phase-5")
final class FrameParserTest {
  private static final int MESSAGE_BYTES_MAX = 70_000;

  /** Notes what it hears. */
  static final class Heard implements FrameParser.Receiver {
    final List<String> events = new ArrayList<>();

    private static String text(byte[] bytes) {
      return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void message(boolean isText, byte[] bytes) {
      events.add(isText ? "text " + text(bytes) : "binary " + HexFormat.of().formatHex(bytes));
    }

    @Override
    public void ping(byte[] payload) {
      events.add("ping " + text(payload));
    }

    @Override
    public void pong(byte[] payload) {
      events.add("pong " + text(payload));
    }

    @Override
    public void close(int code, String reason) {
      events.add("close " + code + " " + reason);
    }
  }

  private final Heard heard = new Heard();
  private final FrameParser parser =
      new FrameParser(heard, FrameParser.From.CLIENT, MESSAGE_BYTES_MAX);

  private static void feed(FrameParser parser, byte[] bytes, int pieceBytes)
      throws FrameParser.Violation {
    for (int from = 0; from < bytes.length; from += pieceBytes) {
      int to = Math.min(bytes.length, from + pieceBytes);
      for (int at = from; at < to; ) {
        at = parser.step(bytes, at, to);
      }
    }
  }

  /** Frames as a client sends them: "fin opcode payload" each, with blanks and commas. */
  private static byte[] frames(String text) {
    var random = new Random(6455);
    var bytes = new ByteArrayOutputStream();
    for (String frame : text.split(",")) {
      String[] parts = frame.strip().split(" ", 3);
      String payload = parts.length > 2 ? parts[2] : "";
      boolean isLast = parts[0].equals("fin");
      int opcode = Integer.parseInt(parts[1], 16);
      byte[] body = payload.getBytes(StandardCharsets.UTF_8);
      bytes.writeBytes(Frames.masked(opcode, isLast, body, random));
    }
    return bytes.toByteArray();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "5.2   | 1002 | c1 80 00000000                    | RSV1 without an extension",
        "5.2   | 1002 | a1 80 00000000                    | RSV2",
        "5.2   | 1002 | 91 80 00000000                    | RSV3",
        "5.2   | 1002 | 83 80 00000000                    | opcode 3",
        "5.2   | 1002 | 87 80 00000000                    | opcode 7",
        "5.2   | 1002 | 8b 80 00000000                    | opcode b",
        "5.2   | 1002 | 8f 80 00000000                    | opcode f",
        "5.1   | 1002 | 81 00                             | not masked",
        "5.1   | 1002 | 89 00                             | a ping that is not masked",
        "5.2   | 1002 | 81 fe 0001 00000000 61            | 16 bits for length 1",
        "5.2   | 1002 | 81 fe 007d 00000000               | 16 bits for length 125",
        "5.2   | 1002 | 82 ff 000000000000ffff 00000000   | 64 bits for length 65535",
        "5.2   | 1002 | 82 ff 8000000000000000 00000000   | the highest bit of the length",
        "7.4.1 | 1009 | 82 ff 7fffffffffffffff 00000000   | a length that nobody can hold",
        "7.4.1 | 1009 | 82 ff 0000000000011171 00000000   | one byte above the limit",
        "5.4   | 1002 | 80 80 00000000                    | a continuation of nothing",
        "5.4   | 1002 | 01 80 00000000 81 80 00000000     | a text within a text",
        "5.4   | 1002 | 02 80 00000000 02 80 00000000     | a binary within a binary",
        "5.4   | 1002 | 81 80 00000000 80 80 00000000     | a continuation after the end",
        "5.5   | 1002 | 09 80 00000000                    | a ping in fragments",
        "5.5   | 1002 | 08 80 00000000                    | a close in fragments",
        "5.5   | 1002 | 89 fe 007e 00000000               | a ping of 126 bytes",
        "5.5.1 | 1002 | 88 81 00000000 03                 | half a close code",
        "7.4   | 1002 | 88 82 00000000 03e7               | close code 999",
        "7.4   | 1002 | 88 82 00000000 03ec               | close code 1004",
        "7.4   | 1002 | 88 82 00000000 03ed               | close code 1005",
        "7.4   | 1002 | 88 82 00000000 03ee               | close code 1006",
        "7.4   | 1002 | 88 82 00000000 03f7               | close code 1015",
        "7.4   | 1002 | 88 82 00000000 0bb7               | close code 2999",
        "7.4   | 1002 | 88 82 00000000 1388               | close code 5000",
        "5.5.1 | 1007 | 88 83 00000000 03e8 ff            | a reason that is no UTF-8",
        "5.5.1 | 1007 | 88 85 00000000 03e8 c3a9c3        | a reason that ends within a character",
        "8.1   | 1007 | 81 81 00000000 ff                 | ff",
        "8.1   | 1007 | 81 82 00000000 c0ae               | a dot in two bytes",
        "8.1   | 1007 | 81 83 00000000 e08080             | NUL in three bytes",
        "8.1   | 1007 | 81 83 00000000 eda080             | a surrogate",
        "8.1   | 1007 | 81 84 00000000 f4908080           | behind U+10FFFF",
        "8.1   | 1007 | 81 81 00000000 c3                 | ends within a character",
        "8.1   | 1007 | 01 81 00000000 c3 80 81 00000000 41 | cut, and goes on with another",
        "8.1   | 1007 | 01 81 00000000 c3 80 80 00000000  | cut, and ends",
        "8.1   | 1007 | 01 81 00000000 ff                 | wrong in the first fragment already",
      })
  void isAViolation(String section, int code, String hex, String what) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    for (int pieceBytes = 1; pieceBytes <= bytes.length; pieceBytes++) {
      var fresh = new FrameParser(new Heard(), FrameParser.From.CLIENT, MESSAGE_BYTES_MAX);
      assertThat(violation(fresh, bytes, pieceBytes))
          .as("%s, in pieces of %d", what, pieceBytes)
          .isEqualTo(code + " " + section);
    }
  }

  private static String violation(FrameParser parser, byte[] bytes, int pieceBytes) {
    try {
      feed(parser, bytes, pieceBytes);
      return "none";
    } catch (FrameParser.Violation violation) {
      String message = String.valueOf(violation.getMessage());
      int section = message.lastIndexOf(' ') + 1;
      return violation.code() + " " + message.substring(section, message.length() - 1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "fin 1 hello                         | text hello",
        "fin 1                               | text",
        "fin 2 abc                           | binary 616263",
        "no 1 Hel, fin 0 lo                  | text Hello",
        "no 1, no 0, no 0 x, fin 0           | text x",
        "no 1 a, fin 9 p, no 0 b, fin a, fin 0 c | ping p; pong; text abc",
        "fin 1 a, fin 1 b                    | text a; text b",
        "fin 8                               | close 1005",
        "no 1 a, fin 8                       | close 1005",
      })
  void isHeard(String frames, String events) throws Exception {
    feed(parser, frames(frames), Integer.MAX_VALUE / 2);
    assertThat(heard.events.stream().map(String::strip).toList())
        .isEqualTo(List.of(events.split("; ")));
  }

  @ParameterizedTest
  @CsvSource({"1000", "1001", "1003", "1007", "1014", "3000", "4999"})
  void codesThatMayBeSentAreHeard(int code) throws Exception {
    byte[] payload = {(byte) (code >>> 8), (byte) code, 'b', 'y', 'e'};
    feed(parser, Frames.masked(Frames.CLOSE, true, payload, new Random(1)), 3);
    assertThat(heard.events).containsExactly("close " + code + " bye");
  }

  @Test
  void lengthsAtTheBordersOfTheirForms() throws Exception {
    for (int length : new int[] {0, 125, 126, 127, 32_767, 32_768, 65_535, 65_536, 70_000}) {
      byte[] frame = Frames.masked(Frames.BINARY, true, new byte[length], new Random(length));
      feed(parser, frame, 1_000);
      assertThat(heard.events.removeLast().length())
          .as("length %d", length)
          .isEqualTo(7 + 2 * length);
    }
  }

  @Test
  void fragmentsTogetherHaveTheLimitOfAMessage() throws Exception {
    byte[] half = Frames.masked(Frames.BINARY, false, new byte[40_000], new Random(1));
    byte[] more = Frames.masked(Frames.CONTINUATION, true, new byte[30_001], new Random(2));
    feed(parser, half, 40_000);
    assertThat(violation(parser, more, 40_000))
        .as("40000 and 30001 of 70000")
        .isEqualTo("1009 7.4.1");
  }

  @Test
  void aServerDoesNotMask() throws Exception {
    var client = new FrameParser(heard, FrameParser.From.SERVER, MESSAGE_BYTES_MAX);
    feed(client, new byte[] {(byte) 0x81, 2, 'h', 'i'}, 1);
    assertThat(heard.events).containsExactly("text hi");
    assertThat(violation(client, Frames.masked(Frames.TEXT, true, new byte[0], new Random(1)), 9))
        .isEqualTo("1002 5.1");
  }
}
