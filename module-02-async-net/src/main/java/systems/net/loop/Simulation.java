package systems.net.loop;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A world in which nothing happens by chance that its seed did not choose: loops of virtual time,
 * and a network between them.
 *
 * <pre>
 *   seed --> which loop has the next turn        loop "client"      loop "server"
 *            how many tasks are in a turn          tasks  timers      tasks  timers
 *            how long bytes take                      |                  ^
 *            where bytes are cut                      v   [34|1|900] --> |
 *                                                  transport  pipe    transport
 *                                                         &lt;-- [200]
 *
 *   time:  0 ----- 0.41 ----- 0.83 ------------------------------ 30 000 ms
 *                 bytes      bytes    nobody has anything to do:    a timeout
 *                 arrive     arrive   the clock jumps
 * </pre>
 *
 * <p>A test on real sockets sees one of the many orders in which things can happen, most often the
 * same one, and when it sees another and fails, nobody can see it again. Here a thousand seeds are
 * a thousand orders in a second, timeouts of hours cost nothing, and a seed that fails will fail
 * again in the debugger.
 *
 * <ol>
 *   <li>All runs on the thread that calls {@link #run}, one turn of one loop at a time. So there is
 *       no other order than that of the turns.
 *   <li>All choices are made by one generator that begins with the seed. No clock is read, no hash
 *       of an object is iterated over. So equal seeds and equal calls give equal traces.
 *   <li>Time stands still during a turn, and moves only when no loop has anything to do, to the
 *       next arrival or timer. Each loop's clock begins somewhere else, so that two loops' times
 *       cannot be mixed up unnoticed.
 *   <li>What real loops promise is kept: the tasks of a loop in the order in which they came, the
 *       bytes of a connection's direction in theirs. All else is the seed's.
 * </ol>
 *
 * <p>The whole world belongs to one thread: {@link Loop#execute} of these loops is not for others,
 * except for a coroutine that has the loop's turn.
 *
 * <p>What a task throws ends the run with an {@link AssertionError} that names the seed and the
 * moment, unless {@link #onFailure} was told what else to do.
 *
 * <p>Rejected: to run real threads and delay them at random. It finds other orders too, but never
 * the same one twice.
 *
 * <p>The idea is that of FoundationDB's simulator (J. Zhou and others, FoundationDB: A Distributed
 * Unbundled Transactional Key Value Store, SIGMOD 2021, section 4).
 */
public final class Simulation {
  /** Turns of one run; a world that is still busy then will never be done. */
  public static final int TURNS_MAX = 20_000_000;

  /** Lines that a trace keeps, the last ones. */
  static final int TRACE_LINES_MAX = 10_000;

  private static final double NANOS_PER_MILLI = 1e6;

  /**
   * How bytes travel between two loops.
   *
   * @param latencyNanosMin from writing to arriving
   * @param latencyNanosMax as much, or more
   * @param windowBytes on the way and unread, for one direction of one connection
   * @param chunkBytesMax most that arrive at once; 0 lets the seed choose, anew for each connection
   */
  public record Link(
      long latencyNanosMin, long latencyNanosMax, int windowBytes, int chunkBytesMax) {
    public static final Link USUAL = new Link(20_000, 1_000_000, 64 << 10, 0);

    public Link {
      if (latencyNanosMin < 0 || latencyNanosMax < latencyNanosMin) {
        throw new IllegalArgumentException(
            "latency from " + latencyNanosMin + " to " + latencyNanosMax);
      }
      if (windowBytes < 1 || chunkBytesMax < 0) {
        throw new IllegalArgumentException("window " + windowBytes + ", chunk " + chunkBytesMax);
      }
    }
  }

  /** Something that happens to a loop at its time; of two with one time, the earlier made. */
  private record Event(long nanos, long number, SimulatedLoop loop, Runnable task)
      implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(nanos, other.nanos);
      return byTime != 0 ? byTime : Long.compare(number, other.number);
    }
  }

  private record Pair(SimulatedLoop one, SimulatedLoop other) {}

  private final long seed;
  private final SplittableRandom random;
  private final List<SimulatedLoop> loops = new ArrayList<>();
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final SimulatedNetwork world = new SimulatedNetwork(this);
  private final Map<Pair, Link> links = new HashMap<>();
  private final Set<Pair> partitions = new HashSet<>();
  private final Set<SimulatedPipe> stalled = new LinkedHashSet<>();
  private final ArrayDeque<String> trace = new ArrayDeque<>();
  private LoopSettings.FailureListener failures = this::keep;
  private @Nullable AssertionError failure;
  private @Nullable SimulatedLoop running;
  private long now;
  private long made;
  private long traced;
  private long digest;

  public Simulation(long seed) {
    this.seed = seed;
    random = new SplittableRandom(seed);
  }

  /** Runs the test in so many worlds; the failure of one says its seed. */
  public static void forSeeds(long first, int count, Consumer<Simulation> test) {
    for (long seed = first; seed < first + count; seed++) {
      var simulation = new Simulation(seed);
      try {
        test.accept(simulation);
      } catch (Throwable thrown) {
        throw simulation.failing("the test failed", thrown);
      }
    }
  }

  /** A new loop, a machine of its own to the network. */
  public Loop loop(String name) {
    var loop = new SimulatedLoop(this, name, loops.size() + 1, random.nextLong() >> 2);
    loops.add(loop);
    return loop;
  }

  /** The network as this loop sees it. */
  public Network network(Loop loop) {
    return world.of(own(loop));
  }

  /** How bytes travel between the two from now on, both ways; set it before they connect. */
  public void link(Loop one, Loop other, Link link) {
    links.put(pair(own(one), own(other)), link);
  }

  /** Nothing gets through between the two, and neither is told: it arrives after {@link #heal}. */
  public void partition(Loop one, Loop other) {
    note(own(one), "is cut off from " + own(other).name());
    partitions.add(pair(own(one), own(other)));
  }

  /** Ends a partition. */
  public void heal(Loop one, Loop other) {
    note(own(one), "reaches " + own(other).name() + " again");
    partitions.remove(pair(own(one), own(other)));
    for (SimulatedPipe pipe : List.copyOf(stalled)) {
      if (!isCut(pipe.from, pipe.to)) {
        stalled.remove(pipe);
        pipe.goOn();
      }
    }
  }

  /** Whether this loop's machine refuses all new connections, as if nobody listened. */
  public void refuse(Loop loop, boolean refuses) {
    note(own(loop), refuses ? "refuses" : "accepts");
    own(loop).refuses = refuses;
  }

  /** Breaks a connection; both ends see a reset. */
  public void reset(Transport transport) {
    if (!(transport instanceof SimulatedTransport own)) {
      throw new IllegalArgumentException("not of a simulation: " + transport);
    }
    own.breakOff();
  }

  /** Hears of what tasks and protocols throw, from now on, instead of ending the run. */
  public void onFailure(LoopSettings.FailureListener listener) {
    failures = listener;
  }

  /** Runs until nobody has anything to do, now or later. */
  public void run() {
    for (int turns = 0; turn(Long.MAX_VALUE); turns++) {
      checkBusy(turns);
    }
  }

  /** Runs for so long, and leaves the clock there. */
  public void runFor(long nanos) {
    long end = Math.addExact(now, nanos);
    for (int turns = 0; turn(end); turns++) {
      checkBusy(turns);
    }
    now = end;
  }

  /**
   * Runs until it holds, which is asked after each turn.
   *
   * @throws AssertionError if nobody has anything to do any more, and it does not hold
   */
  public void runUntil(BooleanSupplier condition) {
    for (int turns = 0; !condition.getAsBoolean(); turns++) {
      if (!turn(Long.MAX_VALUE)) {
        throw failing("nothing is left to do, and what it ran for did not come", null);
      }
      checkBusy(turns);
    }
  }

  private void checkBusy(int turns) {
    if (turns >= TURNS_MAX) {
      throw failing("still busy after " + turns + " turns", null);
    }
  }

  /** One turn of one loop; false if there is nothing to do up to this time. */
  private boolean turn(long end) {
    //> phase 2: who is ready, who is chosen, and when may the clock move?
    assert running == null : "run from inside a loop";
    arrive();
    int ready = countReady();
    if (ready == 0) {
      long next = nextNanos();
      if (next > end || next == Long.MAX_VALUE) {
        return false;
      }
      assert next > now : "time stands still";
      now = next;
      arrive();
      ready = countReady();
    }
    if (ready > 0) {
      run(chosen(random.nextInt(ready))); //~ alwaysTheFirst: run(chosen(0));
    }
    return true;
    //< phase 2
  }

  //> phase 2 only
  private void arrive() {
    for (Event next = events.peek(); next != null && next.nanos <= now; next = events.peek()) {
      next.loop.arrived(events.remove().task);
    }
  }

  private int countReady() {
    int ready = 0;
    for (SimulatedLoop loop : loops) {
      ready += loop.isReady() ? 1 : 0;
    }
    return ready;
  }

  private SimulatedLoop chosen(int number) {
    int left = number;
    for (SimulatedLoop loop : loops) {
      if (loop.isReady() && left-- == 0) {
        return loop;
      }
    }
    throw new AssertionError("not so many are ready: " + number);
  }

  private long nextNanos() {
    Event event = events.peek();
    long next = event == null ? Long.MAX_VALUE : event.nanos;
    for (SimulatedLoop loop : loops) {
      next = Math.min(next, loop.nextTimer());
    }
    return next;
  }

  private void run(SimulatedLoop loop) {
    running = loop;
    try {
      loop.turn();
    } finally {
      running = null;
    }
    AssertionError thrown = failure;
    if (thrown != null) {
      failure = null;
      throw thrown;
    }
  }

  //< phase 2

  public long seed() {
    return seed;
  }

  /** Nanoseconds since the beginning. */
  public long now() {
    return now;
  }

  /**
   * What has happened so far, a line for each turn's step: its last {@value #TRACE_LINES_MAX}
   * lines, under a line that stands for all.
   */
  public String trace() {
    return "seed %d, %d steps, digest %016x\n".formatted(seed, traced, digest)
        + String.join("\n", trace)
        + "\n";
  }

  @Override
  public String toString() {
    return "simulation with seed " + seed + " at " + now / NANOS_PER_MILLI + " ms";
  }

  void note(SimulatedLoop loop, String what) {
    String line = now / NANOS_PER_MILLI + " ms  " + loop.name() + "  " + what;
    traced++;
    digest = digest * 0x9E3779B97F4A7C15L + line.hashCode();
    trace.add(line);
    if (trace.size() > TRACE_LINES_MAX) {
      trace.remove();
    }
  }

  void failed(SimulatedLoop loop, String where, Throwable cause) {
    note(loop, where + ": " + cause);
    failures.failed(loop.name() + ": " + where, cause);
  }

  private void keep(String where, Throwable cause) {
    if (failure == null) {
      failure = failing(where, cause);
    } else {
      failure.addSuppressed(cause);
    }
  }

  private AssertionError failing(String what, @Nullable Throwable cause) {
    String why = cause == null ? "" : ": " + cause;
    return new AssertionError(
        "seed " + seed + ", after " + now / NANOS_PER_MILLI + " ms: " + what + why, cause);
  }

  void at(long nanos, SimulatedLoop loop, Runnable task) {
    events.add(new Event(Math.max(nanos, now), made++, loop, task));
  }

  boolean isRunning(SimulatedLoop loop) {
    return running == loop;
  }

  SplittableRandom random() {
    return random;
  }

  Link linkBetween(SimulatedLoop one, SimulatedLoop other) {
    return links.getOrDefault(pair(one, other), Link.USUAL);
  }

  boolean isCut(SimulatedLoop one, SimulatedLoop other) {
    return partitions.contains(pair(one, other));
  }

  void stall(SimulatedPipe pipe) {
    stalled.add(pipe);
  }

  private static Pair pair(SimulatedLoop one, SimulatedLoop other) {
    return one.number() <= other.number() ? new Pair(one, other) : new Pair(other, one);
  }

  private SimulatedLoop own(Loop loop) {
    if (loop instanceof SimulatedLoop own && own.simulation() == this) {
      return own;
    }
    throw new IllegalArgumentException("a loop of another world: " + loop);
  }
}
