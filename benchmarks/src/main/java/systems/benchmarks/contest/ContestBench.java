package systems.benchmarks.contest;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import systems.benchmarks.Bench;
import systems.benchmarks.Machine;
import systems.benchmarks.contest.Contest.Duel;
import systems.benchmarks.figure.Report;
import systems.benchmarks.figure.Results;
import systems.benchmarks.figure.Subject;

/** The command of a module whose figures are contests. */
public abstract class ContestBench implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private RunOptions options = new RunOptions();

  @Option(names = "--only", split = ",", description = "contests, by the beginning of their names")
  private List<String> only = List.of();

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
    options.check();
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
    prepare(asked, work, options.effort());
    var turns =
        new Turns(
            asked, jvmFlags, options.effort(), options.rounds(), work.resolve("log.txt"), out);
    turns.run();
    List<Duel> order = all.stream().flatMap(contest -> contest.duels().stream()).toList();
    Results measured = results(machine, asked, turns);
    options.publish(options.folder(), cover, measured, order, machine);
    return 0;
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
    head.put("scale", options.effort().name().toLowerCase(Locale.ROOT));
    head.put("data", data);
    head.put("jvmFlags", String.join(" ", jvmFlags));
    head.put("machine", machine.toJson());
    Map<Subject, Results.Entry> entries = new LinkedHashMap<>();
    for (Contest contest : asked) {
      for (Duel duel : contest.duels()) {
        entries.put(duel, options.entry(cover.module(), options.rounds(), turns.figures(duel)));
      }
    }
    return new Results(head, entries);
  }
}
