package systems.net.engine;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import systems.net.http.ServerConnection;
import systems.net.loop.Loop;
import systems.net.loop.Protocol;
import systems.net.loop.Timer;
import systems.net.loop.Transport;

/**
 * A blocking socket as a transport, and its connection as a loop.
 *
 * <pre>
 *   the connection's virtual thread
 *        read ........ [lock: protocol.receive, handler, write] read ........ [lock: ...
 *   tasks of other threads, alarms
 *                 [lock: task]                                      [lock: task, task]
 *                  on a virtual thread that is started for them and ends with the last one
 *
 *   in    [ taken | not taken | free ........ ]      read into outside of the lock, all else inside
 *                 ^inFrom     ^inTo
 * </pre>
 *
 * <p>"On the loop" means: holding the connection's lock. The reader blocks outside of it, so a task
 * from elsewhere runs at once and need not wait for the peer. On the usual way, where nobody else
 * wants anything, the lock is free and costs one compare-and-set per read. Rejected: to hand tasks
 * to the reader. It sits in a system call, and the only way to get it out is to close the socket.
 *
 * <p>Writing blocks inside of {@link #flush}, with the lock held: so the peer's pace is the
 * handler's, without a queue and without water marks. Long writes go out before flush as well, in
 * pieces, since their bytes would have to be kept otherwise. A peer that takes nothing is found by
 * {@link #lookAtWrite}, which closes the socket without the lock; the write then throws.
 *
 * <ol>
 *   <li>All fields without a word of their own are guarded by {@link #lock}; but the bytes of
 *       {@link #in} from {@link #inTo} on belong to the reader while it reads.
 *   <li>A protocol is called by {@link #turn} and {@link #received}, never from inside a method of
 *       this class that it has called itself.
 *   <li>Tasks run in the order in which they came, also after the connection has ended: who answers
 *       late must not get an exception for it.
 *   <li>{@code closed} is told by whoever holds the lock when the connection ends, once.
 *   <li>No thread waits for {@link #readable} once the connection has ended.
 * </ol>
 */
final class ThreadTransport implements Transport, Loop {
  private static final int READ_BYTES = 8 << 10;
  private static final int WRITE_BYTES = 1 << 10;

  /** What goes to the system in one call, of bytes or of a file; each is progress. */
  private static final int PIECE_BYTES = 64 << 10;

  /** Bytes that a protocol may leave untaken before its connection is aborted. */
  private static final int HELD_BYTES_MAX = 1 << 20;

  private static final int TASKS_MAX = 64 << 10;

  /** Tasks that run before the lock is given away for once. */
  private static final int TASKS_PER_TURN = 1024;

  private enum Input {
    OPEN,
    SEEN,
    TOLD
  }

  private final SocketChannel channel;
  private final ScheduledExecutorService alarms;
  private final ServerConnection http;
  private final Consumer<Throwable> failures;
  private final SocketAddress remote;
  private final SocketAddress local;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition readable = lock.newCondition();

  /** Guards itself. */
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>(0);

  /** Whether somebody will run the tasks; written under the monitor of {@link #tasks}. */
  private volatile boolean manned;

  private Protocol protocol;
  private boolean fresh = true;
  private byte[] in = new byte[READ_BYTES];
  private ByteBuffer window = ByteBuffer.wrap(in);
  private int inFrom;
  private int inTo;
  private boolean redeliver;
  private byte[] out = new byte[WRITE_BYTES];
  private ByteBuffer outWindow = ByteBuffer.wrap(out);
  private int outSize;
  private Input input = Input.OPEN;
  private boolean paused;
  private boolean shut;
  private boolean ended;
  private boolean told;
  private @Nullable Throwable cause;
  private long wakeNanos = Long.MAX_VALUE;
  private long armedNanos;
  private @Nullable ScheduledFuture<?> alarm;

  /** When the system call that writes began; 0 for none. Read without the lock. */
  private volatile long writingSince;

  /** Why somebody has closed the socket without the lock. */
  private volatile @Nullable Throwable killed;

  private volatile @Nullable Thread reader;

  ThreadTransport(
      SocketChannel channel,
      ScheduledExecutorService alarms,
      ServerConnection http,
      Protocol protocol,
      Consumer<Throwable> failures)
      throws IOException {
    this.channel = channel;
    this.alarms = alarms;
    this.http = http;
    this.protocol = protocol;
    this.failures = failures;
    remote = Objects.requireNonNull(channel.getRemoteAddress());
    local = Objects.requireNonNull(channel.getLocalAddress());
  }

