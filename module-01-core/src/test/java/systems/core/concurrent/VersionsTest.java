package systems.core.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.core.Effort;

/** Readers that write nothing: {@link SeqLock} and {@link Snapshot}. */
@Tag("phase-4")
class VersionsTest {
  private static final int WRITES = Effort.of(200_000, 50_000);

  @Test
  void aReadThatAWriteCameIntoIsDoneAgain() {
    var lock = new SeqLock();
    long quiet = lock.readBegin();
    assertThat(lock.readRetry(quiet)).as("nobody has written").isFalse();
    long before = lock.readBegin();
    lock.writeBegin();
    assertThat(lock.readRetry(before)).as("somebody writes").isTrue();
    lock.writeEnd();
    assertThat(lock.readRetry(before)).as("somebody has written").isTrue();
    assertThat(lock.readRetry(lock.readBegin())).isFalse();
  }

  @Test
  void nobodyBeginsToReadWhileSomebodyWrites() throws Exception {
    var lock = new SeqLock();
    var begun = new CompletableFuture<Long>();
    var written = new AtomicBoolean();
    lock.writeBegin();
    Thread reader =
        Thread.ofPlatform()
            .start(() -> {
              lock.readBegin();
              begun.complete(written.get() ? 1L : 0L);
            });
    for (int i = 0; i < 100_000 && !begun.isDone(); i++) {
      Thread.onSpinWait();
    }
    written.set(true);
    lock.writeEnd();
    reader.join(10_000);
    assertThat(reader.isAlive()).as("the reader waits though the write has ended").isFalse();
    assertThat(begun.get()).as("1: the read began after the write had ended").isEqualTo(1L);
  }

  /** Three fields that belong together, and two writers. */
  private static final class Triple {
    private final SeqLock lock = new SeqLock();
    private long a;
    private long b;
    private long c;

    void write(long n) {
      lock.writeBegin();
      a = n;
      b = -n;
      c = 3 * n;
      lock.writeEnd();
    }

    boolean isConsistent() {
      long stamp;
      long x;
      long y;
      long z;
      do {
        stamp = lock.readBegin();
        x = a;
        y = b;
        z = c;
      } while (lock.readRetry(stamp));
      return x == -y && z == 3 * x;
    }
  }

  @Test
  void fieldsThatAreReadTogetherBelongTogether() throws Exception {
    var triple = new Triple();
    try (var crew = new Crew()) {
      for (int w = 1; w <= 2; w++) {
        int writer = w;
        crew.add(() -> {
          for (long i = 0; i < WRITES; i++) {
            triple.write(i * writer);
          }
        });
        crew.add(() -> {
          for (long i = 0; i < WRITES; i++) {
            assertThat(triple.isConsistent()).as("the three fields belong together").isTrue();
          }
        });
      }
      crew.run("a reader or a writer waits forever");
    }
  }

  private record Route(int version, String text) {}

  @Test
  void aSnapshotIsReplacedAsAWhole() throws Exception {
    var routes = new Snapshot<>(new Route(0, "0"));
    Route old = routes.get();
    try (var crew = new Crew()) {
      for (int w = 0; w < 2; w++) {
        crew.add(() -> {
          for (int i = 0; i < WRITES / 10; i++) {
            routes.update(r -> new Route(r.version + 1, Integer.toString(r.version + 1)));
          }
        });
      }
      crew.add(() -> {
        int last = 0;
        while (last < WRITES / 10) {
          Route now = routes.get();
          assertThat(now.text).isEqualTo(Integer.toString(now.version));
          assertThat(now.version).as("versions only go up").isGreaterThanOrEqualTo(last);
          last = now.version;
        }
      });
      crew.run("a version is missing: the reader waits for one that never comes");
    }
    assertThat(routes.get().version).as("updates that were not lost").isEqualTo(WRITES / 10 * 2);
    assertThat(old).as("a version that somebody holds").isEqualTo(new Route(0, "0"));
  }

  @Test
  void anUpdateToNothingIsRefused() {
    var value = new Snapshot<>("a");
    assertThatThrownBy(() -> value.update(_ -> nothing())).isInstanceOf(NullPointerException.class);
    assertThat(value.get()).isEqualTo("a");
  }

  @SuppressWarnings("NullAway")
  private static String nothing() {
    return null;
  }
}
