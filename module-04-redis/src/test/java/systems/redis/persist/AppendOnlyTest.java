package systems.redis.persist;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import systems.redis.Effort;
import systems.redis.Ours;
import systems.redis.Wire;
import systems.redis.WithServer;

/** What the append-only file holds, and when. */
final class AppendOnlyTest extends WithServer {
  @Override
  protected String[] settings() {
    return new String[] {"appendonly yes", "appendfsync always"};
  }

  private Path appendFolder() {
    return folder.resolve("appendonlydir");
  }

  /** The last file, with its lengths left out: words in a line each. */
  private String appended() throws IOException {
    try (Stream<Path> files = Files.list(appendFolder())) {
      Path last = files.filter(f -> f.toString().endsWith(".incr.aof")).sorted().toList().getLast();
      return Files.readString(last, ISO_8859_1).replaceAll("\\$\\d+\r\n", "").replace("\r\n", " ");
    }
  }

  private Wire restarted(String... lines) throws Exception {
    a.close();
    b.close();
    server.crash();
    server = Ours.start(folder, lines);
    a = server.connect();
    b = server.connect();
    return a;
  }

  // ---- what is written

  @Tag("phase-4")
  @Test
  void aWriteIsInTheFileBeforeItIsConfirmed() throws Exception {
    for (int i = 0; i < 50; i++) {
      say(a, "SET k v" + i);
      assertThat(appended()).as("the file when the reply is here").endsWith("*3 SET k v" + i + " ");
    }
  }

  @Tag("phase-4")
  @Test
  void readsAndWritesThatChangeNothingAreNotWritten() throws Exception {
    say(a, "SET k v");
    String before = appended();
    say(a, "GET k");
    say(a, "DEL none");
    say(a, "SETNX k w");
    say(a, "INCR k");
    say(a, "PUBLISH c m");
    assertThat(appended()).as("after a read, three writes in vain and a message").isEqualTo(before);
  }

  @Tag("phase-4")
  @Test
  void aDatabaseIsSelectedWhenItChanges() throws Exception {
    say(a, "SELECT 3");
    say(a, "SET k 1");
    say(a, "SET k 2");
    say(b, "SET k 3");
    assertThat(appended()).isEqualTo("*2 SELECT 3 *3 SET k 1 *3 SET k 2 *2 SELECT 0 *3 SET k 3 ");
    Wire wire = restarted("appendonly yes");
    assertThat(say(wire, "GET k")).isEqualTo("3");
    say(wire, "SELECT 3");
    assertThat(say(wire, "GET k")).isEqualTo("2");
  }

  @Tag("phase-4")
  @Test
  void whatDependsOnTimeOrChanceIsWrittenAsItsEffect() throws Exception {
    say(a, "SET k v EX 100");
    assertThat(appended()).as("EX as an absolute time").contains("SET k v PXAT ");
    say(a, "EXPIRE k 200");
    assertThat(appended()).contains("PEXPIREAT k ");
    say(a, "SADD s 1 2 3");
    String popped = say(a, "SPOP s");
    assertThat(appended()).as("SPOP as what it took").endsWith("SREM s " + popped + " ");
    say(a, "SET f 1.5");
    say(a, "INCRBYFLOAT f 0.25");
    assertThat(appended()).endsWith("SET f 1.75 KEEPTTL ");
  }

  @Tag("phase-4")
  @Test
  void aTransactionIsWrittenAsOne() throws Exception {
    say(a, "MULTI");
    say(a, "SET x 1");
    say(a, "SET y 2");
    say(a, "EXEC");
    assertThat(appended())
        .as("two changes that belong together")
        .endsWith("*1 MULTI *3 SET x 1 *3 SET y 2 *1 EXEC ");
    say(a, "MULTI");
    say(a, "SET z 1");
    say(a, "EXEC");
    assertThat(appended()).as("one change needs no bracket").endsWith("EXEC *3 SET z 1 ");
  }

