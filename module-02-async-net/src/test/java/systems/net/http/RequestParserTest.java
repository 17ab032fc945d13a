package systems.net.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-4")
class RequestParserTest {
  private static final String HOST = "Host: a.example\r\n";

  private static Request parse(String text) {
    var parsing = new Parsing(Server.LIMITS);
    parsing.feed(Hostile.bytes(text.replace("\r\n", "\\r\\n")));
    assertThat(parsing.story()).as("what is made of %s", text).endsWith("" + Parsing.END);
    return parsing.request();
  }

  private static Request line(String line) {
    return parse(line + "\r\n" + HOST + "\r\n");
  }

  @Test
  void anOriginFormHasPathAndQuery() {
    Request request = line("GET /a/b%20c?q=1?2 HTTP/1.1");
    assertThat(request.method()).isEqualTo("GET").isSameAs(Method.GET);
    assertThat(request.target()).isEqualTo("/a/b%20c?q=1?2");
    assertThat(request.path()).isEqualTo("/a/b%20c");
    assertThat(request.query()).isEqualTo("q=1?2");
    assertThat(request.authority()).isEqualTo("a.example");
    assertThat(line("GET /? HTTP/1.1").query()).isEmpty();
    assertThat(line("GET / HTTP/1.1").query()).isNull();
  }

  @Test
  void anAbsoluteFormOverridesHost() {
    Map<String, String> paths =
        new TreeMap<>(
            Map.of(
                "http://b.example", "b.example /",
                "HTTP://b.example/", "b.example /",
                "https://b.example:8443/c?d", "b.example:8443 /c",
                "http://b.example?d", "b.example /",
                "http://[::1]:80/c", "[::1]:80 /c",
                "http://127.0.0.1/c", "127.0.0.1 /c"));
    paths.forEach((target, expected) -> {
      Request request = line("GET " + target + " HTTP/1.1");
      assertThat(request.authority() + " " + request.path()).as(target).isEqualTo(expected);
    });
  }

  @Test
  void anAuthorityFormIsForConnect() {
    Request request = line("CONNECT b.example:443 HTTP/1.1");
    assertThat(request.authority()).isEqualTo("b.example:443");
    assertThat(request.path()).isEmpty();
  }

  @Test
  void anAsteriskIsForOptions() {
    assertThat(line("OPTIONS * HTTP/1.1").path()).isEqualTo("*");
    assertThat(line("OPTIONS * HTTP/1.1").authority()).isEqualTo("a.example");
    assertThat(line("OPTIONS http://b.example HTTP/1.1").path()).as("9112 3.2.4").isEqualTo("*");
    assertThat(line("OPTIONS http://b.example/ HTTP/1.1").path()).isEqualTo("/");
  }

  @Test
  void methodsThatNobodyKnowsAreTokens() {
    for (String method : List.of("get", "GE", "FROBNICATE", "M-SEARCH", "PATCH", "HEADS", "P")) {
      assertThat(line(method + " / HTTP/1.1").method()).isEqualTo(method);
    }
  }

  @Test
  void versionsAboveAre11() {
    assertThat(line("GET / HTTP/1.0").minorVersion()).isZero();
    assertThat(line("GET / HTTP/1.1").minorVersion()).isEqualTo(1);
    assertThat(line("GET / HTTP/1.9").minorVersion()).isEqualTo(1);
  }

  @Test
  void http10NeedsNoHost() {
    assertThat(parse("GET / HTTP/1.0\r\n\r\n").authority()).isEmpty();
    assertThat(parse("GET / HTTP/1.0\r\nHost:\r\n\r\n").authority()).isEmpty();
  }

  @Test
  void oneEmptyLineInFrontIsSkipped() {
    assertThat(Parsing.of("\r\nGET / HTTP/1.1\r\n" + HOST + "\r\n")).startsWith("GET /");
    String two = "GET / HTTP/1.1\r\n" + HOST + "\r\n\r\nGET /2 HTTP/1.1\r\n" + HOST + "\r\n";
    assertThat(Parsing.of(two)).contains("GET /2");
  }

