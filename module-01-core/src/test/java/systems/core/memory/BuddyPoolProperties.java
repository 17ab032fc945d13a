package systems.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** Against a list of intervals, which is slow and obviously right. */
@Tag("phase-5")
class BuddyPoolProperties {
  private static final long LEAF = 16;

  @Property(tries = 300)
  void blocksAreAlignedAndApartAndMergeBackIntoOne(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 10) int orderMax) {
    var random = new Random(seed);
    long bytes = LEAF << orderMax;
    try (var region = Region.reserve(bytes);
        var pool = new BuddyPool(region, LEAF)) {
      var taken = new TreeMap<Long, Long>();
      for (int i = 0; i < 200; i++) {
        if (random.nextInt(5) < 3) {
          allocate(pool, taken, 1 + (long) (bytes * Math.pow(random.nextDouble(), 4)));
        } else if (!taken.isEmpty()) {
          Long offset = new ArrayList<>(taken.keySet()).get(random.nextInt(taken.size()));
          pool.free(offset);
          taken.remove(offset);
        }
        pool.checkInvariants();
        long sum = taken.values().stream().mapToLong(Long::longValue).sum();
        assertThat(pool.freeBytes()).as("free after step %d", i).isEqualTo(bytes - sum);
      }
      taken.keySet().forEach(pool::free);
      assertThat(pool.isWhole()).as("one whole block when all are freed").isTrue();
    }
  }

  private static void allocate(BuddyPool pool, TreeMap<Long, Long> taken, long wanted) {
    long offset = pool.take(wanted);
    if (offset == BuddyPool.NONE) {
      assertThat(pool.largestFreeBytes()).as("no room for %d", wanted).isLessThan(wanted);
      return;
    }
    long size = Math.max(LEAF, Long.highestOneBit(2 * wanted - 1));
    assertThat(pool.bytes(offset)).as("block for %d bytes", wanted).isEqualTo(size);
    assertThat(offset % size).as("multiple of its size").isZero();
    Map.Entry<Long, Long> before = taken.lowerEntry(offset + size);
    assertThat(before == null || before.getKey() + before.getValue() <= offset)
        .as("block at %d of %d bytes is apart from %s", offset, size, before)
        .isTrue();
    taken.put(offset, size);
  }

  @Property(tries = 200)
  void aSetOfBitsKnowsItsSmallestMember(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 300_000) int size) {
    var random = new Random(seed);
    var bits = new FreeBits(size);
    var model = new TreeSet<Integer>();
    int span = 1 + random.nextInt(Math.min(size, 1 << random.nextInt(20)));
    for (int i = 0; i < 200; i++) {
      int member = size - 1 - random.nextInt(span);
      if (random.nextBoolean()) {
        bits.add(member);
        model.add(member);
      } else {
        bits.remove(member);
        model.remove(member);
      }
      assertThat(bits.has(member)).isEqualTo(model.contains(member));
      assertThat(bits.isEmpty()).as("whether %s is empty", model).isEqualTo(model.isEmpty());
      if (!model.isEmpty()) {
        assertThat(bits.first()).as("smallest of %s", model).isEqualTo(model.first());
        if (random.nextInt(4) == 0) {
          bits.remove(bits.first());
          model.remove(model.first());
        }
      }
    }
  }
}
