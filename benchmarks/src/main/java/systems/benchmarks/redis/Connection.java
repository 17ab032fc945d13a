package systems.benchmarks.redis;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * One blocking connection in RESP2, for preparation and questions, not for what is measured. An
 * error reply is an exception.
 */
final class Connection implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 60_000;
  private static final int REPLY_BYTES_MAX = 1 << 20;
  private static final int PIPELINE = 1000;

  private final Socket socket = new Socket();
  private final BufferedInputStream in;
  private final BufferedOutputStream out;

  Connection(InetSocketAddress address) throws IOException {
    try {
      socket.connect(address, TIMEOUT_MILLIS);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(TIMEOUT_MILLIS);
      in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
      out = new BufferedOutputStream(socket.getOutputStream(), 1 << 16);
    } catch (IOException failed) {
      socket.close();
      throw failed;
    }
  }

  /** Asks once. */
  String ask(String... words) throws IOException {
    write(words);
    out.flush();
    return reply();
  }

  /** A field of INFO. */
  String info(String section, String field) throws IOException {
    return ask("INFO", section)
        .lines()
        .filter(line -> line.startsWith(field + ":"))
        .map(line -> line.substring(field.length() + 1).strip())
        .findFirst()
        .orElseThrow(() -> new IOException("INFO " + section + " has no " + field));
  }

  /** Makes the request of a number. */
  interface Request {
    String[] of(int number);
  }

  /** Sends many requests, a thousand at a time. */
  void pipeline(int count, Request request) throws IOException {
    Queue<String[]> open = new ArrayDeque<>();
    for (int i = 0; i < count; i++) {
      String[] words = request.of(i);
      write(words);
      open.add(words);
      if (open.size() == PIPELINE || i == count - 1) {
        out.flush();
        while (open.poll() != null) {
          reply();
        }
      }
    }
  }

  private void write(String... words) throws IOException {
    out.write(bytes("*" + words.length + "\r\n"));
    for (String word : words) {
      byte[] text = bytes(word);
      out.write(bytes("$" + text.length + "\r\n"));
      out.write(text);
      out.write(bytes("\r\n"));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private String reply() throws IOException {
    String line = line();
    if (line.isEmpty()) {
      throw new IOException("an empty reply");
    }
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '+', ':' -> rest;
      case '$' -> bulk(Integer.parseInt(rest));
      default -> throw new IOException("not the reply that was expected: " + line);
    };
  }

  private String bulk(int length) throws IOException {
    if (length < 0 || length > REPLY_BYTES_MAX) {
      throw new IOException("a reply of " + length + " bytes");
    }
    String text = new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
    line();
    return text;
  }

  private String line() throws IOException {
    var text = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0 || text.length() > REPLY_BYTES_MAX) {
        throw new IOException("no whole reply: " + text);
      }
      text.append((char) next);
    }
    return text.substring(0, Math.max(0, text.length() - 1)); // the CR
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
