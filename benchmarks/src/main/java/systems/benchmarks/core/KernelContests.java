package systems.benchmarks.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import systems.benchmarks.contest.Contest;
import systems.benchmarks.contest.Contest.Rival;
import systems.benchmarks.contest.Entrant;
import systems.benchmarks.figure.Goal;
import systems.benchmarks.figure.Metric;

/** Single operations: rings, slabs, LZ4, and the engine's kernels against their scalar twins. */
final class KernelContests {
  private KernelContests() {}

  static List<Contest> all() {
    List<Contest> contests = new ArrayList<>();
    contests.add(ring("ring-spsc", "from one thread to another", "SPSC", 1, 1));
    contests.add(ring("ring-mpmc", "between two producers and two consumers", "MPMC", 2, 2));
    contests.add(slab("slab-256", "allocate and free 256 bytes", "allocateAndFree", 2, 0));
    contests.add(
        slab("slab-churn", "free one of 4096 blocks of mixed sizes, allocate one", "churn", 0, 0));
    for (String kind : List.of("TEXT", "LOG", "INTS")) {
      contests.add(lz4("compress", kind));
      contests.add(lz4("decompress", kind));
    }
    contests.add(filterSum());
    return contests;
  }

  private static Contest ring(String title, String way, String kind, int producers, int consumers) {
    return new Contest(
        title,
        "messages " + way + " through a ring of 1024; each process tells its best of five",
        ringRun("ours", kind + "_RING", producers, consumers),
        List.of(
            Rival.of(
                ringRun("jctools", kind + "_JCTOOLS", producers, consumers),
                Goal.ratio(Metric.RATE, 0.9))));
  }

  private static Entrant ringRun(String title, String contestant, int producers, int consumers) {
    return Entrant.program(
            title,
            RingRun.class,
            contestant,
            Integer.toString(producers),
            Integer.toString(consumers))
        .withJvmFlags(CoreBench.LONG_RUN);
  }

  /** Half of the rival's time is twice its rate. */
  private static Contest slab(
      String title, String what, String benchmark, double netty, double malloc) {
    return new Contest(
        title,
        what,
        slabEntrant("ours", benchmark, "SLAB"),
        List.of(
            rival(slabEntrant("netty-adaptive", benchmark, "NETTY_ADAPTIVE"), netty),
            rival(slabEntrant("malloc", benchmark, "MALLOC"), malloc)));
  }

  private static Rival rival(Entrant entrant, double rateAtLeast) {
    return rateAtLeast == 0
        ? Rival.of(entrant)
        : Rival.of(entrant, Goal.ratio(Metric.RATE, rateAtLeast));
  }

  private static Entrant slabEntrant(String title, String benchmark, String contestant) {
    return Entrant.jmh(title, "SlabKernel." + benchmark + "$", Map.of("contestant", contestant))
        .withJvmFlags(CoreBench.LONG_RUN);
  }

  private static Contest lz4(String operation, String kind) {
    String data = kind.toLowerCase(Locale.ROOT);
    return new Contest(
        "lz4-" + operation + "-" + data,
        operation + " blocks of 1 MiB of " + data,
        lz4("ours", operation, kind, "OURS"),
        List.of(
            rival(lz4("safe-java", operation, kind, "SAFE_JAVA"), 1.5),
            rival(lz4("jni", operation, kind, "NATIVE"), 0.6)));
  }

  private static Entrant lz4(String title, String operation, String kind, String contestant) {
    return Entrant.jmh(
            title,
            "Lz4BlockKernel." + operation + "$",
            Map.of("contestant", contestant, "kind", kind))
        .withJvmFlags(CoreBench.LONG_RUN);
  }

  private static Contest filterSum() {
    return new Contest(
        "filter-sum",
        "sum of the doubles in a range, 2048 rows a call, by the Vector API",
        twin("ours", "VECTOR"),
        List.of(rival(twin("scalar", "SCALAR"), 4)));
  }

  private static Entrant twin(String title, String twin) {
    return Entrant.jmh(title, "FilterSumKernel.doublesByDoubles$", Map.of("twin", twin))
        .withJvmFlags("-Xmx2g", "-XX:+UseParallelGC", "--add-modules=jdk.incubator.vector");
  }
}
