package systems.net.promise;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Loop;
import systems.net.loop.Timer;

/**
 * A value that is there now, later, or never, and what is to happen then.
 *
 * <pre>
 *                 outcome travels down
 *   promise --link--> map --link--> flatMap --link--> whenDone
 *      |  &lt;----------  &lt;-----------   |
 *   onCancel      "nobody wants it"  (waits for the future that its function returned)
 *
 *   pending --succeed--> value             outcome: null, a value, or a Failure;
 *      |-----fail------> Failure                    set once, never changed
 *      |----cancel-----> Failure(CancelledException)
 * </pre>
 *
 * <p>What always holds:
 *
 * <ol>
 *   <li>The outcome is set once. All links that hang on the future then run, each once, in the
 *       order in which they were attached, through the {@link Trampoline}: the stack does not grow
 *       with the length of a chain, in no direction. A link that is attached to a future that is
 *       done runs at once by the same rule, before the method that attaches it returns, unless a
 *       step is running.
 *   <li>A pending derived future hangs on its source by one link, {@code upstream}; it lets go of
 *       it when it is done by other means (cancelled, timed out, lost a race). A source that is let
 *       go by its last link is cancelled: nobody wants it.
 *   <li>Cancelling completes the future at once. It then is not asked whether the work has stopped;
 *       who must know that waits for a {@link Scope}.
 *   <li>When a derived future gets to wait for another derived one that nobody hangs on, the two
 *       become one: the inner one's upstream is taken over, and {@code became} leads from it to the
 *       outer. So a loop of the form {@code f() = step().flatMap(again -> f())} needs memory for
 *       one turn and not for all. The price: what a function returned to {@code flatMap} is given
 *       away, and is cancelled with what it became. Who wants to hand out a shared future hangs
 *       something on it before.
 * </ol>
 *
 * <p>Only on the loop. A function that throws fails the future that it was to make; a callback of
 * {@link #whenDone} that throws is an error which has no such place, so the loop hears of it in a
 * task of its own, and who completed the promise does not.
 *
 * <p>Rejected: {@link java.util.concurrent.CompletableFuture}. It pays for threads with atomic
 * operations at each link, does not hand a cancellation to its source, keeps what hangs on a source
 * for as long as the source is pending, and wraps causes, so that each reader unwraps them.
 */
public abstract sealed class Future<T> permits Promise, Future.Derived {
  /** An outcome that is no value. */
  record Failure(Throwable cause) {}

  private final Loop loop;
  private @Nullable Object outcome;
  private @Nullable Link<T> firstLink;
  private @Nullable Link<T> lastLink;
  Link.@Nullable Onward<?, T> upstream;
  private @Nullable Hook hooks;
  private @Nullable Future<T> became;

  Future(Loop loop) {
    this.loop = Await.unwrap(loop);
  }

  /** What the methods below make. */
  static final class Derived<T> extends Future<T> {
    Derived(Loop loop) {
      super(loop);
    }
  }

  /** A future that is done. */
  public static <T> Future<T> succeeded(Loop loop, T value) {
    return settled(loop, present(value));
  }

  /** A future that has failed. */
  public static <T> Future<T> failed(Loop loop, Throwable cause) {
    return settled(loop, new Failure(cause));
  }

  private static <T> Future<T> settled(Loop loop, Object outcome) {
    Future<T> future = new Derived<>(loop);
    future.outcome = outcome;
    return future;
  }

  /**
   * Done after the delay, not earlier, with the loop's time then; cancelling takes the timer back.
   */
  public static Future<Long> delay(Loop loop, long nanos) {
    //> phase 2: who takes the timer back?
    var done = new Promise<Long>(loop);
    Loop own = done.loop();
    Timer timer = Await.schedule(own, nanos, () -> done.succeed(own.nanoTime()));
    done.onCancel(timer::cancel); //~ timerGoesOn: assert timer != null;
    return done;
    //< phase 2
  }

  public Loop loop() {
    return loop;
  }

  public boolean isDone() {
    return root().outcome != null;
  }

  /** Whether it is done with a value. */
  public boolean isSucceeded() {
    return isDone() && !isFailed();
  }

  /** Whether it is done without a value; {@link #cause} says why. */
  public boolean isFailed() {
    return root().outcome instanceof Failure;
  }

  /** Whether it has failed because it was cancelled. */
  public boolean isCancelled() {
    return cause() instanceof CancelledException;
  }

