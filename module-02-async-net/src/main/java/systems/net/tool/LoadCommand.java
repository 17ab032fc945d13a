package systems.net.tool;

import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Measures a server: see {@link Load}. */
@Command(
    name = "load",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Sends requests over many connections and measures how long the answers take.",
    footer = {
      "%nExamples:",
      "  load -c 64 http://127.0.0.1:8080/hello                closed loop: how much at most?",
      "  load -c 64 --rate 5000 http://127.0.0.1:8080/hello    fixed rate: how long does it take?",
      "%nFails (1) if any request was not answered with a status below 400."
    })
final class LoadCommand implements Callable<Integer> {
  private static final String DEFAULT = " (default: ${DEFAULT-VALUE})";
  private static final long SECOND = 1_000_000_000L;

  @Parameters(paramLabel = "URL", description = "http:// with a host")
  private URI url;

  @Option(
      names = {"-c", "--connections"},
      paramLabel = "N",
      defaultValue = "64",
      description = "connections" + DEFAULT)
  private int connections;

  @Option(
      names = "--pipeline",
      paramLabel = "N",
      defaultValue = "1",
      description = "requests on a connection at a time" + DEFAULT)
  private int pipeline;

  @Option(
      names = "--rate",
      paramLabel = "N",
      description = "requests a second, whether the server keeps up or not (default: closed loop)")
  private @Nullable Double rate;

  @Option(
      names = {"-d", "--duration"},
      paramLabel = "TIME",
      defaultValue = "10s",
      description = "that is measured" + DEFAULT)
  private Duration duration;

  @Option(
      names = "--warmup",
      paramLabel = "TIME",
      defaultValue = "1s",
      description = "before it, that is not" + DEFAULT)
  private Duration warmup;

  @Option(
      names = "--loops",
      paramLabel = "N",
      defaultValue = "1",
      description = "threads of the generator" + DEFAULT)
  private int loops;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "10s",
      description = "for an answer" + DEFAULT)
  private Duration timeout;

  @Option(
      names = {"-X", "--request"},
      paramLabel = "METHOD",
      defaultValue = "GET",
      description = "a method without a body" + DEFAULT)
  private String method;

  @Option(
      names = {"-H", "--header"},
      paramLabel = "FIELD",
      description = "a field: 'Name: value'")
  private List<String> fields = new ArrayList<>();

  @Option(names = "--json", description = "the result as one line of JSON, and no progress")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Failure, InterruptedException {
    Load.Plan plan = plan();
    Load.Report report;
    double seconds;
    try (Load load = Load.start(plan, loops)) {
      Thread.sleep(warmup);
      Load.Report warm = load.take();
      if (warm.answers == 0 && warm.troubles.containsKey(Load.Trouble.CONNECT)) {
        throw new Failure("nobody listens at " + url.getAuthority() + "; is a server there?");
      }
      long begun = System.nanoTime();
      report = measure(load, begun);
      seconds = (System.nanoTime() - begun) / 1e9;
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? json(report, seconds) : text(report, seconds));
    out.flush();
    return report.troubled() == 0 && report.answers > 0 ? 0 : 1;
  }

  private Load.Plan plan() {
    boolean isPlain = "http".equalsIgnoreCase(url.getScheme()) && url.getHost() != null;
    if (!isPlain || connections < 1 || pipeline < 1 || loops < 1 || rate != null && rate <= 0) {
      throw new ParameterException(
          spec.commandLine(), "a URL with http:// and a host; numbers that are positive");
    }
    int port = url.getPort() < 0 ? 80 : url.getPort();
    return new Load.Plan(
        new InetSocketAddress(url.getHost(), port),
        request(),
        method,
        connections,
        pipeline,
        rate == null ? 0 : rate,
        timeout.toNanos());
  }

  private byte[] request() {
    String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    String head = method + " " + path + query + " HTTP/1.1\r\nHost: " + url.getAuthority() + "\r\n";
    String more = fields.stream().map(field -> field + "\r\n").collect(Collectors.joining());
    if (!(head + more).chars().allMatch(c -> c < 0x7f) || more.contains("\n\r\n")) {
      throw new ParameterException(spec.commandLine(), "fields are ASCII, without line ends");
    }
    return (head + more + "\r\n").getBytes(StandardCharsets.US_ASCII);
  }

  /** Takes reports once a second, and shows each. */
  private Load.Report measure(Load load, long begun) throws InterruptedException {
    var all = new Load.Report();
    long end = begun + duration.toNanos();
    long now = begun;
    while (now < end) {
      Thread.sleep(Duration.ofNanos(Math.min(SECOND, end - now)));
      Load.Report part = load.take();
      all.add(part);
      double seconds = (System.nanoTime() - now) / 1e9;
      now = System.nanoTime();
      if (!json) {
        spec.commandLine().getErr().println(progress(part, seconds, now - begun));
      }
    }
    return all;
  }

  private static String progress(Load.Report part, double seconds, long sinceNanos) {
    return "%4d s %,10.0f/s   p50 %9s   p99 %9s   errors %d"
        .formatted(
            Math.round(sinceNanos / 1e9),
            part.answers / seconds,
            time(part, 50),
            time(part, 99),
            part.troubled());
  }

  private static String time(Load.Report report, double percent) {
    return Units.micros(report.times.percentile(percent) / 1e3);
  }

  private String text(Load.Report report, double seconds) {
    var text = new StringBuilder();
    text.append(
        "%,d answers in %.1f s: %,.0f a second, %,d bytes%n"
            .formatted(report.answers, seconds, report.answers / seconds, report.bytes));
    for (double percent : new double[] {50, 90, 99, 99.9}) {
      String name = String.valueOf(percent).replace(".0", "");
      text.append("  p%-6s %10s%n".formatted(name, time(report, percent)));
    }
    text.append("  max     %10s%n".formatted(Units.micros(report.times.max() / 1e3)));
    text.append(
        rate == null ? "closed loop: a stall hides what it would have hurt; see --rate\n" : "");
    report.troubles.forEach(
        (what, count) -> text.append("  %-14s %,d%n".formatted(name(what), count)));
    return text.toString();
  }

  private static String name(Load.Trouble trouble) {
    return trouble.name().toLowerCase(Locale.ROOT);
  }

  private static String json(Load.Report report, double seconds) {
    String troubles =
        report.troubles.entrySet().stream()
            .map(entry -> "\"" + name(entry.getKey()) + "\":" + entry.getValue())
            .collect(Collectors.joining(",", "{", "}"));
    return String.format(
        Locale.ROOT,
        "{\"answers\":%d,\"seconds\":%.3f,\"rate\":%.1f,\"bytes\":%d,\"p50_us\":%.1f,"
            + "\"p90_us\":%.1f,\"p99_us\":%.1f,\"p99.9_us\":%.1f,\"max_us\":%.1f,\"errors\":%s}%n",
        report.answers,
        seconds,
        report.answers / seconds,
        report.bytes,
        report.times.percentile(50) / 1e3,
        report.times.percentile(90) / 1e3,
        report.times.percentile(99) / 1e3,
        report.times.percentile(99.9) / 1e3,
        report.times.max() / 1e3,
        troubles);
  }
}
