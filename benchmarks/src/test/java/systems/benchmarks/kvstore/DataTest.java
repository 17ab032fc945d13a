package systems.benchmarks.kvstore;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jpountz.lz4.LZ4Factory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DataTest {
  private static byte[] key(Keys keys, long number) {
    byte[] key = Keys.blank();
    keys.put(key, number);
    return key;
  }

  @ParameterizedTest
  @EnumSource
  void keysAscendLikeTheirNumbersAndAnAbsentOneLiesBetweenTwo(Keys keys) {
    byte[] absent = Keys.blank();
    for (int number : new int[] {0, 1, 9, 10, 255, 256, 99_999, 1_999_999}) {
      keys.putAbsent(absent, number);
      assertThat(Arrays.compareUnsigned(key(keys, number), key(keys, number + 1L))).isNegative();
      assertThat(Arrays.compareUnsigned(absent, key(keys, number))).isNotZero();
      assertThat(Arrays.compareUnsigned(absent, key(keys, number + 1L))).isNegative();
    }
  }

  @Test
  void aShuffleHasEveryNumberOnceAndIsTheSameEveryTime() {
    int[] numbers = Keys.shuffled(1000);
    assertThat(numbers).isEqualTo(Keys.shuffled(1000)).isNotEqualTo(Keys.ascending(1000));
    Arrays.sort(numbers);
    assertThat(numbers).isEqualTo(Keys.ascending(1000));
  }

  @Test
  void drawsReachTheWholeRangeAndNotMore() {
    var draws = new Keys.Draws(10, 1);
    boolean[] seen = new boolean[10];
    for (int i = 0; i < 1000; i++) {
      seen[draws.next()] = true;
    }
    assertThat(seen).doesNotContain(false);
  }

  @Test
  void valuesCompressToAboutAHalf() {
    var values = new Values(100);
    byte[] block = new byte[3200];
    for (int i = 0; i < 32; i++) {
      System.arraycopy(values.get(i), 0, block, i * 100, 100);
    }
    int packed = LZ4Factory.safeInstance().fastCompressor().compress(block).length;
    assertThat(packed / (double) block.length).isBetween(0.48, 0.58);
  }

  @Test
  void ratesAreSteadyWhenTheyHardlyDiffer() {
    assertThat(SteadyLoop.isSteady(new double[] {1, 1.01, 0.99, 1.02})).isTrue();
    assertThat(SteadyLoop.isSteady(new double[] {1, 1.01, 0.99, 1.2})).isFalse();
  }

  @Test
  void stallsAreReadFromTheStatisticsThatRocksDbPrints() {
    assertThat(RocksEngine.stallNanos("x\nCumulative stall: 00:01:2.500 H:M:S, 0.1 percent\n"))
        .isEqualTo(62_500_000_000L);
    assertThat(
            RocksEngine.stallCount(
                "Write Stall (count): cf-l0-file-count-limit-delays-with-ongoing-compaction: 9, "
                    + "total-delays: 2, total-stops: 3\n"))
        .isEqualTo(5);
  }
}