  @Test
  void blanksAroundValuesAreNoPartOfThem() {
    Request request =
        parse("GET / HTTP/1.1\r\n" + HOST + "A:b\r\nB: \t c d \t\r\nC:\r\nD: \r\n\r\n");
    assertThat(request.headers().toString())
        .isEqualTo("Host: a.example\r\nA: b\r\nB: c d\r\nC: \r\nD: \r\n");
    assertThat(request.header("b")).isEqualTo("c d");
  }

  @Test
  void aRequestLineOfTheLimitIsAllowed() {
    String line = "GET /" + "a".repeat(8_000 - 14) + " HTTP/1.1";
    assertThat(line).hasSize(8_000);
    assertThat(Parsing.of(line + "\r\n" + HOST + "\r\n")).endsWith("" + Parsing.END);
    assertThat(Parsing.of(line.replace("/a", "/ab") + "\r\n" + HOST + "\r\n")).isEqualTo("414");
  }

  @Test
  void fieldsOfTheLimitAreAllowed() {
    String most = "A: " + "b".repeat(32_000 - HOST.length() - 5) + "\r\n";
    String start = "GET / HTTP/1.1\r\n" + HOST;
    assertThat(Parsing.of(start + most + "\r\n")).endsWith("" + Parsing.END);
    assertThat(Parsing.of(start + "A" + most + "\r\n")).isEqualTo("431");
    assertThat(Parsing.of(start + "A: b\r\n".repeat(99) + "\r\n")).endsWith("" + Parsing.END);
    assertThat(Parsing.of(start + "A: b\r\n".repeat(100) + "\r\n")).isEqualTo("431");
  }

  @Test
  void aLimitIsPassedBeforeTheLineEnds() {
    assertThat(Parsing.of("GET /" + "a".repeat(8_000))).isEqualTo("414");
    assertThat(Parsing.of("GET / HTTP/1.1\r\n" + HOST + "A: " + "b".repeat(32_000)))
        .isEqualTo("431");
  }

  @Test
  void theLengthIsKnownFromTheHead() {
    String post = "POST / HTTP/1.1\r\n" + HOST;
    assertThat(line("POST / HTTP/1.1").hasBody()).isFalse();
    assertThat(parse(post + "Content-Length: 0\r\n\r\n").hasBody()).isFalse();
    assertThat(parse(post + "Content-Length: 5\r\n\r\nhello").contentLength()).isEqualTo(5);
    assertThat(parse(post + "Content-Length: 0005\r\n\r\nhello").contentLength()).isEqualTo(5);
    assertThat(parse(post + "transfer-encoding: CHUNKED\r\n\r\n0\r\n\r\n").contentLength())
        .isEqualTo(-1);
  }

  @Test
  void expectationsAreForThoseWhoHaveABody() {
    String expect = HOST + "Expect: 100-Continue\r\n";
    String body = "Content-Length: 1\r\n\r\nx";
    assertThat(parse("POST / HTTP/1.1\r\n" + expect + body).expectsContinue).isTrue();
    assertThat(parse("POST / HTTP/1.1\r\n" + expect + "\r\n").expectsContinue).isFalse();
    assertThat(parse("POST / HTTP/1.0\r\n" + expect + body).expectsContinue).isFalse();
  }

  @Test
  void theSameObjectTellsOfTheNextRequest() {
    var parsing = new Parsing(Server.LIMITS);
    for (String path : List.of("/a", "/a", "/b", "/bb", "http://c/?x", "/a")) {
      parsing.feed(
          ("GET " + path + " HTTP/1.1\r\n" + HOST + "\r\n")
              .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      String expected = path.startsWith("h") ? "/" : path;
      assertThat(parsing.request().path()).isEqualTo(expected);
      assertThat(parsing.request().authority()).isEqualTo(path.startsWith("h") ? "c" : "a.example");
    }
  }

  /** 100 fields lie in memory that is used again; a short head after a long one sees none. */
  @Test
  void aShortHeadBehindALongOneSeesNothingOfIt() {
    var parsing = new Parsing(Server.LIMITS);
    parsing.feed(Hostile.bytes("GET /long?q HTTP/1.1\\r\\nHost: a\\r\\n\\{A: b\\r\\n*90}\\r\\n"));
    parsing.feed(Hostile.bytes("GET / HTTP/1.0\\r\\n\\r\\n"));
    assertThat(parsing.request().headers().size()).isZero();
    assertThat(parsing.request().query()).isNull();
    assertThat(parsing.request().authority()).isEmpty();
  }
}
