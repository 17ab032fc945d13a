package systems.redis.persist;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.redis.Effort;
import systems.redis.Ours;
import systems.redis.Patience;
import systems.redis.RealRedis;
import systems.redis.Wire;

final class PersistenceTest {
  private static final String LOADING = "-LOADING Redis is loading the dataset in memory\r\n";

  @TempDir Path folder;

  /** Some of everything, in small and large encodings. */
  private static void fill(Wire wire) throws IOException {
    int large = Effort.of(3000, 700);
    wire.call("SET", "number", "12345");
    wire.call("SET", "text", "hello ".repeat(200));
    wire.call("SET", "expires", "x", "EX", "10000");
    for (int i = 0; i < large; i++) {
      wire.call("RPUSH", "list", "element-" + i);
      wire.call("SADD", "set", "member-" + i);
      wire.call("HSET", "hash", "field-" + i, "value-" + i);
      wire.call("ZADD", "zset", i + ".5", "member-" + i);
    }
    wire.call("SADD", "integers", "1", "2", "70000", "-5000000000");
    wire.call("HSET", "small", "f", "v");
    wire.call("ZADD", "few", "1", "a", "2", "b");
    wire.call("RPUSH", "short", "1", "two");
    wire.call("PFADD", "hll", "a", "b", "c");
    wire.call("SELECT", "5");
    wire.call("SET", "elsewhere", "y");
    wire.call("SELECT", "0");
  }

  private static String digest(Wire wire) throws IOException {
    return wire.call("DEBUG", "DIGEST");
  }

  @Tag("phase-4")
  @Test
  void aSnapshotBringsEverythingBack() throws Exception {
    String before;
    try (Ours ours = Ours.start(folder);
        Wire wire = ours.connect()) {
      fill(wire);
      before = digest(wire);
      assertThat(wire.call("SAVE")).isEqualTo("+OK\r\n");
    }
    try (Ours ours = Ours.start(folder);
        Wire wire = ours.connect()) {
      assertThat(digest(wire).equals(before)).as("all data, loaded from the snapshot").isTrue();
      assertThat(wire.call("TTL", "expires")).isNotEqualTo(":-1\r\n");
    }
  }

  @Tag("phase-4")
  @Test
  void aSnapshotHasWhateverNameTheConfigurationGivesIt() throws Exception {
    try (Ours ours = Ours.start(folder, "rename-command SAVE keep");
        Wire wire = ours.connect()) {
      wire.call("SET", "k", "v");
      assertThat(wire.call("SAVE")).startsWith("-ERR unknown command");
      assertThat(wire.call("KEEP")).as("SAVE under its other name").isEqualTo("+OK\r\n");
    }
    try (Ours ours = Ours.start(folder);
        Wire wire = ours.connect()) {
      assertThat(wire.call("GET", "k")).as("after a start").isEqualTo("$1\r\nv\r\n");
    }
  }

  @Tag("phase-4")
  @Test
  void aRealRedisLoadsOurSnapshotAndWeItsOwn() throws Exception {
    RealRedis.assumeInstalled();
    String ourDigest;
    try (Ours ours = Ours.start(folder);
        Wire wire = ours.connect()) {
      fill(wire);
      ourDigest = digest(wire);
      wire.call("SAVE");
    }
    try (RealRedis real = RealRedis.start(folder, "--save", "");
        Wire wire = new Wire(real.port())) {
      assertThat(digest(wire).equals(ourDigest)).as("of our file, loaded by a real Redis").isTrue();
      wire.call("SET", "theirs", "1");
      wire.call("SAVE");
      ourDigest = digest(wire);
    }
    try (Ours ours = Ours.start(folder);
        Wire wire = ours.connect()) {
      assertThat(digest(wire).equals(ourDigest)).as("of a real Redis' file, loaded by us").isTrue();
    }
  }

  @Tag("phase-4")
  @Test
  void redisCheckRdbFindsNothingWrong() throws Exception {
    assumeTrue(
        RealRedis.has("redis-check-rdb"), "redis-check-rdb is not installed: its test is skipped");
    try (Ours ours = Ours.start(folder);
        Wire wire = ours.connect()) {
      fill(wire);
      wire.call("SAVE");
    }
    Process check =
        new ProcessBuilder("redis-check-rdb", folder.resolve("dump.rdb").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("check").toFile())
            .start();
    assertThat(check.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(folder.resolve("check"))).contains("RDB looks OK");
  }

