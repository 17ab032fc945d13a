package systems.kvstore.lsm;

import static systems.kvstore.lsm.Compaction.GRANDPARENTS_MAX;
import static systems.kvstore.lsm.Compaction.bytes;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One sorted run a level, each level ten times the one above. A level that has grown beyond its
 * size sends a file down, where it is merged with the files it overlaps.
 *
 * <pre>
 *   level 0   files as they are flushed      4 files     score = files / 4, or bytes / level 1's
 *   level 1   ##                             256 MiB     score = bytes / 256 MiB
 *   level 2   ####################           2.5 GiB     score = bytes / 2.5 GiB
 *   level 3   ####### . . .                  25 GiB      ...
 * </pre>
 *
 * The level with the highest score is served first, if it is 1 or more; if its files are busy, the
 * next one.
 *
 * <ol>
 *   <li><b>Level 0</b>: the oldest file and all that overlap it, directly or through others. A
 *       newer file never moves below an older one that has the same keys. One compaction at a time.
 *   <li><b>Below</b>: the file that drags along the least from the next level for what it brings
 *       ({@code overlapped bytes / its bytes}), as each byte that is dragged along is written
 *       again.
 *   <li><b>More for the same price</b>: if the files of the next level reach further than the
 *       inputs, inputs are added as long as that adds no file of the next level.
 *   <li><b>Moves</b>: what overlaps nothing in the next level moves there without being read or
 *       written; from level 0 any number of files that overlap nothing there or in level 0. Keys
 *       that are put in order are thus written once. Not if a file would come to lie over more than
 *       ten full files of the level after: the price would be paid on the next step.
 *   <li><b>Others at work</b>: the range of a compaction stays clear of the whole stretch of busy
 *       files in the two levels it works on. The stretch and not the files, because an output may
 *       reach over a gap between the inputs into which a new file has come meanwhile. With more
 *       than two workers that makes some wait without need; the exact rule would have to know which
 *       busy files belong together.
 * </ol>
 *
 * <p>Sizes are fixed from the top (RocksDB before 8.4); sizing them from the bottom up keeps dead
 * bytes at a ninth however little is in the last level, and is left out, as it differs only in the
 * levels between the first and the last.
 *
 * <p>Source: RocksDB wiki, "Leveled Compaction"; LevelDB, doc/impl.md.
 */
final class LeveledPicker implements CompactionPicker {
  /** Full outputs' worth of bytes that inputs may be extended to. */
  private static final int EXPANDED_MAX = 25;

  private final int level0Trigger;
  private final long levelBaseBytes;
  private final int levelMultiplier;
  private final long targetFileBytes;

  /**
   * @param level0Trigger files in level 0 that make a compaction urgent
   * @param levelBaseBytes size of level 1
   * @param levelMultiplier how many times larger each level is than the one above
   * @param targetFileBytes size of the outputs
   */
  LeveledPicker(int level0Trigger, long levelBaseBytes, int levelMultiplier, long targetFileBytes) {
    assert level0Trigger > 0 && levelBaseBytes > 0 && levelMultiplier > 1 && targetFileBytes > 0;
    assert targetFileBytes <= Long.MAX_VALUE / EXPANDED_MAX : targetFileBytes;
    this.level0Trigger = level0Trigger;
    this.levelBaseBytes = levelBaseBytes;
    this.levelMultiplier = levelMultiplier;
    this.targetFileBytes = targetFileBytes;
  }

  @Override
  public @Nullable Compaction pick(Version version, Set<Long> busyFiles) {
    int tried = 0;
    int level = mostUrgent(version, busyFiles, tried);
    while (level >= 0) {
      Compaction picked =
          level == 0 ? pickLevelZero(version, busyFiles) : pickLevel(version, level, busyFiles);
      if (picked != null) {
        return picked;
      }
      tried |= 1 << level;
      level = mostUrgent(version, busyFiles, tried);
    }
    return null;
  }

  /** The level with the highest score of 1 or more among those not yet tried, or -1. */
  private int mostUrgent(Version version, Set<Long> busyFiles, int tried) {
    int urgent = -1;
    double highest = 1;
    for (int level = 0; level < version.levels() - 1; level++) {
      double score = score(version, level, busyFiles);
      boolean higher = urgent < 0 ? score >= highest : score > highest;
      if ((tried & 1 << level) == 0 && higher) {
        urgent = level;
        highest = score;
      }
    }
    return urgent;
  }