  ServerConnection http() {
    return http;
  }

  // ---- the reader

  /** The connection's life, on its virtual thread. */
  void run() {
    reader = Thread.currentThread();
    lock.lock();
    try {
      turn();
      while (awaitReadable()) {
        readOnce();
        turn();
      }
      assert ended && told;
    } finally {
      reader = null;
      lock.unlock();
    }
  }

  /** Waits until reading is wanted; false at the end. */
  private boolean awaitReadable() {
    while (!ended && (paused || input != Input.OPEN)) {
      readable.awaitUninterruptibly();
    }
    if (!ended) {
      makeRoom();
    }
    return !ended;
  }

  private void makeRoom() {
    assert lock.isHeldByCurrentThread();
    if (inFrom == inTo) {
      inFrom = 0;
      inTo = 0;
    } else if (inTo == in.length) {
      if (inFrom < in.length / 2) {
        in = Arrays.copyOfRange(in, inFrom, inFrom + 2 * in.length);
        window = ByteBuffer.wrap(in);
      } else {
        System.arraycopy(in, inFrom, in, 0, inTo - inFrom);
      }
      inTo -= inFrom;
      inFrom = 0;
    }
    assert inTo < in.length;
  }

  /** Reads without the lock, so that others get their turn meanwhile. */
  private void readOnce() {
    ByteBuffer into = window.limit(in.length).position(inTo);
    Thread.interrupted(); // an interrupted thread's read would close the socket
    int count = 0;
    IOException failure = null;
    lock.unlock();
    try {
      count = channel.read(into);
    } catch (IOException broken) {
      failure = broken;
    } finally {
      lock.lock();
    }
    if (failure != null) {
      end(failure, false);
    } else {
      received(count);
    }
  }

  private void received(int count) {
    //> phase 6: the end, bytes while nobody wants them, or bytes for the protocol
    if (ended) {
      return;
    }
    if (count < 0) {
      input = Input.SEEN;
      return;
    }
    inTo += count;
    redeliver = true; // and turn() delivers, unless reading was paused while the read went on
    //< phase 6
  }

  private void deliver() {
    //> phase 6: what is not taken comes again, and a new protocol is asked at once
    int taken = protocol.receive(in, inFrom, inTo);
    if (taken < 0 || taken > inTo - inFrom) {
      throw new IllegalStateException("took " + taken + " of " + (inTo - inFrom) + " bytes");
    }
    inFrom += taken; //~ threadForgetsWhatWasLeft: inFrom = inTo;
    redeliver &= inFrom < inTo;
    if (!paused && inTo - inFrom > HELD_BYTES_MAX) {
      throw new IllegalStateException("left " + (inTo - inFrom) + " bytes untaken");
    }
    //< phase 6
  }

  private void meet() {
    while (fresh && !ended) {
      fresh = false;
      protocol.connected(this);
    }
  }

  // ---- whoever holds the lock

  /** Tells the protocol what there is to tell, runs tasks, and what follows from these. */
  private void turn() {
    assert lock.isHeldByCurrentThread();
    boolean more = true;
    while (more) {
      tell();
      more = manned && runTasks();
    }
    tell();
  }

  private void tell() {
    if (!ended) {
      try {
        tellWhatWaits();
      } catch (Throwable thrown) {
        fail(thrown);
      }
    }
    if (ended && !told) {
      told = true;
      tellClosed();
    }
  }

  private void tellWhatWaits() {
    //> phase 6: in which order: a new protocol, bytes, the end of them, the end of all?
    meet();
    while (redeliver && !paused && !ended) {
      redeliver = false;
      deliver();
      meet();
    }
    if (input == Input.SEEN && !paused && !ended) {
      input = Input.TOLD;
      protocol.inputEnded();
    }
    if (input == Input.TOLD && shut) {
      end(null, false); //~ neverEndsOrderly: assert !ended;
    }
    //< phase 6
  }

  private void tellClosed() {
    try {
      protocol.closed(cause);
    } catch (Throwable thrown) {
      failures.accept(thrown);
    }
  }

  private void fail(Throwable thrown) {
    failures.accept(thrown);
    end(thrown, true);
  }

