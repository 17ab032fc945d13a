package systems.core.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.core.Effort;

/**
 * Many threads, many elements: each comes out once, and those of one producer in its order.
 *
 * <p>This sees what the processor and the compiler of this machine do today. {@link
 * RingLinearizabilityTest} looks for rare meetings, {@link MemoryOrderTest} for weak orders.
 */
@Tag("phase-4")
class RingStressTest {
  private static final int EACH = Effort.of(100_000, 30_000);

  /** What one producer wrote, and in which place of its order. */
  private record Item(int producer, int number) {}

  private static void pass(Ring<Item> ring, int producers, int consumers, boolean batches)
      throws Exception {
    var seen = new AtomicInteger[producers * EACH];
    for (int i = 0; i < seen.length; i++) {
      seen[i] = new AtomicInteger();
    }
    var taken = new AtomicLong();
    try (var crew = new Crew()) {
      for (int p = 0; p < producers; p++) {
        int producer = p;
        crew.add(() -> produce(ring, producer, batches));
      }
      for (int c = 0; c < consumers; c++) {
        crew.add(() -> consume(ring, producers, seen, taken));
      }
      crew.run("the ring stands still: a producer finds it full or a consumer finds it empty");
    }
    assertThat(seen).as("how often each element came out").allMatch(n -> n.get() == 1);
    assertThat(ring.poll()).isNull();
    assertThat(ring.size()).isZero();
  }

  private static void produce(Ring<Item> ring, int producer, boolean batches) {
    var batch = new Item[5];
    for (int i = 0; i < EACH; ) {
      int count = batches ? Math.min(batch.length, EACH - i) : 1;
      for (int k = 0; k < count; k++) {
        batch[k] = new Item(producer, i + k);
      }
      for (int from = 0; from < count; ) {
        int put = batches ? ring.fill(batch, from, count) : ring.offer(batch[0]) ? 1 : 0;
        from += put;
        rest(put == 0);
      }
      i += count;
    }
  }

  private static void consume(
      Ring<Item> ring, int producers, AtomicInteger[] seen, AtomicLong taken) {
    int[] last = new int[producers];
    java.util.Arrays.fill(last, -1);
    while (taken.get() < seen.length) {
      Item item = ring.poll();
      rest(item == null);
      if (item != null) {
        assertThat(item.number)
            .as("an element of producer %d after its %d", item.producer, last[item.producer])
            .isGreaterThan(last[item.producer]);
        last[item.producer] = item.number;
        seen[item.producer * EACH + item.number].incrementAndGet();
        taken.incrementAndGet();
      }
    }
  }

  private static void rest(boolean needed) {
    if (needed) {
      if (Thread.interrupted()) {
        throw new IllegalStateException("told to end");
      }
      Thread.yield();
    }
  }

  @Test
  void oneToOne() throws Exception {
    pass(new SpscRing<>(64), 1, 1, false);
    pass(new SpscRing<>(2), 1, 1, true);
  }

  @Test
  void manyToOne() throws Exception {
    pass(new MpscRing<>(64), 3, 1, false);
    pass(new MpscRing<>(2), 3, 1, true);
  }

  @Test
  void manyToMany() throws Exception {
    pass(new MpmcRing<>(64), 3, 3, false);
    pass(new MpmcRing<>(2), 2, 2, true);
  }
}
