package systems.net.loop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One thread, one selector, many sockets.
 *
 * <pre>
 *      +--------------------------------- a turn --------------------------------+
 *      |                                                                         |
 *      |   select         sockets that are ready: accept, read, write, connect   |
 *      |     |              each at most once, so that none keeps the others off |
 *      |   timers         what is due                                            |
 *      |   tasks          at most tasksPerTick, then it is the sockets' turn     |
 *      |   deferred       what protocols are told after their own calls          |
 *      |                                                                         |
 *      +-------------------------------------------------------------------------+
 *
 *      sleeps in select:  not at all   if a task or something deferred waits
 *                         until        the next timer's time
 *                         else         until a socket is ready, or somebody wakes it
 * </pre>
 *
 * <p>Waking costs a system call, for the one who wakes and for the one who is woken, so it is done
 * once for each sleep. The flag {@code asleep} says whether it is needed:
 *
 * <pre>
 *                the loop, before select            the first to offer a task,
 *                                                   who then calls wakeup()
 *      false ----------------------------> true ----------------------------> false
 *                                            |
 *                                            +------------------------------> false
 *                                              the loop, first thing after select
 * </pre>
 *
 * <p>A loop that has served sockets gives its core away once before it sleeps. Where peers run on
 * the same machine, or more loops than cores, those who wait for a core send what they have, and
 * one select finds several sockets instead of one each; a sleep is saved as well. With two loops
 * and a client on two cores a request takes a tenth less. Where each loop has a core to itself, it
 * is one short system call.
 *
 * <ol>
 *   <li>A task is stored before its thread reads {@code asleep}; {@code asleep} is true before the
 *       loop looks whether there is a task. Both are volatile accesses, so of the two at least one
 *       sees the other: no task is slept through.
 *   <li>Whoever changes {@code asleep} to false by compare-and-set calls wakeup, so there is at
 *       most one for a sleep. If it comes late, when the loop is awake already, the next select
 *       returns at once; that is all.
 *   <li>Sockets, timers, buffers and protocols are touched by the loop's thread only; other threads
 *       reach {@link #execute}, {@link #listen}, {@link #stats}, {@link #close} and closing a
 *       listener.
 *   <li>What a task, a timer or a protocol throws is told to the failure listener and the loop goes
 *       on. What the loop's own machinery throws ends it: its state can no longer be trusted.
 *   <li>A turn allocates nothing by itself: the form of select that calls back has no set of keys
 *       to iterate over, the callback exists once, the read buffer belongs to the loop.
 * </ol>
 *
 * <p>Rejected: to hand sockets between threads, as pools that run each ready socket on some worker
 * do. It balances long work better, but a connection's state then needs a lock or a queue of its
 * own, and its cache lines wander. Here a loop for each core shares nothing; what takes long does
 * not belong on it.
 */
public final class EventLoop implements Loop, Network, AutoCloseable {
  /** Delays are cut to this, so that differences of times never overflow; 73 years. */
  static final long DELAY_NANOS_MAX = Long.MAX_VALUE / 4;

  private static final VarHandle ASLEEP;

  static {
    try {
      ASLEEP = MethodHandles.lookup().findVarHandle(EventLoop.class, "asleep", boolean.class);
    } catch (ReflectiveOperationException impossible) {
      throw new ExceptionInInitializerError(impossible);
    }
  }

  private final LoopSettings settings;
  private final Selector selector;
  private final Thread thread;
  private final Consumer<SelectionKey> dispatch = this::dispatch;

  private final TaskQueue tasks;
  private final ArrayDeque<Deferred> deferred = new ArrayDeque<>();
  private final Counters counters = new Counters();
  private final BufferPool pool;

  /** What a read call fills, of whichever connection. */
  private final ByteBuffer input;

  /** What protocols are given to read, of whichever connection. */
  private final byte[] received;

  /** The blocks of one gathered write. */
  private final ByteBuffer[] gather = new ByteBuffer[WriteQueue.GATHER_MAX];

  /** Made with the first timer. */
  private @Nullable TimerWheel timers;

  @SuppressWarnings("UnusedVariable") // read through ASLEEP
  private boolean asleep;

  private volatile boolean closing;
  private boolean turned;

  /** A socket was ready since the loop gave its core away last. */
  private boolean served;

  private boolean ending;
  private long turnNanos = System.nanoTime();

  /** Tells the threads of loops from others. */
  private static final class LoopThread extends Thread {
    LoopThread(Runnable run, String name) {
      super(run, name);
      setDaemon(false);
    }
  }

  private EventLoop(LoopSettings settings, String name) {
    this.settings = settings;
    try {
      selector = Selector.open();
    } catch (IOException refused) {
      throw new UncheckedIOException("no selector for the loop " + name, refused);
    }
    thread = new LoopThread(this::run, name);
    tasks = new TaskQueue(settings.tasksMax());
    pool = new BufferPool(thread, settings.memory().poolBytesMax(), leaks(settings));
    input = ByteBuffer.allocateDirect(settings.memory().readBytes());
    received = new byte[settings.memory().readBytes() + SocketTransport.FRONT_BYTES_MAX];
  }

  private static LeakDetector leaks(LoopSettings settings) {
    return new LeakDetector(
        settings.memory().leaksEvery(),
        leak -> settings.failures().failed("a buffer was lost", leak));
  }

  /** Starts a loop on a thread of that name. */
  public static EventLoop start(String name) {
    return start(LoopSettings.USUAL, name);
  }

  /** Starts a loop on a thread of that name, which keeps the process alive until it is closed. */
  public static EventLoop start(LoopSettings settings, String name) {
    var loop = new EventLoop(settings, name);
    loop.thread.start();
    return loop;
  }

  // ---- for everybody

  public LoopSettings settings() {
    return settings;
  }

  /** What the loop has done so far. Any thread. */
  public LoopStats stats() {
    return counters.snapshot();
  }

  @Override
  public void execute(Runnable task) {
    //> phase 1: the task is in the queue; does the loop know? When is a wake-up not needed?
    if (!tasks.offer(task)) {
      throw new RejectedExecutionException(
          thread.getName()
              + (tasks.isClosed()
                  ? " has ended"
                  : ": " + tasks.capacity() + " tasks wait already"));
    }
    wake();
    //< phase 1
  }

  /** Ends a sleep, if there is one. */
  private void wake() {
    //> phase 1: a thousand threads offer a task while the loop sleeps; who calls wakeup()?
    boolean sleeps = (boolean) ASLEEP.getVolatile(this);
    if (sleeps && isFirstToWake()) { //~ everyoneWakes: if (sleeps) {
      counters.addFromAnywhere(Counters.WAKEUPS, 1);
      selector.wakeup();
    }
    //< phase 1
  }

  //> phase 1 only
  private boolean isFirstToWake() {
    return ASLEEP.compareAndSet(this, true, false);
  }

  //< phase 1

  @Override
  public boolean inLoop() {
    return Thread.currentThread() == thread;
  }

  /** Elsewhere than on the loop, the time of the call. */
  @Override
  public long nanoTime() {
    return inLoop() ? turnNanos : System.nanoTime();
  }

  @Override
  public Timer schedule(long delayNanos, Runnable task) {
    requireInLoop();
    // from the time of the call: the turn's own may be old by now, and a task must not be early
    return timers().schedule(System.nanoTime() + Math.clamp(delayNanos, 0, DELAY_NANOS_MAX), task);
  }

  @Override
  public Timer at(long nanos, Runnable task) {
    requireInLoop();
    long delayNanos = Math.min(nanos - turnNanos, DELAY_NANOS_MAX);
    return timers().schedule(turnNanos + delayNanos, task);
  }

  private TimerWheel timers() {
    if (timers == null) {
      timers = new TimerWheel(turnNanos);
    }
    return timers;
  }

  /**
   * {@inheritDoc} What is called because the loop ends, and tries to connect again, gets a {@link
   * RejectedExecutionException}.
   */
  @Override
  public void connect(SocketAddress to, long timeoutNanos, Protocol protocol) {
    requireInLoop();
    if (ending) {
      throw new RejectedExecutionException(thread.getName() + " has ended");
    }
    new Connecting(this, to, protocol).begin(timeoutNanos);
  }

  /** From any thread. */
  @Override
  public Listener listen(SocketAddress at, Supplier<? extends Protocol> protocols) {
    ServerSocketChannel socket = Acceptor.bind(at, settings.accepting().backlog(), false);
    return listen(socket, socket::accept, to(protocols));
  }

  /** Accepts from a socket that is bound. */
  Acceptor listen(
      ServerSocketChannel socket, Acceptor.Source source, Acceptor.Destination destination) {
    try {
      var acceptor = new Acceptor(this, socket, source, destination);
      if (inLoop()) {
        watch(socket, acceptor);
      } else {
        execute(() -> watch(socket, acceptor));
      }
      return acceptor;
    } catch (IOException closed) {
      throw new UncheckedIOException("the socket was closed before it could listen", closed);
    } catch (RejectedExecutionException ended) {
      closeQuietly(socket);
      throw ended;
    }
  }

  private void watch(ServerSocketChannel socket, Acceptor acceptor) {
    try {
      register(socket, SelectionKey.OP_ACCEPT, acceptor);
      acceptor.rehearse();
    } catch (IOException closed) {
      // by its listener, before the loop came to it
    }
  }

  /** Gives accepted connections protocols, on this loop. */
  Acceptor.Destination to(Supplier<? extends Protocol> protocols) {
    return (channel, admitted) -> adopt(channel, admitted, protocols);
  }

  /** Makes an accepted connection this loop's. */
  void adopt(
      SocketChannel channel,
      @Nullable InetAddress admitted,
      Supplier<? extends Protocol> protocols) {
    //> phase 1: which mode must the channel be in, and who closes it when a step fails?
    assert inLoop();
    SocketTransport transport;
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      transport = new SocketTransport(this, channel, protocols.get(), admitted);
    } catch (Throwable refused) {
      dropAdmitted(channel, admitted, refused);
      return;
    }
    transport.begin();
    //< phase 1
  }

  /** An admitted connection that does not come to be one. */
  void dropAdmitted(SocketChannel channel, @Nullable InetAddress admitted, Throwable why) {
    closeQuietly(channel);
    if (admitted != null) {
      settings.accepting().admission().release(admitted);
    }
    failed("an accepted connection was dropped", why);
  }

  private static void closeQuietly(SelectableChannel channel) {
    try {
      channel.close();
    } catch (IOException gone) {
      // the descriptor is free all the same
    }
  }

  /**
   * Ends the loop: its connections are aborted, tasks that were accepted are run, timers are not.
   * Its thread has ended when this returns. On a loop, this one or another, it returns at once: a
   * loop does not wait, least of all two for each other. May be called twice, from anywhere.
   */
  @Override
  public void close() {
    //> phase 1: the loop may sleep, and it may be the caller
    closing = true;
    wake();
    if (!isLoop(Thread.currentThread())) {
      joinThread();
    }
    //< phase 1
  }

  /** Whether a loop, any of them, would have to wait if this thread waited for one. */
  static boolean isLoop(Thread thread) {
    return thread instanceof LoopThread;
  }

  private void joinThread() {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException later) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- the loop's thread

  private void run() {
    //> phase 1: what must still happen when a turn fails?
    try {
      while (!closing) {
        turn();
      }
    } catch (Throwable bug) {
      failed("the loop " + thread.getName() + " itself failed and ends", bug);
    } finally {
      end();
    }
    //< phase 1
  }

  private void turn() throws IOException {
    //> phase 1: in which order, and which of the steps may be long?
    select();
    counters.add(Counters.TICKS, 1);
    runTimers();
    runTasks();
    runDeferred();
    //< phase 1
  }

  private void select() throws IOException {
    //> phase 1: between "no task is there" and "I sleep" a task may come; who notices?
    long millis = sleepMillis();
    turned = false;
    if (millis == 0) {
      selector.selectNow(dispatch);
    } else {
      letOthersRun();
      ASLEEP.setVolatile(this, true);
      if (tasks.isEmpty() && !closing) { //~ sleepsThroughATask: if (!closing) {
        selector.select(dispatch, millis == Long.MAX_VALUE ? 0 : millis);
      } else {
        selector.selectNow(dispatch);
      }
    }
    beginTurn();
    //< phase 1
  }

  //> phase 1 only
  /** Before the loop sleeps, those whom it has answered and who wait for its core may ask again. */
  @SuppressWarnings("ThreadPriorityCheck") // a kindness that nothing depends on
  private void letOthersRun() {
    if (served) {
      served = false;
      Thread.yield();
    }
  }

  //< phase 1

  /** How long the selector may sleep: 0 not at all, {@link Long#MAX_VALUE} without an end. */
  private long sleepMillis() {
    if (!deferred.isEmpty()) {
      return 0;
    }
    long next = timers == null ? Long.MAX_VALUE : timers.nextDeadline();
    if (next == Long.MAX_VALUE) {
      return Long.MAX_VALUE;
    }
    long nanos = next - System.nanoTime();
    // rounded up: to wake too early and sleep again would be a turn for nothing
    return nanos <= 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(nanos + 999_999);
  }

  /** The first ready socket begins the turn, or the end of select if there is none. */
  private void beginTurn() {
    assert inLoop();
    if (turned) {
      return;
    }
    turned = true;
    turnNanos = System.nanoTime();
    // opaque is enough: who still sees it asleep wakes a loop that is awake, which harms nobody
    ASLEEP.setOpaque(this, false);
    Thread.interrupted(); // an interrupted thread's selector would not sleep any more
  }

  private void dispatch(SelectionKey key) {
    //> phase 1: the key may have been cancelled by a connection that was served just before
    beginTurn();
    served = true;
    if (key.isValid()) {
      ((Ready) key.attachment()).ready(key.readyOps());
    }
    //< phase 1
  }

  private void runTimers() {
    boolean threw = timers != null;
    while (threw) {
      threw = timersThrew();
    }
  }

  /** The wheel has unlinked a task before it runs it, so after a throw it can go on. */
  private boolean timersThrew() {
    assert turned && timers != null;
    try {
      timers.advance(turnNanos);
      return false;
    } catch (Throwable thrown) {
      failed("a timer's task threw", thrown);
      return true;
    }
  }

  private void runTasks() {
    //> phase 1: a task may offer itself again, for ever; which sockets then get a turn?
    int most = settings.tasksPerTick();
    int ran = 0;
    for (; ran < most; ran++) { //~ tasksWithoutEnd: for (; ran >= 0; ran++) {
      Runnable task = tasks.poll();
      if (task == null) {
        break;
      }
      run("a task threw", task);
    }
    if (ran > 0) {
      counters.add(Counters.TASKS, ran);
    }
    //< phase 1
  }

  private void run(String failure, Runnable task) {
    //> phase 1: whose fault is it, and who else depends on this thread?
    try {
      task.run();
    } catch (Throwable thrown) {
      failed(failure, thrown); //~ diesWithATask: throw thrown;
    }
    //< phase 1
  }

  private void runDeferred() {
    // what these defer in their turn comes in the next one
    for (int n = deferred.size(); n > 0; n--) {
      deferred.remove().turn();
    }
  }

  private void end() {
    //> phase 1: who still waits for an answer from this loop, and who may come too late?
    closing = true;
    ending = true;
    ASLEEP.setVolatile(this, false); // there is nobody to be woken any more
    abandonAll();
    tasks.close();
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      run("a task threw", task); //~ forgetsWhatItAccepted: ;
    }
    abandonAll();
    try {
      selector.close();
    } catch (IOException gone) {
      // there is nothing that it could still do
    }
    //< phase 1
  }

  private void abandonAll() {
    assert inLoop() && ending;
    var cause = new IOException("the loop " + thread.getName() + " was closed");
    for (SelectionKey key : List.copyOf(selector.keys())) {
      if (key.attachment() instanceof Ready ready) {
        ready.abandon(cause);
      }
    }
    while (!deferred.isEmpty()) {
      runDeferred();
    }
  }

  // ---- for the package, on the loop

  /** Ties a channel to this loop; a channel that is tied already gets the new interest. */
  SelectionKey register(SelectableChannel channel, int operations, Ready ready) throws IOException {
    return channel.register(selector, operations, ready);
  }

  /** Has its {@link Deferred#turn} called at the end of this turn. */
  void defer(Deferred what) {
    assert inLoop();
    deferred.add(what);
  }

  void failed(String where, Throwable cause) {
    settings.failures().failed(where, cause);
  }

  private void requireInLoop() {
    if (!inLoop()) {
      throw new IllegalStateException("only on the loop; from elsewhere use execute");
    }
  }

  Selector selector() {
    return selector;
  }

  Counters counters() {
    return counters;
  }

  BufferPool pool() {
    return pool;
  }

  ByteBuffer input() {
    return input;
  }

  byte[] received() {
    return received;
  }

  ByteBuffer[] gather() {
    return gather;
  }

  /** The time at which this turn began. */
  long turnNanos() {
    return turnNanos;
  }
}
