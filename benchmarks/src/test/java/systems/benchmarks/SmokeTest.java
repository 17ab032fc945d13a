package systems.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every workload runs on both systems and leaves its figures; how fast they are is not asked. */
class SmokeTest {
  @TempDir Path folder;

  @Test
  void aSmokeRunMeasuresEveryWorkloadOfTheKeyValueStoreAndWritesItsFiles() throws IOException {
    assertThat(
            Bench.run(
                "kvstore",
                "--smoke",
                "--work",
                folder.resolve("work").toString(),
                "--results",
                folder.resolve("results").toString()))
        .isZero();

    Map<String, Object> workloads =
        Json.object(
            Json.parseObject(Files.readString(folder.resolve("results/kvstore.json"))),
            "workloads");
    assertThat(workloads.keySet())
        .contains("fillseq", "overwrite", "fillsync-8", "reopen-killed", "readseq-1k")
        .doesNotContain("log-64mb");
    Map<String, Object> rate = Json.object(Json.object(workloads, "readseq"), "rate");
    assertThat(Json.number(rate, "ours")).isPositive();
    assertThat(Json.number(rate, "rocksdb")).isPositive();
    assertThat(Json.number(Json.object(rate, "ratio"), "median")).isPositive();
    assertThat(folder.resolve("results/kvstore.svg")).content().contains("readseq");
    assertThat(folder.resolve("results/kvstore.md")).content().contains("| readseq.rate |");
  }

  @Test
  void aSmokeRunOfModule01HoldsItsContestsAndWritesItsFiles() throws IOException {
    assertThat(Bench.run("core", "--smoke", "--only", "lru", "--results", folder.toString()))
        .isZero();
    Map<String, Object> workloads =
        Json.object(Json.parseObject(Files.readString(folder.resolve("core.json"))), "workloads");
    assertThat(workloads.keySet()).containsExactly("lru-linkedhashmap", "lru-memory-linkedhashmap");
    Map<String, Object> rate = Json.object(Json.object(workloads, "lru-linkedhashmap"), "rate");
    assertThat(Json.number(rate, "ours")).isPositive();
    assertThat(Json.number(rate, "linkedhashmap")).isPositive();
    assertThat(folder.resolve("core.md")).content().contains("| lru-linkedhashmap.rate |");
    assertThat(folder.resolve("core.svg")).content().contains("lru-linkedhashmap");
  }
}
