package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static systems.kvstore.lsm.Sketch.file;
import static systems.kvstore.lsm.Sketch.fileBefore;
import static systems.kvstore.lsm.Sketch.key;
import static systems.kvstore.lsm.Sketch.version;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class VersionTest {

  @Test
  @Tag("phase-4")
  void aRangeDeletionsEndIsNotInTheFile() {
    var file = fileBefore(1, "b", "f");
    assertThat(file.overlaps(key("e"), key("z"))).isTrue();
    assertThat(file.overlaps(key("f"), key("z"))).isFalse();
    assertThat(file.overlaps(null, key("a"))).isFalse();
    assertThat(file.overlaps(null, key("b"))).isTrue();
    assertThat(file(2, "b", "f").overlaps(key("f"), null)).isTrue();
  }

  @Test
  @Tag("phase-4")
  void aFileMayBeginWhereARangeDeletionEnds() {
    var version = version(List.of(), List.of(fileBefore(1, "b", "f"), file(2, "f", "h")));
    assertThat(find(version, "e")).isEqualTo(1);
    assertThat(find(version, "f"))
        .as("the file that has f, where a range deletion of the file before ends")
        .isEqualTo(2);
    assertThat(find(version, "i")).isZero();
    assertThat(version.overlapping(1, key("f"), key("g"))).extracting("number").containsExactly(2L);
  }

  private static long find(Version version, String key) {
    var found = version.find(1, key(key), 0, key.length());
    return found == null ? 0 : found.number();
  }

  @Test
  @Tag("phase-4")
  void levelZeroIsOrderedByAgeAndNotByNumber() {
    var version =
        version(
            List.of(
                file(9, "a", "z", 100, 10),
                file(7, "a", "z", 100, 30),
                file(8, "a", "z", 100, 20)));
    assertThat(version.files(0)).extracting("number").containsExactly(7L, 8L, 9L);
    assertThat(version.overlapping(0, key("c"), key("d"))).extracting("number").hasSize(3);
  }

  @Test
  @Tag("phase-4")
  void whatOverlapsInLevelZeroDrawsInWhatItOverlaps() {
    var version =
        version(
            List.of(file(1, "a", "c"), file(2, "b", "f"), file(3, "e", "k"), file(4, "m", "p")));
    assertThat(version.overlapping(0, key("a"), key("a")))
        .extracting("number")
        .containsExactly(3L, 2L, 1L);
  }

  @Test
  @Tag("given")
  void aLevelWhoseFilesOverlapIsRefused() {
    var left = file(1, "a", "f", 100, 9);
    assertThat(version(List.of(), List.of(left, file(2, "g", "h"))).overlapping(1, null, null))
        .hasSize(2);
    assertThatThrownBy(() -> version(List.of(), List.of(left, file(2, "e", "h"))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("level 1 overlap");
    assertThatThrownBy(() -> version(List.of(), List.of(left, file(2, "f", "h", 100, 11))))
        .as("the newer version of one key in the later file")
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  @Tag("phase-4")
  void aFileMayGoOnWithOlderVersionsOfTheKeyThatAnotherEndsWith() {
    var left = file(1, "a", "f", 100, 9);
    var right = file(2, "f", "h", 100, 3);
    var last = file(3, "i", "k", 100, 2);
    var version = version(List.of(), List.of(left, right, last));
    byte[] f = key("f");
    assertThat(version.find(1, f, 0, 1)).isEqualTo(left);
    assertThat(version.continuation(1, left, f, 0, 1)).isEqualTo(right);
    assertThat(version.continuation(1, right, f, 0, 1)).isNull();
    assertThat(version.overlapping(1, key("b"), key("b"))).containsExactly(left, right);
    assertThat(version.overlapping(1, key("g"), key("g"))).containsExactly(left, right);
    assertThat(version.overlapping(1, key("j"), key("j"))).containsExactly(last);
  }

  @Test
  @Tag("phase-4")
  void anEditThatDoesNotFitIsRefused() {
    var version = version(List.of(file(1, "a", "c")), List.of(file(2, "b", "f")));
    assertThat(version.overlapping(0, key("c"), null)).hasSize(1);
    assertThatThrownBy(() -> version.apply(new VersionEdit().deleteFile(0, 2)))
        .hasMessage("file 2 is not in level 0");
    assertThatThrownBy(() -> version.apply(new VersionEdit().addFile(1, file(2, "x", "z"))))
        .hasMessage("file 2 is in level 1");
    assertThatThrownBy(() -> version.apply(new VersionEdit().addFile(7, file(3, "x", "z"))))
        .hasMessage("level 7 of 7 levels");
  }

  @Test
  @Tag("phase-4")
  void aMovedFileIsInItsNewLevelOnly() {
    var before = version(List.of(file(1, "a", "c")), List.of(file(2, "k", "m")));
    var after =
        before.apply(new VersionEdit().deleteFile(0, 1).addFile(1, before.files(0).getFirst()));
    assertThat(after.files(0)).isEmpty();
    assertThat(after.files(1)).extracting("number").containsExactly(1L, 2L);
    assertThat(after.bytes(1)).isEqualTo(200);
    assertThat(before.files(0)).as("a version does not change").hasSize(1);
    assertThat(find(after, "b")).isEqualTo(1);
  }

  @Test
  @Tag("phase-4")
  void theLevelsBelowAreSearchedForOlderData() {
    var version = version(List.of(file(1, "a", "c")), List.of(), List.of(file(2, "k", "m")));
    assertThat(version.anyBelow(0, key("l"), key("z"))).isTrue();
    assertThat(version.anyBelow(1, key("n"), null)).isFalse();
    assertThat(version.anyBelow(2, null, null)).isFalse();
    assertThat(version.lowestUsed()).isEqualTo(2);
  }

  @Test
  @Tag("phase-4")
  void theLevelPictureNamesEveryFile() {
    var version = version(List.of(file(12, "a", "c")), List.of(fileBefore(7, "b", "f")));
    assertThat(version.overlapping(1, key("c"), null)).hasSize(1);
    assertThat(version)
        .hasToString(
            """
            level 0: 1 files, 100 bytes
              12(100 bytes, 'a' seq:12, type:1 .. 'c' seq:12, type:1)
            level 1: 1 files, 100 bytes
              7(100 bytes, 'b' seq:7, type:1 .. 'f' seq:72057594037927935, type:15)
            """);
    assertThat(version.files(0).getFirst().path(Path.of("d"))).isEqualTo(Path.of("d/000012.sst"));
    assertThat(file(1234567, "a", "b").path(Path.of("d"))).isEqualTo(Path.of("d/1234567.sst"));
  }
}
