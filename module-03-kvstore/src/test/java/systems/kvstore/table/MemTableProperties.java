package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import systems.kvstore.Slice;
import systems.kvstore.ValueBuffer;

/** A memtable against a sorted map of internal keys. */
class MemTableProperties {

  private static final EntryKind[] KINDS = {
    EntryKind.PUT, EntryKind.PUT, EntryKind.DELETE, EntryKind.SINGLE_DELETE
  };

  /** Adds the same random versions to both, sequence numbers 1 to {@code count} in any order. */
  private static TreeMap<Slice, byte[]> fill(MemTable table, SplittableRandom random, int count) {
    var model = CursorChecks.model();
    boolean ascending = random.nextBoolean();
    for (int i = 0; i < count; i++) {
      long sequence = ascending ? i + 1 : count - i;
      EntryKind kind = KINDS[random.nextInt(KINDS.length)];
      byte[] user = Keys.user(random);
      byte[] value = kind == EntryKind.PUT ? CursorChecks.value(sequence) : new byte[0];
      table.add(sequence, kind, Keys.embedded(user), Keys.embedded(value));
      model.put(Keys.internal(user, sequence, kind), value);
    }
    return model;
  }

  @Property
  @Tag("phase-3")
  void getFindsTheNewestVersionThatTheSnapshotMaySee(@ForAll long seed) {
    var random = new SplittableRandom(seed);
    try (var table = new MemTable(1 << 20)) {
      var model = fill(table, random, 250);
      var lookup = new PointLookup();
      var found = new ValueBuffer(0);
      for (int i = 0; i < 100; i++) {
        byte[] user = Keys.user(random);
        long snapshot = random.nextLong(300);
        lookup.reset(user, 0, user.length, snapshot);
        checkGet(table.get(lookup, found), lookup, found, model, user, snapshot);
      }
    }
  }

  private static void checkGet(
      PointLookup.Outcome outcome,
      PointLookup lookup,
      ValueBuffer found,
      NavigableMap<Slice, byte[]> model,
      byte[] user,
      long snapshot) {
    Slice target = Keys.seek(user, snapshot);
    var expected = model.ceilingEntry(target);
    if (expected == null || InternalKey.compareUser(expected.getKey(), target) != 0) {
      assertThat(outcome).isEqualTo(PointLookup.Outcome.ABSENT);
      return;
    }
    long trailer = InternalKey.trailer(expected.getKey());
    assertThat(lookup.sequence()).isEqualTo(InternalKey.sequence(trailer));
    if (InternalKey.kind(trailer) == EntryKind.PUT.code()) {
      assertThat(outcome).isEqualTo(PointLookup.Outcome.FOUND);
      assertThat(found.toByteArray()).isEqualTo(expected.getValue());
    } else {
      assertThat(outcome).isEqualTo(PointLookup.Outcome.DELETED);
    }
  }

  @Property
  @Tag("phase-3")
  void cursorReadsEverythingInOrder(@ForAll long seed) throws IOException {
    var random = new SplittableRandom(seed);
    try (var table = new MemTable(1 << 20)) {
      var model = fill(table, random, random.nextInt(300));
      assertThat(table.entries()).isEqualTo(model.size());
      CursorChecks.checkForward(table.cursor(), model);
      CursorChecks.walkForward(table.cursor(), model, random, 20);
    }
  }

  @Property
  @Tag("phase-5")
  void cursorGoesBothWays(@ForAll long seed) throws IOException {
    var random = new SplittableRandom(seed);
    try (var table = new MemTable(1 << 20)) {
      var model = fill(table, random, random.nextInt(250));
      CursorChecks.checkBackward(table.cursor(), model);
      CursorChecks.wander(table.cursor(), model, random, 150);
    }
  }

  @Property
  @Tag("phase-3")
  void whatFitsPromisesDoesFit(@ForAll long seed) {
    var random = new SplittableRandom(seed);
    try (var table = new MemTable(8192)) {
      var value = new Slice(new byte[random.nextInt(200)]);
      int added = 0;
      for (long sequence = 1; ; sequence++) {
        var key = new Slice(Keys.user(random));
        if (!table.fits(1, key.length() + value.length())) {
          break;
        }
        table.add(sequence, EntryKind.PUT, key, value);
        added++;
      }
      assertThat(table.bytesUsed()).isLessThanOrEqualTo(8192);
      assertThat(added).isGreaterThan(20);
    }
  }

  @Example
  @Tag("phase-3")
  void lateAdditionsAreSeenByACursorThatIsAlreadyThere() throws IOException {
    try (var table = new MemTable(4096)) {
      table.add(1, EntryKind.PUT, Slice.of("a"), Slice.of("1"));
      EntryCursor cursor = table.cursor();
      cursor.first();
      table.add(2, EntryKind.PUT, Slice.of("b"), Slice.of("2"));
      cursor.next();
      assertThat(cursor.valid()).isTrue();
      assertThat(cursor.value().toString()).isEqualTo("2");
    }
  }
}
