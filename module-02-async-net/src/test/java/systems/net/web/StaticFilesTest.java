package systems.net.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("phase-5")
final class StaticFilesTest {
  private static final Instant CHANGED = Instant.parse("2024-02-29T12:00:00.5Z");
  private static final String LAST_MODIFIED = "Thu, 29 Feb 2024 12:00:00 GMT";
  private static final String DIGITS = "0123456789";
  private static final String TEXT = "all work and no play makes jack a dull boy\n".repeat(100);

  @TempDir Path folder;
  private Path root;
  private Instant now = CHANGED.plusSeconds(3_600);
  private Stand stand;

  @BeforeEach
  void putFiles() throws IOException {
    root = Files.createDirectory(folder.resolve("root"));
    put("digits.bin", DIGITS);
    put("a page.html", "<p>hello");
    put("text.txt", TEXT);
    put("empty.txt", "");
    put("big.bin", DIGITS.repeat(50_000));
    put("sub/index.html", "index of sub");
    put("sub/x.js", "1");
    put(".secret", "password");
    put("sub/.git/config", "password");
    Files.writeString(folder.resolve("outside.txt"), "outside");
    var files = new StaticFiles(root, new Gzip(Gzip.Settings.USUAL), () -> now);
    stand = new Stand(new Router().get("/f/{path...}", files).on("POST", "/f/{path...}", files));
  }

  private Path put(String name, String text) throws IOException {
    return put(name, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private Path put(String name, byte[] bytes) throws IOException {
    Path path = root.resolve(name);
    Files.createDirectories(path.getParent());
    Files.write(path, bytes);
    return Files.setLastModifiedTime(path, FileTime.from(CHANGED));
  }

  @Test
  void aFileIsSentWithItsTypeAndValidators() {
    Stand.Answer answer = stand.get("/f/a%20page.html");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("<p>hello");
    assertThat(answer.field("Content-Type")).isEqualTo("text/html; charset=utf-8");
    assertThat(answer.field("Last-Modified")).isEqualTo(LAST_MODIFIED);
    assertThat(answer.field("ETag")).matches("\"[0-9a-f-]+\"");
    assertThat(answer.field("Accept-Ranges")).isEqualTo("bytes");
    assertThat(answer.field("X-Content-Type-Options")).isEqualTo("nosniff");
  }

  @ParameterizedTest
  @CsvSource({"digits.bin, application/octet-stream", "sub/x.js, text/javascript; charset=utf-8"})
  void theExtensionTellsTheType(String file, String type) {
    assertThat(stand.get("/f/" + file).field("Content-Type")).isEqualTo(type);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nothing.txt",
        "digits.bin/",
        "digits.bin/x",
        ".secret",
        "sub/.git/config",
        "",
        "sub//x.js",
        "..%2foutside.txt",
        "..%5coutside.txt",
        "sub%2fx.js",
        "digits.bin%00",
        "%00",
        "a:b",
        "...",
        "%2e%2e%2foutside.txt",
        "sub/..%2f..%2foutside.txt",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "%252e%252e/outside.txt"
      })
  void whatMustNotBeSeenIsNotThere(String path) {
    assertThat(stand.get("/f/" + path).status()).as(path).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../outside.txt", "%2e%2e/outside.txt", "sub/.%2E/../outside.txt", "./digits.bin"})
  void dotSegmentsAreABadRequest(String path) {
    assertThat(stand.get("/f/" + path).status()).as(path).isEqualTo(400);
  }

  @Test
  void namesTooLongForTheFileSystemAreNotThere() {
    assertThat(stand.get("/f/" + "n".repeat(3_000)).status()).isEqualTo(404);
  }

  @Test
  void aLinkThatLeavesTheRootIsNotFollowed() throws IOException {
    Files.createSymbolicLink(root.resolve("out.txt"), folder.resolve("outside.txt"));
    Files.createSymbolicLink(root.resolve("up"), folder);
    Files.createSymbolicLink(root.resolve("loop"), root.resolve("loop"));
    Files.createSymbolicLink(root.resolve("in.bin"), root.resolve("digits.bin"));
    assertThat(stand.get("/f/out.txt").status()).as("a link to a file outside").isEqualTo(404);
    assertThat(stand.get("/f/up/outside.txt").status()).as("a linked directory").isEqualTo(404);
    assertThat(stand.get("/f/loop").status()).isEqualTo(404);
    assertThat(stand.get("/f/in.bin").body()).as("a link within the root").isEqualTo(DIGITS);
  }

  @Test
  void aDirectoryIsItsIndexBehindASlash() {
    assertThat(stand.get("/f/sub/").body()).isEqualTo("index of sub");
    Stand.Answer answer = stand.get("/f/sub?x=1");
    assertThat(answer.status()).isEqualTo(308);
    assertThat(answer.field("Location")).isEqualTo("/f/sub/?x=1");
  }

  @Test
  void otherMethodsAreNotAllowed() {
    Stand.Answer answer = stand.ask("POST", "/f/digits.bin");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.field("Allow")).isEqualTo("GET, HEAD");
  }

  @Test
  void headIsGetWithoutTheBody() {
    Stand.Answer answer = stand.ask("HEAD", "/f/digits.bin", "Range: bytes=0-1");
    assertThat(answer.status()).as("Range is for GET").isEqualTo(200);
    assertThat(answer.field("Content-Length")).isEqualTo("10");
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void anEmptyFileIsAnEmptyBody() {
    assertThat(stand.get("/f/empty.txt").status()).isEqualTo(200);
    assertThat(stand.get("/f/empty.txt", "Range: bytes=0-").status()).isEqualTo(416);
  }

  @Test
  void whoHasItAlreadyGetsNoBody() {
    String tag = stand.get("/f/digits.bin").field("ETag");
    Stand.Answer answer = stand.get("/f/digits.bin", "If-None-Match: " + tag);
    assertThat(answer.status()).isEqualTo(304);
    assertThat(answer.field("ETag")).isEqualTo(tag);
    assertThat(answer.field("Content-Length")).isEmpty();
    String since = "If-Modified-Since: " + LAST_MODIFIED;
    assertThat(stand.get("/f/digits.bin", since).status()).isEqualTo(304);
    assertThat(stand.get("/f/digits.bin", "If-Match: \"other\"").status()).isEqualTo(412);
  }

  @Test
  void everyChangeIsAnotherTag() throws IOException {
    String before = stand.get("/f/digits.bin").field("ETag");
    put("digits.bin", DIGITS + "x");
    String longer = stand.get("/f/digits.bin").field("ETag");
    Path file = put("digits.bin", DIGITS);
    Files.setLastModifiedTime(file, FileTime.from(CHANGED.plusNanos(1_000)));
    String later = stand.get("/f/digits.bin").field("ETag");
    assertThat(before).isNotEqualTo(longer).isNotEqualTo(later);
  }

  @Test
  void aTagOfAFileThatMayBeChangingIsWeak() {
    now = CHANGED.plusMillis(1_500);
    String tag = stand.get("/f/digits.bin").field("ETag");
    assertThat(tag.startsWith("W/\"")).as("a weak tag, as it changed 1.5 s ago").isTrue();
    assertThat(stand.get("/f/digits.bin", "Range: bytes=0-1", "If-Range: " + tag).status())
        .isEqualTo(200);
    assertThat(stand.get("/f/digits.bin", "If-None-Match: " + tag).status()).isEqualTo(304);
  }

  @Test
  void aFileFromTheFutureWasModifiedNow() throws IOException {
    Path file = put("digits.bin", DIGITS);
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("+12000-01-01T00:00:00Z")));
    now = CHANGED;
    assertThat(stand.get("/f/digits.bin").field("Last-Modified")).isEqualTo(LAST_MODIFIED);
  }

