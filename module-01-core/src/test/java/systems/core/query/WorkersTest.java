package systems.core.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import systems.core.column.Batch;
import systems.core.column.Cursor;
import systems.core.column.Morsel;
import systems.core.column.Scan;
import systems.core.column.Schema;
import systems.core.column.Table;

@Tag("phase-7")
@Timeout(30)
class WorkersTest {
  @Test
  void theFirstFailureIsReportedAndStopsTheOthers() {
    var workers = new Workers(3);
    var stopped = new AtomicInteger();
    assertThatThrownBy(() ->
            workers.run(worker -> {
              if (worker == 0) {
                throw new IOException("the disk is gone");
              }
              long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
              while (!workers.isStopped() && System.nanoTime() < deadline) {
                Thread.onSpinWait();
              }
              stopped.addAndGet(workers.isStopped() ? 1 : 0);
              throw new IllegalStateException("a consequence");
            }))
        .as("the failure that came first")
        .isInstanceOf(IOException.class)
        .hasMessage("the disk is gone");
    assertThat(stopped.get()).as("threads that heard of the failure of another").isEqualTo(2);
  }

  @Test
  void anInterruptedCallerStopsTheQuery() throws InterruptedException {
    var started = new CountDownLatch(1);
    var table = new EndlessTable(started);
    var failures = new ArrayList<Throwable>();
    var caller =
        Thread.ofPlatform()
            .start(() -> {
              try {
                Query.parse("select count(*) from t where v > 5")
                    .on(table.schema())
                    .run(table, Settings.ofMachine().withThreads(2), _ -> {});
              } catch (IOException | RuntimeException e) {
                failures.add(e);
              }
            });
    assertThat(started.await(10, TimeUnit.SECONDS)).isTrue();
    caller.interrupt();
    caller.join();
    assertThat(failures).singleElement().isInstanceOf(CancellationException.class);
    assertThat(table.open.get()).as("cursors that are still open").isZero();
  }

  @Test
  void eachMorselIsReadOnceWhateverTheThreads() {
    var rows = new ArrayList<Object[]>();
    for (int i = 0; i < 5000; i++) {
      rows.add(new Object[] {(long) i});
    }
    Schema schema = MemoryTable.of("v LONG", MemoryTable.Shape.PLAIN).schema();
    var shape = new MemoryTable.Shape(37, 10, MemoryTable.Strings.PLAIN);
    for (int threads : new int[] {1, 2, 5}) {
      var table = new MemoryTable(schema, rows, shape);
      var done = new AtomicInteger();
      Settings settings =
          Settings.ofMachine()
              .withThreads(threads)
              .withProgress(bytes -> done.accumulateAndGet((int) bytes, Math::max));
      assertThat(Answers.of(table, "select count(*), sum(v) from t", settings))
          .as("%d threads: each row once", threads)
          .isEqualTo(List.of(List.of(5000L, 12_497_500L)));
      assertThat(Answers.of(table, "select v, sum(v), avg(v) from t group by v", settings))
          .as("%d threads: as many groups as rows", threads)
          .hasSize(5000);
      assertThat(done.get()).as("all bytes are reported").isEqualTo(5000);
    }
  }

  @Test
  void statesOfThreadsAreMerged() {
    var rows = new ArrayList<Object[]>();
    for (int i = 0; i < 4000; i++) {
      rows.add(new Object[] {"k" + i % 3, (long) (i % 10)});
    }
    Schema schema = MemoryTable.of("k STRING, v LONG", MemoryTable.Shape.PLAIN).schema();
    var shape = new MemoryTable.Shape(100, 50, MemoryTable.Strings.DICTIONARIES);
    String sql = "select k, avg(v), count(v), min(v), max(v) from t group by k";
    List<Aggregation> parts = new ArrayList<>();
    Plan plan = Binder.plan(Parser.select(sql), sql, schema);
    var grouping = java.util.Objects.requireNonNull(plan.grouping());
    try (var spills = new Spills(java.nio.file.Path.of("."))) {
      for (int part = 0; part < 2; part++) {
        var aggregation = new Aggregation(grouping, spills, Long.MAX_VALUE);
        List<Object[]> half = rows.subList(part * 2000, part * 2000 + 2000);
        for (Morsel morsel : new MemoryTable(schema, half, shape).morsels(plan.scan())) {
          add(aggregation, morsel, plan);
        }
        parts.add(aggregation);
      }
      var answer = new ArrayList<List<@org.jspecify.annotations.Nullable Object>>();
      var row = new RowBatch(grouping.types());
      Groups all = Aggregation.mergeAll(parts);
      for (int group = 0; group < all.size(); group++) {
        all.result(group, row);
      }
      Answers.add(plan.schema(), row.batch, answer);
      SameRows.check(
          "two threads saw half of each group: " + sql,
          false,
          answer,
          SlowSelect.answer(sql, schema, rows));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void add(Aggregation aggregation, Morsel morsel, Plan plan) throws IOException {
    var batch = new Batch(plan.scannedTypes());
    var selection = new Selection();
    try (Cursor cursor = morsel.open()) {
      while (cursor.next(batch)) {
        selection.selectAll(batch.rows);
        aggregation.add(batch, selection);
      }
    }
  }

  /** One morsel that never ends. */
  private static final class EndlessTable implements Table {
    final AtomicInteger open = new AtomicInteger();
    private final CountDownLatch started;

    EndlessTable(CountDownLatch started) {
      this.started = started;
    }

    @Override
    public Schema schema() {
      return MemoryTable.of("v LONG", MemoryTable.Shape.PLAIN).schema();
    }

    @Override
    public long bytes() {
      return 1;
    }

    @Override
    public List<Morsel> morsels(Scan scan) {
      return List.of(new Endless(), new Endless());
    }

    @Override
    public void close() {}

    private final class Endless implements Morsel {
      @Override
      public long bytes() {
        return 1;
      }

      @Override
      public Cursor open() {
        open.incrementAndGet();
        return new Cursor() {
          @Override
          public boolean next(Batch batch) {
            started.countDown();
            batch.rows = 1;
            return true;
          }

          @Override
          public void close() {
            open.decrementAndGet();
          }
        };
      }
    }
  }
}
