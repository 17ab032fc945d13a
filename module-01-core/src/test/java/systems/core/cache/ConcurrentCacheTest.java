package systems.core.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-2")
class ConcurrentCacheTest {

  private static CacheSpec<Integer, String> lru(int entries) {
    return CacheSpec.<Integer, String>ofEntries(entries).evicting(Eviction.LRU);
  }

  @Test
  void theEntryThatWasNotUsedLongestMakesRoom() {
    var cache = new ConcurrentCache<>(lru(3));
    for (int i = 0; i < 3; i++) {
      cache.put(i, "v" + i);
    }
    cache.get(0);
    cache.sweep();
    cache.put(3, "v3");
    cache.sweep();
    assertThat(cache).containsOnlyKeys(0, 2, 3);
  }

  @Test
  void listenersHearWhatLeavesAndWhy() {
    var left = new ArrayList<String>();
    var cache =
        new ConcurrentCache<>(
            lru(2).reportingTo((k, v, cause) -> left.add(k + v + " " + cause), Runnable::run));
    cache.put(1, "a");
    cache.put(1, "b");
    cache.put(2, "c");
    cache.put(3, "d");
    cache.sweep();
    cache.remove(2);
    cache.compute(3, (_, _) -> null);
    assertThat(left).containsExactly("1a REPLACED", "1b SIZE", "2c EXPLICIT", "3d EXPLICIT");
    cache.checkInvariants();
  }

  @Test
  void aListenerRunsWhenNoLockIsHeld() {
    var itself = new AtomicReference<ConcurrentCache<Integer, String>>();
    var seen = new ArrayList<Integer>();
    var cache =
        new ConcurrentCache<>(
            lru(1)
                .reportingTo(
                    (k, _, _) -> {
                      seen.add(k);
                      itself.get().remove(k); // takes the key's lock
                      itself.get().sweep(); // takes the maintainer's
                    },
                    Runnable::run));
    itself.set(cache);
    cache.put(1, "a");
    cache.put(2, "b");
    cache.sweep();
    assertThat(seen).containsExactly(1);
  }

  @Test
  void aFullExecutorLosesNoReport() {
    var left = new ArrayList<Integer>();
    var cache =
        new ConcurrentCache<>(
            lru(1)
                .reportingTo(
                    (k, _, _) -> left.add(k),
                    _ -> {
                      throw new RejectedExecutionException();
                    }));
    cache.put(1, "a");
    cache.put(2, "b");
    cache.sweep();
    assertThat(left).containsExactly(1);
  }

  @Test
  void aFunctionThatThrowsChangesNothing() {
    var cache = new ConcurrentCache<>(lru(2));
    cache.put(1, "a");
    assertThatThrownBy(() ->
            cache.compute(
                1,
                (_, _) -> {
                  throw new IllegalStateException("no");
                }))
        .hasMessage("no");
    assertThat(cache).containsExactly(Map.entry(1, "a"));
    cache.checkInvariants();
  }

  @Test
  void anEntryHeavierThanTheBoundLeavesBeforeItsWriterReturns() {
    var left = new ArrayList<String>();
    var cache =
        new ConcurrentCache<Integer, String>(
            CacheSpec.<Integer, String>ofWeight(10, (_, v) -> v.length())
                .evicting(Eviction.LRU)
                .reportingTo((k, _, cause) -> left.add(k + " " + cause), Runnable::run));
    cache.put(1, "aaaa");
    cache.put(2, "bbbbbbbbbbb");
    assertThat(cache).containsExactly(Map.entry(1, "aaaa"));
    assertThat(cache.weight()).isEqualTo(4);
    assertThat(left).containsExactly("2 SIZE");
  }

  @Test
  void theTableNeverHoldsMoreThanTheBoundAndTheBuffer() {
    var cache = new ConcurrentCache<>(lru(1000));
    int most = 0;
    for (int i = 0; i < 100_000; i++) {
      cache.put(i, "v");
      most = Math.max(most, cache.size());
    }
    assertThat(most).isLessThanOrEqualTo(1000 + cache.overshootMax() + 1);
    cache.checkInvariants();
    assertThat(cache).hasSize(1000);
  }

  @Test
  void readsAreNoticedWithoutAnyWrite() {
    var cache = new ConcurrentCache<>(lru(64));
    for (int i = 0; i < 64; i++) {
      cache.put(i, "v" + i);
    }
    for (int round = 0; round < 100; round++) {
      cache.get(7);
    }
    for (int i = 100; i < 163; i++) {
      cache.put(i, "new");
    }
    cache.sweep();
    assertThat(cache).containsKey(7).hasSize(64);
  }

  private static void awaitBlocked(Thread thread) {
    while (thread.isAlive() && thread.getState() != Thread.State.BLOCKED) {
      Thread.onSpinWait(); // the test's own limit ends this
    }
  }

  @Test
  void anEvictionThatComesTooLateReportsNothing() throws Exception {
    var left = new ConcurrentLinkedQueue<String>();
    var inside = new CompletableFuture<Void>();
    var goOn = new CompletableFuture<Void>();
    var cache =
        new ConcurrentCache<>(
            lru(1).reportingTo((k, _, cause) -> left.add(k + " " + cause), Runnable::run));
    cache.put(1, "a");
    var remover =
        CompletableFuture.runAsync(
            () ->
                cache.compute(
                    1,
                    (_, _) -> {
                      inside.complete(null);
                      goOn.join();
                      return null;
                    }),
            task -> new Thread(task).start());
    CompletableFuture.anyOf(inside, remover).get();
    Thread writer = Thread.ofPlatform().start(() -> cache.put(2, "b")); // must evict 1
    awaitBlocked(writer);
    goOn.complete(null);
    remover.get();
    writer.join();
    cache.checkInvariants();
    assertThat(left).containsExactly("1 EXPLICIT");
    assertThat(cache).containsOnlyKeys(2);
  }

  @Test
  void iterationGoesOnWhileTheCacheChanges() {
    var cache = new ConcurrentCache<>(lru(100));
    for (int i = 0; i < 50; i++) {
      cache.put(i, "v" + i);
    }
    List<Integer> seen = new ArrayList<>();
    for (Integer key : cache.keySet()) {
      seen.add(key);
      cache.remove(49 - key);
    }
    assertThat(seen).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(25);
  }

  @Test
  void hitsAndMissesAreCountedIfAskedFor() {
    var cache = new ConcurrentCache<>(lru(2).counted());
    cache.put(1, "a");
    cache.get(1);
    cache.get(2);
    assertThat(cache.stats().hits()).isEqualTo(1);
    assertThat(cache.stats().misses()).isEqualTo(1);
    var silent = new ConcurrentCache<>(lru(2));
    silent.get(1);
    assertThat(silent.stats().misses()).isZero();
  }
}
