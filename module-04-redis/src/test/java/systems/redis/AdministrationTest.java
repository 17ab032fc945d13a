package systems.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A server that can be asked about itself: CLIENT, CONFIG, COMMAND, SLOWLOG, LATENCY, HELLO. */
@Tag("phase-3")
final class AdministrationTest extends WithServer {
  // ---- CLIENT

  private String field(Wire wire, String name) throws IOException {
    String line = say(wire, "CLIENT INFO");
    int at = line.indexOf(" " + name + "=");
    return at < 0 ? line : line.substring(at + name.length() + 2).split("[ \n]", 2)[0];
  }

  @Test
  void aClientIsShownAsItIs() throws Exception {
    say(a, "CLIENT SETNAME worker");
    assertThat(say(a, "CLIENT GETNAME")).isEqualTo("worker");
    say(a, "SELECT 3");
    say(a, "PSUBSCRIBE x*");
    String line =
        say(b, "CLIENT LIST").lines().filter(l -> l.contains("name=worker")).findFirst().orElse("");
    assertThat(line)
        .contains(" db=3 ", " psub=1 ", " sub=0 ", " flags=P ", " cmd=psubscribe ", " resp=2");
    assertThat(ask(b, "CLIENT", "SETNAME", "two words")).startsWith("-ERR Client names cannot");
  }

  @Test
  void aClientInATransactionShowsHowMuchItHasQueued() throws Exception {
    assertThat(field(a, "multi")).isEqualTo("-1");
    say(a, "MULTI");
    say(a, "PING");
    assertThat(say(b, "CLIENT LIST")).contains(" flags=x ").contains(" multi=1 ");
    say(a, "DISCARD");
  }

  @Test
  void clientsAreListedByTheirKindAndTheirNumber() throws Exception {
    say(a, "SUBSCRIBE c");
    assertThat(say(b, "CLIENT LIST TYPE pubsub").lines()).hasSize(1);
    String id = say(b, "CLIENT ID");
    assertThat(say(b, "CLIENT LIST ID " + id).lines()).hasSize(1);
    assertThat(say(b, "CLIENT LIST TYPE nobody")).startsWith("-ERR Unknown client type");
  }

  @Test
  void killSparesTheKillerUnlessTold() throws Exception {
    assertThat(say(b, "CLIENT KILL TYPE normal"))
        .as("how many were killed of two clients, one of whom asks for it")
        .isEqualTo("1");
    assertThat(a.ends()).isTrue();
    assertThat(say(b, "PING")).isEqualTo("PONG");
    assertThat(say(b, "CLIENT KILL TYPE normal SKIPME no")).isEqualTo("1");
    assertThat(b.ends()).isTrue();
  }

  @Test
  void killNeedsAllOfItsConditions() throws Exception {
    String id = say(a, "CLIENT ID");
    assertThat(say(b, "CLIENT KILL ID " + id + " TYPE pubsub"))
        .as("clients of that number that listen")
        .isEqualTo("0");
    assertThat(say(b, "CLIENT KILL TYPE pubsub ID " + id))
        .as("the same, in the other order")
        .isEqualTo("0");
    assertThat(say(a, "PING")).isEqualTo("PONG");
    assertThat(say(b, "CLIENT KILL ID " + id + " TYPE normal")).isEqualTo("1");
    assertThat(say(b, "CLIENT KILL 1.2.3.4:5")).isEqualTo("-ERR No such client");
  }

  @Test
  void oneReplyCanBeSkipped() throws Exception {
    a.send("CLIENT", "REPLY", "SKIP");
    a.send("ECHO", "skipped");
    assertThat(say(a, "ECHO heard")).as("the reply after a skipped one").isEqualTo("heard");
    assertThat(say(a, "ECHO again")).isEqualTo("again");
  }

  @Test
  void repliesCanBeOff() throws Exception {
    a.send("CLIENT", "REPLY", "OFF");
    a.send("SET", "k", "v");
    assertThat(say(a, "CLIENT REPLY ON")).isEqualTo("OK");
    assertThat(say(a, "GET k")).isEqualTo("v");
  }

  @Test
  void aPauseHoldsCommandsUntilItEnds() throws Exception {
    assertThat(say(b, "CLIENT PAUSE 100000 WRITE")).isEqualTo("OK");
    assertThat(say(b, "GET k")).as("a read while writes pause").isEqualTo("nil");
    a.send("SET", "k", "v");
    until("the write waits", () -> info(b, "blocked_clients").equals("1"));
    assertThat(say(b, "EXISTS k")).isEqualTo("0");
    say(b, "CLIENT UNPAUSE");
    assertThat(shown(a.reply())).isEqualTo("OK");
    assertThat(say(b, "CLIENT PAUSE x")).startsWith("-ERR timeout is not an integer");
  }

