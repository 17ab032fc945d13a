package systems.net.loop;

import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Objects;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A socket on an event loop.
 *
 * <pre>
 *            kernel              the loop's, for all its connections          the connection's own
 *
 *   read     socket --read--> direct buffer --copy--> [ .......... ] --> protocol
 *                                                          ^  |
 *                                                          |  v not taken
 *                                                        held, or nothing          0 bytes
 *
 *   write    socket &lt;-------- gathered write --------- queue of blocks             0 bytes
 *                             none left: no OP_WRITE     from the pool
 * </pre>
 *
 * <p>A connection that waits owns no buffer: it reads into memory that the loop has once, and what
 * it writes lies in blocks that go back when they are sent. Only bytes that its protocol has not
 * taken are copied aside, and come again in front of the next ones.
 *
 * <p>The copy from the direct buffer into an array costs a few nanoseconds for a request of usual
 * size. It buys protocols that parse a {@code byte[]}, which the compiler knows how to make fast; a
 * {@code ByteBuffer} that is direct here and on the heap there is not.
 *
 * <ol>
 *   <li>A protocol is called from {@link #ready}, {@link #turn} and the timer, never from inside a
 *       method of this class that it has called itself. What such a call leads to (the end of the
 *       connection, room in the queue, bytes to be had again) is marked and comes with {@link
 *       #turn} at the end of the same turn of the loop.
 *   <li>OP_READ is set if and only if the end of input has not come, and reading is not paused.
 *       OP_WRITE is set if and only if the system has refused bytes that are still queued.
 *   <li>{@code inputEnded} waits for bytes that are to come again, {@code closed} for nothing.
 *   <li>After {@link #end} there is no channel, no buffer, no timer, and one call to come.
 * </ol>
 *
 * <pre>
 *   input   OPEN --end of stream read--> SEEN --protocol told--> TOLD
 *   output  open --finish--> finishing --queue empty--> shut
 *   TOLD and shut: the orderly end
 * </pre>
 */
final class SocketTransport implements Transport, Ready, Deferred {
  /**
   * Held bytes up to this are copied in front of what was read, so that the loop's array serves;
   * more than these stay in an array that grows. Without the distinction, either a request that
   * comes in two parts costs an array, or one that comes byte by byte costs a copy for each.
   */
  static final int FRONT_BYTES_MAX = 4 << 10;

  private enum Input {
    OPEN,
    SEEN,
    TOLD
  }

  private final EventLoop loop;
  private final SocketChannel channel;
  private final SocketAddress remote;
  private final SocketAddress local;
  private final WriteQueue output;

  /** Whom the loop's {@link Admission} has counted. */
  private final @Nullable InetAddress admitted;

  private final SelectionKey key;
  private Protocol protocol;

  private byte @Nullable [] held;
  private int heldFrom;
  private int heldTo;

  private @Nullable Timer timer;
  private @Nullable Runnable alarm;
  private long armedNanos;
  private long wakeNanos = Long.MAX_VALUE;

  private Input input = Input.OPEN;
  private boolean paused;

  /** The protocol is new, and was not told yet that it is connected. */
  private boolean fresh = true;

  private boolean redeliver;
  private boolean blocked;
  private boolean full;
  private boolean drained;
  private boolean finishing;
  private boolean shut;
  private boolean ended;
  private boolean told;
  private boolean deferred;
  private @Nullable Throwable cause;

  /** Takes over a connected channel, whose key may exist from connecting. */
  SocketTransport(
      EventLoop loop, SocketChannel channel, Protocol protocol, @Nullable InetAddress admitted)
      throws IOException {
    this.loop = loop;
    this.channel = channel;
    this.protocol = protocol;
    this.admitted = admitted;
    remote = Objects.requireNonNull(channel.getRemoteAddress());
    local = Objects.requireNonNull(channel.getLocalAddress());
    output = new WriteQueue(channel, loop.pool(), loop.counters());
    key = loop.register(channel, SelectionKey.OP_READ, this);
    loop.counters().add(Counters.OPEN, 1);
  }

  /** Tells the protocol. Not from inside another protocol's call. */
  void begin() {
    turn();
  }

  // ---- what the loop calls

  @Override
  public void ready(int operations) {
    try {
      if ((operations & SelectionKey.OP_WRITE) != 0 && !ended) {
        drain();
      }
      if ((operations & SelectionKey.OP_READ) != 0 && takesInput()) {
        read();
      }
    } catch (Throwable thrown) {
      fail(thrown);
    }
  }

  /** Whether bytes may be read and delivered now. */
  private boolean takesInput() {
    assert loop.inLoop();
    return !ended && !paused && input == Input.OPEN;
  }

  private void read() {
    ByteBuffer in = loop.input().clear();
    int count;
    try {
      count = channel.read(in);
    } catch (IOException broken) {
      end(broken, false);
      return;
    }
    loop.counters().add(Counters.READS, 1);
    if (count < 0) {
      endInput();
    } else if (count > 0) {
      loop.counters().add(Counters.BYTES_IN, count);
      received(in.flip());
    }
  }

  /** No more comes; what waits for its delivery goes first. */
  private void endInput() {
    //> phase 1: the stream's end stays readable for ever; how often will the selector say so?
    input = Input.SEEN;
    updateInterest(); //~ spinsAtTheEnd: ;
    defer();
    //< phase 1
  }

  private void received(ByteBuffer in) {
    //> phase 1: from the direct buffer into the loop's array, and to the protocol; what is left?
    if (heldTo - heldFrom > FRONT_BYTES_MAX) {
      receivedBehindHeld(in);
      return;
    }
    byte[] bytes = loop.received();
    int from = unpark(bytes);
    int to = from + in.remaining();
    in.get(bytes, from, to - from);
    redeliver = false;
    park(bytes, deliver(bytes, 0, to), to);
    //< phase 1
  }

  /** Copies held bytes to the front of the loop's array; returns how many. */
  private int unpark(byte[] bytes) {
    //> phase 3: what was not taken comes again, in front of what is new
    if (held == null) {
      return 0;
    }
    System.arraycopy(held, heldFrom, bytes, 0, heldTo - heldFrom);
    return heldTo - heldFrom;
    //< phase 3 with: return 0;
  }

  private void receivedBehindHeld(ByteBuffer in) {
    //> phase 3: when does the array grow, when is it enough to move what is in it?
    int count = in.remaining();
    byte[] bytes = roomBehindHeld(count);
    in.get(bytes, heldTo, count);
    heldTo += count;
    redeliver();
    //< phase 3
  }

  //> phase 3 only
  private byte[] roomBehindHeld(int count) {
    assert held != null && heldFrom < heldTo && heldTo <= held.length;
    int length = heldTo - heldFrom;
    if (held.length - heldTo >= count) {
      return held;
    }
    byte[] roomy = held.length >= 2 * (length + count) ? held : new byte[2 * (length + count)];
    System.arraycopy(held, heldFrom, roomy, 0, length);
    heldFrom = 0;
    heldTo = length;
    held = roomy;
    return roomy;
  }

  //< phase 3

  /** Hands held bytes to the protocol once more. */
  private void redeliver() {
    //> phase 3: what is left of the held bytes when the protocol has taken some?
    redeliver = false;
    byte[] bytes = held;
    if (bytes != null) {
      int at = deliver(bytes, heldFrom, heldTo);
      park(bytes, at, heldTo);
    }
    //< phase 3
  }

  /**
   * Calls the protocol, and the next one if it gives the connection away meanwhile; returns up to
   * where the bytes were taken.
   */
  private int deliver(byte[] bytes, int from, int to) {
    int at = from;
    meet();
    boolean again = true;
    while (again && !paused && !ended) {
      at += taken(protocol.receive(bytes, at, to), to - at);
      again = fresh && at < to;
      meet();
    }
    return at;
  }

  private int taken(int count, int offered) {
    if (count < 0 || count > offered) {
      throw new IllegalStateException(
          protocol.getClass().getName() + " took " + count + " of " + offered + " bytes");
    }
    return count;
  }

  /** Tells new protocols that they are connected; one may make way for the next at once. */
  private void meet() {
    while (fresh && !ended) {
      fresh = false;
      protocol.connected(this);
    }
  }

  /** Keeps what was not taken; nothing to keep is no memory. */
  private void park(byte[] bytes, int from, int to) {
    //> phase 3: which memory does a connection keep that waits for its next request?
    if (from == to || ended) {
      held = null; //~ keepsItsArray: held = bytes == held ? held : bytes.clone();
      heldFrom = 0;
      heldTo = 0;
      return;
    }
    int max = paused ? Integer.MAX_VALUE : loop.settings().memory().receiveBytesMax();
    if (to - from > max) { //~ holdsWithoutBound: if (to < from) {
      throw new IllegalStateException(
          "the protocol left " + (to - from) + " bytes untaken, the limit is " + max);
    }
    if (bytes == held) {
      heldFrom = from;
      heldTo = to;
    } else {
      copyAside(bytes, from, to);
    }
    //< phase 3 with: assert from <= to && bytes.length >= to;
  }

  //> phase 3 only
  private void copyAside(byte[] bytes, int from, int to) {
    assert from < to && bytes != held;
    if (held == null || held.length < to - from) {
      held = Arrays.copyOfRange(bytes, from, to);
    } else {
      System.arraycopy(bytes, from, held, 0, to - from);
    }
    heldFrom = 0;
    heldTo = to - from;
  }

  //< phase 3

  @Override
  public void turn() {
    deferred = false;
    if (!ended) {
      try {
        tellWhatWaits();
      } catch (Throwable thrown) {
        fail(thrown);
      }
    }
    if (ended && !told) {
      told = true;
      tellClosed();
    }
  }

  private void tellWhatWaits() {
    meet();
    if (redeliver && !paused && !ended) {
      redeliver();
    }
    if (input == Input.SEEN && !redeliver && !paused && !ended) {
      input = Input.TOLD;
      protocol.inputEnded();
    }
    if (drained && !ended) {
      drained = false;
      protocol.writable();
    }
    if (input == Input.TOLD && shut) {
      end(null, false);
    }
  }

  private void tellClosed() {
    assert ended && held == null && timer == null && output.bytes() == 0;
    try {
      protocol.closed(cause);
    } catch (Throwable thrown) {
      loop.failed("a protocol's closed threw", thrown);
    }
  }

  @Override
  public void abandon(Throwable why) {
    end(why, true);
  }

  /** A protocol threw: the peer must not take what it has for a whole answer. */
  private void fail(Throwable thrown) {
    loop.failed("a protocol threw; its connection is reset", thrown);
    end(thrown, true); //~ phase 1 endsOrderlyAfterAThrow: end(thrown, false);
  }

  /**
   * Nothing stands after this, and {@code closed} follows with {@link #turn}.
   *
   * @param reset whether the peer is to see a reset; it does anyway if something is unsent
   */
  private void end(@Nullable Throwable why, boolean reset) {
    //> phase 1: what does the connection hold, and who must let it go? May this be called twice?
    if (ended) {
      return;
    }
    ended = true;
    cause = why;
    boolean resets = reset || output.bytes() > 0;
    output.clear();
    held = null;
    cancelTimer();
    closeChannel(resets);
    loop.counters().add(Counters.OPEN, -1); //~ neverCountsDown: ;
    if (admitted != null) {
      loop.settings().accepting().admission().release(admitted);
    }
    defer();
    //< phase 1
  }

  private void closeChannel(boolean reset) {
    assert ended;
    try {
      if (reset && channel.isConnected()) {
        // linger of 0 seconds: the system drops what is unsent and sends a reset
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
    } catch (IOException gone) {
      // the peer was faster
    }
    try {
      channel.close();
    } catch (IOException gone) {
      // the descriptor is free all the same
    }
  }

  /** What this connection keeps of the bytes that its protocol left, with the room around them. */
  int heldCapacity() {
    return held == null ? 0 : held.length;
  }

  private void defer() {
    if (!deferred) {
      deferred = true;
      loop.defer(this);
    }
  }

  private void updateInterest() {
    if (ended) {
      return;
    }
    int wanted =
        (input == Input.OPEN && !paused ? SelectionKey.OP_READ : 0)
            | (blocked ? SelectionKey.OP_WRITE : 0);
    key.interestOps(wanted);
  }

  // ---- what the protocol calls

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public SocketAddress remote() {
    return remote;
  }

  @Override
  public SocketAddress local() {
    return local;
  }

  @Override
  public @Nullable SSLSession tls() {
    return null;
  }

  @Override
  public void become(Protocol next) {
    assert loop.inLoop();
    if (ended) {
      return;
    }
    protocol = next;
    fresh = true;
    redeliver |= held != null;
    if (input == Input.TOLD) {
      input = Input.SEEN; // the old one was told; the new one has to be told too
    }
    defer();
  }

  @Override
  public void write(byte[] bytes, int from, int to) {
    assert loop.inLoop();
    Objects.checkFromToIndex(from, to, bytes.length);
    if (ended || finishing) {
      return;
    }
    try {
      output.append(bytes, from, to);
      noteFull();
    } catch (IOException broken) {
      end(broken, false);
    }
  }

  @Override
  public void writeFile(FileChannel file, long position, long count) {
    assert loop.inLoop();
    var piece = new FilePiece(file, position, count);
    if (ended || finishing) {
      piece.release();
      return;
    }
    output.append(piece);
    noteFull();
  }

  private void noteFull() {
    if (output.bytes() > HIGH_WATER) { //~ phase 3 neverFull: if (output.bytes() < 0) {
      full = true;
    }
  }

  @Override
  public void flush() {
    assert loop.inLoop();
    if (!ended && !blocked) {
      drain();
    }
  }

  /** Sends as far as the system takes it, and notes what follows from that. */
  private void drain() {
    try {
      boolean all = output.drain(loop.gather());
      waitForRoom(!all);
      if (all && finishing && !shut) {
        shutOutput();
      }
    } catch (IOException broken) {
      end(broken, true);
    }
  }

  private void waitForRoom(boolean refused) {
    //> phase 3: when must the selector watch for room, and when must the protocol hear of it?
    if (refused != blocked) {
      blocked = refused; //~ neverStopsWatching: blocked = true;
      updateInterest();
    }
    if (full && output.bytes() <= LOW_WATER) { //~ tellsAtOnce: if (full) {
      full = false;
      drained = true;
      defer();
    }
    //< phase 3 with: assert !refused;
  }

  private void shutOutput() throws IOException {
    assert finishing && !shut && output.bytes() == 0;
    shut = true;
    if (input == Input.TOLD) {
      defer(); // closing says the same to the peer
    } else {
      channel.shutdownOutput();
    }
  }

  @Override
  public long queuedBytes() {
    return output.bytes();
  }

  @Override
  public boolean isWritable() {
    return !full && !ended;
  }

  @Override
  public void pauseReading() {
    assert loop.inLoop();
    //> phase 3: what stops the peer: a flag here, or the window of its system?
    if (!paused) {
      paused = true;
      updateInterest(); //~ pausesOnlyItself: ;
    }
    //< phase 3
  }

  @Override
  public void resumeReading() {
    assert loop.inLoop();
    //> phase 3: there may be bytes here already, and the end of the stream behind them
    if (!paused || ended) {
      return;
    }
    paused = false;
    updateInterest();
    redeliver |= held != null; //~ waitsForMore: ;
    defer();
    //< phase 3
  }

  @Override
  public void finish() {
    assert loop.inLoop();
    if (!ended && !finishing) {
      finishing = true;
      flush();
    }
  }

  @Override
  public void abort() {
    assert loop.inLoop();
    end(null, false);
  }

  @Override
  public void wakeAt(long nanos) {
    assert loop.inLoop();
    //> phase 3: most times are moved further away before they come; what need not be done then?
    if (ended) {
      return;
    }
    wakeNanos = nanos;
    if (nanos != Long.MAX_VALUE && (timer == null || nanos - armedNanos < 0)) {
      cancelTimer();
      arm();
    }
    //< phase 3
  }

  private void arm() {
    assert timer == null && wakeNanos != Long.MAX_VALUE;
    if (alarm == null) {
      alarm = this::timeCame;
    }
    armedNanos = wakeNanos;
    timer = loop.at(wakeNanos, alarm);
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  private void timeCame() {
    //> phase 3: the time that was armed has come; is it still the time that was asked for?
    timer = null;
    if (ended || wakeNanos == Long.MAX_VALUE) {
      return;
    }
    boolean early = loop.turnNanos() - wakeNanos < 0; //~ wakesAtTheOldTime: boolean early = false;
    if (early) {
      arm();
      return;
    }
    wakeNanos = Long.MAX_VALUE;
    try {
      protocol.wake(loop.turnNanos());
    } catch (Throwable thrown) {
      fail(thrown);
    }
    //< phase 3
  }
}
