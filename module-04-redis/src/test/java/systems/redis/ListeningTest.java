package systems.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a server listens, and to whom. */
final class ListeningTest {
  private static final InetAddress HOME = InetAddress.ofLiteral("127.0.0.1");

  /** Of this machine, and none of those from which everybody may come. */
  private static final InetAddress ELSEWHERE = InetAddress.ofLiteral("127.0.0.2");

  @TempDir Path folder;

  @Tag("phase-3")
  @Test
  void aUnixSocketIsAsGoodAsAPort() throws Exception {
    Path path = folder.resolve("redis.sock");
    Files.writeString(path, "left behind by a server that was killed");
    try (Ours server = Ours.start(folder, "unixsocket " + path, "unixsocketperm 600")) {
      assertThat(server.port()).as("the port, with 'port 0'").isZero();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo("rw-------");
      String reply = askAtPath(path, "SET k v\r\nGET k\r\nCLIENT LIST\r\n", "\n\r\n");
      assertThat(reply).startsWith("+OK\r\n$1\r\nv\r\n");
      assertThat(reply).as("how it is listed").contains("addr=" + path + ":0", " flags=U ");
    }
    assertThat(path).as("after an orderly end").doesNotExist();
  }

  private static String askAtPath(Path path, String request, String end) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      channel.write(ByteBuffer.wrap(request.getBytes(ISO_8859_1)));
      var reply = new StringBuilder();
      var bytes = ByteBuffer.allocate(4096);
      while (reply.indexOf(end) < 0 && channel.read(bytes.clear()) >= 0) {
        reply.append(ISO_8859_1.decode(bytes.flip()));
      }
      return reply.toString();
    }
  }

  @Tag("phase-5")
  @Test
  void withoutAPasswordNobodyMayComeFromElsewhere() throws Exception {
    assumeTrue(canListenElsewhere(), "127.0.0.2 is no address of this machine");
    try (Ours server = Ours.start(folder, "bind 127.0.0.2")) {
      assertThat(ping(ELSEWHERE, server)).startsWith("-DENIED Redis is running in protected mode");
      assertThat(ping(HOME, server)).isEqualTo("+PONG");
    }
    try (Ours server = Ours.start(folder, "bind 127.0.0.2", "protected-mode no")) {
      assertThat(ping(ELSEWHERE, server)).as("when it is switched off").isEqualTo("+PONG");
    }
    try (Ours server = Ours.start(folder, "bind 127.0.0.2", "requirepass secret")) {
      assertThat(ping(ELSEWHERE, server)).as("with a password").startsWith("-NOAUTH ");
    }
  }

  private static boolean canListenElsewhere() {
    try (var probe = new ServerSocket(0, 1, ELSEWHERE)) {
      return probe.isBound();
    } catch (IOException noSuchAddress) {
      return false;
    }
  }

  private static String ping(InetAddress from, Ours server) throws IOException {
    try (var socket = new Socket()) {
      socket.setSoTimeout(20_000);
      socket.bind(new InetSocketAddress(from, 0));
      socket.connect(new InetSocketAddress(ELSEWHERE, server.port()));
      socket.getOutputStream().write("PING\r\n".getBytes(ISO_8859_1));
      var line = new StringBuilder();
      for (int c = socket.getInputStream().read(); c >= ' '; c = socket.getInputStream().read()) {
        line.append((char) c);
      }
      return line.toString();
    }
  }
}
