package systems.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One thread, no guards. */
@Tag("phase-5")
class SlabAllocatorTest {
  private static final long BYTES = 4 << 20;

  private final Region region = Region.reserve(BYTES);
  private final SlabAllocator slab = new SlabAllocator(region, Checks.none());

  @AfterEach
  void close() {
    slab.close();
    region.close();
  }

  private List<Long> allocated(int blocks, long bytes) {
    var handles = new ArrayList<Long>();
    for (int i = 0; i < blocks; i++) {
      handles.add(slab.allocate(bytes));
    }
    return handles;
  }

  private void everythingIsOneBlockAgain() {
    slab.trim();
    assertThat(slab.usage())
        .as("what is in use after everything was freed and trimmed")
        .isEqualTo(new SlabAllocator.Usage(0, 0, BYTES));
  }

  /** The first byte that is not as it was filled, or -1; a whole block is no message. */
  private static long firstChange(MemorySegment memory, int content) {
    for (long at = 0; at < memory.byteSize(); at++) {
      if (memory.get(ValueLayout.JAVA_BYTE, at) != content) {
        return at;
      }
    }
    return -1;
  }

  @Test
  void aBlockHasWhatItsClassHasAndNoMore() {
    long handle = slab.allocate(200);
    assertThat(handle).isNotEqualTo(SlabAllocator.NONE);
    assertThat(slab.bytes(handle)).isEqualTo(224);
    MemorySegment block = slab.segment(handle);
    assertThat(block.byteSize()).isEqualTo(224);
    block.set(ValueLayout.JAVA_LONG, 0, 42);
    assertThat(slab.memory().get(ValueLayout.JAVA_LONG, slab.offset(handle))).isEqualTo(42);
    assertThatThrownBy(() -> block.get(ValueLayout.JAVA_BYTE, 224))
        .isInstanceOf(IndexOutOfBoundsException.class);
    slab.free(handle);
    everythingIsOneBlockAgain();
  }

