package systems.net.tool;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import systems.net.engine.Engine;
import systems.net.engine.Server;
import systems.net.engine.ServerSettings;
import systems.net.engine.Tls;
import systems.net.http.Handler;
import systems.net.http.Limits;
import systems.net.http.Timeouts;
import systems.net.web.AccessLog;
import systems.net.web.ExampleService;

/** Serves the example service until it is told to stop. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Serves an example service: notes, streams, files, a chat room. See its /.",
    footer = {
      "%nExamples:",
      "  serve --port 8080 --files .",
      "  serve --engine threads --access-log access.log",
      "%nSIGTERM drains: running requests are answered, new ones are not accepted."
    })
final class ServeCommand implements Callable<Integer> {
  private static final String DEFAULT = " (default: ${DEFAULT-VALUE})";

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      defaultValue = "loop",
      description = "loop, netty or threads" + DEFAULT)
  private Engine engine;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      defaultValue = "127.0.0.1",
      description = "address to listen at; 0.0.0.0 for all" + DEFAULT)
  private String host;

  @Option(
      names = {"-p", "--port"},
      paramLabel = "PORT",
      defaultValue = "8080",
      description = "port to listen at; 0 for a free one" + DEFAULT)
  private int port;

  @Option(
      names = "--loops",
      paramLabel = "N",
      description = "threads of the loop and netty engines (default: one for each processor)")
  private @Nullable Integer loops;

  @Option(names = "--files", paramLabel = "DIR", description = "serves the files of DIR at /files/")
  private @Nullable Path files;

  @Option(names = "--tls-cert", paramLabel = "FILE", description = "PEM certificate chain")
  private @Nullable Path certificate;

  @Option(names = "--tls-key", paramLabel = "FILE", description = "PEM key, PKCS #8")
  private @Nullable Path key;

  @Option(
      names = "--access-log",
      paramLabel = "FILE",
      description = "one line for each request; rotated at 64 MiB")
  private @Nullable Path accessLog;

  @Option(
      names = "--connections",
      paramLabel = "N",
      defaultValue = "100000",
      description = "connections at a time" + DEFAULT)
  private int connections;

  @Option(
      names = "--connections-per-address",
      paramLabel = "N",
      defaultValue = "100000",
      description = "of one peer" + DEFAULT)
  private int connectionsPerAddress;

  @Option(
      names = "--backlog",
      paramLabel = "N",
      defaultValue = "1024",
      description = "connections that wait to be accepted" + DEFAULT)
  private int backlog;

  @Option(
      names = "--body-max",
      paramLabel = "SIZE",
      defaultValue = "1g",
      description = "of a request's body" + DEFAULT)
  private Units.Bytes bodyMax;

  @Option(
      names = "--header-max",
      paramLabel = "SIZE",
      defaultValue = "32k",
      description = "of a request's fields" + DEFAULT)
  private Units.Bytes headerMax;

  @Option(
      names = "--header-timeout",
      paramLabel = "TIME",
      defaultValue = "10s",
      description = "for a request's head" + DEFAULT)
  private Duration headerTimeout;

  @Option(
      names = "--body-timeout",
      paramLabel = "TIME",
      defaultValue = "30s",
      description = "between two pieces of a body" + DEFAULT)
  private Duration bodyTimeout;

  @Option(
      names = "--idle-timeout",
      paramLabel = "TIME",
      defaultValue = "60s",
      description = "between two requests" + DEFAULT)
  private Duration idleTimeout;

  @Option(
      names = "--write-timeout",
      paramLabel = "TIME",
      defaultValue = "30s",
      description = "while the peer takes nothing" + DEFAULT)
  private Duration writeTimeout;

  @Option(
      names = "--drain-timeout",
      paramLabel = "TIME",
      defaultValue = "10s",
      description = "for running requests after SIGTERM" + DEFAULT)
  private Duration drainTimeout;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Failure, InterruptedException {
    AccessLog log = openLog();
    var running = new AtomicReference<@Nullable Server>();
    ExampleService service = service(running);
    Handler handler = log == null ? service : log.around(service);
    Server server = start(handler);
    running.set(server);
    var address = (InetSocketAddress) server.address();
    String scheme = certificate == null ? "http" : "https";
    spec.commandLine()
        .getOut()
        .println("listening on " + scheme + "://" + host + ":" + address.getPort());
    Lifetime.untilTerminated(
        drainTimeout.toNanos(),
        deadline -> {
          service.drain();
          return server.drain(deadline);
        },
        () -> close(log));
    return 0;
  }

  private @Nullable AccessLog openLog() throws Failure {
    try {
      return accessLog == null ? null : AccessLog.open(accessLog, AccessLog.Settings.USUAL);
    } catch (IOException refused) {
      throw new Failure("cannot write the access log " + accessLog + ": " + refused.getMessage());
    }
  }

  private static void close(@Nullable AccessLog log) {
    try {
      if (log != null) {
        log.close();
      }
    } catch (IOException full) {
      System.err.println("the access log was not closed: " + full.getMessage());
    }
  }

  private ExampleService service(AtomicReference<@Nullable Server> running) throws Failure {
    try {
      return new ExampleService(
          new ExampleService.Settings(
              files, this::isOurs, () -> metrics(running.get()), this::report));
    } catch (IOException unreadable) {
      throw new Failure("cannot serve files of " + files + ": " + unreadable.getMessage());
    }
  }

  private static String metrics(@Nullable Server server) {
    return server == null ? "" : ServerMetrics.text(server.stats());
  }

  /** Pages of this machine may enter the chat room, and clients that are no browsers. */
  private boolean isOurs(@Nullable String origin) {
    return origin == null
        || origin.matches("https?://(localhost|127\\.0\\.0\\.1|\\[::1])(:[0-9]+)?")
        || origin.matches("https?://\\Q" + host + "\\E(:[0-9]+)?");
  }

  private void report(Throwable failure) {
    spec.commandLine().getErr().println("failure: " + failure);
  }

  private Server start(Handler handler) throws Failure {
    try {
      return Server.start(settings(), handler);
    } catch (UncheckedIOException taken) {
      throw new Failure(
          "cannot listen at %s:%d: %s; choose another --port, or 0 for a free one"
              .formatted(host, port, Failure.cause(taken).getMessage()));
    }
  }

  private ServerSettings settings() throws Failure {
    ServerSettings settings = ServerSettings.usual();
    try {
      return new ServerSettings(
          engine,
          new InetSocketAddress(host, port),
          loops == null ? settings.loops() : loops,
          backlog,
          connections,
          connectionsPerAddress,
          limits(),
          new Timeouts(
              headerTimeout.toNanos(),
              bodyTimeout.toNanos(),
              idleTimeout.toNanos(),
              writeTimeout.toNanos()),
          tls(),
          this::report);
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()));
    }
  }

  private Limits limits() {
    Limits usual = Limits.USUAL;
    return new Limits(
        usual.requestLineBytes(),
        Math.toIntExact(Math.min(headerMax.count(), Integer.MAX_VALUE)),
        usual.headerCount(),
        bodyMax.count(),
        usual.trailerBytes(),
        usual.drainBytes(),
        usual.requestsPerConnection());
  }

  private @Nullable Tls tls() throws Failure {
    if (certificate == null && key == null) {
      return null;
    }
    if (certificate == null || key == null) {
      throw new ParameterException(spec.commandLine(), "--tls-cert and --tls-key belong together");
    }
    try {
      return Tls.ofPem(certificate, key);
    } catch (IOException unusable) {
      throw new Failure("cannot use the certificate: " + unusable.getMessage());
    }
  }
}
