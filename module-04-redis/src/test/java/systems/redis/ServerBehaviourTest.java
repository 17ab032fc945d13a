package systems.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients see of each other, and of a server whose settings change while it runs. */
final class ServerBehaviourTest {
  @TempDir static Path folder;
  private Ours server;
  private Wire a;
  private Wire b;

  @BeforeEach
  void start() throws Exception {
    server = Ours.start(folder, "enable-protected-configs yes");
    a = server.connect();
    b = server.connect();
  }

  @AfterEach
  void stop() throws Exception {
    a.close();
    b.close();
    server.close();
  }

  private String info(String field) throws IOException {
    return b.call("INFO", "everything")
        .lines()
        .filter(line -> line.startsWith(field + ":"))
        .findFirst()
        .orElse("");
  }

  // ---- strings, keys, expiry

  @Tag("phase-2")
  @Test
  void aFloatMayHaveThreeHundredDigits() throws Exception {
    assertThat(a.call("INCRBYFLOAT", "k", "1" + "0".repeat(299) + ".0")).startsWith("$");
    assertThat(a.call("ZADD", "z", "1" + "0".repeat(299) + ".0", "m")).isEqualTo(":1\r\n");
  }

  @Tag("phase-1")
  @Test
  void smallNumbersCountAsShared() throws Exception {
    a.call("SET", "small", "9999");
    a.call("SET", "large", "10000");
    assertThat(a.call("OBJECT", "REFCOUNT", "small")).isEqualTo(":2147483647\r\n");
    assertThat(a.call("OBJECT", "REFCOUNT", "large")).isEqualTo(":1\r\n");
  }

  @Tag("phase-1")
  @Test
  void debugIsOnlyForThoseWhoWereAllowedToUseIt() throws Exception {
    try (Ours strict = Ours.start(folder, "enable-debug-command no");
        Wire wire = strict.connect()) {
      assertThat(wire.call("DEBUG", "SLEEP", "0")).startsWith("-ERR DEBUG command not allowed");
      assertThat(wire.call("CONFIG", "SET", "dbfilename", "x"))
          .endsWith("can't set protected config\r\n");
    }
  }

  // ---- collections

  @Tag("phase-2")
  @Test
  void aSearchThatReachesThePoleFindsAllLongitudes() throws Exception {
    a.call("GEOADD", "g", "45", "65", "n1", "-135", "85.05", "n2");
    assertThat(a.call("GEORADIUSBYMEMBER", "g", "n1", "5009431", "m"))
        .isEqualTo("*2\r\n$2\r\nn1\r\n$2\r\nn2\r\n");
  }

  @Tag("phase-3")
  @Test
  void movingAMemberThatIsThereAlreadyDoesNotTouchTheTarget() throws Exception {
    a.call("SADD", "from", "x", "y");
    a.call("SADD", "to", "x");
    a.call("WATCH", "to");
    a.call("MULTI");
    a.call("SCARD", "to");
    assertThat(b.call("SMOVE", "from", "to", "x")).isEqualTo(":1\r\n");
    assertThat(a.call("EXEC")).isEqualTo("*1\r\n:1\r\n");
  }

  @Tag("phase-2")
  @Test
  void aFieldThatIsMadeAndIncrementedIsOneChange() throws Exception {
    String before = info("rdb_changes_since_last_save");
    a.call("BITFIELD", "f", "INCRBY", "i5", "0", "1");
    long changes = number(info("rdb_changes_since_last_save")) - number(before);
    assertThat(changes).isEqualTo(1);
  }

  private static long number(String field) {
    return Long.parseLong(field.substring(field.indexOf(':') + 1).strip());
  }

  // ---- clients

  @Tag("phase-3")
  @Test
  void whoWantsNoRepliesStillHearsOfSubscriptions() throws Exception {
    a.call("HELLO", "3");
    a.send("CLIENT", "REPLY", "OFF");
    assertThat(a.call("SUBSCRIBE", "news"))
        .isEqualTo(">3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n");
    assertThat(b.call("PUBLISH", "news", "x")).isEqualTo(":1\r\n");
    assertThat(a.reply()).isEqualTo(">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nx\r\n");
  }

  @Tag("phase-6")
  @Test
  void pauseOfWritesHoldsWhatMayBeReplicatedAndHidesWhatHasExpired() throws Exception {
    assertThat(b.call("EVAL", "return 1", "0")).isEqualTo(":1\r\n");
    b.call("MULTI");
    b.call("SET", "k", "v", "PX", "10");
    b.call("CLIENT", "PAUSE", "100000", "WRITE");
    b.call("EXEC");
    Patience.until("the key has gone", () -> b.call("GET", "k").equals("$-1\r\n"));
    assertThat(info("expired_keys")).isEqualTo("expired_keys:0");
    assertThat(b.call("EVAL", "#!lua flags=no-writes\nreturn 1", "0")).isEqualTo(":1\r\n");
    a.send("PUBLISH", "c", "m");
    Patience.until("it waits", () -> info("blocked_clients").equals("blocked_clients:1"));
    b.call("CLIENT", "UNPAUSE");
    assertThat(a.reply()).isEqualTo(":0\r\n");
    assertThat(b.call("GET", "k")).isEqualTo("$-1\r\n");
    assertThat(info("expired_keys")).isEqualTo("expired_keys:1");
  }

