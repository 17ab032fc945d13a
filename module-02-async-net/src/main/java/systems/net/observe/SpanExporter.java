package systems.net.observe;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Loop;
import systems.net.loop.Timer;

/**
 * Takes the spans of a tracer to a collector, batch by batch.
 *
 * <pre>
 *   tracer --each interval--> waiting (bounded) --a batch at a time--> collector
 *                                 ^                                      |
 *                                 +-- not taken: again, after 2, 4, 8 intervals; then dropped
 * </pre>
 *
 * <p>Observation must not hurt what it observes. So there is one batch on its way at a time, a
 * bound on what waits, a bound on attempts, and a timeout for a collector that forgets to answer;
 * what is lost is counted. One request for each span would cost as much as the requests that are
 * traced.
 *
 * <p>Invariants: (1) a span is handed over in order, and more than once only if the collector did
 * not say that it took it: a collector has to bear duplicates, as OTLP says; (2) {@code waiting <=
 * waitingMax}; (3) after {@link #stop} what was there is sent once more, and nothing later.
 *
 * <p>Belongs to its loop.
 */
public final class SpanExporter {
  /** Where spans go; says once, on the loop, whether it has taken them. */
  @FunctionalInterface
  public interface Collector {
    void post(String json, Consumer<Boolean> taken);

    /** Appends a line for each batch. Blocks as long as the sink does: not for a busy loop. */
    static Collector lines(Appendable out) {
      return (json, taken) -> {
        boolean written = true;
        try {
          out.append(json).append('\n');
        } catch (IOException full) {
          written = false; // counted as dropped, after some attempts
        }
        taken.accept(written);
      };
    }
  }

  /**
   * How much, and how often.
   *
   * @param intervalNanos from one batch to the next
   * @param timeoutNanos for the collector's answer
   * @param batchMax spans in a batch
   * @param waitingMax spans that wait
   * @param attemptsMax for one batch
   */
  public record Settings(
      long intervalNanos, long timeoutNanos, int batchMax, int waitingMax, int attemptsMax) {
    public static final Settings USUAL =
        new Settings(1_000_000_000L, 10_000_000_000L, 512, 8192, 5);

    public Settings {
      if (intervalNanos < 1 || timeoutNanos < 1) {
        throw new IllegalArgumentException("interval and timeout have to be positive");
      }
      if (batchMax < 1 || waitingMax < batchMax) {
        throw new IllegalArgumentException("at least one span in a batch, and room for a batch");
      }
      if (attemptsMax < 1 || attemptsMax > ATTEMPTS_MAX) {
        throw new IllegalArgumentException("1 to 16 attempts, not " + attemptsMax);
      }
    }
  }

  /** So that intervals that double do not overflow. */
  private static final int ATTEMPTS_MAX = 16;

  private final Loop loop;
  private final Tracer tracer;
  private final String service;
  private final Collector collector;
  private final Settings settings;
  private final ArrayDeque<Span> waiting = new ArrayDeque<>();
  private List<Span> batch = List.of();
  private int attempts;
  private long posts;
  private long open; // the post that is on its way, or 0
  private long exported;
  private long dropped;
  private boolean stopped;
  private @Nullable Timer timer;

  public SpanExporter(
      Loop loop, Tracer tracer, String service, Collector collector, Settings settings) {
    this.loop = loop;
    this.tracer = tracer;
    this.service = service;
    this.collector = collector;
    this.settings = settings;
  }

  /** Spans that a collector has taken. */
  public long exported() {
    return exported;
  }

  /** Spans that nobody has taken. */
  public long dropped() {
    return dropped;
  }

  /** Once. */
  public void start() {
    plan(settings.intervalNanos);
  }

  /** Sends what is there, without a second attempt. */
  public void stop() {
    stopped = true;
    if (open == 0) {
      turn();
    }
  }

  private void plan(long delayNanos) {
    cancelTimer();
    timer = loop.schedule(delayNanos, this::turn);
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  private void turn() {
    assert open == 0;
    collect();
    if (batch.isEmpty()) {
      batch = next();
      attempts = 0;
    }
    if (!batch.isEmpty()) {
      post();
    } else if (!stopped) {
      plan(settings.intervalNanos);
    } else {
      cancelTimer();
    }
  }

  private void collect() {
    //> phase 7: the collector is down for an hour: what grows?
    for (Span span : tracer.fetch()) {
      waiting.add(span);
      if (waiting.size() > settings.waitingMax) { //~ hoards: if (waiting.isEmpty()) {
        waiting.remove(); // the oldest: who looks at a fault looks at the latest
        dropped++;
      }
    }
    //< phase 7
  }

  private List<Span> next() {
    assert waiting.size() <= settings.waitingMax;
    var next = new ArrayList<Span>();
    while (next.size() < settings.batchMax && !waiting.isEmpty()) {
      next.add(waiting.remove());
    }
    return next;
  }

  private void post() {
    assert batch.size() <= settings.batchMax && attempts < settings.attemptsMax;
    attempts++;
    posts++;
    open = posts;
    long own = posts;
    cancelTimer();
    timer = loop.schedule(settings.timeoutNanos, () -> answered(own, false));
    try {
      collector.post(OtlpJson.of(service, batch), taken -> answered(own, taken));
    } catch (RuntimeException foreign) {
      answered(own, false); // one that cannot even send has taken nothing
    }
  }

  private void answered(long post, boolean taken) {
    assert loop.inLoop();
    if (post != open) { //~ phase 7 believesLateAnswers: if (post > open) {
      return;
    }
    open = 0;
    cancelTimer();
    //> phase 7: taken, not taken, and not taken for the last time
    boolean givesUp = stopped || attempts >= settings.attemptsMax;
    if (taken) {
      exported += batch.size();
      batch = List.of();
    } else if (givesUp) { //~ neverGivesUp: } else if (attempts < 0) {
      dropped += batch.size();
      batch = List.of();
    }
    boolean again = !batch.isEmpty();
    long delay = again ? settings.intervalNanos << attempts : settings.intervalNanos;
    if (stopped || batch.isEmpty() && waiting.size() >= settings.batchMax) {
      loop.execute(this::turnIfIdle);
    } else {
      plan(delay);
    }
    //< phase 7
  }

  private void turnIfIdle() {
    if (open == 0) {
      turn();
    }
  }
}
