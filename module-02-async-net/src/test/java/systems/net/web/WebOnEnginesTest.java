package systems.net.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import systems.net.Effort;
import systems.net.engine.Engine;
import systems.net.engine.Server;
import systems.net.engine.ServerSettings;

/** The example service on the other two engines. */
@Tag("phase-6")
final class WebOnEnginesTest {
  private static final int BIG_BYTES = 3 << 20;

  @TempDir Path folder;
  private Server server;
  private HttpClient client;
  private String authority;

  private void start(Engine engine) throws Exception {
    Files.write(folder.resolve("big.bin"), new byte[BIG_BYTES]);
    var service =
        new ExampleService(
            new ExampleService.Settings(folder, origin -> true, () -> "", failure -> {}));
    server = Server.start(ServerSettings.usual().with(engine).withLoops(1), service);
    authority = "127.0.0.1:" + ((InetSocketAddress) server.address()).getPort();
    client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://" + authority + path))
        .timeout(Duration.ofSeconds(Effort.seconds()));
  }

  @ParameterizedTest
  @EnumSource(names = {"NETTY", "THREADS"})
  void aBigFileArrivesWholeAndInParts(Engine engine) throws Exception {
    start(engine);
    HttpResponse<byte[]> whole =
        client.send(request("/files/big.bin").build(), BodyHandlers.ofByteArray());
    assertThat(whole.body()).hasSize(BIG_BYTES);
    HttpResponse<byte[]> part =
        client.send(
            request("/files/big.bin").header("Range", "bytes=1000000-1999999").build(),
            BodyHandlers.ofByteArray());
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(part.body()).hasSize(1_000_000);
  }

  @ParameterizedTest
  @EnumSource(names = {"NETTY", "THREADS"})
  void aWebSocketOfTheJdkIsUnderstood(Engine engine) throws Exception {
    start(engine);
    JdkChat.visit(client, authority);
  }
}
