package systems.net.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import systems.net.Effort;

/** The commands that serve, each in a process of its own; the client is ours. */
@Tag("phase-7")
final class ServersTest {
  @TempDir Path folder;

  private String fetch(ChildProcess server, String path) throws IOException {
    Path body = folder.resolve("body" + path.replace('/', '-').replace('?', '-'));
    String url = "http://127.0.0.1:" + server.address().getPort() + path;
    Tool.Result result =
        Tool.run("fetch", "--max-time", "10s", "--fail", "-o", body.toString(), url);
    assertThat(result.code()).as(result.err()).isZero();
    return Files.readString(body);
  }

  /** Looks at the page again and again until it says so. */
  private void await(ChildProcess server, String path, String text) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(Effort.seconds());
    String page = "";
    while (System.nanoTime() - deadline < 0 && !page.contains(text)) {
      page = fetch(server, path);
    }
    assertThat(page).contains(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"loop", "threads"})
  void aServerThatIsTerminatedAnswersWhatItHasBegun(String engine) throws Exception {
    Path log = folder.resolve("access.log");
    try (ChildProcess server =
            ChildProcess.start(
                "serve",
                "--port",
                "0",
                "--loops",
                "1",
                "--engine",
                engine,
                "--access-log",
                log.toString());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(fetch(server, "/hello")).isEqualTo("Hello, World!");
      Future<String> slow = threads.submit(() -> fetch(server, "/slow?ms=600"));
      await(server, "/metrics", "http_server_active 2\n");
      assertThat(server.drain()).as("exit code after SIGTERM").isZero();
      assertThat(slow.get(Effort.seconds(), TimeUnit.SECONDS)).isEqualTo("after 600 ms\n");
    }
    assertThat(Files.readString(log)).contains("\"GET /hello HTTP/1.1\" 200 13", "/slow?ms=600");
  }

  @Test
  void aProxyReadsItsFileAgainAndDrains() throws Exception {
    Path config = folder.resolve("proxy.yaml");
    try (ChildProcess one = ChildProcess.start("serve", "--port", "0", "--loops", "1");
        ChildProcess two = ChildProcess.start("upstream")) {
      Files.writeString(config, yaml(one));
      assertThat(Tool.run("proxy", "--check", config.toString()).out()).contains("is right");
      try (ChildProcess proxy =
          ChildProcess.start("proxy", config.toString(), "--port", "0", "--loops", "1")) {
        assertThat(fetch(proxy, "/hello")).isEqualTo("Hello, World!");
        Files.writeString(config, yaml(two));
        awaitAnswer(proxy, "/work");
        assertThat(proxy.drain()).as("exit code after SIGTERM").isZero();
      }
    }
    Files.writeString(config, "listen: nowhere\n");
    Tool.Result wrong = Tool.run("proxy", config.toString());
    assertThat(wrong.code()).isEqualTo(1);
    assertThat(wrong.err()).startsWith("proxy: line ");
  }

  private void awaitAnswer(ChildProcess server, String path) {
    String url = "http://127.0.0.1:" + server.address().getPort() + path;
    String body = folder.resolve("answer").toString();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(Effort.seconds());
    int code = 1;
    while (System.nanoTime() - deadline < 0 && code != 0) {
      code = Tool.run("fetch", "--max-time", "10s", "--fail", "-o", body, url).code();
    }
    assertThat(code).as("what only the new upstream has is there").isZero();
  }

  private static String yaml(ChildProcess upstream) {
    return """
    listen: [127.0.0.1:1]
    clusters:
      app:
        upstreams:
          - address: 127.0.0.1:%d
    routes:
      - {path: /, cluster: app}
    """
        .formatted(upstream.address().getPort());
  }

  @Test
  void aPortThatIsTakenIsSaid() throws Exception {
    try (ChildProcess server = ChildProcess.start("serve", "--port", "0")) {
      assertThat(fetch(server, "/hello")).isEqualTo("Hello, World!");
      String port = String.valueOf(server.address().getPort());
      Tool.Result taken = Tool.run("serve", "--engine", "threads", "--port", port);
      assertThat(taken.code()).isEqualTo(1);
      assertThat(taken.err())
          .contains("cannot listen at 127.0.0.1:" + port, "choose another --port");
      assertThat(Tool.run("serve", "--tls-key", "key.pem").code()).isEqualTo(2);
      assertThat(Tool.run("serve", "--files", "/no/such/directory").code()).isEqualTo(1);
    }
  }

  @Tag("slow")
  @Test
  void theDemoPlaysWithoutAnError() {
    assertThat(Tool.run("demo", "--plain", "--seconds", "5", "--rate", "100").code()).isZero();
  }

  @Tag("slow")
  @Test
  void theRaceIsRun() {
    assertThat(Tool.run("race", "--plain", "--seconds", "2").code()).isZero();
  }
}
