package systems.redis.server;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import systems.redis.script.LuaRuntime;

/**
 * The sockets: one Netty loop, whose thread is the command thread.
 *
 * <p>What a read brings is copied into one array and given to the server, which runs it in a task
 * of its own, after all sockets that were ready have been read: so commands of many clients share
 * one write and one sync of the append-only file, and replies leave once for each turn. NIO by
 * default; epoll and io_uring by {@code io-transport}, falling back with a line in the log.
 */
public final class Net implements AutoCloseable {
  static {
    // a script that runs too long looks at the sockets in vain many times: no reason to build a
    // new selector, as Netty would after 512 times
    System.setProperty("io.netty.selectorAutoRebuildThreshold", "0");
    // clients are served in the order in which they became ready, not in that of a hash set; it
    // needs --add-opens=java.base/sun.nio.ch=ALL-UNNAMED as well
    System.setProperty("io.netty.tryReflectionSetAccessible", "true");
  }

  /** As in Redis these two, and not all of 127.0.0.0/8. */
  private static final Set<InetAddress> LOOPBACK =
      Set.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("::1"));

  private static final int REBIND_TRIES = 40;
  private static final int REBIND_MILLIS = 25;

  private final Server server;
  private final EventLoopGroup group;
  private final Loop loop;
  private final Sockets sockets;
  private final List<Channel> listeners = new ArrayList<>(); // at ports
  private @Nullable Channel pathListener;
  private final ChannelGroup connections; // once closed, it closes what comes late
  private final LoopBuffers buffers = new LoopBuffers();
  private final byte[] scratch = new byte[LoopBuffers.READ_BYTES];
  private @Nullable ScheduledFuture<?> ticker;
  private long alarmMillis;
  private int configuredPort;
  private String configuredAddresses;

  /** How this machine makes sockets. */
  private record Sockets(
      IoHandlerFactory io,
      Class<? extends ServerChannel> listening,
      Class<? extends Channel> connecting,
      Class<? extends ServerChannel> listeningAtPath,
      boolean readsAtOnce) { // and not some time later, with a buffer for each connection
    SocketAddress path(String path) {
      return listeningAtPath == NioServerDomainSocketChannel.class
          ? UnixDomainSocketAddress.of(path)
          : new DomainSocketAddress(path);
    }
  }

  private Net(Server server, Sockets sockets) {
    this.server = server;
    this.sockets = sockets;
    group =
        new MultiThreadIoEventLoopGroup(1, (ThreadFactory) Net::thread, sockets.io) {
          @Override
          protected IoEventLoop newChild(
              Executor executor, IoHandlerFactory factory, Object... args) {
            return new Loop(this, executor, factory);
          }
        };
    loop = (Loop) group.next();
    connections = new DefaultChannelGroup(loop, true);
    configuredPort = server.config().port;
    configuredAddresses = server.config().get("bind");
  }

  private static Thread thread(Runnable task) {
    return new Thread(null, task, "commands", LuaRuntime.STACK_BYTES);
  }

  /** Can look at the sockets once more from inside of a task: while a script runs too long. */
  private static final class Loop extends SingleThreadIoEventLoop {
    Loop(IoEventLoopGroup parent, Executor executor, IoHandlerFactory factory) {
      super(parent, executor, factory);
    }

    void look() {
      execute(() -> {}); // so that it does not wait for something to come
      runIo();
    }
  }

  /** Starts listening; when it returns, clients can connect. */
  public static Net start(Server server) throws IOException {
    Net net = new Net(server, sockets(server));
    server.loop(net.loop, net::wakeAt);
    server.onBusyTurn(net.loop::look);
    server.dialer(net::dial);
    try {
      net.listen();
    } catch (IOException | RuntimeException e) {
      net.close();
      throw e;
    }
    net.ticker = net.scheduleTicks();
    server.config().bind("port", net::moveTo);
    server.config().bind("bind", net::bindTo);
    return net;
  }

  private static Sockets sockets(Server server) {
    String wanted = server.config().get("io-transport");
    if (wanted.equals("io_uring")) {
      if (IoUring.isAvailable()) {
        return new Sockets(
            IoUringIoHandler.newFactory(),
            IoUringServerSocketChannel.class,
            IoUringSocketChannel.class,
            IoUringServerDomainSocketChannel.class,
            false);
      }
      isNotAvailable(server, wanted, IoUring.unavailabilityCause());
    }
    if (wanted.equals("epoll")) {
      if (Epoll.isAvailable()) {
        return new Sockets(
            EpollIoHandler.newFactory(),
            EpollServerSocketChannel.class,
            EpollSocketChannel.class,
            EpollServerDomainSocketChannel.class,
            true);
      }
      isNotAvailable(server, wanted, Epoll.unavailabilityCause());
    }
    return new Sockets(
        NioIoHandler.newFactory(),
        NioServerSocketChannel.class,
        NioSocketChannel.class,
        NioServerDomainSocketChannel.class,
        true);
  }

  private static void isNotAvailable(Server server, String wanted, Throwable why) {
    server.log().warn(wanted + " is not available here, going on with NIO: " + why);
  }

  private ScheduledFuture<?> scheduleTicks() {
    long period = 1_000_000L / server.config().hz;
    return loop.scheduleAtFixedRate(this::tick, period, period, TimeUnit.MICROSECONDS);
  }

  private void tick() {
    guarded(server::tick);
  }

  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      server.log().warn("a bug in the server's turn", e);
    }
  }

  private void wakeAt(long millis) {
    long now = System.currentTimeMillis();
    if (alarmMillis > now && alarmMillis <= millis) {
      return;
    }
    alarmMillis = millis;
    var _ =
        loop.schedule(
            () -> guarded(server::onAlarm), Math.max(0, millis - now), TimeUnit.MILLISECONDS);
  }

  private void listen() throws IOException {
    String path = server.setting("unixsocket");
    if (!path.isEmpty()) {
      listenAtPath(path);
    }
    if (path.isEmpty() || server.config().port != 0) {
      listenAtPort();
    }
  }

  /** A path that is there already is a dead server's; who may connect says unixsocketperm. */
  private void listenAtPath(String path) throws IOException {
    Files.deleteIfExists(Path.of(path));
    ChannelFuture bound =
        bootstrap(sockets.listeningAtPath).bind(sockets.path(path)).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException("Failed opening Unix socket: " + bound.cause(), bound.cause());
    }
    pathListener = bound.channel();
    int mode = Integer.parseInt(server.setting("unixsocketperm"), 8);
    if (mode != 0) {
      Files.setPosixFilePermissions(Path.of(path), permissions(mode));
    }
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    var text = new StringBuilder("rwxrwxrwx");
    for (int bit = 0; bit < 9; bit++) {
      if ((mode >> bit & 1) == 0) {
        text.setCharAt(8 - bit, '-');
      }
    }
    return PosixFilePermissions.fromString(text.toString());
  }

  private void listenAtPort() throws IOException {
    int port = server.config().port;
    IOException failure = null;
    for (String word : server.config().bind) {
      boolean optional = word.startsWith("-");
      String address = optional ? word.substring(1) : word;
      try {
        Channel listener = listen(address(address, port));
        listeners.add(listener);
        port = ((InetSocketAddress) listener.localAddress()).getPort();
      } catch (IOException e) {
        if (!optional) {
          failure = e;
        }
      }
    }
    if (failure != null && (listeners.isEmpty() || !server.config().bind.contains("*"))) {
      throw new IOException(
          "Failed listening on port "
              + port
              + ": "
              + failure.getMessage()
              + ". Is another server running there? Choose another one with --port.",
          failure);
    }
    server.boundPort(port);
  }

  /** CONFIG SET port: listens there, and no more where it did; connections stay. */
  private void moveTo(String text) {
    int port = Integer.parseInt(text);
    if (port == configuredPort) {
      return;
    }
    if (port > 0 && !canListen(port)) {
      throw new IllegalArgumentException("Unable to listen on this port. Check server logs.");
    }
    configuredPort = port;
    server.boundPort(port);
    listenAnew();
  }

  /** CONFIG SET bind. */
  private void bindTo(String text) {
    if (text.equals(configuredAddresses)) {
      return;
    }
    if (!canListen(0)) {
      throw new IllegalArgumentException("Failed to bind to specified addresses.");
    }
    configuredAddresses = text;
    listenAnew();
  }

  /** Whether the addresses are there and the port is free on them; 0 for any port. */
  private boolean canListen(int port) {
    for (String word : server.config().bind) {
      boolean optional = word.startsWith("-");
      try (var probe = new java.net.ServerSocket()) {
        probe.setReuseAddress(true);
        probe.bind(address(optional ? word.substring(1) : word, port));
      } catch (IOException e) {
        if (!optional) {
          server.log().warn("Could not listen on " + word + ", port " + port + ": " + e);
          return false;
        }
      }
    }
    return true;
  }

  /** Within the loop, where nothing may wait: what fails is tried again. */
  private void listenAnew() {
    listeners.forEach(channel -> channel.close().addListener(_ -> {}));
    listeners.clear();
    if (server.boundPort() == 0) {
      return;
    }
    for (String word : server.config().bind) {
      String host = word.startsWith("-") ? word.substring(1) : word;
      listenSoon(address(host, server.boundPort()), word.startsWith("-") ? 0 : REBIND_TRIES);
    }
  }

  private void listenSoon(SocketAddress address, int tries) {
    bootstrap()
        .bind(address)
        .addListener((ChannelFuture bound) -> {
          if (bound.isSuccess()) {
            listeners.add(bound.channel());
          } else if (tries > 0) { // the old listener has not gone yet
            var _ =
                loop.schedule(
                    () -> listenSoon(address, tries - 1), REBIND_MILLIS, TimeUnit.MILLISECONDS);
          } else {
            server.log().warn("Could not listen on " + address + ": " + bound.cause());
          }
        });
  }

  private static SocketAddress address(String host, int port) {
    return switch (host) {
      case "*" -> new InetSocketAddress("0.0.0.0", port);
      case "::*" -> new InetSocketAddress("::", port);
      default -> new InetSocketAddress(host, port);
    };
  }

  private Channel listen(SocketAddress address) throws IOException {
    ChannelFuture bound = bootstrap().bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(String.valueOf(bound.cause()), bound.cause());
    }
    return bound.channel();
  }

  private ServerBootstrap bootstrap() {
    return bootstrap(sockets.listening)
        .option(ChannelOption.SO_REUSEADDR, true)
        .childOption(ChannelOption.TCP_NODELAY, true);
  }

  private ServerBootstrap bootstrap(Class<? extends ServerChannel> type) {
    return new ServerBootstrap()
        .group(group)
        .channel(type)
        .option(ChannelOption.SO_BACKLOG, (int) server.config().number("tcp-backlog"))
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                connections.add(channel);
                if (sockets.readsAtOnce) {
                  channel.config().setRecvByteBufAllocator(buffers.reading());
                }
                channel.pipeline().addLast(new Connection(channel));
              }
            });
  }

  /** A connection to another server. */
  private Link dial(String host, int port, int timeoutMillis, Dialer.Peer peer) {
    var outgoing = new Outgoing(peer);
    String source = server.setting("bind-source-addr");
    ChannelFuture connecting =
        new Bootstrap()
            .localAddress(source.isEmpty() ? null : new InetSocketAddress(source, 0))
            .group(group)
            .channel(sockets.connecting)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeoutMillis)
            .handler(outgoing)
            .connect(new InetSocketAddress(host, port));
    outgoing.begin(connecting.channel());
    connections.add(connecting.channel());
    connecting.addListener((ChannelFuture done) -> {
      if (done.isSuccess()) {
        server.execute(peer::connected);
      } else {
        server.execute(() -> peer.closed(String.valueOf(done.cause().getMessage())));
      }
    });
    return outgoing;
  }

  /**
   * Ends all connections and the thread.
   *
   * <p>The connections are closed here and not left to the group: a loop that is told to end while
   * it runs tasks may end without a look at its channels, and their peers would hear nothing.
   */
  @Override
  public void close() {
    if (ticker != null) {
      ticker.cancel(false);
    }
    listeners.forEach(channel -> channel.close().awaitUninterruptibly());
    closePath();
    connections.close().awaitUninterruptibly();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    buffers.release();
  }

  private void closePath() {
    if (pathListener == null) {
      return;
    }
    pathListener.close().awaitUninterruptibly();
    try {
      Files.deleteIfExists(Path.of(server.setting("unixsocket")));
    } catch (IOException left) {
      server.log().warn("the socket's file is left behind: " + left);
    }
  }

  /** Stops accepting; connections go on. */
  void closeListeners() {
    listeners.forEach(channel -> channel.close().addListener(_ -> {}));
    if (pathListener != null) {
      pathListener.close().addListener(_ -> {});
    }
  }

  private static String text(@Nullable SocketAddress address) {
    if (address instanceof InetSocketAddress inet) {
      String host = inet.getAddress().getHostAddress();
      return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + inet.getPort();
    }
    return "";
  }

  private static boolean isLoopback(@Nullable SocketAddress address) {
    return address instanceof InetSocketAddress inet && LOOPBACK.contains(inet.getAddress());
  }

  private final class Connection extends ChannelLink {
    private @Nullable Client client;

    Connection(Channel channel) {
      begin(channel);
      if (!(channel.parent().localAddress() instanceof InetSocketAddress)) {
        atPath(server.setting("unixsocket"));
      }
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      client = server.accept(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf bytes = (ByteBuf) message;
      try {
        if (client != null && !client.closed) {
          feed(client, bytes);
        }
      } catch (RuntimeException e) {
        server.log().warn("a bug while a client was served", e);
      } finally {
        bytes.release();
      }
    }

    private void feed(Client to, ByteBuf bytes) {
      while (bytes.isReadable() && !to.closed) {
        int count = Math.min(bytes.readableBytes(), scratch.length);
        bytes.readBytes(scratch, 0, count);
        server.received(to, scratch, 0, count);
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      Client to = client;
      if (to != null && channel.isWritable()) {
        guarded(() -> server.writable(to));
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (client != null) {
        Client gone = client;
        guarded(() -> server.disconnected(gone));
      }
    }
  }

  /** The socket's side of both kinds of connections. */
  private abstract class ChannelLink extends ChannelInboundHandlerAdapter implements Link {
    @SuppressWarnings("NullAway.Init") // by begin, before anything else
    Channel channel;

    private String peer = "";
    private String local = "";
    private boolean isLocal;
    private boolean isUnix;

    void begin(Channel opened) {
      channel = opened;
      addresses();
    }

    void addresses() {
      peer = text(channel.remoteAddress());
      local = text(channel.localAddress());
      isLocal = isLoopback(channel.remoteAddress());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      channel.close().addListener(_ -> {}); // a reset by the peer; nothing to say
    }

    @Override
    public void send(byte[] bytes, int from, int to) {
      ByteBuf copy = buffers.copy(channel.alloc(), bytes, from, to);
      ChannelFuture _ = channel.writeAndFlush(copy, channel.voidPromise());
    }

    @Override
    public long unsentBytes() {
      var buffer = channel.unsafe().outboundBuffer();
      return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    @Override
    public void finish() {
      channel
          .writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER)
          .addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void abort() {
      channel.close().addListener(_ -> {});
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void pause() {
      channel.config().setAutoRead(false);
    }

    @Override
    public void resume() {
      channel.config().setAutoRead(true);
    }

    @Override
    public String peer() {
      return peer;
    }

    @Override
    public String local() {
      return local;
    }

    /** At the path where the server listens; clients have no address of their own there. */
    void atPath(String path) {
      isUnix = true;
      isLocal = true;
      peer = path + ":0";
      local = peer;
    }

    @Override
    public boolean isLocal() {
      return isLocal;
    }

    @Override
    public boolean isUnix() {
      return isUnix;
    }
  }

  /** A connection that this server has opened. */
  private final class Outgoing extends ChannelLink {
    private final Dialer.Peer peer;

    Outgoing(Dialer.Peer peer) {
      this.peer = peer;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      addresses();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf bytes = (ByteBuf) message;
      try {
        while (bytes.isReadable()) {
          int count = Math.min(bytes.readableBytes(), scratch.length);
          bytes.readBytes(scratch, 0, count);
          peer.received(scratch, 0, count);
        }
      } catch (RuntimeException e) {
        server.log().warn("a bug while another server was heard", e);
        channel.close().addListener(_ -> {});
      } finally {
        bytes.release();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      server.execute(() -> peer.closed("the connection was closed"));
    }
  }
}
