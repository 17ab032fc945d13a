package systems.net.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-4")
class ResponseParserTest {
  private final ResponseParser parser = new ResponseParser(Server.LIMITS);
  private final BodyDecoder body = new BodyDecoder(Server.LIMITS);

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private int parse(String text) throws BadMessage {
    return parser.parse(bytes(text), 0, text.length());
  }

  /** Where the body ends: 0, a length, "chunks" or "close". */
  private String framing(String method, String text) throws BadMessage {
    assertThat(parse(text)).isEqualTo(text.length());
    parser.frame(body, method);
    if (body.isDone()) {
      return "0";
    }
    byte[] probe = bytes("5\r\nhello\r\n0\r\n\r\n");
    int at = body.decode(probe, 0, probe.length);
    if (body.dataFrom() > 0) {
      return "chunks";
    }
    return body.isDone() ? String.valueOf(at) : "close";
  }

  @Test
  void aHeadIsReadWhenItIsWhole() throws BadMessage {
    String text = "HTTP/1.1 404 Not \u00e9 Found\r\nServer: x\r\nA: b\r\n\r\n";
    for (int cut = 1; cut < text.length(); cut++) {
      assertThat(parse(text.substring(0, cut))).as("after %d bytes", cut).isEqualTo(-1);
      assertThat(parse(text)).isEqualTo(text.length());
      assertThat(parser.status()).isEqualTo(404);
      assertThat(parser.reason()).isEqualTo("Not \u00e9 Found");
      assertThat(parser.headers().get("a")).isEqualTo("b");
      assertThat(parser.minorVersion()).isEqualTo(1);
    }
  }

  @Test
  void aReasonMayBeEmptyOrMissing() throws BadMessage {
    parse("HTTP/1.0 200 \r\n\r\n");
    assertThat(parser.reason()).isEmpty();
    parse("HTTP/1.0 200\r\n\r\n");
    assertThat(parser.reason()).isEmpty();
    assertThat(parser.status()).isEqualTo(200);
  }

  @Test
  void whatIsNoStatusLineIsRefused() {
    for (String line :
        List.of(
            "HTTP/2.0 200 OK",
            "HTTP/1.1  200 OK",
            "HTTP/1.1 20 OK",
            "HTTP/1.1 2000 OK",
            "HTTP/1.1 099 OK",
            "HTTP/1.1 600 OK",
            "HTTP/1.1 +20 OK",
            "HTTP/1.1\t200 OK",
            "http/1.1 200 OK",
            "HTTP/1.1 200\tOK",
            "HTTP/1.1 200 O\u0001K",
            "HTTP/1.1 200 O\rK",
            "ICY 200 OK",
            "HTTP/1.1",
            "")) {
      var fresh = new ResponseParser(Server.LIMITS);
      byte[] bytes = bytes(line + "\r\nA: b\r\n\r\n");
      assertThatThrownBy(() -> fresh.parse(bytes, 0, bytes.length))
          .as(line)
          .isInstanceOf(BadMessage.class);
    }
  }

  @Test
  void theBodyEndsWhereTheRfcSays() throws BadMessage {
    String ok = "HTTP/1.1 200 OK\r\n";
    assertThat(framing("GET", ok + "Content-Length: 5\r\n\r\n")).isEqualTo("5");
    assertThat(framing("GET", ok + "Transfer-Encoding: chunked\r\n\r\n")).isEqualTo("chunks");
    assertThat(framing("GET", ok + "\r\n")).isEqualTo("close");
    assertThat(framing("HEAD", ok + "Content-Length: 5\r\n\r\n")).isEqualTo("0");
    assertThat(framing("HEAD", ok + "Transfer-Encoding: chunked\r\n\r\n")).isEqualTo("0");
    assertThat(framing("CONNECT", ok + "Content-Length: 5\r\n\r\n")).isEqualTo("0");
    assertThat(framing("CONNECT", "HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\n")).isEqualTo("5");
    for (String status : List.of("100", "101", "103", "204", "304")) {
      assertThat(framing("GET", "HTTP/1.1 " + status + " x\r\nContent-Length: 5\r\n\r\n"))
          .as(status)
          .isEqualTo("0");
    }
  }

  @Test
  void framingThatContradictsItselfIsRefused() {
    for (String fields :
        List.of(
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: 5\r\nContent-Length: 5\r\n",
            "Content-Length: +5\r\n",
            "Transfer-Encoding: gzip\r\n",
            "A : b\r\n",
            "A: b\r\n c\r\n")) {
      var fresh = new ResponseParser(Server.LIMITS);
      byte[] bytes = bytes("HTTP/1.1 200 OK\r\n" + fields + "\r\n");
      assertThatThrownBy(() -> fresh.parse(bytes, 0, bytes.length))
          .as(fields)
          .isInstanceOf(BadMessage.class);
    }
  }

  @Test
  void aConnectionPersistsIfBothCanTell() throws BadMessage {
    framing("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    assertThat(parser.persists()).isTrue();
    framing("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
    assertThat(parser.persists()).isFalse();
    framing("GET", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n");
    assertThat(parser.persists()).isFalse();
    framing("GET", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: Keep-Alive\r\n\r\n");
    assertThat(parser.persists()).isTrue();
    framing("GET", "HTTP/1.1 200 OK\r\n\r\n");
    assertThat(parser.persists()).as("a body up to the end of the connection").isFalse();
  }
}
