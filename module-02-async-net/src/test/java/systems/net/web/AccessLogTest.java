package systems.net.web;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("phase-5")
final class AccessLogTest {
  private static final Instant NOW = Instant.parse("1994-11-06T08:49:37.250Z");

  @TempDir Path folder;

  private Path path() {
    return folder.resolve("access.log");
  }

  private AccessLog log(int entriesMax, long fileBytesMax) throws IOException {
    var settings = new AccessLog.Settings(entriesMax, fileBytesMax, 2);
    return new AccessLog(new LogFile(path(), fileBytesMax, 2), settings, () -> NOW);
  }

  private List<String> lines(AccessLog log) throws IOException {
    log.writeAll();
    return Files.readAllLines(path());
  }

  private static Stand stand(AccessLog log) {
    return new Stand(log.around((request, response) -> response.send("hello")));
  }

  @Test
  void aLineHasTheCombinedFormAndTheDuration() throws IOException {
    try (AccessLog log = log(10, 1 << 20)) {
      stand(log).get("/a?b=c", "Referer: http://b.example/", "User-Agent: curl/8");
      assertThat(lines(log)).hasSize(1);
      assertThat(lines(log).getFirst())
          .matches(
              "peer\\.example - - \\[06/Nov/1994:08:49:37 \\+0000\\] \"GET /a\\?b=c HTTP/1\\.1\""
                  + " 200 5 \"http://b\\.example/\" \"curl/8\" [0-9]+us");
    }
  }

  @Test
  void whatIsNotThereIsADash() throws IOException {
    try (AccessLog log = log(10, 1 << 20)) {
      stand(log).get("/");
      assertThat(lines(log).getFirst()).contains("\" 200 5 \"-\" \"-\" ");
    }
  }

  @Test
  void whatAPeerSentCannotLeaveItsQuotes() throws IOException {
    try (AccessLog log = log(10, 1 << 20)) {
      stand(log).get("/", "User-Agent: a\" 200 \\ \t\u00e9\u009b31m");
      assertThat(lines(log).getFirst())
          .as("quotes, backslashes, tabs and what operates terminals")
          .contains("\"a\\x22 200 \\x5C \\x09\\xE9\\x9B31m\"");
    }
  }

  @Test
  void aLongFieldIsCut() throws IOException {
    try (AccessLog log = log(10, 1 << 20)) {
      stand(log).get("/" + "a".repeat(5_000));
      assertThat(lines(log).getFirst().length()).isLessThan(AccessLog.FIELD_CHARS_MAX + 200);
    }
  }

  @Test
  void aBrokenAnswerIsMarked() throws IOException {
    try (AccessLog log = log(10, 1 << 20)) {
      new Stand(log.around((request, response) -> response.abort())).send("GET", "/", "");
      assertThat(lines(log).getFirst()).endsWith("us !");
    }
  }

  @Test
  void whatDoesNotFitIsDroppedAndCounted() throws IOException {
    try (AccessLog log = log(3, 1 << 20)) {
      Stand stand = stand(log);
      for (int i = 0; i < 5; i++) {
        assertThat(stand.get("/" + i).status()).isEqualTo(200);
      }
      assertThat(log.dropped()).as("entries dropped beyond a queue of 3").isEqualTo(2);
      assertThat(lines(log)).hasSize(3);
      stand.get("/again");
      assertThat(lines(log)).hasSize(4);
    }
  }

  @Test
  void aFullFileIsRenamedAndTheOldestGoes() throws IOException {
    var file = new LogFile(path(), 10, 2);
    for (String line :
        new String[] {"1111\n", "2222\n", "3333\n", "4444\n", "5555\n", "6666\n", "7\n"}) {
      file.write(line.getBytes(US_ASCII));
    }
    file.close();
    assertThat(Files.readString(path())).isEqualTo("7\n");
    assertThat(Files.readString(folder.resolve("access.log.1"))).isEqualTo("5555\n6666\n");
    assertThat(Files.readString(folder.resolve("access.log.2"))).isEqualTo("3333\n4444\n");
    assertThat(folder.resolve("access.log.3")).doesNotExist();
  }

  @Test
  void aFileThatWasThereGoesOn() throws IOException {
    Files.writeString(path(), "before\n");
    var file = new LogFile(path(), 100, 1);
    file.write("after\n".getBytes(US_ASCII));
    file.close();
    assertThat(Files.readString(path())).isEqualTo("before\nafter\n");
  }

  @Test
  void afterReopeningLinesGoIntoANewFile() throws IOException {
    try (AccessLog log = log(10, 1 << 20)) {
      stand(log).get("/one");
      log.writeAll();
      Path old = Files.move(path(), folder.resolve("old.log"));
      log.reopen();
      stand(log).get("/two");
      assertThat(lines(log)).hasSize(1).first().asString().contains("/two");
      assertThat(Files.readString(old)).contains("/one");
    }
  }

  @Test
  void theWriterWritesWhatWaitsBeforeItEnds() throws IOException {
    AccessLog log = AccessLog.open(path(), AccessLog.Settings.USUAL);
    Stand stand = stand(log);
    for (int i = 0; i < 100; i++) {
      stand.get("/" + i);
    }
    log.close();
    assertThat(Files.readAllLines(path())).hasSize(100);
    assertThat(log.dropped()).isZero();
  }
}
