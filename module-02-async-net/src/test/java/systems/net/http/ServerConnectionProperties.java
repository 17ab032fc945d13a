package systems.net.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import org.jspecify.annotations.Nullable;

/**
 * Many requests on one connection, answered in every way that there is, cut anywhere, by a peer
 * that reads when it likes: all of them are answered, whole and in order.
 */
@Tag("phase-5")
class ServerConnectionProperties {
  private static final String[] WAYS = {
    "now",
    "later",
    "stream",
    "stream-later",
    "echo",
    "echo-paused",
    "whole",
    "ignore",
    "ignore-later"
  };

  /** What the handler does is in the path: {@code /way/number}. */
  private static void handle(Request request, Response response) {
    String answer = request.path();
    switch (answer.split("/")[1]) {
      case "now", "ignore" -> response.send(answer);
      case "later", "ignore-later" ->
          request.loop().schedule(answer.length() * 1_000L, () -> response.send(answer));
      case "stream" -> {
        write(response, answer.substring(0, 3));
        write(response, answer.substring(3));
        response.end();
      }
      case "stream-later" -> {
        write(response, answer.substring(0, 3));
        request.loop().execute(() -> write(response, answer.substring(3)));
        request.loop().schedule(5_000, response::end);
      }
      case "whole" ->
          request.readBody(
              10_000, body -> response.send(answer + new String(body, StandardCharsets.US_ASCII)));
      default -> echo(request, response, answer.contains("paused"));
    }
  }

  private static void write(Response response, String text) {
    response.write(text.getBytes(StandardCharsets.US_ASCII), 0, text.length());
  }

  private static void echo(Request request, Response response, boolean pauses) {
    write(response, request.path());
    request.readBody(
        new BodyReader() {
          @Override
          public void data(byte[] bytes, int from, int to) {
            response.write(bytes, from, to);
            if (pauses) {
              request.pauseBody();
              request.loop().schedule(3_000, request::resumeBody);
            }
          }

          @Override
          public void end(Headers trailers) {
            response.end();
          }

          @Override
          public void failed(@Nullable Throwable cause) {
            throw new AssertionError("a body failed", cause);
          }
        });
  }

  private static String body(Random random) {
    return "0123456789".repeat(random.nextInt(40)) + "x".repeat(random.nextInt(5));
  }

  private static String request(String path, String body, Random random) {
    String head = (body.isEmpty() ? "GET " : "POST ") + path + " HTTP/1.1\r\nHost: a\r\n";
    if (body.isEmpty() && random.nextBoolean()) {
      return head + "\r\n";
    }
    if (random.nextBoolean()) {
      return head + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }
    var chunks = new StringBuilder(head + "Transfer-Encoding: chunked\r\n\r\n");
    int at = 0;
    while (at < body.length()) {
      int end = Math.min(body.length(), at + 1 + random.nextInt(100));
      chunks.append(Integer.toHexString(end - at)).append("\r\n");
      chunks.append(body, at, end).append("\r\n");
      at = end;
    }
    return chunks.append("0\r\n\r\n").toString();
  }

  @Property(tries = 400, edgeCases = EdgeCasesMode.NONE)
  void everyRequestIsAnsweredInItsTurn(@ForAll long seed) {
    var random = new Random(seed);
    var server = new Server(ServerConnectionProperties::handle);
    var input = new StringBuilder();
    var expected = new ArrayList<String>();
    for (int i = 0; i < 12; i++) {
      String way = WAYS[random.nextInt(WAYS.length)];
      String path = "/" + way + "/" + i;
      String body = random.nextInt(3) == 0 ? "" : body(random);
      input.append(request(path, body, random));
      expected.add(way.startsWith("echo") || way.equals("whole") ? path + body : path);
    }
    boolean slow = random.nextBoolean();
    if (slow) {
      server.peer.window(random.nextInt(500));
    }
    int at = 0;
    while (at < input.length()) {
      int end =
          Math.min(input.length(), at + 1 + random.nextInt(random.nextBoolean() ? 20 : 2_000));
      server.send(input.substring(at, end));
      at = end;
      if (random.nextInt(3) == 0) {
        server.loop.advance(random.nextInt(10_000));
      }
      if (slow) {
        server.peer.window(random.nextInt(500));
      }
    }
    server.peer.window(Long.MAX_VALUE);
    server.loop.advance(1_000_000);
    List<String> answers =
        Answers.of(server.peer.text()).stream().map(Answers.Answer::body).toList();
    assertThat(server.failure.get()).as("what a handler threw").isNull();
    assertThat(server.peer.thrown()).as("what the connection threw").isNull();
    assertThat(answers).isEqualTo(expected);
    assertThat(server.peer.heldBytes()).as("bytes that wait").isZero();
    assertThat(server.peer.isFinished()).as("the connection goes on").isFalse();
    assertThat(server.connection.isIdle()).isTrue();
    assertThat(server.stats.snapshot().active()).isZero();
    assertThat(server.stats.snapshot().bytesIn()).isEqualTo(input.length());
    assertThat(server.peer.isPaused()).isFalse();
  }

