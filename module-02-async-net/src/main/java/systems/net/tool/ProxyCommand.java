package systems.net.tool;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import systems.net.engine.Engine;
import systems.net.engine.Server;
import systems.net.engine.ServerSettings;
import systems.net.http.Handler;
import systems.net.proxy.ConfigException;
import systems.net.proxy.ConfigFile;
import systems.net.proxy.Proxy;
import systems.net.proxy.ProxyConfig;

/** Runs the reverse proxy until it is told to stop. */
@Command(
    name = "proxy",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "A reverse proxy and load balancer, from a configuration file that may change.",
    footer = {
      "%nA configuration:",
      "  listen: [127.0.0.1:8000]",
      "  admin: 127.0.0.1:9000            # /metrics, /spans, /healthz",
      "  clusters:",
      "    app:",
      "      upstreams:",
      "        - address: 127.0.0.1:8081",
      "        - address: 127.0.0.1:8082",
      "  routes:",
      "    - path: /",
      "      cluster: app",
      "%nThe file is read again when it changes; one that is wrong is refused and the proxy goes"
          + " on."
    })
final class ProxyCommand implements Callable<Integer> {
  private static final long WATCH_NANOS = 500_000_000L;

  @Parameters(paramLabel = "CONFIG", description = "a YAML file")
  private Path file;

  @Option(
      names = {"-p", "--port"},
      paramLabel = "PORT",
      description = "instead of the file's port; 0 for a free one")
  private @Nullable Integer port;

  @Option(
      names = "--loops",
      paramLabel = "N",
      description = "threads (default: one for each processor)")
  private @Nullable Integer loops;

  @Option(
      names = "--drain-timeout",
      paramLabel = "TIME",
      defaultValue = "10s",
      description = "for running requests after SIGTERM (default: ${DEFAULT-VALUE})")
  private Duration drainTimeout;

  @Option(names = "--check", description = "reads the file, says whether it is right, and ends")
  private boolean checks;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Failure, InterruptedException {
    ProxyConfig config = load();
    PrintWriter out = spec.commandLine().getOut();
    if (checks) {
      out.println(file + " is right");
      return 0;
    }
    var proxy = new Proxy(config);
    var servers = new ArrayList<Server>();
    for (InetSocketAddress address : config.listen()) {
      servers.add(
          listen(
              port == null ? address : new InetSocketAddress(address.getAddress(), port), proxy));
    }
    InetSocketAddress admin = config.admin();
    if (admin != null) {
      servers.add(listen(admin, proxy.admin()));
    }
    var watched = new ConfigFile(file, proxy);
    watched.watch(WATCH_NANOS, this::tell);
    servers.forEach(server -> out.println("listening on http:/" + server.address()));
    Lifetime.untilTerminated(
        drainTimeout.toNanos(), deadline -> drain(servers, deadline), watched::close);
    return 0;
  }

  private ProxyConfig load() throws Failure {
    try {
      return ProxyConfig.load(file);
    } catch (ConfigException wrong) {
      throw new Failure(String.valueOf(wrong.getMessage()));
    }
  }

  private Server listen(InetSocketAddress address, Handler handler) throws Failure {
    ServerSettings settings = ServerSettings.usual().with(Engine.LOOP).withAddress(address);
    try {
      return Server.start(
          (loops == null ? settings : settings.withLoops(loops))
              .withFailures(failure -> spec.commandLine().getErr().println("failure: " + failure)),
          handler);
    } catch (UncheckedIOException taken) {
      throw new Failure(
          "cannot listen at %s: %s; change the file, or say --port"
              .formatted(address, Failure.cause(taken).getMessage()));
    }
  }

  private void tell(ConfigFile.Outcome outcome) {
    PrintWriter out = spec.commandLine().getOut();
    switch (outcome) {
      case ConfigFile.Outcome.Applied applied -> {
        out.println("the configuration was read again");
        if (applied.listensElsewhere()) {
          out.println("its addresses to listen at take effect after a restart");
        }
      }
      case ConfigFile.Outcome.Unchanged ignored -> out.println("the configuration is the same");
      case ConfigFile.Outcome.Refused refused ->
          out.println("the configuration was refused: " + refused.why().getMessage());
    }
  }

  private static CompletableFuture<Boolean> drain(List<Server> servers, long deadlineNanos) {
    CompletableFuture<Boolean> all = CompletableFuture.completedFuture(true);
    for (Server server : servers) {
      all = all.thenCombine(server.drain(deadlineNanos), Boolean::logicalAnd);
    }
    return all;
  }
}
