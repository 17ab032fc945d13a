package systems.core.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import systems.core.cache.CacheSpec;
import systems.core.cache.ConcurrentCache;
import systems.core.cache.Eviction;

/**
 * Runs a trace through caches of several sizes and policies, side by side. What runs is the cache
 * itself and not a model of it, with its buffers and what they lose; beside it stands the best that
 * a cache could do that knows the future.
 */
@Command(
    name = "cache-sim",
    description = "Compares policies of a cache by the part of requests that they answer.",
    sortOptions = false)
final class CacheSim implements Callable<Integer> {
  private static final int SIZES_MAX = 32;
  private static final int PROGRESS_REQUESTS = 1 << 18;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "TRACE",
      defaultValue = "zipf",
      description = "zipf, scan, loop, or a file. Default: ${DEFAULT-VALUE}.")
  private String trace = "zipf";

  @Option(
      names = "--format",
      defaultValue = "lines",
      description = "Form of a file: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Trace.Format format = Trace.Format.LINES;

  @Option(
      names = "--entries",
      split = ",",
      paramLabel = "N",
      defaultValue = "100,200,500,1000,2000,5000",
      description = "Sizes of the caches. Default: ${DEFAULT-VALUE}.")
  private List<Integer> entries = List.of();

  @Option(
      names = "--requests",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "Length of a generated trace. Default: ${DEFAULT-VALUE}.")
  private int requests;

  @Option(
      names = "--keys",
      paramLabel = "N",
      defaultValue = "20000",
      description = "Keys of a generated trace. Default: ${DEFAULT-VALUE}.")
  private int keys;

  @Option(
      names = "--skew",
      paramLabel = "S",
      defaultValue = "0.99",
      description = "Exponent of zipf. Default: ${DEFAULT-VALUE}.")
  private double skew;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "The same seed gives the same trace. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--svg", paramLabel = "FILE", description = "Draws the table as a chart.")
  private @Nullable Path svg;

  @Option(names = "--quiet", description = "No progress on standard error.")
  private boolean quiet;

  @Override
  public Integer call() throws IOException {
    check();
    entries = entries.stream().sorted().distinct().toList();
    Trace requested = requested();
    Map<String, double[]> ratios = new LinkedHashMap<>();
    for (Eviction policy : Eviction.values()) {
      ratios.put(label(policy), ratios(requested, policy));
    }
    ratios.put("optimal", optimal(requested));
    progress("");
    print(requested, ratios);
    if (svg != null) {
      var chart = new HitRatioChart(requested.name(), entries, ratios);
      Files.writeString(svg, chart.svg(), StandardCharsets.UTF_8);
    }
    return 0;
  }

  private void check() {
    range("--requests", requests, Trace.REQUESTS_MAX);
    range("--keys", keys, 10_000_000);
    range("the number of sizes in --entries", entries.size(), SIZES_MAX);
    for (int size : entries) {
      range("--entries", size, 1 << 28);
    }
    if (!(skew >= 0 && skew <= 10)) {
      throw new ParameterException(spec().commandLine(), "--skew must be 0 to 10; it is " + skew);
    }
  }

  private void range(String name, int value, int max) {
    if (value < 1 || value > max) {
      throw new ParameterException(
          spec().commandLine(), name + " must be 1 to " + max + "; it is " + value);
    }
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new AssertionError("picocli injects it");
    }
    return spec;
  }

  private Trace requested() throws IOException {
    return switch (trace) {
      case "zipf" -> Trace.zipf(requests, keys, skew, seed);
      case "scan" -> Trace.scan(requests, keys, skew, seed);
      case "loop" -> Trace.loop(requests, keys);
      default -> Trace.read(Path.of(trace), format);
    };
  }

  private static String label(Eviction policy) {
    return switch (policy) {
      case LRU -> "LRU";
      case S3_FIFO -> "S3-FIFO";
      case TINY_LFU -> "W-TinyLFU";
    };
  }

  private double[] ratios(Trace requested, Eviction policy) {
    double[] ratios = new double[entries.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = ratio(requested, policy, entries.get(i));
    }
    return ratios;
  }

  private double ratio(Trace requested, Eviction policy, int size) {
    var cache =
        new ConcurrentCache<Long, Boolean>(
            CacheSpec.<Long, Boolean>ofEntries(size).evicting(policy).counted());
    for (int i = 0; i < requested.size(); i++) {
      Long key = requested.key(i);
      if (cache.get(key) == null) {
        cache.put(key, Boolean.TRUE);
      }
      if (i % PROGRESS_REQUESTS == 0) {
        progress(
            String.format(
                Locale.ROOT,
                "%s, %,d entries: %d %%",
                label(policy),
                size,
                100L * i / requested.size()));
      }
    }
    return cache.stats().hitRatio();
  }

  private double[] optimal(Trace requested) {
    double[] ratios = new double[entries.size()];
    for (int i = 0; i < ratios.length; i++) {
      progress(String.format(Locale.ROOT, "optimal, %,d entries", entries.get(i)));
      ratios[i] = Optimal.hitRatio(requested, entries.get(i));
    }
    return ratios;
  }

  /** One line that is written over; only where somebody watches. */
  private void progress(String line) {
    if (!quiet && System.console() != null && System.console().isTerminal()) {
      PrintWriter err = spec().commandLine().getErr();
      err.printf("\r%-60s%s", line, line.isEmpty() ? "\r" : "");
      err.flush();
    }
  }

  private void print(Trace requested, Map<String, double[]> ratios) {
    PrintWriter out = spec().commandLine().getOut();
    out.printf(Locale.ROOT, "%s, %,d requests%n%n", requested.name(), requested.size());
    out.printf("%10s", "entries");
    ratios.keySet().forEach(label -> out.printf("%12s", label));
    out.println();
    for (int i = 0; i < entries.size(); i++) {
      var row = new ArrayList<String>();
      for (double[] column : ratios.values()) {
        row.add(String.format(Locale.ROOT, "%10.2f %%", 100 * column[i]));
      }
      out.printf(Locale.ROOT, "%,10d%s%n", entries.get(i), String.join("", row));
    }
  }
}
