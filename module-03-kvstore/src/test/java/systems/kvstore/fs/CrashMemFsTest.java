package systems.kvstore.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Which states a power loss may leave, and that it can leave each of them. */
class CrashMemFsTest {
  private static final Path DIRECTORY = Path.of("/db");
  private static final int SEEDS = 200;

  private final CrashMemFs fs = new CrashMemFs();

  @BeforeEach
  void makeTheDirectory() throws IOException {
    fs.createDirectories(DIRECTORY);
    fs.syncDirectory(Path.of("/"));
  }

  @Test
  @Tag("phase-2")
  void whatIsSyncedByContentAndByNameAlwaysSurvives() throws IOException {
    writeSynced("a", "text");
    fs.syncDirectory(DIRECTORY);
    assertThat(states("a")).containsExactly("text");
  }

  @Test
  @Tag("phase-2")
  void aSyncedFileWithoutASyncedNameMayBeGone() throws IOException {
    writeSynced("a", "text");
    assertThat(states("a")).containsExactlyInAnyOrder("text", "-");
  }

  @Test
  @Tag("phase-2")
  void aSyncedNameWithoutSyncedBytesMayBeEmptyOrShort() throws IOException {
    write("a", "text");
    fs.syncDirectory(DIRECTORY);
    assertThat(states("a")).contains("", "text", "te").doesNotContain("-");
  }

  @Test
  @Tag("phase-2")
  void aRenameLeavesTheOldFileOrTheNewOneAndNeverNone() throws IOException {
    writeSynced("CURRENT", "old");
    writeSynced("tmp", "new");
    fs.syncDirectory(DIRECTORY);
    fs.rename(DIRECTORY.resolve("tmp"), DIRECTORY.resolve("CURRENT"));
    assertThat(states("CURRENT", "tmp")).containsExactlyInAnyOrder("old new", "new -");
    fs.syncDirectory(DIRECTORY);
    assertThat(states("CURRENT", "tmp")).containsExactly("new -");
  }

  @Test
  @Tag("phase-2")
  void aRenameOfAnUnsyncedNameBringsItAlong() throws IOException {
    writeSynced("CURRENT", "old");
    fs.syncDirectory(DIRECTORY);
    writeSynced("tmp", "new");
    fs.rename(DIRECTORY.resolve("tmp"), DIRECTORY.resolve("CURRENT"));
    assertThat(states("CURRENT", "tmp")).containsExactlyInAnyOrder("old -", "old new", "new -");
  }

  @Test
  @Tag("phase-2")
  void aDeletionMayBeUndone() throws IOException {
    writeSynced("a", "text");
    fs.syncDirectory(DIRECTORY);
    fs.delete(DIRECTORY.resolve("a"));
    assertThat(states("a"))
        .as("what a power loss may leave of a file whose deletion was not synced")
        .containsExactlyInAnyOrder("text", "-");
    fs.syncDirectory(DIRECTORY);
    assertThat(states("a")).containsExactly("-");
  }

  @Test
  @Tag("phase-2")
  void aFileMadeAnewUnderADeletedNameIsNeverBesideTheOldOne() throws IOException {
    writeSynced("a", "old");
    fs.syncDirectory(DIRECTORY);
    fs.rename(DIRECTORY.resolve("a"), DIRECTORY.resolve("b"));
    writeSynced("a", "new");
    assertThat(states("a", "b"))
        .as("what a power loss may leave of a renamed to b and a new a")
        .containsExactlyInAnyOrder("old -", "- old", "new old");
  }

  @Test
  @Tag("phase-2")
  void changesOfDifferentNamesAreKeptInAnyOrder() throws IOException {
    writeSynced("a", "1");
    writeSynced("b", "2");
    assertThat(states("a", "b")).containsExactlyInAnyOrder("- -", "1 -", "- 2", "1 2");
  }

  @Test
  @Tag("phase-2")
  void aLinkIsAChangeOfItsOwn() throws IOException {
    writeSynced("a", "text");
    fs.syncDirectory(DIRECTORY);
    fs.link(DIRECTORY.resolve("a"), DIRECTORY.resolve("b"));
    fs.delete(DIRECTORY.resolve("a"));
    assertThat(states("a", "b")).containsExactlyInAnyOrder("text -", "text text", "- text", "- -");
  }

  @Test
  @Tag("phase-2")
  void anUnsyncedDirectoryTakesItsFilesWithIt() throws IOException {
    Path sub = DIRECTORY.resolve("sub");
    fs.createDirectories(sub);
    writeSynced("sub/a", "text");
    for (int seed = 0; seed < SEEDS; seed++) {
      var after = fs.crashClone(seed, 50);
      assertThat(after.exists(sub) || !after.exists(sub.resolve("a"))).isTrue();
    }
    fs.syncDirectory(sub);
    assertThat(states("sub/a")).containsExactly("text");
  }

