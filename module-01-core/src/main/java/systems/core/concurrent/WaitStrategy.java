package systems.core.concurrent;

/**
 * How a thread passes the time until another one has done something: how soon it shall notice,
 * against what it costs the others meanwhile.
 *
 * <pre>
 *                notices within     costs meanwhile
 *   Spin         a cache miss       a processor, whole
 *   Yield        a time slice       a processor, if nobody else wants it
 *   Park         a wake-up          nothing, once it sleeps; a fence and a load for each signal
 * </pre>
 *
 * <p>Spinning is right only if the other thread runs at this moment. With more threads than
 * processors it may be the spinning that keeps it from running, for a whole time slice.
 *
 * <p>The strategies are stateless and shared; the round, from 0 for each wait, says how long it has
 * taken so far. A strategy that parks goes through the others first, as most waits are short.
 */
public sealed interface WaitStrategy {
  /** Spins, and tells the processor so: another hyper-thread may use what this one does not. */
  record Spin() implements WaitStrategy {}

  /** Spins for some rounds, then offers its processor to others in each. */
  record Yield(int spins) implements WaitStrategy {}

  /**
   * Spins, yields, then sleeps until there is a signal, or until the thread looks for itself. The
   * first sleep is the shortest, each further one twice as long, up to a bound. No signal is lost
   * in {@link BlockingRing}; the bound is for those who do not signal because they died.
   */
  record Park(int spins, int yields, long nanosMin, long nanosMax) implements WaitStrategy {
    public Park {
      if (nanosMin < 1 || nanosMax < nanosMin) {
        throw new IllegalArgumentException("sleeps of " + nanosMin + " to " + nanosMax + " ns");
      }
    }

    /** Sleeps of a tenth of a millisecond to ten. */
    public Park() {
      this(100, 10, 100_000, 10_000_000);
    }
  }

  /** What is to be done in a round. */
  enum Step {
    SPIN,
    YIELD,
    SLEEP
  }

  /** What is to be done in a round, counted from 0. */
  default Step step(int round) {
    //> phase 4: who may sleep, and how soon?
    return switch (this) {
      case Spin() -> Step.SPIN;
      case Yield(int spins) -> round < spins ? Step.SPIN : Step.YIELD;
      case Park(int spins, int yields, _, _) -> {
        if (round < spins) {
          yield Step.SPIN;
        }
        yield round - spins < yields ? Step.YIELD : Step.SLEEP;
      }
    };
    //< phase 4
  }

  /** How long the sleep of a round lasts at most. */
  default long sleepNanosMax(int round) {
    //> phase 4: how does a bound double without an overflow?
    return switch (this) {
      case Spin(), Yield(_) -> 0;
      case Park(int spins, int yields, long nanosMin, long nanosMax) -> {
        int doublings = Math.clamp((long) round - spins - yields, 0, Long.SIZE - 1);
        boolean fits = nanosMin <= nanosMax >>> doublings; //~ shiftsTooFar: boolean fits = true;
        yield fits ? nanosMin << doublings : nanosMax;
      }
    };
    //< phase 4
  }
}
