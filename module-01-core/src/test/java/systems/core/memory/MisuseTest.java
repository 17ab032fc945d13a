package systems.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who used a block wrongly is told so, as far as the mode promises. */
@Tag("phase-5")
class MisuseTest {
  private static final long BYTES = 1 << 20;

  private enum Mode {
    NONE,
    SAMPLED,
    FULL;

    Checks checks() {
      return switch (this) {
        case NONE -> Checks.none();
        case SAMPLED -> Checks.sampled(1);
        case FULL -> Checks.full();
      };
    }
  }

  private final Region region = Region.reserve(BYTES);

  @AfterEach
  void close() {
    region.close();
  }

  private static void assertHere(Site site, String method) {
    assertThat(site).as("the recorded place").isNotNull();
    assertThat(site.frames().getFirst().getClassName()).isEqualTo(MisuseTest.class.getName());
    assertThat(site.frames().getFirst().getMethodName()).isEqualTo(method);
  }

  private static long born(SlabAllocator slab, long bytes) {
    return slab.allocate(bytes);
  }

  private static void died(SlabAllocator slab, long handle) {
    slab.free(handle);
  }

  @ParameterizedTest
  @EnumSource
  void aSecondFreeIsFoundEvenWhenTheBlockHasANewOwner(Mode mode) {
    try (var slab = new SlabAllocator(region, mode.checks())) {
      for (long bytes : new long[] {16, 256, 20_000, 100_000}) {
        long handle = slab.allocate(bytes);
        slab.free(handle);
        assertThatThrownBy(() -> slab.free(handle), "a second free of %d bytes", bytes)
            .isInstanceOf(Misuse.DoubleFree.class);
        long next = slab.allocate(bytes);
        assertThatThrownBy(
                () -> slab.free(handle), "a free of %d bytes by their former owner", bytes)
            .isInstanceOf(Misuse.DoubleFree.class);
        slab.free(next);
      }
      slab.trim();
      assertThat(slab.usage()).isEqualTo(new SlabAllocator.Usage(0, 0, BYTES));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aHandleOfAFreeBlockIsOfNoUse(Mode mode) {
    try (var slab = new SlabAllocator(region, mode.checks())) {
      long handle = slab.allocate(100);
      slab.free(handle);
      assertThatThrownBy(() -> slab.segment(handle)).isInstanceOf(Misuse.UseAfterFree.class);
      assertThatThrownBy(() -> slab.offset(handle)).isInstanceOf(Misuse.UseAfterFree.class);
      assertThatThrownBy(() -> slab.bytes(handle)).isInstanceOf(Misuse.UseAfterFree.class);
      assertThatThrownBy(() -> slab.resize(handle, 5)).isInstanceOf(Misuse.UseAfterFree.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNoHandleIsForeign(Mode mode) {
    try (var slab = new SlabAllocator(region, mode.checks())) {
      long handle = slab.allocate(100);
      long[] foreign = {
        0,
        1,
        -1,
        65_536,
        slab.offset(handle),
        slab.memory().address(),
        Long.MAX_VALUE,
        handle + BYTES
      };
      for (long number : foreign) {
        assertThatThrownBy(() -> slab.free(number), "a free of %d", number)
            .isInstanceOf(Misuse.ForeignPointer.class);
      }
      slab.free(handle);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theInsideOfABlockIsNoHandle(Mode mode) {
    try (var slab = new SlabAllocator(region, mode.checks())) {
      for (long bytes : new long[] {100, 20_000, 200_000}) {
        long handle = slab.allocate(bytes);
        for (long inside : new long[] {1, 16, 96, bytes / 2, bytes - 1}) {
          if (inside < bytes) {
            assertThatThrownBy(
                    () -> slab.free(handle + inside),
                    "a free of byte %d of a block of %d",
                    inside,
                    bytes)
                .isInstanceOf(Misuse.InnerPointer.class);
          }
        }
        slab.free(handle);
      }
    }
  }

  @Test
  void anInnerPointerIsToldWhoseInsideItIs() {
    try (var slab = new SlabAllocator(region, Checks.full())) {
      for (long bytes : new long[] {100, 200_000}) {
        long handle = born(slab, bytes);
        long inner = handle + bytes / 2;
        var error = catchThrowableOfType(Misuse.InnerPointer.class, () -> slab.segment(inner));
        assertThat(error.handle()).isEqualTo(inner);
        assertThat(error.bytes()).as("size of the block around it").isEqualTo(bytes);
        assertHere(error.allocatedAt(), "born");
        slab.free(handle);
      }
    }
  }

  @Test
  void theErrorNamesHandleSizeAndBothPlaces() {
    try (var slab = new SlabAllocator(region, Checks.full())) {
      long handle = born(slab, 100);
      died(slab, handle);
      var error = catchThrowableOfType(Misuse.DoubleFree.class, () -> slab.free(handle));
      assertThat(error.handle()).isEqualTo(handle);
      assertThat(error.bytes()).isEqualTo(100);
      assertHere(error.allocatedAt(), "born");
      assertHere(error.freedAt(), "died");
      assertThat(error)
          .hasMessageContaining("(100 bytes)")
          .hasMessageContaining(Long.toHexString(handle))
          .hasMessageContaining("MisuseTest.born(MisuseTest.java:")
          .hasMessageContaining("MisuseTest.died(MisuseTest.java:");
    }
  }

  @Test
  void aSegmentOfAGuardedBlockEndsWithIt() {
    try (var slab = new SlabAllocator(region, Checks.full())) {
      long handle = slab.allocate(100);
      MemorySegment block = slab.segment(handle);
      assertThat(block.byteSize()).as("exactly what was asked for").isEqualTo(100);
      block.set(ValueLayout.JAVA_LONG, 0, 1);
      slab.free(handle);
      assertThatThrownBy(
              () -> block.get(ValueLayout.JAVA_LONG, 0),
              "reading a block through a segment after its free")
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void oneByteBehindTheEndIsFoundAtTheFree() {
    var slab = new SlabAllocator(region, Checks.full());
    for (long bytes : new long[] {1, 8, 100, 104, 1000, 40_000}) {
      long handle = born(slab, bytes);
      long end = slab.offset(handle) + bytes;
      byte canary = slab.memory().get(ValueLayout.JAVA_BYTE, end);
      slab.memory().set(ValueLayout.JAVA_BYTE, end, (byte) 0);
      var error = catchThrowableOfType(Misuse.Overrun.class, () -> slab.free(handle));
      assertThat(error)
          .as("the free of %d bytes behind which one was written", bytes)
          .hasMessageStartingWith("byte " + bytes + " was written, behind the end of")
          .hasMessageContaining("(" + bytes + " bytes)");
      assertHere(error.allocatedAt(), "born");
      assertThatThrownBy(slab::verify).isInstanceOf(Misuse.Overrun.class);
      slab.memory().set(ValueLayout.JAVA_BYTE, end, canary);
      slab.verify();
      slab.free(handle);
    }
    slab.close();
  }

  @Test
  void aWriteAfterTheFreeIsFoundWhenTheBlockIsHandedOutAgain() {
    var slab = new SlabAllocator(region, Checks.full());
    long handle = born(slab, 100);
    long inside = slab.offset(handle) + 50;
    died(slab, handle);
    slab.memory().set(ValueLayout.JAVA_BYTE, inside, (byte) 7);
    var error =
        catchThrowableOfType(
            Misuse.WriteAfterFree.class,
            () -> {
              for (int i = 0; i < 10_000; i++) {
                slab.free(slab.allocate(100));
              }
            });
    assertThat(error)
        .as("the allocation that gets the block after its rest")
        .isNotNull()
        .hasMessageStartingWith("byte 50 was written after the free of");
    assertHere(error.allocatedAt(), "born");
    assertHere(error.freedAt(), "died");
    slab.close();
  }

  @Test
  void aFreedBlockRestsWhileOthersAreHandedOut() {
    try (var slab = new SlabAllocator(region, Checks.full())) {
      long handle = slab.allocate(100);
      long place = slab.offset(handle);
      slab.free(handle);
      for (int i = 0; i < Ledger.RESTING_MAX; i++) {
        long next = slab.allocate(100);
        assertThat(slab.offset(next)).as("allocation %d after the free", i).isNotEqualTo(place);
        slab.free(next);
      }
      slab.trim();
      assertThat(slab.usage()).isEqualTo(new SlabAllocator.Usage(0, 0, BYTES));
    }
  }

  @Test
  void theReportPutsLeaksOfOnePlaceTogether() {
    var slab = new SlabAllocator(region, Checks.full());
    List<Long> small = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      small.add(born(slab, 10));
    }
    slab.allocate(1000);
    for (int i = 0; i < 3; i++) {
      slab.free(small.get(i));
    }
    LeakReport report = slab.leaks();
    assertThat(report.blocks()).as("blocks that were not freed").isEqualTo(8);
    assertThat(report.bytes()).isEqualTo(1070);
    assertThat(report.leaks()).as("places").hasSize(2);
    assertThat(report.leaks().getFirst().bytes()).as("the heaviest first").isEqualTo(1000);
    assertThat(report.leaks().getLast().blocks()).isEqualTo(7);
    assertHere(report.leaks().getLast().site(), "born");
    var error = catchThrowableOfType(Misuse.Leaked.class, slab::close);
    assertThat(error.report()).isEqualTo(report);
    assertThat(error)
        .hasMessageContaining("8 blocks of 1070 bytes are alive")
        .hasMessageContaining("7 blocks, 70 bytes from ")
        .hasMessageContaining("systems.core.memory.MisuseTest.born");
  }

  @Test
  void theDeadAreNoLeaksInASample() {
    try (var slab = new SlabAllocator(region, Checks.sampled(1))) {
      List<Long> handles = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        handles.add(born(slab, 64));
      }
      assertThat(slab.leaks().blocks()).isEqualTo(100);
      handles.subList(0, 99).forEach(slab::free);
      assertThat(slab.leaks().blocks()).as("recorded blocks that are alive").isEqualTo(1);
      assertHere(slab.leaks().leaks().getFirst().site(), "born");
      slab.free(handles.getLast());
      assertThat(slab.leaks().leaks()).isEmpty();
    }
  }

  @Test
  void aSampleRecordsAboutOneInSoMany() {
    try (var slab = new SlabAllocator(region, Checks.sampled(10))) {
      for (int i = 0; i < 10_000; i++) {
        slab.allocate(16);
      }
      assertThat(slab.leaks().blocks()).as("of 10000, recorded").isBetween(700L, 1300L);
      assertThat(slab.leaks()).hasToString(slab.leaks().toString());
      assertThat(slab.leaks().toString()).contains("of a sample of one in 10");
    }
  }

  @Test
  void anAllocatorWithoutChecksCountsAndClosesInSilence() {
    var slab = new SlabAllocator(region, Checks.none());
    slab.allocate(10);
    slab.allocate(100_000);
    assertThat(slab.usage().blocks()).isEqualTo(2);
    assertThat(slab.leaks().leaks()).isEmpty();
    slab.close();
  }

  @Test
  void checksThatContradictThemselvesAreRefused() {
    assertThatThrownBy(() -> Checks.sampled(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Checks(-1, false)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Checks(5, true)).isInstanceOf(IllegalArgumentException.class);
    var slab = new SlabAllocator(region, new Checks(1, true));
    slab.free(slab.allocate(1));
    slab.close();
  }
}
