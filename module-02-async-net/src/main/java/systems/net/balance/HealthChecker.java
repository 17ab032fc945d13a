package systems.net.balance;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Loop;
import systems.net.loop.Timer;

/**
 * Asks each upstream now and then whether it is well.
 *
 * <pre>
 *   answer     + + - + - - - - + - + + +
 *   in a row   well          sick      well         3 bad ones, 2 good ones in a row
 * </pre>
 *
 * <p>One answer does not decide: several in a row are needed to change an opinion, in both
 * directions, or a lost packet takes a server out, and a dying one flaps. The checks of all are
 * spread over the interval by chance, and each next one comes a bit earlier or later, so that a
 * hundred proxies that were started together do not ask at the same moment for ever.
 *
 * <p>Invariants: (1) an upstream is asked one question at a time; (2) each question has exactly one
 * answer: the first of what the probe says, what it throws, and the timeout; (3) after {@link
 * #stop} no opinion changes, whatever probes still say.
 *
 * <p>The probe is foreign code and gets the timeout as well, so that it can free what it holds; but
 * one that forgets its answer must not end the checks for good, hence the timer here. Belongs to
 * its loop.
 */
public final class HealthChecker {
  /** Asks an upstream; gives an answer, on the loop. */
  @FunctionalInterface
  public interface Probe {
    void probe(Upstream upstream, long timeoutNanos, Consumer<Boolean> answer);
  }

  /**
   * How often, and how many answers decide.
   *
   * @param intervalNanos from an answer to the next question, on average
   * @param timeoutNanos after which no answer is a bad one
   * @param healthyAfter good answers in a row
   * @param unhealthyAfter bad answers in a row
   */
  public record Settings(
      long intervalNanos, long timeoutNanos, int healthyAfter, int unhealthyAfter) {
    public static final Settings USUAL = new Settings(5_000_000_000L, 2_000_000_000L, 2, 3);

    public Settings {
      if (intervalNanos < 1 || timeoutNanos < 1) {
        throw new IllegalArgumentException("interval and timeout have to be positive");
      }
      if (healthyAfter < 1 || unhealthyAfter < 1) {
        throw new IllegalArgumentException("at least one answer is needed to change an opinion");
      }
    }
  }

  /** Of the interval, that a question may come early or late. */
  private static final int JITTER_DIVISOR = 10;

  /** One upstream, and the answers in a row. */
  private final class Watch {
    final Upstream upstream;
    int good;
    int bad;
    long question; // 0: none is open
    @Nullable Timer timer;

    Watch(Upstream upstream) {
      this.upstream = upstream;
    }

    void plan(long delayNanos) {
      assert question == 0;
      timer = loop.schedule(delayNanos, this::ask);
    }

    private void ask() {
      questions++;
      question = questions;
      long asked = question;
      timer = loop.schedule(settings.timeoutNanos, () -> answered(asked, false));
      try {
        probe.probe(upstream, settings.timeoutNanos, good -> answered(asked, good));
      } catch (RuntimeException foreign) {
        answered(asked, false); // a probe that cannot even ask: no worse than one that fails
      }
    }

    /** The first answer to a question; later ones find another question open, or none. */
    private void answered(long asked, boolean isGood) {
      assert loop.inLoop();
      boolean isLate = asked != question; //~ phase 7 countsLateAnswers: boolean isLate = false;
      if (isLate || stopped) {
        return;
      }
      question = 0;
      cancelTimer();
      learn(isGood);
      plan(settings.intervalNanos - settings.intervalNanos / JITTER_DIVISOR + jitter());
    }

    private void learn(boolean isGood) {
      //> phase 7: one answer alone must not change an opinion
      good = isGood ? good + 1 : 0;
      bad = isGood ? 0 : bad + 1; //~ badOnesAddUp: bad += isGood ? 0 : 1;
      if (bad >= settings.unhealthyAfter) { //~ oneBadAnswerDecides: if (bad >= 1) {
        upstream.healthy(false, loop.nanoTime(), slowStartNanos);
      } else if (good >= settings.healthyAfter) { //~ backAtOnce: } else if (good >= 1) {
        upstream.healthy(true, loop.nanoTime(), slowStartNanos);
      }
      //< phase 7
    }

    void cancelTimer() {
      if (timer != null) {
        timer.cancel();
        timer = null;
      }
    }
  }

  private final Loop loop;
  private final Settings settings;
  private final Probe probe;
  private final long slowStartNanos;
  private final SplittableRandom random;
  private final List<Watch> watches;
  private long questions;
  private boolean stopped;

  public HealthChecker(
      Loop loop,
      Settings settings,
      Probe probe,
      List<Upstream> upstreams,
      long slowStartNanos,
      long seed) {
    this.loop = loop;
    this.settings = settings;
    this.probe = probe;
    this.slowStartNanos = slowStartNanos;
    random = new SplittableRandom(seed);
    watches = upstreams.stream().map(Watch::new).toList();
  }

  /** Once; the first questions are asked within an interval. */
  public void start() {
    assert questions == 0 && !stopped;
    watches.forEach(watch -> watch.plan(random.nextLong(settings.intervalNanos)));
  }

  public void stop() {
    stopped = true;
    watches.forEach(Watch::cancelTimer);
  }

  private long jitter() {
    //> phase 7: a hundred proxies were started by the same command; when do they ask?
    long most = settings.intervalNanos / JITTER_DIVISOR * 2;
    return random.nextLong(most + 1); //~ allAskAtOnce: return most / 2;
    //< phase 7
  }
}