  @Tag("phase-4")
  @Test
  void aServedWaiterIsWrittenWithWhatServedIt() throws Exception {
    a.send("BLPOP", "l", "0");
    until("it waits", () -> info(b, "blocked_clients").equals("1"));
    say(b, "RPUSH l x");
    assertThat(shown(a.reply())).isEqualTo("[l, x]");
    assertThat(appended()).endsWith("*3 RPUSH l x *2 LPOP l ");
    assertThat(say(restarted("appendonly yes"), "EXISTS l")).isEqualTo("0");
  }

  /** Keys whose time is over, and which nobody has taken out. */
  private void setAndPass(String... keys) throws Exception {
    say(a, "DEBUG SET-ACTIVE-EXPIRE 0");
    long end = time(a) + 2;
    for (String key : keys) {
      say(a, "SET " + key + " v PXAT " + end);
    }
    untilPassed(a, end);
  }

  @Tag("phase-4")
  @Test
  void aKeyThatExpiresIsWrittenAsDeleted() throws Exception {
    setAndPass("k");
    say(a, "GET k");
    assertThat(appended()).as("after a read of a key whose time was over").endsWith("*2 DEL k ");
  }

  @Tag("phase-4")
  @Test
  void keysThatExpireTogetherAreDeletedOneByOne() throws Exception {
    setAndPass("k", "l");
    say(a, "RANDOMKEY");
    assertThat(appended())
        .as("two deletions that have nothing to do with each other")
        .containsAnyOf("*2 DEL k *2 DEL l ", "*2 DEL l *2 DEL k ")
        .doesNotContain("MULTI");
  }

  @Tag("phase-5")
  @Test
  void aConsumerThatLeavesNoTraceElseIsWritten() throws Exception {
    say(a, "XADD s 1-0 f v");
    say(a, "XGROUP CREATE s g 0");
    say(a, "XREADGROUP GROUP g one NOACK STREAMS s >");
    assertThat(appended()).as("nothing is pending").contains("XGROUP CREATECONSUMER s g one ");
    say(a, "XADD s 2-0 f v");
    say(a, "XREADGROUP GROUP g two STREAMS s >");
    assertThat(appended())
        .as("XCLAIM names the consumer")
        .contains("XCLAIM s g two ")
        .doesNotContain("CREATECONSUMER s g two ");
  }

  @Tag("phase-4")
  @Test
  void timesAreNotedIfWanted() throws Exception {
    say(a, "CONFIG SET aof-timestamp-enabled yes");
    say(a, "SET k v");
    assertThat(appended()).containsPattern("#TS:\\d{10} ");
    assertThat(say(restarted("appendonly yes"), "GET k")).isEqualTo("v");
  }

  // ---- policies

  @Tag("phase-4")
  @ParameterizedTest
  @ValueSource(strings = {"always", "everysec", "no"})
  void anOrderlyEndKeepsAllWithEachPolicy(String policy) throws Exception {
    assertThat(say(a, "CONFIG SET appendfsync " + policy)).isEqualTo("OK");
    for (int i = 0; i < 200; i++) {
      say(a, "INCR n");
    }
    a.close();
    b.close();
    server.close();
    server = Ours.start(folder, "appendonly yes", "appendfsync " + policy);
    a = server.connect();
    b = server.connect();
    assertThat(say(a, "GET n")).as("after an orderly end with %s", policy).isEqualTo("200");
  }

