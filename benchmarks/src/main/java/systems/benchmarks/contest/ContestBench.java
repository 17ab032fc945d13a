package systems.benchmarks.contest;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import systems.benchmarks.Bench;
import systems.benchmarks.Json;
import systems.benchmarks.Machine;
import systems.benchmarks.contest.Contest.Duel;
import systems.benchmarks.figure.Baseline;
import systems.benchmarks.figure.Report;
import systems.benchmarks.figure.Results;
import systems.benchmarks.figure.Subject;

/**
 * The command of a module whose figures are contests. A full run writes {@code
 * results/MODULE.json}, {@code .md} and {@code .svg}, a quick one {@code results/quick/}.
 */
public abstract class ContestBench implements Callable<Integer> {
  private static final int ROUNDS = 5;
  private static final int QUICK_ROUNDS = 2;
  private static final int ROUNDS_MAX = 100;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--quick", description = "two rounds of less; no baseline comes from it")
  private boolean quick;

  @Option(names = "--smoke", description = "proves that it works, measures nothing")
  private boolean smoke;

  @Option(names = "--record", description = "write the baseline of this architecture")
  private boolean record;

  @Option(names = "--rounds", description = "rounds (default: 5, quick: 2, smoke: 1)")
  private int rounds;

  @Option(names = "--only", split = ",", description = "contests, by the beginning of their names")
  private List<String> only = List.of();

  @Option(names = "--results", description = "folder of the results (default: benchmarks/results)")
  private @Nullable Path resultsFolder;

  @Option(names = "--list", description = "say which contests there are")
  private boolean list;

  private final Report.Cover cover;
  private final String data;
  private final List<String> jvmFlags;

  /**
   * For a module.
   *
   * @param data what is measured on, in words
   * @param jvmFlags of all entrants
   */
  protected ContestBench(Report.Cover cover, String data, List<String> jvmFlags) {
    this.cover = cover;
    this.data = data;
    this.jvmFlags = List.copyOf(jvmFlags);
  }

  /**
   * All contests of the module, in their order.
   *
   * @param folder where they may keep input files
   */
  protected abstract List<Contest> contests(Path folder);

  /** Makes the input files that contests need and that are not there. */
  protected void prepare(List<Contest> contests, Path folder, Effort effort) throws IOException {}

  @Override
  public Integer call() throws IOException {
    check();
    PrintWriter out = spec.commandLine().getOut();
    Path work = Bench.home().resolve("target").resolve(cover.module());
    Files.createDirectories(work);
    List<Contest> all = contests(work);
    if (list) {
      all.forEach(contest -> out.printf("%-28s %s%n", contest.title(), contest.what()));
      out.flush();
      return 0;
    }
    Machine machine = Machine.here(work);
    out.println(machine.describe());
    out.println(data);
    List<Contest> asked = asked(all);
    prepare(asked, work, effort());
    var turns = new Turns(asked, jvmFlags, effort(), roundsOr(), work.resolve("log.txt"), out);
    turns.run();
    finish(results(machine, asked, turns), all, machine, out);
    return 0;
  }

  private Effort effort() {
    return smoke ? Effort.SMOKE : quick ? Effort.QUICK : Effort.FULL;
  }

  private void check() {
    if ((quick && smoke) || (record && (quick || smoke || roundsOr() < ROUNDS))) {
      throw new ParameterException(
          spec.commandLine(), "a baseline needs a full run of at least " + ROUNDS + " rounds");
    }
    if (roundsOr() < 1 || roundsOr() > ROUNDS_MAX) {
      throw new ParameterException(spec.commandLine(), "rounds: 1 to " + ROUNDS_MAX);
    }
  }

  private int roundsOr() {
    return rounds != 0 ? rounds : effort().of(ROUNDS, QUICK_ROUNDS, 1);
  }

  private List<Contest> asked(List<Contest> all) {
    if (only.isEmpty()) {
      return all;
    }
    List<Contest> asked =
        all.stream()
            .filter(contest -> only.stream().anyMatch(name -> contest.title().startsWith(name)))
            .toList();
    if (asked.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "no contest begins so; --list names them");
    }
    return asked;
  }

  private Results results(Machine machine, List<Contest> asked, Turns turns) {
    var head = new LinkedHashMap<String, Object>();
    head.put("module", cover.module());
    head.put("rival", cover.rival());
    head.put("scale", effort().name().toLowerCase(java.util.Locale.ROOT));
    head.put("data", data);
    head.put("jvmFlags", String.join(" ", jvmFlags));
    head.put("machine", machine.toJson());
    Map<Subject, Results.Entry> entries = new LinkedHashMap<>();
    for (Contest contest : asked) {
      for (Duel duel : contest.duels()) {
        entries.put(duel, new Results.Entry(today(), command(), roundsOr(), turns.figures(duel)));
      }
    }
    return new Results(head, entries);
  }

  private static String today() {
    return LocalDate.now(ZoneOffset.UTC).toString();
  }

  private String command() {
    var arguments = spec.commandLine().getParseResult().originalArgs();
    return "bench " + cover.module() + " " + String.join(" ", arguments);
  }

  private void finish(Results measured, List<Contest> all, Machine machine, PrintWriter out)
      throws IOException {
    Path folder = resultsFolder();
    Files.createDirectories(folder);
    String module = cover.module();
    Path file = folder.resolve(module + ".json");
    Path baselineFile =
        Bench.home().resolve("baselines").resolve(machine.arch()).resolve(module + ".json");
    Optional<Baseline> baseline = quick || smoke ? Optional.empty() : Baseline.read(baselineFile);
    if (!smoke) {
      out.println(new Report(cover, measured, machine, baseline).console());
    }
    List<Duel> order = all.stream().flatMap(contest -> contest.duels().stream()).toList();
    Results whole = measured.over(file, order);
    var report = new Report(cover, whole, machine, baseline);
    Files.writeString(file, Json.pretty(whole.toJson()));
    Files.writeString(folder.resolve(module + ".md"), report.markdown());
    Files.writeString(folder.resolve(module + ".svg"), report.svg());
    String verdict = smoke ? "it works; the numbers mean nothing" : report.summary();
    out.println(verdict + "; written: " + file.toAbsolutePath());
    if (record) {
      Baseline.of(today(), whole).write(baselineFile, machine);
      out.println("recorded: " + baselineFile);
    }
    out.flush();
  }

  private Path resultsFolder() {
    if (resultsFolder != null) {
      return resultsFolder;
    }
    Path results = Bench.home().resolve("results");
    return smoke
        ? Bench.home().resolve("target/results")
        : quick ? results.resolve("quick") : results;
  }
}
