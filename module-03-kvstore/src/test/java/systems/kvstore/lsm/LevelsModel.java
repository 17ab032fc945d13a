package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * A store without bytes: files are maps from key to the version they hold, compactions are merges
 * of maps. It runs a picker with several compactions at once, which finish in any order, and after
 * every step reads every key the way a store does. A picker that lets an older version get above a
 * newer one, drops a deletion too early, or makes two files of a level overlap is caught here.
 */
final class LevelsModel {
  static final int ENTRY_BYTES = 100;
  private static final int KEYS = 120;

  /** Sequence number, and whether it is a deletion. */
  private record Entry(long sequence, boolean deletion) {}

  private record Running(Compaction compaction) {}

  private final CompactionPicker picker;
  private final Random random;
  private final Map<Long, NavigableMap<Integer, Entry>> content = new HashMap<>();
  private final Map<Integer, Entry> truth = new HashMap<>();
  private final List<Running> running = new ArrayList<>();
  private Version version = Version.empty(Version.LEVELS);
  private long sequence;
  private long lastNumber;
  long rewrittenBytes;
  long moves;

  LevelsModel(CompactionPicker picker, Random random) {
    this.picker = picker;
    this.random = random;
  }

  Version version() {
    return version;
  }

  /** A flush of some random keys, one in four a deletion. */
  void flushRandom(int count) {
    int begin = random.nextInt(KEYS);
    int width = 1 + random.nextInt(random.nextBoolean() ? 10 : KEYS);
    var table = new TreeMap<Integer, Entry>();
    for (int i = 0; i < count; i++) {
      put(table, (begin + random.nextInt(width)) % KEYS, random.nextInt(4) == 0);
    }
    flush(table);
  }

  /** A flush of the keys {@code [from, to)}. */
  void flushRange(int from, int to) {
    var table = new TreeMap<Integer, Entry>();
    for (int key = from; key < to; key++) {
      put(table, key, false);
    }
    flush(table);
  }

  private void put(NavigableMap<Integer, Entry> table, int key, boolean deletion) {
    var entry = new Entry(++sequence, deletion);
    table.put(key, entry);
    truth.put(key, entry);
  }

  private void flush(NavigableMap<Integer, Entry> table) {
    var edit = new VersionEdit().addFile(0, file(table));
    version = version.apply(edit);
  }

  private FileMetadata file(NavigableMap<Integer, Entry> table) {
    long number = ++lastNumber;
    content.put(number, table);
    long smallest = table.values().stream().mapToLong(Entry::sequence).min().orElseThrow();
    long largest = table.values().stream().mapToLong(Entry::sequence).max().orElseThrow();
    int lastKey = table.lastKey();
    byte[] bound =
        random.nextInt(3) == 0
            ? Sketch.exclusive(text(lastKey + 1))
            : Sketch.internal(text(lastKey), table.get(lastKey).sequence());
    return new FileMetadata(
        number,
        (long) table.size() * ENTRY_BYTES,
        Sketch.internal(text(table.firstKey()), table.firstEntry().getValue().sequence()),
        bound,
        smallest,
        largest);
  }

  private static String text(int key) {
    return String.format(Locale.ROOT, "key%05d", key);
  }

  /** Starts what the picker wants, as long as there are workers. */
  void start(int workers) {
    while (running.size() < workers) {
      var compaction = picker.pick(version, busy());
      if (compaction == null) {
        return;
      }
      checkPick(compaction);
      running.add(new Running(compaction));
    }
  }

  private Set<Long> busy() {
    var busy = new HashSet<Long>();
    for (Running one : running) {
      one.compaction().inputFiles().forEach(file -> busy.add(file.number()));
    }
    return busy;
  }

