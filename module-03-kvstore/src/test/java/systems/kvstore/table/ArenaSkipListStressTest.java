package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Supplier;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Inserters that collide on purpose, and readers that check the list's invariants meanwhile. A
 * value repeats its key and version, so that a reader who sees a node too early finds it out.
 */
@Tag("phase-3")
class ArenaSkipListStressTest {
  private static final int KEY_BYTES = 12;

  /** One run: inserters, readers, and what they agree on. */
  private static final class Race {
    private final ArenaSkipList list;
    private final int inserters;
    private final int insertsEach;
    private final AtomicInteger inserted = new AtomicInteger();
    private final AtomicIntegerArray newest; // by key, the newest version whose insert returned
    private final AtomicInteger running;

    Race(ArenaSkipList list, int inserters, int insertsEach, int keys) {
      this.list = list;
      this.inserters = inserters;
      this.insertsEach = insertsEach;
      newest = new AtomicIntegerArray(keys);
      running = new AtomicInteger(inserters);
    }

    /** Runs everybody to the end; throws what the first of them threw. */
    void run(long seed, int readers) throws Exception {
      var start = new CyclicBarrier(inserters + readers);
      var tasks = new ArrayList<Callable<Void>>();
      for (int i = 0; i < inserters; i++) {
        int id = i;
        tasks.add(() -> insertAll(start, id, new SplittableRandom(seed + id)));
      }
      for (int i = 0; i < readers; i++) {
        tasks.add(() -> readUntilDone(start, new SplittableRandom(~seed)));
      }
      try (var threads = Executors.newFixedThreadPool(tasks.size())) {
        for (Future<Void> done : threads.invokeAll(tasks)) {
          done.get();
        }
      } catch (ExecutionException e) {
        if (e.getCause() instanceof AssertionError) {
          throw new AssertionError("seed " + seed, e.getCause());
        }
        throw e;
      }
      SkipListChecks.check(list, inserters * insertsEach);
    }

    private Void insertAll(CyclicBarrier start, int id, SplittableRandom random) throws Exception {
      start.await();
      try {
        for (int i = 0; i < insertsEach; i++) {
          int key = random.nextInt(newest.length());
          int version = 1 + i * inserters + id;
          byte[] bytes = key(key);
          byte[] value = (key + "@" + version).getBytes();
          long trailer = InternalKey.trailer(version, EntryKind.PUT);
          list.insert(bytes, 0, KEY_BYTES, trailer, value, 0, value.length);
          newest.accumulateAndGet(key, version, Math::max);
          inserted.incrementAndGet();
        }
      } finally {
        running.decrementAndGet();
      }
      return null;
    }

    private Void readUntilDone(CyclicBarrier start, SplittableRandom random) throws Exception {
      start.await();
      while (running.get() > 0) {
        lookUp(random.nextInt(newest.length()));
        int atLeast = inserted.get();
        int seen = SkipListChecks.checkLevelZero(list);
        assertThat(seen).as("entries seen").isGreaterThanOrEqualTo(atLeast);
      }
      return null;
    }

    private void lookUp(int key) {
      byte[] bytes = key(key);
      int atLeast = newest.get(key);
      long prefix = InternalKey.prefix(bytes, 0, KEY_BYTES);
      int node = list.seek(bytes, 0, KEY_BYTES, prefix, InternalKey.seekTrailer(1L << 40));
      boolean found =
          node != ArenaSkipList.END && list.hasUserKey(node, bytes, 0, KEY_BYTES, prefix);
      long version = found ? InternalKey.sequence(list.trailer(node)) : 0;
      assertThat(version).as("version of key %d", key).isGreaterThanOrEqualTo(atLeast);
      if (found) {
        byte[] value = new byte[list.valueLength(node)];
        list.copyValue(node, value.length, value);
        assertThat(new String(value)).isEqualTo(key + "@" + version);
      }
    }

