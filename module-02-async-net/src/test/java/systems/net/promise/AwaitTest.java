package systems.net.promise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.Effort;
import systems.net.loop.EventLoop;
import systems.net.loop.Loop;
import systems.net.loop.Simulation;

@Tag("phase-2")
class AwaitTest {
  private static final long MILLI = 1_000_000;

  private final HandLoop loop = new HandLoop();
  private final List<String> heard = new ArrayList<>();

  /** Waits on a thread that is not the loop's. */
  private static <T> T outside(Loop loop, Future<T> future) throws Exception {
    var answer = new CompletableFuture<T>();
    loop.execute(() -> {
      var unused =
          future.whenDone((value, cause) -> {
            if (cause == null) {
              answer.complete(value);
            } else {
              answer.completeExceptionally(cause);
            }
          });
      assert unused == future;
    });
    return answer.get(Effort.seconds(), TimeUnit.SECONDS);
  }

  @Test
  void aCoroutineWaitsAndTheLoopGoesOn() {
    var promise = new Promise<String>(loop);
    Future<String> result =
        Await.run(
            loop,
            () -> {
              heard.add("begins");
              String value = Await.await(promise);
              heard.add("has " + value);
              return value + "!";
            });
    boolean inTurn = heard.isEmpty();
    loop.turn();
    heard.add("the loop goes on");
    promise.succeed("it");
    inTurn &= heard.size() == 2; // resumed by a task, not by who completes
    loop.turn();
    inTurn &= heard.equals(List.of("begins", "the loop goes on", "has it"));
    assertThat(inTurn).as("the coroutine runs in turns of its loop, and only there").isTrue();
    assertThat(result.value()).isEqualTo("it!");
  }

  @Test
  void aValueThatIsThereIsNotWaitedFor() {
    Future<Integer> result =
        Await.run(
            loop,
            () -> {
              int sum = 0;
              for (int i = 0; i < 1000; i++) {
                sum += Await.await(Future.succeeded(loop, i));
              }
              return sum;
            });
    loop.turn();
    assertThat(result.value()).isEqualTo(499_500);
  }

  @Test
  void aFailureIsThrownAsItIs() {
    var cause = new IOException("broken");
    Future<String> caught =
        Await.run(
            loop,
            () -> {
              try {
                return Await.await(Future.<String>failed(loop, cause));
              } catch (IOException failure) {
                return "caught " + failure.getMessage();
              }
            });
    Future<String> passed = Await.run(loop, () -> Await.await(Future.failed(loop, cause)));
    loop.turn();
    assertThat(caught.value()).isEqualTo("caught broken");
    assertThat(passed.cause()).isSameAs(cause);
  }

  @Test
  void cancellingACoroutineCancelsWhatItWaitsFor() {
    var promise = new Promise<String>(loop);
    Future<String> result =
        Await.run(
            loop,
            () -> {
              try {
                return Await.await(promise);
              } catch (CancelledException reason) {
                heard.add(reason.getMessage());
                return Await.await(Future.succeeded(loop, "not reached"));
              }
            });
    loop.turn();
    result.cancel("enough");
    loop.turn();
    assertThat(promise.isCancelled()).as("what it waited for is cancelled").isTrue();
    assertThat(heard).containsExactly("enough");
    assertThat(result.cause()).hasMessage("enough");
  }

  @Test
  void aCoroutineThatIsCancelledBeforeItsTurnNeverBegins() {
    Future<Boolean> result = Await.run(loop, () -> heard.add("begins"));
    result.cancel("early");
    loop.turn();
    assertThat(heard).isEmpty();
  }

  @Test
  void waitingIsForCoroutinesOnly() {
    var outer = new Promise<Boolean>(loop);
    var callback = outer.map(value -> Await.loop().inLoop());
    var inside = Await.run(loop, () -> Await.loop().inLoop() && outer.succeed(true));
    loop.turn();
    assertThat(inside.value()).isTrue();
    assertThat(callback.cause())
        .as("what a callback is told, even if a coroutine is the reason for it")
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Await.run");
    assertThatThrownBy(() -> Await.await(outer))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Await.run");
  }

