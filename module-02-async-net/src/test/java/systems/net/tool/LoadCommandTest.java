package systems.net.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.engine.Server;
import systems.net.engine.ServerSettings;
import systems.net.loop.Timer;
import systems.net.web.Router;

@Tag("phase-7")
final class LoadCommandTest {
  private static final long MILLI = 1_000_000L;
  private Server server;
  private InetSocketAddress address;

  @BeforeEach
  void start() {
    var router =
        new Router()
            .on("GET", "/hello", (request, response) -> response.send("hello"))
            .on(
                "GET",
                "/close",
                (request, response) -> response.header("Connection", "close").send("bye"))
            .on("GET", "/error", (request, response) -> response.status(503).send())
            .on("GET", "/abort", (request, response) -> response.abort())
            .on(
                "GET",
                "/slow",
                (request, response) -> {
                  Timer timer = request.loop().schedule(30 * MILLI, () -> response.send("at last"));
                  response.onDone(why -> timer.cancel());
                })
            .on("GET", "/never", (request, response) -> {});
    server = Server.start(ServerSettings.usual().withLoops(1), router);
    address = (InetSocketAddress) server.address();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Load.Plan plan(String path, int connections, double rate) {
    byte[] request =
        ("GET " + path + " HTTP/1.1\r\nHost: a.example\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    return new Load.Plan(address, request, "GET", connections, 1, rate, 100 * MILLI);
  }

  /** Loads until the sum of the reports is as it should be. */
  private static Load.Report run(Load.Plan plan, Predicate<Load.Report> enough)
      throws InterruptedException {
    var all = new Load.Report();
    long deadline = System.nanoTime() + 10_000 * MILLI;
    try (Load load = Load.start(plan, 2)) {
      while (!enough.test(all) && System.nanoTime() - deadline < 0) {
        LockSupport.parkNanos(MILLI);
        all.add(load.take());
      }
    }
    assertThat(enough.test(all)).as("enough within the deadline: %s", all.troubles).isTrue();
    return all;
  }

  @Test
  void aClosedLoopAsksAgainWhenItIsAnswered() throws InterruptedException {
    Load.Report report = run(plan("/hello", 5, 0), all -> all.answers >= 1_000);
    assertThat(report.troubles).isEmpty();
    assertThat(report.times.count()).isEqualTo(report.answers);
    assertThat(server.stats().connections()).isEqualTo(5);
  }

  @Test
  void aConnectionThatTheServerEndsIsMadeAnew() throws InterruptedException {
    Load.Report report = run(plan("/close", 2, 0), all -> all.answers >= 100);
    assertThat(report.troubles).isEmpty();
    assertThat(server.stats().connections()).isGreaterThanOrEqualTo(100);
  }

  @Test
  void troublesAreCountedByTheirKind() throws InterruptedException {
    run(plan("/error", 2, 0), all -> has(all, Load.Trouble.STATUS_5XX));
    run(plan("/nothing", 2, 0), all -> has(all, Load.Trouble.STATUS_3XX_4XX));
    run(plan("/abort", 2, 0), all -> has(all, Load.Trouble.BROKEN));
    run(plan("/never", 2, 0), all -> has(all, Load.Trouble.TIMEOUT));
    Load.Plan toNobody = plan("/hello", 2, 0);
    server.close();
    run(toNobody, all -> has(all, Load.Trouble.CONNECT));
  }

  private static boolean has(Load.Report report, Load.Trouble trouble) {
    return report.troubles.getOrDefault(trouble, 0L) >= 2;
  }

  @Test
  void aFixedRateMeasuresFromWhenARequestWasDue() throws InterruptedException {
    Load.Report report = run(plan("/slow", 1, 1_000), all -> all.answers >= 20);
    assertThat(report.times.max())
        .as("20 answers take 600 ms, and all 20 requests were due in the first 20 ms")
        .isGreaterThan(300 * MILLI);
  }

  @Test
  void aFixedRateIsKept() throws InterruptedException {
    long begun = System.nanoTime();
    Load.Report report = run(plan("/hello", 4, 500), all -> all.answers >= 100);
    assertThat(System.nanoTime() - begun)
        .as("the time that 100 requests take at 500 a second, and a bit less")
        .isGreaterThan(150 * MILLI);
    assertThat(report.troubles).isEmpty();
  }

  private Tool.Result load(String path, String... options) {
    var arguments = new String[options.length + 6];
    String url = "http://127.0.0.1:" + address.getPort() + path;
    String[] first = {"load", "--duration", "200ms", "--warmup", "50ms", url};
    System.arraycopy(first, 0, arguments, 0, first.length);
    System.arraycopy(options, 0, arguments, first.length, options.length);
    return Tool.run(arguments);
  }

  @Test
  void theCommandTellsPercentilesAndFailsOnErrors() {
    Tool.Result good = load("/hello");
    assertThat(good.code()).as(good.err()).isZero();
    assertThat(good.out()).contains("answers in", "p50 ", "p99 ", "p99.9 ", "max ");
    Tool.Result json = load("/error", "--json", "-c", "1");
    assertThat(json.code()).isEqualTo(1);
    assertThat(json.out())
        .matches("(?s)\\{\"answers\":[0-9]+,.*\"errors\":\\{\"status_5xx\":[0-9]+}}\\s*");
    server.close();
    Tool.Result refused = load("/hello");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("nobody listens at 127.0.0.1:");
    assertThat(load("/hello", "-c", "0").code()).isEqualTo(2);
    assertThat(Tool.run("load", "https://a.example/").code()).isEqualTo(2);
  }
}