  @Test
  @Tag("phase-2")
  void blocksAreKeptOrDroppedOneByOneAndTornIntoSectors() throws IOException {
    byte[] bytes = new byte[8 * MemInode.BLOCK_BYTES];
    java.util.Arrays.fill(bytes, (byte) 1);
    try (var file = fs.create(DIRECTORY.resolve("a"))) {
      file.append(bytes, 0, bytes.length);
    }
    fs.syncDirectory(DIRECTORY);
    int holes = 0;
    int torn = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      byte[] after = read(fs.crashClone(seed, 50), "a");
      int sectors = after.length / MemInode.SECTOR_BYTES;
      for (int i = 0; i < sectors; i++) {
        int from = i * MemInode.SECTOR_BYTES;
        for (int j = 1; j < MemInode.SECTOR_BYTES; j++) {
          assertThat(after[from + j]).isEqualTo(after[from]);
        }
        boolean sameBlock = i % 8 != 0;
        boolean differs = i > 0 && after[from] != after[from - 1];
        torn += sameBlock && differs ? 1 : 0;
        holes += !sameBlock && differs ? 1 : 0;
      }
    }
    assertThat(holes).isPositive();
    assertThat(torn).isPositive();
  }

  @Test
  @Tag("phase-2")
  void theLengthIsAnythingBetweenTheSyncedAndTheCurrentOne() throws IOException {
    try (var file = fs.create(DIRECTORY.resolve("a"))) {
      file.append(new byte[1_000], 0, 1_000);
      file.sync();
      fs.syncDirectory(DIRECTORY);
      file.append(new byte[9_000], 0, 9_000);
      var lengths = new HashSet<Long>();
      for (int seed = 0; seed < SEEDS; seed++) {
        lengths.add(fs.crashClone(seed, 50).size(DIRECTORY.resolve("a")));
      }
      assertThat(lengths).contains(1_000L, 10_000L).hasSizeGreaterThan(50);
      assertThat(lengths).allSatisfy(length -> assertThat(length).isBetween(1_000L, 10_000L));
    }
  }

  @Test
  @Tag("phase-2")
  void storesIntoAMappingAreUnsyncedUntilTheyAreForced() throws IOException {
    try (var file = fs.map(DIRECTORY.resolve("m"), 16_384)) {
      file.force(0, 16_384);
      fs.syncDirectory(DIRECTORY);
      file.segment().set(ValueLayout.JAVA_BYTE, 100, (byte) 1);
      file.segment().set(ValueLayout.JAVA_BYTE, 5_000, (byte) 2);
      file.segment().set(ValueLayout.JAVA_BYTE, 9_000, (byte) 3);
      file.force(0, 4_096);
      assertThat(mapped(fs.crashClone(1, 0))).containsExactly(1, 0, 0);
      assertThat(mapped(fs.crashClone(1, 100))).containsExactly(1, 2, 3);
      assertThat(mapped(fs.killClone())).containsExactly(1, 2, 3);
      var seen = new HashSet<List<Integer>>();
      for (int seed = 0; seed < SEEDS; seed++) {
        seen.add(mapped(fs.crashClone(seed, 50)));
      }
      assertThat(seen)
          .containsExactlyInAnyOrder(
              List.of(1, 0, 0), List.of(1, 2, 0), List.of(1, 0, 3), List.of(1, 2, 3));
    }
  }

  private static List<Integer> mapped(CrashMemFs after) throws IOException {
    byte[] bytes = read(after, "m");
    return List.of((int) bytes[100], (int) bytes[5_000], (int) bytes[9_000]);
  }

  @Test
  @Tag("phase-2")
  void theExtremesKeepNothingAndEverything() throws IOException {
    writeSynced("a", "text");
    fs.syncDirectory(DIRECTORY);
    write("b", "more");
    assertThat(fs.crashClone(1, 0).list(DIRECTORY)).containsExactly("a");
    assertThat(fs.crashClone(1, 100).fingerprint()).isEqualTo(fs.fingerprint());
    assertThat(fs.killClone().fingerprint()).isEqualTo(fs.fingerprint());
    assertThat(fs.killClone().crashClone(1, 0).list(DIRECTORY)).containsExactly("a");
  }

  @Test
  @Tag("phase-2")
  void theOriginalAndItsClonesGoOnIndependently() throws IOException {
    try (var file = fs.create(DIRECTORY.resolve("a"))) {
      file.append(new byte[] {1, 2}, 0, 2);
      file.sync();
      fs.syncDirectory(DIRECTORY);
      var before = fs.crashClone(1, 50);
      var killed = fs.killClone();
      file.append(new byte[] {3}, 0, 1);
      try (var other = before.append(DIRECTORY.resolve("a"))) {
        other.append(new byte[] {9, 9, 9}, 0, 3);
      }
      assertThat(read(fs, "a")).containsExactly(1, 2, 3);
      assertThat(read(before, "a")).containsExactly(1, 2, 9, 9, 9);
      assertThat(read(killed, "a")).containsExactly(1, 2);
      assertThat(read(fs.crashClone(1, 0), "a")).containsExactly(1, 2);
    }
  }

  @Test
  @Tag("phase-2")
  void theSameSeedGivesTheSameState() throws IOException {
    write("a", "x".repeat(50_000));
    write("b", "y".repeat(5_000));
    var distinct = new HashSet<Long>();
    for (int seed = 0; seed < SEEDS; seed++) {
      long state = fs.crashClone(seed, 50).fingerprint();
      assertThat(fs.crashClone(seed, 50).fingerprint()).isEqualTo(state);
      distinct.add(state);
    }
    assertThat(distinct).hasSizeGreaterThan(SEEDS / 3);
  }

  @Test
  @Tag("given")
  void theFingerprintKnowsNamesLengthsAndBytes() throws IOException {
    var seen = new HashSet<Long>();
    seen.add(fs.fingerprint());
    write("a", "text");
    assertThat(seen.add(fs.fingerprint())).isTrue();
    write("a", "tex");
    assertThat(seen.add(fs.fingerprint())).isTrue();
    write("a", "tex\0");
    assertThat(seen.add(fs.fingerprint())).isTrue();
    fs.rename(DIRECTORY.resolve("a"), DIRECTORY.resolve("b"));
    assertThat(seen.add(fs.fingerprint())).isTrue();
    fs.rename(DIRECTORY.resolve("b"), DIRECTORY.resolve("a"));
    assertThat(seen.add(fs.fingerprint())).isFalse();
  }

  @Test
  @Tag("given")
  void everyCallThatCanChangeTheDiskIsTold() throws IOException {
    var kinds = new ArrayList<FsCall.Kind>();
    fs.onCall(call -> kinds.add(call.kind()));
    writeSynced("a", "text");
    fs.rename(DIRECTORY.resolve("a"), DIRECTORY.resolve("b"));
    fs.syncDirectory(DIRECTORY);
    fs.size(DIRECTORY.resolve("b"));
    assertThat(kinds)
        .containsExactly(
            FsCall.Kind.CREATE,
            FsCall.Kind.WRITE,
            FsCall.Kind.SYNC,
            FsCall.Kind.RENAME,
            FsCall.Kind.SYNC_DIRECTORY);
    assertThat(fs.calls()).isEqualTo(kinds.size() + 2);
  }

  @Test
  @Tag("given")
  void theHookSeesTheStateBeforeTheCall() throws IOException {
    var sizes = new ArrayList<Long>();
    write("a", "");
    try (var file = fs.append(DIRECTORY.resolve("a"))) {
      fs.onCall(_ -> sizes.add(fs.killClone().calls() + sizeOf(fs.killClone())));
      file.append(new byte[5], 0, 5);
      file.append(new byte[5], 0, 5);
    }
    assertThat(sizes).containsExactly(0L, 5L);
  }

  private static long sizeOf(CrashMemFs clone) {
    try {
      return clone.size(DIRECTORY.resolve("a"));
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  @Test
  @Tag("given")
  void aKilledProcessHasNoHandlesAndNoLockButItsBytesStay() throws IOException {
    var file = fs.create(DIRECTORY.resolve("a"));
    file.append(new byte[] {1}, 0, 1);
    var map = fs.map(DIRECTORY.resolve("m"), 4_096);
    map.segment().set(ValueLayout.JAVA_BYTE, 7, (byte) 7);
    var lock = fs.lock(DIRECTORY.resolve("LOCK"));
    fs.kill();
    assertThatThrownBy(() -> file.append(new byte[1], 0, 1))
        .isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(() -> map.force(0, 1)).isInstanceOf(ClosedChannelException.class);
    map.close(0);
    fs.lock(DIRECTORY.resolve("LOCK"));
    lock.close();
    assertThat(read(fs, "a")).containsExactly(1);
    assertThat(read(fs, "m")[7]).isEqualTo((byte) 7);
  }

  /** Every state of these files, "-" for a missing one, that a power loss can leave. */
  private Set<String> states(String... names) throws IOException {
    var states = new HashSet<String>();
    for (int seed = 0; seed < SEEDS; seed++) {
      for (int percent : new int[] {0, 20, 50, 80, 100}) {
        states.add(state(fs.crashClone(seed, percent), names));
      }
    }
    return states;
  }

  private static String state(CrashMemFs after, String... names) throws IOException {
    var parts = new ArrayList<String>();
    for (String name : names) {
      boolean exists = after.exists(DIRECTORY.resolve(name));
      parts.add(exists ? new String(read(after, name), StandardCharsets.UTF_8) : "-");
    }
    return String.join(" ", parts);
  }

  private void write(String name, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try (var file = fs.create(DIRECTORY.resolve(name))) {
      file.append(bytes, 0, bytes.length);
    }
  }

  private void writeSynced(String name, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try (var file = fs.create(DIRECTORY.resolve(name))) {
      file.append(bytes, 0, bytes.length);
      file.sync();
    }
  }

  private static byte[] read(CrashMemFs from, String name) throws IOException {
    try (var file = from.open(DIRECTORY.resolve(name))) {
      byte[] bytes = new byte[(int) file.size()];
      file.read(0, bytes, 0, bytes.length);
      return bytes;
    }
  }
}
