package systems.net.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bodies both ways: streaming, pausing, limits, what nobody reads. */
@Tag("phase-5")
class BodyTest {
  private static final String POST = "POST / HTTP/1.1\r\nHost: a\r\n";

  /** Writes down what comes of a body. */
  private static final class Notes implements BodyReader {
    final StringBuilder text = new StringBuilder();
    final List<String> ends = new ArrayList<>();

    @Override
    public void data(byte[] bytes, int from, int to) {
      text.append(Octets.text(bytes, from, to));
    }

    @Override
    public void end(Headers trailers) {
      ends.add("end " + trailers.toString().replace("\r\n", ";"));
    }

    @Override
    public void failed(@Nullable Throwable cause) {
      ends.add("failed " + (cause == null ? "" : cause.getMessage()));
    }
  }

  private final Notes notes = new Notes();
  private @Nullable Request request;
  private @Nullable Response response;

  /** Keeps the exchange for the test to go on with. */
  private void keep(Request newRequest, Response newResponse) {
    request = newRequest;
    response = newResponse;
  }

  private Request request() {
    if (request == null) {
      throw new AssertionError("the handler was not called");
    }
    return request;
  }

  private Response response() {
    if (response == null) {
      throw new AssertionError("the handler was not called");
    }
    return response;
  }

  private void read(Request newRequest, Response newResponse) {
    keep(newRequest, newResponse);
    newRequest.readBody(notes);
  }

  private static String chunked(String body) {
    return POST + "Transfer-Encoding: chunked\r\n\r\n" + body;
  }

  private static String plain(String body) {
    return POST + "Content-Length: " + body.length() + "\r\n\r\n" + body;
  }

  @Test
  void aBodyComesToItsReaderAsItArrives() {
    var server = new Server(this::read);
    server.send(plain("hello world").substring(0, POST.length() + 27));
    assertThat(notes.text.toString()).isEqualTo("hello");
    server.send(" world");
    assertThat(notes.text.toString()).isEqualTo("hello world");
    assertThat(notes.ends).containsExactly("end ");
  }

  @Test
  void chunksAndTrailersAreDecodedWhereverTheyAreCut() {
    String text =
        chunked("5\r\nhello\r\n6;a=\"b\"\r\n world\r\n0\r\nDigest: x\r\nHost: evil\r\n\r\n");
    for (int cut = 1; cut < text.length(); cut++) {
      var server = new Server(Server::echo);
      server.send(text.substring(0, cut));
      String answer = Answers.only(server.send(text.substring(cut))).body();
      assertThat(answer).as("cut at byte %d", cut).endsWith("hello worldDigest: x\r\n");
    }
  }

  @Test
  void aWholeBodyIsHandedOver() {
    var server =
        new Server((q, r) ->
            q.readBody(5, body -> r.send(new String(body, StandardCharsets.UTF_8) + "!")));
    assertThat(
            Answers.of(server.send(plain("hello") + chunked("2\r\nhi\r\n0\r\n\r\n") + plain(""))))
        .extracting(Answers.Answer::body)
        .containsExactly("hello!", "hi!", "!");
  }

