package systems.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("phase-5")
class BumpArenaTest {
  private static final int BYTES = 4096;

  private enum Mode {
    UNCHECKED,
    CHECKED;

    BumpArena on(Region region) {
      return new BumpArena(region, this == CHECKED ? Checks.full() : Checks.none());
    }
  }

  private final Region region = Region.reserve(2 * BYTES);

  /** Begins at a multiple of 16, not of 32. */
  private final Region part = region.part(BYTES - 16, BYTES);

  @AfterEach
  void close() {
    part.close();
    region.close();
  }

  @ParameterizedTest
  @EnumSource
  void addressesAreAlignedWhereverTheRegionBegins(Mode mode) {
    try (var arena = mode.on(part)) {
      for (long alignment = 1; alignment <= 512; alignment *= 2) {
        MemorySegment piece = arena.allocate(3, alignment);
        assertThat(piece.byteSize()).isEqualTo(3);
        assertThat(piece.address() % alignment)
            .as("remainder of the address, where a multiple of %d was asked for", alignment)
            .isZero();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aScopeFreesWhatWasAllocatedInIt(Mode mode) {
    try (var arena = mode.on(part)) {
      arena.allocateFrom("kept");
      long used = arena.usedBytes();
      try (var _ = arena.open()) {
        arena.allocate(100);
        try (var _ = arena.open()) {
          arena.allocate(1000);
        }
        assertThat(arena.usedBytes()).as("used after the inner scope").isEqualTo(used + 100);
      }
      assertThat(arena.usedBytes()).as("used after the outer scope").isEqualTo(used);
      assertThat(arena.peakBytes()).isEqualTo(used + 1100);
      arena.reset();
      assertThat(arena.usedBytes()).as("used after reset").isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void scopesEndInTheOrderOfAStack(Mode mode) {
    try (var arena = mode.on(part)) {
      BumpArena.Scope outer = arena.open();
      arena.allocate(10);
      BumpArena.Scope inner = arena.open();
      arena.allocate(10);
      assertThatThrownBy(outer::close, "closing the outer scope while the inner one is open")
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("still open");
      assertThatThrownBy(arena::reset, "a reset while scopes are open")
          .isInstanceOf(IllegalStateException.class);
      assertThat(arena.usedBytes()).as("nothing has happened").isEqualTo(20);
      inner.close();
      inner.close();
      outer.close();
      assertThat(arena.usedBytes()).isZero();
    }
  }

  @Test
  void checkedSegmentsEndWithTheirScope() {
    try (var arena = Mode.CHECKED.on(part)) {
      MemorySegment kept = arena.allocate(8, 8);
      MemorySegment lost;
      try (var _ = arena.open()) {
        lost = arena.allocate(8, 8);
        lost.set(ValueLayout.JAVA_LONG, 0, 1);
      }
      kept.set(ValueLayout.JAVA_LONG, 0, 2);
      MemorySegment late = lost;
      assertThatThrownBy(
              () -> late.get(ValueLayout.JAVA_LONG, 0), "reading a piece whose scope is closed")
          .isInstanceOf(IllegalStateException.class);
      assertThat(part.memory().get(ValueLayout.JAVA_BYTE, 8))
          .as("what lies there now")
          .isEqualTo((byte) 0xDD);
    }
  }

  @Test
  void checkedSegmentsEndWithAReset() {
    try (var arena = Mode.CHECKED.on(part)) {
      MemorySegment lost = arena.allocate(8, 8);
      arena.reset();
      MemorySegment next = arena.allocate(8, 8);
      assertThatThrownBy(
              () -> lost.set(ValueLayout.JAVA_LONG, 0, 1),
              "writing a piece that was handed out before the reset")
          .isInstanceOf(IllegalStateException.class);
      next.set(ValueLayout.JAVA_LONG, 0, 3);
      assertThat(next.address()).isEqualTo(lost.address());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFullArenaRefusesAndStaysAsItWas(Mode mode) {
    try (var arena = mode.on(part)) {
      arena.allocate(BYTES - 9);
      for (long bytes : new long[] {9, 10, Long.MAX_VALUE, Long.MAX_VALUE - BYTES}) {
        assertThatThrownBy(
                () -> arena.allocate(bytes, 8),
                "%d bytes at a multiple of 8, where 9 are free and the first is none",
                bytes)
            .isInstanceOf(OutOfRegionException.class)
            .hasMessageContaining("9 bytes of the arena are free");
      }
      assertThatThrownBy(
              () -> arena.allocate(0, 1L << 40),
              "nothing, but at an address that the arena does not have")
          .isInstanceOf(OutOfRegionException.class);
      assertThat(arena.allocate(8, 8).byteSize()).isEqualTo(8);
      assertThat(arena.allocate(0).byteSize()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, 3, 12, Long.MIN_VALUE, Long.MAX_VALUE})
  void alignmentsThatAreNoPowerOfTwoAreRefused(long alignment) {
    try (var arena = Mode.UNCHECKED.on(part)) {
      assertThatThrownBy(() -> arena.allocate(1, alignment))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("power of two");
      assertThatThrownBy(() -> arena.allocate(-1, 1)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whenItIsClosedEverythingEnds(Mode mode) {
    var arena = mode.on(part);
    MemorySegment piece = arena.allocate(8, 8);
    arena.open();
    assertThatThrownBy(part::close, "closing the region under the arena")
        .isInstanceOf(IllegalStateException.class);
    arena.close();
    arena.close();
    assertThatThrownBy(() -> arena.allocate(1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(arena::open).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(arena::reset).isInstanceOf(IllegalStateException.class);
    if (mode == Mode.CHECKED) {
      assertThatThrownBy(
              () -> piece.get(ValueLayout.JAVA_LONG, 0),
              "reading a piece after its arena was closed")
          .isInstanceOf(IllegalStateException.class);
    }
  }
}
