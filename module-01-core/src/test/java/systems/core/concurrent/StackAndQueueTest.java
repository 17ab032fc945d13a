package systems.core.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.core.Effort;

class StackAndQueueTest {
  private static final int EACH = Effort.of(100_000, 20_000);
  private static final int THREADS = 3;

  @Test
  @Tag("phase-4")
  void theLastOneComesFirst() {
    var nodes = new TreiberStack<String>();
    var slots = new TaggedStack<String>(3);
    for (String element : List.of("a", "b", "c")) {
      nodes.push(element);
      assertThat(slots.push(element)).isTrue();
    }
    assertThat(slots.push("d")).as("there are three slots").isFalse();
    for (String element : List.of("c", "b", "a")) {
      assertThat(nodes.pop()).isEqualTo(element);
      assertThat(slots.pop()).isEqualTo(element);
    }
    assertThat(nodes.pop()).isNull();
    assertThat(slots.pop()).isNull();
  }

  @Test
  @Tag("phase-4")
  void theFirstOneComesFirst() {
    var queue = new MichaelScottQueue<Integer>();
    assertThat(queue.poll()).isNull();
    for (int i = 0; i < 10; i++) {
      queue.offer(2 * i);
      queue.offer(2 * i + 1);
      assertThat(queue.poll()).isEqualTo(i);
    }
    for (int i = 10; i < 20; i++) {
      assertThat(queue.poll()).isEqualTo(i);
    }
    assertThat(queue.poll()).isNull();
  }

  @Test
  @Tag("phase-4")
  void anOfferHelpsOneThatStoppedBeforeItsSecondStore() {
    var queue = new MichaelScottQueue<Integer>();
    var old = queue.tail;
    queue.offer(1);
    queue.tail = old; // as if the offer had stopped after its first store
    queue.offer(2);
    queue.offer(3);
    assertThat(queue.poll()).isEqualTo(1);
    assertThat(queue.poll()).isEqualTo(2);
    assertThat(queue.poll()).isEqualTo(3);
    assertThat(queue.poll()).isNull();
  }

  @Test
  @Tag("phase-4")
  void whatWasTakenIsNotKeptAliveByTheQueue() {
    var queue = new MichaelScottQueue<Integer>();
    queue.offer(1);
    queue.poll();
    assertThat(queue.head.element).as("the element of the dummy").isNull();
  }

  /** A stack that something can come between look and swap of. */
  private static final class Interrupted extends TaggedStack<String> {
    private static final Runnable NOTHING = () -> {};
    private Runnable before = NOTHING;

    Interrupted() {
      super(3);
    }

    @Override
    boolean swap(VarHandle list, long seen, int slot) {
      Runnable now = before;
      before = NOTHING;
      now.run();
      return super.swap(list, seen, slot);
    }

    /** A pop of another thread, that stops when it has taken its slot and not yet given it back. */
    void popAndStop() {
      before =
          () ->
              before =
                  () -> {
                    throw new IllegalStateException("stopped");
                  };
      assertThatThrownBy(this::pop).hasMessage("stopped");
    }
  }

  /**
   * The ABA story, step by step. A pop has seen slot 2 on top and slot 1 below it. Before it swaps,
   * others take both, and put slot 2 on top again, with slot 0 below it.
   */
  @Test
  @Tag("phase-4")
  void aSlotThatCameBackIsNoticed() {
    var stack = new Interrupted();
    stack.push("a"); // slot 0
    stack.push("b"); // slot 1
    stack.push("c"); // slot 2
    stack.before =
        () -> {
          assertThat(stack.pop()).isEqualTo("c");
          stack.popAndStop(); // who has "b" keeps slot 1 for a while
          assertThat(stack.push("d")).isTrue(); // into slot 2
        };
    assertThat(stack.pop()).as("what is on top when the pop is done").isEqualTo("d");
    assertThat(stack.pop())
        .as("what is left, when a pop saw slot 1 below slot 2, and slot 2 went and came back")
        .isEqualTo("a");
    assertThat(stack.pop()).isNull();
  }

  @Test
  @Tag("given")
  void aStackOfNoSlotsIsRefused() {
    assertThatThrownBy(() -> new TaggedStack<>(0)).isInstanceOf(IllegalArgumentException.class);
  }

  private interface Sink {
    boolean put(int element);
  }

  private interface Source {
    Integer take();
  }

  private static void eachComesOutOnce(Sink sink, Source source) throws Exception {
    Set<Integer> seen = ConcurrentHashMap.newKeySet();
    var taken = new AtomicInteger();
    try (var crew = new Crew()) {
      for (int t = 0; t < THREADS; t++) {
        int first = t * EACH;
        crew.add(() -> {
          for (int i = first; i < first + EACH; ) {
            i += sink.put(i) ? 1 : 0;
            take(source, seen, taken);
          }
          while (taken.get() < THREADS * EACH && !Thread.interrupted()) {
            take(source, seen, taken);
          }
        });
      }
      crew.run("elements are missing: " + taken + " of " + THREADS * EACH + " came out");
    }
    assertThat(seen).as("different elements that came out").hasSize(THREADS * EACH);
    assertThat(source.take()).isNull();
  }

  private static void take(Source source, Set<Integer> seen, AtomicInteger taken) {
    Integer element = source.take();
    if (element != null) {
      assertThat(seen.add(element)).as("%d comes out a second time", element).isTrue();
      taken.incrementAndGet();
    }
  }

  @Test
  @Tag("phase-4")
  void manyThreadsPushAndPop() throws Exception {
    var nodes = new TreiberStack<Integer>();
    eachComesOutOnce(
        e -> {
          nodes.push(e);
          return true;
        },
        nodes::pop);
    var slots = new TaggedStack<Integer>(4);
    eachComesOutOnce(slots::push, slots::pop);
  }

  @Test
  @Tag("phase-4")
  void manyThreadsOfferAndPoll() throws Exception {
    var queue = new MichaelScottQueue<Integer>();
    eachComesOutOnce(
        e -> {
          queue.offer(e);
          return true;
        },
        queue::poll);
  }

  @Test
  @Tag("phase-4")
  void aCounterOfManyThreadsCountsAll() throws Exception {
    var striped = new StripedCounter(3);
    var single = new StripedCounter(1);
    try (var crew = new Crew()) {
      for (int t = 0; t < 4; t++) {
        crew.add(() -> {
          for (int i = 0; i < EACH; i++) {
            striped.add(2);
            single.add(-1);
          }
        });
      }
      crew.run("an addition does not end");
    }
    assertThat(striped.sum()).as("the sum over all stripes").isEqualTo(8L * EACH);
    assertThat(single.sum()).as("the sum of additions to one cell").isEqualTo(-4L * EACH);
  }

  @Test
  @Tag("given")
  void aCounterHasAtLeastOneStripe() {
    assertThatThrownBy(() -> new StripedCounter(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new StripedCounter(1 << 20))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
