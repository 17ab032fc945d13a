package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import org.jspecify.annotations.Nullable;
import systems.kvstore.Slice;

/** Merged runs against one sorted map that holds all of their entries. */
class MergingCursorProperties {

  /** A run over a sorted map, in the plainest way. */
  private static final class MapCursor implements EntryCursor {
    private final TreeMap<Slice, byte[]> entries;
    private @Nullable Slice at;
    private int closed;
    private @Nullable RuntimeException failure;

    MapCursor(TreeMap<Slice, byte[]> entries) {
      this.entries = entries;
    }

    @Override
    public boolean valid() {
      return at != null;
    }

    @Override
    public void first() {
      at = entries.isEmpty() ? null : entries.firstKey();
    }

    @Override
    public void last() {
      at = entries.isEmpty() ? null : entries.lastKey();
    }

    @Override
    public void seek(Slice internalKey) {
      at = entries.ceilingKey(internalKey);
    }

    @Override
    public void seekForPrev(Slice internalKey) {
      at = entries.floorKey(internalKey);
    }

    @Override
    public void next() {
      at = entries.higherKey(key());
    }

    @Override
    public void prev() {
      at = entries.lowerKey(key());
    }

    @Override
    public Slice key() {
      if (at == null) {
        throw new IllegalStateException("not valid");
      }
      return at;
    }

    @Override
    public Slice value() {
      return new Slice(entries.get(key()));
    }

    @Override
    public long prefix() {
      return InternalKey.prefix(key().array(), key().offset(), InternalKey.userLength(key()));
    }

    @Override
    public void close() {
      closed++;
      if (failure != null) {
        throw failure;
      }
    }
  }

  /** Runs and what they hold together; in some of them one run wins for long. */
  private record Runs(List<EntryCursor> cursors, TreeMap<Slice, byte[]> all) {
    static Runs random(SplittableRandom random) {
      var runs = new ArrayList<TreeMap<Slice, byte[]>>();
      for (int i = random.nextInt(9); i >= 0; i--) {
        runs.add(CursorChecks.model());
      }
      var all = CursorChecks.model();
      int run = 0;
      int stay = random.nextInt(1, 30);
      for (long sequence = random.nextLong(200); sequence > 0; sequence--) {
        run = random.nextInt(stay) == 0 ? random.nextInt(runs.size()) : run;
        Slice key = Keys.internal(Keys.user(random), sequence, EntryKind.PUT);
        runs.get(run).put(key, CursorChecks.value(sequence));
        all.put(key, CursorChecks.value(sequence));
      }
      return new Runs(List.copyOf(runs.stream().map(MapCursor::new).toList()), all);
    }
  }

  @Property
  @Tag("phase-4")
  void readsAllEntriesInOrder(@ForAll long seed) throws IOException {
    var random = new SplittableRandom(seed);
    Runs runs = Runs.random(random);
    try (EntryCursor merged = MergingCursor.merge(runs.cursors())) {
      CursorChecks.checkForward(merged, runs.all());
      CursorChecks.walkForward(merged, runs.all(), random, 20);
    }
  }

  @Property
  @Tag("phase-4")
  void runsThatDoNotOverlapComeOneAfterTheOther(@ForAll long seed) throws IOException {
    var random = new SplittableRandom(seed);
    var all = CursorChecks.model();
    for (long sequence = 200; sequence > 0; sequence--) {
      all.put(Keys.internal(Keys.user(random), sequence, EntryKind.PUT), new byte[0]);
    }
    var cuts = new ArrayList<TreeMap<Slice, byte[]>>();
    int left = 0;
    for (var entry : all.entrySet()) {
      if (left-- == 0) {
        cuts.add(random.nextInt(cuts.size() + 1), CursorChecks.model());
        left = random.nextInt(60);
        cuts.add(cuts.removeFirst());
      }
      cuts.getLast().put(entry.getKey(), entry.getValue());
    }
    List<EntryCursor> runs = new ArrayList<>();
    cuts.forEach(cut -> runs.add(new MapCursor(cut)));
    CursorChecks.checkForward(MergingCursor.merge(runs), all);
  }

