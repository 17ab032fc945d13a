package systems.net.loop;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.GatheringByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * What a connection has written and the system has not taken yet.
 *
 * <pre>
 *   first                                                          last
 *     |                                                              |
 *   [sent|bytes] -> [bytes.....] -> file 0..9000 -> [bytes] -> [bytes|room]
 *   \___________ one call ___________/\_ one call _/\______ one call _____/
 * </pre>
 *
 * <p>A write copies into the room of the last block, so that many small writes lie together. A
 * drain hands as many blocks as follow each other to one gathered call: a batch of answers costs
 * one system call, however many pieces it was written in.
 *
 * <ol>
 *   <li>{@code queued} is the sum of what the pieces still have to send.
 *   <li>A piece that is sent whole is released at once, so an empty queue holds no block; a
 *       connection that waits for its next request costs nothing here.
 *   <li>The channel may take less than it was offered, at any byte. Then the drain ends, and goes
 *       on when the selector says so: to try again at once would only burn time.
 * </ol>
 *
 * <p>Only on the loop. The bound of the queue is the protocol's duty ({@link
 * Transport#HIGH_WATER}): a transport that refused bytes would have broken the stream.
 */
final class WriteQueue {
  /** Blocks of one gathered call: 1 MiB. */
  static final int GATHER_MAX = 64;

  /** Calls of one drain; then the loop's other connections get their turn. */
  private static final int CALLS_MAX = 4;

  private final GatheringByteChannel channel;
  private final BufferPool pool;
  private final Counters counters;
  private @Nullable Piece first;
  private @Nullable Piece last;
  private long queued;

  WriteQueue(GatheringByteChannel channel, BufferPool pool, Counters counters) {
    this.channel = channel;
    this.pool = pool;
    this.counters = counters;
  }

  /** Bytes to be sent. */
  long bytes() {
    return queued;
  }

  /** Copies the bytes behind what is there. */
  void append(byte[] source, int from, int to) throws IOException {
    //> phase 3: the line below blocks nobody, but what becomes of bytes the system does not take?
    if (!channel.isOpen()) {
      throw new ClosedChannelException();
    }
    int at = from;
    while (at < to) {
      Buffer room = last instanceof Buffer buffer && buffer.room() > 0 ? buffer : add(pool.take());
      at += room.put(source, at, to);
    }
    queued += to - from;
    //< phase 3 with: channel.write(ByteBuffer.wrap(source, from, to - from));
  }

  /** Queues a buffer, whose holder the queue becomes; nothing is appended to it any more. */
  void append(Buffer buffer) {
    assert buffer.remaining() > 0;
    queued += buffer.remaining();
    add(buffer);
  }

  /** Queues a piece of a file, whose holder the queue becomes. */
  void append(FilePiece file) {
    queued += file.remaining();
    add(file);
  }

  private <P extends Piece> P add(P piece) {
    assert piece.next == null && piece != last : "queued twice";
    if (last == null) {
      first = piece;
    } else {
      last.next = piece;
    }
    last = piece;
    return piece;
  }

  /**
   * Sends as far as the channel takes it.
   *
   * @param gather scratch space of the loop
   * @return whether all was sent
   */
  boolean drain(ByteBuffer[] gather) throws IOException {
    //> phase 3: how do you know that the channel is full, and how often do you ask it?
    boolean goesOn = true;
    for (int calls = 0; first != null && goesOn && calls < CALLS_MAX; calls++) {
      goesOn = first instanceof FilePiece file ? send(file) : send(gather);
    }
    assert queued >= 0 && (first != null || queued == 0);
    return first == null;
    //< phase 3 with: return true;
  }

  //> phase 3 only
  private boolean send(FilePiece file) throws IOException {
    long offered = Math.min(file.remaining(), FilePiece.TRANSFER_BYTES_MAX);
    return sent(file.transferTo(channel), offered);
  }

  /** One call for the blocks that follow each other; returns whether the channel took all. */
  private boolean send(ByteBuffer[] gather) throws IOException {
    assert first instanceof Buffer && gather.length > 0;
    int count = 0;
    long offered = 0;
    for (Piece at = first; at instanceof Buffer buffer && count < gather.length; at = at.next) {
      gather[count++] = buffer.bytes;
      offered += buffer.remaining();
    }
    long taken = count == 1 ? channel.write(gather[0]) : channel.write(gather, 0, count);
    return sent(taken, offered);
  }

  private boolean sent(long taken, long offered) {
    assert taken >= 0 && taken <= offered : taken + " of " + offered;
    counters.add(Counters.WRITES, 1);
    counters.add(Counters.BYTES_OUT, taken);
    queued -= taken;
    while (first != null && first.remaining() == 0) {
      removeFirst();
    }
    return taken == offered; //~ spinsOnAFullSocket: return taken >= 0;
  }

  //< phase 3

  private void removeFirst() {
    Piece gone = first;
    assert gone != null;
    first = gone.next;
    gone.next = null;
    if (first == null) {
      last = null;
    }
    gone.release();
  }

  /** Nobody will send the rest. */
  void clear() {
    while (first != null) {
      removeFirst();
    }
    queued = 0;
  }
}
