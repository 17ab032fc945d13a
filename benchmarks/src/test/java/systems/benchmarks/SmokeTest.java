package systems.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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

  @Test
  void aSmokeRunOfModule02StartsItsServersAndWritesItsFiles() throws IOException {
    assertThat(
            Bench.run(
                "async-net",
                "--smoke",
                "--only",
                "threads-64,timer,idle,drain",
                "--results",
                folder.toString()))
        .isZero();
    Map<String, Object> workloads =
        Json.object(
            Json.parseObject(Files.readString(folder.resolve("async-net.json"))), "workloads");
    assertThat(workloads.keySet())
        .contains("threads-64-helidon", "timer-netty-wheel", "timer-netty-loop", "idle-netty-epoll")
        .doesNotContain("loop-64-netty-epoll");
    Map<String, Object> threads = Json.object(workloads, "threads-64-helidon");
    assertThat(Json.number(Json.object(threads, "requestCpu"), "ours")).isPositive();
    assertThat(Json.number(Json.object(threads, "rate"), "helidon")).isPositive();
    if (workloads.containsKey("drain-nginx")) { // where there is nginx
      Map<String, Object> failed = Json.object(Json.object(workloads, "drain-nginx"), "failed");
      assertThat(Json.number(failed, "ours")).isZero();
    }
    assertThat(folder.resolve("async-net.md")).content().contains("| timer-netty-wheel.cpu |");
    assertThat(folder.resolve("async-net.svg")).content().contains("threads-64-helidon");
  }

  @Test
  void aSmokeRunOfModule04StartsItsServersAndWritesItsFiles() throws IOException {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/redis-server"))
            && Files.isExecutable(Path.of("/usr/bin/redis-benchmark")),
        "no redis-server or redis-benchmark here");
    assertThat(
            Bench.run(
                "redis", "--smoke", "--only", "script,memory", "--results", folder.toString()))
        .isZero();
    Map<String, Object> workloads =
        Json.object(Json.parseObject(Files.readString(folder.resolve("redis.json"))), "workloads");
    assertThat(workloads.keySet()).containsExactly("script-x16-redis", "memory-redis");
    Map<String, Object> bytes = Json.object(Json.object(workloads, "memory-redis"), "entryBytes");
    assertThat(Json.number(bytes, "ours")).isPositive();
    assertThat(Json.number(bytes, "redis")).isPositive();
    assertThat(folder.resolve("redis.md")).content().contains("| memory-redis.entryBytes |");
    assertThat(folder.resolve("redis.svg")).content().contains("script-x16-redis");
  }
}
