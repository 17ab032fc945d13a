package systems.benchmarks.redis;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import systems.benchmarks.contest.Contest;
import systems.benchmarks.contest.Contest.Rival;
import systems.benchmarks.contest.ContestBench;
import systems.benchmarks.contest.Effort;
import systems.benchmarks.contest.Entrant;
import systems.benchmarks.contest.Servers;
import systems.benchmarks.figure.Goal;
import systems.benchmarks.figure.Metric;
import systems.benchmarks.figure.Report;

/** The command {@code bench redis}. */
@Command(
    name = "redis",
    mixinStandardHelpOptions = true,
    description = "The server against a real Redis: commands, memory, snapshots, durability, tail.")
public final class RedisBench extends ContestBench {
  private static final Report.Cover COVER =
      new Report.Cover(
          "redis",
          "Module 04 against Redis",
          "redis",
          "A ratio is ours / Redis': median of the rounds, least and largest in parentheses. For"
              + " rates more is better, for CPU, times and bytes less. `requestCpu` is the CPU time"
              + " of the server's process, user and system, all threads, for each command; the"
              + " generator shares the cores, so the rate says less. Of several commands, both are"
              + " geometric means. Servers run in turns, each in a fresh process in the foreground"
              + " of its own session, with the same settings. Ours runs on a JVM with the serial"
              + " collector and compact object headers ("
              + String.join(" ", Program.JVM_FLAGS)
              + "), with all its features on.");

  /** Made by picocli. */
  public RedisBench() {
    super(
        COVER,
        "redis-benchmark, "
            + Loads.CONNECTIONS
            + " connections, "
            + Loads.KEYS
            + " random keys; against redis-server on the same machine",
        Program.JVM_FLAGS);
  }

  @Override
  protected List<Contest> contests(Path folder) {
    return List.of(
        load(
            "commands",
            "ten commands, one at a time on each of 50 connections",
            folder,
            run(Loads.TEN, 1, LoadRun.Persistence.MEMORY),
            Goal.ratio(Metric.RATE, 1.0),
            Goal.ratio(Metric.REQUEST_CPU, 1.0)),
        load(
            "commands-x16",
            "the same ten, 16 pipelined",
            folder,
            run(Loads.TEN, 16, LoadRun.Persistence.MEMORY),
            Goal.ratio(Metric.RATE, 1.1),
            Goal.ratio(Metric.REQUEST_CPU, 0.8)),
        load(
            "script-x16",
            "EVAL of a GET, 16 pipelined",
            folder,
            run(Loads.EVAL, 16, LoadRun.Persistence.MEMORY),
            Goal.ratio(Metric.RATE, 0.7)),
        load(
            "always",
            "SET with appendfsync always",
            folder,
            run(Loads.SET, 1, LoadRun.Persistence.ALWAYS),
            Goal.ratio(Metric.RATE, 1.0)),
        contest(
            "memory",
            "a key of 16 bytes with a value of 16 bytes, of a million",
            MemoryRun.class,
            folder,
            Goal.ratio(Metric.ENTRY_BYTES, 0.8)),
        contest(
            "save",
            "memory that BGSAVE adds while values are overwritten",
            SaveRun.class,
            folder,
            Goal.own(Metric.EXTRA_MEMORY, 10)),
        contest(
            "tail",
            "time to the reply at half of Redis' maximal rate",
            TailRun.class,
            folder,
            Goal.ratio(Metric.P999, 1.5)));
  }

  private static String[] run(Loads loads, int depth, LoadRun.Persistence persistence) {
    return new String[] {loads.name(), Integer.toString(depth), persistence.name()};
  }

  private static Contest load(String title, String what, Path folder, String[] run, Goal... goals) {
    return new Contest(
        title,
        what,
        load(ServerKind.OURS, folder, run),
        List.of(Rival.of(load(ServerKind.REDIS, folder, run), goals)));
  }

  private static Entrant load(ServerKind kind, Path folder, String... run) {
    return Entrant.program(
        kind.title(), LoadRun.class, kind.name(), run[0], run[1], run[2], folder.toString());
  }

  private static Contest contest(
      String title, String what, Class<?> main, Path folder, Goal... goals) {
    return new Contest(
        title,
        what,
        Entrant.program("ours", main, ServerKind.OURS.name(), folder.toString()),
        List.of(
            Rival.of(
                Entrant.program("redis", main, ServerKind.REDIS.name(), folder.toString()),
                goals)));
  }

  @Override
  protected void prepare(List<Contest> contests, Path folder, Effort effort) throws IOException {
    for (String command : List.of("setsid", "redis-server", "redis-benchmark")) {
      if (!Servers.isInstalled(command)) {
        throw new IOException("this needs " + command + ": apt-get install redis util-linux");
      }
    }
    if (contests.stream().noneMatch(contest -> contest.title().equals("tail"))) {
      return;
    }
    try {
      TailRun.prepare(folder, effort);
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the rate was measured", hurry);
    }
  }
}
