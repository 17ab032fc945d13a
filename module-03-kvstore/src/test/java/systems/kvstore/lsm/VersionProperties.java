package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;
import static systems.kvstore.lsm.Sketch.key;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

@Tag("phase-4")
class VersionProperties {

  @Property(tries = 300)
  void aLookUpFindsTheFileThatALinearSearchFinds(@ForAll long seed) {
    var random = new Random(seed);
    var files = Sketch.level(random, random.nextInt(20));
    var version = Sketch.version(List.of(), files);
    for (int i = 0; i < 100; i++) {
      byte[] key = probe(random, files);
      byte[] framed = new byte[key.length + 7];
      System.arraycopy(key, 0, framed, 3, key.length);
      var expected = files.stream().filter(file -> file.overlaps(key, key)).findAny();
      assertThat(version.find(1, framed, 3, key.length)).isEqualTo(expected.orElse(null));
    }
  }

  @Property(tries = 300)
  void anOverlapIsWhatALinearSearchFinds(@ForAll long seed) {
    var random = new Random(seed);
    var files = Sketch.level(random, random.nextInt(20));
    var version = Sketch.version(List.of(), files);
    for (int i = 0; i < 50; i++) {
      byte[] begin = random.nextInt(5) == 0 ? null : probe(random, files);
      byte[] end = random.nextInt(5) == 0 ? null : probe(random, files);
      if (begin == null || end == null || java.util.Arrays.compareUnsigned(begin, end) <= 0) {
        var expected = files.stream().filter(file -> file.overlaps(begin, end)).toList();
        assertThat(version.overlapping(1, begin, end)).isEqualTo(expected);
        assertThat(version.anyBelow(0, begin, end)).isEqualTo(!expected.isEmpty());
      }
    }
  }

  @Property(tries = 300)
  void whatStaysInLevelZeroOverlapsNothingThatLeaves(@ForAll long seed) {
    var random = new Random(seed);
    var files = new ArrayList<FileMetadata>();
    for (int i = 1; i <= random.nextInt(12); i++) {
      String a = Sketch.word(random);
      String b = Sketch.word(random);
      int order = java.util.Arrays.compareUnsigned(key(a), key(b));
      files.add(Sketch.file(i, order <= 0 ? a : b, order <= 0 ? b : a));
    }
    var version = Sketch.version(files);
    byte[] key = key(Sketch.word(random));
    Set<FileMetadata> leaves = new LinkedHashSet<>(version.overlapping(0, key, key));
    for (FileMetadata file : files) {
      boolean touches =
          file.overlaps(key, key)
              || leaves.stream()
                  .anyMatch(other -> other.overlaps(file.smallestUser(), file.largestUser()));
      assertThat(leaves.contains(file)).as("%s", file).isEqualTo(touches);
    }
  }

  /** A bound of a file, something near it, or any word. */
  private static byte[] probe(Random random, List<FileMetadata> files) {
    if (files.isEmpty() || random.nextInt(3) == 0) {
      return key(Sketch.word(random));
    }
    var file = files.get(random.nextInt(files.size()));
    byte[] bound = random.nextBoolean() ? file.smallestUser() : file.largestUser();
    return switch (random.nextInt(4)) {
      case 0 -> java.util.Arrays.copyOf(bound, bound.length + 1);
      case 1 -> java.util.Arrays.copyOf(bound, bound.length - 1);
      case 2 -> {
        bound[random.nextInt(bound.length)]++;
        yield bound;
      }
      default -> bound;
    };
  }
}
