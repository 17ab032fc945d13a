package systems.redis.repl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import systems.redis.Patience;

/** A primary whose every byte a test decides. It says yes to all that comes before PSYNC. */
final class FakePrimary implements AutoCloseable {
  /** A snapshot of no keys; a checksum of zeros is not looked at. */
  static final byte[] EMPTY_SNAPSHOT = "REDIS0010\u00ff\0\0\0\0\0\0\0\0".getBytes(ISO_8859_1);

  private static final int WAIT_MILLIS = Patience.SECONDS * 1000;

  private final ServerSocket listener;
  private Socket replica = new Socket();
  private InputStream in = InputStream.nullInputStream();

  FakePrimary() throws IOException {
    listener = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"));
    listener.setSoTimeout(WAIT_MILLIS);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Waits for the replica to connect; returns its PSYNC. */
  List<String> accept() throws IOException {
    replica.close();
    replica = listener.accept();
    replica.setSoTimeout(WAIT_MILLIS);
    in = new BufferedInputStream(replica.getInputStream());
    while (true) {
      List<String> words = request();
      if (words.getFirst().equals("PSYNC")) {
        return words;
      }
      say(words.getFirst().equals("PING") ? "+PONG\r\n" : "+OK\r\n");
    }
  }

  /** The next request of the replica. */
  List<String> request() throws IOException {
    var words = new ArrayList<String>();
    for (int count = Integer.parseInt(line().substring(1)); count > 0; count--) {
      int length = Integer.parseInt(line().substring(1));
      words.add(new String(in.readNBytes(length), ISO_8859_1));
      line();
    }
    return words;
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    int c = in.read();
    for (; c >= 0 && c != '\n'; c = in.read()) {
      line.append((char) c);
    }
    assertThat(c).as("the replica has ended the connection, after: %s", line).isNotNegative();
    return line.toString().strip();
  }

  void say(String text) throws IOException {
    say(text.getBytes(ISO_8859_1));
  }

  void say(byte[] bytes) throws IOException {
    replica.getOutputStream().write(bytes);
  }

  void cut() throws IOException {
    replica.close();
  }

  @Override
  public void close() throws IOException {
    replica.close();
    listener.close();
  }
}
