package systems.kvstore.bitcask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static systems.kvstore.bitcask.BitcaskStoreTest.bytes;
import static systems.kvstore.bitcask.BitcaskStoreTest.get;
import static systems.kvstore.bitcask.BitcaskStoreTest.put;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.kvstore.Durability;
import systems.kvstore.KvException;

@Tag("phase-1")
class BitcaskFailureTest {
  private static final BitcaskStore.Options SMALL = new BitcaskStore.Options(4096, 0.5, false);

  @TempDir Path directory;

  /** Plain files whose appends and syncs a test can turn off. */
  private static final class Breakable extends ForwardingFs {
    private @Nullable IOException onAppend;
    private @Nullable IOException onSync;
    private int appendedBeforeFailure;

    @Override
    public WritableFile create(Path file) throws IOException {
      return breakable(super.create(file));
    }

    @Override
    public WritableFile append(Path file) throws IOException {
      return breakable(super.append(file));
    }

    private WritableFile breakable(WritableFile file) {
      return new ForwardingFile(file) {
        @Override
        public void append(byte[] bytes, int offset, int length) throws IOException {
          if (onAppend != null) {
            super.append(bytes, offset, Math.min(length, appendedBeforeFailure));
            throw onAppend;
          }
          super.append(bytes, offset, length);
        }

        @Override
        public void sync() throws IOException {
          if (onSync != null) {
            throw onSync;
          }
          super.sync();
        }
      };
    }
  }

  @Test
  void aFailedSyncFencesTheStoreUntilItIsReopened() throws IOException {
    var disk = new Breakable();
    try (var store = BitcaskStore.open(disk, directory, SMALL)) {
      put(store, "k", "one");
      disk.onSync = new IOException("the disk is broken");
      assertThatExceptionOfType(KvException.Fenced.class)
          .as("what a put with SYNC says on a disk that cannot sync")
          .isThrownBy(() -> store.put(bytes("k"), bytes("two"), Durability.SYNC))
          .withMessageContaining("the disk is broken");
      disk.onSync = null;
      assertThatExceptionOfType(KvException.Fenced.class).isThrownBy(() -> put(store, "x", "y"));
      assertThatExceptionOfType(KvException.Fenced.class).isThrownBy(store::sync);
      assertThatExceptionOfType(KvException.Fenced.class).isThrownBy(store::merge);
      assertThat(get(store, "k")).isIn("one", "two");
    }
    try (var store = BitcaskStore.open(disk, directory, SMALL)) {
      put(store, "k", "three");
      assertThat(get(store, "k")).isEqualTo("three");
      assertThat(get(store, "x")).isNull();
    }
  }

  @Test
  void aFailedAppendFencesAndReadsGoOn() throws IOException {
    var disk = new Breakable();
    try (var store = BitcaskStore.open(disk, directory, SMALL)) {
      put(store, "k", "one");
      disk.onAppend = new IOException("the cable is out");
      disk.appendedBeforeFailure = 11;
      assertThatExceptionOfType(KvException.Fenced.class).isThrownBy(() -> put(store, "k", "two"));
      disk.onAppend = null;
      assertThatExceptionOfType(KvException.Fenced.class).isThrownBy(() -> put(store, "x", "y"));
      assertThat(get(store, "k")).isEqualTo("one");
    }
    try (var store = BitcaskStore.open(disk, directory, SMALL)) {
      assertThat(store.tornTail()).isNotNull();
      assertThat(store.tornTail().lostBytes()).isEqualTo(11);
      assertThat(get(store, "k")).isEqualTo("one");
    }
  }

  @Test
  void aFullDiskRefusesWritesKeepsReadsAndWritesAreTakenAgainWhenThereIsRoom() throws IOException {
    var disk = new Breakable();
    try (var store = BitcaskStore.open(disk, directory, SMALL)) {
      put(store, "k", "one");
      disk.onAppend = new KvException.NoSpace("no space left", new IOException("ENOSPC"));
      disk.appendedBeforeFailure = 17;
      for (int i = 0; i < 3; i++) {
        assertThatExceptionOfType(KvException.NoSpace.class)
            .isThrownBy(() -> put(store, "k", "two"));
      }
      assertThat(get(store, "k")).isEqualTo("one");
      disk.onAppend = null;
      put(store, "k", "three");
      store.put(bytes("j"), bytes("four"), Durability.SYNC);
      assertThat(get(store, "k")).isEqualTo("three");
    }
    try (var store = BitcaskStore.open(disk, directory, SMALL)) {
      assertThat(store.tornTail()).isNull();
      assertThat(get(store, "k")).isEqualTo("three");
      assertThat(get(store, "j")).isEqualTo("four");
    }
  }

  /** Plain files whose first sync waits until the test lets it go. */
  private static final class Gated extends ForwardingFs {
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch open = new CountDownLatch(1);
    private final AtomicInteger syncs = new AtomicInteger();

    @Override
    public WritableFile create(Path file) throws IOException {
      return new ForwardingFile(super.create(file)) {
        @Override
        public void sync() throws IOException {
          if (syncs.incrementAndGet() == 1) {
            entered.countDown();
            await(open);
          }
          super.sync();
        }
      };
    }

    static void await(CountDownLatch latch) {
      try {
        assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void writersThatWaitForASyncShareTheNextOneAndReadersDoNotWait() throws Exception {
    var disk = new Gated();
    try (var store = BitcaskStore.open(disk, directory, SMALL);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      put(store, "k", "v");
      var writers = new ArrayList<Future<?>>();
      writers.add(threads.submit(() -> syncedPut(store, "first")));
      Gated.await(disk.entered);
      for (int i = 0; i < 7; i++) {
        String key = "later" + i;
        writers.add(threads.submit(() -> syncedPut(store, key)));
      }
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
      while (store.stats().keys() < 9) {
        assertThat(System.nanoTime()).isLessThan(deadline);
        Thread.onSpinWait();
      }
      assertThat(get(store, "k")).isEqualTo("v");
      assertThat(writers).noneMatch(Future::isDone);
      disk.open.countDown();
      for (var writer : writers) {
        writer.get();
      }
      assertThat(disk.syncs).hasValue(2);
    }
  }

  private static @Nullable Void syncedPut(BitcaskStore store, String key) throws IOException {
    store.put(bytes(key), bytes("v"), Durability.SYNC);
    return null;
  }

  @Test
  void onlyASyncedWriteAsksTheDiskToSync() throws IOException {
    var disk = new Gated();
    disk.open.countDown();
    try (var store = BitcaskStore.open(disk, directory, SMALL)) {
      put(store, "k", "v");
      assertThat(disk.syncs).hasValue(0);
      store.put(bytes("k"), bytes("w"), Durability.SYNC);
      assertThat(disk.syncs).hasValue(1);
      store.sync();
      store.delete(bytes("missing"), Durability.SYNC);
      assertThat(disk.syncs).hasValue(1);
      store.delete(bytes("k"), Durability.SYNC);
      assertThat(disk.syncs).hasValue(2);
    }
  }
}
