package systems.net.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import systems.net.http.MemoryTransport;

@Tag("phase-5")
final class WebSocketTest {
  private static final long SECOND = 1_000_000_000L;
  private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  private static final String[] HANDSHAKE = {
    "Upgrade: websocket", "Connection: Upgrade", KEY, "Sec-WebSocket-Version: 13"
  };

  /** Notes what it hears, and says it again. */
  private static final class Echo implements WebSocket.Listener {
    final List<String> heard = new ArrayList<>();
    @Nullable WebSocket socket;
    @Nullable RuntimeException thrown;

    @Override
    public void opened(WebSocket opened) {
      socket = opened;
      heard.add("opened");
    }

    @Override
    public void text(WebSocket from, String text) {
      heard.add("text " + text);
      if (thrown != null) {
        throw thrown;
      }
      from.send(text);
    }

    @Override
    public void binary(WebSocket from, byte[] bytes) {
      heard.add("binary " + bytes.length);
      from.send(bytes);
    }

    @Override
    public void writable(WebSocket from) {
      heard.add("writable");
    }

    @Override
    public void closed(WebSocket from, int code, String reason) {
      heard.add("closed " + code + " " + reason);
    }
  }

  private final Echo echo = new Echo();
  private final List<Throwable> failures = new ArrayList<>();
  private final WebSocket.Settings settings =
      new WebSocket.Settings(1_000, 100_000, 30 * SECOND, 5 * SECOND);
  private final Stand stand =
      new Stand(
          new Router()
              .on(
                  "GET",
                  "/ws",
                  new WebSocketHandler(
                      () -> echo,
                      WebSocketHandler.sameOrigin("a.example"),
                      settings,
                      failures::add)));
  private final MemoryTransport peer = stand.peer;
  private final Random random = new Random(6455);

  private WebSocket open() {
    Stand.Answer answer = stand.get("/ws", HANDSHAKE);
    assertThat(answer.status()).isEqualTo(101);
    peer.take();
    if (echo.socket == null) {
      throw new AssertionError("not opened");
    }
    return echo.socket;
  }

  private byte[] masked(int opcode, String payload) {
    return Frames.masked(opcode, true, payload.getBytes(StandardCharsets.UTF_8), random);
  }

  private void send(int opcode, String payload) {
    peer.send(masked(opcode, payload));
    assertThat(peer.thrown()).isNull();
  }

  /** What the peer has got since it looked last, in words. */
  private List<String> got() {
    byte[] bytes = peer.take().getBytes(StandardCharsets.ISO_8859_1);
    var heard = new FrameParserTest.Heard();
    var parser = new FrameParser(heard, FrameParser.From.SERVER, 1 << 20);
    try {
      for (int at = 0; at < bytes.length; ) {
        at = parser.step(bytes, at, bytes.length);
      }
    } catch (FrameParser.Violation violation) {
      throw new AssertionError("the server broke the rules", violation);
    }
    return heard.events.stream().map(String::strip).toList();
  }

  // ---- the handshake

