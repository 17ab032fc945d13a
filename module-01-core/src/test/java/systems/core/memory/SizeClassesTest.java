package systems.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-5")
class SizeClassesTest {

  @Test
  void everyRequestGetsTheSmallestClassThatHoldsIt() {
    for (int bytes = 1; bytes <= SizeClasses.BYTES_MAX; bytes++) {
      int sizeClass = SizeClasses.of(bytes);
      assertThat(sizeClass).as("class of %d bytes", bytes).isBetween(0, SizeClasses.COUNT - 1);
      int held = SizeClasses.bytes(sizeClass);
      int below = sizeClass == 0 ? 0 : SizeClasses.bytes(sizeClass - 1);
      assertThat(bytes)
          .as("%d bytes get a block of %d, and %d would do", bytes, held, below)
          .isGreaterThan(below)
          .isLessThanOrEqualTo(held);
    }
  }

  @Test
  void lessThanAFifthIsLostAboveSixtyFourBytes() {
    for (int bytes = 65; bytes <= SizeClasses.BYTES_MAX; bytes++) {
      int held = SizeClasses.bytes(SizeClasses.of(bytes));
      assertThat(5 * (held - bytes)).as("lost of %d for %d", held, bytes).isLessThan(held);
    }
  }

  @Test
  void atMostASixteenthIsLeftBehindTheLastBlockOfARun() {
    for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
      long run = SizeClasses.runBytes(sizeClass);
      assertThat(16 * (run % SizeClasses.bytes(sizeClass))).isLessThanOrEqualTo(run);
      assertThat(run / SizeClasses.bytes(sizeClass)).isGreaterThanOrEqualTo(8);
    }
  }

  @Test
  void anAlignmentIsOfTheWholeClass() {
    for (int alignment = 1; alignment <= SizeClasses.BYTES_MAX; alignment *= 2) {
      for (int bytes = 1; bytes <= SizeClasses.BYTES_MAX; bytes += 7) {
        int held = SizeClasses.bytes(SizeClasses.of(bytes, alignment));
        assertThat(held % alignment).as("%d bytes at %d get %d", bytes, alignment, held).isZero();
        assertThat(held).isGreaterThanOrEqualTo(bytes);
      }
    }
  }

  @Test
  void aRunTellsBeginningsFromInsides() {
    for (int sizeClass = 0; sizeClass < SizeClasses.COUNT; sizeClass++) {
      long first = 5 * RunTable.CHUNK_BYTES;
      var run = new Run(sizeClass, first, 7);
      long end = run.blocks * run.blockBytes;
      for (long within = 0; within < SizeClasses.runBytes(sizeClass); within += 8) {
        assertThat(run.beginning(first + within))
            .as("beginning of the block with byte %d in a run of %d each", within, run.blockBytes)
            .isEqualTo(first + within / run.blockBytes * run.blockBytes);
        if (within % run.blockBytes == 0 && within < end) {
          assertThat(run.isLive(run.handle(first + within))).isTrue();
          assertThat(run.isLive(run.handle(first + within) + 8))
              .as("whether byte %d, the inside of a block, is one", within + 8)
              .isFalse();
        }
      }
    }
  }
}
