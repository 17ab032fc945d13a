package systems.net.promise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-2")
class FutureTest {
  private final HandLoop loop = new HandLoop();
  private final List<String> heard = new ArrayList<>();
  private final Promise<String> promise = new Promise<>(loop);

  private void hear(Future<?> future) {
    var unused =
        future.whenDone((value, cause) -> heard.add(cause == null ? "" + value : "" + cause));
    assertThat(unused).isSameAs(future);
  }

  @Test
  void aValueReachesWhoCameBeforeAndWhoComesAfter() {
    hear(promise);
    assertThat(promise.isDone()).isFalse();
    promise.succeed("here");
    hear(promise);
    assertThat(heard).containsExactly("here", "here");
    assertThat(promise.value()).isEqualTo("here");
    assertThat(promise.isSucceeded()).isTrue();
  }

  @Test
  void aPromiseIsCompletedOnce() {
    hear(promise);
    assertThat(promise.succeed("first")).isTrue();
    assertThat(promise.succeed("second")).as("completed again").isFalse();
    assertThat(promise.fail(new IOException("late"))).as("failed when it was done").isFalse();
    assertThat(promise.cancel("too late")).as("cancelled when it was done").isFalse();
    assertThat(promise.value()).isEqualTo("first");
    assertThat(heard).containsExactly("first");
  }

  @Test
  void mapAndFlatMapChangeTheValue() {
    var inner = new Promise<Integer>(loop);
    hear(promise.map(String::length).flatMap(length -> inner.map(more -> length + more)));
    promise.succeed("four");
    assertThat(heard).as("before the inner future is done").isEmpty();
    inner.succeed(38);
    assertThat(heard).containsExactly("42");
  }

  @Test
  void aFailurePassesByWithItsCauseAsItIs() {
    var cause = new IOException("broken");
    Future<Integer> mapped = promise.map(String::length).flatMap(n -> Future.succeeded(loop, n));
    promise.fail(cause);
    assertThat(mapped.cause()).isSameAs(cause);
    assertThatThrownBy(mapped::value).isInstanceOf(IllegalStateException.class).hasCause(cause);
  }

  @Test
  void aFunctionThatThrowsFailsItsOwnFuture() {
    Future<Integer> mapped = promise.map(Integer::parseInt);
    Future<Integer> other = promise.map(String::length);
    promise.succeed("x");
    assertThat(mapped.cause()).isInstanceOf(NumberFormatException.class);
    assertThat(other.value()).isEqualTo(1);
    assertThat(promise.isSucceeded()).isTrue();
  }

  @Test
  void recoverPutsAValueInThePlaceOfAFailureOnly() {
    hear(promise.recover(cause -> "instead of " + cause.getMessage()));
    promise.fail(new IOException("broken"));
    hear(Future.succeeded(loop, "fine").recover(cause -> "not called"));
    assertThat(heard).containsExactly("instead of broken", "fine");
  }

  @Test
  void recoverWithTriesAgain() {
    var second = new Promise<String>(loop);
    hear(promise.recoverWith(cause -> second));
    promise.fail(new IOException("broken"));
    assertThat(heard).isEmpty();
    second.succeed("at the second attempt");
    assertThat(heard).containsExactly("at the second attempt");
  }

  @Test
  void whatACallbackThrowsComesOutOnTheLoopAndNotAtTheCompleter() {
    var unused =
        promise.whenDone((value, cause) -> {
          throw new IllegalStateException("boom");
        });
    hear(promise);
    assertThat(promise.succeed("here")).isTrue();
    assertThat(heard).as("the callback behind the one that throws").containsExactly("here");
    loop.turn();
    assertThat(loop.thrown).hasSize(1).first().extracting(Throwable::getMessage).isEqualTo("boom");
    assertThat(unused).isSameAs(promise);
  }

  @Test
  void stepsRunOneAfterTheOtherAndNotInsideEachOther() {
    var second = new Promise<String>(loop);
    var first =
        promise.whenDone((value, cause) -> {
          heard.add("begin");
          second.succeed("inside");
          heard.add("end");
        });
    hear(second);
    assertThat(first).isSameAs(promise);
    promise.succeed("outside");
    assertThat(heard).containsExactly("begin", "end", "inside");
  }

