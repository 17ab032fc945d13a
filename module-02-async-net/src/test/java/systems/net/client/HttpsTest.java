package systems.net.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.net.Effort;
import systems.net.engine.Server;
import systems.net.engine.ServerSettings;
import systems.net.engine.Tls;
import systems.net.loop.EventLoop;

/** The client over TLS, on real sockets. */
@Tag("phase-7")
class HttpsTest {
  private static final String PASSWORD = "changeit";

  @TempDir private Path directory;

  /** A key for localhost and no other name, made by the JDK's keytool. */
  private byte[] keys() throws IOException, InterruptedException {
    Path store = directory.resolve("server.p12");
    var keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    String arguments =
        "-genkeypair -alias server -keyalg EC -groupname secp256r1 -dname CN=localhost"
            + " -ext san=dns:localhost -validity 30 -storetype PKCS12 -storepass "
            + PASSWORD
            + " -keystore "
            + store;
    Process process =
        new ProcessBuilder((keytool + " " + arguments).split(" "))
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("keytool.out").toFile())
            .start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return Files.readAllBytes(store);
  }

  private Tls trusting() throws IOException, GeneralSecurityException {
    var all = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(directory.resolve("server.p12"))) {
      all.load(in, PASSWORD.toCharArray());
    }
    var trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("server", all.getCertificate("server"));
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    var context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return Tls.of(context);
  }

  private static String ask(EventLoop loop, HttpClient client, String uri) throws Exception {
    var outcome = new CompletableFuture<String>();
    loop.execute(() ->
        ClientWorld.exchange(client, ClientRequest.get(uri))
            .whenDone((text, failure) ->
                outcome.complete(failure == null ? text : ClientWorld.say(failure))));
    return outcome.get(Effort.seconds(), TimeUnit.SECONDS);
  }

  @Test
  void serverIsCheckedByItsNameAndConnectionsAreKept() throws Exception {
    Tls keys = Tls.ofKeyStore(keys(), PASSWORD.toCharArray());
    var settings = ServerSettings.usual().withLoops(1).with(keys);
    try (var server =
            Server.start(
                settings, (request, response) -> response.send("" + request.isEncrypted()));
        var loop = EventLoop.start("client")) {
      int port = ((InetSocketAddress) server.address()).getPort();
      var resolver = Resolver.system();
      var client =
          new HttpClient(loop, loop, PoolSettings.USUAL, resolver, ClientTls.of(trusting()));
      for (int i = 0; i < 3; i++) {
        assertThat(ask(loop, client, "https://localhost:" + port + "/")).isEqualTo("200 true");
      }
      assertThat(server.stats().connections()).as("connections for three requests").isEqualTo(1);
      assertThat(ask(loop, client, "https://127.0.0.1:" + port + "/"))
          .as("a name that is not in the certificate")
          .isEqualTo("CONNECT");
      var plain = new HttpClient(loop, loop, PoolSettings.USUAL);
      assertThat(ask(loop, plain, "https://localhost:" + port + "/"))
          .as("a client without TLS")
          .isEqualTo("CONNECT");
    }
  }
}
