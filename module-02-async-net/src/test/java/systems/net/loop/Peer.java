package systems.net.loop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import systems.net.Effort;

/** The other end of a connection: a plain blocking socket, which nobody here wrote. */
final class Peer implements AutoCloseable {
  /** What an answer may take before the test fails. */
  private static final int ANSWER_MILLIS = Effort.seconds() * 1000;

  final Socket socket;

  Peer(Socket socket) {
    this.socket = socket;
    try {
      socket.setSoTimeout(ANSWER_MILLIS);
    } catch (SocketException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  static Peer connect(SocketAddress to) {
    return connect(to, 0);
  }

  /**
   * @param receiveBytes the size of the receive window, 0 for the usual one
   */
  static Peer connect(SocketAddress to, int receiveBytes) {
    try {
      var socket = new Socket();
      if (receiveBytes > 0) {
        socket.setReceiveBufferSize(receiveBytes);
      }
      socket.connect(to, ANSWER_MILLIS);
      return new Peer(socket);
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  static InetSocketAddress anyPort() {
    return new InetSocketAddress("127.0.0.1", 0);
  }

  void send(String text) {
    send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  void send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  void endOutput() {
    try {
      socket.shutdownOutput();
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  /** So many bytes, or fewer at the end of the stream. */
  byte[] read(int count) {
    try {
      return socket.getInputStream().readNBytes(count);
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  String readText(int count) {
    return new String(read(count), StandardCharsets.ISO_8859_1);
  }

  /** All up to the end of the stream. */
  String readToEnd() {
    return readText(Integer.MAX_VALUE);
  }

  /** How the stream ends: "end", or the message of the exception; what comes before is dropped. */
  String ending() {
    try {
      var in = socket.getInputStream();
      var scratch = new byte[64 << 10];
      int count = 0;
      while (count >= 0) {
        count = in.read(scratch);
      }
      return "end";
    } catch (IOException broken) {
      return String.valueOf(broken.getMessage());
    }
  }

  /** Closes with a reset in the place of the end. */
  void reset() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  @Nullable IOException closeQuietly() {
    try {
      socket.close();
      return null;
    } catch (IOException broken) {
      return broken;
    }
  }

  @Override
  public void close() {
    closeQuietly();
  }
}
