package systems.core.cache;

import java.util.function.Consumer;

/**
 * Who was read, lately and mostly. Every hit leaves a record here, and no hit may wait for another.
 *
 * <p>So there are several rings, and a thread writes to one that its number chooses; who meets
 * another thread there, or a full ring, gives up. A lost record is a use that the policy does not
 * hear of. What is used a lot leaves enough others, while a lock that orders every read would let
 * one thread run at a time.
 */
final class ReadBuffer<E> {
  private static final int RECORDS = 16;
  private static final int STRIPES_MAX = 64;

  private final RecordRing<E>[] stripes;

  /**
   * @param parallelism how many threads can run at once
   */
  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  ReadBuffer(int parallelism) {
    int wanted = Math.clamp(2L * parallelism, 1, STRIPES_MAX);
    stripes = new RecordRing[Integer.highestOneBit(wanted)];
    for (int i = 0; i < stripes.length; i++) {
      stripes[i] = new RecordRing<>(RECORDS);
    }
  }

  /** Most records that it holds. */
  int capacity() {
    return stripes.length * RECORDS;
  }

  /** Leaves a record, perhaps; true if it is time to drain. */
  boolean record(E element) {
    //> phase 2: which ring, and what if it is full?
    int stripe = (int) Thread.currentThread().threadId() & stripes.length - 1;
    return stripes[stripe].offerOnce(element) == RecordRing.Offer.FULL;
    //< phase 2
  }

  /** Hands over what is there. One thread at a time. */
  void drain(Consumer<? super E> consumer) {
    //> phase 2: in which order do the records of different threads come?
    for (RecordRing<E> stripe : stripes) {
      stripe.drain(consumer);
    }
    //< phase 2
  }
}
