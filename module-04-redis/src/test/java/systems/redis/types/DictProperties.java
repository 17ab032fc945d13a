package systems.redis.types;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** The dictionary against a {@link HashMap}, and its cursor against the promise. */
@Tag("phase-1")
class DictProperties {
  private static byte[] key(int i) {
    return ("key:" + i).getBytes(ISO_8859_1);
  }

  private static String text(byte[] key) {
    return new String(key, ISO_8859_1);
  }

  @Property(tries = 40)
  void itIsAMap(@ForAll long seed, @ForAll @IntRange(min = 1, max = 3000) int names) {
    var random = new Random(seed);
    Dict<Integer> dict = Dict.map();
    Map<String, Integer> model = new HashMap<>();
    for (int step = 0; step < 6000; step++) {
      byte[] key = key(random.nextInt(names));
      boolean growing = step / 1500 % 2 == 0;
      if (random.nextInt(4) != 0 == growing) {
        assertThat(dict.put(key, step))
            .as("the replaced value")
            .isEqualTo(model.put(text(key), step));
      } else {
        assertThat(dict.remove(key)).as("the removed value").isEqualTo(model.remove(text(key)));
      }
      byte[] other = key(random.nextInt(names));
      assertThat(dict.get(other)).as("the value of a key").isEqualTo(model.get(text(other)));
      assertThat(dict.size()).isEqualTo(model.size());
    }
    Map<String, Integer> all = new HashMap<>();
    dict.forEach((key, value) -> {
      assertThat(all.put(text(key), value)).as("%s is shown twice", text(key)).isNull();
    });
    assertThat(all).isEqualTo(model);
  }

  /** Who is there from the beginning to the end is shown, whatever comes and goes. */
  @Property(tries = 60)
  void aScanShowsWhoStays(@ForAll long seed, @ForAll @IntRange(min = 0, max = 4000) int others) {
    var random = new Random(seed);
    Dict<Integer> dict = Dict.map();
    Set<String> stays = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      dict.put(key(-1 - i), i);
      stays.add(text(key(-1 - i)));
    }
    boolean shrinks = random.nextBoolean();
    for (int i = 0; shrinks && i < others; i++) {
      dict.put(key(i), i);
    }
    Set<String> seen = new HashSet<>();
    long cursor = 0;
    int at = 0;
    do {
      cursor = dict.scan(cursor, (key, _) -> seen.add(text(key)));
      int changes = random.nextInt(1 + others / 8);
      for (int i = 0; i < changes && at < others; i++, at++) {
        if (shrinks) {
          dict.remove(key(at));
        } else {
          dict.put(key(at), at);
        }
      }
    } while (cursor != 0);
    assertThat(seen)
        .as("keys that were there all the time, while the table %s", shrinks ? "shrank" : "grew")
        .containsAll(stays);
  }

  @Property(tries = 20)
  void aScanAtRestShowsEachKeyOnce(@ForAll @IntRange(min = 0, max = 3000) int keys) {
    Dict<Integer> dict = Dict.map();
    for (int i = 0; i < keys; i++) {
      dict.put(key(i), i);
    }
    while (dict.moveBuckets(100)) {
      assertThat(dict.isMoving()).isTrue();
    }
    Map<String, Integer> times = new HashMap<>();
    long cursor = 0;
    do {
      cursor = dict.scan(cursor, (key, _) -> times.merge(text(key), 1, Integer::sum));
    } while (cursor != 0);
    assertThat(times).hasSize(keys);
    assertThat(times.values()).allMatch(n -> n == 1);
  }

  @Example
  void theTableGivesItsMemoryBack() {
    Dict<Integer> dict = Dict.map();
    for (int i = 0; i < 10_000; i++) {
      dict.put(key(i), i);
    }
    long full = dict.overheadBytes();
    for (int i = 0; i < 9_990; i++) {
      dict.remove(key(i));
    }
    while (dict.moveBuckets(1000)) {
      assertThat(dict.isMoving()).isTrue();
    }
    assertThat(dict.overheadBytes())
        .as("bytes of the tables when ten keys are left")
        .isLessThan(full / 8);
    for (int i = 9_990; i < 10_000; i++) {
      assertThat(dict.get(key(i))).isEqualTo(i);
    }
  }

  @Example
  void nothingMovesWhileAWalkHasPausedIt() {
    Dict<Integer> dict = Dict.map();
    for (int i = 0; !dict.isMoving(); i++) {
      dict.put(key(i), i);
    }
    dict.pauseMoving();
    assertThat(dict.moveBuckets(1000)).as("a step while paused").isFalse();
    for (int i = 0; i < 1000; i++) {
      dict.get(key(i));
    }
    assertThat(dict.isMoving()).as("still in two tables").isTrue();
    dict.resumeMoving();
    for (int i = 0; i < 1000; i++) {
      dict.get(key(i));
    }
    assertThat(dict.isMoving()).as("moved by the calls since").isFalse();
  }

  /**
   * Each of the keys must come, none much more often than another: the fill of a bucket is no
   * matter.
   */
  @Example
  void aRandomKeyIsAnyWithTheSameChance() {
    Dict<Integer> dict = Dict.map();
    for (int i = 0; i < 60; i++) {
      dict.put(key(i), i);
    }
    int[] drawn = new int[60];
    var random = new Random(7);
    for (int i = 0; i < 60_000; i++) {
      drawn[Integer.parseInt(text(dict.randomKey(random)).substring(4))]++;
      assertThat(key(dict.randomValue()).length).isPositive();
    }
    for (int i = 0; i < 60; i++) {
      assertThat(drawn[i]).as("draws of key %d of about 1000", i).isBetween(750, 1250);
    }
  }

  @Property(tries = 20)
  void marksStayWithTheirKeys(@ForAll @IntRange(min = 1, max = 2000) int keys) {
    Dict<Integer> dict = Dict.marked();
    for (int i = 0; i < keys; i++) {
      dict.put(key(i), i);
      dict.mark(i * 31);
    }
    for (int i = 0; i < keys; i++) {
      assertThat(dict.get(key(i))).isEqualTo(i);
      assertThat(dict.mark()).as("the mark of key %d", i).isEqualTo(i * 31);
    }
  }
}
