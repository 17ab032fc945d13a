package systems.net.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.net.Effort;
import systems.net.http.Request;
import systems.net.http.Response;
import systems.net.loop.EventLoop;
import systems.net.loop.Protocol;

/** Handshakes, and ends that are signed or not. */
@Tag("phase-5")
final class TlsTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  private static final String LAST =
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

  @TempDir Path folder;
  private @Nullable Server server;
  private final EventLoop loop = EventLoop.start("client");

  @AfterEach
  void close() {
    loop.close();
    if (server != null) {
      server.close();
    }
  }

  private Server start(Tls tls) {
    server = Server.start(ServerSettings.usual().withLoops(1).with(tls), TlsTest::hello);
    return server;
  }

  private static void hello(Request request, Response response) {
    response.send("hello " + (request.isEncrypted() ? "in secret" : "in the open"));
  }

  private static SSLSocket connect(Server s, Tls tls) throws IOException {
    return connect(((InetSocketAddress) s.address()).getPort(), tls.context());
  }

  private static SSLSocket connect(int port, SSLContext context) throws IOException {
    var plain = new Socket("127.0.0.1", port);
    plain.setSoTimeout(Effort.seconds() * 1000);
    return (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", port, true);
  }

  /** The client's side of ours. */
  private Heard ask(Server s, Tls tls, String host) {
    var heard = new Heard();
    int port = ((InetSocketAddress) s.address()).getPort();
    Protocol protocol = TlsTransport.client(tls, host, port, heard);
    loop.execute(() -> loop.connect(s.address(), Long.MAX_VALUE, protocol));
    return heard;
  }

  // ---- handshakes

  @Test
  void bothOfOurSidesUnderstandEachOther() {
    Tls tls = TestKeys.tls();
    Heard client = ask(start(tls), tls, "localhost");
    client.onLoop(() -> {
      client.transport().write(LAST.getBytes(ISO_8859_1), 0, LAST.length());
      client.transport().flush();
    });
    EngineContract.until("the answer", () -> client.text().endsWith("hello in secret"));
    EngineContract.until("its end", () -> client.calls.contains("inputEnded"));
    client.onLoop(() -> client.transport().finish());
    assertThat(Heard.await(client.closed)).as("cause of an orderly end").isEqualTo("null");
    assertThat(client.transport().tls().getProtocol()).isEqualTo("TLSv1.3");
  }

  @Test
  void aNameThatTheCertificateDoesNotHaveIsRefused() {
    Tls tls = TestKeys.tls();
    Heard client = ask(start(tls), tls, "elsewhere.example");
    assertThat(Heard.await(client.closed)).contains("elsewhere.example");
    assertThat(client.calls).as("calls of who never got a connection").containsExactly("closed");
  }

  @Test
  void aCertificateThatNobodyTrustsIsRefused() {
    Heard client = ask(start(TestKeys.tls()), Tls.client(), "localhost");
    assertThat(Heard.await(client.closed)).contains("SSLHandshakeException");
    assertThat(client.calls).containsExactly("closed");
  }

  @Test
  void theClientIsToldThatThisIsHttp11() throws IOException {
    Tls tls = TestKeys.tls();
    try (var socket = connect(start(tls), tls)) {
      var parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
    }
  }

  @Test
  void whoSpeaksOnlyOldVersionsIsRefused() throws IOException {
    Tls tls = TestKeys.tls();
    try (var socket = connect(start(tls), tls)) {
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      socket.startHandshake();
      assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");
    }
    assumeTrue(EngineContract.has("openssl"), "openssl is not installed: TLS 1.1 is not tried");
    int port = ((InetSocketAddress) server().address()).getPort();
    Process process =
        new ProcessBuilder(
                "openssl", "s_client", "-connect", "127.0.0.1:" + port, "-tls1_1", "-brief")
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), ISO_8859_1);
    assertThat(said).doesNotContain("CONNECTION ESTABLISHED");
  }

  private Server server() {
    assert server != null;
    return server;
  }

  @Test
  void aHandshakeThatDoesNotGoOnEndsInTime() throws IOException {
    Server s = start(TestKeys.tls().withHandshakeNanos(1_000_000_000));
    try (var silent = new RawHttp(s.address())) {
      assertThat(silent.ending())
          .as("how a connection without a handshake ends")
          .isNotEqualTo("Read timed out");
    }
    EngineContract.until("nobody stands", () -> s.connections() == 0);
    assertThat(s.stats().connections()).as("connections that HTTP heard of").isZero();
    answersOthers(s);
  }

  private static void answersOthers(Server s) throws IOException {
    try (var socket = connect(s, TestKeys.tls())) {
      socket.getOutputStream().write(LAST.getBytes(ISO_8859_1));
      assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
          .endsWith("hello in secret");
    }
  }

  @Test
  void whatIsNoTlsEndsTheConnection() throws IOException {
    Server s = start(TestKeys.tls());
    try (var plain = new RawHttp(s.address())) {
      plain.send(GET);
      assertThat(new String(plain.rest(), ISO_8859_1)).doesNotContain("HTTP/1.1");
    }
    EngineContract.until("nobody stands", () -> s.connections() == 0);
    answersOthers(s);
  }

  @Test
  void aHandshakeMayComeByteByByte() throws Exception {
    Tls tls = TestKeys.tls();
    Server s = start(tls);
    try (var relay = new Relay(s);
        var socket = connect(relay.port(), tls.context())) {
      socket.getOutputStream().write(LAST.getBytes(ISO_8859_1));
      assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
          .endsWith("hello in secret");
    }
  }

  /** Passes bytes on, towards the server one by one. */
  private static final class Relay implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0);
    private final CompletableFuture<Boolean> over = new CompletableFuture<>();

    Relay(Server to) throws IOException {
      int port = ((InetSocketAddress) to.address()).getPort();
      Thread.ofPlatform().daemon(true).start(() -> run(port));
    }

    int port() {
      return listener.getLocalPort();
    }

    private void run(int port) {
      try (var client = listener.accept();
          var server = new Socket("127.0.0.1", port)) {
        server.setTcpNoDelay(true);
        var back = Thread.ofPlatform().daemon(true).start(() -> pass(server, client, 4096));
        pass(client, server, 1);
        back.join();
        over.complete(true);
      } catch (IOException | InterruptedException e) {
        over.completeExceptionally(e);
      }
    }

    private static void pass(Socket source, Socket target, int bytesMax) {
      try {
        InputStream in = source.getInputStream();
        OutputStream out = target.getOutputStream();
        byte[] some = new byte[bytesMax];
        for (int n = in.read(some); n >= 0; n = in.read(some)) {
          out.write(some, 0, n);
        }
        target.shutdownOutput();
      } catch (IOException ended) {
        // one of both has gone
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }

  @Test
  void renegotiationIsRefused() throws IOException {
    Tls tls = TestKeys.tls();
    Server s = start(tls);
    try (var socket = connect(s, tls)) {
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      socket.getOutputStream().write(GET.getBytes(ISO_8859_1));
      assertThat(socket.getInputStream().readNBytes(12)).asString(ISO_8859_1).endsWith("200");
      socket.startHandshake(); // in TLS 1.2: another one
      assertThatThrownBy(
              () -> {
                socket.getOutputStream().write(GET.getBytes(ISO_8859_1));
                while (socket.getInputStream().read() >= 0) {
                  Thread.onSpinWait();
                }
                throw new IOException("the end of the connection");
              })
          .isInstanceOf(IOException.class);
    }
    EngineContract.until("nobody stands", () -> s.connections() == 0);
    assertThat(s.stats().requests()).as("requests, of which one came after it").isEqualTo(1);
  }

  // ---- ends

  @Test
  void theServersEndIsSigned() throws IOException {
    Tls tls = TestKeys.tls();
    try (var socket = connect(start(tls), tls)) {
      socket.getOutputStream().write(LAST.getBytes(ISO_8859_1));
      // a socket of the JDK throws when the end has no close_notify before it
      assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
          .endsWith("hello in secret");
    }
  }

  @Test
  void aCutConnectionIsNoEndOfInput() throws Exception {
    var heard = new Heard();
    Tls tls = TestKeys.tls();
    server =
        Server.start(
            ServerSettings.usual().withLoops(1).with(tls),
            (request, response) -> response.upgrade(heard));
    try (var client = new RawHttp(server().address(), 0, tls)) {
      client.send(
          "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: test\r\n\r\n");
      assertThat(client.read().status()).isEqualTo(101);
      client.send("half of some");
      EngineContract.until("the bytes", () -> heard.size() == 12);
      client.cut();
      assertThat(Heard.await(heard.closed)).contains("close_notify");
      assertThat(heard.calls).doesNotContain("inputEnded");
    }
  }

  @Test
  void aDrainWaitsForAHandshakeThatGoesOn() throws Exception {
    Tls tls = TestKeys.tls();
    Server s = start(tls);
    try (var socket = connect(s, tls)) {
      EngineContract.until("the connection", () -> s.connections() == 1);
      CompletableFuture<Boolean> drained = s.drain(TimeUnit.SECONDS.toNanos(20));
      socket.getOutputStream().write(LAST.getBytes(ISO_8859_1));
      assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
          .endsWith("hello in secret");
      socket.shutdownOutput();
      assertThat(Heard.await(drained)).isTrue();
    }
  }

  // ---- files

  @Test
  void aFileThatHoldsNoKeySaysWhatToDo() throws Exception {
    TestKeys.write(folder);
    Path other = Files.writeString(folder.resolve("other"), "-----BEGIN RSA PRIVATE KEY-----\n");
    assertThatThrownBy(() -> Tls.ofPem(folder.resolve("server.crt"), other))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("openssl pkcs8 -topk8");
    assertThatThrownBy(() -> Tls.ofPem(other, folder.resolve("server.key")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(other.toString());
  }
}
