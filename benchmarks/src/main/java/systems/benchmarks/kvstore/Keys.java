package systems.benchmarks.kvstore;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/**
 * The keys of all workloads: {@value #BYTES} bytes made from a number, ascending like the numbers.
 *
 * <pre>
 *   BIG_ENDIAN   | number, fixed64 big-endian | '0' x 8 |     RocksDB's db_bench
 *   DECIMAL      | number, 16 decimal digits            |     LevelDB's db_bench
 *   absent key   | the same with '.' as the last byte   |     lies between two keys, is never put
 * </pre>
 *
 * The default is the layout of the rival's own benchmark. It is kind to stores that compare the
 * first eight bytes as one number; the decimal one, whose first eight bytes are all alike here, is
 * unkind to them: {@code --keys decimal} shows the other side.
 *
 * <p>Fills take every number once, in order or shuffled by a fixed seed; reads and overwrites draw
 * with replacement, uniformly.
 */
enum Keys {
  BIG_ENDIAN {
    @Override
    void put(byte[] key, long number) {
      BIG.set(key, 0, number);
    }
  },
  DECIMAL {
    @Override
    void put(byte[] key, long number) {
      long rest = number;
      for (int i = BYTES - 1; i >= 0; i--) {
        key[i] = (byte) ('0' + rest % 10);
        rest /= 10;
      }
    }
  };

  static final int BYTES = 16;

  private static final VarHandle BIG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final long SHUFFLE_SEED = 20_260_101;

  /** Writes the key of a number into an array made by {@link #blank()}. */
  abstract void put(byte[] key, long number);

  /** Writes a key that no fill has put and that lies between the keys of a number and the next. */
  void putAbsent(byte[] key, long number) {
    put(key, number);
    key[BYTES - 1] = '.';
  }

  /** An array for {@link #put}. */
  static byte[] blank() {
    byte[] key = new byte[BYTES];
    java.util.Arrays.fill(key, (byte) '0');
    return key;
  }

  /** The numbers 0 to count-1 in order. */
  static int[] ascending(int count) {
    int[] numbers = new int[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = i;
    }
    return numbers;
  }

  /** The numbers 0 to count-1, each once, in an order that is the same in every process. */
  static int[] shuffled(int count) {
    int[] numbers = ascending(count);
    var random = new SplittableRandom(SHUFFLE_SEED);
    for (int i = count - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int number = numbers[i];
      numbers[i] = numbers[other];
      numbers[other] = number;
    }
    return numbers;
  }

  /** Uniform draws that cost a nanosecond (xorshift64, Marsaglia 2003). For one thread. */
  static final class Draws {
    private final long bound;
    private long state;

    Draws(int bound, long seed) {
      this.bound = bound;
      this.state = seed * 0x9E3779B97F4A7C15L + 1;
      assert bound > 0 && state != 0;
    }

    int next() {
      long s = state;
      s ^= s << 13;
      s ^= s >>> 7;
      s ^= s << 17;
      state = s;
      return (int) (((s >>> 32) * bound) >>> 32);
    }
  }
}
