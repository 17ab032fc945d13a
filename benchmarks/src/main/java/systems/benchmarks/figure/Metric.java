package systems.benchmarks.figure;

import systems.benchmarks.Numbers;

/** What one measurement tells, each as a number with a unit and a direction. */
public enum Metric {
  /** Operations a second by the wall clock, until the last call has returned. */
  RATE("rate", true, Unit.RATE),
  /** The same until the flushes and compactions that the operations caused are done too. */
  SETTLED_RATE("settledRate", true, Unit.RATE),
  /** Rate of the writer beside the reader. */
  WRITE_RATE("writeRate", true, Unit.RATE),
  /** CPU time of the whole process an operation, background threads included. */
  CPU("cpu", false, Unit.NANOS),
  P50("p50", false, Unit.NANOS),
  P99("p99", false, Unit.NANOS),
  P999("p999", false, Unit.NANOS),
  MAX("max", false, Unit.NANOS),
  /** Calls that took longer than 50 ms. */
  SLOW("slowCalls", false, Unit.COUNT),
  /** Those of them for which the system has no stall of that length with a reason. */
  UNEXPLAINED("unexplainedSlowCalls", false, Unit.COUNT),
  /** Time for which the system says that it held writers up. */
  STALLED("stalled", false, Unit.NANOS),
  /** Bytes of all files after the store was closed. */
  BYTES("bytes", false, Unit.BYTES),
  /** Bytes of the sorted tables among them. */
  TABLE_BYTES("tableBytes", false, Unit.BYTES),
  /** Wall time of the one thing that was timed. */
  TIME("time", false, Unit.NANOS),
  /** The same in a process that was started without an AOT cache. */
  NO_CACHE_TIME("noCacheTime", false, Unit.NANOS),
  /** The same again in a process that has done it before. */
  WARM_TIME("warmTime", false, Unit.NANOS),
  /** Heap bytes an operation, by the thread's allocation counter. */
  GET_ALLOCATION("getAllocation", false, Unit.BYTES),
  NEXT_ALLOCATION("nextAllocation", false, Unit.BYTES),
  /** Heap bytes an operation, by JMH's gc profiler. */
  GET_ALLOCATION_JMH("getAllocationJmh", false, Unit.BYTES),
  NEXT_ALLOCATION_JMH("nextAllocationJmh", false, Unit.BYTES),
  /** CPU time of the first time in a process that has done nothing before. */
  COLD_CPU("coldCpu", false, Unit.NANOS),
  /** Memory an entry, all that is reachable. */
  ENTRY_BYTES("entryBytes", false, Unit.BYTES),
  /** Hits of a hundred gets; ours minus the rival's is what counts, not their ratio. */
  HIT_RATIO("hitRate", true, Unit.PERCENT),
  /** CPU time of a server's processes, user and system, for each request it has answered. */
  REQUEST_CPU("requestCpu", false, Unit.NANOS),
  /** Memory an idle connection: heap after a collection, and direct memory. */
  CONNECTION_BYTES("connectionBytes", false, Unit.BYTES),
  /** The most memory during a snapshot, above what it was before. */
  EXTRA_MEMORY("extraMemory", false, Unit.PERCENT),
  /** Heap bytes an operation, of all threads. */
  ALLOCATION("allocation", false, Unit.BYTES),
  /** Requests that were sent and got no whole answer, of all rounds together. */
  FAILED("failed", false, Unit.COUNT);

  private enum Unit {
    RATE,
    NANOS,
    BYTES,
    PERCENT,
    COUNT
  }

  private final String key;
  private final boolean moreIsBetter;
  private final Unit unit;

  Metric(String key, boolean moreIsBetter, Unit unit) {
    this.key = key;
    this.moreIsBetter = moreIsBetter;
    this.unit = unit;
  }

  /** Its name in files. */
  public String key() {
    return key;
  }

  public boolean moreIsBetter() {
    return moreIsBetter;
  }

  /** Whether rounds are added up: the median of what must not happen would hide it. */
  boolean isTotal() {
    return this == FAILED;
  }

  /** A value with its unit. */
  public String format(double value) {
    return switch (unit) {
      case RATE -> Numbers.rate(value);
      case NANOS -> Numbers.nanos(value);
      case BYTES -> Numbers.bytes(value);
      case PERCENT -> Numbers.three(value) + " %";
      case COUNT -> Numbers.three(value);
    };
  }
}
