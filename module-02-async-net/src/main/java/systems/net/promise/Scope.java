package systems.net.promise;

import java.io.EOFException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.SequencedSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Loop;
import systems.net.loop.Network;
import systems.net.loop.Protocol;
import systems.net.loop.Timer;
import systems.net.loop.Transport;

/**
 * Work that ends together: whoever starts something in a scope cannot forget it.
 *
 * <pre>
 *   scope "request 7"   deadline 2 s
 *     +-- fetch a        future     fails --+
 *     +-- fetch b        future   &lt;-cancel--+   the first failure cancels the siblings,
 *     +-- retry pause    timer    &lt;-cancel--+   timers are taken back, sockets aborted
 *     +-- scope "mirror"          &lt;-cancel--+
 *     |     +-- socket   closed   &lt;-cancel
 *     +-- file           closed, in reverse order
 *
 *   open --close()--> closing ---------- last child is done ----------> ended
 *     |                  |                                                ^
 *     +-- cancel(), first failure, deadline --> cancelled -- likewise ----+
 * </pre>
 *
 * <ol>
 *   <li>A child belongs to one scope until it is done. A scope ends when it was closed or cancelled
 *       and has no live child; nothing that it has started runs on after that.
 *   <li>The first failure is the scope's. It cancels the other children with a reason that names
 *       the child and has its failure as the cause; what fails later is added to the first one as
 *       suppressed. A child that was cancelled by somebody has not failed.
 *   <li>Things that were given to {@link #own} are closed when the scope is cancelled, at once,
 *       since others may wait for what only their end brings; else at its end. The last one first.
 *   <li>A scope that is cancelled or closed starts nothing: the work's function is not called.
 * </ol>
 *
 * <p>Cancelling a future completes it at once, while a {@link #fork} may still be busy with its
 * clean-up. The scope waits for the latter: it counts the thread, not the future.
 *
 * <p>Only on the loop. Rejected: to hang cancellation on a token that everybody passes on and asks.
 * It works where everybody asks; and nobody knows when all have ended.
 *
 * <p>After N. J. Smith, Notes on structured concurrency, or: Go statement considered harmful, 2018;
 * the JDK's StructuredTaskScope is the same idea for threads.
 */
public final class Scope {
  private static final double NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  /** Something that has to be done before the scope ends, and how to hurry it. */
  private static final class Child {
    final String what;
    final Future<?> done;
    final Consumer<CancelledException> cancel;

    Child(String what, Future<?> done, Consumer<CancelledException> cancel) {
      this.what = what;
      this.done = done;
      this.cancel = cancel;
    }
  }

  /** Something to be closed; two that are equal are two. */
  private static final class Owned {
    final AutoCloseable thing;

    Owned(AutoCloseable thing) {
      this.thing = thing;
    }
  }

  private final Loop loop;
  private final String name;
  private final Promise<Scope> ended;
  private final Set<Child> children = new LinkedHashSet<>();
  private final SequencedSet<Owned> owned = new LinkedHashSet<>();
  private @Nullable Timer deadline;
  private @Nullable Throwable failure;
  private @Nullable CancelledException reason;
  private boolean closing;

  private Scope(Loop loop, String name) {
    this.loop = Await.unwrap(loop);
    this.name = name;
    ended = new Promise<>(loop);
  }

  /** A scope that belongs to nobody; somebody has to {@link #close} it. */
  public static Scope open(Loop loop, String name) {
    return new Scope(loop, name);
  }

  /**
   * Opens a scope, runs the body in it and closes it when the body's future is done.
   *
   * @return the body's outcome once the scope has ended, or the scope's failure; cancelling it
   *     cancels the scope
   */
  public static <T> Future<T> within(
      Loop loop, String name, Function<? super Scope, Future<T>> body) {
    //> phase 2: when may the outcome be told?
    var scope = new Scope(loop, name);
    Future<T> main = scope.start("body", () -> body.apply(scope));
    main.watch(scope::closeQuietly);
    return scope.whenEnded().flatMap(end -> main);
    //< phase 2
  }

  /** A scope that is a child of this one: it is cancelled with it, and its failure is a child's. */
  public Scope open(String name) {
    ended.requireTurn();
    var inner = new Scope(loop, name);
    if (reason != null) {
      inner.cancel(reason);
    } else if (closing) {
      inner.cancel(new CancelledException("scope " + this.name + " is closed"));
    } else {
      add(new Child("scope " + name, inner.ended, inner::cancel));
    }
    return inner;
  }

