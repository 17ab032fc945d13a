package systems.net.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import systems.net.http.Exchanges;
import systems.net.http.Handler;
import systems.net.http.ServerConnection;
import systems.net.http.ServerStats;
import systems.net.loop.Admission;
import systems.net.loop.Protocol;

/**
 * A virtual thread for each connection: it blocks in read, runs the protocol, blocks in write.
 *
 * <pre>
 *   http-accept (platform)    select ... accept, accept, accept ... select
 *                                            |
 *   a virtual thread each                    +--> read | protocol, handler, write | read ...
 *
 *   http-timer (platform)     alarms of connections; looks after writes that stand still
 * </pre>
 *
 * <p>The shape that everybody can read, and what it costs: each connection has a stack and a read
 * buffer, also while it waits; each wait is a park, and an unpark by the JDK's poller. What it
 * gives: a handler may block, and a slow reader stops its handler by itself.
 *
 * <p>Accepting goes by a selector of its own, though a blocking accept would be simpler: a thread
 * in a blocking accept cannot be told to take who waits already and then to stop. Without
 * descriptors (EMFILE) it looks away from the socket for {@link #ACCEPT_REST_NANOS}, as all engines
 * do.
 *
 * <p>One sweep over all connections finds writes that stand still, some times per write timeout. A
 * timer for each write would have to be set and taken back for each answer.
 */
final class ThreadEngine implements Running {
  static final long ACCEPT_REST_NANOS = 100_000_000L;

  /** A write that stands still is found after one to one and a quarter of its timeout. */
  private static final int SWEEPS_PER_TIMEOUT = 4;

  private static final long SWEEP_NANOS_MIN = 1_000_000L;

  /** How long closing waits for handlers that block. */
  private static final long CLOSE_NANOS_MAX = 1_000_000_000L;

  private static final long CLOSE_LOOK_NANOS = 1_000_000L;

