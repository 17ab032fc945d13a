package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;
import static systems.kvstore.lsm.Sketch.file;
import static systems.kvstore.lsm.Sketch.version;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-5")
class UniversalPickerTest {
  /** From four runs on; equal sizes and 10 %; at most twice the oldest run above it. */
  private final UniversalPicker picker = new UniversalPicker(4, 10, 200, 100);

  private Compaction pick(Version version, Long... busy) {
    return Objects.requireNonNull(picker.pick(version, Set.of(busy)), "nothing is picked");
  }

  private static List<Long> numbers(Compaction compaction) {
    return compaction.inputFiles().stream().map(FileMetadata::number).toList();
  }

  /** A run over everything. */
  private static FileMetadata run(long number, long bytes) {
    return file(number, "a", "z", bytes, number);
  }

  @Test
  void fewRunsAreLeftAlone() {
    var version = version(List.of(run(3, 10), run(2, 10), run(1, 10)));
    assertThat(picker.pick(version, Set.of())).isNull();
    assertThat(picker.score(version)).isEqualTo(0.75);
    assertThat(picker.pendingBytes(version)).isZero();
  }

  @Test
  void runsOfSimilarSizeAreMergedAndALargerOneIsNot() {
    var version =
        version(
            List.of(run(9, 10), run(8, 11), run(7, 20)),
            List.of(),
            List.of(),
            List.of(),
            List.of(run(2, 100)),
            List.of(),
            List.of(run(1, 500)));
    var picked = pick(version);
    assertThat(numbers(picked)).containsExactly(9L, 8L, 7L);
    assertThat(picked.reason()).isEqualTo("size ratio");
    assertThat(picked.outputLevel()).as("just above the next older run").isEqualTo(3);
    assertThat(picked.bottommost()).isFalse();
    assertThat(picked.outputBytesMax()).isEqualTo(100);
  }

  @Test
  void whatIsMergedAboveAnotherRunOfLevelZeroStaysThereInOneFile() {
    var version = version(List.of(run(9, 10), run(8, 10), run(7, 50), run(6, 300)));
    var picked = pick(version);
    assertThat(numbers(picked)).containsExactly(9L, 8L);
    assertThat(picked.outputLevel()).isZero();
    assertThat(picked.outputBytesMax()).isEqualTo(Long.MAX_VALUE);
    assertThat(picked.grandparentBytesMax()).isEqualTo(Long.MAX_VALUE);
    assertThat(picked.bottommost()).as("older runs of level 0 hold older versions").isFalse();
  }

  @Test
  void tooManyDeadBytesMakeEverythingOneRun() {
    var version =
        version(
            List.of(run(9, 10), run(8, 90), run(7, 300)),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(run(1, 150)));
    var picked = pick(version);
    assertThat(picked.reason()).isEqualTo("space amplification");
    assertThat(numbers(picked)).containsExactly(9L, 8L, 7L, 1L);
    assertThat(picked.outputLevel()).isEqualTo(6);
    assertThat(picked.bottommost()).isTrue();
    assertThat(picker.pendingBytes(version)).isEqualTo(550);
    assertThat(picker.pick(version, Set.of(1L))).as("while the oldest run is busy").isNull();
  }

  @Test
  void tooManyRunsAreMergedFromTheNewestOn() {
    var version = version(List.of(run(9, 1), run(8, 3), run(7, 9), run(6, 27), run(5, 81)));
    var picked = pick(version);
    assertThat(picked.reason()).isEqualTo("run count");
    assertThat(numbers(picked)).containsExactly(9L, 8L);
    assertThat(picker.score(version)).isEqualTo(1.25);
    assertThat(numbers(pick(version, 9L)))
        .as("or the next that is not busy")
        .containsExactly(8L, 7L);
  }

  @Test
  void asManyRunsAsAllowedMayGrowSideBySide() {
    var version = version(List.of(run(8, 3), run(7, 9), run(6, 27), run(5, 81)));
    assertThat(picker.pick(version, Set.of())).isNull();
    assertThat(picker.score(version)).isLessThan(1);
  }

  @Test
  void keysThatWerePutInOrderMoveWithoutBeingRewritten() {
    var version =
        version(
            List.of(file(1, "a", "b"), file(2, "c", "d"), file(3, "e", "f"), file(4, "g", "h")));
    var picked = pick(version);
    assertThat(picked.trivialMove()).isTrue();
    var moved = version.apply(picked.moveInputs(new VersionEdit()));
    assertThat(moved.files(6)).extracting("number").containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void aDeletionGoesIfNoOlderRunHasItsKeys() {
    var version =
        version(
            List.of(
                file(9, "a", "c", 10, 9),
                file(8, "a", "c", 10, 8),
                file(7, "x", "z", 70, 7),
                file(6, "x", "z", 300, 6)));
    var picked = pick(version);
    assertThat(numbers(picked)).as("runs of similar size").containsExactly(9L, 8L);
    assertThat(picked.bottommost()).isTrue();
  }
}
