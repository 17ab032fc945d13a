package systems.benchmarks.asyncnet;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import systems.benchmarks.contest.Contest;
import systems.benchmarks.contest.Contest.Rival;
import systems.benchmarks.contest.ContestBench;
import systems.benchmarks.contest.Entrant;
import systems.benchmarks.figure.Goal;
import systems.benchmarks.figure.Metric;
import systems.benchmarks.figure.Report;

/** The command {@code bench async-net}. */
@Command(
    name = "async-net",
    mixinStandardHelpOptions = true,
    description = "Servers, proxy and timers against Netty, nginx and Helidon.")
public final class NetBench extends ContestBench {
  /** Far below what any of them reaches in a closed loop. */
  private static final int REQUESTS_A_SECOND = 8_000;

  private static final String OURS = "ours";

  private static final Report.Cover COVER =
      new Report.Cover(
          "async-net",
          "Module 02 against Netty, nginx and Helidon",
          "the rival",
          "A ratio is ours / the rival's: median of the rounds, least and largest in parentheses."
              + " For rates more is better, for CPU, times and bytes less. `requestCpu` is the CPU"
              + " time of the server's processes, user and system, for each answer; the generator"
              + " shares the cores, so the rate says less. Servers run in turns, each in fresh"
              + " processes, on two loops or with two workers. Ours checks all that it checks in"
              + " use, sends Date, and has its limits and timeouts on.");

  /** Made by picocli. */
  public NetBench() {
    super(
        COVER,
        "GET /hello, 13 bytes, 64 connections that are kept; closed loops by " + Generator.name(),
        Program.JVM_FLAGS);
  }

  @Override
  protected List<Contest> contests(Path folder) {
    return Stream.of(
            loads(folder), latency(folder), Stream.of(timer(), idle()), Stream.of(drain(folder)))
        .flatMap(all -> all)
        .map(NetBench::ofThisMachine)
        .filter(contest -> !contest.rivals().isEmpty())
        .toList();
  }

  /** Without the rivals that are not installed here. */
  private static Contest ofThisMachine(Contest contest) {
    List<Rival> here =
        contest.rivals().stream()
            .filter(rival -> ServerKind.NGINX.isHere() || !rival.entrant().title().equals("nginx"))
            .toList();
    return new Contest(contest.title(), contest.what(), contest.ours(), here);
  }

  private static Stream<Contest> loads(Path folder) {
    return Stream.of(
        new Contest(
            "loop-64",
            "a request on our event loop",
            origin(ServerKind.LOOP, 1, folder),
            List.of(
                cpu(origin(ServerKind.NETTY, 1, folder), 0.85),
                cpu(origin(ServerKind.NGINX, 1, folder), 0.95))),
        new Contest(
            "loop-64x16",
            "the same, 16 requests pipelined",
            origin(ServerKind.LOOP, 16, folder),
            List.of(
                cpu(origin(ServerKind.NETTY, 16, folder), 0.35),
                Rival.of(origin(ServerKind.NGINX, 16, folder)))),
        new Contest(
            "threads-64",
            "a request on a blocking virtual thread",
            origin(ServerKind.THREADS, 1, folder),
            List.of(cpu(origin(ServerKind.HELIDON, 1, folder), 0.8))),
        new Contest(
            "proxy-64",
            "a request through our proxy to nginx; CPU of the proxy alone",
            proxy(ServerKind.LOOP, folder),
            List.of(cpu(proxy(ServerKind.NGINX, folder), 1.2))));
  }

  private static Rival cpu(Entrant entrant, double goal) {
    return Rival.of(entrant, Goal.ratio(Metric.REQUEST_CPU, goal));
  }

  private static Stream<Contest> latency(Path folder) {
    return Stream.of(
        new Contest(
            "latency-64",
            "time to the answer at " + REQUESTS_A_SECOND + " requests a second",
            latency(ServerKind.LOOP, folder),
            List.of(
                Rival.of(latency(ServerKind.NETTY, folder)),
                Rival.of(latency(ServerKind.NGINX, folder)))));
  }

  private static Contest timer() {
    return new Contest(
        "timer",
        "a timer scheduled and one taken back, 10,000 standing",
        timer(OURS, TimerRun.Contestant.OURS),
        List.of(
            Rival.of(timer("netty-wheel", TimerRun.Contestant.WHEEL), Goal.ratio(Metric.CPU, 0.3)),
            Rival.of(timer("netty-loop", TimerRun.Contestant.LOOP))));
  }

  private static Contest idle() {
    return new Contest(
        "idle",
        "a connection that has asked once and is silent, of 10,000",
        idle(ServerKind.LOOP),
        List.of(Rival.of(idle(ServerKind.NETTY), Goal.own(Metric.CONNECTION_BYTES, 2048))));
  }

  private static Contest drain(Path folder) {
    return new Contest(
        "drain",
        "requests that failed while a server under load was replaced, 20 times a round",
        drain(ServerKind.LOOP, folder),
        List.of(Rival.of(drain(ServerKind.NGINX, folder), Goal.ownZero(Metric.FAILED))));
  }

  private static String title(ServerKind server) {
    return switch (server) {
      case LOOP, THREADS -> OURS;
      case NETTY, HELIDON, NGINX -> server.title();
    };
  }

  private static Entrant origin(ServerKind server, int depth, Path folder) {
    return load(LoadRun.Role.ORIGIN, server, depth, folder);
  }

  private static Entrant proxy(ServerKind server, Path folder) {
    return load(LoadRun.Role.PROXY, server, 1, folder);
  }

  private static Entrant load(LoadRun.Role role, ServerKind server, int depth, Path folder) {
    return Entrant.program(
        title(server),
        LoadRun.class,
        role.name(),
        server.name(),
        Integer.toString(depth),
        folder.toString());
  }

  private static Entrant latency(ServerKind server, Path folder) {
    return Entrant.program(
        title(server),
        LatencyRun.class,
        server.name(),
        Integer.toString(REQUESTS_A_SECOND),
        folder.toString());
  }

  private static Entrant timer(String title, TimerRun.Contestant contestant) {
    return Entrant.program(title, TimerRun.class, contestant.name());
  }

  private static Entrant idle(ServerKind server) {
    return Entrant.program(title(server), IdleRun.class, server.name());
  }

  private static Entrant drain(ServerKind server, Path folder) {
    return Entrant.program(title(server), DrainRun.class, server.name(), folder.toString());
  }
}
