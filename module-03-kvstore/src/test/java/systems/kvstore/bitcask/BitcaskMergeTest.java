package systems.kvstore.bitcask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static systems.kvstore.bitcask.BitcaskStoreTest.delete;
import static systems.kvstore.bitcask.BitcaskStoreTest.fill;
import static systems.kvstore.bitcask.BitcaskStoreTest.filled;
import static systems.kvstore.bitcask.BitcaskStoreTest.get;
import static systems.kvstore.bitcask.BitcaskStoreTest.put;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.kvstore.Effort;
import systems.kvstore.KvException;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.fs.PosixFs;

@Tag("phase-1")
class BitcaskMergeTest {
  private static final BitcaskStore.Options SMALL = new BitcaskStore.Options(4096, 0.5, false);

  private FileSystem fileSystem = PosixFs.INSTANCE;

  @TempDir Path directory;

  private BitcaskStore open() throws IOException {
    return BitcaskStore.open(fileSystem, directory, SMALL);
  }

  @Test
  void mergingFreesWhatIsGarbageAndKeepsWhatIsNot() throws IOException {
    try (var store = open()) {
      for (int round = 0; round < 5; round++) {
        fill(store, 100, round);
      }
      for (int i = 50; i < 100; i++) {
        delete(store, "key" + i);
      }
      long before = store.stats().dataBytes();
      store.merge();
      var stats = store.stats();
      assertThat(stats.dataBytes()).isEqualTo(stats.liveBytes()).isLessThan(before / 9);
      assertThat(stats.keys()).isEqualTo(50);
      checkHalfFilled(store);
    }
    try (var store = open()) {
      checkHalfFilled(store);
    }
  }

  private static void checkHalfFilled(BitcaskStore store) throws IOException {
    for (int i = 0; i < 100; i++) {
      assertThat(get(store, "key" + i)).isEqualTo(i < 50 ? filled(i, 4) : null);
    }
  }

  @Test
  void mergingAnEmptyStoreAndMergingTwiceAreHarmless() throws IOException {
    try (var store = open()) {
      store.merge();
      put(store, "k", "v");
      store.merge();
      store.merge();
      assertThat(get(store, "k")).isEqualTo("v");
      assertThat(store.stats().files()).isEqualTo(2);
    }
    try (var store = open()) {
      assertThat(get(store, "k")).isEqualTo("v");
    }
  }

  @Test
  void idsOfOutputsLieBetweenInputsAndTheActiveFile() throws IOException {
    try (var store = open()) {
      fill(store, 200, 1);
      store.merge();
      put(store, "key0", "newest");
    }
    try (var store = open()) {
      assertThat(get(store, "key0")).isEqualTo("newest");
      store.merge();
      delete(store, "key0");
    }
    try (var store = open()) {
      assertThat(get(store, "key0")).isNull();
      assertThat(get(store, "key199")).isEqualTo(filled(199, 1));
    }
  }

  /** Runs an action once, just before the first output of a merge is renamed into its place. */
  private FileSystem atRename(ThrowingAction action) {
    return new ForwardingFs() {
      private boolean done;

      @Override
      public void rename(Path source, Path target) throws IOException {
        if (!done) {
          done = true;
          action.run();
        }
        super.rename(source, target);
      }
    };
  }

  private interface ThrowingAction {
    void run() throws IOException;
  }

  @Test
  void writesDuringAMergeWinOverWhatItCopied() throws IOException {
    BitcaskStore[] store = new BitcaskStore[1];
    fileSystem =
        atRename(() -> {
          put(store[0], "key0", "written meanwhile");
          delete(store[0], "key1");
          put(store[0], "new", "new meanwhile");
          assertThat(get(store[0], "key2")).isEqualTo(filled(2, 1));
        });
    store[0] = open();
    fill(store[0], 20, 1);
    store[0].merge();
    checkWrittenMeanwhile(store[0]);
    store[0].close();
    try (var reopened = open()) {
      checkWrittenMeanwhile(reopened);
      reopened.merge();
      checkWrittenMeanwhile(reopened);
    }
  }

  private static void checkWrittenMeanwhile(BitcaskStore store) throws IOException {
    assertThat(get(store, "key0")).isEqualTo("written meanwhile");
    assertThat(get(store, "key1")).isNull();
    assertThat(get(store, "new")).isEqualTo("new meanwhile");
    assertThat(get(store, "key2")).isEqualTo(filled(2, 1));
  }

  @Test
  void readersNeverMissAKeyWhileMergesReplaceItsFile() throws Exception {
    try (var store = open();
        var threads = Executors.newFixedThreadPool(2)) {
      fill(store, 100, 1);
      Future<?> merging =
          threads.submit(() -> {
            for (int i = 0; i < Effort.of(20, 4); i++) {
              store.merge();
            }
            return null;
          });
      while (!merging.isDone()) {
        for (int i = 0; i < 100; i++) {
          assertThat(get(store, "key" + i)).isEqualTo(filled(i, 1));
        }
      }
      merging.get();
    }
  }

  @Test
  void oldFilesGoOldestFirstSoThatNoTombstoneGoesBeforeWhatItBuries() throws IOException {
    int deletions = 1;
    while (aDeletionFails(deletions)) {
      deletions++;
    }
    assertThat(deletions).as("old files that a merge deletes").isGreaterThan(3);
  }