  /** Nothing stands after this; {@code closed} follows with {@link #turn}. */
  private void end(@Nullable Throwable why, boolean reset) {
    assert lock.isHeldByCurrentThread();
    if (ended) {
      return;
    }
    ended = true;
    cause = killed != null ? killed : why;
    cancelAlarm();
    closeSocket(reset || outSize > 0);
    readable.signalAll(); //~ phase 6 readerSleepsOn: assert ended;
  }

  private void closeSocket(boolean reset) {
    try {
      if (reset) {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
    } catch (IOException gone) {
      // the peer was faster, or another thread
    }
    try {
      channel.close();
    } catch (IOException gone) {
      // the descriptor is free all the same
    }
  }

  /** Ends the connection from any thread, also while another one blocks and holds the lock. */
  void kill(Throwable why) {
    killed = why;
    closeSocket(true);
    Thread blocked = reader;
    if (blocked != null) {
      blocked.interrupt(); // its handler may wait for something else
    }
    Thread _ = Thread.startVirtualThread(() -> onLoop(() -> end(why, true)));
  }

  private void onLoop(Runnable what) {
    lock.lock();
    try {
      run(what);
      turn();
    } finally {
      lock.unlock();
    }
  }

  // ---- the loop

  @Override
  public void execute(Runnable task) {
    //> phase 6: tasks keep their order; who runs them, and who must know that they are there?
    synchronized (tasks) {
      if (tasks.size() >= TASKS_MAX) {
        throw new RejectedExecutionException(TASKS_MAX + " tasks wait already");
      }
      tasks.add(task);
      if (manned) {
        return;
      }
      manned = true;
    }
    if (!lock.isHeldByCurrentThread()) { // who holds it looks before it lets go
      startRunner(); //~ taskWaitsForThePeer: assert manned;
    }
    //< phase 6
  }

  private void startRunner() {
    Thread _ = Thread.startVirtualThread(() -> onLoop(() -> {}));
  }

  /** Runs what is there; whether anything was. */
  private boolean runTasks() {
    assert lock.isHeldByCurrentThread();
    for (int ran = 0; ran < TASKS_PER_TURN; ran++) {
      Runnable task;
      synchronized (tasks) {
        task = tasks.poll();
        if (task == null) {
          manned = false;
          return ran > 0;
        }
      }
      run(task);
    }
    startRunner(); // the next ones in another turn: a task may offer itself again for ever
    return false;
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable thrown) {
      failures.accept(thrown);
    }
  }

  @Override
  public boolean inLoop() {
    return lock.isHeldByCurrentThread();
  }

  /** The time of the call: whoever blocks here must not take it for now afterwards. */
  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public Timer schedule(long delayNanos, Runnable task) {
    assert inLoop();
    var later = new Later(task);
    later.future =
        alarms.schedule(() -> execute(later::come), Math.max(0, delayNanos), TimeUnit.NANOSECONDS);
    return later;
  }

  /** A task that may be taken back until it runs, also when its time has come already. */
  private static final class Later implements Timer {
    private final Runnable task;
    private @Nullable ScheduledFuture<?> future;
    private boolean over;

    Later(Runnable task) {
      this.task = task;
    }

    void come() {
      if (!over) {
        over = true;
        task.run();
      }
    }

    @Override
    public boolean cancel() {
      boolean first = !over;
      over = true; //~ phase 6 runsThoughCancelled: over = !first;
      if (future != null) {
        boolean _ = future.cancel(false);
      }
      return first;
    }
  }

  // ---- the transport

  @Override
  public Loop loop() {
    return this;
  }

  @Override
  public SocketAddress remote() {
    return remote;
  }

  @Override
  public SocketAddress local() {
    return local;
  }

  @Override
  public @Nullable SSLSession tls() {
    return null;
  }

  @Override
  public void become(Protocol next) {
    assert inLoop();
    if (ended) {
      return;
    }
    protocol = next;
    fresh = true;
    redeliver = inFrom < inTo;
    if (input == Input.TOLD) {
      input = Input.SEEN; // the old one was told; the new one has to be told too
    }
  }

  @Override
  public void write(byte[] bytes, int from, int to) {
    assert inLoop();
    if (ended || shut) {
      return;
    }
    int count = to - from;
    if (count >= PIECE_BYTES) {
      flush();
      send(ByteBuffer.wrap(bytes, from, count));
      return;
    }
    if (outSize + count > PIECE_BYTES) {
      flush();
    }
    if (out.length < outSize + count) {
      out = Arrays.copyOf(out, Math.min(PIECE_BYTES, Math.max(outSize + count, 2 * out.length)));
      outWindow = ByteBuffer.wrap(out);
    }
    System.arraycopy(bytes, from, out, outSize, count);
    outSize += count;
  }