  public Loop loop() {
    return loop;
  }

  public String name() {
    return name;
  }

  /**
   * Starts something that becomes a child.
   *
   * @param what says in the reason of a cancellation which child it was that failed
   * @return the work's future; or a failed one if the scope is cancelled or closed
   */
  public <T> Future<T> start(String what, Supplier<Future<T>> work) {
    //> phase 2: what if the scope is over, what if the work throws, and who hears of its end?
    CancelledException refusal = refusal();
    if (refusal != null) {
      return Future.failed(loop, refusal);
    }
    Future<T> child = begun(work);
    add(new Child(what, child, child::cancel));
    return child;
    //< phase 2
  }

  private <T> Future<T> begun(Supplier<Future<T>> work) {
    try {
      return work.get();
    } catch (Throwable thrown) {
      return Future.failed(loop, thrown);
    }
  }

  private @Nullable CancelledException refusal() {
    ended.requireTurn();
    if (reason != null) {
      return reason;
    }
    return closing ? new CancelledException("scope " + name + " is closed") : null;
  }

  /** Starts a coroutine; the scope does not end before its code has. */
  public <T> Future<T> fork(String what, Callable<T> body) {
    //> phase 2: its future is done when it is cancelled; is its code?
    CancelledException refusal = refusal();
    if (refusal != null) {
      return Future.failed(loop, refusal);
    }
    var coroutine = new Coroutine<>(loop, body);
    Future<T> result = coroutine.result();
    add(new Child(what, result, result::cancel));
    Future<?> code = coroutine.ended(); //~ forgetsTheCode: Future<?> code = result;
    add(new Child(what + " (its code)", code, ignored -> {}));
    coroutine.begin();
    return result;
    //< phase 2
  }

  /** Done after the delay; the timer is taken back with the scope. */
  public Future<Long> delay(long nanos) {
    return start("delay of " + nanos / NANOS_PER_MILLI + " ms", () -> Future.delay(loop, nanos));
  }

  /**
   * Connects, and owns the connection, which is aborted with the scope.
   *
   * <p>A network cannot be told to give up an attempt. One that succeeds after the scope was
   * cancelled is aborted, and its protocol hears nothing but {@code closed}; for this alone a scope
   * does not wait.
   *
   * @return done when the protocol has been told that it is connected
   */
  public Future<Transport> connect(
      Network network, SocketAddress to, long timeoutNanos, Protocol protocol) {
    //> phase 2: which of its calls does the protocol hear if the scope is cancelled meanwhile?
    return start(
        "connection to " + to,
        () -> {
          var connected = new Promise<Transport>(loop);
          var connection = new Connection(this, connected, protocol);
          Await.onThreadOfLoop(() -> network.connect(to, timeoutNanos, connection));
          return connected;
        });
    //< phase 2
  }

  /** Closes it with the scope: at once if that is cancelled, else at its end, in reverse order. */
  public <C extends AutoCloseable> C own(C thing) {
    keep(thing);
    return thing;
  }

  private Owned keep(AutoCloseable thing) {
    ended.requireTurn();
    //> phase 2: and if the scope is over already?
    var kept = new Owned(thing);
    if (reason != null || ended.isDone()) {
      Await.onThreadOfLoop(() -> close(kept));
    } else {
      owned.addLast(kept); //~ closesTheFirstFirst: owned.addFirst(kept);
    }
    return kept;
    //< phase 2
  }

  /** Lets the scope fail with a {@link TimeoutException} after so long; replaces an earlier one. */
  public void deadline(long nanos) {
    ended.requireTurn();
    //> phase 2: a deadline is a failure that needs no child
    if (deadline != null) {
      deadline.cancel();
    }
    if (reason == null && !ended.isDone()) {
      deadline = Await.schedule(loop, nanos, () -> passed(nanos));
    }
    //< phase 2
  }

  private void passed(long nanos) {
    deadline = null;
    String what = "deadline of " + nanos / NANOS_PER_MILLI + " ms of scope " + name + " has passed";
    fail(new TimeoutException(what), what);
  }

  /** Cancels all children and refuses new ones. */
  public void cancel(String why) {
    cancel(new CancelledException("scope " + name + " was cancelled: " + why));
  }

