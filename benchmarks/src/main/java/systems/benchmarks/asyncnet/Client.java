package systems.benchmarks.asyncnet;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * One connection that asks for the greeting and reads the answer whole. Anything but a 200 with the
 * thirteen bytes is an exception, so what is measured with it has been answered.
 */
final class Client implements AutoCloseable {
  static final String PATH = "/hello";
  static final String BODY = "Hello, World!";

  private static final byte[] REQUEST =
      ("GET " + PATH + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final int ANSWER_BYTES_MAX = 1024;

  private final SocketChannel channel;
  private final InputStream in;
  private final OutputStream out;
  private final byte[] answer = new byte[ANSWER_BYTES_MAX];
  private String lastHead = "";
  private int lastLength;

  Client(InetSocketAddress address) throws IOException {
    channel = SocketChannel.open(address);
    Socket socket = channel.socket();
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    in = socket.getInputStream();
    out = socket.getOutputStream();
  }

  /** Whether the server has ended the connection, as far as that can be seen without asking. */
  boolean hasEnded() throws IOException {
    channel.configureBlocking(false);
    int read = channel.read(ByteBuffer.allocate(1));
    channel.configureBlocking(true);
    if (read > 0) {
      throw new IOException("an answer that nobody has asked for");
    }
    return read < 0;
  }

  /**
   * Asks once.
   *
   * @return whether the connection may be used again
   */
  boolean ask() throws IOException {
    out.write(REQUEST);
    int length = 0;
    while (!endsWithBody(length)) {
      int read = length < answer.length ? in.read(answer, length, answer.length - length) : -1;
      if (read < 0) {
        throw new IOException("no whole answer: " + text(length));
      }
      length += read;
    }
    return check(length);
  }

  private boolean endsWithBody(int length) {
    int body = length - BODY.length();
    if (body < 4 || answer[body - 1] != '\n' || answer[body - 3] != '\n') {
      return false;
    }
    for (int i = 0; i < BODY.length(); i++) {
      if (answer[body + i] != BODY.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Heads of a server are alike but for the date: only one of another length is looked into. */
  private boolean check(int length) throws IOException {
    if (length != lastLength) {
      lastHead = text(length - BODY.length());
      lastLength = length;
    }
    if (answer[9] != '2' || !lastHead.startsWith("HTTP/1.1 200 ")) {
      throw new IOException("not the answer: " + text(length));
    }
    return !lastHead.toLowerCase(Locale.ROOT).contains("connection: close");
  }

  private String text(int length) {
    return new String(answer, 0, length, StandardCharsets.US_ASCII);
  }

  /** Head and body of the last answer. */
  int answerBytes() {
    return lastLength;
  }

  String head() {
    return lastHead;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException gone) {
      lastHead = "";
    }
  }
}