  private final ServerSettings settings;
  private final ServerSocketChannel listener;
  private final Selector selector;
  private final SocketAddress address;
  private final Handler handler;
  private final ServerStats[] stats;
  private final Admission admission;
  private final Set<ThreadTransport> open = ConcurrentHashMap.newKeySet();
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().name("http-timer").daemon(true).factory());
  private final CountDownLatch stopped = new CountDownLatch(1);
  private int accepted;
  private volatile boolean stopping;
  private volatile boolean draining;
  private volatile boolean closed;

  private ThreadEngine(
      ServerSettings settings, ServerSocketChannel listener, Handler handler, ServerStats[] stats)
      throws IOException {
    this.settings = settings;
    this.listener = listener;
    this.handler = handler;
    this.stats = stats;
    address = listener.getLocalAddress();
    admission = settings.admission();
    selector = Selector.open();
    timer.setRemoveOnCancelPolicy(true); // else an ended connection stays until its alarm's time
  }

  static ThreadEngine start(ServerSettings settings, Handler handler, ServerStats[] stats) {
    try {
      var listener = ServerSocketChannel.open();
      try {
        listener.configureBlocking(false);
        listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        if (settings.sharesPort() && Platform.SHARES_PORTS) {
          listener.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        }
        listener.bind(settings.address(), settings.backlog());
        var engine = new ThreadEngine(settings, listener, handler, stats);
        engine.begin();
        return engine;
      } catch (IOException | RuntimeException e) {
        listener.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen at " + settings.address(), e);
    }
  }

  private void begin() throws IOException {
    SelectionKey key = listener.register(selector, SelectionKey.OP_ACCEPT);
    long every = Math.max(settings.timeouts().writeNanos() / SWEEPS_PER_TIMEOUT, SWEEP_NANOS_MIN);
    ScheduledFuture<?> _ =
        timer.scheduleWithFixedDelay(this::sweep, every, every, TimeUnit.NANOSECONDS);
    // not a daemon: a server keeps its process alive until it is closed
    Thread.ofPlatform().name("http-accept").start(() -> acceptAll(key));
  }

  private void sweep() {
    long now = System.nanoTime();
    open.forEach(transport -> transport.lookAtWrite(now, settings.timeouts().writeNanos()));
  }

  // ---- accepting

  private void acceptAll(SelectionKey key) {
    try {
      acceptUntilStopped(key);
    } catch (IOException | ClosedSelectorException failure) {
      settings.failures().accept(failure);
    } finally {
      closeListener();
      stopped.countDown();
    }
  }

  private void acceptUntilStopped(SelectionKey key) throws IOException {
    //> phase 6: accept fails when the process has no descriptor left: does the loop end, or spin?
    while (!stopping) {
      selector.select();
      acceptWaiting(key);
    }
    key.cancel();
    selector.selectNow(); // lets go of the socket, so that its close is a close
    acceptWaiting(key);
    //< phase 6
  }

  //> phase 6 only
  private void acceptWaiting(SelectionKey key) throws IOException {
    try {
      SocketChannel channel = listener.accept();
      while (channel != null) {
        serve(channel);
        channel = listener.accept();
      }
    } catch (IOException noDescriptors) {
      settings.failures().accept(noDescriptors);
      rest(key); //~ acceptEndsAtTheFirstFailure: throw noDescriptors;
    }
  }

  /** The socket stays ready while accept fails: it must not be looked at for a while. */
  private void rest(SelectionKey key) throws IOException {
    if (stopping) {
      return;
    }
    key.interestOps(0);
    long until = System.nanoTime() + ACCEPT_REST_NANOS;
    for (long left = ACCEPT_REST_NANOS; left > 0 && !stopping; left = until - System.nanoTime()) {
      selector.select(TimeUnit.NANOSECONDS.toMillis(left) + 1);
    }
    key.interestOps(SelectionKey.OP_ACCEPT);
  }

  //< phase 6

  /** Serves who is admitted; what goes wrong with one connection ends that one. */
  private void serve(SocketChannel channel) {
    InetAddress peer = null;
    try {
      InetSocketAddress remote = (InetSocketAddress) channel.getRemoteAddress();
      if (!admission.admit(remote.getAddress())) {
        channel.close();
        return;
      }
      peer = remote.getAddress();
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      begin(channel, peer);
    } catch (IOException | RuntimeException | Error failure) {
      settings.failures().accept(failure);
      drop(channel, peer);
    }
  }

  private void drop(SocketChannel channel, @Nullable InetAddress peer) {
    if (peer != null) {
      admission.release(peer);
    }
    try {
      channel.close();
    } catch (IOException gone) {
      // the descriptor is free all the same
    }
  }

  private void begin(SocketChannel channel, InetAddress peer) throws IOException {
    // an exchange is made with the first request, so this is small
    var exchanges = new Exchanges(InstantSource.system(), settings.failures());
    // in turn, so that not all threads add to the same counters
    ServerStats counted = stats[Math.floorMod(accepted++, stats.length)];
    var http =
        new ServerConnection(handler, settings.limits(), settings.timeouts(), counted, exchanges);
    Tls tls = settings.tls();
    Protocol protocol = tls == null ? http : TlsTransport.server(tls, http);
    var transport = new ThreadTransport(channel, timer, http, protocol, settings.failures());
    if (draining) {
      http.announceDrain();
    }
    open.add(transport);
    Thread.ofVirtual()
        .name("http")
        .start(() -> {
          try {
            transport.run();
          } catch (RuntimeException | Error broken) { // else nobody reads, and the socket stays
            settings.failures().accept(broken);
            transport.kill(broken);
          } finally {
            open.remove(transport);
            admission.release(peer);
          }
        });
    if (closed) {
      transport.kill(new IOException("the server was closed"));
    }
  }

  private void closeListener() {
    try {
      listener.close();
      selector.close();
    } catch (IOException gone) {
      // the descriptors are free all the same
    }
  }

  // ---- running

  @Override
  public SocketAddress address() {
    return address;
  }

  @Override
  public void stopAccepting() {
    stopping = true;
    selector.wakeup();
    Waiting.until(stopped);
  }

  @Override
  public void announceDrain() {
    draining = true;
    onEach(ServerConnection::announceDrain);
  }

  @Override
  public void drain() {
    onEach(ServerConnection::drain);
  }

  private void onEach(Consumer<ServerConnection> task) {
    open.forEach(transport -> transport.execute(() -> task.accept(transport.http())));
  }

  @Override
  public int standing() {
    return admission.open();
  }

  @Override
  public void close() {
    closed = true;
    stopping = true;
    selector.wakeup();
    var cause = new IOException("the server was closed");
    open.forEach(transport -> transport.kill(cause));
    timer.shutdownNow().clear();
    Waiting.until(stopped);
    awaitThreads();
  }

  /** Their handlers were interrupted; who does not care for that is left alone after a while. */
  private void awaitThreads() {
    long deadline = System.nanoTime() + CLOSE_NANOS_MAX;
    while (!open.isEmpty() && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(CLOSE_LOOK_NANOS);
    }
  }
}
