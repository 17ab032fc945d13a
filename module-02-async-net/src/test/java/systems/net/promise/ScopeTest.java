package systems.net.promise;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-2")
class ScopeTest {
  private final HandLoop loop = new HandLoop();
  private final Scope scope = Scope.open(loop, "request 7");
  private final List<String> heard = new ArrayList<>();

  private Promise<String> child(String name) {
    var promise = new Promise<String>(loop);
    Future<String> started = scope.start(name, () -> promise);
    assertThat(started).isSameAs(promise);
    return promise;
  }

  @Test
  void closingWaitsForAllChildren() {
    Promise<String> one = child("one");
    Promise<String> other = child("other");
    Future<Scope> end = scope.close();
    one.succeed("1");
    assertThat(end.isDone()).as("ended with a live child").isFalse();
    other.succeed("2");
    assertThat(end.value()).isSameAs(scope);
    assertThat(scope.live()).isZero();
  }

  @Test
  void anOpenScopeDoesNotEndOnlyBecauseItIsEmpty() {
    child("one").succeed("1");
    Promise<String> second = child("second");
    assertThat(second.isDone()).isFalse();
    Future<Scope> end = scope.close();
    second.succeed("2");
    assertThat(end.isSucceeded()).isTrue();
  }

  @Test
  void theFirstFailureCancelsTheSiblingsAndSaysWho() {
    Promise<String> one = child("fetch a");
    Promise<String> other = child("fetch b");
    Future<Long> pause = scope.delay(1_000_000);
    var cause = new IOException("broken");
    one.fail(cause);
    assertThat(other.isCancelled()).as("the sibling is cancelled").isTrue();
    assertThat(other.cause()).hasMessage("fetch a of scope request 7 has failed").hasCause(cause);
    assertThat(pause.isCancelled()).isTrue();
    assertThat(loop.timers()).as("timers left").isZero();
    assertThat(scope.close().cause()).isSameAs(cause);
  }

  @Test
  void aLaterFailureIsKeptBesideTheFirst() {
    var slow = new Promise<String>(loop);
    Promise<String> one = child("one");
    Future<String> stubborn = scope.start("two", () -> slow.recoverWith(why -> slowlyFails()));
    one.fail(new IOException("first"));
    loop.pass(10);
    assertThat(stubborn.isFailed()).isTrue();
    assertThat(scope.close().cause()).hasMessage("first");
  }

  private Future<String> slowlyFails() {
    return Future.delay(loop, 5)
        .map(now -> {
          throw new IllegalStateException("second");
        });
  }

  @Test
  void aCancelledChildIsNoFailure() {
    Promise<String> one = child("one");
    Promise<String> other = child("other");
    one.cancel("not needed");
    assertThat(other.isDone()).as("a sibling of a cancelled child").isFalse();
    Future<Scope> end = scope.close();
    other.succeed("2");
    assertThat(end.isSucceeded()).isTrue();
  }

  @Test
  void cancellingReachesChildrenAndTheirSources() {
    var source = new Promise<String>(loop);
    source.onCancel(() -> heard.add("source"));
    Future<Integer> child = scope.start("length", () -> source.map(String::length));
    scope.cancel("the peer has gone");
    assertThat(heard).containsExactly("source");
    assertThat(child.cause()).hasMessage("scope request 7 was cancelled: the peer has gone");
    assertThat(scope.close().isCancelled()).isTrue();
  }

  @Test
  void aScopeThatIsOverStartsNothing() {
    scope.cancel("over");
    Future<String> refused =
        scope.start(
            "late",
            () -> {
              heard.add("started");
              return new Promise<>(loop);
            });
    assertThat(refused.isCancelled()).isTrue();
    assertThat(scope.fork("late", () -> heard.add("forked")).isCancelled()).isTrue();
    loop.turn();
    assertThat(heard).isEmpty();
    Scope closed = Scope.open(loop, "closed");
    assertThat(closed.close().isDone()).isTrue();
    assertThat(closed.delay(1).isCancelled()).isTrue();
    assertThat(loop.timers()).isZero();
  }

  @Test
  void workThatThrowsIsAChildThatFails() {
    Promise<String> one = child("one");
    Future<String> thrown =
        scope.start(
            "two",
            () -> {
              throw new IllegalStateException("at once");
            });
    assertThat(thrown.cause()).hasMessage("at once");
    assertThat(one.cause()).hasMessage("two of scope request 7 has failed");
  }

