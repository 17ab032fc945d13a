package systems.core.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** The cache does what {@link LinkedHashMap} in access order does, call by call. */
@Tag("phase-1")
class LruCacheProperties {

  /** The obvious one. */
  private static final class Model extends LinkedHashMap<Object, String> {
    private static final long serialVersionUID = 1;
    private final int entriesMax;

    Model(int entriesMax) {
      super(16, 0.75f, true);
      this.entriesMax = entriesMax;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Object, String> eldest) {
      return size() > entriesMax;
    }
  }

  /** A key whose hash may be bad on purpose: runs get long, and wrap around the table's end. */
  private record Key(int id, int hash) {
    @Override
    public int hashCode() {
      return hash;
    }
  }

  private enum Hashes {
    GOOD,
    FEW,
    ONE,
    NEGATIVE;

    Key key(int id) {
      return new Key(
          id,
          switch (this) {
            case GOOD -> id * 31;
            case FEW -> id % 3;
            case ONE -> 42;
            case NEGATIVE -> -1 - id % 5;
          });
    }
  }

  @Property
  void everyCallAnswersAsTheModelDoes(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 40) int entriesMax,
      @ForAll Hashes hashes) {
    var random = new Random(seed);
    var cache = new LruCache<Object, String>(entriesMax);
    var model = new Model(entriesMax);
    int keys = 1 + random.nextInt(2 * entriesMax);
    for (int i = 0; i < 300; i++) {
      MapCalls call = MapCalls.values()[random.nextInt(MapCalls.values().length)];
      Key key = hashes.key(random.nextInt(keys));
      String value = "v" + random.nextInt(4);
      assertThat(call.call.on(cache, key, value))
          .as("%s of %s", call, key)
          .isEqualTo(call.call.on(model, key, value));
      assertThat(new ArrayList<>(cache.entrySet()))
          .as("order after %s of %s", call, key)
          .isEqualTo(new ArrayList<>(model.entrySet()));
      assertThat(cache.weight()).isEqualTo(model.size());
    }
  }

  @Property
  void theHeaviestCombinationNeverExceedsTheBound(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int weightMax) {
    var random = new Random(seed);
    var left = new ArrayList<String>();
    var written = new ArrayList<String>();
    var cache =
        new LruCache<Integer, String>(
            weightMax, (_, v) -> Integer.parseInt(v), (k, v, _) -> left.add(k + "=" + v));
    for (int i = 0; i < 300; i++) {
      int key = random.nextInt(30);
      if (random.nextInt(4) == 0) {
        cache.remove(key);
      } else {
        // a String of its own each time, so that the same weight twice is a replacement
        String value = String.valueOf(random.nextInt(60));
        cache.put(key, value);
        written.add(key + "=" + value);
      }
      long sum = cache.values().stream().mapToLong(Long::parseLong).sum();
      assertThat(cache.weight()).isEqualTo(sum).isLessThanOrEqualTo(weightMax);
    }
    cache.forEach((k, v) -> left.add(k + "=" + v));
    assertThat(left).as("each value leaves once").containsExactlyInAnyOrderElementsOf(written);
  }
}