  @Test
  void whoWaitsCanBeWoken() throws Exception {
    String id = say(a, "CLIENT ID");
    assertThat(say(b, "CLIENT UNBLOCK " + id)).as("of one who does not wait").isEqualTo("0");
    a.send("BLPOP", "none", "0");
    until("it waits", () -> info(b, "blocked_clients").equals("1"));
    assertThat(say(b, "CLIENT UNBLOCK " + id + " ERROR")).isEqualTo("1");
    assertThat(shown(a.reply())).isEqualTo("-UNBLOCKED client unblocked via CLIENT UNBLOCK");
    a.send("BLPOP", "none", "0");
    until("it waits again", () -> info(b, "blocked_clients").equals("1"));
    say(b, "CLIENT UNBLOCK " + id);
    assertThat(shown(a.reply())).isEqualTo("nil");
  }

  @Test
  void monitorSeesWhatOthersSend() throws Exception {
    assertThat(say(a, "MONITOR")).isEqualTo("OK");
    ask(b, "SET", "k", "a \"b\"\n");
    assertThat(pushed(a))
        .as("what a monitor has seen of a SET")
        .singleElement()
        .asString()
        .endsWith("\"SET\" \"k\" \"a \\\"b\\\"\\n\"")
        .contains(" [0 127.");
  }

  // ---- HELLO

  @Test
  void helloSpeaksOfTheServerAndTakesAName() throws Exception {
    assertThat(say(a, "HELLO 3 SETNAME me"))
        .startsWith("{server: redis, version: 7.0.15, proto: 3");
    assertThat(say(a, "CLIENT GETNAME")).isEqualTo("me");
    assertThat(a.call("GET", "none")).as("nothing, in RESP3").isEqualTo("_\r\n");
    say(a, "ZADD z 1.5 m");
    assertThat(a.call("ZSCORE", "z", "m")).as("a number with a fraction").isEqualTo(",1.5\r\n");
    assertThat(say(a, "HELLO 2")).startsWith("[server, redis, ");
    assertThat(a.call("GET", "none")).isEqualTo("$-1\r\n");
    assertThat(say(a, "HELLO 4")).isEqualTo("-NOPROTO unsupported protocol version");
    assertThat(say(a, "HELLO 3 BAD")).startsWith("-ERR Syntax error in HELLO option 'BAD'");
  }

  @Test
  void resetMakesAConnectionNew() throws Exception {
    say(a, "HELLO 3");
    say(a, "CLIENT SETNAME me");
    say(a, "SELECT 2");
    say(a, "SUBSCRIBE c");
    say(a, "MULTI");
    assertThat(say(a, "RESET")).isEqualTo("RESET");
    assertThat(say(a, "CLIENT GETNAME")).isEqualTo("nil");
    assertThat(field(a, "resp")).isEqualTo("2");
    assertThat(field(a, "db")).isEqualTo("0");
    assertThat(say(b, "PUBSUB CHANNELS")).isEqualTo("[]");
  }

  // ---- CONFIG

  @Test
  void settingsChangeAllOrNone() throws Exception {
    assertThat(say(a, "CONFIG SET maxmemory 100mb slowlog-max-len 7")).isEqualTo("OK");
    assertThat(say(a, "CONFIG GET maxmemory slowlog-max-len"))
        .isEqualTo("[maxmemory, 104857600, slowlog-max-len, 7]");
    assertThat(say(a, "CONFIG SET slowlog-max-len 9 maxmemory x"))
        .startsWith("-ERR CONFIG SET failed (possibly related to argument 'maxmemory')");
    assertThat(say(a, "CONFIG GET slowlog-max-len"))
        .as("the first of two settings, of which the second was refused")
        .isEqualTo("[slowlog-max-len, 7]");
    assertThat(say(a, "CONFIG GET SLOWLOG-MAX-*")).isEqualTo("[slowlog-max-len, 7]");
    assertThat(say(a, "CONFIG GET nosuch")).isEqualTo("[]");
    assertThat(say(a, "CONFIG SET nosuch 1")).startsWith("-ERR Unknown option");
    assertThat(say(a, "CONFIG SET hz 10 hz 20")).endsWith("duplicate parameter");
  }

