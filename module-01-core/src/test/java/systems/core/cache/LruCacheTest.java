package systems.core.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-1")
class LruCacheTest {

  private static LruCache<Integer, String> filled(int entries) {
    var cache = new LruCache<Integer, String>(entries);
    for (int i = 0; i < entries; i++) {
      cache.put(i, "v" + i);
    }
    return cache;
  }

  @Test
  void theEntryThatWasNotUsedLongestMakesRoom() {
    var cache = filled(3);
    cache.get(0);
    cache.put(3, "v3");
    assertThat(cache.keySet()).containsExactly(2, 0, 3);
  }

  @Test
  void aLookThatIsNoUseKeepsTheOrder() {
    var cache = filled(3);
    assertThat(cache.containsKey(0)).isTrue();
    assertThat(cache.containsValue("v0")).isTrue();
    assertThat(cache.entrySet().contains(Map.entry(0, "v0"))).isTrue();
    assertThat(cache.keySet()).containsExactly(0, 1, 2);
  }

  @Test
  void listenersHearWhatLeavesAndWhy() {
    var left = new ArrayList<String>();
    var cache = new LruCache<Integer, String>(2, (k, v, cause) -> left.add(k + v + " " + cause));
    cache.put(1, "a");
    cache.put(1, "b");
    cache.put(2, "c");
    cache.put(3, "d");
    cache.remove(2);
    cache.clear();
    assertThat(left).containsExactly("1a REPLACED", "1b SIZE", "2c EXPLICIT", "3d EXPLICIT");
  }

  @Test
  void anEntryHeavierThanTheBoundIsNotKeptAndHarmsNobody() {
    var left = new ArrayList<String>();
    var cache =
        new LruCache<Integer, String>(
            10, (_, v) -> v.length(), (k, v, cause) -> left.add(k + " " + cause));
    cache.put(1, "aaaa");
    cache.put(2, "bbbbbbbbbbb");
    assertThat(cache).containsExactly(Map.entry(1, "aaaa"));
    cache.put(1, "ccccccccccc");
    assertThat(cache).isEmpty();
    assertThat(cache.weight()).isZero();
    assertThat(left).containsExactly("2 SIZE", "1 REPLACED", "1 SIZE");
  }

  @Test
  void aNegativeWeightIsRefusedAndChangesNothing() {
    var cache = new LruCache<Integer, Integer>(10, (_, v) -> v, (_, _, _) -> {});
    cache.put(1, 5);
    assertThatThrownBy(() -> cache.put(1, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-1");
    assertThat(cache).containsExactly(Map.entry(1, 5));
    assertThat(cache.weight()).isEqualTo(5);
  }

  @Test
  void aReadEndsIterationsThatRun() {
    var cache = filled(3);
    var keys = cache.keySet().iterator();
    keys.next();
    cache.get(0);
    assertThatThrownBy(keys::next).isInstanceOf(ConcurrentModificationException.class);
    assertThatThrownBy(() -> cache.forEach((k, _) -> cache.remove(k)))
        .isInstanceOf(ConcurrentModificationException.class);
  }

  @Test
  void aFunctionThatChangesTheCacheIsFoundOut() {
    var cache = filled(3);
    assertThatThrownBy(() -> cache.compute(0, (_, _) -> cache.remove(1)))
        .isInstanceOf(ConcurrentModificationException.class);
    assertThatThrownBy(() -> cache.computeIfAbsent(7, k -> cache.put(k, "x") + "y"))
        .isInstanceOf(ConcurrentModificationException.class);
  }

  @Test
  void nullIsNeitherKeyNorValue() {
    var cache = filled(3);
    assertThatThrownBy(() -> cache.put(1, null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> cache.put(null, "x")).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> cache.get(null)).isInstanceOf(NullPointerException.class);
    assertThat(cache).hasSize(3);
  }

  @Test
  void aMillionInsertionsIntoAFullCacheFindTheirWay() {
    var cache = new LruCache<Integer, Integer>(1000);
    for (int i = 0; i < 1_000_000; i++) {
      int key = i * 0x1000; // keys that differ in their upper bits only
      cache.put(key, i);
      assert cache.get(key) == i;
    }
    assertThat(cache).hasSize(1000);
    assertThat(cache.values()).first().isEqualTo(999_000);
    assertThat(cache.stats()).isEqualTo(new CacheStats(cache.stats().hits(), 0, 0, 0, 0, 999_000));
  }

  @Test
  void whatLeftIsLeftToTheCollector() throws Exception {
    var cache = new LruCache<Integer, Object>(2);
    var value = new WeakReference<>(new Object());
    cache.put(1, value.get());
    cache.remove(1);
    for (int i = 0; i < 100 && value.get() != null; i++) {
      System.gc();
    }
    assertThat(value.get()).isNull();
    assertThat(cache).isEmpty();
  }

  @Test
  void anEntryTakesAtMostSixTenthsOfALinkedHashMaps() {
    int entries = 1 << 16;
    var cache = new LruCache<Integer, Integer>(entries);
    for (int i = 0; i < entries; i++) {
      cache.put(i, i);
    }
    // 40 bytes an entry and 4 bytes for each slot, of which there are at least 4/3 an entry
    double linkedBytes = 40 + 4 * 4.0 / 3;
    assertThat((double) cache.bytes() / entries).isLessThan(0.6 * linkedBytes);
  }

  @Test
  void hitsAndMissesAreCounted() {
    var cache = filled(2);
    cache.get(0);
    cache.get(7);
    cache.getOrDefault(8, "x");
    cache.computeIfAbsent(9, _ -> null);
    assertThat(cache.stats()).isEqualTo(new CacheStats(1, 3, 0, 0, 0, 0));
    assertThat(cache.stats().hitRatio()).isEqualTo(0.25);
  }

  @Test
  void aMapOfTheSameEntriesIsEqual() {
    var cache = filled(3);
    assertThat(new HashMap<>(cache)).isEqualTo(cache).hasSameHashCodeAs(cache);
    assertThat(cache.toString()).isEqualTo("{0=v0, 1=v1, 2=v2}");
    assertThat(List.copyOf(cache.keySet())).containsExactly(0, 1, 2);
  }
}
