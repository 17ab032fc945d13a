package systems.net.engine;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FileRegion;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import systems.net.http.Handler;
import systems.net.http.ServerStats;
import systems.net.loop.Admission;
import systems.net.loop.Transport;

/**
 * On Netty, without its HTTP codec: its sockets and loops move the bytes of the same protocol.
 *
 * <pre>
 *   acceptor, 1 thread --register--> loop 0: channel -- NettyTransport -- ServerConnection
 *                      --register--> loop 1: channel -- NettyTransport -- ServerConnection
 * </pre>
 *
 * <p>A pipeline has one handler; what Netty's pipelines are for, putting codecs together, is done
 * by protocols here.
 *
 * <p>Rejected: Netty's native epoll. When the peer has ended its direction and nothing is left to
 * be read, version 4.2.18 takes the socket out of epoll and does not note it; a long answer that
 * then has to wait for room fails with "epoll_ctl(..) failed with error(-2)", and its rest is lost.
 * The test is {@code aLongAnswerReachesAPeerThatHasEnded}: try again with the next version.
 *
 * <p>Without descriptors (EMFILE) Netty's own acceptor stops reading for a second, and has the
 * failure logged. Loggers open files; one that cannot throws an error, which ends the acceptor's
 * thread and with it the server. So the failure is caught in front of it, by {@link Rests}.
 */
final class NettyEngine implements Running {
  private static final long QUIT_SECONDS = 1;

  private final EventLoopGroup acceptors;
  private final EventLoopGroup loops;
  private final Channel listener;
  private final Map<EventExecutor, NettyLoop> parts;
  private final Admission admission;

  private NettyEngine(
      EventLoopGroup acceptors,
      EventLoopGroup loops,
      Channel listener,
      Map<EventExecutor, NettyLoop> parts,
      Admission admission) {
    this.acceptors = acceptors;
    this.loops = loops;
    this.listener = listener;
    this.parts = parts;
    this.admission = admission;
  }

