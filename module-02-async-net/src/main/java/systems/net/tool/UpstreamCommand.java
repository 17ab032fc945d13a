package systems.net.tool;

import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import systems.net.engine.Server;
import systems.net.engine.ServerSettings;
import systems.net.http.Request;
import systems.net.http.Response;
import systems.net.web.Router;

/** What {@link DemoCommand} puts behind its proxy: a server that can be told to be slow. */
@Command(
    name = "upstream",
    hidden = true,
    mixinStandardHelpOptions = true,
    description = "A server that PUT /delay/MILLIS slows down; for the demo.")
final class UpstreamCommand implements Callable<Integer> {
  private static final long DRAIN_NANOS = 5_000_000_000L;
  private static final int DIGITS_MAX = 5;

  @Option(names = "--port", defaultValue = "0", description = "0 for a free one")
  private int port;

  @Spec private CommandSpec spec;

  private final AtomicLong delayMillis = new AtomicLong();

  @Override
  public Integer call() throws Failure, InterruptedException {
    var router =
        new Router()
            .on("GET", "/healthz", (request, response) -> response.send("ok\n"))
            .on("GET", "/work", this::work)
            .on("PUT", "/delay/{millis}", this::slow);
    var at = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    try {
      Server server = Server.start(ServerSettings.usual().withLoops(1).withAddress(at), router);
      var bound = (InetSocketAddress) server.address();
      spec.commandLine().getOut().println("listening on http://127.0.0.1:" + bound.getPort());
      Lifetime.untilTerminated(DRAIN_NANOS, server::drain, () -> {});
      return 0;
    } catch (UncheckedIOException taken) {
      throw new Failure("cannot listen at " + at + ": " + Failure.cause(taken).getMessage());
    }
  }

  private void work(Request request, Response response) {
    long millis = delayMillis.get();
    if (millis == 0) {
      response.send("done\n");
    } else {
      var unused = request.loop().schedule(millis * 1_000_000, () -> response.send("done\n"));
      assert unused != null;
    }
  }

  private void slow(Request request, Response response, Router.Match match) {
    String millis = match.get("millis");
    boolean isNumber =
        millis.length() <= DIGITS_MAX && millis.chars().allMatch(c -> c >= '0' && c <= '9');
    if (isNumber) {
      delayMillis.set(Long.parseLong(millis));
    }
    response.status(isNumber ? 204 : 400).send();
  }
}
