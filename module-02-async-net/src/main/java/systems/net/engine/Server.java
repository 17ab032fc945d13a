package systems.net.engine;

import java.net.SocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import systems.net.http.Handler;
import systems.net.http.ServerStats;

/**
 * An HTTP server on one of the three engines.
 *
 * <pre>
 *   start --> accepting --drain--> 1 the system's queue is emptied, then its socket closed
 *                 |                2 the next answer of each connection says Connection: close
 *                 |                3 after a grace, who still has nothing to do is ended
 *                 |                4 all have ended, or the deadline has come --> closed
 *                 +-----------------------------close-----------------------------> closed
 * </pre>
 *
 * <p><b>What a drain promises.</b>
 *
 * <ol>
 *   <li>A connection that the system had accepted before the drain is served, also if nobody here
 *       had seen it yet.
 *   <li>A request whose head is here before its connection's last answer is answered whole, unless
 *       the deadline comes first. The last answer says so, and the client sends no further request
 *       on that connection (RFC 9112 section 9.6). Of requests that were pipelined behind it none
 *       is begun.
 *   <li>An idle connection stands for a grace of {@link #GRACE_NANOS}: a client that uses it in
 *       this time is answered. Then the server ends its direction, and drops what still comes until
 *       the client ends too, for two seconds at most. A request that crosses this end on its way is
 *       not begun: its client sees the end of the stream, not a reset, before the first byte of an
 *       answer.
 *   <li>Connections that were upgraded are no longer HTTP's: whoever upgraded them tells them to
 *       end. The server waits for them for {@link #UPGRADED_NANOS} after its last exchange.
 * </ol>
 *
 * <p><b>What it cannot promise.</b> HTTP/1.1 has no way to say "I close now, do not ask" and to
 * hear that it was heard. A client that was silent for all of the grace, and asks in the very
 * moment in which it ends, gets no answer; it may repeat what is idempotent on a new connection
 * (RFC 9112 section 9.3.1), and every client that keeps connections has to be able to. The same
 * holds for who connects in the microseconds between the last accept and the close of the socket.
 * No request is lost after its first byte of an answer.
 *
 * <p><b>A successor.</b> With {@link ServerSettings#sharesPort}, on Linux, a new process of the
 * same user may listen at the same address before the old one drains; nobody is refused in between.
 *
 * <p>Rejected: to end idle connections at once, as the first version did. A client that sends one
 * request after the other is idle between any two of them for as long as the way takes, and in a
 * drain under load some of eight such clients always hit that moment.
 *
 * <p>All methods may be called from any thread.
 */
public final class Server implements AutoCloseable {
  /** How long an idle connection may still be used when a drain has begun. */
  public static final long GRACE_NANOS = 250_000_000L;

  /** How long connections that were upgraded have when HTTP has nothing to do any more. */
  static final long UPGRADED_NANOS = 1_000_000_000L;

  private static final long LOOK_NANOS = 2_000_000L;

  private final Running running;
  private final ServerStats[] stats;
  private final CompletableFuture<Boolean> drained = new CompletableFuture<>();
  private boolean draining;

  private Server(Running running, ServerStats[] stats) {
    this.running = running;
    this.stats = stats;
  }

  /**
   * Starts a server; when this returns, clients can connect.
   *
   * @throws java.io.UncheckedIOException if the address cannot be bound
   */
  public static Server start(ServerSettings settings, Handler handler) {
    var stats = new ServerStats[settings.loops()];
    for (int i = 0; i < stats.length; i++) {
      stats[i] = settings.engine() == Engine.THREADS ? ServerStats.shared() : new ServerStats();
    }
    Running running =
        switch (settings.engine()) {
          case LOOP -> LoopEngine.start(settings, handler, stats);
          case NETTY -> NettyEngine.start(settings, handler, stats);
          case THREADS -> ThreadEngine.start(settings, handler, stats);
        };
    return new Server(running, stats);
  }

  /** With its real port. */
  public SocketAddress address() {
    return running.address();
  }

  /** What happened so far. */
  public ServerStats.Snapshot stats() {
    ServerStats.Snapshot sum = ServerStats.Snapshot.NONE;
    for (ServerStats part : stats) {
      sum = sum.plus(part.snapshot());
    }
    return sum;
  }

  /** Connections that stand now, those in a handshake and those that were upgraded among them. */
  public int connections() {
    return running.standing();
  }

  /**
   * Ends the server without losing a request; a second call returns the first one's future.
   *
   * @param deadlineNanos after which what is left is aborted
   * @return completed when the server is closed: with whether all came to their end
   */
  public synchronized CompletableFuture<Boolean> drain(long deadlineNanos) {
    if (!draining) {
      draining = true;
      long begun = System.nanoTime();
      Thread.ofPlatform().name("drain").daemon(true).start(() -> drain(begun, deadlineNanos));
    }
    return drained;
  }

  private void drain(long begun, long deadlineNanos) {
    //> phase 5: who comes no more, who is told, who gets a grace, and whom do you wait for?
    boolean all = false;
    try {
      running.stopAccepting(); //~ drainAcceptsOn: assert !running.address().toString().isEmpty();
      running.announceDrain();
      long grace = Math.min(GRACE_NANOS, deadlineNanos / 2); //~ noGrace: long grace = 0;
      all = awaitEnd(begun, grace);
      if (!all) {
        running.drain(); //~ idleOnesStay: assert grace >= 0;
        all = awaitEnd(begun, deadlineNanos);
      }
    } finally {
      running.close();
      drained.complete(all);
    }
    //< phase 5
  }

  /** Looks again and again until nobody is left or the time is over. */
  private boolean awaitEnd(long begun, long nanos) {
    //> phase 5: whose end do you wait for: of all connections, or of all that speak HTTP?
    long idleSince = Long.MAX_VALUE;
    while (someStand()) {
      long now = System.nanoTime();
      if (now - begun >= nanos) {
        return false;
      }
      if (stats().open() > 0) {
        idleSince = Long.MAX_VALUE;
      } else if (idleSince == Long.MAX_VALUE) {
        idleSince = now;
      } else if (now - idleSince >= UPGRADED_NANOS) {
        return true;
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return true;
    //< phase 5
  }

  private boolean someStand() {
    int standing = drained.isDone() ? 0 : running.standing();
    return standing > 0; //~ phase 5 drainWaitsForNobody: return standing < 0;
  }

  /** Ends the server at once; running requests are aborted. */
  @Override
  public void close() {
    running.close();
    drained.complete(false);
  }
}
