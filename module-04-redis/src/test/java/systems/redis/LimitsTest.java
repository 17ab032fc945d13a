package systems.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a server does with requests that are long, empty, many or wrong. */
@Tag("phase-1")
final class LimitsTest extends Dialogue {
  @Test
  void anEmptyRequestHasNoReply() throws Exception {
    wire.raw("*0\r\n\r\n*-1\r\n\r\n");
    expect("the next request gets the next reply", "PING", "PONG");
  }

  @Test
  void aLargeArgumentArrivesWhole() throws Exception {
    String large = "0123456789".repeat(200_000);
    assertThat(wire.call("SET", "k", large)).isEqualTo("+OK\r\n");
    assertThat(wire.call("GET", "k")).isEqualTo("$2000000\r\n" + large + "\r\n");
    assertThat(wire.call("STRLEN", "k")).isEqualTo(":2000000\r\n");
  }

  @Test
  void aRequestMayHaveThousandsOfArguments() throws Exception {
    String[] words = new String[5001];
    words[0] = "MSET";
    for (int i = 1; i < words.length; i++) {
      words[i] = "w" + i;
    }
    assertThat(wire.call(words)).isEqualTo("+OK\r\n");
    expect("each pair is a key", "DBSIZE", ":2500");
  }

  @Test
  void anInlineRequestHasAnEnd() throws Exception {
    wire.raw("x".repeat(70_000));
    assertThat(wire.reply()).isEqualTo("-ERR Protocol error: too big inline request\r\n");
    assertThat(wire.ends()).as("the connection ends").isTrue();
  }

  @Test
  void aLengthLineHasAnEnd() throws Exception {
    wire.raw("*" + "1".repeat(70_000));
    assertThat(wire.reply()).isEqualTo("-ERR Protocol error: too big mbulk count string\r\n");
    assertThat(wire.ends()).as("the connection ends").isTrue();
  }

  @Test
  void whatCameBeforeABrokenRequestIsAnswered() throws Exception {
    wire.raw("PING\r\nSET k 1\r\n*1\r\n!\r\n");
    assertThat(wire.reply()).isEqualTo("+PONG\r\n");
    assertThat(wire.reply()).isEqualTo("+OK\r\n");
    assertThat(wire.reply()).isEqualTo("-ERR Protocol error: expected '$', got '!'\r\n");
    assertThat(wire.ends()).isTrue();
    try (Wire other = server.connect()) {
      assertThat(other.call("GET", "k")).as("it was done, too").isEqualTo("$1\r\n1\r\n");
    }
  }

  @Test
  void quotesKeepWordsTogether() throws Exception {
    wire.raw("SET 'a b' \"c \\\"d\\\"\\r\\x00\"\r\n");
    assertThat(wire.reply()).isEqualTo("+OK\r\n");
    assertThat(wire.call("GET", "a b")).isEqualTo("$7\r\nc \"d\"\r\0\r\n");
    wire.raw("ECHO 'it\\'s'\n");
    assertThat(wire.reply()).as("a quote in single quotes").isEqualTo("$4\r\nit's\r\n");
    wire.raw("ECHO \"\"\n");
    assertThat(wire.reply()).as("an empty word").isEqualTo("$0\r\n\r\n");
  }

  @Test
  void aCommandsNameIsReadInAnyCase() throws Exception {
    expect("lower case", "set k v", "OK");
    expect("mixed case", "gEt k", "v");
    expect("a long name, too", "InCrByFlOaT f 1.5", "1.5");
    assertThat(say("g%t k")).as("no letter's other case").startsWith("-ERR unknown command");
  }

  @Test
  void argumentsAreCounted() throws Exception {
    expect("too few", "GET", "-ERR wrong number of arguments for 'get' command");
    expect("too many", "GET a b", "-ERR wrong number of arguments for 'get' command");
    expect("none of the options", "SET a b c", "-ERR syntax error");
    expect("the connection goes on", "PING", "PONG");
  }

  @Test
  void aStringHasALargestLength() throws Exception {
    String refused = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)";
    expect("512 MB and one byte", "SETRANGE k 536870912 x", refused);
    expect("an offset that overflows", "SETRANGE k 9223372036854775807 x", refused);
    expect("nothing was made", "EXISTS k", ":0");
  }

  @Test
  void keysAndValuesAreBytes() throws Exception {
    var all = new StringBuilder();
    for (int b = 0; b < 256; b++) {
      all.append((char) b);
    }
    assertThat(wire.call("SET", all.toString(), all.toString())).isEqualTo("+OK\r\n");
    assertThat(wire.call("GET", all.toString())).isEqualTo("$256\r\n" + all + "\r\n");
    assertThat(wire.call("SET", "", "")).as("an empty key is a key").isEqualTo("+OK\r\n");
    assertThat(wire.call("GET", "")).isEqualTo("$0\r\n\r\n");
  }

  @Test
  void quitAnswersAndEnds() throws Exception {
    wire.raw("PING\r\nQUIT\r\nPING\r\n");
    assertThat(wire.reply()).isEqualTo("+PONG\r\n");
    assertThat(wire.reply()).isEqualTo("+OK\r\n");
    assertThat(wire.ends()).as("nothing behind QUIT is answered").isTrue();
  }

  @Test
  void databasesHaveNumbers() throws Exception {
    expect("sixteen of them", "SELECT 15", "OK");
    expect("no more", "SELECT 16", "-ERR DB index is out of range");
    expect("a number", "SELECT x", "-ERR value is not an integer or out of range");
  }
}