  @Test
  void aBodyLongerThanTheHandlerHoldsIs413() {
    for (String text : List.of(plain("hello!"), chunked("3\r\nhel\r\n3\r\nlo!\r\n0\r\n\r\n"))) {
      var why = new ArrayList<String>();
      var server =
          new Server((q, r) -> {
            r.onDone(cause -> why.add(String.valueOf(cause)));
            q.readBody(5, body -> r.send());
          });
      Answers.Answer answer = Answers.only(server.send(text));
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.field("Connection")).isEqualTo("close");
      assertThat(why).hasSize(1).allMatch(cause -> cause.contains("too long"));
      assertThat(server.peer.isFinished()).isTrue();
      assertThat(server.stats.snapshot().bodyTooLarge()).isEqualTo(1);
    }
  }

  @Test
  void aBodyOverTheLimitIs413() {
    var limits = new Limits(8_000, 32_000, 100, 10, 8_000, 10_000, 1_000);
    var early = new Server(this::read, limits);
    assertThat(Answers.only(early.send(plain("hello world"))).status()).isEqualTo(413);
    assertThat(notes.ends).as("the handler is not asked").isEmpty();
    var late = new Server(this::read, limits);
    String text = late.send(chunked("6\r\nhello \r\n6\r\nworld!\r\n0\r\n\r\n"));
    assertThat(Answers.only(text).status()).isEqualTo(413);
    assertThat(notes.ends).hasSize(1).allMatch(end -> end.startsWith("failed a body that is too"));
  }

  @Test
  void whatNobodyAskedForStaysWithThePeer() {
    var server = new Server(this::keep);
    server.send(plain("hello"));
    assertThat(server.peer.heldBytes()).as("bytes that were not taken").isEqualTo(5);
    assertThat(server.peer.isPaused()).isTrue();
    request().readBody(notes);
    server.loop.run();
    assertThat(notes.text.toString()).isEqualTo("hello");
    response().send();
    server.loop.run();
    assertThat(Answers.only(server.peer.text()).status()).isEqualTo(200);
  }

  @Test
  void aPausedBodyStopsThePeer() {
    var server = new Server(this::read);
    server.send(plain("hello world").substring(0, POST.length() + 27));
    request().pauseBody();
    assertThat(server.peer.isPaused()).isTrue();
    server.send(" world");
    assertThat(notes.text.toString()).as("data while it is paused").isEqualTo("hello");
    request().resumeBody();
    server.loop.run();
    assertThat(notes.text.toString()).isEqualTo("hello world");
    assertThat(notes.ends).containsExactly("end ");
  }

  @Test
  void aReaderMayPauseInTheMiddleOfWhatCame() {
    var pauses = new int[1];
    var server =
        new Server((q, r) -> {
          keep(q, r);
          q.readBody(
              new BodyReader() {
                @Override
                public void data(byte[] bytes, int from, int to) {
                  notes.data(bytes, from, to);
                  pauses[0]++;
                  q.pauseBody();
                }

                @Override
                public void end(Headers trailers) {
                  r.send(notes.text.toString());
                }

                @Override
                public void failed(@Nullable Throwable cause) {}
              });
        });
    server.send(chunked("1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n"));
    assertThat(notes.text.toString()).isEqualTo("a");
    for (String expected : List.of("ab", "abc")) {
      request().resumeBody();
      server.loop.run();
      assertThat(notes.text.toString()).isEqualTo(expected);
    }
    request().resumeBody();
    server.loop.run();
    assertThat(Answers.only(server.peer.text()).body()).isEqualTo("abc");
  }

  @Test
  void theEndWaitsForAPausedReaderAsWell() {
    var server =
        new Server((q, r) -> {
          keep(q, r);
          q.readBody(notes);
          q.pauseBody();
        });
    server.send(plain("hello") + Server.get("/next"));
    request().resumeBody();
    request().pauseBody();
    server.loop.run();
    assertThat(notes.text.toString()).as("data while it is paused").isEmpty();
    request().resumeBody();
    server.loop.run();
    assertThat(notes.text.toString()).isEqualTo("hello");
    assertThat(notes.ends).containsExactly("end ");
    var last = new Server(this::pauseAtTheLastPiece);
    notes.ends.clear();
    last.send(plain("hello"));
    assertThat(notes.ends).as("the end, while it is paused").isEmpty();
    request().resumeBody();
    assertThat(notes.ends).containsExactly("end ");
    response().send();
    request().resumeBody();
    assertThat(Answers.only(last.peer.text()).status()).isEqualTo(200);
  }

  private void pauseAtTheLastPiece(Request newRequest, Response newResponse) {
    keep(newRequest, newResponse);
    newRequest.readBody(
        new BodyReader() {
          @Override
          public void data(byte[] bytes, int from, int to) {
            newRequest.pauseBody();
          }

          @Override
          public void end(Headers trailers) {
            notes.end(trailers);
          }

          @Override
          public void failed(@Nullable Throwable cause) {
            notes.failed(cause);
          }
        });
  }

  @Test
  void anUnreadBodyIsDroppedToGetToTheNextRequest() {
    var server = new Server((q, r) -> r.send(q.path()));
    String next = Server.get("/next");
    String text = server.send(plain("x".repeat(9_000)) + chunked("5\r\nhello\r\n0\r\n\r\n") + next);
    assertThat(Answers.of(text))
        .extracting(Answers.Answer::body)
        .containsExactly("/", "/", "/next");
  }

  @Test
  void anUnreadBodyThatIsTooLongEndsTheConnection() {
    var server = new Server((q, r) -> r.send(q.path()));
    Answers.Answer answer = Answers.only(server.send(plain("x".repeat(10_001)) + Server.get("/")));
    assertThat(answer.field("Connection")).isEqualTo("close");
    assertThat(server.peer.isFinished()).isTrue();
    var chunks = new Server((q, r) -> r.send(q.path()));
    String endless = "7d0\r\n" + "x".repeat(2_000) + "\r\n";
    Answers.only(chunks.send(chunked(endless.repeat(20)) + Server.get("/")));
    assertThat(chunks.peer.isFinished()).as("a body without an end is not read for ever").isTrue();
    assertThat(chunks.stats.snapshot().unreadBodyTooLarge()).isEqualTo(1);
  }

  @Test
  void continueIsSentWhenTheBodyIsAskedFor() {
    var server = new Server(this::keep);
    server.send(POST + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    assertThat(server.peer.text()).as("before the handler wants the body").isEmpty();
    request().readBody(notes);
    assertThat(server.peer.text()).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
    server.send("hello");
    assertThat(notes.text.toString()).isEqualTo("hello");
    response().send("done");
    server.loop.run();
    assertThat(Answers.of(server.peer.text()))
        .extracting(Answers.Answer::status)
        .containsExactly(100, 200);
    assertThat(Answers.of(server.send(Server.get("/")))).hasSize(2);
  }

  @Test
  void whoIsRefusedBeforeContinueIsClosed() {
    var server = new Server((q, r) -> r.status(401).send());
    String text = server.send(POST + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    Answers.Answer answer = Answers.only(text);
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.field("Connection"))
        .as("nobody knows whether the body comes or the next request")
        .isEqualTo("close");
    server.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    assertThat(server.peer.text()).isEqualTo(text);
  }

  @Test
  void http10IsNotToldToContinue() {
    var server = new Server(this::read);
    server.send("POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello");
    assertThat(server.peer.text()).isEmpty();
    assertThat(notes.text.toString()).isEqualTo("hello");
  }

  @Test
  void aBodyThatIsCutOffFails() {
    var server = new Server(this::read);
    server.send(plain("hello").replace("hello", "he"));
    server.peer.endInput();
    assertThat(notes.ends)
        .containsExactly("failed the connection ended within a body (RFC 9112 8)");
    assertThat(Answers.only(server.peer.text()).status()).isEqualTo(400);
    response().send("too late");
    assertThat(server.peer.isEnded()).isTrue();
  }

  @Test
  void aResetFailsTheReader() {
    var server = new Server(this::read);
    server.send(plain("hello").replace("hello", "he"));
    server.peer.reset();
    assertThat(notes.ends).containsExactly("failed connection reset by peer");
  }

  @Test
  void badChunksBehindABegunAnswerBreakItOff() {
    var server =
        new Server((q, r) -> {
          q.readBody(notes);
          r.write(new byte[] {'x'}, 0, 1);
        });
    server.send(chunked("5\r\nhello\r\n"));
    server.send("zz\r\n");
    assertThat(notes.ends).hasSize(1);
    assertThat(server.peer.isAborted()).isTrue();
    assertThat(server.peer.text()).containsOnlyOnce("HTTP/1.1");
  }

  @Test
  void aReaderThatThrowsIsA500() {
    var server =
        new Server((q, r) ->
            q.readBody(
                100,
                body -> {
                  throw new IllegalStateException("secret");
                }));
    assertThat(Answers.only(server.send(plain("hello"))).status()).isEqualTo(500);
    assertThat(server.failure.get()).hasMessage("secret");
  }

  @Test
  void aStreamWaitsForItsReader() {
    var piece = new byte[8_000];
    var left = new int[] {100};
    Handler handler =
        (q, r) -> {
          Runnable goOn =
              () -> {
                while (left[0] > 0 && r.isWritable()) {
                  left[0]--;
                  r.write(piece, 0, piece.length);
                }
                if (left[0] == 0 && !r.isEnded()) {
                  r.end();
                }
              };
          r.onWritable(goOn);
          goOn.run();
        };
    var server = new Server(handler);
    server.peer.window(0);
    server.send(Server.get("/"));
    assertThat(left[0]).as("pieces that wait for a slow reader").isGreaterThan(85);
    server.peer.window(200_000);
    assertThat(left[0]).isBetween(50, 80);
    server.peer.window(Long.MAX_VALUE);
    assertThat(Answers.only(server.peer.text()).body()).hasSize(800_000);
  }

  @Test
  void whatIsWrittenLaterIsSentAtTheEndOfTheTurn() {
    var server = new Server(this::keep);
    server.send(Server.get("/"));
    int flushes = server.peer.flushes();
    for (int i = 0; i < 10; i++) {
      response().write(new byte[] {'x'}, 0, 1);
    }
    assertThat(server.peer.flushes()).isEqualTo(flushes);
    server.loop.run();
    assertThat(server.peer.flushes()).as("flushes for ten pieces").isEqualTo(flushes + 1);
    response().write(new byte[] {'y'}, 0, 1);
    response().flush();
    assertThat(server.peer.text()).as("flush does not wait").endsWith("1\r\ny\r\n");
    response().end();
    assertThat(Answers.only(server.peer.text()).body()).isEqualTo("xxxxxxxxxxy");
  }

  @Test
  void aFileFollowsItsHead(@TempDir Path folder) throws IOException {
    Path path = Files.writeString(folder.resolve("file"), "0123456789");
    var files = new ArrayList<FileChannel>();
    var server =
        new Server((q, r) -> {
          FileChannel file = FileChannel.open(path);
          files.add(file);
          r.sendFile(file, 2, 5);
        });
    String text = server.send(Server.get("/1") + Server.get("/2"));
    assertThat(Answers.of(text)).extracting(Answers.Answer::body).containsExactly("23456", "23456");
    server.peer.forget();
    assertThat(server.send(Server.get("/").replace("GET", "HEAD")))
        .endsWith("Content-Length: 5\r\n\r\n");
    assertThat(files).hasSize(3).noneMatch(FileChannel::isOpen);
  }

  @Test
  void aFileIsClosedWhateverHappens(@TempDir Path folder) throws IOException {
    Path path = Files.writeString(folder.resolve("file"), "0123456789");
    var files = new ArrayList<FileChannel>();
    Handler handler =
        (q, r) -> {
          FileChannel file = FileChannel.open(path);
          files.add(file);
          if (q.path().equals("/mistake")) {
            r.length(4);
          } else {
            r.abort();
          }
          r.sendFile(file, 2, 5);
        };
    var server = new Server(handler);
    assertThat(Answers.only(server.send(Server.get("/mistake"))).status()).isEqualTo(500);
    server.send(Server.get("/aborted"));
    assertThat(files).hasSize(2).noneMatch(FileChannel::isOpen);
  }

  @Test
  void bytesAreCounted() {
    var counted = new ArrayList<Long>();
    var server =
        new Server((q, r) -> {
          r.onDone(why -> counted.add(r.bodyBytes()));
          r.write(new byte[10], 0, 10);
          r.write(new byte[10], 3, 10);
          r.end();
        });
    server.send(Server.get("/"));
    assertThat(counted).containsExactly(17L);
    assertThat(server.stats.snapshot().bytesIn()).isEqualTo(Server.get("/").length());
  }
}
