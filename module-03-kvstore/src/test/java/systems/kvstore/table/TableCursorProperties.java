package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import systems.kvstore.Slice;
import systems.kvstore.ValueBuffer;
import systems.kvstore.table.TableFixture.KeyShape;

/** A table against a sorted map: walks of random steps, and reads as of random snapshots. */
@Tag("phase-3")
class TableCursorProperties {

  private static byte[] table(Map<byte[], byte[]> entries, TableFormat format) throws IOException {
    Path file = Files.createTempFile("table", ".sst");
    try {
      TableFixture.write(file, format, entries);
      return Files.readAllBytes(file);
    } finally {
      Files.delete(file);
    }
  }

  private static TableFormat format(Random random) {
    return new TableFormat(
        Compression.values()[random.nextInt(2)],
        512 + random.nextInt(2000),
        1 + random.nextInt(20),
        random.nextInt(2) * 10);
  }

  @Property(tries = 150)
  void everyWalkShowsWhatTheMapShows(
      @ForAll long seed,
      @ForAll KeyShape shape,
      @ForAll @IntRange(max = 600) int count,
      @ForAll boolean sweep)
      throws Exception {
    var random = new Random(seed);
    var model = TableFixture.versions(random, shape, count, 60, 3);
    try (var table = TableFixture.open(table(model, format(random)))) {
      assertThat(table.verify()).isEqualTo(model.size());
      var cursor = sweep ? table.sweepCursor() : table.cursor();
      assertThat(cursor.valid()).as(CursorChecks.SHOWN).isFalse();
      Map.Entry<byte[], byte[]> expected = null;
      for (int step = 0; step < 300; step++) {
        expected = step(cursor, model, expected, random, shape);
        check(cursor, expected);
      }
    }
  }

  private static Map.@Nullable Entry<byte[], byte[]> step(
      EntryCursor cursor,
      TreeMap<byte[], byte[]> model,
      Map.@Nullable Entry<byte[], byte[]> at,
      Random random,
      KeyShape shape)
      throws IOException {
    int choice = random.nextInt(12);
    if (at != null && choice < 4) {
      cursor.next();
      return model.higherEntry(at.getKey());
    }
    if (at != null && choice < 8) {
      cursor.prev();
      return model.lowerEntry(at.getKey());
    }
    if (choice < 2) {
      cursor.first();
      return model.firstEntry();
    }
    if (choice < 4) {
      cursor.last();
      return model.lastEntry();
    }
    byte[] target = target(model, random, shape);
    if (choice % 2 == 0) {
      cursor.seek(new Slice(target));
      return model.ceilingEntry(target);
    }
    cursor.seekForPrev(new Slice(target));
    return model.floorEntry(target);
  }

  private static byte[] target(TreeMap<byte[], byte[]> model, Random random, KeyShape shape) {
    byte[] user = shape.draw(random);
    var near = model.ceilingKey(TableFixture.put(user, 500));
    if (near != null && random.nextBoolean()) {
      user = TableFixture.user(near);
    }
    return TableFixture.target(user, random.nextInt(1100)).toByteArray();
  }

  private static void check(EntryCursor cursor, Map.@Nullable Entry<byte[], byte[]> expected)
      throws IOException {
    assertThat(cursor.valid()).as(CursorChecks.SHOWN).isEqualTo(expected != null);
    if (expected != null) {
      byte[] key = expected.getKey();
      assertThat(cursor.key().toByteArray()).as(CursorChecks.SHOWN).isEqualTo(key);
      assertThat(cursor.value().toByteArray())
          .as(CursorChecks.SHOWN)
          .isEqualTo(expected.getValue());
      assertThat(cursor.prefix())
          .as(CursorChecks.SHOWN)
          .isEqualTo(InternalKey.prefix(key, 0, key.length - 8));
    }
  }

  @Property(tries = 150)
  void getSeesTheNewestVersionOfItsSnapshot(
      @ForAll long seed,
      @ForAll KeyShape shape,
      @ForAll @IntRange(max = 400) int count,
      @ForAll @IntRange(min = 1, max = 120) int versionsMax)
      throws Exception {
    var random = new Random(seed);
    var model = TableFixture.versions(random, shape, count, 60, versionsMax);
    var lookup = new PointLookup();
    var value = new ValueBuffer();
    try (var table = TableFixture.open(table(model, format(random)))) {
      for (int i = 0; i < 300; i++) {
        byte[] target = target(model, random, shape);
        byte[] user = TableFixture.user(target);
        long snapshot = InternalKey.sequence(InternalKey.trailer(target, 0, target.length));
        lookup.reset(user, 0, user.length, snapshot);
        var outcome = table.get(lookup, value);
        checkVersion(model.ceilingEntry(target), user, outcome, lookup, value);
      }
    }
  }

  private static void checkVersion(
      Map.@Nullable Entry<byte[], byte[]> entry,
      byte[] user,
      PointLookup.Outcome outcome,
      PointLookup lookup,
      ValueBuffer value) {
    if (entry == null || !java.util.Arrays.equals(TableFixture.user(entry.getKey()), user)) {
      assertThat(outcome).isEqualTo(PointLookup.Outcome.ABSENT);
      return;
    }
    long trailer = InternalKey.trailer(entry.getKey(), 0, entry.getKey().length);
    assertThat(lookup.sequence())
        .as("the version that get finds of a key that is there; -1: none")
        .isEqualTo(InternalKey.sequence(trailer));
    if (InternalKey.kind(trailer) == EntryKind.PUT.code()) {
      assertThat(outcome).isEqualTo(PointLookup.Outcome.FOUND);
      assertThat(value.toByteArray()).isEqualTo(entry.getValue());
    } else {
      assertThat(outcome).isEqualTo(PointLookup.Outcome.DELETED);
    }
  }
}