  @Tag("phase-4")
  @Test
  void whatAKilledProcessHasConfirmedIsThere() throws Exception {
    Path own = Files.createDirectories(folder.resolve("killed"));
    for (int round = 0; round < Effort.of(3, 1); round++) {
      int port = freePort();
      Process process = start(own, port);
      long confirmed = 0;
      try (Wire wire = connected(port, process)) {
        for (int i = 0; i < 300; i++) {
          wire.send("INCR", "n");
          wire.send("RPUSH", "l", Integer.toString(i));
        }
        for (int i = 0; i < 100; i++) {
          confirmed = Long.parseLong(shown(wire.reply()));
          wire.reply();
        }
        process.destroyForcibly();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      }
      try (Ours again = Ours.start(own, "appendonly yes");
          Wire wire = again.connect()) {
        assertThat(Long.parseLong(say(wire, "GET n")))
            .as("after kill -9 with appendfsync always; %d was confirmed", confirmed)
            .isGreaterThanOrEqualTo(confirmed);
      }
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** What the tests' class loader has, where it is not the JVM's own, then the JVM's. */
  private static String classPath() {
    var places = new StringJoiner(File.pathSeparator);
    if (AppendOnlyTest.class.getClassLoader() instanceof URLClassLoader loader) {
      for (URL url : loader.getURLs()) {
        places.add(Path.of(URI.create(url.toString())).toString());
      }
    }
    return places.add(System.getProperty("java.class.path")).toString();
  }

  private static Process start(Path folder, int port) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            classPath(),
            "systems.redis.tool.Main",
            "--port",
            Integer.toString(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "always",
            "--dir",
            folder.toString())
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("log").toFile())
        .start();
  }

  private static Wire connected(int port, Process process) throws Exception {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (System.nanoTime() < deadline && process.isAlive()) {
      try {
        Wire wire = new Wire(port);
        if (wire.call("PING").equals("+PONG\r\n")) {
          return wire;
        }
        wire.close();
      } catch (IOException notYet) {
        Thread.onSpinWait();
      }
    }
    throw new AssertionError("the server in a process of its own does not listen");
  }

