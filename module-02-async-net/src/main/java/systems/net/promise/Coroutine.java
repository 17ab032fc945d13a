package systems.net.promise;

import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Loop;
import systems.net.loop.Timer;

/**
 * A virtual thread that takes turns with a loop's thread; see {@link Await}.
 *
 * <pre>
 *   who may run:   loop's thread                coroutine
 *                    resume ---- COROUTINE ------> (starts, or comes out of park)
 *                    parked                        runs
 *                      &lt;-------- LOOP, errand --   call: an errand for the loop's thread
 *                    runs it --- COROUTINE ------> goes on
 *                      &lt;-------- LOOP -----------  await, or the end
 *                    goes on                       parked
 * </pre>
 *
 * <p>{@code turn} is written by who has the turn and read by the other; everything else here is
 * touched only by who has the turn.
 */
final class Coroutine<T> {
  private static final ScopedValue<Coroutine<?>> CURRENT = ScopedValue.newInstance();

  private enum Turn {
    LOOP,
    COROUTINE
  }

  private final Loop loop;
  private final Callable<T> body;
  private final Promise<T> result;
  private final Promise<Coroutine<T>> ended;
  private final TurnLoop turnLoop = new TurnLoop();
  private final Thread thread = Thread.ofVirtual().unstarted(this::live);

  private volatile Turn turn = Turn.LOOP;
  private @Nullable Thread loopThread;
  private @Nullable Trampoline trampoline;
  private @Nullable Runnable errand;
  private @Nullable Future<?> waiting;
  private @Nullable Runnable last;

  Coroutine(Loop loop, Callable<T> body) {
    this.loop = loop;
    this.body = body;
    result = new Promise<>(loop);
    ended = new Promise<>(loop);
    result.addHook(this::cancelled, false);
  }

  /** The coroutine whose code runs on this thread. */
  static @Nullable Coroutine<?> current() {
    // most callers are threads of loops, and are told apart by a field
    return Thread.currentThread().isVirtual() && CURRENT.isBound() ? CURRENT.get() : null;
  }

  void begin() {
    loop.execute(this::beginUnlessCancelled);
  }

  private void beginUnlessCancelled() {
    if (result.isDone()) {
      ended.succeed(this);
    } else {
      resume();
    }
  }

  /** Gives the turn to the coroutine, and returns when it waits or has ended. */
  private void resume() {
    giveTurn();
    if (last != null) {
      last.run();
    }
  }

  private void giveTurn() {
    //> phase 2: two threads, one turn: how does each know when it is its own?
    assert turn == Turn.LOOP;
    loopThread = Thread.currentThread();
    trampoline = Trampoline.ofPlatformThread();
    do {
      Runnable call = errand;
      if (call != null) {
        errand = null;
        call.run();
      }
      turn = Turn.COROUTINE;
      if (thread.getState() == Thread.State.NEW) {
        thread.start();
      } else {
        LockSupport.unpark(thread);
      }
      parkUntil(Turn.LOOP); //~ runsBesideTheLoop: Thread.yield();
    } while (errand != null);
    //< phase 2
  }

  private void cancelled(CancelledException reason) {
    //> phase 2: its code is parked in an await; how does it get to know?
    if (waiting != null) {
      waiting.cancel(reason); //~ waitsThoughCancelled: assert !waiting.isDone();
    }
    //< phase 2
  }

  /** From a task of the loop, in which nothing else is under way. */
  private void resumeSoon() {
    try {
      loop.execute(this::resume);
    } catch (RejectedExecutionException full) {
      loop.schedule(0, this::resume);
    }
  }

  private void live() {
    ScopedValue.where(CURRENT, this).run(this::runBody);
    turn = Turn.LOOP;
    LockSupport.unpark(loopThread);
  }

  /** The outcome is left to the loop's thread, which runs what follows from it. */
  private void runBody() {
    try {
      T value = Future.present(body.call());
      last = () -> end(result.succeed(value));
    } catch (Throwable thrown) {
      last = () -> end(result.fail(thrown));
    }
  }

  private void end(boolean first) {
    assert first || result.isDone();
    ended.succeed(this);
  }

  <V> V await(Future<V> future) throws Exception {
    //> phase 2: who resumes it, what if there is nothing to wait for, and what if it is cancelled?
    throwIfCancelled();
    if (!future.isDone()) {
      Future<V> waited = future.map(value -> value);
      waiting = waited.whenDone((value, cause) -> resumeSoon());
      giveTurnBack();
      waiting = null;
      throwIfCancelled();
      return valueOf(waited);
    }
    return valueOf(future);
    //< phase 2
  }

  private void throwIfCancelled() {
    if (result.cause() instanceof CancelledException reason) {
      throw reason;
    }
  }

  private static <V> V valueOf(Future<V> done) throws Exception {
    return switch (done.cause()) {
      case null -> done.value();
      case Exception cause -> throw cause;
      case Error error -> throw error;
      case Throwable other -> throw new IllegalStateException(other);
    };
  }

  /** Has the loop's thread run it while this one waits. */
  <V> V call(Supplier<V> supplier) {
    var answer = new Answer<V>();
    errand = () -> answer.take(supplier);
    giveTurnBack();
    return answer.give();
  }

  /** What a call has returned or thrown on the loop's thread. */
  private static final class Answer<V> {
    private @Nullable V value;
    private @Nullable Throwable thrown;

    void take(Supplier<V> supplier) {
      try {
        value = supplier.get();
      } catch (Throwable failure) {
        thrown = failure;
      }
    }

    @SuppressWarnings("NullAway") // null only if the supplier has returned null
    V give() {
      if (thrown != null) {
        throw Hook.<RuntimeException>sneaky(thrown);
      }
      return value;
    }
  }

  private void giveTurnBack() {
    assert turn == Turn.COROUTINE && Thread.currentThread() == thread;
    turn = Turn.LOOP;
    LockSupport.unpark(loopThread);
    parkUntil(Turn.COROUTINE);
  }

  /** An interrupt is kept for later: it is no reason to run beside the other. */
  private void parkUntil(Turn wanted) {
    boolean interrupted = false;
    while (turn != wanted) {
      LockSupport.park(this);
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  Future<T> result() {
    return result;
  }

  /** Done when the body has returned or thrown, also after it was cancelled. */
  Future<Coroutine<T>> ended() {
    return ended;
  }

  Loop loop() {
    return loop;
  }

  Loop asLoop() {
    return turnLoop;
  }

  Trampoline trampoline() {
    assert trampoline != null;
    return trampoline;
  }

  /** The loop, for the coroutine's thread. */
  final class TurnLoop implements Loop {
    private TurnLoop() {}

    Loop real() {
      return loop;
    }

    @Override
    public void execute(Runnable task) {
      loop.execute(task);
    }

    @Override
    public boolean inLoop() {
      return loop.inLoop() || Await.hasTurnOn(loop);
    }

    @Override
    public long nanoTime() {
      return loop.nanoTime();
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
      return Await.schedule(loop, delayNanos, task);
    }

    @Override
    public String toString() {
      return loop + ", in a coroutine";
    }
  }
}
