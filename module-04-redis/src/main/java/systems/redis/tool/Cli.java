package systems.redis.tool;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A small client, for where redis-cli is not installed: a command in words, or one a line from
 * standard input, and replies as redis-cli writes them into a pipe.
 *
 * <pre>
 *   redis cli -p 7777 SET greeting hello
 *   redis cli -p 7777 &lt; commands.txt
 * </pre>
 *
 * <p>Words are cut at spaces; there is no quoting in lines. RESP2, and servers of this machine
 * only.
 */
final class Cli {
  private static final int TIMEOUT_MILLIS = 60_000;
  private static final int REPLY_BYTES_MAX = 64 << 20;
  private static final int DEPTH_MAX = 16;

  private final InputStream in;
  private final OutputStream out;
  private final PrintStream shown;

  private Cli(Socket socket, PrintStream shown) throws IOException {
    in = new BufferedInputStream(socket.getInputStream());
    out = socket.getOutputStream();
    this.shown = shown;
  }

  /** Sends what the words or the standard input say. */
  static void run(List<String> words, PrintStream shown) throws IOException {
    boolean port = words.size() >= 2 && words.getFirst().equals("-p");
    int number = port ? Integer.parseInt(words.get(1)) : 6379;
    List<String> command = port ? words.subList(2, words.size()) : words;
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), number)) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      var cli = new Cli(socket, shown);
      if (!command.isEmpty()) {
        cli.ask(command);
        return;
      }
      var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        cli.ask(List.of(line.strip().split(" +")));
      }
    }
  }

  private void ask(List<String> words) throws IOException {
    var request = new ByteArrayOutputStream();
    request.writeBytes(bytes("*" + words.size() + "\r\n"));
    for (String word : words) {
      byte[] text = word.getBytes(StandardCharsets.UTF_8);
      request.writeBytes(bytes("$" + text.length + "\r\n"));
      request.writeBytes(text);
      request.writeBytes(bytes("\r\n"));
    }
    request.writeTo(out);
    showReply(0);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private void showReply(int depth) throws IOException {
    String line = line();
    if (line.isEmpty() || depth > DEPTH_MAX) {
      throw new IOException("a reply that is none");
    }
    String rest = line.substring(1);
    switch (line.charAt(0)) {
      case '$' -> showBulk(Integer.parseInt(rest));
      case '*' -> {
        for (int left = Integer.parseInt(rest); left > 0; left--) {
          showReply(depth + 1);
        }
      }
      default -> shown.println(rest);
    }
  }

  private void showBulk(int length) throws IOException {
    if (length > REPLY_BYTES_MAX) {
      throw new IOException("a reply of " + length + " bytes");
    }
    if (length >= 0) {
      shown.writeBytes(in.readNBytes(length));
      line();
    }
    shown.println();
  }

  private String line() throws IOException {
    var text = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0 || text.length() > REPLY_BYTES_MAX) {
        throw new IOException("the server has ended the connection");
      }
      if (next != '\r') {
        text.append((char) next);
      }
    }
    return text.toString();
  }
}
