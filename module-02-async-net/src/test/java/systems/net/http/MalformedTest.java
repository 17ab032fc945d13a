package systems.net.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** The table of malformed requests, a test a row. */
class MalformedTest {
  /** A line may bear a thousand bytes in vain; what is cut at each byte is shorter. */
  private static final int SPLIT_BYTES_MAX = 400;

  private static String status(String story) {
    return story.substring(story.length() - 3);
  }

  @Tag("phase-4")
  @TestFactory
  Stream<DynamicTest> theParserRefuses() {
    return Hostile.all().stream()
        .map(row -> DynamicTest.dynamicTest(row.toString(), () -> isRefused(row)));
  }

  private static void isRefused(Hostile row) {
    assertThat(status(Parsing.of(row.bytes())))
        .as("what the parser makes of %s (%s)", row.name(), row.section())
        .isEqualTo(String.valueOf(row.expected()));
  }

  @Tag("phase-4")
  @TestFactory
  Stream<DynamicTest> theParserRefusesWhereverItIsCut() {
    return Hostile.all().stream()
        .filter(row -> row.bytes().length <= SPLIT_BYTES_MAX)
        .map(row -> DynamicTest.dynamicTest(row.toString(), () -> isRefusedInPieces(row)));
  }

  private static void isRefusedInPieces(Hostile row) {
    byte[] bytes = row.bytes();
    String whole = Parsing.of(bytes);
    assertThat(status(whole)).isEqualTo(String.valueOf(row.expected()));
    for (int cut = 1; cut < bytes.length; cut++) {
      assertThat(Parsing.of(bytes, cut)).as("%s, cut at byte %d", row, cut).isEqualTo(whole);
    }
    assertThat(Parsing.byteByByte(bytes)).as("%s, byte by byte", row).isEqualTo(whole);
  }

  @Tag("phase-5")
  @TestFactory
  Stream<DynamicTest> theServerAnswersOnceAndEnds() {
    return Hostile.all().stream()
        .map(row -> DynamicTest.dynamicTest(row.toString(), () -> isAnsweredOnce(row)));
  }

  private static void isAnsweredOnce(Hostile row) {
    var server = new Server(Server::echo);
    String text = server.send(new String(row.bytes(), StandardCharsets.ISO_8859_1));
    server.send(Server.get("/smuggled"));
    Answers.Answer answer = Answers.only(text);
    assertThat(answer.status()).as("the answer to %s", row).isEqualTo(row.expected());
    assertThat(answer.field("Connection")).as("the connection after %s", row).isEqualTo("close");
    assertThat(server.peer.text()).as("nothing comes behind the answer").isEqualTo(text);
    assertThat(server.peer.isFinished()).as("the end of the stream is sent").isTrue();
    assertThat(server.peer.isAborted()).as("the peer can read the answer").isFalse();
    assertThat(text).as("no stack trace").doesNotContain("Exception", "\tat ");
    assertThat(server.failure.get()).as("what the handler threw").isNull();
    server.loop.advance(3 * ServerConnection.LINGER_NANOS);
    assertThat(server.peer.isEnded()).as("it does not wait for ever").isTrue();
  }
}
