package systems.net.loop;

import java.util.ArrayDeque;

/**
 * One direction of a simulated connection: what was sent arrives later, in order.
 *
 * <pre>
 *   send  -->  [ack 900][34 bytes][1 byte][900 bytes][end]  -->  arrive, at the time of the first
 *                            on the way                          or wait until a partition heals
 * </pre>
 *
 * <p>Each packet has a time of arrival, and an event at that time which takes the first packet of
 * the queue, whichever that is by then. So however times and partitions fall, packets cannot
 * overtake each other.
 */
final class SimulatedPipe {
  /** Largest chunks to choose from: byte by byte, in packets, at a stroke. */
  private static final int[] CHUNKS = {3, 60, 1460, 9000, 64 << 10};

  final SimulatedLoop from;
  final SimulatedLoop to;
  final Simulation.Link link;
  final int chunkBytesMax;
  private final Simulation simulation;
  private final ArrayDeque<Runnable> onTheWay = new ArrayDeque<>();
  private long lastNanos;
  private int stalled;

  SimulatedPipe(SimulatedLoop from, SimulatedLoop to) {
    this.from = from;
    this.to = to;
    simulation = from.simulation();
    link = simulation.linkBetween(from, to);
    int chosen = CHUNKS[simulation.random().nextInt(CHUNKS.length)];
    chunkBytesMax = link.chunkBytesMax() > 0 ? link.chunkBytesMax() : chosen;
  }

  /** Runs the arrival on the receiver's loop, behind all that was sent before. */
  void send(Runnable arrival) {
    //> phase 2: a later packet may have the shorter way
    onTheWay.add(arrival);
    long spread = link.latencyNanosMax() - link.latencyNanosMin();
    long latency = link.latencyNanosMin() + simulation.random().nextLong(spread + 1);
    schedule(simulation.now() + latency);
    //< phase 2
  }

  private void schedule(long nanos) {
    lastNanos = Math.max(lastNanos, nanos);
    simulation.at(lastNanos, to, this::arrive);
  }

  private void arrive() {
    //> phase 2: what must happen to a packet that a partition holds up?
    if (simulation.isCut(from, to)) {
      stalled++;
      simulation.stall(this); //~ lostInThePartition: onTheWay.remove();
      return;
    }
    onTheWay.remove().run(); //~ overtakes: onTheWay.removeLast().run();
    //< phase 2
  }

  /** A partition has healed. */
  void goOn() {
    int arrivals = stalled;
    stalled = 0;
    for (int i = 0; i < arrivals; i++) {
      schedule(simulation.now() + link.latencyNanosMin());
    }
  }

  /** How many of these bytes go at once. */
  int chunk(int bytes) {
    return 1 + simulation.random().nextInt(Math.min(bytes, chunkBytesMax));
  }
}