  /**
   * The value of a future that has one.
   *
   * @throws IllegalStateException if it is pending, or has failed (then with the cause)
   */
  @SuppressWarnings("unchecked")
  public T value() {
    Object result = root().outcome;
    if (result == null || result instanceof Failure) {
      throw new IllegalStateException(toString(), cause());
    }
    return (T) result;
  }

  /** Why it failed; null if it is pending or has a value. */
  public @Nullable Throwable cause() {
    return root().outcome instanceof Failure failure ? failure.cause : null;
  }

  /** The value, changed; a failure stays what it is. */
  public <R> Future<R> map(Function<? super T, ? extends R> function) {
    //> phase 2: three cases: a value, a failure, and a function that throws
    return then((source, target) -> {
      if (source.isFailed()) {
        target.complete(source.result());
      } else {
        target.complete(present(function.apply(source.value())));
      }
    });
    //< phase 2
  }

  /** What the function makes of the value will be the outcome; a failure stays what it is. */
  public <R> Future<R> flatMap(Function<? super T, Future<R>> function) {
    //> phase 2: the function's future may be pending: what does the result wait for then?
    return then((source, target) -> {
      if (source.isFailed()) {
        target.complete(source.result());
      } else {
        target.become(function.apply(source.value()));
      }
    });
    //< phase 2
  }

  /** A value in the place of a failure, cancellations among them. */
  public Future<T> recover(Function<? super Throwable, ? extends T> function) {
    //> phase 2: what happens to a value, and to a function that throws?
    return then((source, target) -> {
      Throwable cause = source.cause();
      if (cause == null) {
        target.complete(source.result());
      } else {
        target.complete(present(function.apply(cause)));
      }
    });
    //< phase 2
  }

  /** What the function makes of a failure will be the outcome; a value stays what it is. */
  public Future<T> recoverWith(Function<? super Throwable, Future<T>> function) {
    //> phase 2: a second attempt is a future too
    return then((source, target) -> {
      Throwable cause = source.cause();
      if (cause == null) {
        target.complete(source.result());
      } else {
        target.become(function.apply(cause));
      }
    });
    //< phase 2
  }

  /**
   * Calls back once it is done, with either a value or a cause. Who calls this wants the outcome:
   * what is derived from this future may be cancelled, the future itself goes on.
   *
   * @return this
   */
  public Future<T> whenDone(BiConsumer<? super @Nullable T, ? super @Nullable Throwable> callback) {
    //> phase 2: whose error is it when the callback throws?
    requireTurn();
    Future<T> source = root();
    source.attach(new Link.Callback<>(source, callback));
    return this;
    //< phase 2
  }

  /**
   * The same outcome, if it comes in time; else a {@link TimeoutException}, and this future is
   * cancelled unless somebody else wants it.
   */
  public Future<T> timeout(long nanos) {
    //> phase 2: what is left behind when the outcome comes in time, and what when it does not?
    Future<T> limited = then(Future::pass);
    if (!limited.isDone()) {
      Timer timer = Await.schedule(loop, nanos, () -> limited.root().complete(tooLate(nanos)));
      limited.watch(timer::cancel); //~ timerOutlivesItsFuture: assert timer != null;
    }
    return limited;
    //< phase 2
  }

  private static Failure tooLate(long nanos) {
    double millis = nanos / (double) TimeUnit.MILLISECONDS.toNanos(1);
    return new Failure(new TimeoutException("nothing within " + millis + " ms"));
  }

  /**
   * The outcome of the first that is done, be it a failure; the others are cancelled unless
   * somebody else wants them.
   */
  public static <T> Future<T> race(List<? extends Future<? extends T>> futures) {
    //> phase 2: who tells the losers?
    if (futures.isEmpty()) {
      throw new IllegalArgumentException("a race of nobody never ends");
    }
    Future<T> winner = new Derived<>(futures.getFirst().loop());
    for (Future<? extends T> future : futures) {
      winner.gather(future, Future::pass);
    }
    return winner;
    //< phase 2
  }

  /**
   * All values in the order of the list, once the last is there; or the first failure, and the
   * others are cancelled unless somebody else wants them.
   */
  public static <T> Future<List<T>> all(Loop loop, List<? extends Future<? extends T>> futures) {
    //> phase 2: in which order do they come, and in which are they wanted?
    if (futures.isEmpty()) {
      return succeeded(loop, List.of());
    }
    Future<List<T>> all = new Derived<>(loop);
    var values = new Object[futures.size()];
    var arrived = new int[1];
    for (int i = 0; i < values.length; i++) {
      int place = i;
      all.gather(
          futures.get(i),
          (source, target) -> {
            if (source.isFailed()) {
              target.complete(source.result());
              return;
            }
            int index = place; //~ inOrderOfArrival: int index = arrived[0];
            values[index] = source.value();
            if (++arrived[0] == values.length) {
              target.complete(List.of(values));
            }
          });
    }
    return all;
    //< phase 2
  }