  /** Merges with the n-th deletion of an old file failing; false if there are fewer. */
  private boolean aDeletionFails(int n) throws IOException {
    var place = directory.resolve("deletion" + n);
    var deletions = new int[1];
    fileSystem =
        new ForwardingFs() {
          @Override
          public void delete(Path file) throws IOException {
            if (file.toString().endsWith(".data") && ++deletions[0] == n) {
              throw new IOException("deletion " + n + " fails");
            }
            super.delete(file);
          }
        };
    try (var store = BitcaskStore.open(fileSystem, place, SMALL)) {
      put(store, "gone", "one");
      fill(store, 60, 1);
      delete(store, "gone");
      fill(store, 60, 2);
      if (!mergeIsFenced(store) && deletions[0] < n) {
        return false;
      }
      assertThatExceptionOfType(KvException.Fenced.class).isThrownBy(store::merge);
      assertThat(get(store, "gone")).isNull();
    }
    try (var store = BitcaskStore.open(PosixFs.INSTANCE, place, SMALL)) {
      assertThat(get(store, "gone"))
          .as("a deleted key, opened again after old file %d of a merge could not be deleted", n)
          .isNull();
      assertThat(get(store, "key59")).isEqualTo(filled(59, 2));
    }
    return true;
  }

  private static boolean mergeIsFenced(BitcaskStore store) throws IOException {
    try {
      store.merge();
      return false;
    } catch (KvException.Fenced e) {
      return true;
    }
  }

  /** Knows which data files have bytes that the device may not have; hints may get lost. */
  private static class SyncsNoted extends ForwardingFs {
    final TreeSet<String> unsynced = new TreeSet<>();

    @Override
    public WritableFile create(Path file) throws IOException {
      return noted(file, super.create(file));
    }

    @Override
    public WritableFile append(Path file) throws IOException {
      return noted(file, super.append(file));
    }

    private WritableFile noted(Path path, WritableFile file) {
      String name = path.getFileName().toString();
      return new ForwardingFile(file) {
        @Override
        public void append(byte[] bytes, int offset, int length) throws IOException {
          if (name.contains(".data")) {
            unsynced.add(name);
          }
          super.append(bytes, offset, length);
        }

        @Override
        public void sync() throws IOException {
          super.sync();
          unsynced.remove(name);
        }
      };
    }
  }

  @Test
  void whatReplacesAnOldFileIsSyncedBeforeTheFileGoes() throws IOException {
    var store = new BitcaskStore[1];
    var deletions = new int[1];
    fileSystem =
        new SyncsNoted() {
          @Override
          public void rename(Path source, Path target) throws IOException {
            super.rename(source, target);
            put(store[0], "key0", "written while the merge runs");
          }

          @Override
          public void delete(Path file) throws IOException {
            if (file.toString().endsWith(".data")) {
              deletions[0]++;
              assertThat(unsynced)
                  .as("files that still need a sync when %s is deleted", file.getFileName())
                  .isEmpty();
            }
            super.delete(file);
          }
        };
    store[0] = open();
    fill(store[0], 20, 1);
    store[0].merge();
    assertThat(deletions[0]).as("old files deleted").isPositive();
    store[0].close();
  }

  @Test
  void damageInASealedFileStopsTheMergeAndLosesNothingElse() throws IOException {
    try (var store = open()) {
      fill(store, 100, 1);
      Path first = directory.resolve(DataFile.name(1));
      byte[] file = Files.readAllBytes(first);
      file[file.length / 2] ^= 1;
      Files.write(first, file);
      assertThatExceptionOfType(KvException.Corruption.class)
          .isThrownBy(store::merge)
          .satisfies(e -> assertThat(e.file()).isEqualTo(first));
      put(store, "after", "v");
      assertThat(get(store, "after")).isEqualTo("v");
      assertThat(get(store, "key99")).isEqualTo(filled(99, 1));
    }
    assertThat(fileSystem.list(directory)).noneMatch(name -> name.endsWith(".tmp"));
  }

  @Test
  void unfinishedOutputsAndHintsWithoutDataAreDeletedAtOpening() throws IOException {
    try (var store = open()) {
      put(store, "k", "v");
    }
    Files.write(directory.resolve("0000000007.data.tmp"), new byte[100]);
    Files.write(directory.resolve("0000000009.hint"), new byte[100]);
    try (var store = open()) {
      assertThat(get(store, "k")).isEqualTo("v");
      assertThat(fileSystem.list(directory))
          .filteredOn(name -> !name.equals("LOCK"))
          .containsExactly("0000000001.data");
      fill(store, 60, 1);
      assertThat(fileSystem.list(directory)).contains("0000000010.data");
    }
  }

  @Test
  void theBackgroundMergeKeepsGarbageBounded() throws IOException {
    var options = new BitcaskStore.Options(4096, 0.5, true);
    try (var store = BitcaskStore.open(fileSystem, directory, options)) {
      long deadline = System.nanoTime() + 20_000_000_000L;
      int round = 0;
      while (store.stats().merges() < 3) {
        fill(store, 50, ++round);
        assertThat(System.nanoTime()).isLessThan(deadline);
      }
      assertThat(store.stats().mergeFailure()).isNull();
      for (int i = 0; i < 50; i++) {
        assertThat(get(store, "key" + i)).isEqualTo(filled(i, round));
      }
    }
    try (var store = open()) {
      assertThat(store.stats().keys()).isEqualTo(50);
    }
  }
}
