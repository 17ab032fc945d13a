package systems.course.site;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import systems.course.catalogue.CourseException;

class SiteServerTest {
  @TempDir Path temp;
  private SiteServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeEach
  void serve() throws IOException {
    Path dist = Files.createDirectories(temp.resolve("dist/guide"));
    Files.writeString(temp.resolve("secret.html"), "secret");
    Files.writeString(temp.resolve("dist/index.html"), "home");
    Files.writeString(temp.resolve("dist/404.html"), "there is no such page");
    Files.writeString(temp.resolve("dist/app.js"), "script");
    Files.writeString(dist.resolve("index.html"), "guide");
    Files.writeString(dist.resolve("plans.html"), "plans");
    Files.createSymbolicLink(dist.resolve("link.html"), temp.resolve("secret.html"));
    server = new SiteServer(temp.resolve("dist"), 0);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "/, home, text/html; charset=utf-8",
    "/guide/, guide, text/html; charset=utf-8",
    "/guide/plans, plans, text/html; charset=utf-8",
    "/guide/plans.html, plans, text/html; charset=utf-8",
    "/guide/plans?x=1, plans, text/html; charset=utf-8",
    "/app.js, script, text/javascript; charset=utf-8",
  })
  void cleanAddressesLeadToFiles(String address, String body, String type) throws Exception {
    var response = get(address);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(body);
    assertThat(response.headers().firstValue("Content-Type")).hasValue(type);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/nowhere",
        "/guide/nowhere/",
        "/guide/link",
        "/guide/link.html",
        "/%2e%2e/secret.html",
        "/..%2fsecret.html",
        "/guide/%00"
      })
  void whatIsNotInTheSiteIsAnsweredWithItsOwnPage(String address) throws Exception {
    var response = get(address);
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.body()).isEqualTo("there is no such page");
  }

  @Test
  void rawDotsInAnAddressDoNotLeaveTheFolder() throws Exception {
    try (var socket = new Socket("127.0.0.1", server.address().getPort())) {
      String request = "GET /../secret.html HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).startsWith("HTTP/1.1 404").doesNotContain("secret");
    }
  }

  @Test
  void headHasNoBodyAndOtherMethodsAreRefused() throws Exception {
    var head = HttpRequest.newBuilder(uri("/")).HEAD().build();
    assertThat(client.send(head, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    var post = HttpRequest.newBuilder(uri("/")).POST(BodyPublishers.noBody()).build();
    assertThat(client.send(post, BodyHandlers.ofString()).statusCode()).isEqualTo(405);
  }

  @Test
  void listensOnLoopbackOnly() {
    assertThat(server.address().getHost()).isEqualTo("127.0.0.1");
  }

  @Test
  void takenPortIsASentenceThatSaysWhatToDo() {
    int port = server.address().getPort();
    assertThatThrownBy(() -> new SiteServer(temp.resolve("dist"), port))
        .isInstanceOf(CourseException.class)
        .hasMessage(
            "port %d is taken: end what uses it,"
                + " or choose another, as in --port 0 for any free one",
            port);
  }

  private HttpResponse<String> get(String address) throws Exception {
    return client.send(HttpRequest.newBuilder(uri(address)).build(), BodyHandlers.ofString());
  }

  private URI uri(String address) {
    return URI.create("http://127.0.0.1:" + server.address().getPort() + address);
  }
}
