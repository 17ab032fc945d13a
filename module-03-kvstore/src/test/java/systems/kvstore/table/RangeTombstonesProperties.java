package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import org.jspecify.annotations.Nullable;
import systems.kvstore.table.RangeTombstones.Tombstone;

/** Fragments against the list of tombstones that they were cut from. */
@Tag("phase-5")
class RangeTombstonesProperties {

  private static List<Tombstone> tombstones(SplittableRandom random, int count) {
    var list = new ArrayList<Tombstone>();
    for (int i = 0; i < count; i++) {
      list.add(new Tombstone(key(random), key(random), 1 + random.nextLong(20)));
    }
    return list;
  }

  /** One or two bytes, so that bounds coincide often. */
  private static byte[] key(SplittableRandom random) {
    byte[] key = new byte[random.nextInt(3)];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (random.nextInt(8) * 0x24);
    }
    return key;
  }

  private static boolean covers(Tombstone tombstone, byte[] key) {
    return Arrays.compareUnsigned(tombstone.begin(), key) <= 0
        && Arrays.compareUnsigned(key, tombstone.end()) < 0;
  }

  private static long covering(List<Tombstone> tombstones, byte[] key, long snapshot) {
    return tombstones.stream()
        .filter(t -> covers(t, key) && t.sequence() <= snapshot)
        .mapToLong(Tombstone::sequence)
        .max()
        .orElse(-1);
  }

  private static void checkAgree(
      RangeTombstones fragments, List<Tombstone> tombstones, SplittableRandom random) {
    for (int i = 0; i < 60; i++) {
      byte[] key = key(random);
      long snapshot = random.nextLong(22);
      byte[] embedded = Keys.embedded(key).array();
      assertThat(fragments.covering(embedded, 5, key.length, snapshot))
          .as("%s at %d", Arrays.toString(key), snapshot)
          .isEqualTo(covering(tombstones, key, snapshot));
    }
  }

  @Property
  void coveringIsTheNewestVisibleTombstoneOverTheKey(@ForAll long seed) {
    var random = new SplittableRandom(seed);
    var given = tombstones(random, random.nextInt(12));
    checkAgree(RangeTombstones.of(given), given, random);
  }

  @Property
  void fragmentsDoNotOverlapPartlyAndComeInTheOrderOfATable(@ForAll long seed) {
    var random = new SplittableRandom(seed);
    var given = tombstones(random, random.nextInt(12));
    var fragments = RangeTombstones.of(given).fragments();
    for (int i = 1; i < fragments.size(); i++) {
      Tombstone before = fragments.get(i - 1);
      Tombstone after = fragments.get(i);
      if (Arrays.equals(before.begin(), after.begin())) {
        assertThat(after.end()).isEqualTo(before.end());
        assertThat(after.sequence()).isLessThan(before.sequence());
      } else {
        assertThat(Arrays.compareUnsigned(before.end(), after.begin())).isLessThanOrEqualTo(0);
      }
    }
    checkAgree(RangeTombstones.of(given), fragments, random);
  }

  @Property
  void fragmentsAreCanonicalHoweverTheyWereCutBefore(@ForAll long seed) {
    var random = new SplittableRandom(seed);
    var given = tombstones(random, random.nextInt(12));
    RangeTombstones cut = RangeTombstones.of(given);
    byte[] middle = key(random);
    var pieces = List.of(cut.clip(null, middle), cut.clip(middle, null));
    assertThat(RangeTombstones.merge(pieces).fragments())
        .usingRecursiveComparison()
        .isEqualTo(cut.fragments());
  }

  @Property
  void mergedSetsDeleteWhatEachOfThemDoes(@ForAll long seed) {
    var random = new SplittableRandom(seed);
    var all = new ArrayList<Tombstone>();
    var sets = new ArrayList<RangeTombstones>();
    for (int i = random.nextInt(5); i > 0; i--) {
      var given = tombstones(random, random.nextInt(6));
      all.addAll(given);
      sets.add(RangeTombstones.of(given));
    }
    checkAgree(RangeTombstones.merge(sets), all, random);
  }

  @Property
  void clippedSetsDeleteTheSameInsideAndNothingOutside(@ForAll long seed) {
    var random = new SplittableRandom(seed);
    var given = tombstones(random, random.nextInt(12));
    byte[] begin = random.nextInt(4) == 0 ? null : key(random);
    byte[] end = random.nextInt(4) == 0 ? null : key(random);
    RangeTombstones clipped = RangeTombstones.of(given).clip(begin, end);
    boolean overlaps = RangeTombstones.of(given).overlaps(begin, end);
    assertThat(overlaps).isEqualTo(!clipped.isEmpty());
    for (int i = 0; i < 60; i++) {
      byte[] key = key(random);
      long expected = isInside(key, begin, end) ? covering(given, key, 30) : -1;
      assertThat(clipped.covering(key, 0, key.length, 30)).isEqualTo(expected);
      assertThat(expected < 0 || overlaps).isTrue();
    }
  }

  private static boolean isInside(byte[] key, byte @Nullable [] begin, byte @Nullable [] end) {
    return (begin == null || Arrays.compareUnsigned(begin, key) <= 0)
        && (end == null || Arrays.compareUnsigned(key, end) < 0);
  }

  @Example
  void theEndIsNotDeleted() {
    var set = RangeTombstones.of(List.of(new Tombstone(new byte[] {1}, new byte[] {3}, 5)));
    assertThat(set.covering(new byte[] {2, 9}, 0, 2, 5)).isEqualTo(5);
    assertThat(set.covering(new byte[] {3}, 0, 1, 5)).isEqualTo(-1);
    assertThat(set.covering(new byte[] {0}, 0, 1, 5)).isEqualTo(-1);
    assertThat(set.covering(new byte[] {2}, 0, 1, 4)).isEqualTo(-1);
  }

  @Example
  void aRangeThatEndsWhereItBeginsDeletesNothing() {
    byte[] key = {1};
    assertThat(RangeTombstones.of(List.of(new Tombstone(key, key, 5))).isEmpty()).isTrue();
    assertThat(RangeTombstones.of(List.of(new Tombstone(key, new byte[0], 5))).isEmpty()).isTrue();
    assertThat(RangeTombstones.merge(List.of(RangeTombstones.NONE)).isEmpty()).isTrue();
  }
}