  @Test
  void followCompletesLikeTheOther() {
    var other = new Promise<String>(loop);
    promise.follow(other);
    hear(promise);
    other.fail(new IOException("broken"));
    assertThat(heard).containsExactly("java.io.IOException: broken");
  }

  @Test
  void aFutureThatWaitsForItselfFails() {
    var self = new ArrayList<Future<String>>();
    self.add(promise.flatMap(value -> self.getFirst()));
    promise.succeed("");
    assertThat(self.getFirst().cause())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("waits for itself");
  }

  @Test
  void timeoutFailsWhatDoesNotComeInTime() {
    Future<String> limited = promise.timeout(5_000_000);
    loop.pass(4_999_999);
    assertThat(limited.isDone()).as("done before its time").isFalse();
    loop.pass(1);
    assertThat(limited.cause()).isInstanceOf(TimeoutException.class).hasMessageContaining("5.0 ms");
    assertThat(promise.isCancelled()).as("what came too late is cancelled").isTrue();
  }

  @Test
  void timeoutLeavesNoTimerBehindWhatCameInTime() {
    Future<String> limited = promise.timeout(5_000_000);
    assertThat(loop.timers()).isEqualTo(1);
    promise.succeed("in time");
    assertThat(limited.value()).isEqualTo("in time");
    assertThat(loop.timers()).as("timers left").isZero();
  }

  @Test
  void raceIsWonByTheFirstAndTheOthersAreCancelled() {
    var other = new Promise<String>(loop);
    Future<String> winner = Future.race(List.of(promise, other));
    other.succeed("other");
    assertThat(winner.value()).isEqualTo("other");
    assertThat(promise.isCancelled()).as("the loser is cancelled").isTrue();
    assertThatThrownBy(() -> Future.race(List.of())).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void raceWithOneThatIsDoneAlreadyIsOver() {
    Future<String> winner = Future.race(List.of(Future.succeeded(loop, "done"), promise));
    assertThat(winner.value()).isEqualTo("done");
    assertThat(promise.isCancelled()).as("the loser is cancelled").isTrue();
  }

  @Test
  void allKeepsTheOrderOfTheListWhateverComesFirst() {
    var second = new Promise<String>(loop);
    var third = Future.succeeded(loop, "c");
    Future<List<String>> all = Future.all(loop, List.of(promise, second, third));
    second.succeed("b");
    assertThat(all.isDone()).isFalse();
    promise.succeed("a");
    assertThat(all.value()).containsExactly("a", "b", "c");
    assertThat(Future.all(loop, List.of()).value()).isEmpty();
  }

  @Test
  void allFailsWithTheFirstFailureAndCancelsTheRest() {
    var second = new Promise<String>(loop);
    var cause = new IOException("broken");
    Future<List<String>> all = Future.all(loop, List.of(promise, second));
    second.fail(cause);
    assertThat(all.cause()).isSameAs(cause);
    assertThat(promise.cause())
        .isInstanceOf(CancelledException.class)
        .hasMessageContaining("has failed")
        .hasCause(cause);
  }

  @Test
  void delayIsDoneAtItsTime() {
    Future<Long> delay = Future.delay(loop, 1000);
    loop.pass(999);
    assertThat(delay.isDone()).isFalse();
    loop.pass(1);
    assertThat(delay.value()).isEqualTo(1000);
  }

  @Test
  void anotherLoopHearsInATaskOfItsOwn() {
    var other = new HandLoop();
    other.inside = false;
    Future<String> there = promise.on(other);
    promise.succeed("over");
    assertThat(there.isDone()).as("before the other loop's turn").isFalse();
    other.inside = true;
    other.turn();
    assertThat(there.value()).isEqualTo("over");
  }

  @Test
  void futuresOfTwoLoopsAreNotMixedByMistake() {
    Future<String> mixed =
        promise.flatMap(value -> Future.succeeded(new HandLoop(), "of another loop"));
    promise.succeed("");
    assertThat(mixed.cause()).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void otherThreadsAreRefused() {
    loop.inside = false;
    assertThatThrownBy(() -> promise.succeed("x")).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> promise.fail(new IOException()))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> promise.map(String::length)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> promise.cancel("x")).isInstanceOf(IllegalStateException.class);
  }
}