  static NettyEngine start(ServerSettings settings, Handler handler, ServerStats[] stats) {
    var factory = NioIoHandler.newFactory();
    EventLoopGroup acceptors = new MultiThreadIoEventLoopGroup(1, factory);
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(settings.loops(), factory);
    Map<EventExecutor, NettyLoop> parts = parts(loops, settings, handler, stats);
    var admission = settings.admission();
    ServerBootstrap bootstrap = bootstrap(settings);
    bootstrap.group(acceptors, loops);
    bootstrap.childHandler(
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            admit(channel, admission, parts);
          }
        });
    ChannelFuture bound = bootstrap.bind(settings.address()).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      end(acceptors);
      end(loops);
      throw new UncheckedIOException("cannot listen at " + settings.address(), asIo(bound.cause()));
    }
    return new NettyEngine(acceptors, loops, bound.channel(), parts, admission);
  }

  private static ServerBootstrap bootstrap(ServerSettings settings) {
    var bootstrap =
        new ServerBootstrap()
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, settings.backlog())
            .option(ChannelOption.SO_REUSEADDR, true)
            .handler(new Rests(settings.failures()))
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.AUTO_CLOSE, false)
            .childOption(ChannelOption.MESSAGE_SIZE_ESTIMATOR, NettyEngine::sizes)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(Transport.LOW_WATER, Transport.HIGH_WATER));
    if (settings.sharesPort() && Platform.SHARES_PORTS) {
      bootstrap.option(NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT), true);
    }
    return bootstrap;
  }

  /** Netty's own estimator says that a file is nothing, and nobody would wait for it. */
  private static MessageSizeEstimator.Handle sizes() {
    return message ->
        switch (message) {
          case FileRegion file -> (int) Math.min(Integer.MAX_VALUE, file.count());
          case ByteBuf bytes -> bytes.readableBytes();
          default -> throw new AssertionError("nobody writes a " + message.getClass());
        };
  }

  private static Map<EventExecutor, NettyLoop> parts(
      EventLoopGroup loops, ServerSettings settings, Handler handler, ServerStats[] stats) {
    Map<EventExecutor, NettyLoop> parts = new HashMap<>();
    int n = 0;
    for (EventExecutor executor : loops) {
      var connections = new Connections(settings, handler, stats[n++]);
      parts.put(executor, new NettyLoop((EventLoop) executor, connections, settings.failures()));
    }
    assert n == stats.length;
    return parts;
  }

  private static IOException asIo(Throwable cause) {
    return cause instanceof IOException io ? io : new IOException(cause);
  }

  private static void admit(
      Channel channel, Admission admission, Map<EventExecutor, NettyLoop> parts) {
    //> phase 6: who counts the connection, who counts it down, and what becomes of one too many?
    if (!(channel.remoteAddress() instanceof InetSocketAddress remote)) {
      ChannelFuture _ = channel.close(); // it has gone already
      return;
    }
    InetAddress peer = remote.getAddress();
    if (!admission.admit(peer)) {
      ChannelFuture _ = channel.close();
      return;
    }
    releaseAtItsEnd(channel, admission, peer); //~ neverReleases: assert peer != null;
    NettyLoop loop = parts.get(channel.eventLoop());
    assert loop != null && loop.inLoop();
    channel.pipeline().addLast(new NettyTransport(channel, loop, loop.connections().next()));
    //< phase 6
  }

  private static void releaseAtItsEnd(Channel channel, Admission admission, InetAddress peer) {
    ChannelFuture _ = channel.closeFuture().addListener(_ -> admission.release(peer));
  }

  /** Looks away from a socket that cannot be accepted from. */
  private static final class Rests extends ChannelInboundHandlerAdapter {
    private final Consumer<Throwable> failures;

    Rests(Consumer<Throwable> failures) {
      this.failures = failures;
    }

    /** A rehearsal: a process without descriptors cannot load classes either. */
    @Override
    public void channelActive(ChannelHandlerContext context) {
      rest(context.channel(), 0);
      context.fireChannelActive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable thrown) {
      rest(context.channel(), ThreadEngine.ACCEPT_REST_NANOS);
      failures.accept(thrown);
    }

    private static void rest(Channel listener, long nanos) {
      //> phase 6: the socket stays ready while accept fails: who gets no turn any more?
      listener.config().setAutoRead(false);
      Runnable goOn = () -> listener.config().setAutoRead(true);
      later(listener, nanos, goOn); //~ neverAcceptsAgain: assert nanos >= 0;
      //< phase 6
    }

    private static void later(Channel listener, long nanos, Runnable task) {
      Future<?> _ = listener.eventLoop().schedule(task, nanos, TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public SocketAddress address() {
    return listener.localAddress();
  }

  /**
   * The acceptor's loop looks at its sockets before it runs what was scheduled: then it has
   * accepted whoever was there.
   */
  @Override
  public void stopAccepting() {
    //> phase 6: a socket that is closed resets whom the system has accepted for it
    var stopped = new CountDownLatch(1);
    var acceptor = listener.eventLoop();
    Runnable close =
        () -> {
          ChannelFuture _ = listener.close();
          stopped.countDown();
        };
    try {
      acceptor.execute(() -> {
        acceptAtOnce(Integer.MAX_VALUE);
        Future<?> _ =
            acceptor.schedule(
                close, 0, TimeUnit.NANOSECONDS); // in the next turn, behind its accepts
      });
      Waiting.until(stopped);
    } catch (RejectedExecutionException ended) {
      assert acceptor.isShuttingDown();
    }
    onEach(_ -> {}); // who was handed to a loop is that loop's when it has done this
    //< phase 6
  }

  private void acceptAtOnce(int most) {
    if (listener.config().getRecvByteBufAllocator()
        instanceof MaxMessagesRecvByteBufAllocator allocator) {
      allocator.maxMessagesPerRead(most);
    }
  }

  @Override
  public void announceDrain() {
    onEach(Connections::announceDrain);
  }

  @Override
  public void drain() {
    onEach(Connections::drain);
  }

  /** Returns when all loops have done it, or have ended. */
  private void onEach(Consumer<Connections> task) {
    var done = new CountDownLatch(parts.size());
    for (NettyLoop part : parts.values()) {
      try {
        part.execute(() -> {
          task.accept(part.connections());
          done.countDown();
        });
      } catch (RejectedExecutionException ended) {
        done.countDown(); // closed meanwhile: nobody is left to be told
      }
    }
    Waiting.until(done);
  }

  @Override
  public int standing() {
    return admission.open();
  }

  @Override
  public void close() {
    end(acceptors);
    end(loops);
  }

  /** On one of its own threads nobody may wait for a group. */
  private static void end(EventLoopGroup group) {
    var ending = group.shutdownGracefully(0, QUIT_SECONDS, TimeUnit.SECONDS);
    boolean isOwn = false;
    for (EventExecutor executor : group) {
      isOwn |= executor.inEventLoop();
    }
    if (!isOwn) {
      ending.awaitUninterruptibly();
    }
  }
}