  @Test
  void aPipeIsNotOpened() throws Exception {
    boolean made;
    try {
      String pipe = root.resolve("pipe.txt").toString();
      made = new ProcessBuilder("mkfifo", pipe).start().waitFor() == 0;
    } catch (IOException noSuchProgram) {
      made = false;
    }
    assumeTrue(made, "mkfifo makes pipes here");
    assertThat(stand.get("/f/pipe.txt").status()).isEqualTo(404);
  }

  @Test
  void oneRangeIsOnePart() {
    Stand.Answer answer = stand.get("/f/digits.bin", "Range: bytes=2-4");
    assertThat(answer.status()).isEqualTo(206);
    assertThat(answer.body()).isEqualTo("234");
    assertThat(answer.field("Content-Range")).isEqualTo("bytes 2-4/10");
    String tag = answer.field("ETag");
    assertThat(stand.get("/f/digits.bin", "Range: bytes=-1", "If-Range: " + tag).body())
        .isEqualTo("9");
    assertThat(stand.get("/f/digits.bin", "Range: bytes=-1", "If-Range: \"old\"").body())
        .isEqualTo(DIGITS);
  }

  @Test
  void aRangeBehindTheEndSaysTheLength() {
    Stand.Answer answer = stand.get("/f/digits.bin", "Range: bytes=10-");
    assertThat(answer.status()).isEqualTo(416);
    assertThat(answer.field("Content-Range")).isEqualTo("bytes */10");
  }

