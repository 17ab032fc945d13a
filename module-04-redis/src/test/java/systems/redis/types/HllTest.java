package systems.redis.types;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.redis.Effort;
import systems.redis.resp.ErrorReply;

/** HyperLogLog: the estimate, the two forms, and bytes that somebody has set. */
@Tag("phase-2")
final class HllTest {
  private static byte[] element(int i) {
    return ("element:" + i).getBytes(ISO_8859_1);
  }

  @Test
  void theEstimateIsWithinThreeStandardErrors() {
    Hll hll = Hll.empty();
    int next = 0;
    for (int count : new int[] {10, 100, 1000, 10_000, 100_000}) {
      for (; next < count; next++) {
        hll.add(element(next), 3000);
      }
      double error = Math.abs(hll.count() - count) / (double) count;
      assertThat(error).as("relative error at %d elements", count).isLessThan(0.0081 * 3);
    }
  }

  @Test
  void whatWasSeenChangesNothing() {
    Hll hll = Hll.empty();
    assertThat(hll.add(element(1), 3000)).as("new").isTrue();
    assertThat(hll.add(element(1), 3000)).as("seen").isFalse();
    assertThat(hll.count()).isEqualTo(1);
    assertThat(Hll.empty().count()).isZero();
  }

  /** Both forms must hold the same registers after the same elements. */
  @Test
  void sparseAndDenseHoldTheSameRegisters() {
    Hll sparse = Hll.empty();
    Hll dense = Hll.empty();
    dense.toDense();
    var random = new Random(3);
    for (int i = 0; i < 2000; i++) {
      byte[] element = element(random.nextInt(1500));
      assertThat(sparse.add(element, 100_000)).as("element %d", i).isEqualTo(dense.add(element, 0));
    }
    assertThat(sparse.isSparse()).isTrue();
    assertThat(dense.isSparse()).isFalse();
    assertThat(sparse.registers()).as("registers").isEqualTo(dense.registers());
    sparse.toDense();
    assertThat(sparse.registers()).as("after the change of form").isEqualTo(dense.registers());
  }

  /** A change beside a long run of zeros, whose second byte may look like a value. */
  @Test
  void aFewElementsAreCountedTheSameInBothForms() {
    for (int seed = 0; seed < Effort.of(2000, 500); seed++) {
      Hll sparse = Hll.empty();
      Hll dense = Hll.empty();
      dense.toDense();
      var random = new Random(seed);
      for (int i = random.nextInt(100); i >= 0; i--) {
        byte[] element = element(random.nextInt());
        sparse.add(element, 100_000);
        dense.add(element, 0);
      }
      assertThat(sparse.count()).as("elements of seed %d", seed).isEqualTo(dense.count());
    }
  }

  @Test
  void itBecomesDenseAtTheLimit() {
    Hll hll = Hll.empty();
    for (int i = 0; i < 100_000 && hll.isSparse(); i++) {
      hll.add(element(i), 3000);
      assertThat(hll.isSparse() ? hll.bytes().length - 16 : 0)
          .as("bytes while sparse")
          .isLessThanOrEqualTo(3000);
    }
    assertThat(hll.isSparse()).isFalse();
    assertThat(hll.bytes()).hasSize(12304);
  }

  @Test
  void aUnionIsTheLargerOfEachRegister() {
    Hll a = Hll.empty();
    Hll b = Hll.empty();
    Hll both = Hll.empty();
    for (int i = 0; i < 3000; i++) {
      (i % 2 == 0 ? a : b).add(element(i), 3000);
      both.add(element(i), 3000);
    }
    byte[] registers = new byte[Hll.REGISTERS];
    a.mergeInto(registers);
    b.mergeInto(registers);
    assertThat(registers).isEqualTo(both.registers());
    a.raiseAll(registers, 3000);
    assertThat(a.count()).as("the count of the union").isEqualTo(both.count());
  }

  @Test
  void aCountIsKeptUntilARegisterChanges() {
    Hll hll = Hll.empty();
    hll.add(element(1), 3000);
    assertThat(hll.cachedCount()).as("before it was counted").isNull();
    hll.count();
    assertThat(hll.cachedCount()).isEqualTo(1L);
    hll.add(element(2), 3000);
    assertThat(hll.cachedCount()).as("a register has changed").isNull();
  }

  @Test
  void foreignBytesAreCheckedBeforeTheyAreRead() {
    assertThatThrownBy(() -> Hll.of(element(1))).isInstanceOf(ErrorReply.class);
    byte[] short0 = Hll.empty().bytes().clone();
    short0[16] = 0x3f;
    assertThatThrownBy(() -> Hll.of(short0).registers())
        .as("runs that cover too few registers")
        .isInstanceOf(ErrorReply.class);
    byte[] long0 = Hll.empty().bytes().clone();
    long0[17] = (byte) 0xff;
    long0[16] = 0x7f;
    byte[] more = java.util.Arrays.copyOf(long0, 20);
    more[18] = 0x7f;
    more[19] = (byte) 0xff;
    assertThatThrownBy(() -> Hll.of(more).registers())
        .as("runs that cover too many registers")
        .isInstanceOf(ErrorReply.class);
  }
}
