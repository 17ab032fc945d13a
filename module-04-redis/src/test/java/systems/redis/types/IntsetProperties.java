package systems.redis.types;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** The intset against a {@link TreeSet}. */
@Tag("phase-2")
class IntsetProperties {
  @Property(tries = 200)
  void itIsASortedSet(@ForAll long seed, @ForAll @IntRange(min = 1, max = 64) int bits) {
    var random = new Random(seed);
    var set = new Intset();
    var model = new TreeSet<Long>();
    for (int step = 0; step < 200; step++) {
      long value = random.nextLong() >> 64 - Math.max(1, random.nextInt(bits + 1));
      if (random.nextInt(3) == 0) {
        assertThat(set.remove(value)).as("removes %d", value).isEqualTo(model.remove(value));
      } else {
        assertThat(set.add(value)).as("adds %d", value).isEqualTo(model.add(value));
      }
      assertThat(set.contains(value)).isEqualTo(model.contains(value));
    }
    assertThat(values(set)).as("its numbers in their order").isEqualTo(new ArrayList<>(model));
    if (!model.isEmpty()) {
      byte[] bytes = set.toBytes();
      assertThat(Intset.validate(bytes)).as("its own bytes are valid").isTrue();
      assertThat(values(Intset.of(bytes))).as("read from its bytes").isEqualTo(values(set));
    }
  }

  private static ArrayList<Long> values(Intset set) {
    var all = new ArrayList<Long>();
    for (int i = 0; i < set.count(); i++) {
      all.add(set.get(i));
    }
    return all;
  }

  @Example
  void allAreAsWideAsTheWidestNeeds() {
    var set = new Intset();
    long[] values = {-5, 32767, 32768, -2147483648L, 2147483648L, Long.MIN_VALUE, 7};
    int[] widths = {2, 2, 4, 4, 8, 8, 8};
    for (int i = 0; i < values.length; i++) {
      set.add(values[i]);
      assertThat(set.toBytes()).as("bytes with %d", values[i]).hasSize(8 + widths[i] * (i + 1));
    }
    assertThat(values(set))
        .as("numbers keep their value when they get wider")
        .containsExactly(Long.MIN_VALUE, -2147483648L, -5L, 7L, 32767L, 32768L, 2147483648L);
  }

  @Example
  void foreignBytesAreChecked() {
    var set = new Intset();
    set.add(1);
    set.add(2);
    byte[] bytes = set.toBytes();
    bytes[8] = 3;
    assertThat(Intset.validate(bytes)).as("numbers that do not ascend").isFalse();
    bytes[8] = 1;
    bytes[4] = 3;
    assertThat(Intset.validate(bytes)).as("a count that is too large").isFalse();
    bytes[4] = 2;
    bytes[0] = 3;
    assertThat(Intset.validate(bytes)).as("a width that does not exist").isFalse();
  }
}