  @Test
  void theBlockThatWasFreedLastIsAllocatedNext() {
    long first = slab.allocate(256);
    long place = slab.offset(first);
    slab.free(first);
    long second = slab.allocate(256);
    assertThat(slab.offset(second)).isEqualTo(place);
    assertThat(second).as("the same place has another handle").isNotEqualTo(first);
    slab.free(second);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 16, 100, 256, 8192, 8193, 30_000, 32_768, 32_769, 200_000})
  void manyBlocksOfASizeAreApartAndAllComeBack(long bytes) {
    int blocks = (int) Math.min(3000, BYTES / 2 / bytes);
    for (int round = 0; round < 3; round++) {
      List<Long> handles = allocated(blocks, bytes);
      Set<Long> places = new HashSet<>();
      for (long handle : handles) {
        assertThat(places.add(slab.offset(handle)))
            .as("the block at %d was given out once", slab.offset(handle))
            .isTrue();
        slab.segment(handle).fill((byte) handle);
      }
      assertThat(slab.usage().blocks()).as("blocks that have an owner").isEqualTo(blocks);
      handles.forEach(slab::free);
      assertThat(slab.usage().blocks()).as("blocks after freeing all").isZero();
    }
    everythingIsOneBlockAgain();
  }

  @Test
  void everyAlignmentUpToTheRegionsIsKept() {
    List<Long> handles = new ArrayList<>();
    for (long alignment = 1; alignment <= Region.ALIGNMENT_BYTES / 2; alignment *= 2) {
      for (long bytes : new long[] {1, 48, 100, 5000}) {
        long handle = slab.allocate(bytes, alignment);
        assertThat(slab.segment(handle).address() % alignment)
            .as("remainder of %d bytes at a multiple of %d", bytes, alignment)
            .isZero();
        assertThat(slab.bytes(handle)).isGreaterThanOrEqualTo(bytes);
        handles.add(handle);
        if (alignment > 100_000) {
          slab.free(handles.removeLast());
        }
      }
    }
    handles.forEach(slab::free);
    everythingIsOneBlockAgain();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void sizesThatMakeNoSenseAreRefused(long bytes) {
    long handle = slab.allocate(16);
    assertThatThrownBy(() -> slab.allocate(bytes)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> slab.resize(handle, bytes))
        .isInstanceOf(IllegalArgumentException.class);
    for (long alignment : new long[] {0, -1, 3, Long.MIN_VALUE, 2 * Region.ALIGNMENT_BYTES}) {
      assertThatThrownBy(() -> slab.allocate(16, alignment), "a multiple of %d", alignment)
          .isInstanceOf(IllegalArgumentException.class);
    }
    slab.free(handle);
  }

  @Test
  void aRequestThatDoesNotFitIsRefusedAndNothingIsLost() {
    for (long bytes : new long[] {BYTES + 1, Long.MAX_VALUE, Long.MAX_VALUE - 7}) {
      assertThatThrownBy(() -> slab.allocate(bytes)).isInstanceOf(OutOfRegionException.class);
    }
    long all = slab.allocate(BYTES);
    assertThatThrownBy(() -> slab.allocate(1))
        .isInstanceOf(OutOfRegionException.class)
        .hasMessageContaining("0 are free");
    slab.free(all);
    var handles = new ArrayList<Long>();
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 2 * BYTES / 1024; i++) {
                handles.add(slab.allocate(1000));
              }
            },
            "allocating twice as many bytes as there are")
        .isInstanceOf(OutOfRegionException.class);
    assertThat(handles).as("blocks of 1024 bytes").hasSize((int) (BYTES / 1024));
    handles.forEach(slab::free);
    assertThat(slab.allocate(BYTES))
        .as("what one size has held ready is there for another one")
        .isNotEqualTo(SlabAllocator.NONE);
  }

  @Test
  void aResizedBlockKeepsItsContentsAndNobodyElsesAreTouched() {
    long block = slab.allocate(64);
    slab.segment(block).fill((byte) 1);
    for (long bytes : new long[] {100, 5000, 40_000, 100_000, 70_000, 300, 48}) {
      List<Long> others = allocated((int) Math.min(40, BYTES / 4 / bytes), bytes);
      others.forEach(other -> slab.segment(other).fill((byte) 2));
      slab.free(others.remove(others.size() / 2)); // where the block is likely to go
      long moved = slab.resize(block, bytes);
      assertThat(firstChange(slab.segment(moved).asSlice(0, 48), 1))
          .as("first byte that a resize to %d bytes has changed", bytes)
          .isEqualTo(-1);
      slab.segment(moved).fill((byte) 1);
      for (long other : others) {
        assertThat(firstChange(slab.segment(other), 2))
            .as("first byte that a resize to %d bytes has changed in another block", bytes)
            .isEqualTo(-1);
        slab.free(other);
      }
      block = moved;
    }
    slab.free(block);
    everythingIsOneBlockAgain();
  }

  @Test
  void aResizeWithinTheClassMovesNothing() {
    long block = slab.allocate(200);
    assertThat(slab.resize(block, 193)).isEqualTo(block);
    assertThat(slab.resize(block, 224)).isEqualTo(block);
    assertThat(slab.resize(block, 225)).isNotEqualTo(block);
  }

  @Test
  void aResizeThatDoesNotFitLeavesTheOldBlock() {
    long block = slab.allocate(64);
    slab.segment(block).fill((byte) 1);
    assertThatThrownBy(() -> slab.resize(block, BYTES)).isInstanceOf(OutOfRegionException.class);
    assertThat(slab.segment(block).get(ValueLayout.JAVA_BYTE, 63)).isEqualTo((byte) 1);
    slab.free(block);
    assertThatThrownBy(() -> slab.resize(block, 16)).isInstanceOf(Misuse.UseAfterFree.class);
  }

  @Test
  void anAllocatorHasItsRegionAloneUntilItIsClosed() {
    long block = slab.allocate(16);
    assertThatThrownBy(() -> new SlabAllocator(region, Checks.none()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("taken");
    assertThatThrownBy(region::close, "closing the region under the allocator")
        .isInstanceOf(IllegalStateException.class);
    slab.close();
    slab.close();
    assertThatThrownBy(() -> slab.allocate(16)).hasMessageContaining("closed");
    assertThatThrownBy(() -> slab.allocate(100_000)).hasMessageContaining("closed");
    assertThatThrownBy(() -> slab.free(block)).hasMessageContaining("closed");
    assertThatThrownBy(() -> slab.segment(block)).hasMessageContaining("closed");
    new SlabAllocator(region, Checks.none()).close();
  }

  @Test
  void regionsThatCannotBeCutAreRefused() {
    slab.free(slab.allocate(1));
    try (var other = Region.reserve(4 << 20)) {
      Region odd = other.part(16, 1 << 20);
      Region small = other.part(2 << 20, 32 << 10);
      Region uneven = other.part(3 << 20, 3 << 16);
      for (Region part : List.of(odd, small, uneven)) {
        assertThatThrownBy(
                () -> new SlabAllocator(part, Checks.none()),
                "an allocator on %d bytes",
                part.bytes())
            .isInstanceOf(IllegalArgumentException.class);
        part.close();
      }
    }
  }
}
