package systems.core.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/** A cache with room for everything is a map, call by call. */
@Tag("phase-2")
class ConcurrentCacheMapProperties {

  @Property
  void everyCallAnswersAsAMapDoes(@ForAll long seed) {
    var random = new Random(seed);
    var cache =
        new ConcurrentCache<Object, String>(
            CacheSpec.<Object, String>ofEntries(100).evicting(Eviction.LRU));
    Map<Object, String> model = new HashMap<>();
    for (int i = 0; i < 200; i++) {
      MapCalls call = MapCalls.values()[random.nextInt(MapCalls.values().length)];
      Integer key = random.nextInt(12);
      String value = "v" + random.nextInt(4);
      assertThat(call.call.on(cache, key, value))
          .as("%s of %s", call, key)
          .isEqualTo(call.call.on(model, key, value));
      assertThat(cache).as("after %s of %s", call, key).isEqualTo(model);
      assertThat(Map.copyOf(cache)).isEqualTo(model);
    }
    cache.checkInvariants();
  }
}
