package systems.core.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.core.Effort;

@Tag("phase-7")
class SortTest {
  @TempDir private Path folder;

  private static List<byte[]> randomRows(int count) {
    var random = new Random(1);
    var rows = new ArrayList<byte[]>();
    for (int i = 0; i < count; i++) {
      byte[] row = new byte[random.nextInt(40)];
      random.nextBytes(row);
      Arrays.fill(row, 0, Math.min(row.length, random.nextInt(12)), (byte) random.nextInt(2));
      rows.add(row);
    }
    return rows;
  }

  private static void checkSorted(List<byte[]> rows, Records records) throws IOException {
    List<byte[]> sorted = new ArrayList<>(rows);
    sorted.sort(Arrays::compareUnsigned);
    for (int i = 0; i < sorted.size(); i++) {
      assertThat(records.next()).as("there is a row " + i).isTrue();
      assertThat(Arrays.copyOfRange(records.bytes, records.start, records.end))
          .as("row %d of %d in the order of unsigned bytes", i, sorted.size())
          .isEqualTo(sorted.get(i));
    }
    assertThat(records.next()).as("there are no more").isFalse();
  }

  @Test
  void rowsComeInTheOrderOfUnsignedBytes() throws IOException {
    for (int count : new int[] {0, 1, 2, 3, 64, 65, 1000}) {
      try (var spills = new Spills(folder)) {
        var sorter = new RowSorter(spills, Long.MAX_VALUE);
        List<byte[]> rows = randomRows(count);
        for (byte[] row : rows) {
          sorter.add(row, 0, row.length);
        }
        checkSorted(rows, sorter.sorted());
        assertThat(sorter.runs()).as("it fits into memory").isEmpty();
      }
    }
  }

  @Test
  void runsThatWereSpilledAreMergedWithWhatIsInMemory() throws IOException {
    List<byte[]> rows = randomRows(Effort.of(8000, 4000));
    try (var spills = new Spills(folder)) {
      var sorters =
          List.of(
              new RowSorter(spills, 2000), new RowSorter(spills, 1500), new RowSorter(spills, 100));
      for (int i = 0; i < rows.size(); i++) {
        byte[] row = rows.get(i);
        sorters.get(i % 20 == 0 ? 2 : i & 1).add(row, 0, row.length);
      }
      assertThat(sorters.getFirst().runs().size()).isGreaterThan(MergedRuns.RUNS_MAX / 2);
      checkSorted(rows, MergedRuns.of(sorters, spills));
    }
    try (var left = Files.list(folder)) {
      assertThat(left).as("temporary files that are left").isEmpty();
    }
  }

  @Test
  void aRowMayBeLargerThanTheBuffersOfAFile() throws IOException {
    List<byte[]> rows = new ArrayList<>(randomRows(200));
    var random = new Random(2);
    for (int size : new int[] {32_764, 32_768, 32_769, 100_000, 1_000_000}) {
      byte[] row = new byte[size];
      random.nextBytes(row);
      rows.add(rows.size() / 2, row);
    }
    try (var spills = new Spills(folder)) {
      var sorter = new RowSorter(spills, 50_000);
      for (byte[] row : rows) {
        sorter.add(row, 0, row.length);
      }
      checkSorted(rows, MergedRuns.of(List.of(sorter), spills));
    }
  }

  @Test
  void theTopRowsAreTheFirstOfTheOrder() throws IOException {
    List<byte[]> rows = randomRows(3000);
    var first = new TopRows(20);
    var second = new TopRows(20);
    for (int i = 0; i < rows.size(); i++) {
      (i % 3 == 0 ? first : second).add(rows.get(i), 0, rows.get(i).length);
    }
    first.addAll(second);
    rows.sort(Arrays::compareUnsigned);
    checkSorted(rows.subList(0, 20), first.sorted());
  }
}
