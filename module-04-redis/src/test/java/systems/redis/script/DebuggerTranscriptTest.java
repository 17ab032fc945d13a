package systems.redis.script;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.redis.RealRedis;
import systems.redis.Wire;
import systems.redis.WithServer;

/** Sessions of the debugger beside those of a real server, recorded and alive, line by line. */
@Tag("phase-6")
final class DebuggerTranscriptTest extends WithServer {
  /** A session as the transcript has it. */
  private record Session(String eval, String script, List<String> requests, List<String> said) {
    static Session of(String block) {
      List<String> lines = block.lines().filter(line -> !line.startsWith("#")).toList();
      return new Session(
          lines.getFirst().substring("eval ".length()),
          String.join("\n", marked(lines, '|')),
          marked(lines, '>'),
          lines.stream().filter(line -> "<=>".indexOf(line.charAt(0)) >= 0).toList());
    }

    private static List<String> marked(List<String> lines, char mark) {
      return lines.stream()
          .filter(line -> line.charAt(0) == mark)
          .map(line -> line.substring(Math.min(2, line.length())))
          .toList();
    }
  }

  @Test
  void sessionsAreAsTheyWereWithARealServer() throws Exception {
    for (Session session : sessions()) {
      assertThat(play(server.port(), session, "YES"))
          .as("debugging\n%s\n", session.script)
          .isEqualTo(session.said);
    }
  }

  @Test
  void aSessionThatHoldsTheServerSaysTheSame() throws Exception {
    for (Session session : sessions()) {
      assertThat(play(server.port(), session, "SYNC"))
          .as("debugging\n%s\n", session.script)
          .isEqualTo(session.said);
    }
  }

  @Test
  void sessionsAreAsTheyAreWithARealServer() throws Exception {
    RealRedis.assumeInstalled();
    try (RealRedis real = RealRedis.start(Files.createDirectory(folder.resolve("real")))) {
      for (Session session : sessions()) {
        assertThat(play(server.port(), session, "YES"))
            .as("debugging\n%s\n", session.script)
            .isEqualTo(play(real.port(), session, "YES"));
      }
    }
  }

  private static List<Session> sessions() throws IOException {
    try (InputStream in = DebuggerTranscriptTest.class.getResourceAsStream("debugger.txt")) {
      assertThat(in).as("the transcript").isNotNull();
      String[] blocks = new String(in.readAllBytes(), ISO_8859_1).split("\n\n");
      return Arrays.stream(blocks).skip(1).map(Session::of).toList();
    }
  }

  /** What was asked and said, in the lines of the transcript. */
  private static List<String> play(int port, Session session, String mode) throws IOException {
    List<String> said = new ArrayList<>();
    try (Wire wire = new Wire(port)) {
      for (String line : List.of("FLUSHALL", "RPUSH l a b c", "SET k v", "HSET h f 1")) {
        say(wire, line);
      }
      say(wire, "ZADD z 1.5 m");
      say(wire, "SADD s x");
      assertThat(say(wire, "SCRIPT DEBUG " + mode)).isEqualTo("OK");
      List<String> words = new ArrayList<>(List.of("EVAL", session.script));
      words.addAll(List.of(session.eval.split(" ")));
      add(wire.call(words.toArray(String[]::new)), said);
      for (String request : session.requests) {
        said.add("> " + request);
        add(wire.call(request.split(" ")), said);
        if (said.getLast().equals("< <endsession>")) {
          break; // sooner than in the transcript, if it ends wrongly
        }
      }
      said.add("= " + wire.untilEnd().replaceFirst("\r\n$", "").replace("\r\n", "\\n"));
    }
    return said;
  }

  private static void add(String reply, List<String> said) {
    reply
        .lines()
        .skip(1)
        .map(line -> ("< " + line.substring(1)).replaceAll("@0x[0-9a-f]+", "@").stripTrailing())
        .forEach(said::add);
  }
}
