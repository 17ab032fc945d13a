package systems.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("phase-1")
final class ProtocolTest {
  @TempDir static Path folder;
  private Ours server;
  private Wire wire;

  @BeforeEach
  void start() throws Exception {
    server = Ours.start(folder);
    wire = server.connect();
  }

  @AfterEach
  void stop() throws Exception {
    wire.close();
    server.close();
  }

  @Test
  void aRequestMayComeByteByByte() throws Exception {
    for (char c : "*2\r\n$4\r\nECHO\r\n$5\r\nhe\r\no\r\n".toCharArray()) {
      wire.raw(String.valueOf(c));
    }
    assertThat(wire.reply()).isEqualTo("$5\r\nhe\r\no\r\n");
  }

  @Test
  void pipelinedRequestsAreAnsweredInTheirOrder() throws Exception {
    var all = new StringBuilder();
    for (int i = 0; i < 1000; i++) {
      String n = Integer.toString(i);
      all.append("*2\r\n$4\r\nECHO\r\n$")
          .append(n.length())
          .append("\r\n")
          .append(n)
          .append("\r\n");
    }
    wire.raw(all.toString());
    for (int i = 0; i < 1000; i++) {
      String n = Integer.toString(i);
      assertThat(wire.reply()).isEqualTo("$" + n.length() + "\r\n" + n + "\r\n");
    }
  }

  @Test
  void aPersonMayTypeARequest() throws Exception {
    wire.raw("SET key \"a \\x41 \\n\"\r\nGET key\n");
    assertThat(wire.reply()).isEqualTo("+OK\r\n");
    assertThat(wire.reply()).isEqualTo("$5\r\na A \n\r\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*-\\r\\n | invalid multibulk length",
        "*3000000000\\r\\n | invalid multibulk length",
        "*1\\r\\n$-1\\r\\n | invalid bulk length",
        "*1\\r\\n$99999999999\\r\\n | invalid bulk length",
        "*1\\r\\n+PING\\r\\n | expected '$', got '+'",
        "GET \"a\\r\\n | unbalanced quotes in request"
      })
  void aBrokenRequestGetsItsReasonAndTheEnd(String bytes, String reason) throws Exception {
    wire.raw(bytes.replace("\\r", "\r").replace("\\n", "\n"));
    assertThat(wire.reply()).isEqualTo("-ERR Protocol error: " + reason + "\r\n");
    assertThat(wire.ends()).isTrue();
  }

  @Test
  void aPromisedLengthCostsNothing() throws Exception {
    for (int i = 0; i < 50; i++) {
      try (Wire other = server.connect()) {
        other.raw("*2\r\n$4\r\nECHO\r\n$500000000\r\nabc");
        assertThat(wire.call("PING")).isEqualTo("+PONG\r\n");
      }
    }
  }

  @Test
  void anUnknownCommandIsRepeatedToItsSender() throws Exception {
    assertThat(wire.call("NOSUCH", "a", "b"))
        .isEqualTo("-ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' \r\n");
  }

  @Test
  void keysExpireWhenNobodyLooks() throws Exception {
    wire.call("SET", "a", "1", "PX", "1");
    wire.call("SET", "b", "2");
    Patience.until("the key has gone", () -> wire.call("DBSIZE").equals(":1\r\n"));
    assertThat(wire.call("GET", "b")).isEqualTo("$1\r\n2\r\n");
  }

  @Test
  void aScanReturnsWhatIsThereFromBeginningToEnd() throws Exception {
    for (int i = 0; i < 1000; i++) {
      wire.call("SET", "stays:" + i, "x");
    }
    var seen = new java.util.HashSet<String>();
    String cursor = "0";
    int round = 0;
    do {
      String reply = wire.call("SCAN", cursor, "COUNT", "20");
      String[] parts = reply.split("\r\n");
      cursor = parts[2];
      for (String part : parts) {
        if (part.startsWith("stays:")) {
          seen.add(part);
        }
      }
      for (int i = 0; i < 60; i++) { // grow and shrink meanwhile
        wire.call(round % 2 == 0 ? "SET" : "DEL", "goes:" + i + ":" + round / 2, "x");
      }
      round++;
    } while (!cursor.equals("0"));
    assertThat(seen).hasSize(1000);
  }
}