  @Test
  void onARealLoopOneOfThemRunsAtATime() throws Exception {
    int coroutines = 8;
    int rounds = Effort.of(100, 20);
    try (var loop = EventLoop.start("loop")) {
      var counter = new int[2];
      var all = new ArrayList<Future<Integer>>();
      for (int i = 0; i < coroutines; i++) {
        all.add(Await.run(loop, () -> countAlone(loop, counter, rounds)));
      }
      for (Future<Integer> each : all) {
        assertThat(outside(loop, each)).isEqualTo(rounds);
      }
      assertThat(counter[0]).as("additions without a lock").isEqualTo(coroutines * rounds);
      assertThat(counter[1]).as("times that two ran at once").isZero();
    }
  }

  private static int countAlone(Loop loop, int[] counter, int rounds) throws Exception {
    for (int i = 0; i < rounds; i++) {
      int before = counter[0];
      LockSupport.parkNanos(1000); // anybody else who might run would be seen
      counter[1] += counter[0] == before ? 0 : 1;
      counter[0] = before + 1;
      var next = new Promise<Boolean>(loop);
      loop.execute(() -> next.succeed(true));
      Await.await(next);
    }
    return rounds;
  }

  @Test
  void callbacksOfACoroutineRunOnTheLoopsThread() throws Exception {
    try (var loop = EventLoop.start("the loop")) {
      Future<String> where =
          Await.run(
              loop,
              () -> {
                var promise = new Promise<String>(loop);
                Future<String> name = promise.map(value -> Thread.currentThread().getName());
                promise.succeed("");
                return name.value();
              });
      assertThat(outside(loop, where)).isEqualTo("the loop");
    }
  }

  @Test
  void aCoroutineUsesTimersOfARealLoop() throws Exception {
    try (var loop = EventLoop.start("loop")) {
      Future<String> slept =
          Await.run(
              loop,
              () -> {
                long begun = System.nanoTime();
                Await.await(Future.delay(loop, 2 * MILLI));
                var rung = new Promise<Boolean>(Await.loop());
                Await.loop().schedule(2 * MILLI, () -> rung.succeed(true));
                Await.await(rung);
                boolean onLoop = Await.onLoop(loop::inLoop);
                long passed = System.nanoTime() - begun;
                return (passed >= 4 * MILLI) + " " + onLoop + " " + Await.loop().inLoop();
              });
      assertThat(outside(loop, slept)).isEqualTo("true true true");
    }
  }

  private static String tellsSeed(long seed) {
    var simulation = new Simulation(seed);
    Loop one = simulation.loop("one");
    Loop other = simulation.loop("other");
    var told = new StringBuilder();
    for (Loop loop : List.of(one, other)) {
      for (int i = 0; i < 3; i++) {
        int number = i;
        var unused =
            Await.run(
                loop,
                () -> {
                  for (int round = 0; round < 3; round++) {
                    told.append(loop).append(number).append(' ');
                    Await.await(Future.delay(loop, MILLI * number));
                  }
                  return true;
                });
        assertThat(unused).isNotNull();
      }
    }
    simulation.run();
    return told + simulation.trace();
  }

  @Test
  void inASimulationTheOrderOfCoroutinesIsTheSeeds() {
    assertThat(tellsSeed(5)).isEqualTo(tellsSeed(5));
    assertThat(tellsSeed(5)).isNotEqualTo(tellsSeed(6));
  }

  @Test
  void aCancelledScopeOfCoroutinesEndsWholeOnEverySeed() {
    Simulation.forSeeds(
        0,
        Effort.of(100, 20),
        simulation -> {
          Loop loop = simulation.loop("loop");
          var running = new int[1];
          var ends = new ArrayList<String>();
          loop.execute(() -> {
            Scope scope = Scope.open(loop, "crowd");
            for (int i = 0; i < 5; i++) {
              var fork = scope.fork("walker " + i, () -> walk(loop, running));
              assertThat(fork.isDone()).isFalse();
            }
            loop.schedule(simulation.seed() % 7 * MILLI, () -> scope.cancel("enough"));
            var end =
                scope
                    .close()
                    .whenDone((value, cause) -> ends.add(running[0] + " running, " + cause));
            assertThat(end.isDone()).isFalse();
          });
          simulation.run();
          assertThat(ends)
              .hasSize(1)
              .first()
              .asString()
              .startsWith("0 running, ")
              .contains("enough");
        });
  }

  private static boolean walk(Loop loop, int[] running) throws Exception {
    running[0]++;
    try {
      while (true) {
        Await.await(Future.delay(loop, MILLI));
      }
    } finally {
      running[0]--;
    }
  }
}
