package systems.net.client;

import org.jspecify.annotations.Nullable;
import systems.net.client.ExchangeException.Reason;
import systems.net.loop.Loop;
import systems.net.loop.Network;
import systems.net.loop.Timer;

/**
 * One loop's connections to one origin.
 *
 * <pre>
 *   take     newest -> idle -> idle -> oldest        a stack: the one that was used last goes first,
 *              |                         |           the others get old and expire
 *              v                         v idleNanos
 *            busy ---response whole--->  closed
 *              ^          |
 *   await    first -> waiter -> waiter -> last       a queue: who came first is served first
 *              ^
 *              +--- connecting                       made for nobody in particular
 * </pre>
 *
 * <ol>
 *   <li>{@code connecting + idle + busy <= connectionsMax}, and so many {@link #open}.
 *   <li>There are idle connections or waiters, never both: a connection that gets free goes to the
 *       first waiter, not to whoever asks next.
 *   <li>A connection that is being made is for the first waiter at the moment at which it stands.
 *       If it cannot be made, the first waiter hears of that; each failure is told to one.
 *   <li>There are never more connections on their way than waiters when one is begun.
 *   <li>When a kept-alive connection turns out to be dead under a request, all idle ones are
 *       dropped. They have been idle for longer than this one, since it was the newest, so what
 *       ended it (a restart, a timeout) most likely ended them too; and the second attempt of the
 *       request then gets a connection that is new.
 * </ol>
 *
 * <p>Why the newest first and not in turn: with few requests few connections are kept warm, and the
 * rest can expire. In turn, each would be used just often enough to stay.
 *
 * <p>Only on the loop. The pool has no timer of its own: an idle connection expires by its
 * transport's {@link systems.net.loop.Transport#wakeAt}, which is there anyway.
 */
public final class Pool {
  /** What a connection was when it ended. */
  enum GoneFrom {
    CONNECTING,
    IDLE,
    BUSY,
    /** A kept-alive connection under a new request, without a byte of the response. */
    STALE
  }

  private static final int SCRATCH_BYTES = 1024;

  private final Loop loop;
  private final Network network;
  private final Origin origin;
  private final PoolSettings settings;
  private final ClientTls tls;

  private @Nullable ClientConnection newest;
  private @Nullable Waiter first;
  private @Nullable Waiter last;
  private int waiting;
  private int idle;
  private int connecting;
  private int open;
  private boolean retired;
  private long connects;
  private long reuses;
  private byte[] scratch = new byte[SCRATCH_BYTES];

  /**
   * @param network that belongs to the loop
   */
  public Pool(Loop loop, Network network, Origin origin, PoolSettings settings, ClientTls tls) {
    this.loop = loop;
    this.network = network;
    this.origin = origin;
    this.settings = settings;
    this.tls = tls;
  }

  /**
   * Who wants a connection that is not there yet. Hears either of the two, once, unless it left.
   */
  public abstract static class Waiter {
    private @Nullable Waiter next;
    private @Nullable Waiter previous;
    private @Nullable Pool pool;
    private @Nullable Timer timer;

    /** The connection is the waiter's until its response is whole. */
    protected abstract void connected(ClientConnection connection);

    protected abstract void failed(ExchangeException why);

    /** Does not want one any more; nothing happens if it does not wait. */
    public final void leave() {
      if (pool != null) {
        pool.remove(this);
      }
    }

    public final boolean isWaiting() {
      return pool != null;
    }
  }

  /** A connection that is there, or null. */
  public @Nullable ClientConnection take() {
    //> phase 7: which of the idle connections, and why does it matter?
    assert loop.inLoop();
    ClientConnection connection = newest;
    if (connection == null) {
      return null;
    }
    assert waiting == 0 : "somebody waits while a connection is idle";
    unlink(connection);
    reuses++;
    connection.take();
    return connection;
    //< phase 7
  }

  /**
   * Waits for a connection; one more is made where the bound allows it. If none may wait any more
   * the waiter hears of it at once.
   *
   * @param deadlineNanos of the loop's time; earlier, if {@link ClientTimeouts#waitNanos} is over
   */
  public void await(Waiter waiter, long deadlineNanos) {
    //> phase 7: what bounds the queue, in length and in time?
    assert loop.inLoop() && waiter.pool == null;
    boolean full = waiting >= settings.waitersMax() && open >= settings.connectionsMax();
    if (full) { //~ waitsWithoutBound: if (waiting < 0) {
      waiter.failed(new ExchangeException(Reason.POOL_FULL, waiting + " wait already", null));
      return;
    }
    append(waiter);
    long now = loop.nanoTime();
    long until =
        ClientTimeouts.earlier(
            ClientTimeouts.after(now, settings.timeouts().waitNanos()), deadlineNanos);
    if (until != Long.MAX_VALUE) {
      long left = until - now; //~ waiterWithoutDeadline: long left = 1000 * (until - now);
      waiter.timer = loop.schedule(left, () -> expired(waiter));
    }
    connectForWaiters();
    //< phase 7
  }

