package systems.kvstore.tool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import systems.kvstore.Effort;

/**
 * RocksDB's own {@code ldb} and {@code sst_dump} side by side with ours, on the same directories.
 * Runs where they are installed (Debian: {@code rocksdb-tools}).
 */
@EnabledIf(value = "ldbIsInstalled", disabledReason = "ldb and sst_dump are not on the PATH")
class LdbOracleTest {
  /** Each is run by both and must print the same; idump flushes, so it works on copies. */
  private static final List<String> READS =
      List.of(
          "scan",
          "scan --hex",
          "scan --no_value",
          "scan --max_keys=3",
          "scan --from=key3 --to=key6",
          "scan --key_hex --from=0x6b657935",
          "scan --from=z",
          "scan --from=b --to=a",
          "dump",
          "dump --count_only",
          "dump --hex --max_keys=2",
          "dump --value_hex --from=key7",
          "get key1",
          "get key2",
          "get nothing",
          "get",
          "get --hex 0x6b657931",
          "get --value_hex empty",
          "put onlykey",
          "batchput a b c",
          "scan --nonsense",
          "checkconsistency",
          "list_live_files_metadata",
          "list_live_files_metadata --sort_by_filename",
          "get_property rocksdb.num-files-at-level0",
          "get_property rocksdb.nothing",
          "manifest_dump",
          "manifest_dump --hex",
          "idump",
          "idump --hex",
          "idump --max_keys=2",
          "idump --from=key2 --to=key5",
          "idump --count_only");

  @TempDir Path folder;

  static boolean ldbIsInstalled() {
    return Stream.of("ldb", "sst_dump")
        .allMatch(name ->
            Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(path -> Files.isExecutable(Path.of(path, name))));
  }

  private record Printed(int code, String out) {}