  @Test
  void aFileIsRewrittenWithWhatHasChanged() throws Exception {
    Path file = folder.resolve("redis.conf");
    Files.writeString(
        file, "# mine\nport 0\nbind 127.0.0.1\nsave \"\"\nloglevel warning\nmaxmemory 1mb\n");
    var launch = systems.redis.server.Launch.start(file, List.of("dir " + folder));
    try (Wire wire = new Wire(launch.port())) {
      say(wire, "CONFIG SET maxmemory 2mb");
      say(wire, "CONFIG SET slowlog-max-len 5");
      assertThat(say(wire, "CONFIG REWRITE")).isEqualTo("OK");
    } finally {
      launch.close();
    }
    assertThat(Files.readAllLines(file))
        .as("the file after CONFIG REWRITE")
        .contains("# mine", "maxmemory 2097152", "slowlog-max-len 5")
        .doesNotContain("maxmemory 1mb");
    assertThat(say(a, "CONFIG REWRITE"))
        .isEqualTo("-ERR The server is running without a config file");
  }

  @Test
  void theWholeConfigurationCanBeWrittenAndReadAgain() throws Exception {
    Path file = folder.resolve("whole.conf");
    Files.writeString(file, "port 0\nbind 127.0.0.1\nsave \"\"\nenable-debug-command yes\n");
    String before;
    var first = systems.redis.server.Launch.start(file, List.of("dir " + folder));
    try (Wire wire = new Wire(first.port())) {
      say(wire, "CONFIG SET loglevel warning lfu-decay-time 7");
      assertThat(say(wire, "DEBUG CONFIG-REWRITE-FORCE-ALL")).isEqualTo("OK");
      before = settings(wire);
    } finally {
      first.close();
    }
    assertThat(Files.readAllLines(file))
        .contains(
            "maxmemory 0", "lfu-decay-time 7", "appendfsync everysec", "list-max-listpack-size -2");
    var second = systems.redis.server.Launch.start(file, List.of());
    try (Wire wire = new Wire(second.port())) {
      assertThat(settings(wire).equals(before)).as("every setting is the same").isTrue();
    } finally {
      second.close();
    }
  }

  /** All but the port, which is another one each time. */
  private static String settings(Wire wire) throws IOException {
    return say(wire, "CONFIG GET *").replaceFirst(" port, ?\\d+", "");
  }

  @Test
  void countersBeginAnewOnDemand() throws Exception {
    say(a, "GET k");
    assertThat(info(a, "cmdstat_get")).startsWith("calls=1,");
    assertThat(info(a, "keyspace_misses")).isEqualTo("1");
    assertThat(say(a, "CONFIG RESETSTAT")).isEqualTo("OK");
    assertThat(info(a, "keyspace_misses")).isEqualTo("0");
    assertThat(info(a, "cmdstat_get")).isEmpty();
  }

  // ---- COMMAND

  @Test
  void aCommandTellsWhichWordsAreKeys() throws Exception {
    assertThat(say(a, "COMMAND GETKEYS MSET a 1 b 2")).isEqualTo("[a, b]");
    assertThat(say(a, "COMMAND GETKEYS DEL a b c")).isEqualTo("[a, b, c]");
    assertThat(say(a, "COMMAND GETKEYS ZUNIONSTORE to 2 x y")).isEqualTo("[to, x, y]");
    assertThat(say(a, "COMMAND GETKEYS EVAL s 2 k1 k2 arg")).isEqualTo("[k1, k2]");
    assertThat(say(a, "COMMAND GETKEYS XREAD COUNT 2 STREAMS s1 s2 0 0")).isEqualTo("[s1, s2]");
    assertThat(say(a, "COMMAND GETKEYS SORT l STORE to")).isEqualTo("[l, to]");
    assertThat(say(a, "COMMAND GETKEYS PING x")).isEqualTo("-ERR The command has no key arguments");
    assertThat(say(a, "COMMAND GETKEYS NOSUCH x")).isEqualTo("-ERR Invalid command specified");
    assertThat(say(a, "COMMAND GETKEYS ZUNIONSTORE to 9 x"))
        .as("fewer keys than announced")
        .isEqualTo("-ERR Invalid arguments specified for command");
  }

  @Test
  void aCommandTellsWhatItDoesWithItsKeys() throws Exception {
    assertThat(say(a, "COMMAND GETKEYSANDFLAGS LMOVE from to LEFT LEFT"))
        .isEqualTo("[[from, [RW, access, delete]], [to, [RW, insert]]]");
    assertThat(say(a, "COMMAND GETKEYSANDFLAGS SET k v")).isEqualTo("[[k, [OW, update]]]");
    assertThat(say(a, "COMMAND GETKEYSANDFLAGS SET k v GET"))
        .as("SET that reads as well")
        .isEqualTo("[[k, [RW, access, update, variable_flags]]]");
  }

