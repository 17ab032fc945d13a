package systems.kvstore.lsm;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.kvstore.ValueBuffer;
import systems.kvstore.table.EntryCursor;
import systems.kvstore.table.InternalKey;
import systems.kvstore.table.MergingCursor;
import systems.kvstore.table.PointLookup;
import systems.kvstore.table.PointLookup.Outcome;
import systems.kvstore.table.RangeTombstones;
import systems.kvstore.table.TableReader;

/**
 * All that a read looks at, newest first, and never changed once it is published:
 *
 * <pre>
 *   active memtable -> sealed memtables, newest first -> level 0 files, newest first -> level 1 -> ...
 * </pre>
 *
 * For any key an earlier source has the newer versions, so a get stops at the first that knows the
 * key. The active memtable itself still grows; what a read must not see of it is beyond its
 * sequence number.
 *
 * <p>A cursor pins the state ({@link Catalog#pin}): its memtables and files stay. A get does not,
 * as that would be a write to a shared counter for each read; it may find a table closed under its
 * hands, gets an exception, and begins again on the newer state ({@link LsmStore}).
 */
final class ReadState {
  private final Generation active;
  private final List<Generation> sealed;
  private final Version version;
  private final Tables tables;

  /** Pins of cursors plus one for being the current state; guarded by the catalog's lock. */
  int pins = 1;

  private volatile @Nullable RangeTombstones tableTombstones;

  /**
   * @param sealed newest first
   */
  ReadState(Generation active, List<Generation> sealed, Version version, Tables tables) {
    this.active = active;
    this.sealed = List.copyOf(sealed);
    this.version = version;
    this.tables = tables;
  }

  Generation active() {
    return active;
  }

  /** Sealed memtables, newest first. */
  List<Generation> sealed() {
    return sealed;
  }

  Version version() {
    return version;
  }

  /** The state after the active memtable was sealed. */
  ReadState rotated(Generation newActive) {
    var newSealed = new ArrayList<Generation>(sealed.size() + 1);
    newSealed.add(active);
    newSealed.addAll(sealed);
    var state = new ReadState(newActive, newSealed, version, tables);
    state.tableTombstones = tableTombstones;
    return state;
  }

  /** The state with other files, and without a memtable that has become one of them. */
  ReadState with(Version newVersion, @Nullable Generation flushed) {
    var rest = sealed.stream().filter(generation -> generation != flushed).toList();
    return new ReadState(active, rest, newVersion, tables);
  }

  /** Looks a key up in everything, newest first; true if it has a value, then in the buffer. */
  boolean get(PointLookup lookup, ValueBuffer into) throws IOException {
    var outcome = getFromMemtables(lookup, into);
    if (outcome == Outcome.ABSENT) {
      outcome = getFromLevelZero(lookup, into);
    }
    for (int level = 1; level < version.levels() && outcome == Outcome.ABSENT; level++) {
      outcome = getFromLevel(level, lookup, into);
    }
    return outcome == Outcome.FOUND;
  }

  private Outcome getFromLevel(int level, PointLookup lookup, ValueBuffer into) throws IOException {
    byte[] key = lookup.array();
    int length = lookup.userLength();
    var outcome = Outcome.ABSENT;
    var file = version.find(level, key, 0, length);
    while (file != null && outcome == Outcome.ABSENT) {
      outcome = getFromTable(tables.reader(file), lookup, into);
      file = version.continuation(level, file, key, 0, length);
    }
    return outcome;
  }

  private Outcome getFromMemtables(PointLookup lookup, ValueBuffer into) {
    var outcome = getFromMemtable(active, lookup, into);
    for (int i = 0; i < sealed.size() && outcome == Outcome.ABSENT; i++) {
      outcome = getFromMemtable(sealed.get(i), lookup, into);
    }
    return outcome;
  }

  private static Outcome getFromMemtable(
      Generation generation, PointLookup lookup, ValueBuffer into) {
    var table = generation.table();
    return hidden(table.rangeTombstones(), lookup, table.get(lookup, into));
  }

  private Outcome getFromLevelZero(PointLookup lookup, ValueBuffer into) throws IOException {
    var files = version.files(0);
    for (int i = 0; i < files.size(); i++) {
      var file = files.get(i);
      if (mayHold(file, lookup)) {
        var outcome = getFromTable(tables.reader(file), lookup, into);
        if (outcome != Outcome.ABSENT) {
          return outcome;
        }
      }
    }
    return Outcome.ABSENT;
  }

  private static boolean mayHold(FileMetadata file, PointLookup lookup) {
    return compareUser(file.smallest(), lookup) <= 0 && compareUser(file.largest(), lookup) >= 0;
  }

  private static int compareUser(byte[] internalKey, PointLookup lookup) {
    return Arrays.compareUnsigned(
        internalKey,
        0,
        internalKey.length - InternalKey.TRAILER_BYTES,
        lookup.array(),
        0,
        lookup.userLength());
  }

  private static Outcome getFromTable(TableReader reader, PointLookup lookup, ValueBuffer into)
      throws IOException {
    return hidden(reader.rangeTombstones(), lookup, reader.get(lookup, into));
  }

  /**
   * Applies a source's range tombstones to what the source said. A tombstone over the key hides all
   * older sources too, as sources are ordered by age.
   */
  private static Outcome hidden(RangeTombstones tombstones, PointLookup lookup, Outcome outcome) {
    if (tombstones.isEmpty()) {
      return outcome;
    }
    long covering = tombstones.covering(lookup.array(), 0, lookup.userLength(), lookup.snapshot());
    boolean hides = outcome == Outcome.ABSENT ? covering >= 0 : covering > lookup.sequence();
    return hides ? Outcome.DELETED : outcome;
  }

  /** A cursor over the internal entries of everything. */
  EntryCursor cursor() throws IOException {
    var cursors = new ArrayList<EntryCursor>();
    cursors.add(active.table().cursor());
    for (var generation : sealed) {
      cursors.add(generation.table().cursor());
    }
    for (var file : version.files(0)) {
      cursors.add(tables.reader(file).cursor());
    }
    for (int level = 1; level < version.levels(); level++) {
      if (!version.files(level).isEmpty()) {
        cursors.add(new LevelCursor(version.files(level), file -> tables.reader(file).cursor()));
      }
    }
    return MergingCursor.merge(cursors);
  }

  /** The range tombstones of everything. */
  RangeTombstones rangeTombstones() throws IOException {
    var all = new ArrayList<RangeTombstones>();
    addIfAny(all, active.table().rangeTombstones());
    for (var generation : sealed) {
      addIfAny(all, generation.table().rangeTombstones());
    }
    addIfAny(all, tombstonesOfTables());
    return all.isEmpty() ? RangeTombstones.NONE : RangeTombstones.merge(all);
  }

  private RangeTombstones tombstonesOfTables() throws IOException {
    var known = tableTombstones;
    if (known == null) {
      var all = new ArrayList<RangeTombstones>();
      for (int level = 0; level < version.levels(); level++) {
        for (var file : version.files(level)) {
          addIfAny(all, tables.tombstones(file));
        }
      }
      known = all.isEmpty() ? RangeTombstones.NONE : RangeTombstones.merge(all);
      tableTombstones = known;
    }
    return known;
  }

  private static void addIfAny(List<RangeTombstones> all, RangeTombstones some) {
    if (!some.isEmpty()) {
      all.add(some);
    }
  }
}
