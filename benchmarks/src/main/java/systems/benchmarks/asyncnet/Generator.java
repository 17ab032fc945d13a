package systems.benchmarks.asyncnet;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import systems.benchmarks.Json;
import systems.benchmarks.contest.Servers;
import systems.net.tool.Main;

/**
 * A closed loop over 64 connections, from a process of its own: wrk where it is installed, since it
 * leaves most of the shared cores to the server, else module 02's own {@code load}. All servers of
 * a run get the same one. Both parse each answer; one that is missing, cut off or an error ends the
 * run.
 *
 * <p>16 requests are pipelined as one write, which a client may do with GET (RFC 9112 §9.3.2). Both
 * send what the standard demands and nothing else: the request line and Host.
 */
final class Generator {
  static final int CONNECTIONS = 64;

  private static final Pattern ANSWERS = Pattern.compile("([0-9]+) requests in ([0-9.]+)(s|m|ms),");
  private static final String SCRIPT =
      """
      init = function(args)
        local all = {}
        for i = 1, %d do all[i] = wrk.format() end
        requests = table.concat(all)
      end
      request = function() return requests end
      """;

  private Generator() {}

  /** What clients have seen. */
  record Seen(long answers, double perSecond) {}

  /** The generator of this machine. */
  static String name() {
    return hasWrk() ? "wrk" : "module 02's own generator";
  }

  private static boolean hasWrk() {
    return Servers.isInstalled("wrk");
  }

  /**
   * Loads a server.
   *
   * @param depth requests on a connection at a time
   * @param folder for what the generator needs
   */
  static Seen load(Program server, int depth, int seconds, Path folder) throws IOException {
    return hasWrk() ? wrk(server, depth, seconds, folder) : own(server, depth, seconds);
  }

  private static Seen wrk(Program server, int depth, int seconds, Path folder) throws IOException {
    var command = new ArrayList<String>(List.of(Servers.find("wrk").toString(), "-t1"));
    command.addAll(List.of("-c" + CONNECTIONS, "-d" + seconds + "s", "--timeout", "10s"));
    if (depth > 1) {
      Path script = folder.resolve("pipeline.lua");
      Files.writeString(script, SCRIPT.formatted(depth));
      command.addAll(List.of("-s", script.toString()));
    }
    command.add(server.url());
    String told = run(command);
    Matcher answers = ANSWERS.matcher(told);
    if (!answers.find() || told.contains("Socket errors") || told.contains("Non-2xx")) {
      throw new IOException("a load ended with errors: " + told.strip());
    }
    long count = Long.parseLong(answers.group(1));
    return new Seen(count, count / seconds(answers.group(2), answers.group(3)));
  }

  private static double seconds(String number, String unit) {
    double value = Double.parseDouble(number);
    return switch (unit) {
      case "ms" -> value / 1000;
      case "m" -> value * 60;
      default -> value;
    };
  }

  private static Seen own(Program server, int depth, int seconds) throws IOException {
    var command = new ArrayList<>(Program.javaCommand(Main.class));
    command.addAll(List.of("load", "--json", "--warmup", "0s", "--duration", seconds + "s"));
    command.addAll(List.of("--connections", Integer.toString(CONNECTIONS)));
    command.addAll(List.of("--pipeline", Integer.toString(depth), server.url()));
    Map<String, Object> told = Json.parseObject(run(command).strip());
    return new Seen((long) Json.number(told, "answers"), Json.number(told, "rate"));
  }

  private static String run(List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Servers.endWithThisProcess(process);
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException("a load ended with errors: " + told.strip());
      }
      return told;
    } catch (InterruptedException hurry) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a load ran", hurry);
    }
  }
}