  /** Some bytes of a right conversation are changed, taken out or put in. */
  @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
  void rubbishIsAnsweredOnceAndNothingThrows(@ForAll long seed) {
    var random = new Random(seed);
    var server = new Server(ServerConnectionProperties::handleSafely);
    var input = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      String path = "/" + WAYS[random.nextInt(WAYS.length)] + "/" + i;
      input.append(request(path, body(random), random));
    }
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(input.length());
      String odd = String.valueOf((char) random.nextInt(256));
      input.replace(at, at + random.nextInt(2), random.nextBoolean() ? odd : "");
    }
    int cut = random.nextInt(input.length());
    server.send(input.substring(0, cut));
    server.send(input.substring(cut));
    server.loop.advance(200 * Server.SECOND);
    assertThat(server.peer.thrown()).as("what the connection threw").isNull();
    assertThat(server.peer.isEnded()).as("the connection has ended in some way").isTrue();
    assertThat(server.stats.snapshot().open()).isZero();
    assertThat(server.stats.snapshot().active()).isZero();
    if (!server.peer.isAborted() || server.stats.snapshot().aborted() == 0) {
      List<Answers.Answer> answers = Answers.of(server.peer.text());
      assertThat(answers.stream().filter(answer -> answer.status() >= 400).count())
          .as("refusals in %s", server.peer.text())
          .isLessThanOrEqualTo(1 + server.stats.snapshot().handlerFailures());
      assertThat(answers).noneMatch(answer -> answer.status() >= 500 && answer.status() < 501);
    }
  }

  /** The peer may go at any moment; then nothing is left, and nobody throws. */
  @Property(tries = 400, edgeCases = EdgeCasesMode.NONE)
  void aPeerMayGoAtAnyMoment(@ForAll long seed) {
    var random = new Random(seed);
    var server = new Server(ServerConnectionProperties::handleSafely);
    var input = new StringBuilder();
    for (int i = 0; i < 5; i++) {
      String path = "/" + WAYS[random.nextInt(WAYS.length)] + "/" + i;
      input.append(request(path, body(random), random));
    }
    server.send(input.substring(0, random.nextInt(input.length())));
    server.loop.advance(random.nextInt(10_000));
    switch (random.nextInt(3)) {
      case 0 -> server.peer.reset();
      case 1 -> server.peer.endInput();
      default -> server.connection.drain();
    }
    server.loop.advance(200 * Server.SECOND);
    assertThat(server.peer.thrown()).as("what the connection threw").isNull();
    assertThat(server.failure.get()).as("what a handler threw").isNull();
    assertThat(server.peer.isEnded()).isTrue();
    assertThat(server.stats.snapshot().open()).isZero();
    assertThat(server.stats.snapshot().active()).isZero();
  }

  /** Ways that no longer are one, and those whose reader does not expect a failure, read all. */
  private static void handleSafely(Request request, Response response) {
    String way = "/(now|later|stream|stream-later|whole|ignore|ignore-later)/[0-9]";
    boolean isWay = request.path().matches(way);
    if (isWay) {
      handle(request, response);
    } else {
      request.readBody(10_000, body -> response.send(body));
    }
  }
}
