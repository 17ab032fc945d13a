package systems.benchmarks.core;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import systems.benchmarks.contest.Contest;
import systems.benchmarks.contest.ContestBench;
import systems.benchmarks.contest.Effort;
import systems.benchmarks.figure.Report;

/** The command {@code bench core}. */
@Command(
    name = "core",
    mixinStandardHelpOptions = true,
    description = "Caches, rings, allocators, codecs and columns against the best known ones.",
    subcommands = {DuckDb.class, Streams.class})
public final class CoreBench extends ContestBench {
  private static final List<String> JVM_FLAGS =
      List.of(
          "-XX:-UsePerfData",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow", // rivals use it
          "-Djmh.ignoreLock=true");

  /** Of entrants that run for long; the others start as a command does. */
  static final String[] LONG_RUN = {"-Xms2g", "-Xmx2g", "-XX:+UseParallelGC"};

  static final String[] SHORT_RUN = {"-Xmx2g", "-XX:+UseSerialGC"};

  private static final Report.Cover COVER =
      new Report.Cover(
          "core",
          "Module 01 against the best known of each kind",
          "the rival",
          "A ratio is ours / the rival's: median of the rounds, least and largest in parentheses."
              + " For rates more is better, for CPU, times and bytes less. The rival's name ends"
              + " the figure's. Each round measures all in turns, each in a fresh process. CPU is"
              + " that of the whole process an operation.");

  /** Made by picocli. */
  public CoreBench() {
    super(COVER, "as each contest says; tables generated from a seed", JVM_FLAGS);
  }

  @Override
  protected List<Contest> contests(Path folder) {
    List<Contest> contests = new ArrayList<>(CacheContests.all());
    contests.addAll(KernelContests.all());
    contests.addAll(new ColumnContests(folder.toString()).all());
    return contests;
  }

  @Override
  protected void prepare(List<Contest> contests, Path folder, Effort effort) throws IOException {
    boolean readsFiles =
        contests.stream().anyMatch(each -> each.ours().arguments().contains(folder.toString()));
    if (readsFiles) {
      new InputFiles(folder).make(effort);
    }
  }
}
