package systems.core.concurrent;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue in an array that goes round. No call waits for room or for elements: who wants to
 * wait takes a {@link BlockingRing} around it. Nothing is allocated after construction.
 *
 * <p>Null is no element. What the number of threads may be is the implementation's name; a ring
 * cannot notice that a second producer has come where one was promised, and then loses elements.
 *
 * <p>Interrupts mean nothing to a ring, as no call sleeps. A thread that dies between two calls
 * leaves a ring as good as before. Within a call it does not die: there is no code of a caller in
 * it, except in {@link #drain}, which has let go of the element before it calls.
 */
public sealed interface Ring<E> permits SpscRing, MpscRing, MpmcRing {
  /** Puts an element at the end; false if the ring is full. */
  boolean offer(E element);

  /** Takes the first element; null if the ring is empty. */
  @Nullable E poll();

  /** How many fit. */
  int capacity();

  /** How many there are, roughly, while others are at work; exactly, when nobody is. */
  int size();

  /**
   * Puts in a part of an array, from the left, as far as it finds room; returns how many. The
   * elements of one call may lie apart where there are several producers.
   */
  default int fill(E[] elements, int from, int to) {
    int at = from;
    while (at < to && offer(elements[at])) {
      at++;
    }
    return at - from;
  }

  /**
   * Hands over elements until the ring is empty, at most some; returns how many. An element is out
   * of the ring before the consumer sees it: if the consumer throws, that one is gone, and the
   * others are still there.
   */
  default int drain(Consumer<? super E> consumer, int most) {
    int taken = 0;
    for (E element; taken < most && (element = poll()) != null; taken++) {
      consumer.accept(element);
    }
    return taken;
  }
}
