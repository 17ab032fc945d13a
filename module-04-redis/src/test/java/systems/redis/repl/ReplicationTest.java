package systems.redis.repl;

import static org.assertj.core.api.Assertions.assertThat;
import static systems.redis.repl.Servers.folder;
import static systems.redis.repl.Servers.follow;
import static systems.redis.repl.Servers.info;
import static systems.redis.repl.Servers.until;
import static systems.redis.repl.Servers.untilEqual;
import static systems.redis.repl.Servers.untilLinked;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import systems.redis.Ours;
import systems.redis.RealRedis;
import systems.redis.Wire;

/** Primaries and replicas, of ours among themselves and with a real Redis on either side. */
@Tag("phase-7")
final class ReplicationTest {
  private static final String AT_ONCE = "repl-diskless-sync-delay 0";

  @TempDir Path folder;

  private Ours ours(String name, String... lines) throws Exception {
    String[] all = new String[lines.length + 1];
    all[0] = AT_ONCE;
    System.arraycopy(lines, 0, all, 1, lines.length);
    return Ours.start(folder(folder, name), all);
  }

  private RealRedis real(String name, String... options) throws IOException {
    String[] all = new String[options.length + 4];
    System.arraycopy(new String[] {"--save", "", "--repl-diskless-sync-delay", "0"}, 0, all, 0, 4);
    System.arraycopy(options, 0, all, 4, options.length);
    return RealRedis.start(folder(folder, name), all);
  }

  private static void fill(Wire wire, int keys) throws IOException {
    for (int i = 0; i < keys; i++) {
      wire.call("SET", "key" + i, "value " + i);
      wire.call("RPUSH", "list", "element " + i);
      wire.call("ZADD", "zset", i + ".5", "member" + i);
    }
    wire.call("XADD", "stream", "*", "f", "v");
    wire.call("SELECT", "3");
    wire.call("HSET", "hash", "f", "v");
    wire.call("SELECT", "0");
    wire.call("SET", "expires", "x", "EX", "1000");
  }

  /** Writes from a thread of its own until it is closed, or the server goes away. */
  private static final class Load implements AutoCloseable {
    private final Thread thread;
    private volatile boolean over;
    private volatile long written;

    Load(int port) {
      thread = Thread.ofPlatform().start(() -> run(port));
    }

    private void run(int port) {
      try (Wire wire = new Wire(port)) {
        while (!over) {
          wire.call("INCR", "counter");
          wire.call("RPUSH", "log", Long.toString(written));
          wire.call("SPOP", "nothing");
          wire.call(
              "EVAL", "redis.call('SET', KEYS[1], '1', 'EX', '500')", "1", "k" + written % 97);
          written++;
        }
      } catch (IOException gone) {
        assertThat(gone).isNotNull();
      }
    }

    void untilWritten(long count) throws Exception {
      long target = written + count;
      until(count + " more writes", () -> written >= target || !thread.isAlive());
    }

