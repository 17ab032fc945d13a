package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.Effort;

/** What takes long, or a process of its own. */
@Tag("phase-3")
@Tag("slow")
class LoadTest {
  /** Few enough that the server's JVM itself can start, and soon all are used. */
  private static final int DESCRIPTORS = 120;

  /** A server process; its standard output is answered line by line. */
  private record Child(Process process, BufferedReader out, int port) implements AutoCloseable {
    static Child start(List<String> jvmOptions) throws IOException {
      var command = new ArrayList<String>();
      command.addAll(List.of("/bin/sh", "-c", "ulimit -n " + DESCRIPTORS + "; exec \"$@\"", "sh"));
      command.add(ClassPath.java());
      command.addAll(jvmOptions);
      command.addAll(List.of("-cp", ClassPath.ofTheseTests(), EchoServer.class.getName()));
      var process = new ProcessBuilder(command).redirectError(new File("/dev/null")).start();
      var out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.ISO_8859_1));
      return new Child(process, out, Integer.parseInt(out.readLine()));
    }

    String stats() throws IOException {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
      return out.readLine();
    }

    @Override
    public void close() throws IOException {
      process.getOutputStream().close();
      process.destroy();
    }
  }

  @Test
  void aProcessWithoutDescriptorsRestsAndComesBack() throws Exception {
    Assumptions.assumeTrue(new File("/bin/sh").canExecute(), "no shell here");
    try (var child = Child.start(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"))) {
      var address = new InetSocketAddress("127.0.0.1", child.port());
      var peers = new ArrayList<Peer>();
      for (int i = 0; i < 2 * DESCRIPTORS; i++) {
        peers.add(Peer.connect(address)); // the backlog takes those that the process cannot
      }
      Await.until("the server rests", () -> pauses(child) > 0);
      peers.getFirst().send("still served");
      assertThat(peers.getFirst().readText(12)).isEqualTo("still served");
      long cpu = cpuMillis(child);
      String before = child.stats();
      Await.until("three more rests", () -> pauses(child) >= pauses(before) + 3);
      assertThat(cpuMillis(child) - cpu)
          .as("milliseconds of CPU during three rests")
          .isLessThan(250);
      Peer last = peers.removeLast();
      peers.forEach(Peer::close);
      last.send("at last");
      assertThat(last.readText(7)).as("who had waited in the backlog").isEqualTo("at last");
      last.close();
    }
  }

  private static long pauses(Child child) {
    try {
      return pauses(child.stats());
    } catch (IOException broken) {
      throw new AssertionError(broken);
    }
  }

  private static long pauses(String stats) {
    return Long.parseLong(stats.replaceAll(".*acceptPauses=(\\d+).*", "$1"));
  }

  private static long cpuMillis(Child child) {
    return child.process().info().totalCpuDuration().orElseThrow().toMillis();
  }

  /** Holds a transport, as a connection between two requests does, and nothing else. */
  private static final class Idle implements Protocol {
    @Nullable Transport transport;

    @Override
    public void connected(Transport transport) {
      this.transport = transport;
      transport.wakeAt(transport.loop().nanoTime() + 3_600_000_000_000L);
    }

    @Override
    public int receive(byte[] bytes, int from, int to) {
      if (transport != null) {
        transport.write(bytes, from, to);
        transport.flush();
      }
      return to - from;
    }

    @Override
    public void inputEnded() {
      if (transport != null) {
        transport.finish();
      }
    }

    @Override
    public void writable() {}

    @Override
    public void wake(long nowNanos) {}

    @Override
    public void closed(@Nullable Throwable cause) {}
  }

  /** The whole price: the JDK's channel, key and addresses, the transport, and an armed timer. */
  @Test
  void anIdleConnectionCostsOneKibibyteOfHeapAndNoDirectMemory() throws IOException {
    int count = Effort.of(5_000, 1_000);
    try (var loop = EventLoop.start("loop");
        var server = loop.listen(Peer.anyPort(), Idle::new)) {
      var clients = new ArrayList<SocketChannel>(count);
      connectAndTalk(server, clients, 50);
      Await.until("the first ones", () -> loop.stats().open() == 50);
      long clientBytes = bytesOfClients(count / 10);
      long before = usedHeap();
      long directBefore = Await.onLoop(loop, loop.pool()::directBytes);
      connectAndTalk(server, clients, count);
      Await.until("all", () -> loop.stats().open() == 50 + count);
      long each = (usedHeap() - before) / count - clientBytes;
      System.out.printf("%d bytes of heap for an idle connection%n", each);
      assertThat(each).as("bytes of heap for an idle connection").isLessThanOrEqualTo(1_024);
      assertThat(Await.onLoop(loop, loop.pool()::directBytes)).isEqualTo(directBefore);
      for (SocketChannel client : clients) {
        client.close();
      }
    }
  }

  private static void connectAndTalk(
      Network.Listener server, List<SocketChannel> clients, int count) throws IOException {
    var byteOf = ByteBuffer.allocateDirect(1);
    for (int i = 0; i < count; i++) {
      var client = SocketChannel.open(server.address());
      client.write(byteOf.clear());
      client.read(byteOf.clear());
      clients.add(client);
    }
  }

  /** What the test's own ends cost, which are in the same heap. */
  private static long bytesOfClients(int count) throws IOException {
    try (var server = java.nio.channels.ServerSocketChannel.open().bind(Peer.anyPort(), count)) {
      var held = new ArrayList<SocketChannel>(count);
      long before = usedHeap();
      for (int i = 0; i < count; i++) {
        held.add(SocketChannel.open(server.getLocalAddress()));
      }
      long each = (usedHeap() - before) / count;
      for (SocketChannel one : held) {
        one.close();
      }
      return each;
    }
  }

  private static long usedHeap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /** Both ways at once, so that each side is stopped by the other's window again and again. */
  @Test
  void aGibibyteIsEchoedWithinAFewMegabytes() throws Exception {
    long total = Effort.of(1 << 30, 64 << 20);
    try (var loop = EventLoop.start("loop");
        var server = loop.listen(Peer.anyPort(), Echo::new);
        var client = SocketChannel.open(server.address())) {
      long before = usedHeap();
      var sender = Thread.ofPlatform().daemon().start(() -> send(client, total));
      long got = 0;
      long sum = 0;
      var in = ByteBuffer.allocateDirect(256 << 10);
      while (client.read(in.clear()) >= 0) {
        sum += in.get(0) == (byte) (got % PERIOD) ? 0 : 1;
        got += in.position();
      }
      sender.join();
      assertThat(got).as("bytes that came back").isEqualTo(total);
      assertThat(sum).as("reads that began with another byte than was sent there").isZero();
      assertThat(Await.onLoop(loop, loop.pool()::directBytes))
          .as("direct memory")
          .isLessThanOrEqualTo(BufferPool.SLAB_BYTES);
      assertThat(usedHeap() - before).as("heap").isLessThan(4 << 20);
    }
  }

  private static final int PERIOD = 128;

  private static void send(SocketChannel client, long total) {
    var out = ByteBuffer.allocateDirect(PERIOD << 10);
    while (out.hasRemaining()) {
      out.put((byte) (out.position() % PERIOD));
    }
    try {
      for (long sent = 0; sent < total; sent += out.limit()) {
        out.clear();
        while (out.hasRemaining()) {
          client.write(out);
        }
      }
      client.shutdownOutput();
    } catch (IOException broken) {
      throw new AssertionError(broken);
    }
  }
}
