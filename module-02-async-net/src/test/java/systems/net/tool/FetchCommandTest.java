package systems.net.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.net.Effort;
import systems.net.engine.Server;
import systems.net.engine.ServerSettings;
import systems.net.web.ExampleService;
import systems.net.web.Router;

@Tag("phase-7")
final class FetchCommandTest {
  private static final String PATIENCE = Effort.of(10, 6) + "s";

  @TempDir Path folder;
  private Server server;
  private String base;
  private Path body;

  @BeforeEach
  void start() throws IOException {
    var service =
        new ExampleService(
            new ExampleService.Settings(null, origin -> true, () -> "", failure -> {}));
    var router =
        new Router()
            .on(
                "GET",
                "/moved",
                (request, response) -> response.status(302).header("Location", "/hello").send())
            .on(
                "GET",
                "/cut",
                (request, response) -> {
                  response.length(100).write(new byte[10], 0, 10);
                  response.abort();
                })
            .on("GET", "/{path...}", service)
            .on("POST", "/{path...}", service);
    server = Server.start(ServerSettings.usual().withLoops(1), router);
    base = "http://127.0.0.1:" + ((InetSocketAddress) server.address()).getPort();
    body = folder.resolve("body");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Tool.Result fetch(String path, String... options) {
    var arguments = new ArrayList<>(List.of("fetch", "-o", body.toString(), base + path));
    arguments.addAll(List.of(options));
    if (!arguments.contains("--max-time")) {
      arguments.addAll(List.of("--max-time", PATIENCE));
    }
    return Tool.run(arguments.toArray(String[]::new));
  }

  @Test
  void theBodyIsWrittenAsItArrives() throws IOException {
    assertThat(fetch("/stream?chunks=3000").code()).isZero();
    assertThat(body).hasSize(3000 << 10);
    assertThat(fetch("/hello").code()).isZero();
    assertThat(body).hasContent("Hello, World!");
  }

  @Test
  void headAndRedirectsAreOptions() throws IOException {
    assertThat(fetch("/moved", "-i").code()).isZero();
    assertThat(Files.readString(body)).startsWith("HTTP/1.1 302 Found\r\n").contains("/hello");
    assertThat(fetch("/moved", "-L").code()).isZero();
    assertThat(body).hasContent("Hello, World!");
  }

  @Test
  void dataIsPostedWithTheFieldsThatWereSaid() throws IOException {
    assertThat(fetch("/echo", "-i", "-d", "some text", "-H", "Content-Type: text/x-test").code())
        .isZero();
    assertThat(Files.readString(body))
        .contains("Content-Type: text/x-test\r\n")
        .endsWith("some text");
    Path file = Files.writeString(folder.resolve("data"), "from a file");
    assertThat(fetch("/echo", "-d", "@" + file).code()).isZero();
    assertThat(body).hasContent("from a file");
  }

  @Test
  void anErrorStatusIsAnAnswerUnlessItIsSaidToBeAFailure() throws IOException {
    assertThat(fetch("/nothing").code()).isZero();
    Tool.Result failed = fetch("/nothing", "--fail");
    assertThat(failed.code()).isEqualTo(1);
    assertThat(failed.err()).contains("answers 404 Not Found");
  }

  @Test
  void whatDoesNotComeWholeIsAFailure() {
    Tool.Result cut = fetch("/cut");
    assertThat(cut.code()).isEqualTo(1);
    assertThat(cut.err()).startsWith("fetch: " + base + "/cut: ");
    Tool.Result late = fetch("/slow?ms=30000", "--max-time", "50ms");
    assertThat(late.code()).isEqualTo(1);
    assertThat(late.err()).contains("--max-time");
  }

  @Test
  void whereNobodyListensTheMessageSaysWhatToDo() throws IOException {
    int port;
    try (var closed = new ServerSocket(0)) {
      port = closed.getLocalPort();
    }
    String url = "http://127.0.0.1:" + port + "/";
    Tool.Result refused = Tool.run("fetch", "--max-time", PATIENCE, url);
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains("is a server there, and is it the right port?");
  }

  @Test
  void aWrongCommandLineIsTwoAndShowsHowToUseIt() {
    assertThat(fetch("/hello").code()).as("a right one").isZero();
    for (String[] wrong :
        new String[][] {
          {"fetch"},
          {"fetch", "ftp://a.example/"},
          {"fetch", base, "-H", "no field"},
          {"fetch", base, "--max-time", "soon"},
          {"fetch", base, "-X", "no token"},
          {}
        }) {
      Tool.Result result = Tool.run(wrong);
      assertThat(result.code()).as(String.join(" ", wrong)).isEqualTo(2);
      assertThat(result.err()).as(String.join(" ", wrong)).contains("Usage: async-net");
    }
    assertThat(Tool.run("fetsch").err()).contains("Did you mean: async-net fetch");
    Tool.Result help = Tool.run("fetch", "--help");
    assertThat(help.code()).isZero();
    assertThat(help.out()).contains("--max-time");
  }
}
