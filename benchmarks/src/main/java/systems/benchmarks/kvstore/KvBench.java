package systems.benchmarks.kvstore;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import systems.benchmarks.Bench;
import systems.benchmarks.Machine;
import systems.benchmarks.contest.Effort;
import systems.benchmarks.contest.RunOptions;
import systems.benchmarks.figure.Report;
import systems.benchmarks.figure.Results;
import systems.benchmarks.figure.Subject;

/**
 * The command {@code bench kvstore}. A full run takes about an hour on two cores and writes {@code
 * results/kvstore.json}, {@code .md} and {@code .svg}; a quick one a few minutes and writes {@code
 * results/quick/}; a smoke run seconds, and only proves that everything works.
 */
@Command(
    name = "kvstore",
    mixinStandardHelpOptions = true,
    description = "The key-value store against tuned RocksDB: ratios with their spread.",
    subcommands = RocksChecksum.class)
public final class KvBench implements Callable<Integer> {
  private static final Report.Cover COVER =
      new Report.Cover(
          "kvstore",
          "Key-value store against tuned RocksDB",
          "RocksDB",
          "A ratio is ours / RocksDB's: median of the rounds, least and largest in parentheses. For"
              + " rates more is better, for CPU, times and bytes less. Each round measures both in"
              + " turns, each in a fresh process. CPU is that of the whole process an operation.");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private RunOptions options = new RunOptions();

  @Option(names = "--only", split = ",", description = "workloads, by name")
  private List<String> only = List.of();

  @Option(names = "--num", description = "keys of 100-byte values (default: 2000000)")
  private int entries;

  @Option(names = "--keys", description = "big-endian (as db_bench, default) or decimal")
  private String keys = "big-endian";

  @Option(
      names = "--systems",
      split = ",",
      description = "ours,rocksdb: one of them, to look at it")
  private List<String> systems = List.of("ours", "rocksdb");

  @Option(
      names = "--work",
      description = "folder of the stores (default: benchmarks/target/kvstore)")
  private @Nullable Path workFolder;

  /** Made by picocli. */
  public KvBench() {}

  @Override
  public Integer call() throws IOException {
    check();
    PrintWriter out = spec.commandLine().getOut();
    Scale scale = scale();
    Path work = workFolder == null ? Bench.home().resolve("target/kvstore") : workFolder;
    Files.createDirectories(work);
    Machine machine = Machine.here(work);
    out.println(machine.describe());
    out.println(describe(scale));
    Map<Workload, List<Round>> measured =
        new Rounds(work, scale, plan(), contestants(), options.rounds(), out).run();
    Path folder = contestants().size() < 2 ? options.aside() : options.folder();
    options.publish(
        folder, COVER, results(scale, machine, measured), List.of(Workload.values()), machine);
    return 0;
  }

  private void check() {
    options.check();
    if (entries < 0) {
      throw new ParameterException(spec.commandLine(), "--num: 1 or more");
    }
  }

  private Scale scale() {
    Scale base =
        switch (options.effort()) {
          case FULL -> Scale.FULL;
          case QUICK -> Scale.QUICK;
          case SMOKE -> Scale.SMOKE;
        };
    int count = entries == 0 ? base.entries() : entries;
    return Scale.of(base.name(), keys, Integer.toString(count));
  }

  private static String describe(Scale scale) {
    return scale.entries()
        + " keys of 16 bytes ("
        + scale.keys().name().toLowerCase(Locale.ROOT)
        + "), values of 100 bytes (1 KiB: "
        + scale.largeEntries()
        + " keys) that compress to half, memtables of "
        + (scale.memtableBytes() >> 10)
        + " KiB, LZ4 on both sides";
  }

  private List<Workload> asked() {
    return only.isEmpty() ? List.of(Workload.values()) : only.stream().map(Workload::of).toList();
  }

  private Plan plan() {
    return options.effort() == Effort.SMOKE ? Plan.together(asked()) : Plan.separate(asked());
  }

  private List<Contestant> contestants() {
    return Arrays.stream(Contestant.values())
        .filter(contestant -> systems.contains(contestant.title()))
        .toList();
  }

  private Results results(Scale scale, Machine machine, Map<Workload, List<Round>> measured) {
    var head = new LinkedHashMap<String, Object>();
    head.put("module", "kvstore");
    head.put("rival", rival() + ", tuned as RocksEngine says");
    head.put("scale", scale.name());
    head.put("data", describe(scale));
    head.put("jvmFlags", String.join(" ", Rounds.jvmFlags(scale)));
    head.put("machine", machine.toJson());
    var entries = new LinkedHashMap<Subject, Results.Entry>();
    for (Workload workload : asked()) {
      List<Round> each = measured.getOrDefault(workload, List.of());
      if (!each.isEmpty()) {
        entries.put(workload, options.entry("kvstore", each.size(), Round.figures(workload, each)));
      }
    }
    return new Results(head, entries);
  }

  /** The jar's name: asking RocksDB itself would load it into the driver. */
  private static String rival() {
    String jar =
        org.rocksdb.RocksDB.class.getProtectionDomain().getCodeSource().getLocation().getPath();
    return jar.substring(jar.lastIndexOf('/') + 1).replace(".jar", "");
  }
}
