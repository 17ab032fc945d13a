package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;
import static systems.kvstore.lsm.Sketch.file;
import static systems.kvstore.lsm.Sketch.fileBefore;
import static systems.kvstore.lsm.Sketch.key;
import static systems.kvstore.lsm.Sketch.version;

import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-4")
class LeveledPickerTest {
  /** Four files in level 0, 1,000 bytes in level 1, 10,000 in level 2; outputs of 100. */
  private final LeveledPicker picker = new LeveledPicker(4, 1_000, 10, 100);

  private Compaction pick(Version version, Long... busy) {
    return Objects.requireNonNull(picker.pick(version, Set.of(busy)), "nothing is picked");
  }

  private static List<Long> numbers(List<FileMetadata> files) {
    return files.stream().map(FileMetadata::number).toList();
  }

  @Test
  void fourSmallFilesInLevelZeroAreUrgent() {
    var three = version(List.of(file(1, "a", "k"), file(2, "c", "z"), file(3, "a", "d")));
    assertThat(picker.score(three)).as("score of three files where four are due").isEqualTo(0.75);
    assertThat(picker.pick(three, Set.of())).isNull();
    assertThat(picker.pendingBytes(three)).isZero();
    var four = three.apply(new VersionEdit().addFile(0, file(4, "b", "e")));
    assertThat(picker.score(four, 0)).isEqualTo(1);
    assertThat(picker.pendingBytes(four)).isEqualTo(400);
    var picked = pick(four);
    assertThat(numbers(picked.inputFiles())).containsExactly(4L, 3L, 2L, 1L);
    assertThat(picked.outputLevel()).isEqualTo(1);
    assertThat(picked.trivialMove()).isFalse();
    assertThat(picked.bottommost()).isTrue();
  }

  @Test
  void levelZeroGoesDownWithTheFilesOfLevelOneBelowIt() {
    var version =
        version(
            List.of(file(9, "b", "c"), file(8, "b", "e"), file(7, "x", "z"), file(6, "x", "y")),
            List.of(file(1, "a", "b"), file(2, "e", "f"), file(3, "m", "n")),
            List.of(file(4, "f", "g")));
    var picked = pick(version);
    assertThat(picked.inputs())
        .as("the oldest and what it overlaps; nothing of it is in level 1")
        .containsExactly(
            new Compaction.Input(0, List.of(version.files(0).get(2), version.files(0).get(3))));
    var rest = version.apply(picked.deleteInputs(new VersionEdit()));
    var next = Objects.requireNonNull(picker.pickRange(rest, 0, null, null));
    assertThat(numbers(next.inputs().get(0).files())).containsExactly(9L, 8L);
    assertThat(numbers(next.inputs().get(1).files())).containsExactly(1L, 2L);
    assertThat(numbers(next.grandparents())).containsExactly(4L);
    assertThat(next.bottommost()).isFalse();
  }

  @Test
  void aNewerFileNeverGoesBelowAnOlderOne() {
    var version =
        version(
            List.of(file(1, "a", "d"), file(2, "c", "k"), file(3, "j", "p"), file(4, "o", "z")));
    assertThat(numbers(pick(version).inputFiles()))
        .as("inputs; each file overlaps the next one")
        .containsExactly(4L, 3L, 2L, 1L);
  }

  @Test
  void keysThatWerePutInOrderMoveWithoutBeingRewritten() {
    var model = new LevelsModel(new LeveledPicker(2, 500, 4, 200), new Random(1));
    for (int i = 0; i < 60; i++) {
      model.flushRange(2 * i, 2 * i + 2);
      model.start(1);
      model.finishOne();
    }
    model.settle();
    assertThat(model.rewrittenBytes).isZero();
    assertThat(model.moves).isGreaterThan(20);
    assertThat(model.version().lowestUsed()).isGreaterThan(1);
  }

  @Test
  void filesThatOverlapNothingMoveTogether() {
    var version =
        version(
            List.of(file(4, "a", "b"), file(5, "c", "d"), file(6, "e", "f"), file(7, "g", "h")),
            List.of(file(1, "b", "b")));
    var picked = pick(version);
    assertThat(picked.trivialMove()).isTrue();
    assertThat(numbers(picked.inputFiles())).containsExactly(7L, 6L, 5L);
    var moved = version.apply(picked.moveInputs(new VersionEdit()));
    assertThat(numbers(moved.files(1))).containsExactly(1L, 5L, 6L, 7L);
    assertThat(picked).hasToString("move 3@0 to level 1, 300 bytes, level 0 without overlap");
  }

