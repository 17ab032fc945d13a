package systems.net.promise;

import java.util.concurrent.Callable;
import java.util.function.Supplier;
import systems.net.loop.Loop;
import systems.net.loop.Timer;

/**
 * Code that waits for futures line by line, as if it blocked, and is still part of a loop.
 *
 * <pre>
 *   loop's thread                          virtual thread
 *   -------------                          --------------
 *   a task: resume  -- the turn -------->  String head = await(read());
 *   stands still                             ... runs, alone
 *   goes on        &lt;------- the turn ----  parked in await
 *   other tasks, sockets, timers
 *   read() is done; a task: resume -- the turn --&gt;  the line after await
 * </pre>
 *
 * <p>A callback cannot wait, so what comes after has to be another callback; loops and {@code try}
 * get lost in that. A virtual thread can be parked in the middle of a method, with its locals, and
 * go on there. What it must not do is to run beside the loop, since nothing here has a lock. So the
 * two take turns: of a loop's thread and all its coroutines, one runs at any time, and the change
 * from one to the other is a volatile store that makes all writes of the one visible to the next.
 *
 * <ol>
 *   <li>A coroutine gets its turn from a task in the loop's queue, and never inside a step of a
 *       promise. It keeps it until it waits or ends.
 *   <li>What it completes runs on the loop's thread, to which the turn is lent for that time: a
 *       callback finds itself on the loop, whoever caused it.
 *   <li>Cancelling the future of {@link #run} cancels what the coroutine waits for, and every
 *       {@link #await} of it throws the reason. That a coroutine has truly ended is known to the
 *       {@link Scope} that started it.
 * </ol>
 *
 * <p>Sockets and timers look at which thread calls. {@link #onLoop} runs a call on the loop's own
 * thread, {@link #loop} is a loop that does so for timers.
 *
 * <p>The price: JDK 25 has no public way to run a virtual thread on a scheduler of one's own, here
 * the loop's thread itself. So it runs on a thread of the JDK's pool, and each wait costs two
 * changes between threads of the system: 4 to 5 microseconds on two busy cores, where a link of
 * promises took 0.15 to 0.3. That is why the HTTP server is written in callbacks, and why this is
 * for code that waits seldom and is read often. Coroutines of a language (Kotlin's, Rust's,
 * JavaScript's) are rewritten by a compiler to callbacks and do not pay that.
 *
 * <p>Rejected: to let the coroutine run in parallel to the loop and to guard what they share. That
 * is what the engine of virtual threads does, where each connection has one thread to itself.
 */
public final class Await {
  private Await() {}

  /**
   * Runs the body as a coroutine of the loop, from a task of its own. May be called from any
   * thread; the future belongs to the loop. What the body throws is the cause of the future's
   * failure.
   */
  public static <T> Future<T> run(Loop loop, Callable<T> body) {
    var coroutine = new Coroutine<>(unwrap(loop), body);
    coroutine.begin();
    return coroutine.result();
  }

  /**
   * Waits until the future is done; the loop goes on meanwhile. Only in a coroutine of the future's
   * loop.
   *
   * @throws Exception the cause of its failure, as it is
   * @throws CancelledException also if the coroutine has been cancelled
   */
  public static <T> T await(Future<T> future) throws Exception {
    return current().await(future);
  }

  /** Runs it on the loop's own thread, now, and returns what it returns. Only in a coroutine. */
  public static <T> T onLoop(Supplier<T> call) {
    return current().call(call);
  }

  /** As {@link #onLoop(Supplier)}. */
  public static void onLoop(Runnable call) {
    current()
        .call(() -> {
          call.run();
          return true;
        });
  }

  /** The coroutine's loop, which it may use as if it ran there. Only in a coroutine. */
  public static Loop loop() {
    return current().asLoop();
  }

  private static Coroutine<?> current() {
    Coroutine<?> coroutine = Coroutine.current();
    if (coroutine == null) {
      throw new IllegalStateException("only in a coroutine, that is, inside of Await.run");
    }
    return coroutine;
  }

  static Loop unwrap(Loop loop) {
    return loop instanceof Coroutine<?>.TurnLoop turn ? turn.real() : loop;
  }

  static boolean hasTurnOn(Loop loop) {
    Coroutine<?> coroutine = Coroutine.current();
    return coroutine != null && coroutine.loop() == loop;
  }

  /** On the loop's own thread, whether the caller is a coroutine or runs there already. */
  static void onThreadOfLoop(Runnable call) {
    if (Coroutine.current() == null) {
      call.run();
    } else {
      onLoop(call);
    }
  }

  static Timer schedule(Loop loop, long nanos, Runnable task) {
    Coroutine<?> coroutine = Coroutine.current();
    return coroutine == null
        ? loop.schedule(nanos, task)
        : coroutine.call(() -> loop.schedule(nanos, task));
  }
}
