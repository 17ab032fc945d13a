package systems.redis.command;

import java.util.SplittableRandom;

/** The random source of the commands that return or take members at random. */
final class Draw {
  static final SplittableRandom RANDOM = new SplittableRandom();

  private Draw() {}

  /** So many different indices below a bound, in no order that matters. */
  static int[] distinct(int count, int bound) {
    assert count <= bound : "there are not so many different ones";
    if (count > bound / 3) {
      int[] all = new int[bound];
      for (int i = 0; i < bound; i++) {
        all[i] = i;
      }
      for (int i = 0; i < count; i++) {
        int j = i + RANDOM.nextInt(bound - i);
        int t = all[i];
        all[i] = all[j];
        all[j] = t;
      }
      return java.util.Arrays.copyOf(all, count);
    }
    var seen = new java.util.LinkedHashSet<Integer>();
    while (seen.size() < count) {
      seen.add(RANDOM.nextInt(bound));
    }
    return seen.stream().mapToInt(i -> i).toArray();
  }
}