  @Override
  public void flush() {
    assert inLoop();
    int size = outSize;
    if (size > 0 && !ended) {
      outSize = 0;
      send(outWindow.limit(size).position(0));
    }
  }

  private void send(ByteBuffer bytes) {
    //> phase 6: how does somebody else see that the peer takes nothing?
    int end = bytes.limit();
    try {
      while (bytes.position() < end && !ended) {
        bytes.limit(Math.min(end, bytes.position() + PIECE_BYTES));
        writingSince = System.nanoTime() | 1; //~ nobodyWatchesWrites: writingSince = 0;
        channel.write(bytes);
      }
    } catch (IOException broken) {
      end(broken, true);
    } finally {
      writingSince = 0;
    }
    //< phase 6
  }

  @Override
  public void writeFile(FileChannel file, long position, long count) {
    assert inLoop();
    try (file) {
      flush();
      if (!ended && !shut) {
        sendFile(file, position, count);
      }
    } catch (IOException broken) {
      end(broken, true);
    } finally {
      writingSince = 0;
    }
  }

  private void sendFile(FileChannel file, long position, long count) throws IOException {
    long at = position;
    long end = position + count;
    while (at < end) {
      writingSince = System.nanoTime() | 1;
      long sent = file.transferTo(at, Math.min(end - at, 16 * PIECE_BYTES), channel);
      if (sent <= 0) {
        String missing = "the file ends " + (end - at) + " bytes before its promised length";
        throw new EOFException(missing);
      }
      at += sent;
    }
  }

  /** Ends a write that stands still; on the timer's thread, without the lock. */
  void lookAtWrite(long now, long writeNanos) {
    long since = writingSince;
    if (since != 0 && now - since >= writeNanos) {
      kill(new SocketTimeoutException("the peer takes nothing"));
    }
  }

  @Override
  public long queuedBytes() {
    return outSize;
  }

  /** Who writes too much is stopped in the write. */
  @Override
  public boolean isWritable() {
    return !ended;
  }

  @Override
  public void pauseReading() {
    assert inLoop();
    paused = true;
  }

  @Override
  public void resumeReading() {
    assert inLoop();
    if (paused && !ended) {
      paused = false;
      redeliver = inFrom < inTo;
      readable.signalAll();
    }
  }

  @Override
  public void finish() {
    assert inLoop();
    flush();
    if (ended || shut) {
      return;
    }
    shut = true;
    try {
      channel.shutdownOutput();
    } catch (IOException broken) {
      end(broken, false);
    }
  }

  @Override
  public void abort() {
    assert inLoop();
    end(null, false);
  }

  @Override
  public void wakeAt(long nanos) {
    assert inLoop();
    if (ended) {
      return;
    }
    wakeNanos = nanos;
    if (nanos != Long.MAX_VALUE && (alarm == null || nanos - armedNanos < 0)) {
      cancelAlarm();
      arm();
    }
  }

  private void arm() {
    assert alarm == null && !ended;
    armedNanos = wakeNanos;
    long delayNanos = Math.max(0, wakeNanos - System.nanoTime());
    try {
      alarm = alarms.schedule(() -> execute(this::timeCame), delayNanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException closed) {
      assert alarms.isShutdown(); // the server is closed, and this connection with it
    }
  }

  private void cancelAlarm() {
    if (alarm != null) {
      boolean _ = alarm.cancel(false);
      alarm = null;
    }
  }

  /** The time that was armed; by now it may have been moved. */
  private void timeCame() {
    //> phase 6: is it the time that was asked for last?
    long now = System.nanoTime();
    if (ended || alarm == null || now - armedNanos < 0) {
      return; // of an alarm that was taken back when it was on its way
    }
    alarm = null;
    if (wakeNanos == Long.MAX_VALUE) {
      return;
    }
    if (now - wakeNanos < 0) { //~ threadWakesTooEarly: if (wakeNanos < armedNanos) {
      arm();
      return;
    }
    wakeNanos = Long.MAX_VALUE;
    try {
      protocol.wake(now);
    } catch (Throwable thrown) {
      fail(thrown);
    }
    //< phase 6
  }
}