  @Test
  void severalRangesAreParts() {
    Stand.Answer answer = stand.get("/f/digits.bin", "Range: bytes=7-8,0-1");
    assertThat(answer.status()).isEqualTo(206);
    String type = answer.field("Content-Type");
    assertThat(type).startsWith("multipart/byteranges; boundary=");
    String boundary = type.substring(type.indexOf('=') + 1);
    String part = "\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ";
    assertThat(answer.body())
        .isEqualTo(
            "--"
                + boundary
                + part
                + "7-8/10\r\n\r\n78\r\n--"
                + boundary
                + part
                + "0-1/10\r\n\r\n01"
                + "\r\n--"
                + boundary
                + "--\r\n");
  }

  @Test
  void partsOfABigFileWaitForThePeer() {
    stand.peer.window(0);
    stand.send("GET", "/f/big.bin", "", "Range: bytes=0-249999,250000-");
    assertThat(stand.peer.queuedBytes())
        .as("queued for a peer that reads nothing")
        .isLessThan(100_000);
    stand.peer.window(Long.MAX_VALUE);
    Stand.Answer answer = Stand.parse(stand.peer.text(), false);
    assertThat(answer.body().replaceAll("[^0-9]", "")).contains(DIGITS.repeat(25_000));
  }

  @Test
  void textIsCompressedOnItsWay() throws IOException {
    Stand.Answer answer = stand.get("/f/text.txt", "Accept-Encoding: gzip");
    assertThat(unpacked(answer.bytes())).isEqualTo(TEXT);
    assertThat(answer.field("Vary")).isEqualTo("Accept-Encoding");
    String plainTag = stand.get("/f/text.txt").field("ETag");
    assertThat(answer.field("ETag"))
        .as("another representation")
        .startsWith("W/")
        .doesNotContain(plainTag);
    String condition = "If-None-Match: " + answer.field("ETag");
    assertThat(stand.get("/f/text.txt", "Accept-Encoding: gzip", condition).status())
        .isEqualTo(304);
    assertThat(stand.get("/f/text.txt", condition).status()).as("plain is another").isEqualTo(200);
  }

  @Test
  void headOfACompressedTextHasItsFields() {
    Stand.Answer answer = stand.ask("HEAD", "/f/text.txt", "Accept-Encoding: gzip");
    assertThat(answer.field("Content-Encoding")).isEqualTo("gzip");
    assertThat(answer.field("Content-Length")).isEmpty();
  }

  @Test
  void rangesAreOfTheTextAsItIs() {
    Stand.Answer answer = stand.get("/f/text.txt", "Accept-Encoding: gzip", "Range: bytes=0-7");
    assertThat(answer.body()).isEqualTo("all work");
    assertThat(answer.field("Content-Encoding")).isEmpty();
  }

  @Test
  void theCompressedFileBesideIsTaken() throws IOException {
    byte[] packed = packed("from the file beside");
    put("text.txt.gz", packed);
    Stand.Answer answer = stand.get("/f/text.txt", "Accept-Encoding: gzip");
    assertThat(unpacked(answer.bytes())).isEqualTo("from the file beside");
    assertThat(answer.field("Content-Length")).isEqualTo(String.valueOf(packed.length));
    assertThat(answer.field("Content-Type")).isEqualTo("text/plain; charset=utf-8");
    assertThat(answer.field("ETag")).startsWith("\"").endsWith("-gz\"");
    Stand.Answer part = stand.get("/f/text.txt", "Accept-Encoding: gzip", "Range: bytes=0-1");
    assertThat(part.bytes()).containsExactly(0x1f, 0x8b);
    assertThat(stand.get("/f/text.txt").body()).isEqualTo(TEXT);
    Stand.Answer failed = stand.get("/f/text.txt", "Accept-Encoding: gzip", "If-Match: \"x\"");
    assertThat(failed.status()).isEqualTo(412);
    assertThat(failed.field("Content-Encoding")).as("of a text about an error").isEmpty();
  }

  @Test
  void anOlderFileBesideIsNotTaken() throws IOException {
    Path beside = put("text.txt.gz", packed("old"));
    Files.setLastModifiedTime(beside, FileTime.from(CHANGED.minusSeconds(1)));
    Stand.Answer answer = stand.get("/f/text.txt", "Accept-Encoding: gzip");
    assertThat(unpacked(answer.bytes())).as("the text of today").isEqualTo(TEXT);
  }

  private static byte[] packed(String text) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    }
    return bytes.toByteArray();
  }

  private static String unpacked(byte[] bytes) throws IOException {
    try (var in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @Test
  void aRootThatIsNoDirectoryIsRefused() {
    assertThatThrownBy(() ->
            new StaticFiles(root.resolve("digits.bin"), new Gzip(Gzip.Settings.USUAL), () -> now))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no directory");
  }
}