    @Override
    public void close() {
      over = true;
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  // ---- ours to ours

  @ParameterizedTest
  @ValueSource(strings = {"yes", "no"})
  void aReplicaGetsASnapshotAndThenTheStream(String diskless) throws Exception {
    try (Ours a = ours("a", "repl-diskless-sync " + diskless);
        Ours b = ours("b");
        Wire primary = a.connect();
        Wire replica = b.connect()) {
      fill(primary, 200);
      follow(replica, a.port());
      untilEqual(primary, replica);
      fill(primary, 20);
      primary.call("MULTI");
      primary.call("SELECT", "7");
      primary.call("SET", "in", "transaction");
      primary.call("SELECT", "0");
      primary.call("EXEC");
      assertThat(primary.call("WAIT", "1", "10000")).isEqualTo(":1\r\n");
      untilEqual(primary, replica);
      assertThat(info(primary, "sync_full")).isEqualTo("1");
      assertThat(primary.call("ROLE")).startsWith("*3\r\n$6\r\nmaster\r\n");
      assertThat(replica.call("ROLE")).contains("$9\r\nconnected\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "no"})
  void aLargeSnapshotArrivesWhole(String diskless) throws Exception {
    try (Ours a = ours("a", "repl-diskless-sync " + diskless, "rdbcompression no");
        Ours b = ours("b");
        Wire primary = a.connect();
        Wire replica = b.connect()) {
      for (int i = 0; i < 40; i++) {
        primary.call("SET", "key" + i, (char) ('a' + i % 26) + "x".repeat(200_000));
      }
      follow(replica, a.port());
      untilEqual(primary, replica);
      boolean atOnce = info(primary, "sync_full").equals("1");
      assertThat(atOnce).as("the first attempt does").isTrue();
    }
  }

  @Test
  void aReplicaRefusesWritesAndHidesWhatHasExpired() throws Exception {
    try (Ours a = ours("a");
        Ours b = ours("b");
        Wire primary = a.connect();
        Wire replica = b.connect()) {
      primary.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
      follow(replica, a.port());
      untilLinked(replica);
      assertThat(replica.call("SET", "a", "b"))
          .isEqualTo("-READONLY You can't write against a read only replica.\r\n");
      primary.call("SET", "short", "x", "PX", "50");
      untilEqual(primary, replica);
      until("it has expired", () -> replica.call("GET", "short").equals("$-1\r\n"));
      assertThat(replica.call("DBSIZE")).isEqualTo(":1\r\n");
      assertThat(primary.call("GET", "short")).isEqualTo("$-1\r\n");
      until("the deletion has come", () -> replica.call("DBSIZE").equals(":0\r\n"));
    }
  }

  @Test
  void aPrimaryThatComesBackGoesOnWithItsReplica() throws Exception {
    Ours a = ours("a", "save 3600 1");
    int port = a.port();
    try (Ours b = ours("b");
        Wire replica = b.connect()) {
      String id;
      try (Wire primary = a.connect()) {
        follow(replica, port);
        primary.call("SET", "k", "v");
        untilEqual(primary, replica);
        id = info(primary, "master_replid");
      } finally {
        a.close();
      }
      try (Ours again = ours("a", "save 3600 1", "port " + port);
          Wire primary = again.connect()) {
        assertThat(info(primary, "master_replid2").equals(id)).as("it knows its past").isTrue();
        untilEqual(primary, replica);
        assertThat(info(primary, "sync_partial_ok")).as("continued").isEqualTo("1");
        assertThat(info(primary, "sync_full")).as("copied anew").isEqualTo("0");
      }
    }
  }

  @Test
  void replicasHearOfWhatExpiredWhileTheirPrimaryWasAway() throws Exception {
    Ours a = ours("a", "save 3600 1");
    int port = a.port();
    try (Ours b = ours("b");
        Wire replica = b.connect()) {
      try (Wire primary = a.connect()) {
        primary.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
        follow(replica, port);
        primary.call("SET", "stays", "v");
        for (int i = 0; i < 10; i++) {
          primary.call("SELECT", Integer.toString(i));
          primary.call("SET", "goes", "v", "PX", "1");
        }
        untilEqual(primary, replica);
        replica.call("SELECT", "9");
        until("its time is over", () -> replica.call("EXISTS", "goes").equals(":0\r\n"));
        assertThat(replica.call("DBSIZE")).as("but it is not deleted").isEqualTo(":1\r\n");
      } finally {
        a.close();
      }
      try (Ours again = ours("a", "save 3600 1", "port " + port);
          Wire primary = again.connect()) {
        untilEqual(primary, replica);
        assertThat(info(primary, "rdb_last_load_keys_expired")).isEqualTo("10");
        assertThat(info(primary, "sync_partial_ok")).as("continued").isEqualTo("1");
        assertThat(replica.call("DBSIZE")).isEqualTo(":0\r\n");
      }
    }
  }

  @Test
  void whatAPausedReplicaHasNotRunIsNotItsHistory() throws Exception {
    try (Ours a = ours("a");
        Ours b = ours("b");
        Wire primary = a.connect();
        Wire replica = b.connect()) {
      follow(replica, a.port());
      untilEqual(primary, replica);
      primary.call("INCR", "n"); // with a SELECT before it
      untilEqual(primary, replica);
      replica.call("CLIENT", "PAUSE", "1000000", "WRITE");
      final String before = info(replica, "slave_repl_offset");
      primary.call("INCR", "n");
      primary.call("INCR", "n");
      until("the stream has come", () -> isRead(primary, replica));
      assertThat(replica.call("GET", "n")).isEqualTo("$1\r\n1\r\n");
      boolean moved = !info(replica, "slave_repl_offset").equals(before);
      assertThat(moved).as("it counts what it has not run").isFalse();
      primary.call("CLIENT", "KILL", "TYPE", "replica");
      until("it asks for that again", () -> info(primary, "sync_partial_ok").equals("1"));
      replica.call("CLIENT", "UNPAUSE");
      untilEqual(primary, replica);
      assertThat(replica.call("GET", "n")).as("each once").isEqualTo("$1\r\n3\r\n");
    }
  }

  private static boolean isRead(Wire primary, Wire replica) throws IOException {
    return info(replica, "slave_read_repl_offset").equals(info(primary, "master_repl_offset"));
  }

  @Test
  void aReplicaThatTakesWritesEndsItsOwnKeysItself() throws Exception {
    try (Ours a = ours("a");
        Ours b = ours("b", "replica-read-only no");
        Wire primary = a.connect();
        Wire replica = b.connect()) {
      primary.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
      primary.call("SET", "theirs", "x", "PX", "30");
      follow(replica, a.port());
      untilLinked(replica);
      replica.call("SET", "own", "x", "PX", "30");
      until("its own key has gone", () -> replica.call("DBSIZE").equals(":1\r\n"));
      assertThat(info(replica, "slave_expires_tracked_keys")).isEqualTo("0");
      assertThat(replica.call("EXISTS", "own")).isEqualTo(":0\r\n");
      until("theirs is over too", () -> replica.call("EXISTS", "theirs").equals(":0\r\n"));
      assertThat(replica.call("INCR", "theirs")).as("a new one").isEqualTo(":1\r\n");
      assertThat(replica.call("TTL", "theirs")).isEqualTo(":-1\r\n");
    }
  }

  @Test
  void itsOwnKeysGoWithTheirDatabase() throws Exception {
    try (Ours a = ours("a");
        Ours b = ours("b", "replica-read-only no");
        Wire primary = a.connect();
        Wire replica = b.connect()) {
      follow(replica, a.port());
      untilEqual(primary, replica);
      replica.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
      replica.call("SET", "own", "x", "PX", "30");
      primary.call("SWAPDB", "0", "1");
      until("it has swapped", () -> replica.call("DBSIZE").equals(":0\r\n"));
      replica.call("SELECT", "1");
      assertThat(info(replica, "slave_expires_tracked_keys")).isEqualTo("1");
      replica.call("DEBUG", "SET-ACTIVE-EXPIRE", "1");
      until("its own key has gone", () -> replica.call("DBSIZE").equals(":0\r\n"));
      assertThat(info(replica, "slave_expires_tracked_keys")).isEqualTo("0");
    }
  }

  @Test
  void whatASlowReplicaHasNotTakenIsHeldUntilItGoes() throws Exception {
    String[] settings = {
      "repl-diskless-sync no", "repl-backlog-size 16kb", "client-output-buffer-limit replica 0 0 0"
    };
    try (Ours a = ours("a", settings);
        Wire primary = a.connect()) {
      try (Wire slow = a.connect()) {
        slow.send("PSYNC", "?", "-1");
        until("it is online", () -> info(primary, "slave0").contains("state=online"));
        for (int i = 0; i < 30; i++) {
          primary.call("SET", "k", "x".repeat(1_000_000));
        }
        assertThat(bufferedMegabytes(primary)).as("MB that wait for it").isGreaterThan(10);
      }
      until("nobody waits for them", () -> bufferedMegabytes(primary) < 2);
    }
  }

  private static long bufferedMegabytes(Wire wire) throws IOException {
    return Long.parseLong(info(wire, "mem_total_replication_buffers")) / 1_000_000;
  }

  @Test
  void aReplicaWithoutItsPrimaryServesOldDataOnlyIfItMay() throws Exception {
    try (Ours b = ours("b");
        Wire replica = b.connect()) {
      Wire primary;
      try (Ours a = ours("a")) {
        primary = a.connect();
        primary.call("SET", "k", "v");
        follow(replica, a.port());
        untilEqual(primary, replica);
      }
      primary.close();
      until("the link is down", () -> info(replica, "master_link_status").equals("down"));
      assertThat(replica.call("GET", "k")).isEqualTo("$1\r\nv\r\n");
      replica.call("CONFIG", "SET", "replica-serve-stale-data", "no");
      assertThat(replica.call("GET", "k")).startsWith("-MASTERDOWN Link with MASTER is down");
      assertThat(replica.call("PING")).startsWith("-MASTERDOWN");
      assertThat(replica.call("INFO", "replication")).contains("master_link_status:down");
    }
  }

  @Test
  void aCutConnectionIsContinuedWhereItBroke() throws Exception {
    try (Ours a = ours("a");
        Ours b = ours("b");
        Wire primary = a.connect();
        Wire replica = b.connect()) {
      fill(primary, 50);
      follow(replica, a.port());
      untilEqual(primary, replica);
      try (Load load = new Load(a.port())) {
        for (int cut = 1; cut <= 5; cut++) {
          load.untilWritten(50);
          if (cut % 2 == 0) {
            replica.call("CLIENT", "KILL", "TYPE", "master");
          } else {
            primary.call("CLIENT", "KILL", "TYPE", "replica");
          }
          String expected = Integer.toString(cut);
          until("it continues", () -> info(primary, "sync_partial_ok").equals(expected));
        }
      }
      untilEqual(primary, replica);
      assertThat(info(primary, "sync_full")).isEqualTo("1");
    }
  }

  @Test
  void aReplicaThatLagsBehindTheBacklogIsCopiedAnew() throws Exception {
    try (Ours a = ours("a", "repl-backlog-size 16kb");
        Ours b = ours("b");
        Wire primary = a.connect();
        Wire replica = b.connect()) {
      follow(replica, a.port());
      untilEqual(primary, replica);
      replica.call("REPLICAOF", "127.0.0.1", "1"); // nobody there
      for (int i = 0; i < 100; i++) {
        primary.call("SET", "k" + i, "x".repeat(1000));
      }
      follow(replica, a.port());
      untilEqual(primary, replica);
      assertThat(info(primary, "sync_full")).isEqualTo("2");
      assertThat(info(primary, "sync_partial_err"))
          .as("its own history, then the old one")
          .isEqualTo("2");
    }
  }

  @Test
  void aReplicaOfAReplicaGetsTheSameBytesAndSurvivesAPromotion() throws Exception {
    try (Ours a = ours("a");
        Ours b = ours("b");
        Ours c = ours("c");
        Wire top = a.connect();
        Wire middle = b.connect();
        Wire bottom = c.connect()) {
      fill(top, 50);
      follow(middle, a.port());
      untilEqual(top, middle);
      follow(bottom, b.port());
      untilEqual(top, bottom);
      try (Load load = new Load(a.port())) {
        load.untilWritten(100);
      }
      untilEqual(top, bottom);
      middle.call("REPLICAOF", "NO", "ONE");
      middle.call("SET", "after", "promotion");
      follow(top, b.port()); // the old primary comes back as a replica, without a full copy
      untilEqual(middle, bottom);
      untilEqual(middle, top);
      assertThat(info(middle, "sync_full")).isEqualTo("1"); // that of the beginning
      assertThat(info(middle, "sync_partial_ok")).isEqualTo("2");
      assertThat(info(bottom, "master_replid")).isEqualTo(info(middle, "master_replid"));
      assertThat(info(middle, "master_replid2")).isEqualTo(info(bottom, "master_replid2"));
    }
  }

  @Test
  void writesNeedAsManyReplicasAsWereAskedFor() throws Exception {
    try (Ours a = ours("a", "min-replicas-to-write 1");
        Ours b = ours("b");
        Wire primary = a.connect();
        Wire replica = b.connect()) {
      assertThat(primary.call("SET", "a", "b"))
          .isEqualTo("-NOREPLICAS Not enough good replicas to write.\r\n");
      follow(replica, a.port());
      until("a replica is there", () -> primary.call("SET", "a", "b").equals("+OK\r\n"));
      assertThat(primary.call("WAIT", "2", "50")).isEqualTo(":1\r\n");
    }
  }

  @Test
  void aPasswordIsNeededAndGiven() throws Exception {
    try (Ours a = ours("a", "requirepass secret");
        Ours b = ours("b", "masterauth secret");
        Wire primary = a.connect();
        Wire replica = b.connect()) {
      primary.call("AUTH", "secret");
      primary.call("SET", "a", "b");
      follow(replica, a.port());
      untilEqual(primary, replica);
    }
  }

  @Test
  void aFailoverHandsTheRoleOverWithoutALostWrite() throws Exception {
    try (Ours a = ours("a");
        Ours b = ours("b");
        Wire first = a.connect();
        Wire second = b.connect()) {
      fill(first, 50);
      follow(second, a.port());
      untilEqual(first, second);
      try (Load load = new Load(a.port())) {
        load.untilWritten(50);
        assertThat(first.call("FAILOVER")).isEqualTo("+OK\r\n");
        until("the roles are exchanged", () -> info(first, "role").equals("slave"));
        until("it is over", () -> info(first, "master_failover_state").equals("no-failover"));
      }
      untilEqual(second, first);
      assertThat(info(second, "role")).isEqualTo("master");
      assertThat(info(second, "sync_full")).isEqualTo("0");
    }
  }

  @Test
  void aForcedFailoverWaitsForTheAnswerAndNotForTheTimeout() throws Exception {
    try (FakePrimary target = new FakePrimary();
        Ours a = ours("a");
        Wire primary = a.connect();
        Wire replica = a.connect()) {
      String port = Integer.toString(target.port());
      assertThat(replica.call("REPLCONF", "listening-port", port)).isEqualTo("+OK\r\n");
      replica.send("PSYNC", "?", "-1");
      until("it has its data", () -> info(primary, "slave0").contains("state=online"));
      primary.call("SET", "never", "confirmed");
      final String id = info(primary, "master_replid");
      assertThat(primary.call("FAILOVER", "TO", "127.0.0.1", port, "TIMEOUT", "1", "FORCE"))
          .isEqualTo("+OK\r\n");
      List<String> asked = target.accept();
      assertThat(asked.get(1).equals(id)).as("it is asked to go on with this history").isTrue();
      assertThat(asked.getLast()).isEqualTo("FAILOVER");
      primary.call("XREAD", "BLOCK", "300", "STREAMS", "nothing", "$"); // longer than the timeout
      assertThat(info(primary, "master_failover_state")).isEqualTo("failover-in-progress");
      target.say("+CONTINUE " + "d".repeat(40) + "\r\n");
      untilLinked(primary);
      assertThat(info(primary, "master_failover_state")).isEqualTo("no-failover");
      assertThat(info(primary, "role")).isEqualTo("slave");
    }
  }

  @Test
  void aBackupMayHaveFunctionsAloneAndNoStream() throws Exception {
    try (Ours a = ours("a");
        Wire writing = a.connect();
        Wire backup = a.connect()) {
      writing.call("SET", "a-key", "v");
      writing.call(
          "FUNCTION",
          "LOAD",
          "#!lua name=lib\nredis.register_function('f', function() return 1 end)");
      assertThat(backup.call("REPLCONF", "rdb-filter-only", "keys"))
          .isEqualTo("-ERR Unsupported rdb-filter-only option: keys\r\n");
      backup.call("REPLCONF", "rdb-filter-only", "functions");
      assertThat(backup.call("PSYNC", "?", "-1")).startsWith("-ERR a filtered RDB");
      assertThat(backup.call("REPLCONF", "capa", "eof", "rdb-only", "1")).isEqualTo("+OK\r\n");
      backup.send("PSYNC", "?", "-1");
      String all = backup.untilEnd();
      String mark = all.substring(all.indexOf("$EOF:") + 5).substring(0, 40);
      assertThat(all.endsWith(mark)).as("the connection ends behind the snapshot").isTrue();
      assertThat(all.contains("register_function")).as("functions are in it").isTrue();
      assertThat(all.contains("a-key")).as("keys are in it").isFalse();
    }
  }

  @Test
  void anOldPrimaryThatWentOnAloneIsCopiedAnew() throws Exception {
    try (Ours a = ours("a");
        Ours b = ours("b");
        Wire old = a.connect();
        Wire promoted = b.connect()) {
      fill(old, 20);
      follow(promoted, a.port());
      untilEqual(old, promoted);
      promoted.call("REPLICAOF", "NO", "ONE");
      old.call("SET", "only", "there");
      fill(promoted, 20);
      follow(old, b.port());
      untilEqual(promoted, old);
      assertThat(old.call("GET", "only")).as("what nobody else had").isEqualTo("$-1\r\n");
      assertThat(info(promoted, "sync_full")).isEqualTo("1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "no"})
  void replicasThatComeTogetherShareASnapshot(String diskless) throws Exception {
    try (Ours a = ours("a", "repl-diskless-sync " + diskless, "repl-diskless-sync-max-replicas 2");
        Ours b = ours("b");
        Ours c = ours("c");
        Wire primary = a.connect();
        Wire first = b.connect();
        Wire second = c.connect()) {
      primary.call("CONFIG", "SET", "repl-diskless-sync-delay", "30");
      fill(primary, 300);
      try (Load load = new Load(a.port())) {
        follow(first, a.port());
        follow(second, a.port());
        untilLinked(first);
        untilLinked(second);
        load.untilWritten(20);
      }
      untilEqual(primary, first);
      untilEqual(primary, second);
      assertThat(info(primary, "sync_full")).isEqualTo("2");
    }
  }

  @Test
  void oldDataIsServedUntilTheNewOneIsWholeIfItIsOfTheSameHistory() throws Exception {
    try (FakePrimary fake = new FakePrimary();
        Ours b = ours("b", "repl-diskless-load swapdb", "replica-read-only no");
        Wire replica = b.connect()) {
      String same = "1".repeat(40);
      follow(replica, fake.port());
      fake.accept();
      fake.say("+FULLRESYNC " + same + " 0\r\n$EOF:" + "e".repeat(40) + "\r\n");
      until("data of another history is coming", () -> loads(replica).equals("1 0"));
      assertThat(replica.call("GET", "old"))
          .isEqualTo("-LOADING Redis is loading the dataset in memory\r\n");
      fake.say(FakePrimary.EMPTY_SNAPSHOT);
      fake.say("e".repeat(40));
      untilLinked(replica);
      replica.call("SET", "old", "v");
      fake.cut();
      fake.accept();
      fake.say("+FULLRESYNC " + same + " 5\r\n$EOF:" + "f".repeat(40) + "\r\n");
      until("newer data of the same history is coming", () -> loads(replica).equals("0 1"));
      assertThat(replica.call("GET", "old")).isEqualTo("$1\r\nv\r\n");
      assertThat(replica.call("REPLICAOF", "NO", "ONE")).startsWith("-LOADING");
      fake.say(FakePrimary.EMPTY_SNAPSHOT);
      fake.say("f".repeat(40));
      untilLinked(replica);
      assertThat(replica.call("GET", "old")).isEqualTo("$-1\r\n");
    }
  }

  private static String loads(Wire wire) throws IOException {
    return info(wire, "loading") + " " + info(wire, "async_loading");
  }

  @Test
  void anErrorOfThePrimarysStreamIsCountedAndReplicasHearWhatDebugTells() throws Exception {
    try (Ours a = ours("a");
        Ours b = ours("b");
        Wire primary = a.connect();
        Wire replica = b.connect()) {
      follow(replica, a.port());
      untilLinked(replica);
      primary.call("DEBUG", "REPLICATE", "no-such-command", "x");
      until("the replica has met it", () -> info(replica, "unexpected_error_replies").equals("1"));
      primary.call("SET", "k", "v");
      untilEqual(primary, replica);
    }
  }

  @Test
  void whatCameOfAnUnfinishedRequestIsAskedForAgain() throws Exception {
    String id = "a".repeat(40);
    String whole = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n";
    try (FakePrimary primary = new FakePrimary();
        Ours b = ours("b");
        Wire replica = b.connect()) {
      follow(replica, primary.port());
      primary.accept();
      primary.say("+FULLRESYNC " + id + " 1000\r\n$" + FakePrimary.EMPTY_SNAPSHOT.length + "\r\n");
      primary.say(FakePrimary.EMPTY_SNAPSHOT);
      primary.say(whole + "*3\r\n$3\r\nSET\r\n$5\r\nother\r\n$1");
      until("the whole request has run", () -> replica.call("EXISTS", "k").equals(":1\r\n"));
      primary.cut();
      assertThat(primary.accept())
          .as("the place from which it wants to go on")
          .containsExactly("PSYNC", id, Integer.toString(1000 + whole.length() + 1));
      primary.say("+CONTINUE " + "b".repeat(40) + "\r\n");
      primary.say("*3\r\n$3\r\nSET\r\n$5\r\nother\r\n$1\r\nw\r\n");
      until("it goes on", () -> replica.call("GET", "other").equals("$1\r\nw\r\n"));
      assertThat(info(replica, "master_replid")).as("the new name").isEqualTo("b".repeat(40));
      assertThat(info(replica, "master_replid2")).as("the old one").isEqualTo(id);
    }
  }

  @Test
  void onlyAServerOfTheSameHistoryMayHandItsRoleOver() throws Exception {
    try (Ours a = ours("a");
        Ours b = ours("b");
        Wire first = a.connect();
        Wire second = b.connect()) {
      follow(second, a.port());
      untilEqual(first, second);
      String answer = second.call("PSYNC", "c".repeat(40), "1", "FAILOVER");
      assertThat(answer.equals("-ERR PSYNC FAILOVER replid must match my replid.\r\n"))
          .as("who has another history is refused")
          .isTrue();
      assertThat(info(second, "role")).isEqualTo("slave");
      assertThat(first.call("PSYNC", "c".repeat(40), "1", "FAILOVER"))
          .isEqualTo("-ERR PSYNC FAILOVER can't be sent to a master.\r\n");
    }
  }

  // ---- with a real Redis

  @ParameterizedTest
  @ValueSource(strings = {"yes", "no"})
  void aRealRedisIsAReplicaOfOurs(String diskless) throws Exception {
    RealRedis.assumeInstalled();
    try (Ours a = ours("a", "repl-diskless-sync " + diskless);
        RealRedis b = real("b");
        Wire primary = a.connect();
        Wire replica = new Wire(b.port())) {
      followsUnderLoadAndAfterACut(primary, a.port(), replica);
    }
  }

  private static void followsUnderLoadAndAfterACut(Wire primary, int port, Wire replica)
      throws Exception {
    fill(primary, 300);
    try (Load load = new Load(port)) {
      load.untilWritten(20);
      follow(replica, port);
      untilLinked(replica);
      load.untilWritten(100);
      primary.call("CLIENT", "KILL", "TYPE", "replica");
      until("it continues", () -> info(primary, "sync_partial_ok").equals("1"));
      load.untilWritten(100);
    }
    assertThat(primary.call("WAIT", "1", "10000")).isEqualTo(":1\r\n");
    untilEqual(primary, replica);
  }

  @ParameterizedTest
  @ValueSource(strings = {"yes", "no"})
  void ourServerIsAReplicaOfARealRedis(String diskless) throws Exception {
    RealRedis.assumeInstalled();
    try (RealRedis a = real("a", "--repl-diskless-sync", diskless);
        Ours b = ours("b");
        Wire primary = new Wire(a.port());
        Wire replica = b.connect()) {
      followsUnderLoadAndAfterACut(primary, a.port(), replica);
    }
  }

  @Test
  void aRealReplicaOfOursIsPromotedAfterAKillAndTheOtherOneFollowsIt() throws Exception {
    RealRedis.assumeInstalled();
    try (RealRedis b = real("b");
        Ours c = ours("c");
        Wire second = new Wire(b.port());
        Wire third = c.connect()) {
      Ours a = ours("a");
      followUnderLoadUntil(a::crash, a.port(), second, third);
      promoted(second, b.port(), third);
    }
  }

  @Test
  void oursIsPromotedAfterARealPrimaryWasKilled() throws Exception {
    RealRedis.assumeInstalled();
    try (Ours b = ours("b");
        RealRedis c = real("c");
        Wire second = b.connect();
        Wire third = new Wire(c.port())) {
      RealRedis a = real("a");
      followUnderLoadUntil(a::close, a.port(), second, third);
      promoted(second, b.port(), third);
    }
  }

  /** Both follow while it is written to, and are linked when it ends. */
  private static void followUnderLoadUntil(Runnable end, int port, Wire second, Wire third)
      throws Exception {
    try (Load load = new Load(port)) {
      follow(second, port);
      follow(third, port);
      untilLinked(second);
      untilLinked(third);
      load.untilWritten(200);
      end.run();
    }
  }

  private static void promoted(Wire second, int port, Wire third) throws Exception {
    until("the link is down", () -> info(second, "master_link_status").equals("down"));
    second.call("REPLICAOF", "NO", "ONE");
    second.call("SET", "goes", "on");
    follow(third, port);
    untilEqual(second, third);
  }
}
