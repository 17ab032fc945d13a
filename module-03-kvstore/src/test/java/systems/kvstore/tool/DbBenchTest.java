package systems.kvstore.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DbBenchTest {
  private static final String RATE =
      "%-12s : +\\d+\\.\\d{3} micros/op \\d+ ops/sec \\d+\\.\\d{3} seconds %d operations;%s";

  @TempDir Path folder;

  private List<String> bench(String... options) {
    var words = Stream.concat(Stream.of("db_bench", "--db=DIR/b"), Stream.of(options));
    String out = new Shell(folder).run(words.toArray(String[]::new)).done();
    return out.lines().dropWhile(line -> !line.startsWith("---")).skip(1).toList();
  }

  private static String rate(String name, int operations, String rest) {
    return RATE.formatted(name, operations, rest);
  }

  @Test
  @Tag("phase-5")
  void everyWorkloadRunsAndCountsItsOperations() {
    var lines =
        bench(
            "--num=2000",
            "--benchmarks=fillseq,readrandom,readmissing,readseq,readreverse,seekrandom,overwrite,"
                + "readwhilewriting,deleterandom,compact,fillrandom,flush,waitforcompaction,fillsync");
    String moved = " +\\d+\\.\\d MB/s";
    assertThat(lines).hasSize(14);
    assertThat(lines.get(0)).matches(rate("fillseq", 2000, moved));
    assertThat(lines.get(1)).matches(rate("readrandom", 2000, moved + " \\(2000 of 2000 found\\)"));
    assertThat(lines.get(2)).matches(rate("readmissing", 2000, " \\(0 of 2000 found\\)"));
    assertThat(lines.get(3)).matches(rate("readseq", 2000, moved));
    assertThat(lines.get(4)).matches(rate("readreverse", 2000, moved));
    assertThat(lines.get(5)).matches(rate("seekrandom", 2000, " \\(2000 of 2000 found\\)"));
    assertThat(lines.get(6)).matches(rate("overwrite", 2000, moved));
    assertThat(lines.get(7)).matches(rate("readwhilewriting", 2000, moved + ".*1 writer.*"));
    assertThat(lines.get(8)).matches(rate("deleterandom", 2000, ""));
    assertThat(lines.get(9)).matches(rate("compact", 1, ""));
    assertThat(lines.get(10)).matches(rate("fillrandom", 2000, moved));
    assertThat(lines.get(11)).matches(rate("flush", 1, ""));
    assertThat(lines.get(12)).matches(rate("waitforcompaction", 1, ""));
    assertThat(lines.get(13)).matches(rate("fillsync", 2, moved));
  }

  @Test
  @Tag("phase-4")
  void threadsAddUp() {
    var lines = bench("--num=500", "--threads=3", "--benchmarks=fillrandom,readrandom");
    assertThat(lines.get(0)).contains(" 1500 operations;");
    assertThat(lines.get(1)).contains(" 1500 operations;").contains(" of 1500 found)");
  }

  @Test
  @Tag("phase-4")
  void histogramCountsEveryOperation() {
    var lines = bench("--num=300", "--histogram", "--benchmarks=fillseq");
    assertThat(lines).contains("Microseconds per write:");
    assertThat(lines.get(2)).startsWith("Count: 300 Average: ");
  }

  @Test
  @Tag("phase-4")
  void batchesOfSeveralEntriesAreCountedByEntry() {
    var lines = bench("--num=1001", "--batch_size=100", "--benchmarks=fillseq,readseq");
    assertThat(lines.get(0)).contains(" 1001 operations;");
    assertThat(lines.get(1)).contains(" 1001 operations;");
  }

  @Test
  @Tag("phase-4")
  void existingStoreIsKeptWhenAskedFor() {
    bench("--num=400", "--benchmarks=fillseq");
    var lines = bench("--num=400", "--use_existing_db=1", "--benchmarks=readseq,stats,levelstats");
    assertThat(lines.get(0)).contains(" 400 operations;");
    assertThat(bench("--num=10", "--benchmarks=fillseq,readseq").get(1)).contains(" 10 operations");
  }

  @Test
  @Tag("phase-4")
  void filesThatAreNotTheStoresOwnAreLeftAlone() throws Exception {
    Files.createDirectories(folder.resolve("b"));
    Path mine = Files.writeString(folder.resolve("b/notes.txt"), "mine");
    bench("--num=10", "--benchmarks=fillseq,fillseq");
    assertThat(mine).hasContent("mine");
  }

  @Test
  @Tag("given")
  void unknownWorkloadsAndSizesOutOfRangeAreRefusedBeforeAnythingIsOpened() {
    var shell = new Shell(folder);
    assertThat(shell.run("db_bench", "--db=DIR/b", "--benchmarks=fillseq,nonsense"))
        .isEqualTo(new Shell.Ended(Main.USAGE, "", "Failed: unknown benchmark 'nonsense'\n"));
    assertThat(shell.run("db_bench", "--db=DIR/b", "--num=0").code()).isEqualTo(Main.USAGE);
    assertThat(shell.run("db_bench", "--db=DIR/b", "--sync=maybe").code()).isEqualTo(Main.USAGE);
    assertThat(folder.resolve("b")).doesNotExist();
  }
}
