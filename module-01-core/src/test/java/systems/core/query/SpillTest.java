package systems.core.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.core.Effort;

@Tag("phase-7")
class SpillTest {
  private static final int ROWS = Effort.of(20_000, 8000);

  @TempDir private Path folder;

  @AfterEach
  void nothingIsLeftBehind() throws IOException {
    try (var left = Files.list(folder)) {
      assertThat(left).as("temporary files that are left").isEmpty();
    }
  }

  private static MemoryTable table(int keys) {
    return table(ROWS, keys);
  }

  private static MemoryTable table(int count, int keys) {
    var rows = new ArrayList<Object[]>();
    for (int i = 0; i < count; i++) {
      long mixed = (i * 2_654_435_761L & 0xFFFF_FFFFL) % keys;
      String text = mixed % 7 == 0 ? null : "k" + mixed;
      rows.add(new Object[] {text, mixed % 5 == 0 ? null : mixed, (double) i, "v" + i % 100});
    }
    var header = "k STRING, n LONG, x DOUBLE, s STRING";
    return new MemoryTable(
        MemoryTable.of(header, MemoryTable.Shape.PLAIN).schema(),
        rows,
        new MemoryTable.Shape(1500, 1000, MemoryTable.Strings.IN_TURNS));
  }

  private Settings memory(long bytes) {
    return Settings.ofMachine().withThreads(2).withMemoryBytes(bytes).withSpillFolder(folder);
  }

  private long compare(String sql, MemoryTable table, long memoryBytes) {
    List<List<@Nullable Object>> plenty = Answers.of(table, sql, memory(1 << 30));
    var scarce = new ArrayList<List<@Nullable Object>>();
    RunStats stats = Answers.run(table, sql, memory(memoryBytes), scarce);
    SameRows.check(
        sql + " with " + memoryBytes + " bytes", sql.contains("order by"), scarce, plenty);
    SameRows.check(
        sql, sql.contains("order by"), plenty, SlowSelect.answer(sql, table.schema(), table.rows));
    return stats.spilledBytes();
  }

  @Test
  void groupsThatWereSpilledInPiecesAreWhole() {
    String sql =
        "select k, n, count(*), sum(n), min(x), max(x), avg(x), min(s), max(s),"
            + " count(distinct s) from t group by k, n";
    assertThat(compare(sql, table(3000), 1 << 16)).as("bytes spilled").isPositive();
  }

  @Test
  void partitionsThatAreStillTooLargeArePartitionedAgain() {
    int groups = 6000;
    String sql = "select k, n, x, count(*) from t group by k, n, x";
    assertThat(compare(sql, table(groups, groups), 1 << 14))
        .as("bytes spilled, a group is about 40")
        .isGreaterThan(60L * groups);
  }

  @Test
  void withoutAnyMemoryTheAnswerIsTheSame() {
    compare("select s, sum(n), count(*) from t group by s having count(*) > 3", table(4000, 50), 1);
    compare("select count(*), min(k), max(n) from t", table(4000, 50), 1);
    compare("select k, n from t where n < 40 order by n desc, k", table(1500, 100), 1);
  }

  @Test
  void rowsThatWereSpilledComeInOrder() {
    String sql = "select x, k, s from t order by s desc, k nulls first, x desc";
    assertThat(compare(sql, table(1000), 1 << 17)).as("bytes spilled").isPositive();
    assertThat(compare(sql + " limit 12000 offset 500", table(1000), 1 << 17)).isPositive();
    assertThat(compare(sql + " limit 20 offset 5", table(1000), 1 << 18))
        .as("a small limit needs no files")
        .isZero();
  }

  @Test
  void groupsAreSortedWithinTheSameMemory() {
    String sql = "select k, count(*) c, sum(n) from t group by k order by c desc, k limit 11000";
    assertThat(compare(sql, table(15_000), 1 << 16)).isPositive();
  }

  @Test
  void aFailureWhileSpillingLeavesNoFile() {
    MemoryTable table = table(4000, 3000);
    assertThatThrownBy(() ->
            Query.parse("select k, count(*) from t group by k order by k")
                .on(table.schema())
                .run(
                    table,
                    memory(1 << 15),
                    _ -> {
                      throw new IOException("the reader has gone");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage("the reader has gone");
    assertThat(table.openCursors.get()).as("cursors that are still open").isZero();
  }

  @Test
  void aFolderThatIsNotThereIsAnError() {
    MemoryTable table = table(3000);
    Settings nowhere = memory(1).withSpillFolder(folder.resolve("missing"));
    assertThatThrownBy(() ->
            Query.parse("select k from t order by k")
                .on(table.schema())
                .run(table, nowhere, _ -> {}))
        .isInstanceOf(IOException.class);
  }
}
