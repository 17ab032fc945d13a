package systems.core.query;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import systems.core.column.Batch;
import systems.core.column.Cursor;
import systems.core.column.Morsel;
import systems.core.column.Table;

/**
 * One run of a plan:
 *
 * <pre>
 *   morsels   [0][1][2][3][4][5][6][7] ...         one counter says which is next
 *                |     |
 *   thread 0   scan    scan   thread 1             each takes a morsel when it has none
 *              filter  filter
 *              group   group                       into groups of its own
 *                 \    /
 *   then       merge   merge                       each takes one of sixteen partitions
 *              items   items
 *              sort    sort                        into rows of its own
 *                 \    /
 *   at last     merge, limit                       one thread
 * </pre>
 *
 * <p>Threads share nothing while they work but the counter, so nothing is locked; all that costs is
 * merged at the end. Nobody knows in advance which thread will read what, and so nobody waits for
 * the slowest: who is fast takes more morsels.
 *
 * <p>The memory that the settings allow is divided by the threads, and by two, since groups exist
 * twice while they are merged.
 *
 * <p>Source: V. Leis, P. Boncz, A. Kemper, T. Neumann, "Morsel-driven parallelism", SIGMOD 2014.
 */
final class Execution {
  /** Up to so many groups one thread merges at once, rather than all of them in sixteen parts. */
  private static final int GROUPS_FEW = 1 << 14;

  private final Plan plan;
  private final Table table;
  private final Settings settings;
  private final Workers workers;
  private final Spills spills;
  private final Output output;
  private final long shareBytes;
  private final List<Tail> tails = new ArrayList<>();
  private final List<Aggregation> aggregations = new ArrayList<>();
  private final AtomicInteger nextMorsel = new AtomicInteger();
  private final AtomicInteger nextPartition = new AtomicInteger();
  private final AtomicLong rowsScanned = new AtomicLong();

  Execution(Plan plan, Table table, Settings settings, Rows rows) {
    this.plan = plan;
    this.table = table;
    this.settings = settings;
    workers = new Workers(settings.threads());
    spills = new Spills(settings.spillFolder());
    output = new Output(plan, rows, workers);
    shareBytes = Math.max(1, settings.memoryBytes() / (2L * settings.threads()));
  }

  RunStats run() throws IOException {
    if (plan.limit() == 0) {
      return new RunStats(0, 0, 0, 0);
    }
    try (spills) {
      prepare();
      List<Morsel> morsels = table.morsels(plan.scan());
      workers.run(worker -> scan(morsels, worker));
      if (plan.grouping() != null) {
        mergeGroups(plan.grouping());
      }
      for (Tail tail : tails) {
        tail.flush();
      }
      if (!plan.orders().isEmpty()) {
        passInOrder();
      }
      int begun = Math.min(nextMorsel.get(), morsels.size());
      return new RunStats(begun, rowsScanned.get(), output.returned(), spills.bytes());
    }
  }

  private void prepare() {
    for (int i = 0; i < settings.threads(); i++) {
      tails.add(new Tail(plan, output, spills, shareBytes));
      if (plan.grouping() != null) {
        aggregations.add(new Aggregation(plan.grouping(), spills, shareBytes));
      }
    }
  }

  //> phase 7 only
  private final AtomicLong bytesDone = new AtomicLong();

  //< phase 7

  private void scan(List<Morsel> morsels, int worker) throws IOException {
    //> phase 7: who reads which morsel, and when does a thread stop?
    var scan = new MorselScan(worker);
    int next = nextMorsel.getAndIncrement(); //~ everyoneReadsAll: int next = 0;
    while (next < morsels.size() && !workers.isStopped()) {
      Morsel morsel = morsels.get(next);
      scan.read(morsel);
      settings.progress().accept(bytesDone.addAndGet(morsel.bytes()));
      next = nextMorsel.getAndIncrement();
    }
    //< phase 7
  }