  @Tag("phase-4")
  @Test
  void aTornTransactionIsCutWhereItBegins() throws Exception {
    say(a, "SET before 1");
    Path file = appendFolder().resolve("appendonly.aof.1.incr.aof");
    long whole = Files.size(file);
    say(a, "MULTI");
    say(a, "SET x 1");
    say(a, "SET y 1");
    say(a, "EXEC");
    server.crash();
    byte[] all = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(all, all.length - 14));
    try (Ours again = Ours.start(folder, "appendonly yes");
        Wire wire = again.connect()) {
      assertThat(say(wire, "MGET before x y")).isEqualTo("[1, nil, nil]");
      assertThat(Files.size(file))
          .as("bytes of a file that ended within a transaction, after it was loaded")
          .isEqualTo(whole);
    }
  }

  // ---- rewriting

  private void rewrite() throws Exception {
    assertThat(say(a, "BGREWRITEAOF")).isEqualTo("Background append only file rewriting started");
    until("the rewrite ends", () -> info(b, "aof_rewrite_in_progress").equals("0"));
    assertThat(info(b, "aof_last_bgrewrite_status")).isEqualTo("ok");
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(appendFolder())) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Tag("phase-4")
  @Test
  void aRewriteLeavesABaseAndALastFile() throws Exception {
    for (int i = 0; i < 100; i++) {
      say(a, "INCR n");
    }
    rewrite();
    assertThat(files())
        .as("what is left after a rewrite")
        .containsExactly(
            "appendonly.aof.2.base.rdb", "appendonly.aof.2.incr.aof", "appendonly.aof.manifest");
    assertThat(Files.readString(appendFolder().resolve("appendonly.aof.manifest")))
        .isEqualTo(
            """
            file appendonly.aof.2.base.rdb seq 2 type b
            file appendonly.aof.2.incr.aof seq 2 type i
            """);
    assertThat(appended()).as("what came since: nothing").isEmpty();
    say(a, "INCR n");
    assertThat(appended())
        .as("the first write into a new file says for which database it is")
        .isEqualTo("*2 SELECT 0 *2 INCR n ");
    assertThat(say(restarted("appendonly yes"), "GET n")).isEqualTo("101");
  }

  @Tag("phase-4")
  @Test
  void writesDuringARewriteCountOnce() throws Exception {
    say(a, "DEBUG POPULATE " + Effort.of(20_000, 3_000));
    say(a, "CONFIG SET rdb-key-save-delay 20");
    assertThat(say(a, "BGREWRITEAOF")).startsWith("Background append only file rewriting");
    int writes = 0;
    while (info(b, "aof_rewrite_in_progress").equals("1") && writes < 2000) {
      say(a, "INCR n");
      say(a, "APPEND key:" + writes % 100 + " x");
      writes++;
    }
    say(a, "CONFIG SET rdb-key-save-delay 0");
    until("the rewrite ends", () -> info(b, "aof_rewrite_in_progress").equals("0"));
    String before = say(a, "DEBUG DIGEST");
    assertThat(writes).as("writes while the rewrite ran").isPositive();
    boolean once = say(restarted("appendonly yes"), "GET n").equals(Integer.toString(writes));
    boolean whole = say(a, "DEBUG DIGEST").equals(before);
    assertThat(once && whole).as("after a crash each write counts once").isTrue();
  }

  @Tag("phase-4")
  @Test
  void aCrashBeforeTheRewriteEndsLosesNothing() throws Exception {
    for (int i = 0; i < 300; i++) {
      say(a, "SET key:" + i + " v");
    }
    say(a, "CONFIG SET rdb-key-save-delay 100000");
    say(a, "BGREWRITEAOF");
    say(a, "SET during 1");
    String before = say(a, "DEBUG DIGEST");
    restarted("appendonly yes");
    assertThat(say(a, "DEBUG DIGEST"))
        .as("after a crash with a rewrite half done")
        .isEqualTo(before);
  }

  @Tag("phase-4")
  @Test
  void theFileCanBeSwitchedOnAndOff() throws Exception {
    say(a, "SET before 1");
    assertThat(say(a, "CONFIG SET appendonly no")).isEqualTo("OK");
    say(a, "SET between 1");
    assertThat(say(a, "CONFIG SET appendonly yes")).isEqualTo("OK");
    say(a, "SET after 1");
    until("the base is there", () -> info(b, "aof_rewrite_in_progress").equals("0"));
    assertThat(say(restarted("appendonly yes"), "MGET before between after"))
        .as("keys set before, while, and after the file was off")
        .isEqualTo("[1, 1, 1]");
  }

  // ---- files that are not as they should be

  @Tag("phase-4")
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "file a.base.rdb seq 1 type b;file b.base.rdb seq 2 type b | duplicate base file",
        "file a.aof seq 2 type i;file b.aof seq 1 type i | non-monotonic sequence number",
        "file a.aof seq 1 type x | Unknown AOF file type",
        "file a.aof seq 0 type i | Invalid AOF manifest file format",
        "file ../a.aof seq 1 type i | Invalid AOF manifest file format",
        "file a.aof seq 1 | Invalid AOF manifest file format",
        "# nothing | Found an empty AOF manifest",
        "file missing.aof seq 1 type i | No such file or directory"
      })
  void aManifestThatMakesNoSenseIsRefused(String lines, String why) throws Exception {
    server.crash();
    Files.writeString(
        appendFolder().resolve("appendonly.aof.manifest"), lines.strip().replace(';', '\n') + "\n");
    assertThatThrownBy(() -> Ours.start(folder, "appendonly yes").close())
        .as("starting with the manifest: %s", lines)
        .hasMessageContaining(why);
  }

  @Tag("phase-4")
  @Test
  void whatARewriteHasReplacedIsForgottenAfterACrashToo() throws Exception {
    say(a, "SET a 1");
    rewrite();
    server.crash();
    Path manifest = appendFolder().resolve("appendonly.aof.manifest");
    String lines = Files.readString(manifest);
    Files.writeString(appendFolder().resolve("appendonly.aof.1.base.rdb"), "old");
    Files.writeString(
        manifest, lines.replaceFirst("\n", "\nfile appendonly.aof.1.base.rdb seq 1 type h\n"));
    assertThat(say(restarted("appendonly yes"), "GET a")).isEqualTo("1");
    assertThat(Files.readString(manifest)).as("the manifest").isEqualTo(lines);
    assertThat(files()).doesNotContain("appendonly.aof.1.base.rdb");
  }

  @Tag("phase-4")
  @Test
  void aFileThatIsTornInTheMiddleIsRefused() throws Exception {
    say(a, "SET a 1");
    rewrite();
    say(a, "SET b 2");
    server.crash();
    Path first = appendFolder().resolve("appendonly.aof.2.incr.aof");
    Path second = appendFolder().resolve("appendonly.aof.3.incr.aof");
    Files.copy(first, second);
    Files.writeString(
        appendFolder().resolve("appendonly.aof.manifest"),
        "file appendonly.aof.3.incr.aof seq 3 type i\n",
        StandardOpenOption.APPEND);
    byte[] whole = Files.readAllBytes(first);
    Files.write(first, java.util.Arrays.copyOf(whole, whole.length - 3));
    assertThatThrownBy(() -> Ours.start(folder, "appendonly yes").close())
        .as("a torn file with another one behind it")
        .hasMessageContaining("Unexpected end of file");
    Files.write(first, whole);
    byte[] torn = java.util.Arrays.copyOf(whole, whole.length - 3);
    Files.write(second, torn);
    assertThatThrownBy(() -> Ours.start(folder, "appendonly yes", "aof-load-truncated no").close())
        .as("a torn tail that nobody wants cut")
        .hasMessageContaining("Unexpected end of file");
    assertThat(Files.readAllBytes(second)).as("the refused file is as it was").isEqualTo(torn);
  }

  @Tag("phase-4")
  @Test
  void aCommandThatNobodyKnowsIsRefused() throws Exception {
    say(a, "SET a 1");
    server.crash();
    Files.writeString(
        appendFolder().resolve("appendonly.aof.1.incr.aof"),
        "*1\r\n$6\r\nNOSUCH\r\n",
        StandardOpenOption.APPEND);
    assertThatThrownBy(() -> Ours.start(folder, "appendonly yes").close())
        .hasMessageContaining("Unknown command 'NOSUCH' reading the append only file");
    Files.writeString(appendFolder().resolve("appendonly.aof.1.incr.aof"), "SET a 1\r\n");
    assertThatThrownBy(() -> Ours.start(folder, "appendonly yes").close())
        .hasMessageContaining("Bad file format reading the append only file");
  }

  // ---- snapshots beside it

  @Tag("phase-4")
  @Test
  void aShutdownThatFailsLeavesTheFileOpen() throws Exception {
    Files.createDirectories(folder.resolve("dump.rdb").resolve("in-the-way"));
    assertThat(say(a, "SHUTDOWN SAVE")).startsWith("-ERR Errors trying to SHUTDOWN");
    assertThat(say(a, "SET k v")).isEqualTo("OK");
    assertThat(appended()).as("what is written afterwards").endsWith("SET k v ");
    assertThat(say(restarted("appendonly yes"), "GET k")).isEqualTo("v");
  }

  @Tag("phase-4")
  @Test
  void aSnapshotThatFailsStopsWrites() throws Exception {
    ask(a, "CONFIG", "SET", "save", "3600 1");
    Files.createDirectories(folder.resolve("dump.rdb").resolve("in-the-way"));
    assertThat(say(a, "SAVE")).startsWith("-ERR");
    assertThat(say(a, "SET k v"))
        .as("a write after a snapshot that could not be put into its place")
        .startsWith("-MISCONF Redis is configured to save RDB snapshots");
    assertThat(say(a, "GET k")).isEqualTo("nil");
    say(a, "CONFIG SET stop-writes-on-bgsave-error no");
    assertThat(say(a, "SET k v")).isEqualTo("OK");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.anyMatch(f -> f.toString().contains("temp-")))
          .as("a temporary file is left")
          .isFalse();
    }
  }
}
