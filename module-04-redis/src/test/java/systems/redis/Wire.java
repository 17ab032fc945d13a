package systems.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;

/** A client of a few lines: words out, the bytes of one reply back. */
public final class Wire implements AutoCloseable {
  private final Socket socket = new Socket();
  private final InputStream in;

  public Wire(int port) throws IOException {
    socket.setSoTimeout(Patience.SECONDS * 1000);
    socket.setTcpNoDelay(true);
    socket.connect(new InetSocketAddress("127.0.0.1", port), 10_000);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /** Sends a request and returns its reply as it came. */
  public String call(String... words) throws IOException {
    send(words);
    return reply();
  }

  public void send(String... words) throws IOException {
    var out = new ByteArrayOutputStream();
    out.writeBytes(("*" + words.length + "\r\n").getBytes(ISO_8859_1));
    for (String word : words) {
      out.writeBytes(("$" + word.length() + "\r\n" + word + "\r\n").getBytes(ISO_8859_1));
    }
    socket.getOutputStream().write(out.toByteArray());
  }

  /** Bytes as they are. */
  public void raw(String bytes) throws IOException {
    socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
  }

  /** The next reply, whole, with all that is nested in it. */
  public String reply() throws IOException {
    var out = new StringBuilder();
    reply(out);
    return out.toString();
  }

  private void reply(StringBuilder out) throws IOException {
    String line = line();
    out.append(line).append("\r\n");
    char kind = line.charAt(0);
    String rest = line.substring(1);
    switch (kind) {
      case '$', '=' -> {
        int length = Integer.parseInt(rest);
        if (length >= 0) {
          out.append(new String(in.readNBytes(length + 2), ISO_8859_1));
        }
      }
      case '*', '~', '>' -> nested(out, Integer.parseInt(rest));
      case '%' -> nested(out, 2 * Integer.parseInt(rest));
      default -> {}
    }
  }

  private void nested(StringBuilder out, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      reply(out);
    }
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("the server has ended the connection after: " + line);
      }
      if (b != '\r') {
        line.append((char) b);
      }
    }
    return line.toString();
  }

  /** All that comes before the server ends the connection. */
  public String untilEnd() throws IOException {
    return new String(in.readAllBytes(), ISO_8859_1);
  }

  /** Whether the server ends the connection, or has ended it while we sent. */
  public boolean ends() throws IOException {
    try {
      return in.read() < 0;
    } catch (SocketException reset) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