  @Tag("phase-4")
  @Test
  void aSnapshotShowsTheMomentItBeganWhateverIsWrittenMeanwhile() throws Exception {
    int keys = Effort.of(20_000, 4_000);
    String before;
    try (Ours ours = Ours.start(folder);
        Wire wire = ours.connect()) {
      wire.call("DEBUG", "POPULATE", Integer.toString(keys));
      before = digest(wire);
      wire.send("BGSAVE");
      for (int i = 0; i < 2000; i++) {
        wire.send("SET", "key:" + i, "changed");
        wire.send("DEL", "key:" + (keys - 1 - i));
        wire.send("SET", "new:" + i, "new");
      }
      assertThat(wire.reply()).startsWith("+Background saving started");
      for (int i = 0; i < 6000; i++) {
        wire.reply();
      }
      Patience.until(
          "the snapshot is whole",
          () -> wire.call("INFO", "persistence").contains("rdb_bgsave_in_progress:0"));
      assertThat(digest(wire)).isNotEqualTo(before);
    }
    try (Ours ours = Ours.start(folder);
        Wire wire = ours.connect()) {
      assertThat(wire.call("DBSIZE")).isEqualTo(":" + keys + "\r\n");
      assertThat(digest(wire).equals(before))
          .as("a snapshot whose keys were changed while it was written")
          .isTrue();
    }
  }

  @Tag("phase-4")
  @Test
  void whatWasConfirmedOutlivesAKill() throws Exception {
    String before;
    Ours ours = Ours.start(folder, "appendonly yes", "appendfsync always");
    try (Wire wire = ours.connect()) {
      fill(wire);
      wire.call("MULTI");
      wire.call("INCR", "counter");
      wire.call("INCR", "counter");
      wire.call("EXEC");
      before = digest(wire);
    }
    ours.crash();
    try (Ours again = Ours.start(folder, "appendonly yes");
        Wire wire = again.connect()) {
      assertThat(digest(wire).equals(before)).as("the same data as before").isTrue();
    }
  }

