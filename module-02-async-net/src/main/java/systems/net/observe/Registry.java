package systems.net.observe;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Numbers by name, as Prometheus reads them (text format 0.0.4).
 *
 * <pre>
 *   # HELP proxy_requests_total Requests by upstream and outcome.
 *   # TYPE proxy_requests_total counter
 *   proxy_requests_total{upstream="a",outcome="success"} 1027
 *
 *   name --> series {a, success} --> loop 0:  Counter 512
 *                                    loop 1:  Counter 515     added up when the page is written
 * </pre>
 *
 * <p><b>One writer.</b> A number belongs to the thread that asks for it; who asks again gets the
 * same one. So to count is a load, an add and an opaque store, on a cache line that no other thread
 * writes: no lock, no atomic add, no fence. Each loop has its own, and a page shows the sum. One
 * number for all with an atomic add would bounce its line between the cores with each request.
 *
 * <p><b>A bound on series.</b> A series is one set of label values; each costs memory here and an
 * index entry in Prometheus, for ever. Their number is bounded for each name: what comes beyond
 * goes into one series whose values are all {@code other}, and is counted in {@code
 * observe_series_dropped_total}. Without a bound, whoever chooses a label's value, by a path or a
 * host, chooses how much memory the server uses.
 *
 * <p>Invariants: (1) a name has one type, one help and one list of labels; (2) no name of one
 * family is a name within another one ({@code x_count} of a histogram {@code x}); (3) at most
 * {@link #SERIES_MAX} series and one {@code other} a name, and in each at most one number a thread;
 * (4) all lines of a family are together, and the buckets of a histogram never contradict its
 * count.
 *
 * <p>Asking for numbers and writing the page are synchronized; counting is not.
 */
public final class Registry {
  /** Series of one name. */
  public static final int SERIES_MAX = 200;

  private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");
  private static final Pattern LABEL = Pattern.compile("(?!__)[a-zA-Z_][a-zA-Z0-9_]*");
  private static final List<String> PARTS = List.of("_bucket", "_sum", "_count");
  private static final String DROPPED = "observe_series_dropped_total";
  private static final String OTHER = "other";
  private static final double NANOS = 1e9;

  /** Numbers beyond which a double is written with an exponent. */
  private static final double WHOLE_MAX = 1e15;

  /** Upper bounds of latency buckets on the page, in seconds. */
  private static final double[] BOUNDS = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
  };

  /** A number that only grows; its thread writes, any reads. */
  public static final class Counter {
    private static final VarHandle VALUE;

    static {
      try {
        VALUE = MethodHandles.lookup().findVarHandle(Counter.class, "value", long.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private long value;

    private Counter() {}

    public void add(long n) {
      assert n >= 0 : "a counter never falls";
      VALUE.setOpaque(this, value + n);
    }

    public long get() {
      return (long) VALUE.getOpaque(this);
    }
  }

  /** A number that goes up and down; its thread writes, any reads. */
  public static final class Gauge {
    private static final VarHandle VALUE;

    static {
      try {
        VALUE = MethodHandles.lookup().findVarHandle(Gauge.class, "value", double.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private double value;

    private Gauge() {}

    public void set(double next) {
      VALUE.setOpaque(this, next);
    }

    public void add(double more) {
      VALUE.setOpaque(this, value + more);
    }

    public double get() {
      return (double) VALUE.getOpaque(this);
    }
  }

  private enum Kind {
    COUNTER("counter"),
    GAUGE("gauge"),
    HISTOGRAM("histogram");

    final String text;

    Kind(String text) {
      this.text = text;
    }
  }

  /** One name. A series has a number for each thread, by its id. */
  private record Family(
      String name,
      String help,
      Kind kind,
      List<String> labels,
      Map<List<String>, Map<Long, Object>> series) {}

  private final Map<String, Family> families = new LinkedHashMap<>();
  private final HashSet<String> names = new HashSet<>(List.of(DROPPED));
  private long dropped;

  /** The counter of this thread in the series of these label values. */
  public synchronized Counter counter(
      String name, String help, List<String> labels, List<String> values) {
    return (Counter) number(family(name, help, Kind.COUNTER, labels), values, Counter::new);
  }

  /** The gauge of this thread in the series of these label values. */
  public synchronized Gauge gauge(
      String name, String help, List<String> labels, List<String> values) {
    return (Gauge) number(family(name, help, Kind.GAUGE, labels), values, Gauge::new);
  }

  /**
   * A number that is asked for when the page is written, by any thread; of two suppliers that one
   * thread gives for a series the later one counts.
   */
  public synchronized void gauge(
      String name, String help, List<String> labels, List<String> values, DoubleSupplier value) {
    Family family = family(name, help, Kind.GAUGE, labels);
    series(family, values).put(Thread.currentThread().threadId(), value);
  }

  /** The histogram of this thread; of times in nanoseconds, which the page shows in seconds. */
  public synchronized Histogram histogram(
      String name, String help, List<String> labels, List<String> values) {
    Family family = family(name, help, Kind.HISTOGRAM, labels);
    return (Histogram) number(family, values, Histogram::new);
  }

  private Family family(String name, String help, Kind kind, List<String> labels) {
    Family known = families.get(name);
    if (known == null) {
      known = new Family(name, help, kind, checked(name, kind, labels), new LinkedHashMap<>());
      families.put(name, known);
    }
    if (known.kind != kind || !known.labels.equals(labels)) {
      throw new IllegalArgumentException(
          name + " is known as a " + known.kind.text + " with labels " + known.labels);
    }
    return known;
  }

  private List<String> checked(String name, Kind kind, List<String> labels) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("no name of a metric: " + name);
    }
    for (String label : labels) {
      boolean isTaken = kind == Kind.HISTOGRAM && label.equals("le");
      if (isTaken || !LABEL.matcher(label).matches()) {
        throw new IllegalArgumentException("no name of a label of a " + kind.text + ": " + label);
      }
    }
    if (new HashSet<>(labels).size() < labels.size()) {
      throw new IllegalArgumentException("a label twice: " + labels);
    }
    var own = new ArrayList<>(List.of(name));
    if (kind == Kind.HISTOGRAM) {
      PARTS.forEach(part -> own.add(name + part));
    }
    for (String line : own) {
      if (!names.add(line)) {
        throw new IllegalArgumentException(line + " is a line of another metric");
      }
    }
    return List.copyOf(labels);
  }

  private Object number(Family family, List<String> values, Supplier<Object> fresh) {
    Map<Long, Object> ofThreads = series(family, values);
    return ofThreads.computeIfAbsent(Thread.currentThread().threadId(), _ -> fresh.get());
  }

  private Map<Long, Object> series(Family family, List<String> values) {
    if (values.size() != family.labels.size()) {
      throw new IllegalArgumentException(
          "values " + values + " for the labels " + family.labels + " of " + family.name);
    }
    Map<Long, Object> ofThreads =
        family.series.computeIfAbsent(key(family, values), _ -> new HashMap<>());
    assert family.series.size() <= SERIES_MAX + 1 : "series of " + family.name;
    return ofThreads;
  }

  private List<String> key(Family family, List<String> values) {
    //> phase 7: the number of series is bounded; where does the rest go?
    List<String> key = List.copyOf(values);
    boolean full = family.series.size() >= SERIES_MAX; //~ unbounded: boolean full = false;
    if (full && !family.series.containsKey(key)) {
      dropped++;
      key = values.stream().map(_ -> OTHER).toList();
    }
    return key;
    //< phase 7
  }

  /** Requests for series that did not fit. */
  public synchronized long dropped() {
    return dropped;
  }

  // ---- the page

  /** The page, to be sent as {@code text/plain; version=0.0.4; charset=utf-8}. */
  public synchronized String text() {
    var out = new StringBuilder();
    families.values().forEach(family -> write(out, family));
    head(out, DROPPED, "Series beyond the bound, counted as other.", Kind.COUNTER);
    line(out, DROPPED, List.of(), List.of(), "", Long.toString(dropped));
    return out.toString();
  }

  private static void head(StringBuilder out, String name, String help, Kind kind) {
    out.append("# HELP ").append(name).append(' ').append(escaped(help)).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(kind.text).append('\n');
  }

  private static void write(StringBuilder out, Family family) {
    head(out, family.name, family.help, family.kind);
    family.series.forEach((values, ofThreads) -> {
      Collection<Object> numbers = ofThreads.values();
      switch (family.kind) {
        case COUNTER -> {
          long sum = numbers.stream().mapToLong(n -> ((Counter) n).get()).sum();
          line(out, family.name, family.labels, values, "", Long.toString(sum));
        }
        case GAUGE -> {
          double sum = numbers.stream().mapToDouble(Registry::value).sum();
          line(out, family.name, family.labels, values, "", number(sum));
        }
        case HISTOGRAM -> histogram(out, family, values, numbers);
      }
    });
  }

  private static double value(Object gauge) {
    return gauge instanceof Gauge set ? set.get() : ((DoubleSupplier) gauge).getAsDouble();
  }

  private static void histogram(
      StringBuilder out, Family family, List<String> values, Collection<Object> numbers) {
    //> phase 7: each bucket counts all that are at or below its bound; which one has no bound?
    var all = new Histogram(); // a copy: buckets and count are of one moment
    numbers.forEach(n -> all.add((Histogram) n));
    String count = Long.toString(all.count());
    String name = family.name;
    long below = 0;
    for (double bound : BOUNDS) {
      long upTo = all.countUpTo((long) (bound * NANOS));
      below = upTo; //~ bucketsBesideEachOther: below = upTo - below;
      String le = "le=\"" + number(bound) + "\"";
      line(out, name + "_bucket", family.labels, values, le, Long.toString(below));
    }
    line(out, name + "_bucket", family.labels, values, "le=\"+Inf\"", count);
    line(out, name + "_sum", family.labels, values, "", number(all.sum() / NANOS));
    line(out, name + "_count", family.labels, values, "", count);
    //< phase 7
  }

  private static void line(
      StringBuilder out,
      String name,
      List<String> labels,
      List<String> values,
      String extra,
      String number) {
    assert labels.size() == values.size();
    out.append(name);
    if (!labels.isEmpty() || !extra.isEmpty()) {
      out.append('{');
      for (int i = 0; i < labels.size(); i++) {
        out.append(i > 0 ? "," : "").append(labels.get(i)).append("=\"");
        out.append(quoted(values.get(i))).append('"');
      }
      out.append(!labels.isEmpty() && !extra.isEmpty() ? "," : "").append(extra).append('}');
    }
    out.append(' ').append(number).append('\n');
  }

  private static String number(double value) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    boolean isWhole = value == Math.rint(value) && Math.abs(value) < WHOLE_MAX;
    return isWhole ? Long.toString((long) value) : Double.toString(value); // NaN is "NaN"
  }

  /** A text of its own line: a line feed would begin another one. */
  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\n", "\\n");
  }

  private static String quoted(String text) {
    String plain = escaped(text);
    return plain.replace("\"", "\\\""); //~ phase 7 quotesAsTheyAre: return plain;
  }
}
