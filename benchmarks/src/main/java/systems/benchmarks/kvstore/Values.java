package systems.benchmarks.kvstore;

import java.util.SplittableRandom;

/**
 * Values that compress to about a half, as in db_bench: the first half of each is random, the
 * second repeats it. {@value #COUNT} different ones are made beforehand and used in turn, so that
 * making them costs nothing while the clock runs; they differ within every block of a table.
 */
final class Values {
  private static final int COUNT = 8192;
  private static final long SEED = 7;

  private final byte[][] values;

  Values(int bytes) {
    var random = new SplittableRandom(SEED);
    values = new byte[COUNT][bytes];
    byte[] half = new byte[(bytes + 1) / 2];
    for (byte[] value : values) {
      random.nextBytes(half);
      System.arraycopy(half, 0, value, 0, half.length);
      System.arraycopy(half, 0, value, half.length, bytes - half.length);
    }
  }

  /** The value of the n-th put; not to be changed. */
  byte[] get(int n) {
    return values[n & (COUNT - 1)];
  }
}
