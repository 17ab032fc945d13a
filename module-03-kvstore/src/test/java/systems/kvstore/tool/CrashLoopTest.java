package systems.kvstore.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import systems.kvstore.Durability;
import systems.kvstore.WriteBatch;

class CrashLoopTest {
  @TempDir Path folder;
  private Shell shell;

  @BeforeEach
  void makeShell() {
    shell = new Shell(folder);
  }

  private Shell.Ended kill(int times) {
    return shell.run(
        "crashloop", "--db=DIR/d", "--keys=500", "--interval=60", "--kills=" + times, "--seed=3");
  }

  @Test
  @Tag("phase-4")
  void killedWriterLosesNothingAndASecondLoopGoesOn() throws IOException {
    var lines = kill(2).done().lines().toList();
    assertThat(lines)
        .filteredOn(line -> line.startsWith("kill -9 no. "))
        .hasSize(2)
        .allMatch(line -> line.contains(" found, 0 lost ("));
    assertThat(lines).filteredOn(line -> line.startsWith("  L0 ")).hasSize(2);
    assertThat(lines.getLast()).startsWith("2 kills, ").contains(" acknowledged, none lost");
    long acknowledged = acknowledged();
    assertThat(acknowledged).isPositive();

    kill(1).done();
    assertThat(acknowledged()).isGreaterThanOrEqualTo(acknowledged);
  }

  private long acknowledged() throws IOException {
    return Long.parseLong(Files.readString(folder.resolve("d.acknowledged")).strip());
  }

  @Test
  @Tag("phase-4")
  void lostWriteIsNoticed() throws IOException {
    Files.writeString(folder.resolve("d.acknowledged"), (1L << 60) + "\n");
    assertThat(kill(1).failed()).contains("writes were acknowledged and the store has");
  }

  @Test
  @Tag("phase-4")
  void keyThatNobodyHasWrittenIsNoticed() throws IOException {
    shell.run("put", "--db=DIR/d", "--create_if_missing", "kez", "stray").done();
    Files.writeString(folder.resolve("d.acknowledged"), "0\n");
    assertThat(kill(1).failed()).contains("a key that nobody has written: kez");
  }

  @Test
  @Tag("phase-5")
  void valueOfAnotherWriteIsNoticed() throws IOException {
    var work = new CrashWork();
    new CommandLine(work).parseArgs("--db=" + folder.resolve("d"), "--keys=50");
    try (var store = work.open()) {
      var batch = new WriteBatch();
      for (long count = 0; count < 200; ) {
        count += work.batchWrites();
        work.fill(batch, count);
        store.write(batch, Durability.BUFFERED);
      }
      assertThat(new CrashWork.Model(work).compare(store, 190)).isEqualTo(200);
      var cursor = store.cursor();
      cursor.last();
      byte[] key = cursor.key().toByteArray();
      cursor.close();
      store.put(key, work.value(1));
      assertThatThrownBy(() -> new CrashWork.Model(work).compare(store, 190))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("expected the value '");
      store.delete(key);
      assertThatThrownBy(() -> new CrashWork.Model(work).compare(store, 190))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("the store ends before key ");
    }
  }

  @Test
  @Tag("phase-4")
  void storeOfSomebodyElseIsLeftAlone() {
    shell.run("put", "--db=DIR/d", "--create_if_missing", "a", "1").done();
    assertThat(kill(1).failed()).contains("is a store that crashloop did not make");
  }
}
