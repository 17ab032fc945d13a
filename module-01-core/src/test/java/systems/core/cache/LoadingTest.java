package systems.core.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-3")
class LoadingTest {
  private final ConcurrentCache<String, Integer> cache = new ConcurrentCache<>(100);
  private final AtomicInteger loads = new AtomicInteger();
  private final CompletableFuture<Void> inside = new CompletableFuture<>();
  private final CountDownLatch goOn = new CountDownLatch(1);

  /** A loader that says when it is inside and waits for leave to go on. */
  private Integer slowly(String key) {
    loads.incrementAndGet();
    inside.complete(null);
    try {
      assertThat(goOn.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return key.length();
  }

  /** A second caller of the same key, who waits when this returns. */
  private record Waiter(Thread thread, CompletableFuture<Integer> answer) {}

  private Waiter waiter(String key) {
    var answer = new CompletableFuture<Integer>();
    var thread =
        Thread.ofPlatform()
            .start(() -> {
              try {
                answer.complete(cache.get(key, this::slowly));
              } catch (Throwable e) {
                answer.completeExceptionally(e);
              }
            });
    while (thread.isAlive() && thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait(); // the test's own limit ends this
    }
    return new Waiter(thread, answer);
  }

  private CompletableFuture<Integer> loading(String key) throws Exception {
    var first =
        CompletableFuture.supplyAsync(
            () -> cache.get(key, this::slowly), Thread::startVirtualThread);
    CompletableFuture.anyOf(inside, first).get(); // a loader that is never called fails here
    return first;
  }

  @Test
  void ofAllWhoMissAtTheSameTimeOneLoads() throws Exception {
    var first = loading("four");
    List<Waiter> others = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      others.add(waiter("four"));
    }
    goOn.countDown();
    assertThat(first.get()).isEqualTo(4);
    for (Waiter other : others) {
      assertThat(other.answer.get()).isEqualTo(4);
    }
    assertThat(loads).hasValue(1);
    assertThat(cache.get("four")).isEqualTo(4);
    assertThat(cache.stats().loads()).isEqualTo(1);
  }

  @Test
  void aLoadHoldsUpNoOtherKey() throws Exception {
    var first = loading("slow");
    assertThat(cache.get("other", String::length)).isEqualTo(5);
    cache.put("third", 3);
    assertThat(cache.remove("third")).isEqualTo(3);
    goOn.countDown();
    assertThat(first.get()).isEqualTo(4);
  }

  @Test
  void aFailedLoadIsToldToAllAndKeptByNobody() {
    assertThatThrownBy(() ->
            cache.get(
                "a",
                _ -> {
                  throw new IllegalStateException("the disk is on fire");
                }))
        .isInstanceOf(LoadException.class)
        .hasMessageContaining("key a")
        .hasRootCauseMessage("the disk is on fire");
    assertThat(cache).isEmpty();
    assertThat(cache.stats().loadFailures()).isEqualTo(1);
    assertThat(cache.get("a", String::length)).isEqualTo(1);
  }

  @Test
  void aLoadOfNothingKeepsNothing() {
    assertThat(cache.get("a", _ -> null)).isNull();
    assertThat(cache).isEmpty();
    assertThat(cache.get("a", String::length)).isEqualTo(1);
  }

  @Test
  void aLoadThatIsInvalidatedMeanwhileIsNotKept() throws Exception {
    var first = loading("old");
    cache.remove("old");
    assertThat(cache.get("old", _ -> 77)).as("a new load").isEqualTo(77);
    cache.remove("old");
    goOn.countDown();
    assertThat(first.get()).as("who asked before").isEqualTo(3);
    assertThat(cache).as("but it is not kept").isEmpty();
  }

  @Test
  void aClearedCacheKeepsNoLoadThatRan() throws Exception {
    var first = loading("old");
    cache.clear();
    goOn.countDown();
    assertThat(first.get()).isEqualTo(3);
    assertThat(cache).isEmpty();
  }

  @Test
  void aPutWinsOverALoadThatRan() throws Exception {
    var first = loading("key");
    cache.put("key", 42);
    goOn.countDown();
    assertThat(first.get()).isEqualTo(3);
    assertThat(cache.get("key")).isEqualTo(42);
  }

  @Test
  void aLoaderThatAsksForItsOwnKeyIsToldSo() {
    assertThatThrownBy(() -> cache.get("a", key -> cache.get(key, String::length)))
        .isInstanceOf(LoadException.class)
        .hasMessageContaining("asks for the same key");
  }

  @Test
  void anInterruptedWaiterGivesUpAndTheLoadGoesOn() throws Exception {
    var first = loading("key");
    var waiter = waiter("key");
    waiter.thread.interrupt();
    assertThatThrownBy(waiter.answer::get).hasRootCauseInstanceOf(LoadException.class);
    goOn.countDown();
    assertThat(first.get()).isEqualTo(3);
  }
}
