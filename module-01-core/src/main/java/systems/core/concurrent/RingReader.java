package systems.core.concurrent;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The one that takes records out of a {@link ByteRing}. For one thread at a time.
 *
 * <p>A record is handed over first and given back afterwards. Who dies in between, or throws, gets
 * it again.
 *
 * <p>Lengths come from memory that another process writes to. They are checked before they are
 * used: nothing is read outside of the ring, and what cannot be a record is a {@link
 * DamagedRingException}.
 */
public class RingReader implements AutoCloseable { // not final: a test dies between the stores
  private final ByteRing ring;
  private final ByteRing.Seat seat;
  private final MemorySegment memory;
  private final long capacity;

  /** Own copy; the one in memory is for the writer. */
  private long head;

  /** The tail when it was last looked at: all before it is whole. */
  private long tailSeen;

  /** Somebody who is shown a record in its place. */
  @FunctionalInterface
  public interface Visitor {
    /** Reads from {@code offset} on, and keeps nothing: the memory is given back afterwards. */
    void visit(MemorySegment memory, long offset, int length);
  }

  RingReader(ByteRing ring, ByteRing.Seat seat) throws DamagedRingException {
    this.ring = ring;
    this.seat = seat;
    memory = ring.memory;
    capacity = ring.capacity;
    head = (long) ByteRing.LONG.getAcquire(memory, ByteRing.HEAD_AT);
    tailSeen = tail();
  }

  private long tail() throws DamagedRingException {
    long tail = (long) ByteRing.LONG.getAcquire(memory, ByteRing.TAIL_AT);
    ring.checkPositions(head, tail);
    return tail;
  }

  /** What a record takes in the ring. */
  static long recordBytes(int length) {
    int whole = ByteRing.RECORD_HEADER_BYTES + length + ByteRing.ALIGNMENT - 1;
    return whole & -ByteRing.ALIGNMENT;
  }

  /** Shows records until there are none, at most some; returns how many. */
  public int drain(Visitor visitor, int most) throws DamagedRingException {
    //> phase 4: when may the writer have a record's bytes again?
    int shown = 0;
    while (shown < most && hasNext()) {
      int length = length();
      long next = head + recordBytes(length);
      if (length == ByteRing.PADDING) {
        next = head + toEnd();
      } else {
        shown++;
        visitor.visit(memory, offset() + ByteRing.RECORD_HEADER_BYTES, length);
      }
      head = next;
      release(head);
    }
    return shown;
    //< phase 4
  }

  /** A copy of the next record, which is given back; null if there is none. */
  public byte @Nullable [] poll() throws DamagedRingException {
    byte[][] copy = {null};
    drain(
        (source, offset, length) -> {
          copy[0] = new byte[length];
          MemorySegment.copy(source, offset, MemorySegment.ofArray(copy[0]), 0, length);
        },
        1);
    return copy[0];
  }

  //> phase 4 only
  private boolean hasNext() throws DamagedRingException {
    if (head == tailSeen) {
      tailSeen = tail();
    }
    return head != tailSeen;
  }

  private long offset() {
    return ByteRing.RECORDS_AT + (head & capacity - 1);
  }

  private long toEnd() {
    return capacity - (head & capacity - 1);
  }

  /** The length in the header at the head, if it can be one. */
  private int length() throws DamagedRingException {
    long header = (long) ByteRing.LONG.get(memory, offset());
    int length = (int) header;
    int stamp = (int) (header >>> 32);
    int expected = (int) (head / ByteRing.ALIGNMENT);
    if (stamp != expected) {
      throw ring.damaged(offset() + Integer.BYTES, "the stamp", expected, stamp);
    }
    boolean padding = length == ByteRing.PADDING; //~ shownAsRecord: boolean padding = false;
    int most = (int) Math.min(toEnd(), tailSeen - head) - ByteRing.RECORD_HEADER_BYTES;
    boolean fits = padding ? toEnd() < tailSeen - head : length >= 0 && length <= most;
    if (!fits) {
      throw ring.damaged(offset(), "the length", "at most " + most, length);
    }
    return length;
  }

  //< phase 4

  /** Gives the writer all before a position. */
  void release(long end) {
    //> phase 4: what must be done with the bytes before this store?
    ByteRing.LONG.setRelease(memory, ByteRing.HEAD_AT, end);
    //< phase 4
  }

  /** Lets another one read, from the first record that was not finished. */
  @Override
  public void close() throws IOException {
    seat.close();
  }
}