  @Tag("phase-3")
  @Test
  void aKeyThatWasNotThereAndComesExpiredIsNoChange() throws Exception {
    a.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
    a.call("SELECT", "1");
    a.call("SET", "x", "v", "PX", "1");
    Patience.until("it can sleep", () -> b.call("DEBUG", "SLEEP", "0.01").equals("+OK\r\n"));
    a.call("SELECT", "0");
    a.call("WATCH", "x");
    a.call("SWAPDB", "0", "1");
    a.call("MULTI");
    a.call("PING");
    assertThat(a.call("EXEC")).isEqualTo("*1\r\n+PONG\r\n");
  }

  @Tag("phase-6")
  @Test
  void monitorShowsAScriptBeforeItsCommandsAndOthersWhenTheyHaveRun() throws Exception {
    assertThat(b.call("EVAL", "return 1", "0")).isEqualTo(":1\r\n");
    a.call("MONITOR");
    b.call("EVAL", "return redis.call('set','k','v')", "0");
    assertThat(a.reply()).contains("\"EVAL\"");
    assertThat(a.reply()).contains("lua] \"set\" \"k\" \"v\"");
    assertThat(a.call("RESET")).isEqualTo("+RESET\r\n");
  }

  @Tag("phase-6")
  @Test
  void aScriptThatReadsIsTrackedByItsDeclaredKeys() throws Exception {
    a.call("HELLO", "3");
    a.call("CLIENT", "TRACKING", "ON");
    assertThat(a.call("EVAL", "redis.call('ping')", "1", "none")).isEqualTo("_\r\n");
    a.call("EVAL", "redis.call('get','other')", "1", "declared");
    b.call("MSET", "none", "1", "other", "1", "declared", "1");
    assertThat(a.reply()).isEqualTo(">2\r\n$10\r\ninvalidate\r\n*1\r\n$8\r\ndeclared\r\n");
  }

  @Tag("phase-3")
  @Test
  void aReplyBeyondTheLimitIsNotSentAtAll() throws Exception {
    b.call("SET", "big", "x".repeat(200_000));
    b.call("CONFIG", "SET", "client-output-buffer-limit", "normal 100000 0 0");
    a.send("GET", "big");
    assertThat(a.ends()).isTrue();
  }

  @Tag("phase-3")
  @Test
  void anIdleClientGivesTheMemoryOfItsRepliesBack() throws Exception {
    b.call("SET", "big", "x".repeat(100_000));
    b.call("DEBUG", "REPLYBUFFER", "PEAK-RESET-TIME", "NEVER");
    a.call("CLIENT", "SETNAME", "reader");
    a.call("GET", "big");
    Patience.until("it keeps no more than 16 KB", () -> replyBytes() == 16 * 1024);
    b.call("DEBUG", "REPLYBUFFER", "PEAK-RESET-TIME", "1");
    Patience.until("it keeps what its last reply needed", () -> replyBytes() == 1024);
    assertThat(a.call("GET", "big").length()).isEqualTo("$100000\r\n\r\n".length() + 100_000);
  }

  private int replyBytes() throws IOException {
    Matcher size = Pattern.compile("name=reader .* rbs=(\\d+) ").matcher(b.call("CLIENT", "LIST"));
    assertThat(size.find()).isTrue();
    return Integer.parseInt(size.group(1));
  }

  @Tag("phase-3")
  @Test
  void theLargestClientsGoWhenAllTogetherAreTooLarge() throws Exception {
    assertThat(b.call("CLIENT", "LIST")).startsWith("$");
    b.call("CLIENT", "NO-EVICT", "on");
    b.call("CONFIG", "SET", "maxmemory-clients", "1000000");
    try {
      a.raw("*2\r\n$4\r\nECHO\r\n$3000000\r\n" + "x".repeat(2_000_000));
    } catch (IOException gone) {
      // it went before it had sent all
    }
    assertThat(a.ends()).isTrue();
    assertThat(info("evicted_clients")).isEqualTo("evicted_clients:1");
  }

  @Tag("phase-3")
  @Test
  void theListenerMovesToAnotherPort() throws Exception {
    try (var taken = new ServerSocket(0)) {
      String port = Integer.toString(taken.getLocalPort());
      assertThat(a.call("CONFIG", "SET", "maxmemory", "12345678", "port", port))
          .contains("Unable to listen on this port");
      assertThat(a.call("CONFIG", "GET", "maxmemory")).endsWith("$1\r\n0\r\n");
    }
    int free;
    try (var probe = new ServerSocket(0)) {
      free = probe.getLocalPort();
    }
    assertThat(a.call("CONFIG", "SET", "port", Integer.toString(free))).isEqualTo("+OK\r\n");
    Patience.until("it answers", () -> answers(free));
    assertThat(a.call("PING")).isEqualTo("+PONG\r\n");
  }

