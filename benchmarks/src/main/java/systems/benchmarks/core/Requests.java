package systems.benchmarks.core;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * What is asked of a cache: keys by Zipf's law with exponent 0.99 over ten times as many as fit,
 * and, if wanted, after every four of them one of a scan over keys that nobody asks for again soon.
 *
 * <p>The keys are objects scattered on the heap, as keys are: neighbours in popularity are no
 * neighbours in memory.
 */
final class Requests {
  /** How often each key is asked for. */
  enum Trace {
    ZIPF,
    SCAN
  }

  private static final double SKEW = 0.99;
  private static final int KEYS_PER_ENTRY = 10;
  private static final int ZIPF_PER_SCANNED = 4;

  private final Long[] keys;
  private final double[] sums;
  private final Long[] scanned;

  Requests(int entries, Trace trace) {
    var random = new SplittableRandom(1);
    keys = new Long[KEYS_PER_ENTRY * entries];
    sums = new double[keys.length];
    double sum = 0;
    for (int i = 0; i < keys.length; i++) {
      keys[i] = random.nextLong();
    }
    shuffle(random);
    for (int i = 0; i < keys.length; i++) {
      sum += 1 / Math.pow(i + 1, SKEW);
      sums[i] = sum;
    }
    scanned = new Long[trace == Trace.SCAN ? keys.length : 0];
    for (int i = 0; i < scanned.length; i++) {
      scanned[i] = random.nextLong();
    }
  }

  /** Popular keys were made at any time, so they lie anywhere. */
  private void shuffle(SplittableRandom random) {
    for (int i = keys.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      Long key = keys[i];
      keys[i] = keys[other];
      keys[other] = key;
    }
  }

  /** So many requests; each seed has its own. */
  Long[] draw(int count, int seed) {
    var random = new SplittableRandom(seed);
    var requests = new Long[count];
    int scan = seed * (scanned.length / 3); // nobody profits from another one's scan
    for (int i = 0; i < count; i++) {
      boolean isScan = scanned.length > 0 && i % (ZIPF_PER_SCANNED + 1) == ZIPF_PER_SCANNED;
      requests[i] = isScan ? scanned[scan++ % scanned.length] : key(random.nextDouble());
    }
    return requests;
  }

  private Long key(double uniform) {
    int found = Arrays.binarySearch(sums, uniform * sums[sums.length - 1]);
    return keys[Math.min(keys.length - 1, found < 0 ? -found - 1 : found)];
  }
}
