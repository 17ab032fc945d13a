package systems.benchmarks.asyncnet;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import systems.benchmarks.contest.Effort;
import systems.benchmarks.contest.Outcome;
import systems.benchmarks.contest.Servers;
import systems.benchmarks.figure.Metric;
import systems.net.engine.Server;
import systems.net.engine.ServerSettings;

/**
 * {@code IdleRun LOOP|NETTY}: what a connection weighs that has asked once and is silent since.
 * Heap after a collection and direct memory, with the connections less without them, for each of
 * them. The server is in this process, the clients are in another one; when all is weighed they ask
 * once more, so that nothing was weighed that had ended.
 *
 * <p>The kernel's memory, which is the same for all, is not counted.
 */
final class IdleRun {
  private static final int FIRST_CLIENTS = 200;
  private static final int STEADY_LOOKS = 5;
  private static final long LOOK_MILLIS = 20;
  private static final long NOISE_BYTES = 4 << 10;
  private static final byte[] BODY = Client.BODY.getBytes(StandardCharsets.US_ASCII);

  private IdleRun() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    int connections = Effort.here().of(10_000, 5_000, 100);
    if (ServerKind.valueOf(arguments[0]) == ServerKind.NETTY) {
      NettyServer.tune();
      measure(NettyServer.start(2), connections);
      System.exit(0); // its threads would go on
    }
    ServerSettings settings = ServerSettings.usual().withLoops(2);
    try (Server server = Server.start(settings, (request, response) -> response.send(BODY))) {
      measure((InetSocketAddress) server.address(), connections);
    }
  }

  private static void measure(InetSocketAddress address, int connections)
      throws IOException, InterruptedException {
    connect(address, FIRST_CLIENTS).forEach(Client::close); // classes, pools
    long before = bytes();
    Process clients = clients(address.getPort(), connections);
    if (clients.getInputStream().read() != '+') {
      throw new IOException("the clients could not connect");
    }
    long bytes = bytes() - before;
    clients.getOutputStream().close();
    if (clients.waitFor() != 0) {
      throw new IOException("a connection that was weighed did not stand any more");
    }
    new Outcome().with(Metric.CONNECTION_BYTES, (double) bytes / connections).tell();
  }

  /** Collects until nothing more goes away: the server may still be closing what clients closed. */
  private static long bytes() throws InterruptedException {
    long least = Long.MAX_VALUE;
    for (int unchanged = 0; unchanged < STEADY_LOOKS; ) {
      System.gc();
      long now = used();
      unchanged = now < least - NOISE_BYTES ? 0 : unchanged + 1;
      least = Math.min(least, now);
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    return least;
  }

  private static long used() {
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    long direct =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    return heap + Math.max(direct, nettyBytes());
  }

  /** What Netty takes past the JDK's own counter. */
  private static long nettyBytes() {
    return ByteBufAllocator.DEFAULT instanceof AdaptiveByteBufAllocator netty
        ? netty.metric().usedDirectMemory()
        : 0;
  }

  private static List<Client> connect(InetSocketAddress address, int connections)
      throws IOException {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      var client = new Client(address);
      client.ask();
      clients.add(client);
    }
    return clients;
  }

  private static Process clients(int port, int connections) throws IOException {
    List<String> command = new ArrayList<>(Program.javaCommand(Clients.class));
    command.addAll(List.of(Integer.toString(port), Integer.toString(connections)));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Servers.endWithThisProcess(process);
    return process;
  }

  /** Asks once on each connection, says so, waits for the end of its input, asks once more. */
  static final class Clients {
    private Clients() {}

    public static void main(String[] arguments) throws IOException {
      var address =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
      List<Client> clients = connect(address, Integer.parseInt(arguments[1]));
      System.out.print('+');
      System.out.flush();
      while (System.in.read() >= 0) {} // nothing comes but the end
      for (Client client : clients) {
        client.ask();
      }
    }
  }
}