  /** The same outcome on another loop; a cancellation there comes back here. */
  public Future<T> on(Loop other) {
    //> phase 2: which thread may touch which of the two promises?
    requireTurn();
    var there = new Promise<T>(other);
    Future<T> here = then(Future::pass);
    here.watch(() -> {
      Object result = here.result();
      there.loop().execute(() -> there.root().complete(result));
    });
    there.root().addHook(reason -> loop.execute(() -> here.cancel(reason)), false);
    return there;
    //< phase 2
  }

  /**
   * Says that nobody wants the outcome. It fails with a {@link CancelledException} unless it is
   * done; what it was derived from is cancelled in turn if nobody else wants that; hooks run.
   *
   * @param why who cancels, and for what reason
   * @return whether this call did it
   */
  public boolean cancel(String why) {
    return cancel(new CancelledException(why));
  }

  /** As {@link #cancel(String)}, with a reason that came from elsewhere. */
  public boolean cancel(CancelledException reason) {
    //> phase 2: cancelling is completing
    requireTurn();
    return root().complete(new Failure(reason));
    //< phase 2
  }

  @Override
  public String toString() {
    return switch (root().outcome) {
      case null -> "a future that is pending";
      case Failure(CancelledException reason) ->
          "a future that was cancelled: " + reason.getMessage();
      case Failure(Throwable cause) -> "a future that failed with " + cause;
      case Object value -> "a future with the value " + value;
    };
  }

  void requireTurn() {
    if (!loop.inLoop() && !Await.hasTurnOn(loop)) {
      throw new IllegalStateException("only on the loop; from elsewhere use execute");
    }
  }

  /** The value itself; a future has one or a cause, so null could not be told apart. */
  static <T> T present(T value) {
    return Objects.requireNonNull(value, "a future's value must not be null");
  }

  /** The future that this one became. */
  Future<T> root() {
    Future<T> root = this;
    while (root.became != null) {
      root = root.became;
    }
    // the path is shortened, so that what lies on it is garbage and the next walk is short
    for (Future<T> at = this; at != root; ) {
      Future<T> next = Objects.requireNonNull(at.became);
      at.became = root;
      at = next;
    }
    return root;
  }

  /** Calls back when the future is done, without being somebody who wants it. */
  void watch(Runnable done) {
    root().addHook(reason -> done.run(), true);
  }

  /** Sets the outcome unless there is one; then all that follows from it runs. */
  boolean complete(Object result) {
    //> phase 2: who must hear of it, in which order, and what if it was done already?
    assert became == null;
    if (outcome != null) { //~ completesTwice: if (outcome == result) {
      return false;
    }
    outcome = result;
    if (hooks == null && upstream == null && firstLink == null) {
      return true;
    }
    Trampoline trampoline = Trampoline.ofThread();
    queueHooks(trampoline, result);
    queueLinks(trampoline);
    trampoline.drain();
    return true;
    //< phase 2
  }

  //> phase 2 only
  private void queueHooks(Trampoline trampoline, Object result) {
    Link.Onward<?, T> link = upstream;
    if (link != null) {
      upstream = null;
      var release = new Hook(link::release, true, loop);
      push(release); //~ neverTellsUpstream: assert release.always;
    }
    boolean cancelled = isCancellation(result);
    CancelledException reason = hooks == null ? null : reasonFor(result);
    for (Hook hook = hooks; hook != null; hook = hook.next) {
      if (cancelled || hook.always) {
        hook.reason = reason;
        trampoline.add(hook);
      }
    }
    hooks = null;
  }

  private static boolean isCancellation(@Nullable Object result) {
    return result instanceof Failure(CancelledException _);
  }

  private static CancelledException reasonFor(Object result) {
    return switch (result) {
      case Failure(CancelledException reason) -> reason;
      case Failure(Throwable cause) -> new CancelledException("what it was for has failed", cause);
      default -> new CancelledException("what it was for is done without it");
    };
  }

  private void push(Hook hook) {
    hook.next = hooks;
    hooks = hook;
  }