  @Override
  public double score(Version version) {
    double highest = 0;
    for (int level = 0; level < version.levels(); level++) {
      highest = Math.max(highest, score(version, level));
    }
    return highest;
  }

  /** How full a level is: 1 is full, the last level never is. */
  double score(Version version, int level) {
    return score(version, level, Set.of());
  }

  private double score(Version version, int level, Set<Long> busyFiles) {
    //> phase 4: by what do you measure a level in which every file has to be asked for a key?
    if (level == version.levels() - 1) {
      return 0;
    }
    List<FileMetadata> idle = idle(version.files(level), busyFiles);
    long bytes = busyFiles.isEmpty() ? version.bytes(level) : bytes(idle);
    double bySize = (double) bytes / targetBytes(level);
    double byCount = (double) idle.size() / level0Trigger;
    return level == 0 ? Math.max(bySize, byCount) : bySize; //~ sizeOnly: return bySize;
    //< phase 4
  }

  private static List<FileMetadata> idle(List<FileMetadata> files, Set<Long> busyFiles) {
    return busyFiles.isEmpty()
        ? files
        : files.stream().filter(file -> !busyFiles.contains(file.number())).toList();
  }

  /** Size of a full level. */
  long targetBytes(int level) {
    double target = levelBaseBytes * Math.pow(levelMultiplier, Math.max(0, level - 1));
    return (long) Math.min(target, Long.MAX_VALUE);
  }

  private @Nullable Compaction pickLevelZero(Version version, Set<Long> busyFiles) {
    //> phase 4: which file of level 0 must go first, and which ones must go with it?
    List<FileMetadata> files = version.files(0);
    if (files.isEmpty() || anyBusy(files, busyFiles)) {
      return null;
    }
    List<FileMetadata> movable = movableFromLevelZero(version, busyFiles);
    if (!movable.isEmpty()) {
      return move(version, movable);
    }
    KeyRange oldest = KeyRange.of(files.getLast());
    var all = version.overlapping(0, oldest); //~ newestSinks: var all = files.subList(0, 1);
    return merge(version, 0, all, busyFiles, "level 0");
    //< phase 4
  }

  //> phase 4 only
  /** Files that overlap no other file of level 0 and none of level 1. */
  private List<FileMetadata> movableFromLevelZero(Version version, Set<Long> busyFiles) {
    var movable = new ArrayList<FileMetadata>();
    for (FileMetadata file : version.files(0)) {
      KeyRange range = KeyRange.of(file);
      if (version.overlapping(0, range).size() == 1
          && version.overlapping(1, range).isEmpty()
          && isClear(version, 0, range, busyFiles)
          && isLight(grandparents(version, 1, range))) {
        movable.add(file);
      }
    }
    return movable;
  }

  private Compaction move(Version version, List<FileMetadata> files) {
    assert Compaction.disjoint(files) : files;
    KeyRange range = KeyRange.hull(files);
    return new Compaction(
        0,
        1,
        List.of(new Compaction.Input(0, files)),
        grandparents(version, 1, range),
        targetFileBytes,
        !version.anyBelow(1, range),
        "level 0 without overlap",
        true);
  }

  //< phase 4

  private @Nullable Compaction pickLevel(Version version, int level, Set<Long> busyFiles) {
    //> phase 4: one file has to go down; which one is the cheapest for what it brings?
    record Candidate(FileMetadata file, double price) {}
    var candidates = new ArrayList<Candidate>();
    for (FileMetadata file : idle(version.files(level), busyFiles)) {
      long dragged = bytes(version.overlapping(level + 1, KeyRange.of(file)));
      candidates.add(new Candidate(file, (double) dragged / Math.max(1, file.fileBytes())));
    }
    candidates.sort(
        Comparator.comparingDouble(Candidate::price)
            .thenComparingLong(candidate -> candidate.file().number()));
    for (Candidate candidate : candidates) {
      Compaction picked =
          merge(version, level, List.of(candidate.file()), busyFiles, "size of level " + level);
      if (picked != null) {
        return picked;
      }
    }
    return null;
    //< phase 4
  }

