package systems.redis.script;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import systems.redis.Wire;
import systems.redis.WithServer;

/** A script that stands, and who has to wait for it. */
@Tag("phase-6")
final class DebuggerTest extends WithServer {
  private static final String TWO_LINES = "local x = 1\nreturn x";

  /** Begins a session; its first stop. */
  private static String debug(Wire wire, String mode, String script, String... more)
      throws IOException {
    assertThat(say(wire, "SCRIPT DEBUG " + mode)).isEqualTo("OK");
    List<String> words = new ArrayList<>(List.of("EVAL", script));
    words.addAll(more.length == 0 ? List.of("0") : List.of(more));
    return ask(wire, words.toArray(String[]::new));
  }

  private static String asked(Wire wire, String line) throws IOException {
    return say(wire, "r " + line).replaceFirst("^\\[<redis> .*?, <", "[<");
  }

  private static void assertEnds(Wire wire, String reply) throws IOException {
    assertThat(shown(wire.reply())).as("the reply of EVAL").isEqualTo(reply);
    assertThat(wire.ends()).as("the connection ends with the session").isTrue();
  }

  // ---- SCRIPT DEBUG

  @Test
  void theModeIsOneOfThree() throws Exception {
    assertThat(say(a, "SCRIPT DEBUG SOON")).isEqualTo("-ERR Use SCRIPT DEBUG YES/SYNC/NO");
    assertThat(say(a, "SCRIPT DEBUG")).startsWith("-ERR wrong number of arguments");
    assertThat(say(a, "SCRIPT DEBUG YES")).isEqualTo("OK");
    assertThat(say(a, "SCRIPT DEBUG NO")).isEqualTo("OK");
    assertThat(ask(a, "EVAL", "return 7", "0")).as("a script runs through").isEqualTo("7");
  }

  @Test
  void whatIsPipelinedIsNotDebugged() throws Exception {
    say(a, "MULTI");
    say(a, "SCRIPT DEBUG YES");
    assertThat(say(a, "EXEC")).contains("SCRIPT DEBUG must be called outside a pipeline");
    say(a, "SCRIPT DEBUG YES");
    say(a, "MULTI");
    ask(a, "EVAL", "return 1", "0");
    assertThat(say(a, "EXEC")).contains("EVAL must be called outside a pipeline");
  }

  @Test
  void onlyAScriptThatIsSentIsDebugged() throws Exception {
    String sha = ask(a, "SCRIPT", "LOAD", "return 7");
    say(a, "SCRIPT DEBUG YES");
    assertThat(say(a, "EVALSHA " + sha + " 0"))
        .isEqualTo("-ERR Please use EVAL instead of EVALSHA for debugging");
    assertThat(ask(a, "EVAL_RO", "return 7", "0")).contains("-> 1   return 7");
    assertThat(say(a, "s")).isEqualTo("[<endsession>]");
    assertEnds(a, "7");
  }

  @ParameterizedTest
  @ValueSource(strings = {"h", "help"})
  void helpNamesEachCommand(String word) throws Exception {
    debug(a, "YES", TWO_LINES);
    assertThat(say(a, word))
        .contains("[h]elp", "[s]tep", "[n]ext", "[c]ontinue", "[l]ist", "[w]hole", "[p]rint")
        .contains("[b]reak", "[t]race", "[e]val", "[r]edis", "[m]axlen", "[a]bort");
  }

  @Test
  void withoutADebuggerNothingStops() throws Exception {
    assertThat(ask(a, "EVAL", "redis.debug('x'); return tostring(redis.breakpoint())", "0"))
        .isEqualTo("false");
  }

  // ---- a private session

  @Test
  void othersAreServedAndSeeNothingOfASession() throws Exception {
    say(b, "SET k before");
    debug(
        a,
        "YES",
        "redis.call('set', KEYS[1], 'mine')\nreturn redis.call('get', KEYS[1])",
        "1",
        "k");
    assertThat(say(b, "SET k theirs")).isEqualTo("OK");
    assertThat(asked(a, "get k"))
        .as("a named key is as it was when the session began")
        .isEqualTo("[<reply> \"before\"]");
    assertThat(say(a, "s")).contains("<redis> set k mine", "Stopped at 2");
    assertThat(say(b, "GET k")).isEqualTo("theirs");
    assertThat(say(a, "c")).isEqualTo("[<endsession>]");
    assertEnds(a, "mine");
    assertThat(say(b, "GET k")).as("what the script has changed is gone").isEqualTo("theirs");
  }

