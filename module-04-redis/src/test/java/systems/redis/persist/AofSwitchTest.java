package systems.redis.persist;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.redis.Ours;
import systems.redis.Patience;
import systems.redis.Wire;

/** What is switched on, expires or is saved while the append-only file has work of its own. */
@Tag("phase-4")
final class AofSwitchTest {
  private static final String ON = "appendonly yes";

  @TempDir Path folder;

  private static void until(Wire wire, String field) throws Exception {
    Patience.until(field, () -> wire.call("INFO", "persistence").contains(field + "\r\n"));
  }

  @Test
  void aKeyThatWasKeptAfterTheRewriteIsThereAlthoughItsOldTimeHasCome() throws Exception {
    try (Ours ours = Ours.start(folder, ON);
        Wire wire = ours.connect()) {
      wire.call("DEBUG", "SET-ACTIVE-EXPIRE", "0");
      wire.call("SET", "kept", "value", "PX", "400");
      wire.call("SET", "counter", "41", "PX", "400");
      wire.call("BGREWRITEAOF");
      until(wire, "aof_rewrite_in_progress:0");
      wire.call("PERSIST", "kept");
      wire.call("PERSIST", "counter");
      assertThat(wire.call("INCR", "counter")).isEqualTo(":42\r\n");
      wire.call("SET", "mark", "x", "PX", "450");
      Patience.until( // the time that stands in the base has come then
          "the mark is over", () -> wire.call("EXISTS", "mark").equals(":0\r\n"));
      ours.crash();
    }
    try (Ours ours = Ours.start(folder, ON);
        Wire wire = ours.connect()) {
      assertThat(wire.call("GET", "kept")).isEqualTo("$5\r\nvalue\r\n");
      assertThat(wire.call("GET", "counter")).isEqualTo("$2\r\n42\r\n");
      assertThat(wire.call("EXISTS", "mark")).isEqualTo(":0\r\n");
    }
  }

  @Test
  void whatIsSwitchedOnDuringASnapshotBeginsAfterIt() throws Exception {
    String before;
    String after;
    try (Ours ours = Ours.start(folder);
        Wire wire = ours.connect()) {
      for (int i = 0; i < 300; i++) {
        wire.call("SET", "key" + i, "old");
      }
      before = wire.call("DEBUG", "DIGEST");
      wire.call("CONFIG", "SET", "rdb-key-save-delay", "1000");
      wire.call("BGSAVE");
      assertThat(wire.call("CONFIG", "SET", "appendonly", "yes")).isEqualTo("+OK\r\n");
      assertThat(wire.call("INFO", "persistence"))
          .contains("rdb_bgsave_in_progress:1", "aof_rewrite_scheduled:1", "aof_enabled:1");
      for (int i = 0; i < 300; i++) {
        wire.call("SET", "key" + i, "new");
      }
      wire.call("CONFIG", "SET", "rdb-key-save-delay", "0");
      until(wire, "rdb_bgsave_in_progress:0");
      until(wire, "aof_rewrite_scheduled:0");
      until(wire, "aof_rewrite_in_progress:0");
      wire.call("INCR", "counter");
      after = wire.call("DEBUG", "DIGEST");
      wire.call("CONFIG", "SET", "appendfsync", "always");
      wire.call("INCR", "synced");
      wire.call("DEL", "synced");
      ours.crash();
    }
    try (Ours ours = Ours.start(folder, ON);
        Wire wire = ours.connect()) {
      assertThat(wire.call("DEBUG", "DIGEST").equals(after))
          .as("all data of the append-only file")
          .isTrue();
    }
    try (Ours ours = Ours.start(folder);
        Wire wire = ours.connect()) {
      assertThat(wire.call("DEBUG", "DIGEST").equals(before))
          .as("all data of the snapshot")
          .isTrue();
    }
  }

  @Test
  void aReloadDuringARewriteLosesNothing() throws Exception {
    String digest;
    try (Ours ours = Ours.start(folder, ON);
        Wire wire = ours.connect()) {
      for (int i = 0; i < 300; i++) {
        wire.call("SET", "key" + i, "old");
      }
      wire.call("CONFIG", "SET", "rdb-key-save-delay", "1000");
      wire.call("BGREWRITEAOF");
      assertThat(wire.call("DEBUG", "RELOAD")).isEqualTo("+OK\r\n");
      wire.call("CONFIG", "SET", "rdb-key-save-delay", "0");
      for (int i = 0; i < 300; i++) {
        wire.call("SET", "key" + i, "new");
      }
      until(wire, "aof_rewrite_scheduled:0");
      until(wire, "aof_rewrite_in_progress:0");
      digest = wire.call("DEBUG", "DIGEST");
    }
    try (Ours ours = Ours.start(folder, ON);
        Wire wire = ours.connect()) {
      assertThat(wire.call("DEBUG", "DIGEST")).isEqualTo(digest);
      assertThat(Files.exists(folder.resolve("dump.rdb"))).isTrue();
    }
  }
}
