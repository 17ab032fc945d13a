package systems.net.promise;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.Effort;

/** A million links: no stack holds them, and no memory should. */
@Tag("phase-2")
class ManyLinksTest {
  private static final int LINKS = Effort.of(1_000_000, 100_000);

  private final HandLoop loop = new HandLoop();

  /** Runs it on a thread with a small stack, so that it does not take a million to see. */
  private static void onSmallStack(Runnable test) {
    var failure = new AtomicReference<Throwable>();
    Thread thread = new Thread(null, test, "small stack", 256 << 10);
    thread.setUncaughtExceptionHandler((where, thrown) -> failure.set(thrown));
    thread.start();
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
    if (failure.get() != null) {
      throw new AssertionError("on a thread with a small stack: " + failure.get(), failure.get());
    }
  }

  private Future<Integer> chain(Future<Integer> first) {
    Future<Integer> last = first;
    for (int i = 0; i < LINKS; i++) {
      last = last.map(n -> n + 1);
    }
    return last;
  }

  @Test
  void aChainMadeBeforeItsValueDoesNotOverflowTheStack() {
    onSmallStack(() -> {
      var promise = new Promise<Integer>(loop);
      Future<Integer> last = chain(promise);
      promise.succeed(0);
      assertThat(last.value()).isEqualTo(LINKS);
    });
  }

  @Test
  void aChainMadeAfterItsValueDoesNotOverflowTheStack() {
    onSmallStack(() -> assertThat(chain(Future.succeeded(loop, 0)).value()).isEqualTo(LINKS));
  }

  @Test
  void aChainThatIsCancelledFromItsEndDoesNotOverflowTheStack() {
    onSmallStack(() -> {
      var promise = new Promise<Integer>(loop);
      Future<Integer> last = chain(promise);
      last.cancel("at the end");
      assertThat(promise.isCancelled()).as("the first of the chain is cancelled").isTrue();
    });
  }

  @Test
  void promisesThatCompleteEachOtherDoNotOverflowTheStack() {
    onSmallStack(() -> {
      var first = new Promise<Integer>(loop);
      Promise<Integer> last = first;
      for (int i = 0; i < LINKS; i++) {
        var next = new Promise<Integer>(loop);
        var unused = last.whenDone((value, cause) -> next.succeed(1));
        last = next;
        assertThat(unused.isDone()).isFalse();
      }
      first.succeed(0);
      assertThat(last.isDone()).isTrue();
    });
  }

  private Future<Integer> countDown(int n) {
    return n == 0
        ? Future.succeeded(loop, 0)
        : Future.succeeded(loop, n).flatMap(left -> countDown(left - 1));
  }

  @Test
  void aLoopOfFlatMapsOverValuesThatAreThereDoesNotOverflowTheStack() {
    onSmallStack(() -> assertThat(countDown(LINKS).value()).isZero());
  }

  /** Counts down, each turn in a task of its own; remembers the future of each turn weakly. */
  private Future<Integer> countDownInTurns(int n, WeakReference<?>[] turns) {
    var step = new Promise<Integer>(loop);
    loop.execute(() -> step.succeed(n));
    Future<Integer> turn =
        step.flatMap(left ->
            left == 0
                ? Future.succeeded(loop, stillHeld(turns))
                : countDownInTurns(left - 1, turns));
    if (n < turns.length) {
      turns[n] = new WeakReference<>(turn);
    }
    return turn;
  }

  private static int stillHeld(WeakReference<?>[] turns) {
    System.gc();
    int held = 0;
    for (WeakReference<?> turn : turns) {
      held += turn.get() == null ? 0 : 1;
    }
    return held;
  }

  @Test
  void aLoopOfFlatMapsKeepsTheMemoryOfOneTurn() {
    var turns = new WeakReference<?>[1000];
    Future<Integer> held = countDownInTurns(turns.length + 10, turns);
    loop.turn();
    assertThat(held.value())
        .as("futures of 1000 turns that are still held in the last one")
        .isLessThan(10);
  }

  @Test
  void aLoopOfFlatMapsIsCancelledWhereItStands() {
    var turns = new int[1];
    Future<Integer> all = forever(turns);
    loop.pass(100);
    assertThat(turns[0]).as("turns before it was cancelled").isEqualTo(101);
    all.cancel("enough");
    loop.pass(1000);
    assertThat(turns[0]).as("turns after it was cancelled").isEqualTo(101);
    assertThat(loop.timers()).as("timers left").isZero();
  }

  private Future<Integer> forever(int[] turns) {
    turns[0]++;
    return Future.delay(loop, 1).flatMap(now -> forever(turns));
  }
}