  @Test
  void aSessionHasAllKindsOfValues() throws Exception {
    say(b, "RPUSH list a b");
    say(b, "SADD set m");
    say(b, "HSET hash f v");
    say(b, "ZADD zset 1.5 m");
    say(b, "XADD stream 1-1 f v");
    say(b, "SET number 41 EX 1000");
    debug(a, "YES", TWO_LINES);
    assertThat(asked(a, "lrange list 0 -1")).isEqualTo("[<reply> [\"a\",\"b\"]]");
    assertThat(asked(a, "smembers set")).isEqualTo("[<reply> [\"m\"]]");
    assertThat(asked(a, "hget hash f")).isEqualTo("[<reply> \"v\"]");
    assertThat(asked(a, "zscore zset m")).isEqualTo("[<reply> \"1.5\"]");
    assertThat(asked(a, "xlen stream")).isEqualTo("[<reply> 1]");
    assertThat(asked(a, "incr number")).isEqualTo("[<reply> 42]");
    assertThat(asked(a, "ttl number")).isIn("[<reply> 1000]", "[<reply> 999]");
    assertThat(asked(a, "rename number other")).isEqualTo("[<reply> \"+OK\"]");
    assertThat(asked(a, "get other")).isEqualTo("[<reply> \"42\"]");
    assertThat(say(b, "GET number")).isEqualTo("41");
  }

  @Test
  void commandsThatLookAtAllKeysFindAllOfThem() throws Exception {
    for (int i = 0; i < 500; i++) {
      say(b, "SET key:" + i + " " + i);
    }
    say(b, "SELECT 3");
    say(b, "SET there 1");
    debug(a, "YES", TWO_LINES);
    assertThat(asked(a, "del key:7 none")).isEqualTo("[<reply> 1]");
    assertThat(asked(a, "dbsize")).as("one was deleted in the session").isEqualTo("[<reply> 499]");
    assertThat(asked(a, "select 3")).isEqualTo("[<reply> \"+OK\"]");
    assertThat(asked(a, "keys *")).isEqualTo("[<reply> [\"there\"]]");
    assertThat(asked(a, "flushall")).isEqualTo("[<reply> \"+OK\"]");
    assertThat(asked(a, "dbsize")).isEqualTo("[<reply> 0]");
    assertThat(say(b, "DBSIZE")).isEqualTo("1");
  }

  @Test
  void aSessionHasTheRightsOfItsUser() throws Exception {
    say(b, "ACL SETUSER ann on nopass ~mine +@all -get");
    say(a, "AUTH ann x");
    debug(a, "YES", TWO_LINES);
    assertThat(say(a, "r set other 1")).contains("can't access at least one of the keys");
    assertThat(say(a, "r get mine")).contains("can't run this command");
    assertThat(asked(a, "set mine 1")).isEqualTo("[<reply> \"+OK\"]");
  }

  @Test
  void manySessionsStandAtOnceAndNotMore() throws Exception {
    List<Wire> all = new ArrayList<>();
    try {
      for (int i = 0; i < 16; i++) {
        all.add(server.connect());
        assertThat(debug(all.getLast(), "YES", TWO_LINES)).contains("Stopped at 1");
      }
      assertThat(debug(a, "YES", TWO_LINES)).isEqualTo("-ERR too many scripts are being debugged");
      all.removeFirst().close();
      until(
          "the session of a client that has gone ends",
          () -> ask(a, "EVAL", TWO_LINES, "0").contains("Stopped at 1"));
    } finally {
      for (Wire wire : all) {
        wire.close();
      }
    }
  }

  // ---- a session that holds the server

  @Test
  void othersWaitForASyncSessionAndItsChangesStay() throws Exception {
    debug(a, "SYNC", "redis.call('set', 'k', 1)\nredis.call('set', 'k', 2)\nreturn 'done'");
    assertThat(say(a, "s")).contains("Stopped at 2");
    b.send("GET", "k");
    assertThat(asked(a, "get k")).isEqualTo("[<reply> \"1\"]");
    assertThat(say(a, "c")).isEqualTo("[<endsession>]");
    assertEnds(a, "done");
    assertThat(shown(b.reply())).as("asked before the script's end, served after").isEqualTo("2");
  }

  @Test
  void anAbortLeavesWhatWasDone() throws Exception {
    debug(
        a, "SYNC", "redis.call('set', 'k', 1)\npcall(function()\nredis.call('set', 'k', 2)\nend)");
    for (int i = 0; i < 4; i++) {
      say(a, "s");
    }
    assertThat(say(a, "t")).startsWith("[In top level:, -> 3 ");
    assertThat(say(a, "abort")).isEqualTo("[<endsession>]");
    assertThat(shown(a.reply())).startsWith("-ERR script aborted for user request script: ");
    assertThat(say(b, "GET k")).as("no pcall holds it up").isEqualTo("1");
  }

