package systems.kvstore.lsm;

import static systems.kvstore.lsm.Compaction.bytes;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sorted runs side by side, from the newest to the oldest; neighbours of similar size are merged. A
 * byte is rewritten about once each time the store around it doubles, instead of ten times a level;
 * the price is that there are more runs to read and more dead bytes.
 *
 * <pre>
 *   newest                                             oldest
 *   [1] [1] [1]  [4]      [12]           [40 . . . . . . . . . .]
 *    level 0      level 4  level 5        level 6
 *
 *   after the ratio rule:
 *   [3]          [4]      [12]           [40 . . . . . . . . . .]
 * </pre>
 *
 * <p>Each file of level 0 is a run, and so is each level below that has files. With fewer runs than
 * the trigger there is nothing to do. Otherwise the first rule that applies decides:
 *
 * <ol>
 *   <li><b>Space</b>: what is newer than the oldest run is a measure of the dead bytes in it. When
 *       it is more than so many percent of the oldest run, everything becomes one run.
 *   <li><b>Ratio</b>: from the newest run on (or the next one that is not busy) runs are gathered
 *       as long as the next is not larger than all gathered so far and some percent; two are
 *       enough.
 *   <li><b>Count</b>: if there are more runs than the trigger still, as many of the newest are
 *       merged as it takes, whatever their sizes.
 * </ol>
 *
 * <p>Only neighbours are ever merged, so that age stays what the position says. The output goes as
 * far down as it can: to the level above the next older run, to the last level if there is none, to
 * level 0 if the next older run is there; in level 0 it is one file, as each file is a run.
 *
 * <p>Source: RocksDB wiki, "Universal Compaction".
 */
final class UniversalPicker implements CompactionPicker {
  private static final int MERGE_WIDTH_MIN = 2;

  private final int runsTrigger;
  private final int sizeRatioPercent;
  private final int amplificationPercentMax;
  private final long targetFileBytes;

  /** A sorted run; runs are ordered by age as levels are, newest first. */
  private record Run(int level, List<FileMetadata> files, long bytes, boolean busy) {}

  /** Runs {@code [from, to)} and why. */
  private record Span(int from, int to, String reason) {
    Span {
      assert from >= 0 && from < to : "runs from " + from + " to " + to;
    }
  }

  /**
   * @param runsTrigger sorted runs from which on it is looked for something to merge, 2 or more
   * @param sizeRatioPercent how much larger the next run may be than what was gathered
   * @param amplificationPercentMax newer bytes for 100 bytes of the oldest run
   * @param targetFileBytes size of the outputs below level 0
   */
  UniversalPicker(
      int runsTrigger, int sizeRatioPercent, int amplificationPercentMax, long targetFileBytes) {
    assert runsTrigger >= MERGE_WIDTH_MIN && sizeRatioPercent >= 0;
    assert amplificationPercentMax > 0 && targetFileBytes > 0;
    this.runsTrigger = runsTrigger;
    this.sizeRatioPercent = sizeRatioPercent;
    this.amplificationPercentMax = amplificationPercentMax;
    this.targetFileBytes = targetFileBytes;
  }

  @Override
  public @Nullable Compaction pick(Version version, Set<Long> busyFiles) {
    List<Run> runs = runs(version, busyFiles);
    Span span = choose(runs);
    return span == null ? null : merge(version, runs, span);
  }

  private static List<Run> runs(Version version, Set<Long> busyFiles) {
    var runs = new ArrayList<Run>();
    for (FileMetadata file : version.files(0)) {
      runs.add(run(0, List.of(file), busyFiles));
    }
    for (int level = 1; level < version.levels(); level++) {
      if (version.fileCount(level) > 0) {
        runs.add(run(level, version.files(level), busyFiles));
      }
    }
    return runs;
  }

  private static Run run(int level, List<FileMetadata> files, Set<Long> busyFiles) {
    boolean busy = files.stream().anyMatch(file -> busyFiles.contains(file.number()));
    return new Run(level, files, bytes(files), busy);
  }

  private @Nullable Span choose(List<Run> runs) {
    //> phase 5: too many dead bytes, neighbours of similar size, too many runs: which comes first?
    if (runs.size() < runsTrigger) {
      return null;
    }
    Span span = bySpace(runs);
    span = span == null ? byRatio(runs) : span;
    return span == null ? byCount(runs) : span;
    //< phase 5
  }

  private @Nullable Span bySpace(List<Run> runs) {
    //> phase 5: how many dead bytes can there be at most, and which run do they lie in?
    int last = runs.size() - 1;
    double newer = 0;
    for (int i = 0; i < last; i++) {
      newer += runs.get(i).bytes();
    }
    boolean tooMuch = newer * 100 >= (double) amplificationPercentMax * runs.get(last).bytes();
    boolean free = runs.stream().noneMatch(Run::busy);
    return tooMuch && free ? new Span(0, runs.size(), "space amplification") : null;
    //< phase 5
  }

