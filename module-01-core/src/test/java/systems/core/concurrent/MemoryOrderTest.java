package systems.core.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What threads see of each other's stores, when compiler and processor reorder all that they may.
 */
@Tag("phase-4")
class MemoryOrderTest {
  private static final int TRIES_MAX = 5;

  @TempDir Path folder;

  /** Runs tests and says what was seen that may not be. */
  private void nothingForbiddenIsSeen(int forks, Class<?>... tests) throws Exception {
    List<Jcstress.Seen> seen = Jcstress.run(folder, forks, tests);
    for (Class<?> test : tests) {
      assertThat(seen)
          .as("outcomes of %s", test.getSimpleName())
          .anyMatch(s -> s.test().equals(test.getSimpleName()));
    }
    seen.forEach(System.out::println); // how often is another number each time
    var forbidden = seen.stream().filter(Jcstress.Seen::isForbidden).map(Jcstress.Seen::sentence);
    assertThat(forbidden.distinct().sorted())
        .as("what one thread must never see of the other")
        .isEmpty();
  }

  /** The two pictures: a message is published, and a thread looks before it sleeps. */
  @Test
  void whatIsPublishedIsThereAndNobodySleepsOverIt() throws Exception {
    new SpscRing<Integer>(2).offer(1);
    nothingForbiddenIsSeen(2, SpscRingOrder.class, EventCountOrder.class);
  }

  /** The canary: what has no ordering at all must be seen, in one of a few tries. */
  @Test
  void aRingWithoutAnyOrderingIsSeenToLoseElements() throws Exception {
    new SpscRing<Integer>(2).offer(1);
    boolean isSeen = false;
    for (int i = 0; i < TRIES_MAX && !isSeen; i++) {
      isSeen =
          Jcstress.run(folder, 2, PlainRingOrder.class).stream()
              .anyMatch(Jcstress.Seen::isForbidden);
    }
    assertThat(isSeen).as("whether jcstress sees elements get lost without any ordering").isTrue();
  }

  @Test
  @Tag("slow")
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void nothingForbiddenIsSeenOfAnyOfThem() throws Exception {
    new MpmcRing<Integer>(2).offer(1);
    nothingForbiddenIsSeen(
        20,
        SpscRingOrder.class,
        MpscRingOrder.class,
        MpmcRingOrder.class,
        EventCountOrder.class,
        SeqLockOrder.class,
        ByteRingOrder.class);
  }
}
