package systems.redis.server;

/** Latencies of a command in powers of two of a microsecond, for LATENCY HISTOGRAM. */
final class Histogram {
  private static final int BUCKETS = 40;

  private final long[] counts = new long[BUCKETS];
  private long total;

  void record(long micros) {
    assert micros >= 0 : "the clock has gone back";
    int bucket = micros <= 1 ? 0 : 64 - Long.numberOfLeadingZeros(micros - 1);
    counts[Math.min(bucket, BUCKETS - 1)]++;
    total++;
  }

  long total() {
    return total;
  }

  /** Sees a bucket. */
  @FunctionalInterface
  interface Seen {
    void bucket(long upperBound, long countUpTo);
  }

  /** Shows upper bounds with the counts up to them, from the first to the last that has any. */
  int forEach(Seen seen) {
    long sum = 0;
    int shown = 0;
    for (int i = 0; i < BUCKETS && sum < total; i++) {
      if (counts[i] > 0) {
        sum += counts[i];
        seen.bucket(1L << i, sum);
        shown++;
      }
    }
    assert sum == total : "each record is in one bucket";
    return shown;
  }

  /** The upper bound of the bucket in which so many percent are reached. */
  double percentile(double percent) {
    long rank = (long) Math.ceil(total * percent / 100);
    long sum = 0;
    for (int i = 0; i < BUCKETS; i++) {
      sum += counts[i];
      if (sum >= rank) {
        return 1L << i;
      }
    }
    return 1L << BUCKETS;
  }
}
