package systems.redis.persist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.redis.Ours;
import systems.redis.RealRedis;
import systems.redis.Wire;

/** Keys that move to another server: a key is deleted here when the other one has confirmed it. */
final class MigrationTest {
  @TempDir Path folder;

  private Ours start(String name, String... lines) throws Exception {
    return Ours.start(Files.createDirectories(folder.resolve(name)), lines);
  }

  private static String migrate(Wire from, int port, String key, String... options)
      throws IOException {
    String[] words = new String[6 + options.length];
    String[] head = {"MIGRATE", "127.0.0.1", Integer.toString(port), key, "9", "5000"};
    System.arraycopy(head, 0, words, 0, head.length);
    System.arraycopy(options, 0, words, head.length, options.length);
    return from.call(words).stripTrailing();
  }

  private static Wire ninth(int port) throws IOException {
    Wire wire = new Wire(port);
    wire.call("SELECT", "9");
    return wire;
  }

  @Tag("phase-4")
  @Test
  void aKeyMovesWithItsTime() throws Exception {
    try (Ours a = start("a");
        Ours b = start("b");
        Wire from = a.connect();
        Wire to = ninth(b.port())) {
      from.call("SET", "key", "value", "PX", "100000");
      assertThat(migrate(from, b.port(), "key")).isEqualTo("+OK");
      assertThat(from.call("EXISTS", "key")).isEqualTo(":0\r\n");
      assertThat(to.call("GET", "key")).isEqualTo("$5\r\nvalue\r\n");
      assertThat(Long.parseLong(to.call("PTTL", "key").substring(1).strip()))
          .isBetween(1L, 100_000L);
      assertThat(migrate(from, b.port(), "key")).as("it is gone").isEqualTo("+NOKEY");
    }
  }

  @Tag("phase-4")
  @Test
  void aCopyStaysAndAnOldKeyIsReplacedOnDemandOnly() throws Exception {
    try (Ours a = start("a");
        Ours b = start("b");
        Wire from = a.connect();
        Wire to = ninth(b.port())) {
      from.call("RPUSH", "key", "a", "b");
      to.call("SET", "key", "old");
      assertThat(migrate(from, b.port(), "key", "COPY"))
          .isEqualTo(
              "-ERR Target instance replied with error: BUSYKEY Target key name already exists.");
      assertThat(migrate(from, b.port(), "key", "COPY", "REPLACE")).isEqualTo("+OK");
      assertThat(from.call("LLEN", "key")).isEqualTo(":2\r\n");
      assertThat(to.call("LLEN", "key")).isEqualTo(":2\r\n");
    }
  }

  @Tag("phase-4")
  @Test
  void whatTheOtherSideRefusedIsStillHereAndReplicasHearOfTheRest() throws Exception {
    try (Ours a = start("a", "appendonly yes", "appendfsync always");
        Ours b = start("b")) {
      try (Wire from = a.connect();
          Wire to = ninth(b.port())) {
        from.call("MSET", "one", "1", "two", "2", "three", "3");
        to.call("SET", "two", "old");
        assertThat(migrate(from, b.port(), "", "KEYS", "one", "no", "two", "three", "one"))
            .startsWith("-ERR Target instance replied with error: BUSYKEY");
        assertThat(from.call("KEYS", "*")).isEqualTo("*1\r\n$3\r\ntwo\r\n");
        assertThat(to.call("DBSIZE")).isEqualTo(":3\r\n");
      }
      a.crash();
      try (Ours again = start("a", "appendonly yes");
          Wire wire = again.connect()) {
        assertThat(wire.call("KEYS", "*")).isEqualTo("*1\r\n$3\r\ntwo\r\n");
      }
    }
  }

  @Tag("phase-4")
  @Test
  void aServerThatNeverAnswersCostsTheTimeoutAndNoKey() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Ours a = start("a");
        Wire from = a.connect()) {
      from.call("SET", "key", "value");
      String port = Integer.toString(silent.getLocalPort());
      assertThat(from.call("MIGRATE", "127.0.0.1", port, "key", "9", "50").stripTrailing())
          .isEqualTo("-IOERR error or timeout reading from target instance");
      assertThat(from.call("GET", "key")).isEqualTo("$5\r\nvalue\r\n");
      assertThat(from.call("MIGRATE", "127.0.0.1", "0", "key", "9", "50").stripTrailing())
          .isEqualTo("-IOERR error or timeout connecting to the client");
      assertThat(from.call("INFO", "stats")).contains("migrate_cached_sockets:0");
    }
  }

  @Tag("phase-4")
  @Test
  void aKeptConnectionThatTheOtherSideClosedIsReplaced() throws Exception {
    try (Ours a = start("a");
        Ours b = start("b");
        Wire from = a.connect();
        Wire to = ninth(b.port())) {
      from.call("MSET", "one", "1", "two", "2");
      assertThat(migrate(from, b.port(), "one")).isEqualTo("+OK");
      assertThat(from.call("INFO", "stats")).contains("migrate_cached_sockets:1");
      to.call("CLIENT", "KILL", "TYPE", "normal");
      assertThat(migrate(from, b.port(), "two")).isEqualTo("+OK");
      assertThat(to.call("DBSIZE")).isEqualTo(":2\r\n");
    }
  }

  @Tag("phase-5")
  @Test
  void withoutRightsOrDatabaseNoValueLeaves() throws Exception {
    try (Ours a = start("a");
        Ours b = start("b", "requirepass secret", "databases 4");
        Wire from = a.connect();
        Wire to = b.connect()) {
      to.call("AUTH", "secret");
      from.call("SET", "key", "value");
      assertThat(migrate(from, b.port(), "key", "AUTH", "wrong"))
          .startsWith("-ERR Target instance replied with error: WRONGPASS");
      assertThat(migrate(from, b.port(), "key", "AUTH", "secret"))
          .isEqualTo("-ERR Target instance replied with error: ERR DB index is out of range");
      assertThat(from.call("EXISTS", "key")).isEqualTo(":1\r\n");
      assertThat(to.call("INFO", "keyspace")).doesNotContain("keys=");
    }
  }

  @Tag("phase-4")
  @Test
  void aRealRedisTakesAndGives() throws Exception {
    RealRedis.assumeInstalled();
    try (Ours a = start("a");
        RealRedis real =
            RealRedis.start(Files.createDirectory(folder.resolve("real")), "--save", "");
        Wire from = a.connect();
        Wire to = ninth(real.port())) {
      from.call("SELECT", "9");
      from.call("ZADD", "key", "1.5", "a", "-inf", "b");
      String digest = from.call("DEBUG", "DIGEST-VALUE", "key");
      assertThat(migrate(from, real.port(), "key")).isEqualTo("+OK");
      assertThat(to.call("DEBUG", "DIGEST-VALUE", "key")).isEqualTo(digest);
      assertThat(migrate(to, a.port(), "key")).isEqualTo("+OK");
      assertThat(from.call("DEBUG", "DIGEST-VALUE", "key")).isEqualTo(digest);
      assertThat(to.call("DBSIZE")).isEqualTo(":0\r\n");
    }
  }
}