  private Path increment() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("appendonlydir"))) {
      List<Path> found = files.filter(f -> f.toString().endsWith(".incr.aof")).sorted().toList();
      return found.getLast();
    }
  }

  @Tag("phase-4")
  @Test
  void aTornTailIsCutWhereverItIsTorn() throws Exception {
    Ours ours = Ours.start(folder, "appendonly yes", "appendfsync always");
    long whole;
    try (Wire wire = ours.connect()) {
      wire.call("SET", "a", "1");
      whole = Files.size(increment());
      wire.call("SET", "b", "2");
    }
    ours.crash();
    byte[] all = Files.readAllBytes(increment());
    for (int cut = (int) whole; cut < all.length; cut++) {
      Files.write(
          increment(), java.util.Arrays.copyOf(all, cut), StandardOpenOption.TRUNCATE_EXISTING);
      Ours again = Ours.start(folder, "appendonly yes");
      try (Wire wire = again.connect()) {
        assertThat(wire.call("MGET", "a", "b"))
            .as("cut at %d of %d", cut, all.length)
            .isEqualTo("*2\r\n$1\r\n1\r\n$-1\r\n");
      }
      again.crash();
      assertThat(Files.size(increment())).as("cut at %d", cut).isEqualTo(whole);
    }
  }

  @Tag("phase-4")
  @Test
  void halfATransactionDoesNotCount() throws Exception {
    Ours ours = Ours.start(folder, "appendonly yes", "appendfsync always");
    try (Wire wire = ours.connect()) {
      wire.call("SET", "a", "1");
      wire.call("MULTI");
      wire.call("SET", "b", "2");
      wire.call("SET", "c", "3");
      wire.call("EXEC");
    }
    ours.crash();
    byte[] all = Files.readAllBytes(increment());
    Files.write(
        increment(),
        java.util.Arrays.copyOf(all, all.length - 14),
        StandardOpenOption.TRUNCATE_EXISTING);
    try (Ours again = Ours.start(folder, "appendonly yes");
        Wire wire = again.connect()) {
      assertThat(wire.call("EXISTS", "a", "b", "c")).isEqualTo(":1\r\n");
    }
  }

  @Tag("phase-4")
  @Test
  void aRewriteKeepsEverything() throws Exception {
    String before;
    Ours ours = Ours.start(folder, "appendonly yes");
    try (Wire wire = ours.connect()) {
      fill(wire);
      assertThat(wire.call("BGREWRITEAOF")).startsWith("+Background append only file rewriting");
      for (int i = 0; i < 100; i++) {
        wire.call("RPUSH", "during", Integer.toString(i));
      }
      untilRewritten(wire);
      before = digest(wire);
      wire.call("CONFIG", "SET", "appendfsync", "always");
      wire.call("PING");
    }
    ours.crash();
    try (Ours again = Ours.start(folder, "appendonly yes");
        Wire wire = again.connect()) {
      assertThat(digest(wire).equals(before)).as("the same data as before").isTrue();
    }
  }

  @Tag("phase-4")
  @Test
  void whoComesWhileDataIsLoadedIsToldSo() throws Exception {
    try (Ours ours = Ours.start(folder);
        Wire wire = ours.connect()) {
      wire.call("DEBUG", "POPULATE", "3000", "key", "100");
      wire.call("SAVE");
    }
    int port = RealRedis.freePort();
    var started = new CompletableFuture<Ours>();
    Thread.ofPlatform()
        .start(() -> {
          try {
            started.complete(
                Ours.start(
                    folder,
                    "port " + port,
                    "key-load-delay 300",
                    "rdbcompression no",
                    "loading-process-events-interval-bytes 1024"));
          } catch (Exception e) {
            started.completeExceptionally(e);
          }
        });
    Patience.until("it tells that it loads", () -> asked(port).startsWith("-LOADING"));
    try (Ours ours = started.get(Patience.SECONDS, TimeUnit.SECONDS);
        Wire wire = ours.connect()) {
      assertThat(wire.call("DBSIZE")).isEqualTo(":3000\r\n");
    }
  }

  private static String asked(int port) {
    try (Wire wire = new Wire(port)) {
      assertThat(wire.call("PING")).isIn("+PONG\r\n", LOADING);
      return wire.call("EXISTS", "key:1");
    } catch (IOException notYet) {
      return "";
    }
  }

  @Tag("phase-4")
  @Test
  void aNameWithSpacesIsQuotedInTheManifest() throws Exception {
    String[] lines = {"appendonly yes", "appendfilename \" a \\n b\""};
    try (Ours ours = Ours.start(folder, lines);
        Wire wire = ours.connect()) {
      wire.call("SET", "k", "v");
    }
    try (Ours ours = Ours.start(folder, lines);
        Wire wire = ours.connect()) {
      assertThat(wire.call("GET", "k")).isEqualTo("$1\r\nv\r\n");
    }
    Path manifest = folder.resolve("appendonlydir").resolve(" a \n b.manifest");
    assertThat(Files.readAllLines(manifest))
        .containsExactly(
            "file \" a \\n b.1.base.rdb\" seq 1 type b",
            "file \" a \\n b.1.incr.aof\" seq 1 type i");
  }

  @Tag("phase-4")
  @Test
  void afterFlushallNoChangeWaitsForASnapshot() throws Exception {
    try (Ours ours = Ours.start(folder, "save 3600 1");
        Wire wire = ours.connect()) {
      wire.call("SET", "k", "v");
      assertThat(wire.call("INFO", "persistence")).contains("rdb_changes_since_last_save:1\r\n");
      wire.call("FLUSHALL");
      assertThat(wire.call("INFO", "persistence")).contains("rdb_changes_since_last_save:0\r\n");
    }
  }

  private static void untilRewritten(Wire wire) throws Exception {
    Patience.until(
        "the rewrite has ended",
        () -> wire.call("INFO", "persistence").contains("aof_rewrite_in_progress:0"));
  }

  @Tag("phase-4")
  @Test
  void aRealRedisLoadsOurAppendOnlyFile() throws Exception {
    RealRedis.assumeInstalled();
    String ourDigest;
    Ours ours = Ours.start(folder, "appendonly yes", "appendfsync always");
    try (Wire wire = ours.connect()) {
      fill(wire);
      ourDigest = digest(wire);
    }
    ours.crash();
    try (RealRedis real = RealRedis.start(folder, "--save", "", "--appendonly", "yes");
        Wire wire = new Wire(real.port())) {
      assertThat(digest(wire).equals(ourDigest)).as("the same data as before").isTrue();
    }
  }

  /** A base in requests, of all types; returns what a client sees of the data. */
  private List<String> writeBaseOfRequests() throws Exception {
    List<String> seen;
    Ours ours =
        Ours.start(folder, "appendonly yes", "aof-use-rdb-preamble no", "set-max-intset-entries 2");
    try (Wire wire = ours.connect()) {
      fill(wire);
      wire.call("SELECT", "0");
      for (int i = 1; i < 4; i++) {
        wire.call("XADD", "stream", i + "-1", "f", "v" + i);
      }
      wire.call("XDEL", "stream", "3-1");
      wire.call("XGROUP", "CREATE", "stream", "group", "0");
      wire.call("XREADGROUP", "GROUP", "group", "busy", "COUNT", "1", "STREAMS", "stream", ">");
      wire.call("XGROUP", "CREATECONSUMER", "stream", "group", "idle");
      wire.call("XGROUP", "CREATE", "empty", "group", "$", "MKSTREAM");
      wire.call(
          "FUNCTION",
          "LOAD",
          "#!lua name=lib\nredis.register_function('one', function() return 1 end)");
      seen = seen(wire);
      wire.call("BGREWRITEAOF");
      untilRewritten(wire);
    }
    ours.crash();
    Path base = folder.resolve("appendonlydir/appendonly.aof.2.base.aof");
    assertThat(Files.readString(base, ISO_8859_1))
        .as("the base")
        .startsWith("*3\r\n$8\r\nFUNCTION");
    return seen;
  }

  private static List<String> seen(Wire wire) throws IOException {
    wire.call("SELECT", "0");
    return List.of(
        digest(wire),
        wire.call("XPENDING", "stream", "group"),
        wire.call("XINFO", "STREAM", "stream"),
        wire.call("XINFO", "GROUPS", "stream"),
        wire.call("XINFO", "STREAM", "empty"),
        wire.call("FUNCTION", "LIST", "WITHCODE"),
        wire.call("EXPIRETIME", "expires"));
  }

  @Tag("phase-6")
  @Test
  void aBaseOfRequestsHoldsWhatASnapshotDoes() throws Exception {
    List<String> seen = writeBaseOfRequests();
    try (Ours again = Ours.start(folder, "appendonly yes");
        Wire wire = again.connect()) {
      assertThat(seen(wire)).isEqualTo(seen);
    }
  }

  @Tag("phase-6")
  @Test
  void aRealRedisLoadsABaseOfRequests() throws Exception {
    RealRedis.assumeInstalled();
    List<String> seen = writeBaseOfRequests();
    try (RealRedis real = RealRedis.start(folder, "--save", "", "--appendonly", "yes");
        Wire wire = new Wire(real.port())) {
      assertThat(seen(wire)).isEqualTo(seen);
    }
  }

  @Tag("phase-4")
  @Test
  void aDamagedFileIsRefusedByName() throws Exception {
    try (Ours ours = Ours.start(folder);
        Wire wire = ours.connect()) {
      wire.call("SET", "a", "1");
      wire.call("SAVE");
    }
    Path file = folder.resolve("dump.rdb");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 12] ^= 1;
    Files.write(file, bytes);
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> Ours.start(folder).close())
        .as("starting with a snapshot of which one bit was flipped")
        .isInstanceOf(IOException.class);
  }

  @Tag("phase-4")
  @Test
  void aFlippedBitOfAPayloadIsNeverABug() throws Exception {
    try (Ours ours = Ours.start(folder);
        Wire wire = ours.connect()) {
      fill(wire);
      var random = new java.util.Random(7);
      for (String key : List.of("short", "small", "few", "integers", "hll", "number")) {
        String dump = wire.call("DUMP", key);
        String payload = dump.substring(dump.indexOf("\r\n") + 2, dump.length() - 2);
        assertThat(wire.call("RESTORE", "copy", "0", payload, "REPLACE")).isEqualTo("+OK\r\n");
        for (int i = 0; i < Effort.of(300, 30); i++) {
          byte[] bytes = payload.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
          int bit = random.nextInt((bytes.length - 10) * 8);
          bytes[bit / 8] ^= (byte) (1 << bit % 8);
          zeroChecksum(bytes);
          String broken = new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
          String reply = wire.call("RESTORE", "broken", "0", broken, "REPLACE");
          assertThat(reply).as("%s, bit %d", key, bit).isIn("+OK\r\n", "-ERR Bad data format\r\n");
          wire.call("DEL", "broken");
        }
      }
    }
  }

  /** Zero means that there is none, so that the value itself is looked at. */
  private static void zeroChecksum(byte[] payload) {
    java.util.Arrays.fill(payload, payload.length - 8, payload.length, (byte) 0);
  }
}
