package systems.core.concurrent;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jctools.queues.MpmcArrayQueue;
import org.jctools.queues.MpscArrayQueue;
import org.jctools.queues.SpscArrayQueue;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * Messages through a ring, by threads that do nothing else.
 *
 * <p>Both sides of a pair run the same loop, through the same interface, of which a JVM loads one
 * implementation: so calls are direct and inlined. Who finds the ring full or empty spins for a
 * while, with the processor's hint, and then yields, as there may be more threads than processors.
 */
@NullMarked
public final class RingKernel {
  private static final int CAPACITY = 1024;
  private static final int SPINS = 200;
  private static final int WARM_UP_ROUNDS = 4;

  /** Ours and its rivals, next to each other. */
  public enum Contestant {
    SPSC_RING,
    SPSC_JCTOOLS,
    MPSC_RING,
    MPSC_JCTOOLS,
    MPMC_RING,
    MPMC_JCTOOLS
  }

  private interface Lane {
    boolean offer(Integer message);

    @Nullable Integer poll();
  }

  private final Lane lane;
  private final int producers;
  private final int consumers;
  private final int messages;

  private RingKernel(Contestant contestant, int producers, int consumers, int messages) {
    this.lane = lane(contestant);
    this.producers = producers;
    this.consumers = consumers;
    this.messages = messages / (producers * consumers) * (producers * consumers);
  }

  private static Lane lane(Contestant contestant) {
    return switch (contestant) {
      case SPSC_RING -> {
        var ring = new SpscRing<Integer>(CAPACITY);
        yield lane(ring::offer, ring::poll);
      }
      case SPSC_JCTOOLS -> {
        var queue = new SpscArrayQueue<Integer>(CAPACITY);
        yield lane(queue::offer, queue::poll);
      }
      case MPSC_RING -> {
        var ring = new MpscRing<Integer>(CAPACITY);
        yield lane(ring::offer, ring::poll);
      }
      case MPSC_JCTOOLS -> {
        var queue = new MpscArrayQueue<Integer>(CAPACITY);
        yield lane(queue::offer, queue::poll);
      }
      case MPMC_RING -> {
        var ring = new MpmcRing<Integer>(CAPACITY);
        yield lane(ring::offer, ring::poll);
      }
      case MPMC_JCTOOLS -> {
        var queue = new MpmcArrayQueue<Integer>(CAPACITY);
        yield lane(queue::offer, queue::poll);
      }
    };
  }

  private interface Offer {
    boolean offer(Integer message);
  }

  private interface Poll {
    @Nullable Integer poll();
  }

  private static Lane lane(Offer offer, Poll poll) {
    return new Lane() {
      @Override
      public boolean offer(Integer message) {
        return offer.offer(message);
      }

      @Override
      public @Nullable Integer poll() {
        return poll.poll();
      }
    };
  }

  private long produce() {
    for (int i = 0; i < messages / producers; i++) {
      Integer message = i & 127; // one of those that exist already
      for (int tries = 0; !lane.offer(message); tries++) {
        idle(tries);
      }
    }
    return 0;
  }

  private long consume() {
    long sum = 0;
    for (int i = 0; i < messages / consumers; i++) {
      Integer message = lane.poll();
      for (int tries = 0; message == null; tries++) {
        idle(tries);
        message = lane.poll();
      }
      sum += message;
    }
    return sum;
  }

  @SuppressWarnings(
      "ThreadPriorityCheck") // more threads than cores: who waits must let others work
  private static void idle(int tries) {
    if (tries < SPINS) {
      Thread.onSpinWait();
    } else {
      Thread.yield();
    }
  }

  /** Nanoseconds a message. */
  private double round(ExecutorService threads) throws Exception {
    var barrier = new CyclicBarrier(producers + consumers + 1);
    List<Future<Long>> sums = new ArrayList<>();
    for (int i = 0; i < producers + consumers; i++) {
      boolean produces = i < producers;
      sums.add(
          threads.submit(() -> {
            barrier.await();
            return produces ? produce() : consume();
          }));
    }
    barrier.await();
    long start = System.nanoTime();
    long sum = 0;
    for (Future<Long> part : sums) {
      sum += part.get();
    }
    double nanos = (double) (System.nanoTime() - start) / messages;
    long expected = 0;
    for (int i = 0; i < messages / producers; i++) {
      expected += i & 127;
    }
    if (sum != expected * producers) {
      throw new AssertionError("what came out has the sum " + sum);
    }
    return nanos;
  }

  private double[] rounds(int count) throws Exception {
    var nanos = new double[count];
    try (var threads = Executors.newFixedThreadPool(producers + consumers)) {
      for (int i = -WARM_UP_ROUNDS; i < count; i++) {
        double each = round(threads);
        if (i >= 0) {
          nanos[i] = each;
        }
      }
    }
    return nanos;
  }

  /**
   * Sends messages through a ring of {@value #CAPACITY} by threads that do nothing else.
   *
   * @param contestant the name of a {@link Contestant}
   * @return nanoseconds a message, of each round after the warm-up
   */
  public static double[] nanosPerMessage(
      String contestant, int producers, int consumers, int messages, int rounds) throws Exception {
    return new RingKernel(Contestant.valueOf(contestant), producers, consumers, messages)
        .rounds(rounds);
  }
}