  /** What one thread needs to read morsels. */
  private final class MorselScan {
    private final Batch batch = new Batch(plan.scannedTypes());
    private final Selection selection = new Selection();
    private final List<Filter> filters = Filter.of(plan.bounds(), plan.tests());
    private final Tail tail;
    private final @Nullable Aggregation aggregation;
    private final @Nullable FilteredSums sums;

    MorselScan(int worker) {
      tail = tails.get(worker);
      aggregation = plan.grouping() == null ? null : aggregations.get(worker);
      sums = aggregation == null ? null : FilteredSums.of(plan, aggregation.groups(), filters);
      if (sums != null) {
        Objects.requireNonNull(aggregation).groups().addEmptyGroup();
      }
    }

    void read(Morsel morsel) throws IOException {
      try (Cursor cursor = morsel.open()) {
        while (!workers.isStopped() && cursor.next(batch)) {
          rowsScanned.addAndGet(batch.rows);
          take();
        }
      }
    }

    private void take() throws IOException {
      if (sums != null && sums.add(batch)) {
        return;
      }
      selection.selectAll(batch.rows);
      for (Filter filter : filters) {
        if (selection.count > 0) {
          filter.narrow(batch, selection);
        }
      }
      if (aggregation != null) {
        aggregation.add(batch, selection);
      } else {
        tail.accept(batch, selection);
      }
    }
  }

  private void mergeGroups(Plan.Grouping grouping) throws IOException {
    if (grouping.keys().isEmpty()) {
      aggregations.getFirst().groups().addEmptyGroup();
    }
    boolean spilled = aggregations.stream().anyMatch(Aggregation::isSpilled);
    long groups = aggregations.stream().mapToLong(part -> part.groups().size()).sum();
    if (!spilled && (groups <= GROUPS_FEW || settings.threads() == 1)) {
      emit(Aggregation.mergeAll(aggregations), tails.getFirst());
      return;
    }
    if (spilled) {
      for (Aggregation part : aggregations) {
        part.spill(); // what is in memory too, to have the memory for merging
      }
    }
    workers.run(this::mergePartitions);
  }

  private void mergePartitions(int worker) throws IOException {
    Tail tail = tails.get(worker);
    int next = nextPartition.getAndIncrement();
    while (next < Aggregation.PARTITIONS && !workers.isStopped()) {
      Aggregation.mergePartition(aggregations, next, groups -> emit(groups, tail));
      next = nextPartition.getAndIncrement();
    }
  }

  private void emit(Groups groups, Tail tail) throws IOException {
    var rows = new RowBatch(Objects.requireNonNull(plan.grouping()).types());
    for (int group = 0; group < groups.size() && !workers.isStopped(); group++) {
      groups.result(group, rows);
      if (rows.isFull()) {
        tail.accept(rows.batch);
        rows.clear();
      }
    }
    tail.accept(rows.batch);
  }

  private void passInOrder() throws IOException {
    Records sorted = sorted();
    var keys = new RowCodec(Tail.keys(plan).toList());
    var items = new RowCodec(Tail.items(plan).toList());
    var rows = new RowBatch(plan.items().stream().map(Expr::type).toList());
    while (!workers.isStopped() && sorted.next()) {
      items.decode(sorted.bytes, keys.end(sorted.bytes, sorted.start), rows, 0);
      rows.endRow();
      if (rows.isFull()) {
        output.accept(rows.batch);
        rows.clear();
      }
    }
    output.accept(rows.batch);
  }

  private Records sorted() throws IOException {
    @Nullable TopRows top = tails.getFirst().top();
    if (top == null) {
      return MergedRuns.of(
          tails.stream().map(tail -> Objects.requireNonNull(tail.sorter())).toList(), spills);
    }
    for (Tail tail : tails.subList(1, tails.size())) {
      top.addAll(Objects.requireNonNull(tail.top()));
    }
    return top.sorted();
  }
}
