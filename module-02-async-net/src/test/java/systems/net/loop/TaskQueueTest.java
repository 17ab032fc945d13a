package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.Effort;

@Tag("phase-1")
class TaskQueueTest {
  /** Who finds nothing to do lets others run: there may be fewer processors than threads. */
  private static final long REST_NANOS = 1_000;

  /** A task that is somebody's n-th. */
  private record Numbered(int producer, long n) implements Runnable {
    @Override
    public void run() {}
  }

  @Test
  void tasksComeInTheOrderTheyWereOffered() {
    var queue = new TaskQueue(4);
    assertThat(queue.poll()).as("of an empty queue").isNull();
    for (int n = 0; n < 10; n++) {
      assertThat(queue.offer(new Numbered(0, 2 * n))).isTrue();
      assertThat(queue.offer(new Numbered(0, 2 * n + 1))).isTrue();
      assertThat(queue.isEmpty()).isFalse();
      assertThat(queue.poll()).isEqualTo(new Numbered(0, 2 * n));
      assertThat(queue.poll()).isEqualTo(new Numbered(0, 2 * n + 1));
      assertThat(queue.isEmpty()).isTrue();
    }
    assertThat(queue.poll()).as("of an empty queue").isNull();
  }

  @Test
  void aFullQueueRefusesAndKeepsWhatItHas() {
    var queue = new TaskQueue(4);
    for (int n = 0; n < 4; n++) {
      assertThat(queue.offer(new Numbered(0, n))).as("offer %d of 4", n).isTrue();
    }
    assertThat(queue.offer(new Numbered(0, 4))).as("the offer to a full queue").isFalse();
    assertThat(queue.poll()).isEqualTo(new Numbered(0, 0));
    assertThat(queue.offer(new Numbered(0, 5))).as("an offer when one was taken").isTrue();
    for (int n : new int[] {1, 2, 3, 5}) {
      assertThat(queue.poll()).isEqualTo(new Numbered(0, n));
    }
    assertThat(queue.poll()).isNull();
    assertThatThrownBy(() -> new TaskQueue(3)).hasMessageContaining("power of two");
    assertThatThrownBy(() -> new TaskQueue(0)).hasMessageContaining("power of two");
  }

  @Test
  void aClosedQueueRefusesButGivesWhatItAccepted() {
    var queue = new TaskQueue(4);
    queue.offer(new Numbered(0, 1));
    queue.close();
    queue.close();
    assertThat(queue.isClosed()).isTrue();
    assertThat(queue.offer(new Numbered(0, 2))).as("an offer after close").isFalse();
    assertThat(queue.isEmpty()).as("one accepted task is still there").isFalse();
    assertThat(queue.poll()).isEqualTo(new Numbered(0, 1));
    assertThat(queue.poll()).isNull();
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void aTaskThatIsNoneIsRefusedBeforeItTakesAPlace() {
    var queue = new TaskQueue(2);
    assertThatThrownBy(() -> queue.offer(none())).isInstanceOf(NullPointerException.class);
    assertThat(queue.isEmpty()).as("after the refused offer").isTrue();
  }

  @SuppressWarnings("NullAway") // on purpose
  private static Runnable none() {
    return null;
  }

  @Test
  void producersAtOnceFindPlacesOfTheirOwn() throws InterruptedException {
    long each = 20_000;
    for (int round = 0; round < Effort.of(50, 20); round++) {
      var queue = new TaskQueue(1 << 16);
      var gate = new CountDownLatch(2);
      var producers = new ArrayList<Thread>();
      for (int p = 0; p < 2; p++) {
        int producer = p;
        producers.add(
            Thread.ofPlatform()
                .daemon()
                .start(() -> {
                  gate.countDown();
                  Await.forLatch(gate);
                  offerAll(queue, producer, each);
                }));
      }
      for (Thread producer : producers) {
        producer.join();
      }
      var found = new AtomicLong();
      // in a thread of its own: at a place that nobody fills, poll waits for ever
      Thread.ofPlatform().daemon().start(() -> countAll(queue, found));
      Await.until("all tasks of two who offered at once", () -> found.get() == 2 * each);
    }
  }

  private static void countAll(TaskQueue queue, AtomicLong found) {
    while (queue.poll() != null) {
      found.incrementAndGet();
    }
  }

  @Test
  void manyProducersLoseNothingAndEachKeepsItsOrder() throws InterruptedException {
    int producers = 3;
    long each = Effort.of(100_000, 20_000);
    var queue = new TaskQueue(64);
    var threads = new ArrayList<Thread>();
    for (int p = 0; p < producers; p++) {
      int producer = p;
      threads.add(Thread.ofPlatform().daemon().start(() -> offerAll(queue, producer, each)));
    }
    var next = new long[producers];
    for (long count = 0; count < producers * each; ) {
      Runnable task = queue.poll();
      if (task instanceof Numbered(int producer, long n)) {
        assertThat(n).as("the next of producer %d", producer).isEqualTo(next[producer]++);
        count++;
      } else {
        assertFewerThanAll(threads, queue);
        LockSupport.parkNanos(REST_NANOS);
      }
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(queue.poll()).as("what nobody offered").isNull();
  }

  /** If all producers are done and nothing is there, something was lost. */
  private static void assertFewerThanAll(ArrayList<Thread> producers, TaskQueue queue) {
    if (producers.stream().noneMatch(Thread::isAlive) && queue.isEmpty()) {
      throw new AssertionError("the producers are done, the queue is empty, and tasks are missing");
    }
  }

  private static void offerAll(TaskQueue queue, int producer, long count) {
    for (long n = 0; n < count; n++) {
      var task = new Numbered(producer, n);
      while (!queue.offer(task)) {
        LockSupport.parkNanos(REST_NANOS);
      }
    }
  }

  @Test
  void whatIsAcceptedWhileItClosesIsFound() throws InterruptedException {
    int rounds = Effort.of(2_000, 300);
    for (int round = 0; round < rounds; round++) {
      var queue = new TaskQueue(1024);
      var accepted = new AtomicLong();
      var begun = new CountDownLatch(1);
      var producer =
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                begun.countDown();
                for (int n = 0; n < 1024 && queue.offer(new Numbered(0, n)); n++) {
                  accepted.incrementAndGet();
                }
              });
      begun.await();
      queue.close();
      long found = 0;
      for (@Nullable Runnable task = queue.poll(); task != null; task = queue.poll()) {
        found++;
      }
      producer.join();
      assertThat(found == accepted.get()).as("all tasks that were accepted are found").isTrue();
      assertThat(queue.poll()).as("a task accepted after the end").isNull();
    }
  }

  @Test
  void offeringAndPollingAllocateNothing() {
    var queue = new TaskQueue(16);
    Runnable task = () -> {};
    var done = new AtomicBoolean();
    long bytes =
        Allocation.of(
            20_000,
            () -> {
              queue.offer(task);
              done.setPlain(queue.poll() == task);
            });
    assertThat(done.get()).isTrue();
    assertThat(bytes).as("bytes for 20,000 tasks").isLessThan(20_000);
  }
}