  private void append(Waiter waiter) {
    waiter.pool = this;
    waiter.previous = last;
    if (last == null) {
      first = waiter;
    } else {
      last.next = waiter;
    }
    last = waiter;
    waiting++;
  }

  private void remove(Waiter waiter) {
    assert waiter.pool == this && waiting > 0;
    if (waiter.previous == null) {
      first = waiter.next;
    } else {
      waiter.previous.next = waiter.next;
    }
    if (waiter.next == null) {
      last = waiter.previous;
    } else {
      waiter.next.previous = waiter.previous;
    }
    waiter.next = null;
    waiter.previous = null;
    waiter.pool = null;
    if (waiter.timer != null) {
      waiter.timer.cancel();
      waiter.timer = null;
    }
    waiting--;
  }

  private void expired(Waiter waiter) {
    waiter.timer = null;
    remove(waiter);
    waiter.failed(
        new ExchangeException(
            Reason.POOL_TIMEOUT, "no connection to " + origin.address() + " got free", null));
  }

  private void connectForWaiters() {
    while (connecting < waiting && open < settings.connectionsMax()) {
      open++;
      connecting++;
      connects++;
      var connection = new ClientConnection(this, settings.limits(), settings.timeouts());
      long timeout = settings.timeouts().connectNanos();
      network.connect(origin.address(), timeout, tls.over(connection, origin));
    }
  }

  // ---- what connections say

  /** It stands, and is free. */
  void connected(ClientConnection connection) {
    connecting--;
    assert connecting >= 0;
    serveOrKeep(connection);
  }

  /** The response is whole, and another request may follow. */
  void released(ClientConnection connection) {
    serveOrKeep(connection);
  }

  private void serveOrKeep(ClientConnection connection) {
    //> phase 7: it is free; who gets it, and what if nobody wants it?
    Waiter waiter = first;
    if (waiter != null) { //~ forgetsTheWaiter: if (waiter != null && retired) {
      remove(waiter);
      connection.take();
      waiter.connected(connection);
    } else if (retired) {
      connection.take();
      connection.abort();
    } else {
      link(connection);
    }
    //< phase 7
  }

  /** Once for each connection, the last that is heard of it. */
  void gone(ClientConnection connection, GoneFrom from, @Nullable Throwable cause) {
    //> phase 7: the connection counted as one of three kinds; and somebody may wait for its place
    open--;
    assert open >= 0;
    switch (from) {
      case CONNECTING -> {
        connecting--;
        failFirst(cause);
      }
      case IDLE -> unlink(connection);
      case BUSY -> {}
      case STALE -> dropIdle(); //~ nextOneIsDeadToo: case STALE -> {}
    }
    connectForWaiters();
    //< phase 7
  }

  private void failFirst(@Nullable Throwable cause) {
    Waiter waiter = first;
    if (waiter != null) {
      remove(waiter);
      waiter.failed(
          new ExchangeException(Reason.CONNECT, "no connection to " + origin.address(), cause));
    }
  }

  /** Closes all connections that have no request. */
  public void dropIdle() {
    while (newest != null) {
      newest.abort();
    }
  }

  /**
   * Closes what is idle now and what gets free later; who waits or is busy is served to its end.
   */
  public void retire() {
    retired = true;
    dropIdle();
  }

  private void link(ClientConnection connection) {
    assert connection.newer == null && connection.older == null && connection != newest;
    connection.older = newest;
    if (newest != null) {
      newest.newer = connection;
    }
    newest = connection;
    idle++;
  }

  private void unlink(ClientConnection connection) {
    ClientConnection newer = connection.newer;
    ClientConnection older = connection.older;
    if (newer == null) {
      assert newest == connection;
      newest = older;
    } else {
      newer.older = older;
    }
    if (older != null) {
      older.newer = newer;
    }
    connection.newer = null;
    connection.older = null;
    idle--;
    assert idle >= 0;
  }

  /** An array of this loop that holds so many bytes, until the next call. */
  byte[] scratch(int bytes) {
    if (scratch.length < bytes) {
      scratch = new byte[Math.max(2 * scratch.length, bytes)];
    }
    return scratch;
  }

  // ---- numbers

  /** Connections that are being made, idle or busy. */
  public int open() {
    return open;
  }

  public int idle() {
    return idle;
  }

  /** Requests that wait for a connection. */
  public int waiting() {
    return waiting;
  }

  /** Connections that were begun so far. */
  public long connects() {
    return connects;
  }

  /** Requests so far that went over a connection which was idle. */
  public long reuses() {
    return reuses;
  }

  public Origin origin() {
    return origin;
  }
}