  /**
   * The compaction of some files of a level into the next, or null if another one is in the way.
   */
  private @Nullable Compaction merge(
      Version version, int level, List<FileMetadata> chosen, Set<Long> busyFiles, String reason) {
    List<FileMetadata> files = version.overlapping(level, KeyRange.hull(chosen));
    List<FileMetadata> below = version.overlapping(level + 1, KeyRange.hull(files));
    List<FileMetadata> inputs = expanded(version, level, files, below, busyFiles);
    KeyRange range = KeyRange.hull(joined(inputs, below));
    if (anyBusy(inputs, busyFiles) || !isClear(version, level, range, busyFiles)) {
      return null;
    }
    assert !anyBusy(below, busyFiles) : "clear of busy files, but not " + below;
    List<FileMetadata> grandparents = grandparents(version, level + 1, range);
    return new Compaction(
        level,
        level + 1,
        inputs(level, inputs, below),
        grandparents,
        targetFileBytes,
        !version.anyBelow(level + 1, range),
        reason,
        below.isEmpty() && Compaction.disjoint(inputs) && isLight(grandparents));
  }

  private static List<Compaction.Input> inputs(
      int level, List<FileMetadata> files, List<FileMetadata> below) {
    var upper = new Compaction.Input(level, files);
    return below.isEmpty()
        ? List.of(upper)
        : List.of(upper, new Compaction.Input(level + 1, below));
  }

  /** Adds files of the level that come for free, as all they overlap is an input already. */
  private List<FileMetadata> expanded(
      Version version,
      int level,
      List<FileMetadata> files,
      List<FileMetadata> below,
      Set<Long> busyFiles) {
    //> phase 4: when does a further file of this level cost nothing?
    if (below.isEmpty()) {
      return files;
    }
    List<FileMetadata> wider = version.overlapping(level, KeyRange.hull(joined(files, below)));
    boolean affordable = bytes(wider) + bytes(below) <= EXPANDED_MAX * targetFileBytes;
    var dragged = version.overlapping(level + 1, KeyRange.hull(wider));
    boolean free = dragged.equals(below); //~ growsBelow: boolean free = true;
    return affordable && free && !anyBusy(wider, busyFiles) ? wider : files;
    //< phase 4 with: return files;
  }

  private static List<FileMetadata> joined(List<FileMetadata> a, List<FileMetadata> b) {
    var all = new ArrayList<>(a);
    all.addAll(b);
    return all;
  }

  private static List<FileMetadata> grandparents(Version version, int outputLevel, KeyRange range) {
    int level = outputLevel + 1;
    return level < version.levels() ? version.overlapping(level, range) : List.of();
  }

  private boolean isLight(List<FileMetadata> grandparents) {
    return bytes(grandparents) / GRANDPARENTS_MAX <= targetFileBytes;
  }

  private static boolean anyBusy(List<FileMetadata> files, Set<Long> busyFiles) {
    for (FileMetadata file : files) {
      if (busyFiles.contains(file.number())) {
        return true;
      }
    }
    return false;
  }

  /** Whether a range stays clear of the stretch of busy files in a level and the next. */
  private static boolean isClear(Version version, int level, KeyRange range, Set<Long> busyFiles) {
    var busy = new ArrayList<FileMetadata>();
    for (FileMetadata file : joined(version.files(level), version.files(level + 1))) {
      if (busyFiles.contains(file.number())) {
        busy.add(file);
      }
    }
    return busy.isEmpty() || !KeyRange.hull(busy).overlaps(range);
  }

  /**
   * {@inheritDoc}
   *
   * <p>From level 1 on one answer takes at most 25 full outputs' worth of the level, so that the
   * disk needs room for that and not for two copies of a level.
   */
  @Override
  public @Nullable Compaction pickRange(
      Version version, int level, byte @Nullable [] begin, byte @Nullable [] end) {
    if (level >= version.levels() - 1) {
      return null;
    }
    List<FileMetadata> files = version.overlapping(level, begin, end);
    if (files.isEmpty()) {
      return null;
    }
    return merge(version, level, level == 0 ? files : portion(files), Set.of(), "asked for");
  }

  private List<FileMetadata> portion(List<FileMetadata> files) {
    assert !files.isEmpty() : "a portion of nothing";
    long room = EXPANDED_MAX * targetFileBytes;
    int count = 0;
    while (count < files.size() && (count == 0 || room >= files.get(count).fileBytes())) {
      room -= files.get(count).fileBytes();
      count++;
    }
    return files.subList(0, count);
  }

  @Override
  public long pendingBytes(Version version) {
    long incoming = score(version, 0) >= 1 ? version.bytes(0) : 0;
    double pending = incoming;
    for (int level = 1; level < version.levels() - 1; level++) {
      long bytes = version.bytes(level) + incoming;
      incoming = Math.max(0, bytes - targetBytes(level));
      pending += incoming * (1 + (double) version.bytes(level + 1) / Math.max(1, bytes));
    }
    return (long) Math.min(pending, Long.MAX_VALUE);
  }
}