  private static boolean answers(int port) {
    try (var wire = new Wire(port)) {
      return wire.call("PING").equals("+PONG\r\n");
    } catch (IOException e) {
      return false;
    }
  }

  // ---- files

  @Tag("phase-6")
  @Test
  void aSnapshotIsNotMergedUnlessAsked() throws Exception {
    a.call("FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() end)");
    assertThat(a.call("DEBUG", "RELOAD", "NOFLUSH")).contains("Error trying to load the RDB");
    assertThat(a.call("DEBUG", "RELOAD", "NOFLUSH", "MERGE")).isEqualTo("+OK\r\n");
    assertThat(a.call("DEBUG", "RELOAD")).isEqualTo("+OK\r\n");
    assertThat(a.call("FCALL", "f", "0")).isEqualTo("$-1\r\n");
  }

  // ---- streams, eviction, rights

  @Tag("phase-5")
  @Test
  void whoWaitsForAGroupIsToldThatTheStreamHasGone() throws Exception {
    assertThat(b.call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")).isEqualTo("+OK\r\n");
    a.send("XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "s", ">");
    Patience.until("it waits", () -> info("blocked_clients").equals("blocked_clients:1"));
    b.call("SET", "s", "now a string");
    assertThat(a.reply()).isEqualTo("-UNBLOCKED the stream key no longer exists\r\n");
  }

  @Tag("phase-5")
  @Test
  void aLowerLimitEvictsAtOnce() throws Exception {
    a.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    a.call("CONFIG", "SET", "notify-keyspace-events", "Ee");
    b.call("SET", "k", "v");
    a.call("SUBSCRIBE", "__keyevent@0__:evicted");
    b.call("CONFIG", "SET", "maxmemory", "1");
    a.send("PING");
    assertThat(a.reply()).endsWith("$1\r\nk\r\n");
  }

  @Tag("phase-5")
  @Test
  void rulesThatChangeNothingAreNotKept() throws Exception {
    a.call("ACL", "SETUSER", "u", "+@all", "+client|id", "-get", "+get");
    assertThat(a.call("ACL", "LIST")).contains("user u off resetchannels +@all\r\n");
    assertThat(a.call("ACL", "SETUSER", "u", "+get|a|b"))
        .endsWith("Unknown command or category name in ACL\r\n");
  }

  @Tag("phase-5")
  @Test
  void theFileOfUsersIsInTheServersFolder() throws Exception {
    Files.writeString(folder.resolve("users.acl"), "user u on nopass ~* +@all\n");
    try (Ours other = Ours.start(folder, "aclfile users.acl");
        Wire wire = other.connect()) {
      assertThat(wire.call("ACL", "USERS")).contains("$1\r\nu\r\n");
    }
  }

  // ---- scripts

  @Tag("phase-6")
  @Test
  void othersAreServedThoughTheyCameTogetherWithAScriptWithoutEnd() throws Exception {
    assertThat(b.call("EVAL", "return 1", "0")).isEqualTo(":1\r\n");
    a.call("CONFIG", "SET", "lua-time-limit", "10");
    a.send("EVAL", "while true do pcall(function() while true do end end) end", "0");
    b.send("PING");
    String first = b.reply(); // before the script, or during it
    assertThat(first).matches("\\+PONG\r\n|-BUSY .*\r\n");
    Patience.until("it is busy", () -> b.call("PING").startsWith("-BUSY"));
    assertThat(b.call("FUNCTION", "KILL")).startsWith("-BUSY");
    assertThat(b.call("SCRIPT", "KILL")).isEqualTo("+OK\r\n");
    assertThat(a.reply()).contains("killed by user");
  }

  @Tag("phase-6")
  @Test
  void functionsAreFoundInAnyCase() throws Exception {
    a.call(
        "FUNCTION",
        "LOAD",
        "#!lua name=\"lib\"\nredis.register_function('Fn', function() return 7 end)");
    assertThat(a.call("FCALL", "fN", "0")).isEqualTo(":7\r\n");
    assertThat(a.call("FCALL", "fn", "x")).isEqualTo("-ERR Bad number of keys provided\r\n");
  }

  @Tag("phase-6")
  @Test
  void aScriptSeesTheReplyBehindAnAttribute() throws Exception {
    a.call("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1");
    String script = "redis.setresp(3); return redis.call('debug','protocol','attrib')";
    assertThat(a.call("EVAL", script, "0")).endsWith("Some real reply following the attribute\r\n");
  }

  @Tag("phase-6")
  @Test
  void anErrorThatAScriptReturnsIsCounted() throws Exception {
    a.call("EVAL", "return redis.error_reply('MINE text')", "0");
    assertThat(info("errorstat_MINE")).isEqualTo("errorstat_MINE:count=1");
    a.call("EVAL_RO", "return redis.pcall('set','k','v')", "0");
    assertThat(info("errorstat_ERR")).isEqualTo("errorstat_ERR:count=1");
    assertThat(info("cmdstat_set")).contains("rejected_calls=1,failed_calls=0");
  }
}
