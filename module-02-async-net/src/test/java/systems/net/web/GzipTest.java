package systems.net.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import systems.net.http.Handler;

@Tag("phase-5")
final class GzipTest {
  private static final String WANTED = "Accept-Encoding: gzip";
  private static final String TEXT = "to be or not to be, that is the question. ".repeat(200);

  private final Gzip gzip = new Gzip(new Gzip.Settings(6, 100, 2));

  private static String unpacked(Stand.Answer answer) throws IOException {
    assertThat(answer.field("Content-Encoding")).isEqualTo("gzip");
    try (var in = new GZIPInputStream(new ByteArrayInputStream(answer.bytes()))) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private Handler whole(String type, String text) {
    return (request, response) ->
        gzip.send(request, response, type, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private Handler streamed(String text, int pieceBytes) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return (request, response) -> {
      Gzip.Body body = gzip.body(request, response, "text/plain", Gzip.UNKNOWN_LENGTH);
      for (int at = 0; at < bytes.length; at += pieceBytes) {
        body.write(bytes, at, Math.min(bytes.length, at + pieceBytes));
      }
      body.end();
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gzip                       | true",
        "GZIP                       | true",
        "x-gzip                     | true",
        "deflate, gzip;q=0.001, br  | true",
        "gzip;q=0                   | false",
        "gzip;q=0.000               | false",
        "deflate, br                | false",
        "*                          | true",
        "*;q=0                      | false",
        "gzip;q=0, *                | false",
        "gzip, *;q=0                | true",
        "identity;q=1, gzip;q=0.5   | false",
        "identity;q=0.5, gzip;q=0.5 | true",
        "identity;q=0.4, *;q=0.5    | true",
        "gzip;q=2                   | false",
        "gzip;q=0.0001              | false",
        "gzip;q=1.001               | false",
        "gzip;q=                    | false",
        "gzip;level=9               | false",
        "gzip ; q=0.5               | true",
        "gzipped                    | false",
      })
  void theWeightsDecide(String accepted, boolean compressed) {
    Stand.Answer answer =
        new Stand(whole("text/plain", TEXT)).get("/", "Accept-Encoding: " + accepted);
    assertThat(answer.field("Content-Encoding")).isEqualTo(compressed ? "gzip" : "");
  }

  @Test
  void whoSaysNothingGetsItAsItIs() {
    Stand.Answer answer = new Stand(whole("text/plain", TEXT)).get("/");
    assertThat(answer.body()).isEqualTo(TEXT);
    assertThat(answer.field("Vary")).as("caches must know").isEqualTo("Accept-Encoding");
  }

  @Test
  void twoLinesAreOneList() {
    Stand.Answer answer =
        new Stand(whole("text/plain", TEXT)).get("/", "Accept-Encoding: br", WANTED);
    assertThat(answer.field("Content-Encoding")).isEqualTo("gzip");
  }

  @Test
  void aWholeTextComesBackAndIsShorter() throws IOException {
    Stand.Answer answer = new Stand(whole("text/html; charset=utf-8", TEXT)).get("/", WANTED);
    assertThat(unpacked(answer)).isEqualTo(TEXT);
    assertThat(answer.body().length()).isLessThan(TEXT.length() / 10);
    assertThat(answer.field("Vary")).isEqualTo("Accept-Encoding");
    assertThat(gzip.compressors()).isZero();
  }

  @Test
  void shortTextsAndPicturesGoAsTheyAre() {
    assertThat(new Stand(whole("text/plain", "short")).get("/", WANTED).body()).isEqualTo("short");
    Stand.Answer picture = new Stand(whole("image/png", TEXT)).get("/", WANTED);
    assertThat(picture.body()).isEqualTo(TEXT);
    assertThat(picture.field("Vary")).isEmpty();
  }

  @Test
  void noiseThatGetsLongerGoesAsItIs() {
    var noise = new byte[2_000];
    new Random(7).nextBytes(noise);
    String text = new String(noise, StandardCharsets.ISO_8859_1);
    assertThat(new Stand(whole("text/plain", text)).get("/", WANTED).body()).isEqualTo(text);
  }

  @Test
  void aStreamedBodyComesBackWhateverItsPieces() throws IOException {
    var noise = new byte[100_000];
    new Random(7).nextBytes(noise);
    String text = TEXT + new String(noise, StandardCharsets.ISO_8859_1) + TEXT;
    for (int pieceBytes : new int[] {1_000_000, 10_001, 100}) {
      Stand.Answer answer = new Stand(streamed(text, pieceBytes)).get("/", WANTED);
      assertThat(answer.field("Transfer-Encoding")).isEqualTo("chunked");
      assertThat(answer.field("Vary")).as("caches must know").isEqualTo("Accept-Encoding");
      assertThat(unpacked(answer)).as("pieces of %d bytes", pieceBytes).isEqualTo(text);
    }
    assertThat(gzip.compressors()).isZero();
  }

  @Test
  void anEmptyStreamIsAWholeGzipFile() throws IOException {
    assertThat(unpacked(new Stand(streamed("", 1)).get("/", WANTED))).isEmpty();
  }

  @Test
  void whatWasFlushedCanBeReadBeforeTheEnd() throws Exception {
    var stand =
        new Stand((request, response) -> {
          Gzip.Body body = gzip.body(request, response, "text/plain", Gzip.UNKNOWN_LENGTH);
          body.write(TEXT.getBytes(StandardCharsets.US_ASCII), 0, 1_000);
          body.flush();
        });
    stand.send("GET", "/", "", WANTED);
    Stand.Answer soFar = Stand.parse(stand.peer.text(), false);
    var inflater = new Inflater(true);
    byte[] packed = soFar.bytes();
    inflater.setInput(packed, 10, packed.length - 10);
    var text = new byte[2_000];
    int count = inflater.inflate(text);
    inflater.end();
    assertThat(new String(text, 0, count, StandardCharsets.US_ASCII))
        .isEqualTo(TEXT.substring(0, 1_000));
  }

  @Test
  void anAnswerThatIsBrokenOffGivesItsCompressorBack() {
    var stand =
        new Stand((request, response) ->
            gzip.body(request, response, "text/plain", Gzip.UNKNOWN_LENGTH)
                .write(new byte[10_000], 0, 10_000));
    stand.send("GET", "/", "", WANTED);
    assertThat(gzip.compressors()).isEqualTo(1);
    stand.peer.reset();
    assertThat(gzip.compressors()).as("compressors after the reset").isZero();
  }

  @Test
  void beyondTheBoundBodiesGoAsTheyAre() {
    var waiting =
        new Stand((request, response) ->
            gzip.body(request, response, "text/plain", Gzip.UNKNOWN_LENGTH).flush());
    var second =
        new Stand((request, response) ->
            gzip.body(request, response, "text/plain", Gzip.UNKNOWN_LENGTH).flush());
    waiting.send("GET", "/", "", WANTED);
    second.send("GET", "/", "", WANTED);
    assertThat(gzip.compressors()).isEqualTo(2);
    Stand.Answer answer = new Stand(whole("text/plain", TEXT)).get("/", WANTED);
    assertThat(answer.field("Content-Encoding")).isEmpty();
    assertThat(answer.body()).isEqualTo(TEXT);
  }

  @Test
  void headSaysWhatGetWouldSay() {
    Stand.Answer answer = new Stand(streamed(TEXT, 1_000)).ask("HEAD", "/", WANTED);
    assertThat(answer.field("Content-Encoding")).isEqualTo("gzip");
    assertThat(answer.field("Content-Length")).as("nobody knows it").isEmpty();
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void theCompressedOneHasATagOfItsOwn() {
    assertThat(Gzip.packedTag("\"abc\"")).startsWith("W/\"").isNotEqualTo("W/\"abc\"");
    assertThat(Gzip.packedTag("W/\"abc\"")).isEqualTo(Gzip.packedTag("\"abc\""));
  }
}