  private Printed theirs(String program, List<String> words) {
    try {
      List<String> command = new ArrayList<>(List.of(program));
      words.forEach(word -> command.add(word.replace("DIR", folder.toString())));
      var process =
          new ProcessBuilder(command)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .redirectInput(Path.of("/dev/null").toFile())
              .start();
      String out = new String(process.getInputStream().readAllBytes(), UTF_8);
      return new Printed(process.waitFor(), out.replace(folder.toString(), "DIR"));
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private Printed ours(List<String> words) {
    var ended = new Shell(folder).run(words.toArray(String[]::new));
    return new Printed(ended.code(), ended.out());
  }

  private Printed ldb(String store, String command) {
    return theirs("ldb", words(store, command));
  }

  private Printed we(String store, String command) {
    return ours(words(store, command));
  }

  private static List<String> words(String store, String command) {
    List<String> words = new ArrayList<>(List.of(command.split(" ")));
    words.add("--db=DIR/" + store);
    return words;
  }

  private void copy(String from, String to) throws IOException {
    Files.createDirectories(folder.resolve(to));
    try (var files = Files.list(folder.resolve(from))) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(to).resolve(file.getFileName()));
      }
    }
  }

  /** Two tables and a log, with overwrites, deletions, a range deletion and an empty value. */
  private static final List<String> WRITES =
      List.of(
          "batchput key1 one key2 two key3 three key4 four key5 five --create_if_missing",
          "put key2 TWO",
          "delete key4",
          "compact",
          "batchput key6 six key7 seven key8 eight",
          "put key1 ONE",
          "deleterange key7 key8",
          "put empty x");

  @TestFactory
  @Tag("phase-5")
  Stream<DynamicTest> readsOfOurStoreAgree() {
    WRITES.forEach(write -> assertThat(we("a", write).code()).as(write).isZero());
    return READS.stream().map(read -> DynamicTest.dynamicTest(read, () -> agree("a", read)));
  }

  @TestFactory
  @Tag("phase-5")
  Stream<DynamicTest> readsOfTheirStoreAgree() {
    for (String write : WRITES) {
      assertThat(ldb("b", write + " --compression_type=no").code()).as(write).isZero();
    }
    return READS.stream()
        .filter(read -> !read.contains("put") && !read.contains("nothing"))
        .map(read -> DynamicTest.dynamicTest(read, () -> agree("b", read)));
  }

  private void agree(String store, String read) throws IOException {
    boolean changes = read.startsWith("idump");
    String mine = changes ? "mine" + READS.indexOf(read) : store;
    String other = changes ? "other" + READS.indexOf(read) : store;
    if (changes) {
      copy(store, mine);
      copy(store, other);
    }
    var expected = ldb(other, read);
    var found = we(mine, read);
    assertThat(comparable(found.out(), mine)).isEqualTo(comparable(expected.out(), other));
    assertThat(found.code() == 0).isEqualTo(expected.code() == 0);
  }

  /** Without what reading itself changes: the name of the copy, numbers that opening gave away. */
  private static String comparable(String out, String store) {
    return out.replace("/" + store + "/", "/store/")
        .replaceAll("(?m)^next_file_number.*$", "next_file_number")
        .replaceAll("(?m)^log number: .*$", "log number");
  }

  @Test
  @Tag("phase-5")
  void writesInTurnsLeaveOneStoreThatBothRead() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    var model = new TreeMap<String, String>();
    we("t", "put k x --create_if_missing");
    model.put("k", "x");
    assertThat(we("t", "deleterange k0 k1").code()).as("deleterange").isZero();
    for (int i = 0; i < Effort.of(25, 10); i++) {
      String write = randomWrite(random, model, i);
      var printed =
          random.nextBoolean() ? ldb("t", write + " --compression_type=no") : we("t", write);
      assertThat(printed.code()).as("seed %d, write %d: %s", seed, i, write).isZero();
    }
    String expected =
        model.entrySet().stream()
            .map(entry -> entry.getKey() + " : " + entry.getValue() + "\n")
            .collect(Collectors.joining());
    assertThat(we("t", "scan").out()).as("seed %d", seed).isEqualTo(expected);
    assertThat(ldb("t", "scan").out()).as("seed %d", seed).isEqualTo(expected);
    assertThat(we("t", "verify").code()).isZero();
  }

  private static String randomWrite(Random random, TreeMap<String, String> model, int i) {
    String key = "k" + random.nextInt(30);
    switch (random.nextInt(6)) {
      case 0 -> {
        model.remove(key);
        return "delete " + key;
      }
      case 1 -> {
        String end = "k" + random.nextInt(30);
        if (key.compareTo(end) < 0) {
          model.subMap(key, end).clear();
        }
        return "deleterange " + (key.compareTo(end) < 0 ? key + " " + end : key + " " + key);
      }
      case 2 -> {
        return "compact";
      }
      default -> {
        model.put(key, "v" + i);
        return "put " + key + " v" + i;
      }
    }
  }

  @Test
  @Tag("phase-5")
  void logsReadTheSame() throws IOException {
    WRITES.forEach(write -> assertThat(we("a", write).code()).as(write).isZero());
    ldb("b", "batchput k1 v1 k2 v2 --create_if_missing");
    int logs = 0;
    for (String store : List.of("a", "b")) {
      try (var files = Files.list(folder.resolve(store))) {
        for (Path log : files.filter(file -> file.toString().endsWith(".log")).toList()) {
          var dump = List.of("dump_wal", "--walfile=" + log, "--header", "--print_value");
          assertThat(ours(dump)).isEqualTo(theirs("ldb", dump));
          logs++;
        }
      }
    }
    assertThat(logs).isGreaterThan(1);
  }

  @Test
  @Tag("phase-4")
  void tablesReadTheSame() throws IOException {
    we("a", "batchput key1 one key2 two key3 three --create_if_missing");
    we("a", "delete key2");
    we("a", "compact");
    ldb("b", "batchput key1 one key2 two key3 three --create_if_missing");
    ldb("b", "compact --compression_type=no");
    int tables = 0;
    for (String store : List.of("a", "b")) {
      for (String action : List.of("check", "scan", "verify", "identify", "scan --output_hex")) {
        List<String> words = new ArrayList<>(List.of("--file=DIR/" + store));
        words.addAll(List.of(("--command=" + action).split(" ")));
        var theirs = theirs("sst_dump", words);
        words.addFirst("sst_dump");
        var expected = new Printed(theirs.code(), theirs.out().replaceFirst(".*\n", ""));
        assertThat(ours(words)).as(store + ": " + action).isEqualTo(expected);
        tables++;
      }
    }
    assertThat(tables).isEqualTo(10);
  }
}
