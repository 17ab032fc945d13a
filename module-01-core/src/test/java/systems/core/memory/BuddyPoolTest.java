package systems.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("phase-5")
class BuddyPoolTest {
  private static final long LEAF = 4096;

  private final Region region = Region.reserve(8 * LEAF);
  private final BuddyPool pool = new BuddyPool(region, LEAF);

  @AfterEach
  void close() {
    pool.close();
    region.close();
  }

  @Test
  void aSmallBlockIsCutFromTheWholeAndItsHalvesStayUsable() {
    assertThat(pool.allocate(1)).isZero();
    assertThat(pool.largestFreeBytes()).as("the upper half is untouched").isEqualTo(4 * LEAF);
    assertThat(pool.freeBytes()).isEqualTo(7 * LEAF);
    assertThat(pool.allocate(4 * LEAF)).as("that half").isEqualTo(4 * LEAF);
    assertThat(pool.allocate(LEAF)).as("the buddy of the first").isEqualTo(LEAF);
    assertThat(pool.allocate(LEAF + 1)).as("two leaves").isEqualTo(2 * LEAF);
    assertThat(pool.freeBytes()).isZero();
    pool.checkInvariants();
  }

  @Test
  void aFreeBlockMergesWithItsBuddyAllTheWayUp() {
    long first = pool.allocate(LEAF);
    pool.free(first);
    assertThat(pool.isWhole()).as("one block of everything is free").isTrue();
    assertThat(pool.allocate(8 * LEAF)).isZero();
    pool.free(0);
  }

  @Test
  void neighboursThatAreNoBuddiesDoNotMerge() {
    long[] leaves = new long[8];
    for (int i = 0; i < 8; i++) {
      leaves[i] = pool.allocate(LEAF);
    }
    pool.free(leaves[1]);
    pool.free(leaves[2]);
    assertThat(pool.largestFreeBytes()).as("leaves 1 and 2 have different parents").isEqualTo(LEAF);
    pool.free(leaves[3]);
    assertThat(pool.largestFreeBytes()).as("leaves 2 and 3 are buddies").isEqualTo(2 * LEAF);
    pool.checkInvariants();
  }

  @Test
  void whatDoesNotFitIsRefusedOrSaidToBeNone() {
    long first = pool.allocate(LEAF);
    assertThat(pool.take(5 * LEAF)).isEqualTo(BuddyPool.NONE);
    assertThat(pool.take(Long.MAX_VALUE)).isEqualTo(BuddyPool.NONE);
    assertThatThrownBy(() -> pool.allocate(5 * LEAF))
        .isInstanceOf(OutOfRegionException.class)
        .hasMessageContaining("the largest free block has " + 4 * LEAF);
    pool.free(first);
    assertThat(pool.allocate(5 * LEAF)).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void sizesThatMakeNoSenseAreRefused(long bytes) {
    assertThatThrownBy(() -> pool.allocate(bytes)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void wrongFreesAreToldApartAndChangeNothing() {
    long first = pool.allocate(2 * LEAF);
    long second = pool.allocate(2 * LEAF);
    assertThatThrownBy(() -> pool.free(first + LEAF), "a free of the middle of a block")
        .isInstanceOf(Misuse.InnerPointer.class);
    assertThatThrownBy(() -> pool.free(-LEAF)).isInstanceOf(Misuse.ForeignPointer.class);
    assertThatThrownBy(() -> pool.free(8 * LEAF)).isInstanceOf(Misuse.ForeignPointer.class);
    assertThatThrownBy(() -> pool.free(6 * LEAF), "a free of what never was allocated")
        .isInstanceOf(Misuse.DoubleFree.class);
    pool.free(first);
    assertThatThrownBy(() -> pool.free(first), "a second free")
        .isInstanceOf(Misuse.DoubleFree.class);
    pool.checkInvariants();
    assertThat(pool.freeBytes()).isEqualTo(6 * LEAF);
    assertThat(pool.bytes(second)).isEqualTo(2 * LEAF);
    assertThat(pool.segment(second).byteSize()).isEqualTo(2 * LEAF);
  }

  @Test
  void regionsAndLeavesArePowersOfTwo() {
    try (var odd = Region.reserve(3 * LEAF)) {
      assertThatThrownBy(() -> new BuddyPool(odd, LEAF))
          .isInstanceOf(IllegalArgumentException.class);
    }
    try (var large = Region.reserve(1L << 29)) {
      assertThatThrownBy(() -> new BuddyPool(large, 3000))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> new BuddyPool(large, 16), "more leaves than an int has room for")
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> new BuddyPool(large, 1L << 30))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aClosedPoolGivesNothingAndTakesNothing() {
    long block = pool.allocate(LEAF);
    pool.close();
    assertThatThrownBy(() -> pool.free(block)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> pool.take(1)).isInstanceOf(IllegalStateException.class);
  }
}
