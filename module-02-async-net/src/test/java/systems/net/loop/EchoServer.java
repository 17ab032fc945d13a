package systems.net.loop;

/** A process of its own for tests that need one: echoes until its input ends. */
final class EchoServer {
  private EchoServer() {}

  /** Prints its port, and at the end of its standard input what the loop has counted. */
  public static void main(String[] args) throws Exception {
    try (var loop = EventLoop.start(LoopSettings.USUAL.withFailures((where, cause) -> {}), "echo");
        var server = loop.listen(Peer.anyPort(), Echo::new)) {
      // each class is used once, while there are descriptors to load it with
      try (var peer = Peer.connect(server.address())) {
        peer.send(String.valueOf(loop.stats().open()));
        peer.read(1);
      }
      System.out.println(((java.net.InetSocketAddress) server.address()).getPort());
      while (System.in.read() >= 0) {
        System.out.println(loop.stats());
      }
    }
  }
}
