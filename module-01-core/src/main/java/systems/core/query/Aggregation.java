package systems.core.query;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.core.column.Batch;

/**
 * Groups within a bound of memory. Groups are collected until they occupy more than their share;
 * then all of them are written away, to sixteen files by four bits of their hash, and collecting
 * begins anew:
 *
 * <pre>
 *   batches --&gt; groups --(share is full)--&gt;  file 0    groups whose hash begins with 0000
 *                                            file 1                              0001
 *                                            ...
 *                                            file 15                             1111
 * </pre>
 *
 * <p>A group that was written several times is several records of the same file. So afterwards each
 * file is a problem of its own: its records are merged into groups, a sixteenth of all, and if even
 * those are too many the same is done by the next four bits. After {@value #LEVELS_MAX} times the
 * bits are used up, and what is left stays in memory: only then the bound gives way.
 *
 * <p>Each thread has an aggregation of its own while the table is read. Merging them is the same
 * problem again, sixteen of them, which threads take one after the other: {@link #mergePartition}.
 * Of one thread, but for that.
 */
final class Aggregation {
  static final int PARTITIONS = 16;
  static final int LEVELS_MAX = 4;

  private final Plan.Grouping grouping;
  private final Spills spills;
  private final long shareBytes;
  private Groups groups;
  private SpillFile @Nullable [] spilled;

  Aggregation(Plan.Grouping grouping, Spills spills, long shareBytes) {
    this.grouping = grouping;
    this.spills = spills;
    this.shareBytes = shareBytes;
    groups = new Groups(grouping);
  }

  /** What was collected and is in memory; a new object after each spill. */
  Groups groups() {
    return groups;
  }

  boolean isSpilled() {
    return spilled != null;
  }

  void add(Batch batch, Selection selection) throws IOException {
    groups.add(batch, selection);
    if (!grouping.keys().isEmpty() && groups.bytes() > shareBytes) {
      spill();
    }
  }

  /** Writes away what is in memory. */
  void spill() throws IOException {
    spilled = spill(groups, spilled, 0);
    groups = new Groups(grouping);
  }

  private SpillFile[] spill(Groups from, SpillFile @Nullable [] to, int level) throws IOException {
    //> phase 7: which file must a group go to, every time that it is spilled?
    SpillFile[] files = to == null ? create() : to;
    var record = new ByteBuilder();
    for (int group = 0; group < from.size(); group++) {
      record.length = 0;
      from.write(group, record);
      int hash = from.hash(group); //~ spillsAtRandom: int hash = group << 28 - 4 * level;
      files[partition(hash, level)].append(record.bytes, 0, record.length);
    }
    return files;
    //< phase 7
  }

  private SpillFile[] create() throws IOException {
    var files = new SpillFile[PARTITIONS];
    for (int i = 0; i < PARTITIONS; i++) {
      files[i] = spills.create();
    }
    return files;
  }

  private static int partition(int hash, int level) {
    return hash >>> 28 - 4 * level & PARTITIONS - 1;
  }

  /** Takes finished groups. */
  interface Target {
    void accept(Groups groups) throws IOException;
  }

  /**
   * Merges one of the sixteen parts of what several threads collected. May be called by several
   * threads at once, each for another part, when nobody collects any more.
   */
  static void mergePartition(List<Aggregation> parts, int partition, Target target)
      throws IOException {
    Aggregation first = parts.getFirst();
    var merge = first.new Merge(0);
    for (Aggregation part : parts) {
      merge.addMemory(part.groups, partition);
    }
    for (Aggregation part : parts) {
      if (part.spilled != null) {
        merge.addFile(part.spilled[partition]);
      }
    }
    merge.finish(target);
  }

  /** Merges everything into the groups of the first; only if nothing was spilled. */
  static Groups mergeAll(List<Aggregation> parts) {
    //> phase 7: the threads have counted apart; how does one sum come of it?
    Groups all = parts.getFirst().groups;
    var record = new ByteBuilder();
    for (Aggregation part : parts.subList(1, parts.size())) {
      for (int group = 0; group < part.groups.size(); group++) {
        record.length = 0;
        part.groups.write(group, record);
        all.merge(record.bytes, 0);
      }
    }
    return all;
    //< phase 7
  }

  /** Records of one partition of a level become groups. */
  private final class Merge {
    private final int level;
    private final ByteBuilder record = new ByteBuilder();
    private Groups merged = new Groups(grouping);
    private SpillFile @Nullable [] finer;

    Merge(int level) {
      this.level = level;
    }

    void addMemory(Groups from, int partition) throws IOException {
      for (int group = 0; group < from.size(); group++) {
        if (partition(from.hash(group), 0) == partition) {
          record.length = 0;
          from.write(group, record);
          add(record.bytes, 0);
        }
      }
    }

    void addFile(SpillFile file) throws IOException {
      file.seal();
      Records records = file.records();
      while (records.next()) {
        add(records.bytes, records.start);
      }
      spills.release(file);
    }

    private void add(byte[] bytes, int start) throws IOException {
      merged.merge(bytes, start);
      if (merged.bytes() > shareBytes && level + 1 < LEVELS_MAX) {
        finer = spill(merged, finer, level + 1);
        merged = new Groups(grouping);
      }
    }

    void finish(Target target) throws IOException {
      if (finer == null) {
        target.accept(merged);
        return;
      }
      finer = spill(merged, finer, level + 1);
      merged = new Groups(grouping);
      for (SpillFile file : finer) {
        var merge = new Merge(level + 1);
        merge.addFile(file);
        merge.finish(target);
      }
    }
  }
}
