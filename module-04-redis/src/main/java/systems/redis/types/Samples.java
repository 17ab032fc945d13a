package systems.redis.types;

import java.util.function.ToLongFunction;

/** Estimates of sizes from the first few entries. */
final class Samples {
  private static final int SAMPLES = 5;
  private static final int ARRAY_HEAD = 16;

  private Samples() {}

  static long array(int length) {
    return ARRAY_HEAD + (length + 7L & ~7L);
  }

  static long keys(Dict<?> dict) {
    return entries(dict, _ -> 0);
  }

  static <V> long entries(Dict<V> dict, ToLongFunction<? super V> valueBytes) {
    if (dict.isEmpty()) {
      return 0;
    }
    long[] sum = {0, 0};
    long cursor = 0;
    do {
      cursor =
          dict.scan(
              cursor,
              (key, value) -> {
                sum[0] += array(key.length) + valueBytes.applyAsLong(value);
                sum[1]++;
              });
    } while (cursor != 0 && sum[1] < SAMPLES);
    return sum[0] * dict.size() / Math.max(1, sum[1]);
  }
}
