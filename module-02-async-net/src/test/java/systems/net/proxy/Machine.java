package systems.net.proxy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import systems.net.Effort;
import systems.net.http.Exchanges;
import systems.net.http.Handler;
import systems.net.http.Limits;
import systems.net.http.ServerConnection;
import systems.net.http.ServerStats;
import systems.net.http.Timeouts;
import systems.net.loop.LoopGroup;
import systems.net.loop.Network;

/** Servers on real sockets, and blocking clients that nobody here wrote. */
final class Machine implements AutoCloseable {
  private static final int ANSWER_MILLIS = Effort.seconds() * 1000;

  private final List<AutoCloseable> open = new ArrayList<>();

  /** A server on loops of its own; returns where it listens. */
  Server serve(int loops, Handler handler) {
    var group = LoopGroup.start(loops, "test");
    var stats = new ServerStats();
    Network.Listener listener =
        group.listen(
            new InetSocketAddress("127.0.0.1", 0),
            loop -> {
              var exchanges = new Exchanges(InstantSource.system());
              return () ->
                  new ServerConnection(handler, Limits.USUAL, Timeouts.USUAL, stats, exchanges);
            });
    var server = new Server(group, listener);
    open.add(server);
    return server;
  }

  /** A running server; closing it breaks its connections, as a killed process does. */
  record Server(LoopGroup group, Network.Listener listener) implements AutoCloseable {
    int port() {
      return ((InetSocketAddress) listener.address()).getPort();
    }

    SocketAddress address() {
      return listener.address();
    }

    @Override
    public void close() {
      listener.close();
      group.close();
    }
  }

  /** A proxy in front of these ports. */
  Server proxy(String routeSettings, int... ports) {
    return serve(2, new Proxy(ProxyWorld.config(yaml(routeSettings, ports))));
  }

  static String yaml(String routeSettings, int... ports) {
    var upstreams = new StringBuilder();
    for (int port : ports) {
      upstreams.append("      - address: 127.0.0.1:").append(port).append('\n');
    }
    return "name: edge\nclusters:\n  web:\n    upstreams:\n"
        + upstreams
        + "routes:\n  - cluster: web\n    retries: 3\n"
        + routeSettings;
  }

  static Socket connect(Server server, int windowBytes) {
    try {
      var socket = new Socket();
      if (windowBytes > 0) {
        socket.setReceiveBufferSize(windowBytes);
      }
      socket.connect(server.address(), ANSWER_MILLIS);
      socket.setSoTimeout(ANSWER_MILLIS);
      return socket;
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  /** Sends it and reads to the end. */
  static String ask(Server server, String request) {
    try (Socket socket = connect(server, 0)) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      var answer = new ByteArrayOutputStream();
      socket.getInputStream().transferTo(answer);
      return answer.toString(StandardCharsets.ISO_8859_1);
    } catch (IOException broken) {
      return broken.toString();
    }
  }

  @Override
  public void close() {
    for (AutoCloseable each : open.reversed()) {
      try {
        each.close();
      } catch (Exception failed) {
        throw new AssertionError(failed);
      }
    }
  }
}
