package systems.net.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-4")
class BodyDecoderTest {
  private final BodyDecoder body = new BodyDecoder(Server.LIMITS);

  /** The data of this text, and behind a bar what is left when the body is done. */
  private String decode(String text) throws BadMessage {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    var data = new StringBuilder();
    int at = 0;
    int before;
    do {
      before = at;
      at = body.decode(bytes, at, bytes.length);
      data.append(Octets.text(bytes, body.dataFrom(), body.dataTo()));
    } while (body.goesOn(before, at, bytes.length));
    return data + "|" + text.substring(at);
  }

  private void isRefused(String text, int status) {
    body.chunked();
    assertThatThrownBy(() -> decode(text))
        .as(text)
        .isInstanceOfSatisfying(
            BadMessage.class, bad -> assertThat(bad.status()).as(text).isEqualTo(status));
  }

  @Test
  void aLengthIsCounted() throws BadMessage {
    body.length(5);
    assertThat(decode("he")).isEqualTo("he|");
    assertThat(body.isDone()).isFalse();
    assertThat(decode("lloGET /")).isEqualTo("llo|GET /");
    assertThat(body.isDone()).isTrue();
    assertThat(body.total()).isEqualTo(5);
    body.length(0);
    assertThat(body.isDone()).isTrue();
  }

  @Test
  void chunksAreTakenApart() throws BadMessage {
    body.chunked();
    assertThat(decode("5\r\nhello\r\n00A;x=\"y;\\\"\"\r\n, world...\r\n0\r\n\r\nGET"))
        .isEqualTo("hello, world...|GET");
    assertThat(body.isDone()).isTrue();
    assertThat(body.trailers().isEmpty()).isTrue();
  }

  @Test
  void extensionsOfEveryKindAreSkipped() throws BadMessage {
    for (String extension :
        List.of(";a", ";a=b", "; a", ";a ;b", ";a = b\t; c", ";a=\"\"", ";a=\"\\\"\t\u00e9\" ;b")) {
      body.chunked();
      assertThat(decode("1" + extension + "\r\nx\r\n0" + extension + "\r\n\r\n"))
          .as(extension)
          .isEqualTo("x|");
    }
  }

  @Test
  void extensionsAreBounded() {
    String chunk = "1;" + "a".repeat(100) + "\r\nx\r\n";
    isRefused(chunk.repeat(200), 400);
  }

  @Test
  void trailersAreReadAndTheForbiddenOnesDropped() throws BadMessage {
    body.chunked();
    String trailers =
        "Digest: x\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\nHost: b\r\n"
            + "Authorization: c\r\nX-Own:\t1 \r\n";
    assertThat(decode("0\r\n" + trailers + "\r\nGET")).isEqualTo("|GET");
    assertThat(body.trailers().toString()).isEqualTo("Digest: x\r\nX-Own: 1\r\n");
  }

  @Test
  void sizesHaveABound() throws BadMessage {
    body.chunked();
    assertThat(decode("000000000000005\r\nhello\r\n")).isEqualTo("hello|");
    isRefused("0000000000000005\r\nhello\r\n", 400);
    isRefused("fffffffffffffff\r\n", 413);
    isRefused("100001\r\n", 413);
  }

  @Test
  void theSumOfChunksHasABound() {
    isRefused("80000\r\n" + "x".repeat(1 << 19) + "\r\n80001\r\n", 413);
  }

  @Test
  void untilCloseEndsWithTheConnection() throws BadMessage {
    body.untilClose();
    assertThat(decode("anything\r\n0\r\n\r\n")).isEqualTo("anything\r\n0\r\n\r\n|");
    assertThat(body.isDone()).isFalse();
    body.inputEnded();
    assertThat(body.isDone()).isTrue();
    body.untilClose();
    assertThatThrownBy(() -> decode("x".repeat((1 << 20) + 1)))
        .as("a byte more than the limit for bodies")
        .isInstanceOf(BadMessage.class);
  }

  @Test
  void anEndBeforeTheEndIsAnError() throws BadMessage {
    body.length(5);
    decode("he");
    assertThatThrownBy(body::inputEnded)
        .as("the end after 2 of 5 bytes")
        .isInstanceOf(BadMessage.class);
    body.chunked();
    decode("5\r\nhello\r\n0\r\n");
    assertThatThrownBy(body::inputEnded).as("no empty line").isInstanceOf(BadMessage.class);
    body.length(0);
    body.inputEnded();
  }
}
