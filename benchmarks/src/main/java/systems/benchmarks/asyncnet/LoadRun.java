package systems.benchmarks.asyncnet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import systems.benchmarks.contest.Effort;
import systems.benchmarks.contest.Outcome;
import systems.benchmarks.figure.Metric;

/**
 * {@code LoadRun ORIGIN|PROXY SERVER DEPTH FOLDER}: 64 connections in a closed loop, DEPTH requests
 * on each at a time. Told are the answers a second and the CPU time of the server, or of the proxy
 * alone, for each answer.
 *
 * <p>The generator shares the machine's cores, so the rate says as much about it as about the
 * server; the CPU time is the figure. Warm-up and measurement are two loads of the same server; a
 * native server gets a short warm-up, as it compiles nothing.
 */
final class LoadRun {
  /** What the server does. */
  enum Role {
    ORIGIN,
    PROXY
  }

  private LoadRun() {}

  public static void main(String[] arguments) throws IOException {
    ServerKind kind = ServerKind.valueOf(arguments[1]);
    int depth = Integer.parseInt(arguments[2]);
    Path folder = Files.createDirectories(Path.of(arguments[3]));
    switch (Role.valueOf(arguments[0])) {
      case ORIGIN -> {
        try (Program server = Program.start(kind, folder)) {
          measure(kind, server, depth, folder);
        }
      }
      case PROXY -> {
        try (Program upstream = Program.start(ServerKind.NGINX, folder);
            Program proxy = Program.startProxy(kind, folder, upstream.port())) {
          measure(kind, proxy, depth, folder);
        }
      }
    }
  }

  private static void measure(ServerKind kind, Program server, int depth, Path folder)
      throws IOException {
    Effort effort = Effort.here();
    try (var client = new Client(server.address())) {
      boolean persists = client.ask();
      if (!persists || client.hasEnded()) {
        throw new IOException("a server that does not keep connections: " + client.head());
      }
    }
    Generator.load(server, depth, kind == ServerKind.NGINX ? 1 : effort.of(12, 6, 1), folder);
    long before = server.cpuNanos();
    Generator.Seen seen = Generator.load(server, depth, effort.of(5, 2, 1), folder);
    long cpu = server.cpuNanos() - before;
    new Outcome()
        .with(Metric.RATE, seen.perSecond())
        .with(Metric.REQUEST_CPU, (double) cpu / seen.answers())
        .answering(Client.BODY)
        .tell();
  }
}
