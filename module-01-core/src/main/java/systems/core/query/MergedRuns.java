package systems.core.query;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * One sorted sequence of several. A heap holds those that are not at their end, the one with the
 * least row on top; taking a row moves that one on and lets it sink.
 *
 * <p>At most {@value #RUNS_MAX} files are open for reading at once, each with a buffer: where there
 * are more, some are first merged into a longer one. Of one thread.
 */
final class MergedRuns extends Records {
  static final int RUNS_MAX = 64;

  private final Records[] heap;
  private int size;

  //> phase 7 only
  private boolean started;

  //< phase 7

  private MergedRuns(List<Records> sources) throws IOException {
    heap = new Records[sources.size()];
    for (Records source : sources) {
      if (source.next()) {
        heap[size++] = source;
      }
    }
    for (int i = size / 2 - 1; i >= 0; i--) {
      sink(i);
    }
  }

  /** The rows of all sorters. */
  static Records of(List<RowSorter> sorters, Spills spills) throws IOException {
    var runs = new ArrayList<SpillFile>();
    var sources = new ArrayList<Records>();
    for (RowSorter sorter : sorters) {
      runs.addAll(sorter.runs());
      sources.add(sorter.sorted());
    }
    while (runs.size() > RUNS_MAX) {
      runs.add(merged(runs.subList(0, RUNS_MAX), spills));
      List<SpillFile> done = runs.subList(0, RUNS_MAX);
      for (SpillFile run : done) {
        spills.release(run);
      }
      done.clear();
    }
    runs.forEach(run -> sources.add(run.records()));
    return new MergedRuns(sources);
  }

  private static SpillFile merged(List<SpillFile> runs, Spills spills) throws IOException {
    var merged = new MergedRuns(runs.stream().map(SpillFile::records).toList());
    SpillFile run = spills.create();
    while (merged.next()) {
      run.append(merged.bytes, merged.start, merged.end - merged.start);
    }
    run.seal();
    return run;
  }

  @Override
  boolean next() throws IOException {
    //> phase 7: the row on top was taken; which comes next?
    if (started && size > 0) {
      if (!heap[0].next()) {
        heap[0] = heap[--size];
      }
      sink(0); //~ topStays: sink(size);
    }
    started = true;
    if (size == 0) {
      return false;
    }
    bytes = heap[0].bytes;
    start = heap[0].start;
    end = heap[0].end;
    return true;
    //< phase 7
  }

  private void sink(int from) {
    int at = from;
    while (2 * at + 1 < size) {
      int child = 2 * at + 1;
      if (child + 1 < size && heap[child + 1].compareTo(heap[child]) < 0) {
        child++;
      }
      if (heap[at].compareTo(heap[child]) <= 0) {
        return;
      }
      Records lower = heap[at];
      heap[at] = heap[child];
      heap[child] = lower;
      at = child;
    }
  }
}