    /** Keys that share their first words, so that the whole of them must be compared. */
    private static byte[] key(int key) {
      byte[] bytes = new byte[KEY_BYTES];
      bytes[7] = (byte) (key & 1);
      bytes[KEY_BYTES - 2] = (byte) (key >>> 8);
      bytes[KEY_BYTES - 1] = (byte) key;
      return bytes;
    }
  }

  private static void race(Supplier<ArenaSkipList> lists, int rounds, int insertsEach)
      throws Exception {
    for (long seed = 1; seed <= rounds; seed++) {
      try (ArenaSkipList list = lists.get()) {
        new Race(list, 3, insertsEach, 4 + (int) seed % 3 * 50).run(seed, 1);
      }
    }
  }

  /** The list, but an inserter now and then lets others go first after it has looked. */
  private static class Hesitant extends ArenaSkipList {
    Hesitant() {
      super(4 << 20, 7);
    }

    @Override
    boolean link(int node, int level, int before, int after) {
      if (node % 128 == 0) {
        Thread.yield();
      }
      return super.link(node, level, before, after);
    }
  }

  /** The same, and it does not look whether its link was taken meanwhile. */
  private static final class Forgetful extends Hesitant {
    @Override
    boolean link(int node, int level, int before, int after) {
      super.link(node, level, before, after);
      return true;
    }
  }

  @Test
  void anInsertWhoseLinkWasTakenLooksAgain() {
    var list =
        new ArenaSkipList(1 << 16, 7) {
          private boolean met;

          @Override
          boolean link(int node, int level, int before, int after) {
            if (!met) {
              met = true;
              insertKey(this, 1);
            }
            return super.link(node, level, before, after);
          }
        };
    try (list) {
      insertKey(list, 2);
      assertThat(SkipListChecks.checkLevelZero(list))
          .as("entries after an insert whose link another insert had taken")
          .isEqualTo(2);
    }
  }

  private static void insertKey(ArenaSkipList list, int key) {
    byte[] bytes = {(byte) key};
    list.insert(bytes, 0, 1, InternalKey.trailer(key, EntryKind.PUT), bytes, 0, 1);
  }

  @Test
  void everyInsertIsSeenWholeAndInOrderWhileOthersInsert() throws Exception {
    race(Hesitant::new, 6, 5000);
    race(() -> new ArenaSkipList(4 << 20, 7), 3, 5000);
  }

  @Test
  @Tag("slow")
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void everyInsertIsSeenInAMuchLongerRace() throws Exception {
    race(() -> new ArenaSkipList(64 << 20, 7), 30, 100_000);
  }

  @Test
  void theCheckRejectsAListThatForgetsToLookWhetherALinkWasTaken() {
    assertThatThrownBy(() -> race(Forgetful::new, 200, 5000)).isInstanceOf(AssertionError.class);
  }

  @RepeatedTest(3)
  void readersThatAreInsideWhenTheArenaIsFreedGetAnException() throws Exception {
    var list = new ArenaSkipList(4096, 7);
    List<Callable<Boolean>> readers = new ArrayList<>();
    var start = new CyclicBarrier(3);
    list.insert(new byte[8], 0, 8, InternalKey.trailer(1, EntryKind.PUT), new byte[9], 0, 9);
    for (int i = 0; i < 2; i++) {
      readers.add(() -> readsUntilClosed(list, start));
    }
    try (var threads = Executors.newFixedThreadPool(2)) {
      var results = readers.stream().map(threads::submit).toList();
      start.await();
      list.close();
      for (Future<Boolean> result : results) {
        assertThat(result.get()).isTrue();
      }
    }
  }

  private static boolean readsUntilClosed(ArenaSkipList list, CyclicBarrier start)
      throws Exception {
    byte[] value = new byte[9];
    start.await();
    try {
      while (true) {
        list.copyValue(list.first(), value.length, value);
      }
    } catch (IllegalStateException e) {
      return "Already closed".equals(e.getMessage());
    }
  }
}
