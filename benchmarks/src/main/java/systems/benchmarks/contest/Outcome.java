package systems.benchmarks.contest;

import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import systems.benchmarks.ChildJvm;
import systems.benchmarks.Json;
import systems.benchmarks.figure.Metric;

/** What an entrant has measured, and how it tells the driver. */
public final class Outcome {
  private final Map<String, Object> values = new LinkedHashMap<>();

  /** Adds a number. */
  public Outcome with(Metric metric, double value) {
    values.put(metric.key(), value);
    return this;
  }

  /** Adds a number. */
  public Outcome with(Metric metric, long value) {
    return with(metric, (double) value);
  }

  /** Adds what must be the same for all: a digest of the answer. */
  public Outcome answering(String digest) {
    values.put(Turns.ANSWER, digest);
    return this;
  }

  /** Prints the line that the driver waits for. */
  public void tell() {
    System.out.println(ChildJvm.RESULT + Json.line(values));
    System.out.flush();
  }

  /** CPU time of this process so far, user and system, all threads, in nanoseconds. */
  public static long cpuNanos() {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime();
  }
}
