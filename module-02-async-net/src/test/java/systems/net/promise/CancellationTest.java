package systems.net.promise;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** That nobody wants a value any more travels up. */
@Tag("phase-2")
class CancellationTest {
  private final HandLoop loop = new HandLoop();
  private final List<String> heard = new ArrayList<>();
  private final Promise<String> promise = new Promise<>(loop);

  CancellationTest() {
    promise.onCancel(() -> heard.add("hook"));
  }

  @Test
  void theSourceOfACancelledFutureIsCancelled() {
    Future<Integer> derived = promise.map(String::length).map(n -> n + 1);
    assertThat(derived.cancel("the user closed the page")).isTrue();
    assertThat(derived.isCancelled()).isTrue();
    assertThat(promise.isCancelled()).as("the promise at the top is cancelled").isTrue();
    assertThat(promise.cause()).hasMessage("the user closed the page");
    assertThat(heard).containsExactly("hook");
    assertThat(promise.succeed("too late")).isFalse();
  }

  @Test
  void aSourceThatSomebodyElseWantsGoesOn() {
    Future<Integer> one = promise.map(String::length);
    Future<Integer> other = promise.map(String::length);
    one.cancel("not needed");
    assertThat(promise.isDone()).as("cancelled though another wants it").isFalse();
    promise.succeed("four");
    assertThat(other.value()).isEqualTo(4);
    assertThat(one.isCancelled()).isTrue();
    assertThat(heard).isEmpty();
  }

  @Test
  void theLastWhoLetsGoCancels() {
    Future<Integer> one = promise.map(String::length);
    Future<Integer> other = promise.map(String::length);
    one.cancel("first");
    other.cancel("second");
    assertThat(promise.cause()).hasMessage("second");
  }

  @Test
  void whoCallsBackWantsIt() {
    Future<Integer> derived = promise.map(String::length);
    var same = promise.whenDone((value, cause) -> heard.add("done: " + value));
    derived.cancel("not needed");
    same.isDone();
    promise.succeed("here");
    assertThat(heard).containsExactly("done: here");
  }

  @Test
  void cancellingTheSourceFailsWhatIsDerived() {
    Future<Integer> derived = promise.map(String::length);
    promise.cancel("from above");
    assertThat(derived.cause()).isInstanceOf(CancelledException.class).hasMessage("from above");
    assertThat(heard).containsExactly("hook");
  }

  @Test
  void aFlatMapCancelsWhatItWaitsForNow() {
    var inner = new Promise<String>(loop);
    inner.onCancel(() -> heard.add("inner hook"));
    Future<String> derived = promise.flatMap(value -> inner.map(String::trim));
    promise.succeed("");
    derived.cancel("not needed");
    assertThat(inner.isCancelled()).as("the inner promise is cancelled").isTrue();
    assertThat(heard).containsExactly("inner hook");
  }

  @Test
  void cancellingADelayTakesItsTimerBack() {
    Future<Long> delay = Future.delay(loop, 1000);
    assertThat(loop.timers()).isEqualTo(1);
    delay.map(nanos -> nanos + 1).cancel("not needed");
    assertThat(loop.timers()).as("timers left").isZero();
  }

  @Test
  void cancellingARaceCancelsAllRunners() {
    var other = new Promise<String>(loop);
    Future<String> race = Future.race(List.of(promise, other));
    race.cancel("rain");
    assertThat(List.of(promise.isCancelled(), other.isCancelled())).containsExactly(true, true);
    assertThat(other.cause()).hasMessage("rain");
  }

  @Test
  void aHookThatComesTooLateRunsAtOnce() {
    promise.cancel("early");
    promise.onCancel(() -> heard.add("late hook"));
    assertThat(heard).containsExactly("hook", "late hook");
  }

  @Test
  void noHookRunsAfterAValue() {
    promise.succeed("here");
    promise.onCancel(() -> heard.add("late hook"));
    assertThat(heard).isEmpty();
  }

  @Test
  void recoverSeesACancellation() {
    Future<String> derived = promise.recover(cause -> "instead: " + cause.getMessage());
    promise.cancel("from above");
    assertThat(derived.value()).isEqualTo("instead: from above");
  }

  @Test
  void whatLivesLongKeepsNothingOfThoseWhoGaveUp() {
    var waited = new ArrayList<WeakReference<?>>();
    var wanted = promise.whenDone((value, cause) -> heard.add("done"));
    for (int i = 0; i < 100; i++) {
      waited.add(new WeakReference<>(wanted.timeout(10)));
      loop.pass(10);
    }
    System.gc();
    assertThat(waited.stream().filter(each -> each.get() != null).count())
        .as("futures that timed out and are still held by their source")
        .isLessThan(5);
    assertThat(loop.timers()).isZero();
    assertThat(wanted.isDone()).isFalse();
  }

  @Test
  void aCancellationCrossesLoops() {
    var other = new HandLoop();
    Future<String> there = promise.on(other);
    there.cancel("from afar");
    assertThat(promise.isDone()).isFalse();
    loop.turn();
    assertThat(promise.cause()).hasMessage("from afar");
  }
}
