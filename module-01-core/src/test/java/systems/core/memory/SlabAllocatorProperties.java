package systems.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/** Against a map of intervals; each block remembers what was written into it. */
@Tag("phase-5")
class SlabAllocatorProperties {
  private static final long BYTES = 1 << 20;

  private enum Mode {
    NONE,
    SAMPLED,
    FULL;

    Checks checks() {
      return switch (this) {
        case NONE -> Checks.none();
        case SAMPLED -> Checks.sampled(3);
        case FULL -> Checks.full();
      };
    }
  }

  private record Block(long handle, long bytes, byte content) {}

  /** A run of random calls, and what is known of the blocks that are alive. */
  private static final class Play {
    final SlabAllocator slab;
    final Random random;
    final List<Block> alive = new ArrayList<>();
    final TreeMap<Long, Long> extents = new TreeMap<>();

    Play(SlabAllocator slab, Random random) {
      this.slab = slab;
      this.random = random;
    }

    long anySize() {
      return 1 + (long) Math.pow(2, random.nextDouble() * 17.5);
    }

    void allocate() {
      long bytes = anySize();
      long alignment = random.nextInt(4) > 0 ? 1 : 1L << random.nextInt(14);
      try {
        long handle = slab.allocate(bytes, alignment);
        MemorySegment memory = slab.segment(handle);
        assertThat(memory.address() % alignment).as("%d at %d", bytes, alignment).isZero();
        assertThat(memory.byteSize()).as("room for %d", bytes).isGreaterThanOrEqualTo(bytes);
        enter(handle, bytes, (byte) random.nextInt());
        memory.fill(alive.getLast().content);
      } catch (OutOfRegionException _) {
        free();
      }
    }

    void enter(long handle, long bytes, byte content) {
      long offset = slab.offset(handle);
      long end = offset + slab.bytes(handle);
      Map.Entry<Long, Long> before = extents.lowerEntry(end);
      assertThat(before == null || before.getValue() <= offset)
          .as("the block from %d to %d is apart from the one %s", offset, end, before)
          .isTrue();
      extents.put(offset, end);
      alive.add(new Block(handle, bytes, content));
    }

    Block leave() {
      Block block = alive.remove(random.nextInt(alive.size()));
      checkContents(block.handle, block.bytes, block.content);
      extents.remove(slab.offset(block.handle));
      return block;
    }

    void checkContents(long handle, long bytes, byte content) {
      MemorySegment memory = slab.segment(handle);
      for (long at = 0; at < bytes; at++) {
        byte found = memory.get(ValueLayout.JAVA_BYTE, at);
        if (found != content) {
          throw new AssertionError(
              "byte %d of a block of %d is %d and was filled with %d"
                  .formatted(at, bytes, found, content));
        }
      }
    }

    void free() {
      if (!alive.isEmpty()) {
        slab.free(leave().handle);
      }
    }

    void resize() {
      if (alive.isEmpty()) {
        return;
      }
      Block block = leave();
      long bytes = anySize();
      long handle = block.handle;
      long kept = block.bytes;
      try {
        handle = slab.resize(handle, bytes);
        kept = Math.min(kept, bytes);
      } catch (OutOfRegionException _) {
        bytes = kept;
      }
      checkContents(handle, kept, block.content);
      slab.segment(handle).fill(block.content);
      enter(handle, bytes, block.content);
    }
  }

  @Property(tries = 120)
  void blocksAreApartKeepTheirContentsAndMergeBack(@ForAll long seed, @ForAll Mode mode) {
    var random = new Random(seed);
    try (var region = Region.reserve(BYTES);
        var slab = new SlabAllocator(region, mode.checks())) {
      var play = new Play(slab, random);
      for (int i = 0; i < 250; i++) {
        switch (random.nextInt(8)) {
          case 0, 1, 2, 3 -> play.allocate();
          case 4, 5, 6 -> play.free();
          default -> play.resize();
        }
        assertThat(slab.usage().blocks()).as("blocks at %d", i).isEqualTo(play.alive.size());
      }
      slab.verify();
      while (!play.alive.isEmpty()) {
        play.free();
      }
      slab.trim();
      assertThat(slab.usage())
          .as("what is in use after everything was freed and trimmed")
          .isEqualTo(new SlabAllocator.Usage(0, 0, BYTES));
      assertThat(slab.leaks().leaks()).as("leaks").isEmpty();
    }
  }
}
