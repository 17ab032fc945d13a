package systems.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import systems.core.memory.Region.Backing;
import systems.core.memory.Region.Pages;

@Tag("phase-5")
class RegionTest {
  private static final long BYTES = 1 << 20;

  /** Counts what is mapped. */
  private static final class Counting extends Mmap {
    private long mappedBytes;

    @Override
    long map(long bytes) {
      mappedBytes += bytes;
      return super.map(bytes);
    }

    @Override
    void unmap(long address, long bytes) {
      mappedBytes -= bytes;
      super.unmap(address, bytes);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 4095, 4096, 65_537, 3L << 20})
  void aRegionIsAsLargeAsAskedForAndAllZeros(long bytes) {
    try (var region = Region.reserve(bytes)) {
      MemorySegment memory = region.memory();
      assertThat(region.bytes()).isEqualTo(bytes);
      assertThat(memory.address() % Region.ALIGNMENT_BYTES).as("begins at 2 MiB").isZero();
      assertThat(memory.get(ValueLayout.JAVA_BYTE, bytes - 1)).isZero();
      memory.set(ValueLayout.JAVA_BYTE, bytes - 1, (byte) 7);
      memory.set(ValueLayout.JAVA_BYTE, 0, (byte) 7);
      assertThatThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, bytes))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> region.part(bytes & -16, 16), "a part behind the end")
          .isInstanceOf(IllegalArgumentException.class);
      region.part(0, bytes).close();
    }
  }

  @Test
  void withoutMmapTheJdkAllocates() {
    try (var region = Region.reserve(BYTES, Pages.HUGE, null)) {
      assertThat(region.backing()).isEqualTo(Backing.ALLOCATED);
      try (var part = region.part(0, BYTES)) {
        part.memory().fill((byte) 1);
        assertThat(part.memory().address() % Region.ALIGNMENT_BYTES).isZero();
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aKernelThatRefusesHugePagesGivesNormalOnes() {
    var refusing =
        new Mmap() {
          @Override
          int advise(long address, long bytes, int advice) {
            return 22;
          }
        };
    try (var region = Region.reserve(BYTES, Pages.HUGE, refusing)) {
      assertThat(region.backing()).as("backing after EINVAL").isEqualTo(Backing.MAPPED);
      region.memory().fill((byte) 1);
    }
  }

  /** The kernel writes the flags of each range into smaps; hg is the advice. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void theKernelKnowsThatHugePagesAreWanted() throws IOException {
    try (var normal = Region.reserve(8 * BYTES);
        var huge = Region.reserve(8 * BYTES, Pages.HUGE)) {
      assertThat(normal.backing()).isEqualTo(Backing.MAPPED);
      assumeTrue(huge.backing() == Backing.MAPPED_HUGE, "a kernel without huge pages");
      huge.memory().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
      assertThat(flags(huge)).as("VmFlags of the range with advice").contains("hg");
      assertThat(flags(normal)).as("VmFlags of the range without").doesNotContain("hg");
    }
  }

  private static List<String> flags(Region region) throws IOException {
    long address = region.memory().address();
    boolean inRange = false;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        String[] range = line.substring(0, line.indexOf(' ')).split("-");
        inRange =
            Long.compareUnsigned(Long.parseUnsignedLong(range[0], 16), address) <= 0
                && Long.compareUnsigned(address, Long.parseUnsignedLong(range[1], 16)) < 0;
      } else if (inRange && line.startsWith("VmFlags:")) {
        return List.of(line.substring("VmFlags:".length()).strip().split(" "));
      }
    }
    throw new AssertionError("smaps has no range with address " + Long.toHexString(address));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void whatWasMappedIsUnmappedToTheLastByte() {
    var counting = new Counting();
    var region = Region.reserve(BYTES + 1, Pages.NORMAL, counting);
    assertThat(counting.mappedBytes)
        .as("mapped while the region is open: the bytes, rounded up to pages, and no edge")
        .isEqualTo(BYTES + (64 << 10));
    region.close();
    assertThat(counting.mappedBytes).as("mapped after the close").isZero();
  }

  @Test
  void whoComesAfterTheCloseGetsAnException() {
    var region = Region.reserve(BYTES);
    MemorySegment memory = region.memory();
    region.close();
    region.close();
    assertThatThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> region.part(0, 16)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aRegionIsNotClosedUnderItsTenants() {
    var region = Region.reserve(BYTES);
    var pool = new BuddyPool(region, 4096);
    assertThatThrownBy(region::close, "closing a region that a BuddyPool still uses")
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("a BuddyPool");
    region.memory().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
    pool.close();
    region.close();
  }

  @Test
  void partsDoNotOverlapAndMayBeLeasedAgain() {
    try (var region = Region.reserve(BYTES)) {
      Region low = region.part(0, 4096);
      Region next = region.part(4096, 4096);
      for (long[] taken : new long[][] {{0, 16}, {4080, 32}, {8176, 16}, {0, BYTES}}) {
        assertThatThrownBy(
                () -> region.part(taken[0], taken[1]),
                "a part from byte %d with %d bytes",
                taken[0],
                taken[1])
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("taken");
      }
      low.close();
      region.part(16, 4080).close();
      next.close();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE, Region.BYTES_MAX + 1, Long.MAX_VALUE})
  void sizesThatMakeNoSenseAreRefused(long bytes) {
    assertThatThrownBy(() -> Region.reserve(bytes)).isInstanceOf(IllegalArgumentException.class);
    try (var region = Region.reserve(BYTES)) {
      assertThatThrownBy(() -> region.part(16, bytes)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> region.part(bytes | 1, 16))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