  private void checkPick(Compaction compaction) {
    assertThat(compaction.inputFiles()).noneMatch(file -> busy().contains(file.number()));
    for (Compaction.Input input : compaction.inputs()) {
      assertThat(version.files(input.level())).containsAll(input.files());
    }
    if (compaction.outputLevel() > 0 && !compaction.trivialMove()) {
      var range = KeyRange.hull(compaction.inputFiles());
      assertThat(compaction.inputFiles())
          .as("closed in the output level of %s", compaction)
          .containsAll(version.overlapping(compaction.outputLevel(), range));
    }
  }

  /** Ends one of the running compactions. */
  void finishOne() {
    if (!running.isEmpty()) {
      apply(running.remove(random.nextInt(running.size())).compaction());
      check();
    }
  }

  /** Finishes all that runs and then whatever the picker still wants, one after the other. */
  void settle() {
    while (!running.isEmpty()) {
      finishOne();
    }
    int steps = 0;
    for (var next = picker.pick(version, Set.of()); next != null; ) {
      assertThat(picker.score(version))
          .as("of a version with something to do")
          .isGreaterThanOrEqualTo(1);
      apply(next);
      check();
      assertThat(++steps).as("steps until nothing is urgent").isLessThan(1000);
      next = picker.pick(version, Set.of());
    }
    assertThat(picker.score(version)).as("when nothing is urgent").isLessThan(1);
    assertThat(picker.pendingBytes(version)).isZero();
  }

  /** Compacts by hand until no level above the lowest has a file of the range. */
  void compactRange(byte[] begin, byte[] end) {
    for (int level = 0; level < version.levels(); level++) {
      for (var next = picker.pickRange(version, level, begin, end); next != null; ) {
        apply(next);
        check();
        next = picker.pickRange(version, level, begin, end);
      }
    }
  }

  void apply(Compaction compaction) {
    if (compaction.trivialMove()) {
      moves++;
      version = version.apply(compaction.moveInputs(new VersionEdit()));
    } else {
      rewrittenBytes += compaction.inputBytes();
      var edit = compaction.deleteInputs(new VersionEdit());
      for (var output : outputs(compaction)) {
        edit.addFile(compaction.outputLevel(), file(output));
      }
      version = version.apply(edit);
    }
  }

  private List<NavigableMap<Integer, Entry>> outputs(Compaction compaction) {
    var merged = new TreeMap<Integer, Entry>();
    for (FileMetadata file : compaction.inputFiles()) {
      content
          .get(file.number())
          .forEach((key, entry) ->
              merged.merge(key, entry, (a, b) -> a.sequence() > b.sequence() ? a : b));
    }
    if (compaction.bottommost()) {
      merged.values().removeIf(Entry::deletion);
    }
    var outputs = new ArrayList<NavigableMap<Integer, Entry>>();
    var output = new TreeMap<Integer, Entry>();
    for (var entry : merged.entrySet()) {
      output.put(entry.getKey(), entry.getValue());
      if ((long) output.size() * ENTRY_BYTES >= compaction.outputBytesMax()) {
        outputs.add(output);
        output = new TreeMap<>();
      }
    }
    if (!output.isEmpty()) {
      outputs.add(output);
    }
    return outputs;
  }

  /** Every key reads as the newest that was written. */
  void check() {
    for (int key = 0; key < KEYS; key++) {
      var expected = truth.get(key);
      var found = read(key);
      if (expected == null || expected.deletion()) {
        assertThat(found == null || found.deletion())
            .as("key %s is deleted, %s", key, found)
            .isTrue();
      } else {
        assertThat(found).as("key %s in%n%s", key, version).isEqualTo(expected);
      }
    }
  }

  private Entry read(int key) {
    byte[] bytes = Sketch.key(text(key));
    for (FileMetadata file : version.files(0)) {
      var entry = content.get(file.number()).get(key);
      if (entry != null) {
        return entry;
      }
    }
    for (int level = 1; level < version.levels(); level++) {
      var file = version.find(level, bytes, 0, bytes.length);
      var entry = file == null ? null : content.get(file.number()).get(key);
      if (entry != null) {
        return entry;
      }
    }
    return null;
  }
}
