package systems.benchmarks.kvstore;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.rocksdb.util.Environment;
import systems.benchmarks.ChildJvm;
import systems.benchmarks.Numbers;
import systems.benchmarks.figure.Metric;

/**
 * Runs a plan, round after round.
 *
 * <pre>
 *   round 1   fillseq: ours, rocksdb   fillrandom: ours, rocksdb   space: ours, rocksdb   ...
 *   round 2   fillseq: rocksdb, ours   fillrandom: rocksdb, ours   ...
 * </pre>
 *
 * <p>What opens a store is measured in a process that starts as users start theirs, from an AOT
 * cache (JEP 483, 515): each system's is trained by one run of the very same worker, with that
 * system and on a copy of that store, before the first measurement. The time without a cache is
 * measured too and stands beside it.
 *
 * <p>One child at a time; before each the file system writes out what the one before has left
 * dirty, so that nobody pays for another's writes. Both systems get the same JVM flags. What one
 * system read must be what the other read: checksums are compared within a round.
 */
final class Rounds {
  private static final List<String> JVM_FLAGS =
      List.of(
          "-Xms2g",
          "-Xmx2g",
          "-XX:+UseParallelGC",
          "-XX:-UsePerfData",
          "--enable-native-access=ALL-UNNAMED",
          "-Djmh.ignoreLock=true");
  private static final List<String> SMOKE_JVM_FLAGS =
      List.of(
          "-Xmx256m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-XX:-UsePerfData",
          "--enable-native-access=ALL-UNNAMED",
          "-Djmh.ignoreLock=true");
  private static final Map<String, Double> GUESS_FACTORS =
      Map.of("full", 1.0, "quick", 0.35, "smoke", 0.1);

  private final Path work;
  private final Scale scale;
  private final Plan plan;
  private final List<Contestant> contestants;
  private final int rounds;
  private final PrintWriter out;
  private final Map<Workload, List<Round>> results = new EnumMap<>(Workload.class);
  private final Map<String, Double> secondsSeen = new HashMap<>();

  Rounds(
      Path work,
      Scale scale,
      Plan plan,
      List<Contestant> contestants,
      int rounds,
      PrintWriter out) {
    this.work = work;
    this.scale = scale;
    this.plan = plan;
    this.contestants = contestants;
    this.rounds = rounds;
    this.out = out;
  }

  /** The JVM flags of a scale, for the results file. */
  static List<String> jvmFlags(Scale scale) {
    return isSmoke(scale) ? SMOKE_JVM_FLAGS : JVM_FLAGS;
  }

  private static boolean isSmoke(Scale scale) {
    return scale.name().equals(Scale.SMOKE.name());
  }

  /** Runs everything; a failed child or a wrong answer ends it. */
  Map<Workload, List<Round>> run() throws IOException {
    Directories.delete(work);
    Files.createDirectories(work.resolve("native"));
    unpackNativeLibrary();
    for (int round = 0; round < rounds; round++) {
      for (int step = 0; step < plan.steps().size(); step++) {
        runStep(round, step);
      }
    }
    return results;
  }

  /** Once, so that not every child does it (and a killed one leaves it behind). */
  private void unpackNativeLibrary() throws IOException {
    String name = Environment.getJniLibraryFileName("rocksdb");
    try (InputStream library = org.rocksdb.RocksDB.class.getResourceAsStream("/" + name)) {
      if (library == null) {
        throw new IOException("rocksdbjni has no library for this machine: " + name);
      }
      Files.copy(library, work.resolve("native").resolve(name));
    }
  }

  private void runStep(int round, int step) throws IOException {
    List<Contestant> order = round % 2 == 0 ? contestants : contestants.reversed();
    var measured = new EnumMap<Workload, Map<Contestant, Measurement>>(Workload.class);
    for (Contestant contestant : order) {
      for (Measurement measurement : runChild(round, step, contestant)) {
        measured
            .computeIfAbsent(measurement.workload(), _ -> new EnumMap<>(Contestant.class))
            .put(contestant, measurement);
      }
    }
    measured.forEach(this::accept);
    if (plan.isLastOnItsStore(step)) {
      deleteStores(plan.steps().get(step).getFirst());
    }
  }

  private void accept(Workload workload, Map<Contestant, Measurement> measurements) {
    results.computeIfAbsent(workload, _ -> new ArrayList<>()).add(new Round(measurements));
  }

