package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.kvstore.Durability;
import systems.kvstore.WriteBatch;

/** Many threads on one store, while memtables are freed and tables deleted under their hands. */
class ConcurrencyTest {
  private static final int PAIRS = 200;

  @TempDir Path directory;

  private LsmStore open() throws IOException {
    return LsmStore.open(
        directory,
        new LsmOptions()
            .memtableBytes(16 << 10)
            .logInitialBytes(16 << 10)
            .level0(2, 20, 36)
            .levels(32 << 10, 4)
            .tableBytes(8 << 10));
  }

  @Test
  @Tag("phase-5")
  void readersSeeBothHalvesOfAPairEqualWhateverIsFlushedAndMergedMeanwhile() throws Exception {
    var stop = new AtomicBoolean();
    try (var store = open();
        var threads = Executors.newCachedThreadPool()) {
      for (int i = 0; i < PAIRS; i++) {
        writePair(store, i, 0);
      }
      var readers = new ArrayList<Future<Long>>();
      readers.add(threads.submit(() -> readPairs(store, stop)));
      readers.add(threads.submit(() -> scanPairs(store, stop)));
      var writers = new ArrayList<Future<Long>>();
      for (int i = 0; i < 2; i++) {
        int own = i;
        writers.add(threads.submit(writer(store, own)));
      }
      for (var writer : writers) {
        writer.get();
      }
      stop.set(true);
      for (var reader : readers) {
        assertThat(reader.get()).as("reads").isPositive();
      }
      store.settle();
      assertThat(Integer.parseInt(store.property("rocksdb.num-immutable-mem-table"))).isZero();
    }
  }

  private static Callable<Long> writer(LsmStore store, int own) {
    return () -> {
      for (int round = 1; round <= 60; round++) {
        for (int i = own; i < PAIRS; i += 2) {
          writePair(store, i, round);
        }
      }
      return 0L;
    };
  }

  private static void writePair(LsmStore store, int pair, int round) throws IOException {
    var value = ("round" + round + "-".repeat(50)).getBytes(StandardCharsets.US_ASCII);
    var batch = new WriteBatch().put(key('a', pair), value).put(key('b', pair), value);
    store.write(batch, pair == 0 ? Durability.SYNC : Durability.BUFFERED);
  }

  private static long readPairs(LsmStore store, AtomicBoolean stop) throws IOException {
    long reads = 0;
    while (!stop.get()) {
      for (int i = 0; i < PAIRS; i++, reads++) {
        assertThat(store.get(key('a', i))).as("pair %d", i).isNotNull();
      }
    }
    return reads;
  }

  private static long scanPairs(LsmStore store, AtomicBoolean stop) throws IOException {
    long scans = 0;
    while (!stop.get()) {
      try (var snapshot = store.snapshot();
          var cursor = store.cursor(null, null, snapshot)) {
        var entries = scans++ % 2 == 0 ? Model.forward(cursor) : Model.backward(cursor);
        assertThat(entries).hasSize(2 * PAIRS);
        for (int i = 0; i < PAIRS; i++) {
          var first = entries.get(i);
          var second = entries.get(PAIRS + i);
          assertThat(first.substring(1)).isEqualTo(second.substring(1));
        }
      }
    }
    return scans;
  }

  private static byte[] key(char half, int pair) {
    return String.format("%c%05d", half, pair).getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  @Tag("phase-4")
  void eightSyncingWritersShareSyncs() throws Exception {
    try (var store = open();
        var threads = Executors.newFixedThreadPool(8)) {
      var writers = new ArrayList<Future<?>>();
      for (int t = 0; t < 8; t++) {
        int own = t;
        writers.add(
            threads.submit(() -> {
              for (int i = 0; i < 100; i++) {
                store.put(key((char) ('a' + own), i), key('v', i), Durability.SYNC);
              }
              return null;
            }));
      }
      for (var writer : writers) {
        writer.get();
      }
      for (int t = 0; t < 8; t++) {
        for (int i = 0; i < 100; i++) {
          assertThat(store.get(key((char) ('a' + t), i))).isEqualTo(key('v', i));
        }
      }
      assertThat(store.lastSequence()).isEqualTo(800);
    }
  }

  @Test
  @Tag("phase-4")
  void anInterruptedWriterDoesNotHarmTheStore() throws Exception {
    try (var store = open()) {
      Thread.currentThread().interrupt();
      store.put(key('a', 1), key('v', 1), Durability.SYNC);
      assertThat(store.get(key('a', 1))).isEqualTo(key('v', 1));
      assertThat(Thread.interrupted()).as("the interrupt is still there").isTrue();
      store.put(key('a', 2), key('v', 2), Durability.SYNC);
      assertThat(store.get(key('a', 2))).isEqualTo(key('v', 2));
    }
  }

  @Test
  @Tag("phase-4")
  void anInterruptDoesNotEndAWriteThatWaitsForAFlush() throws Exception {
    var work = new LinkedBlockingQueue<Runnable>();
    var options =
        new LsmOptions()
            .memtableBytes(4096)
            .logInitialBytes(4096)
            .memtablesMax(2)
            .eventFile(false)
            .background(work::add);
    try (var store = LsmStore.open(directory, options);
        var threads = Executors.newSingleThreadExecutor()) {
      while ("0".equals(store.property("rocksdb.num-immutable-mem-table"))) {
        store.put(key('a', 1), new byte[100]);
      }
      var waiting =
          threads.submit(() -> {
            Thread.currentThread().interrupt();
            for (int i = 0; i < PAIRS; i++) {
              store.put(key('b', i), new byte[100]);
            }
            return Thread.interrupted();
          });
      while (!waiting.isDone()) {
        var due = work.poll(1, TimeUnit.MILLISECONDS);
        if (due != null) {
          due.run();
        }
      }
      assertThat(waiting.get()).as("the interrupt is still there").isTrue();
      assertThat(store.get(key('b', PAIRS - 1))).hasSize(100);
    }
  }
}
