package systems.core.concurrent;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The one that puts records into a {@link ByteRing}. For one thread at a time.
 *
 * <p>An offer is some plain stores and one with release. Until the last one there is nothing to be
 * seen of it, and it may end anywhere.
 */
public class RingWriter implements AutoCloseable { // not final: a test dies between the stores
  private final ByteRing ring;
  private final ByteRing.Seat seat;
  private final MemorySegment memory;
  private final long capacity;

  /** Own copy; the one in memory is for the reader. */
  private long tail;

  /** The head when it was last looked at: it can only have moved on since. */
  private long headSeen;

  RingWriter(ByteRing ring, ByteRing.Seat seat) throws DamagedRingException {
    this.ring = ring;
    this.seat = seat;
    memory = ring.memory;
    capacity = ring.capacity;
    tail = (long) ByteRing.LONG.getAcquire(memory, ByteRing.TAIL_AT);
    headSeen = head();
  }

  /** What the reader has finished, from memory that it can write to: so it is looked at twice. */
  private long head() throws DamagedRingException {
    long head = (long) ByteRing.LONG.getAcquire(memory, ByteRing.HEAD_AT);
    ring.checkPositions(head, tail);
    return head;
  }

  /** Puts in a record; false if there is no room. */
  public boolean offer(byte[] payload) throws DamagedRingException {
    return offer(MemorySegment.ofArray(payload), 0, payload.length);
  }

  /**
   * Puts in a part of a segment as a record; false if there is no room.
   *
   * @throws IllegalArgumentException if it is longer than {@link ByteRing#payloadBytesMax}
   */
  public boolean offer(MemorySegment source, long offset, int length) throws DamagedRingException {
    Objects.checkFromIndexSize(offset, length, source.byteSize());
    if (length > ring.payloadBytesMax()) {
      throw new IllegalArgumentException(
          "a record of %,d bytes, %,d can be".formatted(length, ring.payloadBytesMax()));
    }
    //> phase 4: where do you begin if it does not fit before the end, and which store comes last?
    long at = tail;
    long size = RingReader.recordBytes(length);
    long toEnd = capacity - (at & capacity - 1);
    long padding = size <= toEnd ? 0 : toEnd; //~ runsOverTheEnd: long padding = 0;
    if (!hasRoom(padding + size)) { //~ forgetsThePadding: if (!hasRoom(size)) {
      return false;
    }
    if (padding > 0) {
      putHeader(at, ByteRing.PADDING);
      at += padding;
    }
    assert at % ByteRing.ALIGNMENT == 0;
    putHeader(at, length); //~ publishesFirst: publish(at + size); putHeader(at, length);
    putPayload(at, source, offset, length);
    tail = at + size;
    publish(tail);
    return true;
    //< phase 4
  }

  //> phase 4 only
  private boolean hasRoom(long bytes) throws DamagedRingException {
    if (tail + bytes - headSeen > capacity) {
      headSeen = head();
    }
    return tail + bytes - headSeen <= capacity;
  }

  private long offset(long position) {
    return ByteRing.RECORDS_AT + (position & capacity - 1);
  }

  //< phase 4

  /** Length and stamp, in one store. */
  void putHeader(long at, int length) {
    //> phase 4: what tells this lap's header from an older one's?
    long stamp = at / ByteRing.ALIGNMENT; //~ stampsAlike: long stamp = 0;
    ByteRing.LONG.set(memory, offset(at), stamp << 32 | length & 0xFFFF_FFFFL);
    //< phase 4
  }

  /** The bytes. */
  void putPayload(long at, MemorySegment source, long from, int length) {
    //> phase 4: where do they lie?
    MemorySegment.copy(source, from, memory, offset(at) + ByteRing.RECORD_HEADER_BYTES, length);
    //< phase 4
  }

  /** Shows the reader all before a position. */
  void publish(long end) {
    //> phase 4: with which mode, and why is it the only one that matters?
    ByteRing.LONG.setRelease(memory, ByteRing.TAIL_AT, end);
    //< phase 4
  }

  /** Lets another one write; what was not published is gone. */
  @Override
  public void close() throws IOException {
    seat.close();
  }
}