  private void queueLinks(Trampoline trampoline) {
    Link<T> link = firstLink;
    firstLink = null;
    lastLink = null;
    while (link != null) {
      Link<T> next = link.next;
      link.attached = false;
      link.next = null;
      link.previous = null;
      trampoline.add(link);
      link = next;
    }
  }

  //< phase 2

  /** A hook on a future that is done runs at once, or never. */
  void addHook(Consumer<CancelledException> action, boolean always) {
    //> phase 2: and if it is done already?
    assert became == null;
    var hook = new Hook(action, always, loop);
    Object result = outcome;
    if (result == null) {
      push(hook);
    } else if (always || isCancellation(result)) {
      hook.reason = reasonFor(result);
      runStep(hook);
    }
    //< phase 2
  }

  private static void runStep(Trampoline.Step step) {
    Trampoline trampoline = Trampoline.ofThread();
    trampoline.add(step);
    trampoline.drain();
  }

  private <R> Future<R> then(Link.Continuation<T, R> continuation) {
    requireTurn();
    Future<T> source = root();
    Future<R> target = new Derived<>(loop);
    var link = new Link.Onward<>(source, target, continuation);
    target.upstream = link;
    source.attach(link);
    return target;
  }

  /** Goes on when the source is done, one of several that this future waits for. */
  private <S> void gather(Future<S> from, Link.Continuation<S, T> continuation) {
    //> phase 2: what becomes of the link when the outcome is there before the source is done?
    from.requireTurn();
    requireSameLoop(from);
    Future<S> source = from.root();
    var link = new Link.Onward<>(source, this, continuation);
    source.attach(link);
    root().addHook(link::release, true); //~ losersRunOn: root().addHook(link::release, false);
    //< phase 2
  }

  private static <T> void pass(Future<? extends T> source, Future<T> target) {
    target.complete(source.result());
  }

  /** Whether nothing hangs on it. */
  boolean hasNobody() {
    return firstLink == null;
  }

  private boolean isOursAlone() {
    //> phase 2: who could tell whether it is still there?
    return hasNobody() && this instanceof Derived; //~ growsWithEachTurn: return loop == null;
    //< phase 2
  }

  private Object result() {
    return Objects.requireNonNull(root().outcome);
  }

  private void requireSameLoop(Future<?> other) {
    if (other.loop != loop) {
      throw new IllegalArgumentException("a future of another loop; bring it here with on(loop)");
    }
  }

  private void attach(Link<T> link) {
    //> phase 2: a list of those who wait, or no wait at all
    assert became == null && !link.attached;
    if (outcome != null) {
      runStep(link);
      return;
    }
    link.attached = true;
    link.previous = lastLink;
    if (lastLink == null) {
      firstLink = link;
    } else {
      lastLink.next = link;
    }
    lastLink = link;
    //< phase 2
  }

  void detach(Link<T> link) {
    //> phase 2: in constant time: thousands may wait for one
    assert link.attached && outcome == null;
    Link<T> next = link.next;
    Link<T> previous = link.previous;
    if (next == null) {
      lastLink = previous;
    } else {
      next.previous = previous;
    }
    if (previous == null) {
      firstLink = next;
    } else {
      previous.next = next;
    }
    link.attached = false;
    link.next = null;
    link.previous = null;
    //< phase 2
  }

  /** Will be done as the other one is; the two become one where nobody can tell the difference. */
  void become(Future<T> other) {
    //> phase 2: a loop of flatMaps makes a chain of futures that wait for each other; must it?
    assert became == null && outcome == null && upstream == null;
    requireSameLoop(other);
    Future<T> inner = other.root();
    if (inner == this) {
      complete(new Failure(new IllegalStateException("a future that waits for itself")));
    } else if (inner.outcome != null) {
      complete(inner.outcome);
    } else if (inner.isOursAlone()) {
      absorb(inner);
    } else {
      var link = new Link.Onward<T, T>(inner, this, Future::pass);
      upstream = link;
      inner.attach(link);
    }
    //< phase 2
  }

  //> phase 2 only
  private void absorb(Future<T> inner) {
    upstream = inner.upstream;
    if (upstream != null) {
      upstream.target = this;
    }
    for (Hook hook = inner.hooks; hook != null; ) {
      Hook next = hook.next;
      push(hook);
      hook = next;
    }
    inner.upstream = null;
    inner.hooks = null;
    inner.became = this;
  }

  //< phase 2
}
