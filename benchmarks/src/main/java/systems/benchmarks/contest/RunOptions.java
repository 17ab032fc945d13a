package systems.benchmarks.contest;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import systems.benchmarks.Bench;
import systems.benchmarks.Json;
import systems.benchmarks.Machine;
import systems.benchmarks.figure.Baseline;
import systems.benchmarks.figure.Figure;
import systems.benchmarks.figure.Report;
import systems.benchmarks.figure.Results;
import systems.benchmarks.figure.Subject;

/**
 * How much a module's comparison does and where its results go: the options that all of these
 * commands have. A full run writes {@code results/MODULE.json}, {@code .md} and {@code .svg}, a
 * quick one {@code results/quick/}, and a smoke run {@code target/results/}.
 */
public final class RunOptions {
  private static final int ROUNDS = 5;
  private static final int QUICK_ROUNDS = 2;
  private static final int ROUNDS_MAX = 100;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(names = "--quick", description = "two rounds of less; no baseline comes from it")
  private boolean quick;

  @Option(names = "--smoke", description = "seconds; proves that it works, measures nothing")
  private boolean smoke;

  @Option(names = "--record", description = "write the baseline of this architecture")
  private boolean record;

  @Option(names = "--rounds", description = "rounds (default: 5, quick: 2, smoke: 1)")
  private int rounds;

  @Option(names = "--results", description = "folder of the results (default: benchmarks/results)")
  private @Nullable Path resultsFolder;

  /** Made by picocli. */
  public RunOptions() {}

  /**
   * Whether the options make sense together.
   *
   * @throws ParameterException if they do not
   */
  public void check() {
    if ((quick && smoke) || (record && (quick || smoke || rounds() < ROUNDS))) {
      throw new ParameterException(
          spec.commandLine(), "a baseline needs a full run of at least " + ROUNDS + " rounds");
    }
    if (rounds() < 1 || rounds() > ROUNDS_MAX) {
      throw new ParameterException(spec.commandLine(), "rounds: 1 to " + ROUNDS_MAX);
    }
  }

  public Effort effort() {
    return smoke ? Effort.SMOKE : quick ? Effort.QUICK : Effort.FULL;
  }

  public int rounds() {
    return rounds != 0 ? rounds : effort().of(ROUNDS, QUICK_ROUNDS, 1);
  }

  /** Where results of a comparison go. */
  public Path folder() {
    Path results = Bench.home().resolve("results");
    return switch (effort()) {
      case FULL -> asked(results);
      case QUICK -> asked(results.resolve("quick"));
      case SMOKE -> aside();
    };
  }

  /** Where results go that compare nothing. */
  public Path aside() {
    return asked(Bench.home().resolve("target/results"));
  }

  private Path asked(Path otherwise) {
    return resultsFolder != null ? resultsFolder : otherwise;
  }

  /** As it stands beside what was measured today. */
  public Results.Entry entry(String module, int rounds, List<Figure> figures) {
    var arguments = spec.commandLine().getParseResult().originalArgs();
    String command = "bench " + module + " " + String.join(" ", arguments);
    return new Results.Entry(today(), command, rounds, figures);
  }

  private static String today() {
    return LocalDate.now(ZoneOffset.UTC).toString();
  }

  /**
   * Prints what was measured, beside the baseline, and writes the files.
   *
   * @param all subjects of the module, in their order
   */
  public void publish(
      Path folder,
      Report.Cover cover,
      Results measured,
      List<? extends Subject> all,
      Machine machine)
      throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    String module = cover.module();
    Path baselineFile =
        Bench.home().resolve("baselines").resolve(machine.arch()).resolve(module + ".json");
    Optional<Baseline> baseline =
        effort() == Effort.FULL ? Baseline.read(baselineFile) : Optional.empty();
    if (!smoke) {
      out.println(new Report(cover, measured, machine, baseline).console());
    }
    Path file = folder.resolve(module + ".json");
    Results whole = measured.over(file, all);
    var report = new Report(cover, whole, machine, baseline);
    Files.createDirectories(folder);
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
}