  @Test
  void theHandshakeOfTheRfcIsAnsweredAsThere() {
    Stand.Answer answer = stand.get("/ws", HANDSHAKE);
    assertThat(answer.field("Sec-WebSocket-Accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assertThat(answer.field("Upgrade")).isEqualTo("websocket");
    assertThat(answer.field("Connection")).isEqualToIgnoringCase("upgrade");
    assertThat(echo.heard).containsExactly("opened");
  }

  private Stand.Answer without(int which, String... instead) {
    var fields = new ArrayList<>(List.of(HANDSHAKE));
    fields.remove(which);
    fields.addAll(List.of(instead));
    return stand.get("/ws", fields.toArray(String[]::new));
  }

  @Test
  void whoDoesNotUpgradeIsToldTo() {
    Stand.Answer answer = stand.get("/ws");
    assertThat(answer.status()).isEqualTo(426);
    assertThat(answer.field("Upgrade")).contains("websocket");
    assertThat(without(0).status()).isEqualTo(426);
    assertThat(without(1).status()).isEqualTo(426);
    assertThat(without(0, "Upgrade: h2c").status()).isEqualTo(426);
  }

  @Test
  void anotherVersionIsToldOurs() {
    for (Stand.Answer answer : List.of(without(3), without(3, "Sec-WebSocket-Version: 8"))) {
      assertThat(answer.status()).isEqualTo(426);
      assertThat(answer.field("Sec-WebSocket-Version")).isEqualTo("13");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "dGhlIHNhbXBsZSBub25jZQ",
    "dGhlIHNhbXBsZSBub25jZQ=a",
    "dGhlIHNhbXBsZQ==",
    "!GhlIHNhbXBsZSBub25jZQ=="
  })
  void aKeyThatIsNoneIsABadRequest(String key) {
    assertThat(without(2, "Sec-WebSocket-Key: " + key).status()).as(key).isEqualTo(400);
    assertThat(without(2).status()).isEqualTo(400);
    assertThat(without(2, KEY, KEY).status()).isEqualTo(400);
  }

  @Test
  void aForeignPageIsKeptOut() {
    var fields = new ArrayList<>(List.of(HANDSHAKE));
    fields.add("Origin: https://evil.example");
    assertThat(stand.get("/ws", fields.toArray(String[]::new)).status()).isEqualTo(403);
    fields.set(4, "Origin: http://a.example");
    assertThat(stand.get("/ws", fields.toArray(String[]::new)).status()).isEqualTo(101);
  }

  @Test
  void framesBehindTheHandshakeAreHeard() {
    String request = "GET /ws HTTP/1.1\r\nHost: a.example\r\n" + String.join("\r\n", HANDSHAKE);
    byte[] frame = masked(Frames.TEXT, "at once");
    peer.send(request + "\r\n\r\n" + new String(frame, StandardCharsets.ISO_8859_1));
    assertThat(echo.heard).containsExactly("opened", "text at once");
  }

  // ---- messages

  @Test
  void messagesGoBothWays() {
    open();
    send(Frames.TEXT, "café");
    peer.send(Frames.masked(Frames.BINARY, true, new byte[300], random));
    assertThat(echo.heard).containsExactly("opened", "text café", "binary 300");
    assertThat(got()).containsExactly("text café", "binary " + "00".repeat(300));
  }

  @Test
  void aPingIsAnsweredWithItsPayload() {
    open();
    send(Frames.PING, "are you there");
    assertThat(got()).containsExactly("pong are you there");
  }

  @Test
  void answersToOneReadAreOneFlush() {
    open();
    int before = peer.flushes();
    byte[] one = masked(Frames.TEXT, "one");
    byte[] both = Arrays.copyOf(one, one.length + 9);
    System.arraycopy(masked(Frames.TEXT, "two"), 0, both, one.length, 9);
    peer.send(both);
    assertThat(got()).containsExactly("text one", "text two");
    assertThat(peer.flushes() - before).isEqualTo(1);
  }

  // ---- the end

  @Test
  void aCloseIsAnsweredOnceAndTheStreamEnds() {
    open();
    peer.send(Frames.masked(Frames.CLOSE, true, new byte[] {3, (byte) 0xe8, 'b', 'y'}, random));
    assertThat(got()).containsExactly("close 1000");
    assertThat(peer.isFinished()).as("the server ends the stream first").isTrue();
    assertThat(echo.heard).containsExactly("opened", "closed 1000 by");
    peer.endInput();
    assertThat(peer.isEnded()).isTrue();
    assertThat(echo.heard).hasSize(2);
  }

  @Test
  void aCloseWithoutACodeIsAnsweredWithout() {
    open();
    send(Frames.CLOSE, "");
    assertThat(got()).containsExactly("close 1005");
    assertThat(echo.heard).containsExactly("opened", "closed 1005 ");
  }

  @Test
  void ourCloseWaitsForThePeers() {
    WebSocket socket = open();
    socket.close(WebSocket.GOING_AWAY, "maintenance");
    assertThat(got()).containsExactly("close 1001 maintenance");
    assertThat(socket.send("more")).as("nothing is sent after a close frame").isFalse();
    send(Frames.TEXT, "crossing");
    assertThat(echo.heard).as("not closed yet, and not listening").containsExactly("opened");
    assertThat(peer.isFinished()).isFalse();
    peer.send(Frames.masked(Frames.CLOSE, true, new byte[] {3, (byte) 0xe9}, random));
    assertThat(got()).as("one close frame each").isEmpty();
    assertThat(peer.isFinished()).isTrue();
    assertThat(echo.heard).containsExactly("opened", "closed 1001 ");
  }

  @Test
  void aPeerThatDoesNotAnswerTheCloseIsBrokenOff() {
    open().close(WebSocket.NORMAL, "");
    stand.loop.advance(4 * SECOND);
    assertThat(peer.isAborted()).isFalse();
    stand.loop.advance(2 * SECOND);
    assertThat(peer.isAborted()).isTrue();
    assertThat(echo.heard).hasSize(2).last().asString().startsWith("closed 1006");
  }

  @Test
  void aPeerThatKeepsItsSideOpenIsBrokenOff() {
    open();
    send(Frames.CLOSE, "");
    stand.loop.advance(6 * SECOND);
    assertThat(peer.isAborted()).isTrue();
    assertThat(echo.heard).hasSize(2);
  }

  @Test
  void aViolationIsSaidAndNothingIsReadBehindIt() {
    open();
    peer.send(new byte[] {(byte) 0x81, 2, 'h', 'i'});
    send(Frames.TEXT, "as if nothing had happened");
    assertThat(got()).singleElement().asString().startsWith("close 1002 ").contains("5.1");
    assertThat(echo.heard).hasSize(2).last().asString().startsWith("closed 1002 ");
    assertThat(peer.isFinished()).isTrue();
  }

  @Test
  void aMessageThatIsTooLongIsSaidToBe() {
    open();
    send(Frames.TEXT, "x".repeat(1_001));
    assertThat(got()).singleElement().asString().startsWith("close 1009");
  }

  @Test
  void anEndWithoutACloseIsAbnormal() {
    open();
    peer.endInput();
    assertThat(echo.heard).hasSize(2).last().asString().startsWith("closed 1006");
    assertThat(peer.isEnded()).isTrue();
  }

  @Test
  void aResetIsAbnormal() {
    WebSocket socket = open();
    peer.reset();
    assertThat(echo.heard).hasSize(2).last().asString().startsWith("closed 1006");
    assertThat(socket.send("to nobody")).isFalse();
    socket.close(WebSocket.NORMAL, "");
  }

  @Test
  void aListenerThatThrowsEndsItsConnectionOnly() {
    open();
    echo.thrown = new IllegalStateException("a bug");
    send(Frames.TEXT, "hello");
    assertThat(got()).containsExactly("close 1011");
    assertThat(failures).containsExactly(echo.thrown);
    assertThat(echo.heard).last().asString().startsWith("closed 1011");
  }

  @Test
  void aLongReasonIsCutBetweenCharacters() {
    open().close(WebSocket.NORMAL, "é".repeat(100));
    assertThat(got()).containsExactly("close 1000 " + "é".repeat(61));
  }

  // ---- time

  @Test
  void silenceIsAnsweredWithAPingAndThenWithTheEnd() {
    open();
    stand.loop.advance(29 * SECOND);
    assertThat(got()).isEmpty();
    stand.loop.advance(2 * SECOND);
    assertThat(got()).containsExactly("ping");
    send(Frames.PONG, "");
    stand.loop.advance(29 * SECOND);
    assertThat(peer.isAborted()).as("it has answered").isFalse();
    stand.loop.advance(31 * SECOND);
    assertThat(peer.isAborted()).as("no answer to the second ping").isTrue();
    assertThat(echo.heard).last().asString().startsWith("closed 1006");
  }

  // ---- backpressure

  @Test
  void aPeerThatReadsNoPongsIsAskedForNoMorePings() {
    open();
    peer.window(0);
    byte[] ping = masked(Frames.PING, "x".repeat(125));
    for (int i = 0; i < 2_000; i++) {
      peer.send(ping);
    }
    assertThat(peer.isPaused()).as("reading goes on though nothing is taken").isTrue();
    assertThat(peer.queuedBytes()).isLessThan(70_000);
    peer.window(Long.MAX_VALUE);
    assertThat(got()).as("all are answered in the end").hasSize(2_000);
  }

  @Test
  void theQueueToASlowReaderHasABound() {
    WebSocket socket = open();
    peer.window(0);
    int sent = 0;
    while (sent < 1_000 && socket.send("x".repeat(998))) {
      sent++;
    }
    assertThat(sent).as("messages queued within 100,000 bytes").isBetween(90, 100);
    assertThat(socket.isWritable()).isFalse();
    peer.window(Long.MAX_VALUE);
    assertThat(echo.heard).contains("writable");
    assertThat(socket.send("again")).isTrue();
    assertThat(got()).hasSize(sent + 1);
  }

  @Test
  void aPausedListenerHearsNothingUntilItResumes() {
    WebSocket socket = open();
    socket.pause();
    send(Frames.TEXT, "wait");
    assertThat(echo.heard).containsExactly("opened");
    socket.resume();
    stand.loop.run();
    assertThat(echo.heard).containsExactly("opened", "text wait");
  }

  @Test
  void aPausedListenerThatClosesHearsTheAnswer() {
    WebSocket socket = open();
    socket.pause();
    socket.close(WebSocket.NORMAL, "");
    peer.send(Frames.masked(Frames.CLOSE, true, new byte[] {3, (byte) 0xe8}, random));
    assertThat(echo.heard).containsExactly("opened", "closed 1000 ");
  }

  @Test
  void silenceTowardsAPausedListenerMeansNothing() {
    open().pause();
    stand.loop.advance(200 * SECOND);
    assertThat(peer.isAborted()).as("nobody has listened").isFalse();
  }
}
