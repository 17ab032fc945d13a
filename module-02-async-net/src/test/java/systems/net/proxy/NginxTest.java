package systems.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that nobody here wrote, behind the proxy and in front of it. */
@Tag("phase-7")
class NginxTest {
  private static final int FILE_BYTES = 3 << 20;
  private static final int START_TRIES = 500;

  @TempDir private Path directory;

  /** A process that is ended with the test. */
  private record Nginx(Process process, int port) implements AutoCloseable {
    @Override
    public void close() {
      process.destroy();
      try {
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException interrupted) {
        process.destroyForcibly();
      }
    }
  }

  private Nginx start(String http) throws IOException {
    int port = freePort();
    Path config = directory.resolve("nginx.conf");
    Files.writeString(
        config,
        """
        daemon off; master_process off; pid %1$s/pid; error_log %1$s/error;
        events { worker_connections 256; }
        http {
          access_log off;
          client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy;
          fastcgi_temp_path %1$s/f; uwsgi_temp_path %1$s/u; scgi_temp_path %1$s/s;
          %3$s
          server { listen 127.0.0.1:%2$d; root %1$s; %4$s }
        }
        """
            .formatted(
                directory,
                port,
                http.substring(0, http.indexOf('|')),
                http.substring(http.indexOf('|') + 1)));
    Process process;
    try {
      process =
          new ProcessBuilder("nginx", "-c", config.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException notInstalled) {
      Assumptions.abort("nginx is not installed");
      throw notInstalled;
    }
    awaitPort(port);
    return new Nginx(process, port);
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static void awaitPort(int port) {
    for (int i = 0; i < START_TRIES; i++) {
      try (var socket = new Socket()) {
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        return;
      } catch (IOException notYet) {
        LockSupport.parkNanos(10_000_000);
      }
    }
    throw new AssertionError("nginx does not listen at " + port);
  }

  @Test
  void nginxBehindTheProxyAnswersAsIfItWereInFront() throws IOException {
    Files.write(directory.resolve("large"), new byte[FILE_BYTES]);
    try (var nginx = start("|location = /gone { return 410; }");
        var machine = new Machine()) {
      var proxy = machine.proxy("", nginx.port());
      String whole = Machine.ask(proxy, ProxyWorld.request("GET", "/large"));
      assertThat(ProxyWorld.status(whole)).isEqualTo(200);
      assertThat(ProxyWorld.body(whole)).hasSize(FILE_BYTES);
      assertThat(Machine.ask(proxy, ProxyWorld.request("HEAD", "/large")))
          .contains("Content-Length: " + FILE_BYTES)
          .endsWith("\r\n\r\n");
      String part =
          "GET /large HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9\r\nConnection: close\r\n\r\n";
      assertThat(Machine.ask(proxy, part))
          .startsWith("HTTP/1.1 206 ")
          .contains("Content-Range: bytes 0-9/" + FILE_BYTES);
      String etag = whole.replaceAll("(?s).*ETag: (\"[^\"]*\").*", "$1");
      String same =
          "GET /large HTTP/1.1\r\nHost: a\r\nIf-None-Match: %s\r\nConnection: close\r\n\r\n";
      assertThat(Machine.ask(proxy, same.formatted(etag))).startsWith("HTTP/1.1 304 ");
      for (String path : new String[] {"/gone", "/missing"}) {
        String answer = Machine.ask(proxy, ProxyWorld.request("GET", path));
        assertThat(ProxyWorld.status(answer)).isEqualTo(path.equals("/gone") ? 410 : 404);
      }
    }
  }

  @Test
  void nginxInFrontOfTheProxyFindsNothingToComplainOf() throws IOException {
    try (var machine = new Machine()) {
      var upstream =
          machine.serve(
              1,
              (request, response) ->
                  request.readBody(
                      1 << 20,
                      body -> {
                        response.header("Got", Integer.toString(body.length));
                        response.write(body, 0, body.length);
                        response.end();
                      }));
      var proxy = machine.proxy("", upstream.port());
      String http =
          "upstream p { server 127.0.0.1:%d; keepalive 8; }|".formatted(proxy.port())
              + "location / { proxy_pass http://p; proxy_http_version 1.1;"
              + " proxy_set_header Connection \"\"; proxy_request_buffering off; }";
      try (var nginx = start(http);
          var client = new Socket("127.0.0.1", nginx.port())) {
        String chunks = "1000\r\n" + "x".repeat(0x1000) + "\r\n";
        for (int i = 1; i < 20; i++) {
          String request =
              "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                  + chunks.repeat(i)
                  + "0\r\n\r\n";
          client.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
          String answer = readChunked(client.getInputStream());
          assertThat(answer).startsWith("HTTP/1.1 200 ").contains("Got: " + i * 0x1000);
          assertThat(ProxyWorld.body(answer).chars().filter(c -> c == 'x').count())
              .isEqualTo(i * 0x1000L);
        }
      }
    }
  }

  /** Reads up to the last chunk; the bodies of this test have no such bytes. */
  private static String readChunked(InputStream in) throws IOException {
    var text = new StringBuilder();
    var piece = new byte[64 << 10];
    while (text.length() < 5 || !text.substring(text.length() - 5).equals("0\r\n\r\n")) {
      int count = in.read(piece);
      assertThat(count).as("the connection ended after %s", text).isPositive();
      text.append(new String(piece, 0, count, StandardCharsets.ISO_8859_1));
    }
    return text.toString();
  }
}
