package systems.redis.repl;

import static org.assertj.core.api.Assertions.assertThat;
import static systems.redis.repl.Servers.info;
import static systems.redis.repl.Servers.until;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.redis.Ours;
import systems.redis.Wire;

/** The end of a primary whose replica has not confirmed all of the stream. */
@Tag("phase-7")
final class ShutdownTest {
  private static final String FAILED = "-ERR Errors trying to SHUTDOWN. Check logs.\r\n";

  @TempDir Path folder;
  private Ours server;
  private Wire wire;
  private Wire ending;
  private Wire replica;

  @BeforeEach
  void start() throws Exception {
    server = Ours.start(folder, "shutdown-timeout 600", "repl-diskless-sync no");
    wire = server.connect();
    ending = server.connect();
    replica = server.connect();
    replica.send("PSYNC", "?", "-1");
    until("it is a replica", () -> info(wire, "slave0").contains("state=online"));
    Files.delete(folder.resolve("dump.rdb")); // that of the replica
    wire.call("SET", "k", "v");
  }

  @AfterEach
  void stop() throws Exception {
    replica.close();
    ending.close();
    wire.close();
    server.close();
  }

  private void shutdown(String how) throws Exception {
    ending.send("SHUTDOWN", how);
    until("it waits for the replica", () -> !info(wire, "shutdown_in_milliseconds").isEmpty());
    assertThat(info(wire, "blocked_clients")).isEqualTo("1");
  }

  private boolean isSaved() {
    return Files.exists(folder.resolve("dump.rdb"));
  }

  @Test
  void itEndsWhenTheReplicaHasConfirmedEverything() throws Exception {
    shutdown("SAVE");
    assertThat(isSaved()).as("saved before the replica has the last write").isFalse();
    until(
        "the server ends",
        () -> {
          replica.send("REPLCONF", "ACK", info(wire, "master_repl_offset"));
          return isSaved();
        });
  }

  @Test
  void writesStandStillUntilItIsGivenUp() throws Exception {
    shutdown("NOSAVE");
    try (Wire writing = server.connect()) {
      writing.send("SET", "k", "w");
      assertThat(wire.call("GET", "k")).isEqualTo("$1\r\nv\r\n");
      assertThat(wire.call("SHUTDOWN", "ABORT")).isEqualTo("+OK\r\n");
      assertThat(ending.reply()).isEqualTo(FAILED);
      assertThat(writing.reply()).isEqualTo("+OK\r\n");
      assertThat(wire.call("SHUTDOWN", "ABORT")).isEqualTo("-ERR No shutdown in progress.\r\n");
    }
  }

  @Test
  void whoIsInAHurryDoesNotWait() throws Exception {
    shutdown("NOSAVE");
    wire.send("SHUTDOWN", "SAVE", "NOW");
    until("the server ends", this::isSaved);
  }

  @Test
  void aReplicaThatLeavesIsNotWaitedFor() throws Exception {
    shutdown("SAVE");
    replica.close();
    until("the server ends", this::isSaved);
  }
}
