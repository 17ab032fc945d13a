package systems.core.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

@Tag("phase-7")
class KernelsProperties {
  private final Kernels scalar = new ScalarKernels();
  private final Kernels vector = new VectorKernels();

  @Example
  void theVectorTwinIsUsedWhereTheModuleIsThere() {
    assertThat(Kernels.BEST).isInstanceOf(VectorKernels.class);
    assertThat(vector.count(new long[] {1, 2, 3}, 3, 2, 3)).isEqualTo(2);
  }

  @Property(tries = 300)
  void bothTwinsCountTheSame(@ForAll long seed, @ForAll @IntRange(max = 200) int rows) {
    var random = new Random(seed);
    long[] longs = random.longs(rows, -10, 10).toArray();
    double[] doubles = doubles(random, rows);
    int[] codes = random.ints(rows, 0, 10).toArray();
    int a = random.nextInt(-10, 10);
    int b = a + random.nextInt(-2, 10);
    assertThat(vector.count(longs, rows, a, b))
        .as("integers between %d and %d", a, b)
        .isEqualTo(scalar.count(longs, rows, a, b));
    assertThat(vector.count(doubles, rows, (double) a, b))
        .as("doubles between %d and %d", a, b)
        .isEqualTo(scalar.count(doubles, rows, (double) a, b));
    assertThat(vector.count(codes, rows, a, b))
        .as("codes between %d and %d", a, b)
        .isEqualTo(scalar.count(codes, rows, a, b));
  }

  @Property(tries = 300)
  void bothTwinsSumUpTheSame(@ForAll long seed, @ForAll @IntRange(max = 200) int rows) {
    var random = new Random(seed);
    long[] longs = random.longs(rows, -10, 10).toArray();
    double[] doubles = doubles(random, rows);
    int[] codes = random.ints(rows, 0, 10).toArray();
    double[] values = random.doubles(rows, -100, 100).toArray();
    int a = random.nextInt(-10, 10);
    int b = a + random.nextInt(-2, 10);
    assertThat(vector.sum(values, rows)).isCloseTo(scalar.sum(values, rows), within(1e-9));
    assertThat(vector.sum(values, longs, rows, a, b))
        .as("rows whose integer is between %d and %d", a, b)
        .isCloseTo(scalar.sum(values, longs, rows, a, b), within(1e-9));
    assertThat(vector.sum(values, doubles, rows, (double) a, b))
        .as("rows whose double is between %d and %d", a, b)
        .isCloseTo(scalar.sum(values, doubles, rows, (double) a, b), within(1e-9));
    assertThat(vector.sum(values, codes, rows, a, b))
        .as("rows whose code is between %d and %d", a, b)
        .isCloseTo(scalar.sum(values, codes, rows, a, b), within(1e-9));
  }

  @Property(tries = 300)
  void bothTwinsSumUpIntegersExactly(@ForAll long seed, @ForAll @IntRange(max = 200) int rows) {
    var random = new Random(seed);
    long[] longs = random.longs(rows, -10, 10).toArray();
    double[] doubles = doubles(random, rows);
    int[] codes = random.ints(rows, 0, 10).toArray();
    long[] values = random.longs(rows).toArray();
    int a = random.nextInt(-10, 10);
    int b = a + random.nextInt(-2, 10);
    long[] left = {7, -7};
    long[] right = {7, -7};
    vector.sum(values, rows, left);
    scalar.sum(values, rows, right);
    vector.sum(values, longs, rows, a, b, left);
    scalar.sum(values, longs, rows, a, b, right);
    vector.sum(values, doubles, rows, (double) a, b, left);
    scalar.sum(values, doubles, rows, (double) a, b, right);
    vector.sum(values, codes, rows, a, b, left);
    scalar.sum(values, codes, rows, a, b, right);
    assertThat(left).as("both halves of the sums, %d to %d", a, b).isEqualTo(right);
  }

  private static double[] doubles(Random random, int rows) {
    return random
        .doubles(rows, -10, 10)
        .map(x -> random.nextInt(9) == 0 ? Double.NaN : Math.rint(x))
        .toArray();
  }
}
