package systems.kvstore.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/**
 * Random histories of a few files, against a slow model that keeps whole copies: the bytes of a
 * file at its last sync and now. After a power loss each sector must be one of the two.
 */
@Tag("phase-2")
class CrashMemFsProperties {
  private static final Path DIRECTORY = Path.of("/db");
  private static final int FILES = 3;

  private static final class Twin {
    byte[] now = {};
    byte[] synced = {};
  }

  @Property(tries = 300)
  void everySectorIsTheSyncedOneOrTheCurrentOne(
      @ForAll long seed, @ForAll @IntRange(max = 100) int percent) throws IOException {
    var random = new Random(seed);
    var fs = new CrashMemFs();
    fs.createDirectories(DIRECTORY);
    List<Twin> twins = new ArrayList<>();
    for (int i = 0; i < FILES; i++) {
      fs.create(name(i)).close();
      twins.add(new Twin());
    }
    fs.syncDirectory(DIRECTORY);
    for (int step = 0; step < 30; step++) {
      play(fs, twins, random);
      if (random.nextInt(5) == 0) {
        check(fs.crashClone(random.nextLong(), percent), twins);
      }
      for (int i = 0; i < FILES; i++) {
        assertThat(read(fs, name(i))).isEqualTo(twins.get(i).now);
      }
    }
  }

  private static void play(CrashMemFs fs, List<Twin> twins, Random random) throws IOException {
    int i = random.nextInt(FILES);
    var twin = twins.get(i);
    switch (random.nextInt(5)) {
      case 0 -> {
        fs.create(name(i)).close();
        twin.now = new byte[0];
      }
      case 1 -> {
        try (var file = fs.append(name(i))) {
          file.sync();
        }
        twin.synced = twin.now;
      }
      default -> {
        byte[] more = new byte[random.nextInt(3) == 0 ? random.nextInt(10_000) : random.nextInt(9)];
        random.nextBytes(more);
        try (var file = fs.append(name(i))) {
          file.append(more, 0, more.length);
        }
        byte[] longer = Arrays.copyOf(twin.now, twin.now.length + more.length);
        System.arraycopy(more, 0, longer, twin.now.length, more.length);
        twin.now = longer;
      }
    }
  }

  private static void check(CrashMemFs after, List<Twin> twins) throws IOException {
    for (int i = 0; i < FILES; i++) {
      byte[] left = read(after, name(i));
      byte[] now = twins.get(i).now;
      byte[] synced = twins.get(i).synced;
      assertThat(left.length)
          .isBetween(Math.min(now.length, synced.length), Math.max(now.length, synced.length));
      for (int at = 0; at < left.length; at += MemInode.SECTOR_BYTES) {
        int to = Math.min(at + MemInode.SECTOR_BYTES, left.length);
        assertThat(isSector(left, at, to, now) || isSector(left, at, to, synced))
            .as("file %d, bytes %d to %d", i, at, to)
            .isTrue();
      }
    }
  }

  private static boolean isSector(byte[] left, int from, int to, byte[] source) {
    for (int i = from; i < to; i++) {
      if (left[i] != (i < source.length ? source[i] : 0)) {
        return false;
      }
    }
    return true;
  }

  private static Path name(int file) {
    return DIRECTORY.resolve("file-" + file);
  }

  private static byte[] read(FileSystem from, Path path) throws IOException {
    try (var file = from.open(path)) {
      byte[] bytes = new byte[(int) file.size()];
      file.read(0, bytes, 0, bytes.length);
      return bytes;
    }
  }
}