  @Property
  @Tag("phase-5")
  void goesBothWaysAndTurnsAnywhere(@ForAll long seed) throws IOException {
    var random = new SplittableRandom(seed);
    Runs runs = Runs.random(random);
    try (EntryCursor merged = MergingCursor.merge(runs.cursors())) {
      CursorChecks.checkBackward(merged, runs.all());
      CursorChecks.wander(merged, runs.all(), random, 300);
    }
  }

  @Property
  @Tag("phase-5")
  void equalKeysInSeveralRunsKeepTheOrderOfTheRuns(@ForAll long seed) throws IOException {
    var random = new SplittableRandom(seed);
    List<EntryCursor> runs = new ArrayList<>();
    var expected = new ArrayList<String>();
    var sets = new ArrayList<TreeMap<Slice, byte[]>>();
    for (int run = 0; run < 4; run++) {
      sets.add(CursorChecks.model());
      runs.add(new MapCursor(sets.get(run)));
    }
    for (int key = 0; key < 12; key++) {
      for (int run = 0; run < 4; run++) {
        if (random.nextBoolean()) {
          Slice internal = Keys.internal(new byte[] {(byte) key}, 1, EntryKind.PUT);
          sets.get(run).put(internal, new byte[] {(byte) run});
          expected.add(key + "/" + run);
        }
      }
    }
    EntryCursor merged = MergingCursor.merge(runs);
    merged.first();
    int at = 0;
    for (int move = 0; move < 200 && !expected.isEmpty(); move++) {
      Slice key = merged.key();
      assertThat(key.array()[0] + "/" + merged.value().array()[0])
          .as("key and run at the cursor: of equal keys, that of the earlier run comes first")
          .isEqualTo(expected.get(at));
      boolean forward = at == 0 || at < expected.size() - 1 && random.nextInt(5) < 3;
      if (expected.size() == 1) {
        break;
      }
      if (forward) {
        merged.next();
        at++;
      } else {
        merged.prev();
        at--;
      }
    }
  }

  @Example
  @Tag("phase-4")
  void ofOneRunIsThatRunAndOfNoneIsEmpty() throws IOException {
    EntryCursor only = new MapCursor(CursorChecks.model());
    assertThat(MergingCursor.merge(List.of(only))).isSameAs(only);
    try (EntryCursor none = MergingCursor.merge(List.of())) {
      none.first();
      assertThat(none.valid()).isFalse();
      none.seek(Keys.seek(new byte[0], 1));
      assertThat(none.valid()).isFalse();
    }
  }

  @Example
  @Tag("phase-4")
  void closesEveryRunEvenIfOneOfThemFails() {
    var runs = new ArrayList<MapCursor>();
    for (int i = 0; i < 3; i++) {
      runs.add(new MapCursor(CursorChecks.model()));
    }
    runs.get(0).failure = new IllegalStateException("first");
    runs.get(1).failure = new IllegalStateException("second");
    EntryCursor merged = MergingCursor.merge(List.copyOf(runs));
    assertThatThrownBy(merged::close)
        .hasMessage("first")
        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    assertThat(runs).allSatisfy(run -> assertThat(run.closed).isEqualTo(1));
  }

  @Example
  @Tag("phase-4")
  void stepsAllocateNothing() throws IOException {
    var tables = new ArrayList<MemTable>();
    for (int i = 0; i < 5; i++) {
      tables.add(new MemTable(1 << 18));
    }
    for (int i = 0; i < 2000; i++) {
      Slice key = Slice.of("common prefix " + i * 7919 % 2000);
      tables.get(i % 5).add(i + 1, EntryKind.PUT, key, key);
    }
    EntryCursor merged = MergingCursor.merge(tables.stream().map(MemTable::cursor).toList());
    merged.first();
    Allocations.assertNonePerStep(
        5_000,
        i -> {
          merged.next();
          if (!merged.valid()) {
            merged.first();
          }
        });
    tables.forEach(MemTable::close);
  }
}
