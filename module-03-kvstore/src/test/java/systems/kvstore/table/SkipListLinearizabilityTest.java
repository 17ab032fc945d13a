package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import systems.kvstore.Effort;

/**
 * Explores interleavings of inserts and searches, looking for answers that no order of the same
 * calls explains. The explorer switches threads where the code touches shared fields; it does not
 * see into an off-heap segment. {@link Stepped} therefore touches a field before each link that is
 * read or set. What is explored is sequentially consistent: stores that a processor or compiler
 * reorders are left to {@link ArenaSkipListStressTest}.
 *
 * <p>A checker that cannot fail proves nothing, so the very same one has to reject two lists that
 * are broken on purpose.
 */
@Tag("phase-3")
public class SkipListLinearizabilityTest {

  /** The list with a point before each of its steps at which the explorer may switch threads. */
  private static class Stepped extends ArenaSkipList {
    private static volatile int steps;

    Stepped() {
      super(4096, 1);
    }

    @Override
    int next(int node, int level) {
      if (level == 0) {
        steps = steps + 1;
      }
      return super.next(node, level);
    }

    @Override
    boolean link(int node, int level, int before, int after) {
      steps = steps + 1;
      return super.link(node, level, before, after);
    }
  }

  /** What the explorer calls: a set of the keys 1 to 4. */
  @Param(name = "key", gen = IntGen.class, conf = "1:4")
  public static class Sound {
    private final ArenaSkipList list;
    private final AtomicInteger inserts = new AtomicInteger();

    public Sound() {
      this(new Stepped());
    }

    private Sound(ArenaSkipList list) {
      this.list = list;
    }

    @Operation
    public void insert(@Param(name = "key") int key) {
      byte[] bytes = {(byte) key};
      long trailer = InternalKey.trailer(inserts.incrementAndGet(), EntryKind.PUT);
      list.insert(bytes, 0, 1, trailer, bytes, 0, 1);
    }

    /** The smallest key at or after one, 0 if there is none. */
    @Operation
    public int ceiling(@Param(name = "key") int key) {
      byte[] bytes = {(byte) key};
      int node = list.seek(bytes, 0, 1, InternalKey.prefix(bytes, 0, 1), -1L);
      return node == ArenaSkipList.END ? 0 : (int) (list.prefix(node) >>> 56);
    }

    @Validate
    public void everyInsertIsThereInOrder() {
      int entries = 0;
      long before = 0;
      for (int node = list.first(); node != ArenaSkipList.END; node = list.next(node)) {
        entries++;
        check(list.prefix(node) >= before, "an entry out of order");
        before = list.prefix(node);
      }
      list.close();
      check(entries == inserts.get(), entries + " entries after " + inserts + " inserts");
    }

    private static void check(boolean holds, String otherwise) {
      if (!holds) {
        throw new AssertionError(otherwise);
      }
    }
  }

  /** An inserter that does not look whether its link was taken meanwhile. */
  public static class Forgetful extends Sound {
    public Forgetful() {
      super(
          new Stepped() {
            @Override
            boolean link(int node, int level, int before, int after) {
              super.link(node, level, before, after);
              return true;
            }
          });
    }
  }

  /** An inserter that looks first and then stores, as if nothing could happen between the two. */
  public static class CheckThenAct extends Sound {
    public CheckThenAct() {
      super(
          new Stepped() {
            @Override
            boolean link(int node, int level, int before, int after) {
              if (next(before, level) != after) {
                return false;
              }
              while (!super.link(node, level, before, super.next(before, level))) {}
              return true;
            }
          });
    }
  }

  /** What the answers must be explained by. */
  public static class Model {
    private final TreeSet<Integer> keys = new TreeSet<>();

    public void insert(int key) {
      keys.add(key);
    }

    public int ceiling(int key) {
      Integer found = keys.ceiling(key);
      return found == null ? 0 : found;
    }
  }

  private static ModelCheckingOptions explorer(int scenarios, int interleavings) {
    return new ModelCheckingOptions()
        .iterations(scenarios)
        .invocationsPerIteration(interleavings)
        .threads(2)
        .actorsBefore(0) // inserts into an empty list meet most often
        .actorsPerThread(2)
        .actorsAfter(1)
        .minimizeFailedScenario(false)
        .sequentialSpecification(Model.class);
  }

  @Test
  void answersOfConcurrentCallsAreExplainedBySomeOrder() {
    explorer(Effort.of(5, 2), 100).check(Sound.class);
  }

  /** What is broken must be so only where threads meet. */
  private static void checkIsRightAlone(Sound list) {
    for (int key = 4; key > 0; key--) {
      list.insert(key);
      assertThat(list.ceiling(1)).isEqualTo(key);
    }
    list.everyInsertIsThereInOrder();
  }

  @Test
  void theCheckerRejectsAnInserterThatForgetsToLook() {
    checkIsRightAlone(new Forgetful());
    var checker = explorer(5, 100);
    assertThatThrownBy(() -> checker.check(Forgetful.class))
        .isInstanceOf(LincheckAssertionError.class)
        .hasMessageContaining("everyInsertIsThere");
  }

  @Test
  void theCheckerRejectsAnInserterThatLooksAndThenStores() {
    checkIsRightAlone(new CheckThenAct());
    var checker = explorer(5, 100);
    assertThatThrownBy(() -> checker.check(CheckThenAct.class))
        .isInstanceOf(LincheckAssertionError.class)
        .hasMessageContaining("everyInsertIsThere");
  }

  @Test
  @Tag("slow")
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void answersAreExplainedInManyMoreScenarios() {
    explorer(20, 1000).threads(3).check(Sound.class);
  }
}