  /** As {@link #cancel(String)}, with a reason that came from elsewhere. */
  public void cancel(CancelledException why) {
    ended.requireTurn();
    //> phase 2: who is told, and may it end at once?
    if (reason != null || ended.isDone()) {
      return;
    }
    reason = why;
    for (Child child : new ArrayList<>(children)) {
      child.cancel.accept(why); //~ siblingsGoOn: assert children.contains(child);
    }
    closeOwned();
    endIfDone();
    //< phase 2
  }

  /**
   * Lets no more children in.
   *
   * @return done when the last child is, and all that is owned is closed: with this scope, or the
   *     first failure, or the reason of its cancellation. Cancelling it cancels the scope.
   */
  public Future<Scope> close() {
    closeQuietly();
    return whenEnded();
  }

  /** Children that are not done. */
  public int live() {
    return children.size();
  }

  private void closeQuietly() {
    ended.requireTurn();
    closing = true;
    endIfDone();
  }

  private Future<Scope> whenEnded() {
    var told = new Promise<Scope>(loop);
    told.onCancel(() -> cancel("nobody waits for its end any more"));
    ended.watch(() -> told.follow(ended));
    return told;
  }

  private void add(Child child) {
    assert !ended.isDone() : "a child of scope " + name + ", which has ended";
    children.add(child);
    child.done.watch(() -> childDone(child));
  }

  private void childDone(Child child) {
    //> phase 2: which ends of a child concern its siblings?
    boolean wasLive = children.remove(child);
    assert wasLive && child.done.isDone() : child.what + " of scope " + name + " ends twice";
    Throwable cause = child.done.cause();
    boolean gone = cause instanceof CancelledException; //~ cancelFails: boolean gone = false;
    if (cause != null && !gone) {
      fail(cause, child.what + " of scope " + name + " has failed");
    }
    endIfDone();
    //< phase 2
  }

  private void fail(Throwable cause, String what) {
    if (failure == null) {
      failure = cause;
      cancel(new CancelledException(what, cause));
    } else if (failure != cause) {
      failure.addSuppressed(cause);
    }
  }

  private void endIfDone() {
    //> phase 2: all conditions of the end, and what is left to do then
    boolean busy = !children.isEmpty(); //~ endsBeforeItsChildren: boolean busy = false;
    if (busy || ended.isDone() || (!closing && reason == null)) {
      return;
    }
    closeOwned();
    if (deadline != null) {
      deadline.cancel(); //~ deadlineStays: assert closing;
    }
    assert children.isEmpty() && owned.isEmpty() : "something is left of scope " + name;
    Throwable cause = failure == null ? reason : failure;
    if (cause == null) {
      ended.succeed(this);
    } else {
      ended.fail(cause);
    }
    //< phase 2
  }

  private void closeOwned() {
    while (!owned.isEmpty()) {
      Owned last = owned.removeLast();
      Await.onThreadOfLoop(() -> close(last));
    }
  }

  private void close(Owned last) {
    try {
      last.thing.close();
    } catch (Exception thrown) {
      fail(thrown, "closing " + last.thing + " of scope " + name + " has failed");
    }
  }

  @Override
  public String toString() {
    return "scope " + name + " with " + children.size() + " children";
  }

  /** Between a network and a protocol, until the connection stands. */
  private static final class Connection implements Protocol {
    private final Scope scope;
    private final Promise<Transport> connected;
    private final Protocol protocol;
    private @Nullable Owned kept;

    Connection(Scope scope, Promise<Transport> connected, Protocol protocol) {
      this.scope = scope;
      this.connected = connected;
      this.protocol = protocol;
    }

    @Override
    public void connected(Transport transport) {
      if (connected.isDone()) {
        transport.abort();
        return;
      }
      kept = scope.keep(transport::abort);
      protocol.connected(transport);
      connected.succeed(transport);
    }

    @Override
    public int receive(byte[] bytes, int from, int to) {
      return kept == null ? to - from : protocol.receive(bytes, from, to);
    }

    @Override
    public void inputEnded() {
      if (kept != null) {
        protocol.inputEnded();
      }
    }

    @Override
    public void writable() {
      protocol.writable();
    }

    @Override
    public void wake(long nowNanos) {
      protocol.wake(nowNanos);
    }

    @Override
    public void closed(@Nullable Throwable cause) {
      if (kept != null) {
        scope.owned.remove(kept);
      }
      Throwable why = cause != null ? cause : scope.reason;
      connected.fail(why != null ? why : new EOFException("closed at once"));
      protocol.closed(why);
    }
  }
}