  private List<Measurement> runChild(int round, int step, Contestant contestant)
      throws IOException {
    List<Workload> workloads = plan.steps().get(step);
    Files.createDirectories(store(contestant, workloads.getFirst()));
    long start = System.nanoTime();
    boolean cached = workloads.getFirst().startsFromCache() && AotCaches.arePossible();
    List<Measurement> measurements =
        cached
            ? List.of(reopen(contestant, workloads.getFirst()))
            : runChild(contestant, workloads, store(contestant, workloads.getFirst()), List.of());
    secondsSeen.put(step + contestant.title(), (System.nanoTime() - start) / 1e9);
    report(round, step, contestant, measurements);
    return measurements;
  }

  private List<Measurement> runChild(
      Contestant contestant, List<Workload> workloads, Path store, List<String> cacheFlags)
      throws IOException {
    writeOut();
    return ChildJvm.run(
            work.resolve("log.txt"),
            Stream.concat(flags().stream(), cacheFlags.stream()).toList(),
            Worker.class,
            arguments(contestant, workloads, store))
        .stream()
        .map(Measurement::fromJson)
        .toList();
  }

  /**
   * With and without a cache, each time on a copy of the store, so that both find it as it was left
   * by what ran before. The first time, a third process trains the cache.
   */
  private Measurement reopen(Contestant contestant, Workload workload) throws IOException {
    var cache = work.resolve(contestant.title() + "-" + workload.title() + ".aot");
    if (!Files.exists(cache)) {
      reopen(contestant, workload, AotCaches.training(cache));
      AotCaches.check(cache);
    }
    var plain = reopen(contestant, workload, List.of());
    return reopen(contestant, workload, AotCaches.using(cache))
        .with(Metric.NO_CACHE_TIME, plain.values().getOrDefault(Metric.TIME, 0.0));
  }

  private Measurement reopen(Contestant contestant, Workload workload, List<String> cacheFlags)
      throws IOException {
    var folder = work.resolve(contestant.title()).resolve("reopened");
    var copy = folder.resolve("store");
    Directories.delete(folder);
    Files.createDirectories(folder);
    Directories.copy(store(contestant, workload), copy);
    var measurements = runChild(contestant, List.of(workload), copy, cacheFlags);
    Directories.delete(folder);
    return measurements.getFirst();
  }

  private Path store(Contestant contestant, Workload workload) {
    return work.resolve(contestant.title()).resolve(workload.root().title());
  }

  private List<String> flags() {
    return Stream.concat(
            jvmFlags(scale).stream(), Stream.of("-Djava.library.path=" + work.resolve("native")))
        .toList();
  }

  private List<String> arguments(Contestant contestant, List<Workload> workloads, Path store) {
    var arguments = new ArrayList<String>();
    arguments.add(contestant.name());
    arguments.add(store.toString());
    arguments.addAll(scale.toArguments());
    workloads.forEach(workload -> arguments.add(workload.title()));
    return arguments;
  }

  private void deleteStores(Workload workload) throws IOException {
    for (Contestant contestant : contestants) {
      Directories.delete(store(contestant, workload));
    }
  }

  private void writeOut() throws IOException {
    if (isSmoke(scale)) {
      return;
    }
    try {
      new ProcessBuilder("sync").start().waitFor();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    }
  }

  private void report(int round, int step, Contestant contestant, List<Measurement> measurements) {
    String left = Numbers.nanos(secondsLeft(round, step, contestant) * 1e9);
    for (Measurement measurement : measurements) {
      out.printf(
          Locale.ROOT,
          "round %d/%d  %-17s %-8s %-60s %s left%n",
          round + 1,
          rounds,
          measurement.workload().title(),
          contestant.title(),
          summary(measurement),
          left);
    }
    out.flush();
  }

  private static String summary(Measurement measurement) {
    return String.join(
        "  ",
        measurement.values().entrySet().stream()
            .limit(4)
            .map(value -> value.getKey().key() + " " + value.getKey().format(value.getValue()))
            .toList());
  }

  private double secondsLeft(int round, int step, Contestant done) {
    double whole = 0;
    double soFar = 0;
    for (int each = 0; each < plan.steps().size(); each++) {
      for (Contestant contestant : contestants) {
        double seconds = seconds(each, contestant);
        whole += seconds;
        boolean over = each < step || (each == step && isOver(round, contestant, done));
        soFar += over ? seconds : 0;
      }
    }
    return whole * (rounds - round) - soFar;
  }

  private boolean isOver(int round, Contestant contestant, Contestant done) {
    List<Contestant> order = round % 2 == 0 ? contestants : contestants.reversed();
    return order.indexOf(contestant) <= order.indexOf(done);
  }

  private double seconds(int step, Contestant contestant) {
    double guess =
        plan.steps().get(step).stream().mapToInt(Workload::secondsGuess).sum()
            * GUESS_FACTORS.getOrDefault(scale.name(), 1.0);
    return secondsSeen.getOrDefault(step + contestant.title(), guess);
  }
}