  private @Nullable Span byRatio(List<Run> runs) {
    //> phase 5: what would happen if you skipped a run that is too large and went on behind it?
    for (int from = 0; from < runs.size(); from++) {
      int to = from;
      double gathered = 0;
      while (to < runs.size() && !runs.get(to).busy() && fits(runs.get(to), gathered, to == from)) {
        gathered += runs.get(to).bytes();
        to++;
      }
      if (to - from >= MERGE_WIDTH_MIN) {
        return new Span(from, to, "size ratio");
      }
    }
    return null;
    //< phase 5
  }

  private boolean fits(Run next, double gathered, boolean first) {
    //> phase 5: which runs are of similar size?
    double limit = gathered * (100 + sizeRatioPercent) / 100;
    return first || next.bytes() <= limit; //~ anyRatio: return true;
    //< phase 5
  }

  private @Nullable Span byCount(List<Run> runs) {
    //> phase 5: how many runs have to become one so that there are as many as allowed?
    int surplus = runs.size() - runsTrigger;
    int from = 0;
    while (from < runs.size() && runs.get(from).busy()) {
      from++;
    }
    int to = from;
    while (to < runs.size() && !runs.get(to).busy() && to - from <= surplus) {
      to++;
    }
    return surplus > 0 && to - from >= MERGE_WIDTH_MIN ? new Span(from, to, "run count") : null;
    //< phase 5
  }

  private Compaction merge(Version version, List<Run> runs, Span span) {
    List<Run> merged = runs.subList(span.from(), span.to());
    assert merged.stream().noneMatch(Run::busy) : span + " of " + runs;
    List<Run> older = runs.subList(span.to(), runs.size());
    int outputLevel = outputLevel(version, older);
    assert outputLevel >= merged.getLast().level() : "up to level " + outputLevel;
    List<Compaction.Input> inputs = inputs(merged);
    var files = new ArrayList<FileMetadata>();
    inputs.forEach(input -> files.addAll(input.files()));
    KeyRange range = KeyRange.hull(files);
    return new Compaction(
        merged.getFirst().level(),
        outputLevel,
        inputs,
        grandparents(version, outputLevel, range),
        outputLevel == 0 ? Long.MAX_VALUE : targetFileBytes,
        isBottommost(older, range),
        span.reason(),
        outputLevel > 0 && Compaction.disjoint(files));
  }

  private static int outputLevel(Version version, List<Run> older) {
    //> phase 5: how far down may the output go without getting below an older run?
    if (older.isEmpty()) {
      return version.levels() - 1;
    }
    return Math.max(0, older.getFirst().level() - 1); //~ belowOlder: return version.levels() - 1;
    //< phase 5
  }

  /** The runs by level; those of level 0 are one input. */
  private static List<Compaction.Input> inputs(List<Run> runs) {
    var inputs = new ArrayList<Compaction.Input>();
    var levelZero = new ArrayList<FileMetadata>();
    for (Run run : runs) {
      if (run.level() == 0) {
        levelZero.addAll(run.files());
      } else {
        inputs.add(new Compaction.Input(run.level(), run.files()));
      }
    }
    if (!levelZero.isEmpty()) {
      inputs.addFirst(new Compaction.Input(0, levelZero));
    }
    return inputs;
  }

  private static List<FileMetadata> grandparents(Version version, int outputLevel, KeyRange range) {
    int level = outputLevel + 1;
    return outputLevel > 0 && level < version.levels()
        ? version.overlapping(level, range)
        : List.of();
  }

  private static boolean isBottommost(List<Run> older, KeyRange range) {
    //> phase 5: when may a deletion be dropped, and is it enough to look at the levels below?
    for (Run run : older) {
      for (FileMetadata file : run.files()) {
        if (range.overlaps(file)) { //~ notLevel0: if (run.level() > 0 && range.overlaps(file)) {
          return false;
        }
      }
    }
    return true;
    //< phase 5
  }

  /** From 1 on there is something to merge; below, how near the trigger is. */
  @Override
  public double score(Version version) {
    List<Run> runs = runs(version, Set.of());
    double fullness = (double) runs.size() / runsTrigger;
    return choose(runs) == null ? Math.min(fullness, Math.nextDown(1.0)) : fullness;
  }

  /**
   * {@inheritDoc}
   *
   * <p>A range cannot be taken out of runs of all ages: level 0 stands for everything, and makes it
   * one run in the last level; the other levels have nothing to add.
   */
  @Override
  public @Nullable Compaction pickRange(
      Version version, int level, byte @Nullable [] begin, byte @Nullable [] end) {
    List<Run> runs = runs(version, Set.of());
    boolean done = runs.size() == 1 && runs.getFirst().level() == version.levels() - 1;
    if (level > 0 || runs.isEmpty() || done) {
      return null;
    }
    return merge(version, runs, new Span(0, runs.size(), "asked for"));
  }

  @Override
  public long pendingBytes(Version version) {
    Compaction next = pick(version, Set.of());
    return next == null ? 0 : next.inputBytes();
  }
}
