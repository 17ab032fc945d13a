package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.kvstore.Slice;
import systems.kvstore.table.EntryCursor;
import systems.kvstore.table.InternalKey;

class LevelCursorTest {
  private static final Comparator<byte[]> INTERNAL =
      (a, b) -> InternalKey.compare(a, 0, a.length, b, 0, b.length);

  /** A level of random keys cut into files, some of which consist of range deletions only. */
  private static final class Level {
    final TreeSet<byte[]> keys = new TreeSet<>(INTERNAL);
    final List<FileMetadata> files = new ArrayList<>();
    final Map<Long, TreeSet<byte[]>> content = new HashMap<>();
    int open;
    int opened;

    Level(Random random) {
      int at = 0;
      for (int number = random.nextInt(8); number > 0; number--) {
        String begin = text(at += 1 + random.nextInt(5));
        var entries = new TreeSet<>(INTERNAL);
        for (int left = random.nextInt(4); left > 0; left--) {
          entries.add(Sketch.internal(text(at += random.nextInt(3)), 1 + random.nextInt(9)));
        }
        String end = text(at += 1 + random.nextInt(2));
        long file = files.size() + 1;
        files.add(
            new FileMetadata(file, 1, Sketch.internal(begin, 90), Sketch.exclusive(end), 0, 99));
        content.put(file, entries);
        keys.addAll(entries);
      }
    }

    static String text(int number) {
      return String.format(java.util.Locale.ROOT, "%04d", number);
    }

    LevelCursor cursor() {
      return new LevelCursor(
          files,
          file -> {
            opened++;
            assertThat(++open).as("open cursors").isEqualTo(1);
            return new SetCursor(content.get(file.number()), this);
          });
    }

    byte[] probe(Random random) {
      int number = random.nextInt(files.size() * 8 + 2);
      return Sketch.internal(text(number), random.nextInt(10));
    }
  }

  /** A cursor over a set, in the place of a table's. */
  private static final class SetCursor implements EntryCursor {
    private final TreeSet<byte[]> keys;
    private final Level level;
    private byte[] at;

    SetCursor(TreeSet<byte[]> keys, Level level) {
      this.keys = keys;
      this.level = level;
    }

    @Override
    public boolean valid() {
      return at != null;
    }

    @Override
    public void first() {
      at = keys.isEmpty() ? null : keys.first();
    }

    @Override
    public void last() {
      at = keys.isEmpty() ? null : keys.last();
    }

    @Override
    public void seek(Slice key) {
      at = keys.ceiling(key.toByteArray());
    }

    @Override
    public void seekForPrev(Slice key) {
      at = keys.floor(key.toByteArray());
    }

    @Override
    public void next() {
      at = keys.higher(at);
    }

    @Override
    public void prev() {
      at = keys.lower(at);
    }

    @Override
    public Slice key() {
      return new Slice(at);
    }

    @Override
    public Slice value() {
      return new Slice(at, 0, 1);
    }

    @Override
    public long prefix() {
      return InternalKey.prefix(at, 0, at.length - InternalKey.TRAILER_BYTES);
    }

    @Override
    public void close() {
      level.open--;
    }
  }

  private static void check(LevelCursor cursor, byte[] expected, String what) {
    assertThat(cursor.valid()).as(what).isEqualTo(expected != null);
    if (expected != null) {
      assertThat(cursor.key().toByteArray()).as(what).isEqualTo(expected);
      assertThat(cursor.prefix()).isEqualTo(InternalKey.prefix(expected, 0, expected.length - 8));
    }
  }

  @Test
  @Tag("phase-4")
  void aLevelReadsForwardLikeOneSortedRun() throws Exception {
    for (int seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      var level = new Level(random);
      try (var cursor = level.cursor()) {
        assertThat(cursor.valid()).as("a fresh cursor").isFalse();
        byte[] expected = null;
        for (int step = 0; step < 60; step++) {
          int choice = random.nextInt(expected == null ? 2 : 8);
          if (choice == 0) {
            cursor.first();
            expected = level.keys.isEmpty() ? null : level.keys.first();
          } else if (choice == 1) {
            byte[] probe = level.probe(random);
            cursor.seek(new Slice(probe));
            expected = level.keys.ceiling(probe);
          } else {
            cursor.next();
            expected = level.keys.higher(expected);
          }
          check(cursor, expected, "seed " + seed + " step " + step);
        }
      }
      assertThat(level.open).as("cursors left open, seed %s", seed).isZero();
    }
  }

  @Test
  @Tag("phase-4")
  void seekingWithinAFileDoesNotOpenItAgain() throws Exception {
    var level = new Level(new Random(0));
    level.files.clear();
    level.files.add(Sketch.file(1, "0001", "0009"));
    var keys = new TreeSet<>(INTERNAL);
    keys.add(Sketch.internal("0003", 1));
    keys.add(Sketch.internal("0007", 1));
    level.content.put(1L, keys);
    try (var cursor = level.cursor()) {
      cursor.first();
      cursor.seek(new Slice(Sketch.internal("0005", 1)));
      check(cursor, keys.last(), "the second key");
      cursor.first();
      check(cursor, keys.first(), "the first key");
    }
    assertThat(level.opened).isEqualTo(1);
  }

  @Test
  @Tag("phase-5")
  void aLevelReadsBothWaysLikeOneSortedRun() throws Exception {
    for (int seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      var level = new Level(random);
      try (var cursor = level.cursor()) {
        byte[] expected = null;
        for (int step = 0; step < 60; step++) {
          int choice = random.nextInt(expected == null ? 3 : 9);
          if (choice == 0) {
            cursor.last();
            expected = level.keys.isEmpty() ? null : level.keys.last();
          } else if (choice == 1) {
            byte[] probe = level.probe(random);
            cursor.seekForPrev(new Slice(probe));
            expected = level.keys.floor(probe);
          } else if (choice == 2) {
            byte[] probe = level.probe(random);
            cursor.seek(new Slice(probe));
            expected = level.keys.ceiling(probe);
          } else if (choice < 5) {
            cursor.next();
            expected = level.keys.higher(expected);
          } else {
            cursor.prev();
            expected = level.keys.lower(expected);
          }
          check(cursor, expected, "seed " + seed + " step " + step);
        }
      }
      assertThat(level.open).as("cursors left open, seed %s", seed).isZero();
    }
  }
}
