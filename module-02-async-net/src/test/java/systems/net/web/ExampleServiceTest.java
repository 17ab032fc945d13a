package systems.net.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import systems.net.http.MemoryTransport;

@Tag("phase-5")
final class ExampleServiceTest {
  private static final long SECOND = 1_000_000_000L;

  @TempDir Path folder;
  private ExampleService service;
  private Stand stand;

  @BeforeEach
  void start() throws IOException {
    Files.writeString(folder.resolve("a.txt"), "a file");
    service =
        new ExampleService(
            new ExampleService.Settings(
                folder,
                origin -> true,
                () -> "requests_total 7\n",
                failure -> {
                  throw new AssertionError(failure);
                }));
    stand = new Stand(service);
  }

  @Test
  void simpleThingsAreSimple() {
    assertThat(stand.get("/hello").body()).isEqualTo("Hello, World!");
    assertThat(stand.get("/").body()).contains("/notes/{id}");
    assertThat(stand.get("/files/a.txt").body()).isEqualTo("a file");
    assertThat(stand.get("/metrics").body()).isEqualTo("requests_total 7\n");
    assertThat(stand.get("/nothing").status()).isEqualTo(404);
  }

  // ---- notes

  @Test
  void aNoteLivesFromPostToDelete() {
    Stand.Answer created = stand.tell("POST", "/notes", "say \"hi\"\n\\");
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.field("Location")).isEqualTo("/notes/1");
    Stand.Answer shown = stand.get("/notes/1");
    assertThat(shown.body())
        .isEqualTo("{\"id\":1,\"version\":1,\"text\":\"say \\\"hi\\\"\\n\\\\\"}\n");
    assertThat(shown.field("Content-Type")).isEqualTo("application/json");
    assertThat(stand.tell("PUT", "/notes/1", "two").body()).contains("\"version\":2");
    assertThat(stand.ask("DELETE", "/notes/1").status()).isEqualTo(204);
    assertThat(stand.get("/notes/1").status()).isEqualTo(404);
    assertThat(stand.ask("DELETE", "/notes/1").status()).isEqualTo(404);
    assertThat(stand.tell("PUT", "/notes/1", "x").status()).isEqualTo(404);
  }

  @Test
  void aVersionThatIsNotTheLastIsNotWrittenOver() {
    stand.tell("POST", "/notes", "one");
    String first = stand.get("/notes/1").field("ETag");
    assertThat(stand.tell("PUT", "/notes/1", "two", "If-Match: " + first).status()).isEqualTo(200);
    assertThat(stand.tell("PUT", "/notes/1", "lost", "If-Match: " + first).status()).isEqualTo(412);
    assertThat(stand.ask("DELETE", "/notes/1", "If-Match: " + first).status()).isEqualTo(412);
    assertThat(stand.get("/notes/1", "If-None-Match: " + first).body()).contains("two");
    String second = stand.get("/notes/1").field("ETag");
    assertThat(stand.get("/notes/1", "If-None-Match: " + second).status()).isEqualTo(304);
  }

  @Test
  void controlCharactersAreEscapedInJson() {
    var json = new StringBuilder();
    Notes.quote("a\u0001b\tc\u001f", json);
    assertThat(json.toString()).isEqualTo("\"a\\u0001b\\tc\\u001f\"");
  }

  @Test
  void aLongListHasPages() {
    for (int i = 0; i < 150; i++) {
      stand.tell("POST", "/notes", "note " + i);
    }
    Stand.Answer first = stand.get("/notes");
    assertThat(first.field("Link")).isEqualTo("</notes?from=101>; rel=\"next\"");
    assertThat(stand.get("/notes?from=101").body())
        .startsWith("[{\"id\":101,")
        .contains("note 149");
    assertThat(stand.get("/notes?from=x").status()).isEqualTo(400);
  }

  @Test
  void aFullStoreSaysSo() {
    for (int i = 0; i < Notes.COUNT_MAX; i++) {
      stand.tell("POST", "/notes", "x");
    }
    assertThat(stand.tell("POST", "/notes", "one more").status()).isEqualTo(503);
    stand.send("POST", "/notes", "x".repeat(Notes.BYTES_MAX + 1));
    assertThat(stand.peer.text()).contains("HTTP/1.1 413 ");
  }

  @ParameterizedTest
  @CsvSource({"/notes/x", "/notes/-1", "/notes/99999999999999999999", "/notes/7"})
  void whatIsNoIdIsNobodys(String path) {
    assertThat(stand.get(path).status()).as(path).isEqualTo(404);
  }

  // ---- streams

  @Test
  void whatIsSentComesBack() {
    Stand.Answer answer = stand.tell("POST", "/echo", "again", "Content-Type: text/x-test");
    assertThat(answer.body()).isEqualTo("again");
    assertThat(answer.field("Content-Type")).isEqualTo("text/x-test");
    assertThat(stand.ask("POST", "/echo").body()).isEmpty();
    stand.peer.take();
    stand.peer.send(
        "POST /echo HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
    assertThat(Stand.parse(stand.peer.text(), false).body()).isEqualTo("abcdefg");
  }

  @Test
  void anEchoThatNobodyReadsStopsItsSender() {
    stand.peer.window(0);
    stand.peer.send("POST /echo HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1000000\r\n\r\n");
    byte[] piece = "0123456789".repeat(100).getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < 1_000; i++) {
      stand.peer.send(piece);
    }
    assertThat(stand.peer.queuedBytes())
        .as("queued for a peer that reads nothing")
        .isLessThan(100_000);
    stand.peer.window(Long.MAX_VALUE);
    assertThat(Stand.parse(stand.peer.text(), false).body()).hasSize(1_000_000);
  }

  @Test
  void aStreamGoesAsFastAsItIsRead() {
    stand.peer.window(0);
    stand.send("GET", "/stream?chunks=1000", "");
    assertThat(stand.peer.queuedBytes()).isLessThan(100_000);
    stand.peer.window(Long.MAX_VALUE);
    Stand.Answer answer = Stand.parse(stand.peer.text(), false);
    assertThat(answer.body().lines()).hasSize(1_000);
    assertThat(answer.body().length()).isEqualTo(1_000 << 10);
  }

  @Test
  void anEndlessStreamEndsWithItsReader() {
    stand.peer.window(200_000);
    stand.send("GET", "/stream", "");
    assertThat(stand.peer.text().length()).isEqualTo(200_000);
    stand.peer.reset();
    assertThat(stand.peer.thrown()).isNull();
  }

  @Test
  void aSlowAnswerTakesItsTime() {
    stand.send("GET", "/slow?ms=2000", "");
    stand.loop.advance(SECOND);
    assertThat(stand.peer.text()).isEmpty();
    stand.loop.advance(SECOND);
    assertThat(stand.peer.text()).contains("after 2000 ms");
    assertThat(stand.get("/slow?ms=61000").status()).isEqualTo(400);
  }

  // ---- the chat room

  private static MemoryTransport enter(ExampleService service, Stand stand) {
    assertThat(service).isNotNull();
    stand.send(
        "GET",
        "/ws",
        "",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13");
    return stand.peer;
  }

  @Test
  void whoIsInTheRoomHearsAll() {
    MemoryTransport alice = enter(service, stand);
    var other = new Stand(service);
    MemoryTransport bob = enter(service, other);
    alice.virtualLoop().run();
    assertThat(alice.take()).contains("+1: 1 here", "+1: 2 here");
    bob.take();
    byte[] words = "hello bob".getBytes(StandardCharsets.US_ASCII);
    alice.send(Frames.masked(Frames.TEXT, true, words, new Random(1)));
    bob.virtualLoop().run();
    assertThat(bob.take()).endsWith("hello bob");
    assertThat(alice.take()).endsWith("hello bob");
    bob.reset();
    alice.virtualLoop().run();
    assertThat(alice.take()).contains("-1: 1 here");
    service.drain();
    alice.virtualLoop().run();
    assertThat(alice.take()).contains("the server ends");
  }
}