  @Test
  void aScriptWhoseClientHasGoneRunsToItsEnd() throws Exception {
    debug(a, "SYNC", "redis.call('set', 'k', 1)\nredis.call('set', 'k', 2)\nreturn 'done'");
    say(a, "b 2");
    say(a, "s");
    a.close();
    assertThat(say(b, "GET k")).isEqualTo("2");
  }

  @Test
  void anEndlessScriptWhoseClientHasGoneIsEnded() throws Exception {
    say(b, "CONFIG SET lua-time-limit 50");
    debug(a, "SYNC", "redis.call('set', 'k', 1)\nwhile true do end");
    a.close();
    assertThat(say(b, "GET k")).isEqualTo("1");
  }

  // ---- time

  @ParameterizedTest
  @ValueSource(strings = {"YES", "SYNC"})
  void anEndlessLoopStopsByItself(String mode) throws Exception {
    say(b, "CONFIG SET lua-time-limit 50");
    debug(a, mode, "local i = 0\nwhile true do\n  i = i + 1\nend");
    assertThat(say(a, "c")).contains("stop reason = timeout reached, infinite loop?");
    assertThat(say(a, "p i")).startsWith("[<value> ");
    assertThat(say(a, "s")).contains("stop reason = step over");
    assertThat(say(a, "e while true do end"))
        .as("code that is evaluated has the same time")
        .contains("<error> ldb_eval: stopped");
    assertThat(say(a, "a")).isEqualTo("[<endsession>]");
  }

  @Test
  void theTimeInWhichAClientThinksIsNotTheScripts() throws Exception {
    say(b, "CONFIG SET lua-time-limit 300");
    debug(a, "YES", "local x = 1\nfor i = 1, 5000 do x = x + 1 end\nreturn x");
    long limit = time(b) + 350;
    until("the limit is over", () -> time(b) > limit);
    say(a, "s");
    assertThat(say(a, "b 3")).contains("#3");
    assertThat(say(a, "c")).contains("Stopped at 3, stop reason = break point");
  }

  // ---- bytes and bounds

  @ParameterizedTest
  @ValueSource(
      strings = {
        "step\r\n",
        "\r\n",
        "*0\r\n",
        "*-1\r\n",
        "*x\r\n",
        "*1025\r\n",
        "*1\r\n$0\r\n\r\n",
        "*1\r\n$-1\r\n",
        "*1\r\n$1025\r\n",
        "*1\r\n:1\r\n",
        "*1\r\n$1\r\nsXX",
        "*123456789012"
      })
  void bytesThatAreNoRequestEndTheSession(String bytes) throws Exception {
    debug(a, "YES", TWO_LINES);
    a.raw(bytes);
    assertThat(shown(a.reply())).isEqualTo("[<endsession>]");
    assertThat(shown(a.reply())).startsWith("-ERR protocol error script: ");
    assertThat(a.ends()).isTrue();
    assertThat(say(b, "PING")).isEqualTo("PONG");
  }

  @Test
  void aRequestMayComeInPieces() throws Exception {
    debug(a, "YES", TWO_LINES);
    a.raw("*2\r\n$1");
    assertThat(say(b, "PING")).isEqualTo("PONG");
    a.raw("\r\np\r\n$1\r\n");
    a.raw("x\r\n*1\r\n$1\r\ns\r\n");
    assertThat(shown(a.reply())).isEqualTo("[No such variable.]");
    assertThat(shown(a.reply())).contains("Stopped at 2");
  }

  @Test
  void thereAreSixtyFourBreakpoints() throws Exception {
    String script =
        IntStream.rangeClosed(1, 70)
            .mapToObj(i -> "local a" + i + "=" + i)
            .collect(Collectors.joining("\n"));
    String numbers =
        IntStream.rangeClosed(1, 65).mapToObj(i -> " " + i).collect(Collectors.joining());
    debug(a, "YES", script);
    assertThat(say(a, "b" + numbers)).endsWith("   65  local a65=65, Too many breakpoints set.]");
    assertThat(say(a, "b")).startsWith("[64 breakpoints set:");
    assertThat(say(a, "b -2")).isEqualTo("[Breakpoint removed.]");
    assertThat(say(a, "c")).contains("->#3 ");
  }

  @Test
  void aCoroutineIsPassedOver() throws Exception {
    debug(
        a,
        "YES",
        "local w = coroutine.wrap(function()\n  local inside = 1\n  coroutine.yield(1)\nend)\n"
            + "w()\nreturn 1");
    for (int i = 0; i < 3; i++) {
      say(a, "s");
    }
    assertThat(say(a, "s")).contains("-> 6   return 1");
  }
}
