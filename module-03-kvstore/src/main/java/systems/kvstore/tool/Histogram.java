package systems.kvstore.tool;

import java.util.Arrays;
import java.util.Locale;

/**
 * How often values of which size were seen, in the buckets and the words of RocksDB's histograms.
 *
 * <p>Bucket limits grow by half each and are cut to two digits: 1, 2, 3, 4, 6, 10, 15, 22, 34 ... A
 * bucket holds the values above the limit before it, up to its own. A percentile is found by
 * drawing a straight line through the bucket that it falls into, so it is exact only to the
 * bucket's width (half of the value); minimum, maximum and average are exact.
 *
 * <p>Belongs to one thread; {@link #add(Histogram)} brings those of several together.
 */
final class Histogram {
  private static final long[] LIMITS = limits();
  private static final int MARKS = 20;

  private final long[] counts = new long[LIMITS.length];
  private long count;
  private long min = Long.MAX_VALUE;
  private long max;
  private double sum;
  private double sumOfSquares;

  private static long[] limits() {
    var limits = new long[128];
    limits[0] = 1;
    limits[1] = 2;
    int n = 2;
    for (double limit = 3; limit < Long.MAX_VALUE; limit *= 1.5) {
      limits[n++] = cutToTwoDigits((long) limit);
    }
    limits[n++] = Long.MAX_VALUE;
    return Arrays.copyOf(limits, n);
  }

  private static long cutToTwoDigits(long value) {
    long unit = 1;
    while (value / unit >= 100) {
      unit *= 10;
    }
    return value / unit * unit;
  }

  /** Counts a value of 0 or more. */
  void add(long value) {
    assert value >= 0;
    counts[bucket(value)]++;
    count++;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    sumOfSquares += (double) value * value;
  }

  private static int bucket(long value) {
    int found = Arrays.binarySearch(LIMITS, value);
    return found >= 0 ? found : -found - 1;
  }

  /** Counts everything that another one has counted. */
  void add(Histogram other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    count += other.count;
    min = Math.min(min, other.min);
    max = Math.max(max, other.max);
    sum += other.sum;
    sumOfSquares += other.sumOfSquares;
  }

  long count() {
    return count;
  }

  /** The value that {@code percent} of all values do not exceed; 0 if there are none. */
  double percentile(double percent) {
    double rank = count * percent / 100;
    long below = 0;
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0 && below + counts[i] >= rank) {
        double left = i == 0 ? 0 : LIMITS[i - 1];
        double inside = (rank - below) / counts[i];
        return Math.clamp(left + (LIMITS[i] - left) * inside, (double) min, (double) max);
      }
      below += counts[i];
    }
    return 0;
  }

  private double average() {
    return count == 0 ? 0 : sum / count;
  }

  private double deviation() {
    double variance =
        count == 0 ? 0 : (sumOfSquares * count - sum * sum) / ((double) count * count);
    return Math.sqrt(Math.max(0, variance));
  }

  /** Several lines, the last one ended. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    append(text, "Count: %d Average: %.4f  StdDev: %.2f\n", count, average(), deviation());
    long least = count == 0 ? 0 : min;
    append(text, "Min: %d  Median: %.4f  Max: %d\n", least, percentile(50), max);
    append(
        text,
        "Percentiles: P50: %.2f P75: %.2f P99: %.2f P99.9: %.2f P99.99: %.2f\n",
        percentile(50),
        percentile(75),
        percentile(99),
        percentile(99.9),
        percentile(99.99));
    text.append("-".repeat(54)).append('\n');
    appendBuckets(text);
    return text.toString();
  }

  private void appendBuckets(StringBuilder text) {
    long seen = 0;
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0) {
        seen += counts[i];
        append(
            text,
            "%c %7d, %7d ] %8d %7.3f%% %7.3f%% ",
            i == 0 ? '[' : '(',
            i == 0 ? 0 : LIMITS[i - 1],
            LIMITS[i],
            counts[i],
            100.0 * counts[i] / count,
            100.0 * seen / count);
        text.append("#".repeat((int) (MARKS * (double) counts[i] / count + 0.5))).append('\n');
      }
    }
  }

  private static void append(StringBuilder text, String format, Object... arguments) {
    text.append(String.format(Locale.ROOT, format, arguments));
  }
}