  @Test
  void theDeadlineIsAFailure() {
    Promise<String> one = child("one");
    scope.deadline(2_000_000);
    Future<Scope> end = scope.close();
    loop.pass(1_999_999);
    assertThat(end.isDone()).isFalse();
    loop.pass(1);
    assertThat(end.cause())
        .isInstanceOf(TimeoutException.class)
        .hasMessage("deadline of 2.0 ms of scope request 7 has passed");
    assertThat(one.isCancelled()).isTrue();
  }

  @Test
  void noDeadlineIsLeftBehindAScope() {
    scope.deadline(2_000_000);
    assertThat(scope.close().isSucceeded()).isTrue();
    assertThat(loop.timers()).as("timers left").isZero();
  }

  @Test
  void ownedThingsAreClosedInReverseOrder() {
    scope.own(() -> heard.add("first"));
    scope.own(() -> heard.add("second"));
    Promise<String> one = child("one");
    Future<Scope> end = scope.close();
    assertThat(heard).as("closed while a child is live").isEmpty();
    one.succeed("");
    assertThat(heard).containsExactly("second", "first");
    assertThat(end.isSucceeded()).isTrue();
    scope.own(() -> heard.add("late"));
    assertThat(heard).as("a thing for a scope that is over").endsWith("late");
  }

  @Test
  void ownedThingsAreClosedAtOnceWhenTheScopeIsCancelled() {
    var stubborn = new Promise<String>(loop);
    Future<String> child = scope.start("one", () -> stubborn.recoverWith(why -> later()));
    scope.own(() -> heard.add("closed"));
    scope.cancel("enough");
    assertThat(heard).containsExactly("closed");
    assertThat(child.isDone()).isTrue();
  }

  private Future<String> later() {
    return Future.delay(loop, 5).map(now -> "later");
  }

  @Test
  void aThingThatCannotBeClosedFailsTheScope() {
    scope.own(() -> {
      throw new IOException("disk full");
    });
    assertThat(scope.close().cause()).hasMessage("disk full");
  }

  @Test
  void anInnerScopeIsAChild() {
    Scope inner = scope.open("mirror");
    var promise = new Promise<String>(loop);
    Future<String> started = inner.start("one", () -> promise);
    Future<Scope> end = scope.close();
    assertThat(end.isDone()).as("ended before its inner scope").isFalse();
    promise.fail(new IOException("broken"));
    assertThat(started.isFailed()).isTrue();
    assertThat(end.cause()).hasMessage("broken");
  }

  @Test
  void cancellingTheOuterScopeCancelsTheInner() {
    Scope inner = scope.open("mirror");
    Future<Long> pause = inner.delay(1000);
    scope.cancel("over");
    assertThat(pause.cause()).hasMessageContaining("scope request 7 was cancelled: over");
    assertThat(inner.close().isCancelled()).isTrue();
    assertThat(scope.open("late").close().isCancelled()).isTrue();
  }

  @Test
  void withinGivesTheOutcomeWhenAllHasEnded() {
    var side = new Promise<String>(loop);
    Future<String> outcome =
        Scope.within(
            loop,
            "job",
            job -> {
              heard.add(job.name() + " " + job.start("side", () -> side).isDone());
              return Future.succeeded(loop, "main");
            });
    assertThat(outcome.isDone()).as("told before the scope has ended").isFalse();
    side.succeed("");
    assertThat(outcome.value()).isEqualTo("main");
    assertThat(heard).containsExactly("job false");
  }

  @Test
  void cancellingTheOutcomeCancelsTheScope() {
    var side = new Promise<String>(loop);
    Future<String> outcome = Scope.within(loop, "job", job -> job.start("side", () -> side));
    outcome.timeout(10);
    loop.pass(10);
    assertThat(side.isCancelled()).as("the work of a scope whose outcome nobody awaits").isTrue();
  }

  @Test
  void aForkIsAChildUntilItsCodeHasEnded() {
    var never = new Promise<String>(loop);
    var cleanUp = new Promise<String>(loop);
    Future<String> fork =
        scope.fork(
            "fork",
            () -> {
              try {
                return Await.await(never);
              } finally {
                heard.add("clean-up");
              }
            });
    loop.turn();
    scope.cancel("enough");
    Future<Scope> end = scope.close();
    assertThat(fork.isCancelled()).isTrue();
    assertThat(end.isDone()).as("ended before the code of the fork has").isFalse();
    loop.turn();
    assertThat(heard).containsExactly("clean-up");
    assertThat(end.isCancelled()).isTrue();
    assertThat(cleanUp.isDone()).isFalse();
    assertThat(never.isCancelled()).isTrue();
  }
}
