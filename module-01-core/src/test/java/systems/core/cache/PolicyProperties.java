package systems.core.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** Each policy lets go whom its obvious model lets go, at the same call and for the same reason. */
class PolicyProperties {
  private static final List<Integer> KEYS = keysOfDifferentGhostSlots(40);

  /** Two keys of one slot would haunt each other; the model's ghosts do not. */
  private static List<Integer> keysOfDifferentGhostSlots(int count) {
    var taken = new BitSet();
    var keys = new ArrayList<Integer>();
    for (int key = 0; keys.size() < count; key++) {
      int slot = Policy.hash(key) & 63;
      if (!taken.get(slot)) {
        taken.set(slot);
        keys.add(key);
      }
    }
    return keys;
  }

  @Property
  @Tag("phase-2")
  void lruKeepsWhatItsModelKeeps(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 30) int max, @ForAll boolean weighed) {
    check(Eviction.LRU, seed, max, weighed);
  }

  @Property
  @Tag("phase-3")
  void s3FifoKeepsWhatItsModelKeeps(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 30) int max, @ForAll boolean weighed) {
    check(Eviction.S3_FIFO, seed, max, weighed);
  }

  @Property
  @Tag("phase-3")
  void tinyLfuKeepsWhatItsModelKeeps(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 30) int max, @ForAll boolean weighed) {
    check(Eviction.TINY_LFU, seed, max, weighed);
  }

  private static void check(Eviction kind, long seed, int max, boolean weighed) {
    var random = new Random(seed);
    var left = new ArrayList<String>();
    CacheSpec<Integer, Integer> spec =
        weighed ? CacheSpec.ofWeight(max, (_, v) -> v) : CacheSpec.ofEntries(max);
    var cache =
        new ConcurrentCache<>(
            spec.evicting(kind)
                .reportingTo((k, v, cause) -> left.add(k + "=" + v + " " + cause), Runnable::run));
    var model = new SlowCache(kind, max, weighed);
    int keys = 1 + random.nextInt(Math.min(KEYS.size(), 2 * max));
    for (int i = 0; i < 300; i++) {
      Integer key = KEYS.get(Math.min(random.nextInt(keys), random.nextInt(keys)));
      int call = random.nextInt(10);
      if (call < 5) {
        assertThat(cache.get(key)).isEqualTo(model.get(key));
      } else if (call < 9) {
        Integer value = random.nextInt(weighed && random.nextInt(20) > 0 ? 1 + max / 3 : 40);
        assertThat(cache.put(key, value)).isEqualTo(model.put(key, value));
      } else {
        assertThat(cache.remove(key)).isEqualTo(model.remove(key));
      }
      cache.sweep();
      assertThat(cache).isEqualTo(model.values);
      assertThat(left).containsExactlyInAnyOrderElementsOf(model.left);
      left.clear();
      model.left.clear();
    }
    cache.checkInvariants();
  }
}