  @Test
  void aFileThatWouldLieOverTooMuchIsRewrittenAndNotMoved() {
    var heavy = file(2, "a", "z", 1_200, 2);
    var version =
        version(List.of(), List.of(file(5, "a", "z", 2_000, 5)), List.of(), List.of(heavy));
    var picked = pick(version);
    assertThat(picked.startLevel()).isEqualTo(1);
    assertThat(numbers(picked.grandparents())).containsExactly(2L);
    assertThat(picked.trivialMove()).isFalse();
    assertThat(picked.grandparentBytesMax()).isEqualTo(1_000);
  }

  @Test
  void theFileThatDragsAlongTheLeastGoesFirst() {
    var version =
        version(
            List.of(),
            List.of(
                file(1, "a", "c", 1000, 20),
                file(2, "e", "g", 800, 20),
                file(3, "i", "k", 600, 20)),
            List.of(
                file(4, "b", "b", 500, 9), file(5, "e", "f", 100, 9), file(6, "j", "p", 400, 9)));
    var picked = pick(version);
    assertThat(numbers(picked.inputFiles())).containsExactly(2L, 5L);
    assertThat(picked.reason()).isEqualTo("size of level 1");
    assertThat(numbers(pick(version, 2L, 5L).inputFiles()))
        .as("if that one is busy the next")
        .containsExactly(1L, 4L);
  }

  @Test
  void inputsThatComeForFreeAreTakenAlong() {
    var version =
        version(
            List.of(),
            List.of(
                file(1, "c", "d", 400, 20), file(2, "e", "f", 300, 20), file(3, "k", "l", 500, 20)),
            List.of(file(4, "a", "g", 100, 9), file(5, "j", "p", 900, 9)));
    assertThat(numbers(pick(version).inputFiles()))
        .as("inputs; file 4 overlaps files 1 and 2")
        .containsExactly(1L, 2L, 4L);
  }

  @Test
  void inputsThatWouldDragAlongMoreAreNot() {
    var version =
        version(
            List.of(),
            List.of(file(1, "c", "d", 900, 20), file(2, "f", "m", 300, 20)),
            List.of(file(4, "a", "g", 100, 9), file(5, "k", "p", 900, 9)));
    assertThat(numbers(pick(version).inputFiles()))
        .as("inputs; file 2 would drag file 5 along")
        .containsExactly(1L, 4L);
  }

  @Test
  void whatLiesInTheStretchOfARunningCompactionWaits() {
    var version =
        version(
            List.of(),
            List.of(
                file(1, "a", "b", 1000, 20),
                file(2, "m", "n", 1000, 20),
                file(3, "x", "z", 1000, 20)),
            List.of());
    assertThat(picker.pick(version, Set.of(1L, 3L))).as("between two inputs").isNull();
    assertThat(numbers(pick(version, 1L, 2L).inputFiles())).containsExactly(3L);
  }

  @Test
  void levelZeroGoesDownOneCompactionAtATime() {
    var version =
        version(
            List.of(
                file(1, "a", "b"),
                file(2, "c", "d"),
                file(3, "x", "y"),
                file(4, "x", "z"),
                file(5, "c", "c"),
                file(6, "m", "n")));
    assertThat(numbers(pick(version).inputFiles())).containsExactly(6L, 1L);
    assertThat(picker.pick(version, Set.of(1L))).as("not even what could move").isNull();
  }

  @Test
  void theEndOfARangeDeletionDrawsInNothing() {
    var version =
        version(
            List.of(
                fileBefore(9, "c", "f"), file(8, "c", "d"), file(7, "c", "e"), file(6, "c", "c")),
            List.of(file(1, "d", "e"), file(2, "f", "h")));
    assertThat(numbers(pick(version).inputFiles())).containsExactly(9L, 8L, 7L, 6L, 1L);
  }

  @Test
  void askingByHandIsAnsweredInPortions() {
    var files = new java.util.ArrayList<FileMetadata>();
    for (int i = 0; i < 26; i++) {
      String letter = String.valueOf((char) ('a' + i));
      files.add(file(i + 1, letter, letter, 300, 50));
    }
    var version = version(List.of(), files, List.of(file(90, "a", "z", 300, 9)));
    var picked = Objects.requireNonNull(picker.pickRange(version, 1, null, key("p")));
    assertThat(picked.inputs().getFirst().files()).hasSize(8);
    assertThat(picker.pickRange(version, 6, null, null)).isNull();
    assertThat(picker.pickRange(version, 0, null, null)).isNull();
  }
}
