package systems.net.loop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A bound socket on a loop, and who is let in.
 *
 * <pre>
 *   SYN --> [ backlog, the system's ] --accept--> admitted? --yes--> destination's loop
 *                    |                               | no
 *                    | no descriptor left            +----> closed, counted
 *                    v
 *            rests for a while: the peers wait in the backlog, the loop does its other work
 * </pre>
 *
 * <p>When the process has no descriptor left (EMFILE), or the system (ENFILE), accept fails and the
 * connection stays in the backlog; so the socket stays ready, and a loop that tries again at once
 * does nothing else any more. What helps is time: connections end, and give descriptors back. So
 * the acceptor takes its interest away for {@link LoopSettings.Accepting#pauseNanos}. The error has
 * no exception of its own in Java and its text depends on the locale; but no other error of accept
 * is better served by trying at once either, so all are treated alike.
 *
 * <p>A socket that is closed resets whom the system has accepted and nobody has asked for yet, and
 * these peers have sent their requests already. So the socket is closed last:
 *
 * <pre>
 *   close --task--> key cancelled --next select--> nobody watches --accept until null--> closed
 * </pre>
 *
 * <p>The selector has to let go of the channel first, since a channel that it knows is closed by
 * its next turn only, and until then the system would let more peers in. Between the last accept
 * and the close lie some microseconds; who comes in these is reset, before anything of him was
 * read.
 *
 * <p>The loop's thread does all of it, but for {@link #close}, which may come from any.
 */
final class Acceptor implements Ready, Deferred, Network.Listener {
  /** The system's accept, or what a test puts in its place. */
  @FunctionalInterface
  interface Source {
    /** Null if nobody waits. */
    @Nullable SocketChannel accept() throws IOException;
  }

  /** Where an admitted connection goes; has to close it if it cannot take it. */
  @FunctionalInterface
  interface Destination {
    void connection(SocketChannel channel, @Nullable InetAddress admitted);
  }

  private final EventLoop loop;
  private final ServerSocketChannel socket;
  private final SocketAddress address;
  private final Source source;
  private final Destination destination;
  private final Runnable goOn = this::goOn;
  private final CountDownLatch closed = new CountDownLatch(1);
  private long restsUntilNanos;
  private boolean closing;
  private boolean unwatched;

  Acceptor(EventLoop loop, ServerSocketChannel socket, Source source, Destination destination)
      throws IOException {
    this.loop = loop;
    this.socket = socket;
    this.address = socket.getLocalAddress();
    this.source = source;
    this.destination = destination;
    this.restsUntilNanos = System.nanoTime();
  }

  /**
   * A socket that listens.
   *
   * @param shared whether other sockets may be bound to the same port, of which the system chooses
   *     one for each connection
   */
  static ServerSocketChannel bind(SocketAddress at, int backlog, boolean shared) {
    try {
      var socket = ServerSocketChannel.open();
      try {
        socket.configureBlocking(false);
        socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        if (shared) {
          socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        }
        return socket.bind(at, backlog);
      } catch (IOException | RuntimeException refused) {
        socket.close();
        throw refused;
      }
    } catch (IOException refused) {
      throw new UncheckedIOException("cannot listen at " + at, refused);
    }
  }

  @Override
  public SocketAddress address() {
    return address;
  }

  @Override
  public void ready(int operations) {
    assert loop.inLoop() && operations == SelectionKey.OP_ACCEPT;
    //> phase 1: how many do you accept before the connections that stand get their turn?
    try {
      int most = loop.settings().accepting().acceptsPerTick();
      for (int i = 0; i < most; i++) {
        SocketChannel channel = source.accept();
        if (channel == null) {
          return;
        }
        accepted(channel);
      }
    } catch (ClosedChannelException closed) {
      // by another thread, since the selector looked
    } catch (IOException failure) {
      rest(failure);
    }
    //< phase 1
  }

  private void accepted(SocketChannel channel) throws IOException {
    InetAddress peer =
        channel.getRemoteAddress() instanceof InetSocketAddress inet ? inet.getAddress() : null;
    if (peer != null && !loop.settings().accepting().admission().admit(peer)) {
      loop.counters().add(Counters.REFUSED, 1);
      channel.close(); //~ phase 3 refusedStaysOpen: ;
      return;
    }
    loop.counters().add(Counters.ACCEPTED, 1);
    destination.connection(channel, peer);
  }

  /**
   * Goes through the motions of a rest once, while there are descriptors. A process without any
   * cannot load a class from a folder either, and the first rest would be the end of the loop.
   */
  void rehearse() {
    //> phase 3: which classes does a rest need, and when are they loaded?
    loop.schedule(0, goOn);
    //< phase 3 with: assert loop.inLoop();
  }

  /** Lets the peers wait, and the loop do its other work. */
  private void rest(IOException failure) {
    //> phase 3: the socket stays ready while accept fails; who then gets no turn any more?
    SelectionKey key = socket.keyFor(loop.selector());
    if (key == null || !key.isValid()) {
      return;
    }
    key.interestOps(0); //~ spinsWithoutDescriptors: key.interestOps(SelectionKey.OP_ACCEPT);
    loop.counters().add(Counters.ACCEPT_PAUSES, 1);
    loop.failed("accepting at " + address + " failed; it rests", failure);
    long pauseNanos = Math.min(loop.settings().accepting().pauseNanos(), EventLoop.DELAY_NANOS_MAX);
    restsUntilNanos = System.nanoTime() + pauseNanos;
    loop.schedule(pauseNanos, goOn);
    //< phase 3 with: loop.failed("accepting at " + address + " failed", failure);
  }

  private void goOn() {
    SelectionKey key = socket.keyFor(loop.selector());
    boolean rested = loop.turnNanos() - restsUntilNanos >= 0; // the rehearsal may come in a rest
    if (rested && key != null && key.isValid()) {
      key.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  @Override
  public void abandon(Throwable cause) {
    closeSocket();
  }

  /** Nobody is accepted any more when this returns, unless it is called on a loop. */
  @Override
  public void close() {
    try {
      loop.execute(this::unwatch);
    } catch (RejectedExecutionException ended) {
      closeSocket();
    }
    if (!EventLoop.isLoop(Thread.currentThread())) {
      awaitClosed();
    }
  }

  private void awaitClosed() {
    boolean interrupted = false;
    while (true) {
      try {
        closed.await();
        break;
      } catch (InterruptedException later) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void unwatch() {
    if (closing) {
      return;
    }
    closing = true;
    SelectionKey key = socket.keyFor(loop.selector());
    if (key != null) {
      key.cancel();
    }
    loop.defer(this);
  }

  /**
   * At the end of the turn that has cancelled the key, then of the next, which has forgotten it.
   */
  @Override
  public void turn() {
    if (!unwatched) {
      unwatched = true;
      loop.defer(this);
      return;
    }
    try {
      acceptTheRest();
    } catch (Throwable failure) {
      loop.failed("accepting the last at " + address + " failed", failure);
    } finally {
      closeSocket();
    }
  }

  private void acceptTheRest() throws IOException {
    int most = loop.settings().accepting().backlog() + 1;
    for (int i = 0; i < most && socket.isOpen(); i++) {
      SocketChannel channel = source.accept();
      if (channel == null) {
        return;
      }
      accepted(channel);
    }
  }

  private void closeSocket() {
    try {
      socket.close();
    } catch (IOException gone) {
      // the descriptor is free all the same
    }
    closed.countDown();
  }
}
