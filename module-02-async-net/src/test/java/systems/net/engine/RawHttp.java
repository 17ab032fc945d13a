package systems.net.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import systems.net.Effort;

/** A client that sends what a test says, byte by byte, and reads answers without help. */
final class RawHttp implements AutoCloseable {
  /** A blocking write has no timeout of its own. */
  private static final ScheduledExecutorService GIVE_UP =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon().name("raw-http-gives-up").unstarted(task));

  private final Socket base = new Socket();
  private final Socket socket;
  private final InputStream in;

  RawHttp(SocketAddress server) throws IOException {
    this(server, 0);
  }

  /**
   * @param receiveBytes size of the socket's window; 0 for the system's
   */
  RawHttp(SocketAddress server, int receiveBytes) throws IOException {
    this(server, receiveBytes, null);
  }

  /**
   * @param tls null for plain bytes
   */
  RawHttp(SocketAddress server, int receiveBytes, @Nullable Tls tls) throws IOException {
    if (receiveBytes > 0) {
      base.setReceiveBufferSize(receiveBytes);
    }
    base.setSoTimeout(Effort.seconds() * 1000);
    base.setTcpNoDelay(true);
    int port = ((InetSocketAddress) server).getPort();
    base.connect(new InetSocketAddress("127.0.0.1", port), 10_000);
    socket =
        tls == null
            ? base
            : tls.context().getSocketFactory().createSocket(base, "localhost", port, true);
    in = socket.getInputStream();
  }

  RawHttp send(String text) throws IOException {
    return send(text.getBytes(ISO_8859_1));
  }

  RawHttp send(byte[] bytes) throws IOException {
    Future<?> late = GIVE_UP.schedule(this::abandon, Effort.seconds(), TimeUnit.SECONDS);
    try {
      socket.getOutputStream().write(bytes);
    } catch (SocketException ended) {
      throw late.isDone() ? new IOException("the server takes no more bytes", ended) : ended;
    } finally {
      late.cancel(false);
    }
    return this;
  }

  private void abandon() {
    try {
      base.close();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  RawHttp sendNoMore() throws IOException {
    socket.shutdownOutput();
    return this;
  }

  /** Ends with a reset. */
  void reset() throws IOException {
    base.setSoLinger(true, 0);
    base.close();
  }

  /** Leaves without a word of TLS. */
  void cut() throws IOException {
    base.shutdownOutput();
  }

  /** So many bytes, or fewer if the connection ends. */
  String read(int count) throws IOException {
    return new String(in.readNBytes(count), ISO_8859_1);
  }

  /** How the connection ends: end, or what is wrong with it. */
  String ending() {
    try {
      in.readAllBytes();
      return "end";
    } catch (IOException broken) {
      return String.valueOf(broken.getMessage());
    }
  }

  /** An answer's head and body of a known length. */
  record Answer(int status, String head, byte[] body) {
    String text() {
      return new String(body, ISO_8859_1);
    }
  }

  /** The next answer; status 0 if the connection ends before one. */
  Answer read() throws IOException {
    String head = head();
    if (head.isEmpty()) {
      return new Answer(0, "", new byte[0]);
    }
    int status = Integer.parseInt(head.substring(9, 12));
    if (status < 200 || status == 204 || status == 304) {
      return new Answer(status, head, new byte[0]);
    }
    String lower = head.toLowerCase(java.util.Locale.ROOT);
    int at = lower.indexOf("content-length: ");
    if (at >= 0) {
      int length = Integer.parseInt(lower.substring(at + 16, lower.indexOf('\r', at)));
      return new Answer(status, head, in.readNBytes(length));
    }
    if (lower.contains("transfer-encoding: chunked")) {
      return new Answer(status, head, chunks());
    }
    return new Answer(status, head, in.readAllBytes());
  }

  private String head() throws IOException {
    var head = new StringBuilder();
    while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
      int b = next(head);
      if (b < 0) {
        return "";
      }
      head.append((char) b);
    }
    return head.toString();
  }

  private int next(StringBuilder before) throws IOException {
    try {
      return in.read();
    } catch (SocketTimeoutException never) {
      throw new AssertionError("no answer came, or only this of its head: " + before, never);
    }
  }

  private byte[] chunks() throws IOException {
    var body = new ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(line(), 16);
      body.writeBytes(in.readNBytes(size));
      if (size == 0) {
        while (!line().isEmpty()) {
          assert body.size() >= 0; // trailers are not looked at here
        }
        return body.toByteArray();
      }
      line();
    }
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("the connection ended within a line");
      }
      if (b != '\r') {
        line.append((char) b);
      }
    }
    return line.toString();
  }

  /** What still comes, up to the end; a reset counts as the end. */
  byte[] rest() {
    try {
      return in.readAllBytes();
    } catch (IOException reset) {
      return new byte[0];
    }
  }

  int read(byte[] into) throws IOException {
    return in.read(into);
  }

  @Override
  public void close() throws IOException {
    leave();
  }

  /** Closes the socket; one of TLS would wait for the peer's word. */
  void leave() throws IOException {
    base.close();
  }
}