  @Test
  void commandsAreDescribed() throws Exception {
    assertThat(say(a, "COMMAND INFO get nosuch"))
        .startsWith("[[get, 2, [readonly, fast], 1, 1, 1, [@read, @string, @fast]")
        .endsWith(", nil]");
    assertThat(say(a, "COMMAND LIST FILTERBY PATTERN xgroup|c*"))
        .isEqualTo("[xgroup|create, xgroup|createconsumer]");
    assertThat(say(a, "COMMAND LIST FILTERBY ACLCAT hyperloglog"))
        .contains("pfadd", "pfcount")
        .doesNotContain("get");
    assertThat(say(a, "COMMAND DOCS get")).contains("summary", "arguments", "key");
    assertThat(Integer.parseInt(say(a, "COMMAND COUNT"))).isGreaterThan(200);
  }

  // ---- SLOWLOG

  @Test
  void slowCommandsAreKeptTheNewestFirst() throws Exception {
    say(a, "CONFIG SET slowlog-log-slower-than 0 slowlog-max-len 2");
    say(a, "SLOWLOG RESET");
    say(a, "CLIENT SETNAME me");
    say(a, "SET k1 v");
    say(a, "SET k2 v");
    assertThat(slowLog(2)).as("the two last").contains("[SET, k2, v]", "[SET, k1, v]");
    String first = slowLog(1);
    assertThat(first)
        .as("the newest: SLOWLOG itself")
        .contains("[SLOWLOG, GET, 2]")
        .endsWith("me]]");
    say(a, "CONFIG SET slowlog-log-slower-than -1");
    say(a, "SLOWLOG RESET");
    say(a, "PING");
    assertThat(say(a, "SLOWLOG LEN")).isEqualTo("0");
  }

  /** Entries without what is another each time: number, moment, duration and port. */
  private String slowLog(int count) throws IOException {
    return say(a, "SLOWLOG GET " + count)
        .replaceAll("\\d+, \\d+, \\d+, \\[", "[")
        .replaceAll("127\\.0\\.0\\.1:\\d+", "client");
  }

  @Test
  void aLongCommandIsShortenedInTheLog() throws Exception {
    say(a, "CONFIG SET slowlog-log-slower-than 0");
    String[] words = new String[40];
    java.util.Arrays.fill(words, "w");
    words[0] = "DEL";
    words[1] = "x".repeat(200);
    ask(a, words);
    assertThat(slowLog(1))
        .contains("x".repeat(128) + "... (72 more bytes)")
        .contains("... (9 more arguments)");
  }

  @Test
  void passwordsAreNotLogged() throws Exception {
    say(a, "CONFIG SET slowlog-log-slower-than 0");
    say(a, "AUTH someone geheim");
    say(a, "ACL SETUSER u >geheim");
    say(a, "CONFIG SET masterauth geheim");
    say(a, "HELLO 2 AUTH someone geheim");
    assertThat(slowLog(10))
        .as("the log after four commands with a password")
        .contains("(redacted)")
        .doesNotContain("geheim");
  }

  // ---- LATENCY

  @Test
  void delaysBeyondTheThresholdAreKept() throws Exception {
    say(a, "CONFIG SET latency-monitor-threshold 10");
    say(a, "DEBUG SLEEP 0.02");
    String latest = say(a, "LATENCY LATEST");
    assertThat(latest).startsWith("[[command, ");
    int millis = Integer.parseInt(latest.replaceAll("\\D+", " ").trim().split(" ")[1]);
    assertThat(millis).as("of a command that sleeps for 20 ms").isGreaterThanOrEqualTo(20);
    assertThat(say(a, "LATENCY HISTORY command")).endsWith(", " + millis + "]]");
    assertThat(say(a, "LATENCY RESET")).isEqualTo("1");
    assertThat(say(a, "LATENCY LATEST")).isEqualTo("[]");
    say(a, "CONFIG SET latency-monitor-threshold 0");
    say(a, "DEBUG SLEEP 0.02");
    assertThat(say(a, "LATENCY LATEST")).as("while nobody wants to know").isEqualTo("[]");
  }

  @Test
  void commandsHaveHistograms() throws Exception {
    say(a, "CONFIG RESETSTAT");
    say(a, "SET k v");
    say(a, "SET k v");
    say(a, "HELLO 3");
    assertThat(say(a, "LATENCY HISTOGRAM set")).startsWith("{set: {calls: 2, histogram_usec: {");
    assertThat(say(a, "LATENCY HISTOGRAM nosuch")).isEqualTo("{}");
  }
}
