package systems.net.loop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Objects;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * One end of a simulated connection; keeps the contract of {@link Transport} to the letter.
 *
 * <pre>
 *   write -> [ queue: bytes, files ] --flush, as far as the window is open--> pipe
 *                    |&lt;- flushed ->|
 *
 *   pipe  -> [ taken | held, comes again | unread ] -> protocol
 *            0       from                heldTo   to
 *                                         \______/ counts against the sender's window until read
 * </pre>
 *
 * <ol>
 *   <li>Bytes on the way and unread together are never more than the window. Reading opens it
 *       again, when the acknowledgement has made its way back. So a receiver that pauses stops its
 *       sender, at an exact byte.
 *   <li>Bytes that were not flushed are not sent, whatever else is. Sockets may send them with the
 *       rest; here who forgets to flush waits for ever, and the test that hangs says so.
 *   <li>The protocol is called from the loop's turn only, never inside a call of its own.
 *   <li>Whoever sends to an end that is gone gets a reset back.
 * </ol>
 */
final class SimulatedTransport implements Transport {
  /** As {@link LoopSettings#USUAL} has it. */
  private static final int RECEIVE_BYTES_MAX = 1 << 20;

  private static final byte[] NONE = {};

  private enum Input {
    OPEN,
    SEEN,
    TOLD
  }

  /** Something to send: a range of bytes, or of a file. */
  private static final class Output {
    final byte[] bytes;
    final @Nullable FileChannel file;
    long position;
    long count;

    Output(byte[] bytes, @Nullable FileChannel file, long position, long count) {
      this.bytes = bytes;
      this.file = file;
      this.position = position;
      this.count = count;
    }

    /** Copies so many; there must be so many. */
    void take(byte[] target, int at, int length) throws IOException {
      if (file == null) {
        System.arraycopy(bytes, (int) position, target, at, length);
      } else {
        readFully(file, ByteBuffer.wrap(target, at, length));
      }
      position += length;
      count -= length;
    }

    private void readFully(FileChannel from, ByteBuffer target) throws IOException {
      long at = position;
      while (target.hasRemaining()) {
        int read = from.read(target, at);
        if (read < 0) {
          throw new IOException("the file ends " + count + " bytes before its promised length");
        }
        at += read;
      }
    }

    void release() {
      try {
        if (file != null) {
          file.close();
        }
      } catch (IOException ignored) {
        // it was only read; there is nothing that could be lost
      }
    }
  }

  private final SimulatedLoop loop;
  private final SimulatedPipe pipe;
  private final InetSocketAddress local;
  private final InetSocketAddress remote;
  private @Nullable SimulatedTransport peer;
  private Protocol protocol;

  private final ArrayDeque<Output> output = new ArrayDeque<>();
  private long queued;
  private long flushed;
  private int window;

  private byte[] input = NONE;
  private int from;
  private int heldTo;
  private int to;
  private boolean endArrived;
  private Input state = Input.OPEN;

  private @Nullable Timer timer;
  private boolean begun;
  private boolean fresh = true;
  private boolean paused;
  private boolean readable;
  private boolean redeliver;
  private boolean full;
  private boolean drained;
  private boolean finishing;
  private boolean shut;
  private boolean ended;
  private boolean told;
  private boolean deferred;
  private @Nullable Throwable cause;

  SimulatedTransport(
      SimulatedLoop loop,
      SimulatedPipe pipe,
      InetSocketAddress local,
      InetSocketAddress remote,
      Protocol protocol) {
    assert pipe.from == loop;
    this.loop = loop;
    this.pipe = pipe;
    this.local = local;
    this.remote = remote;
    this.protocol = protocol;
    window = pipe.link.windowBytes();
  }

  void pairWith(SimulatedTransport other) {
    peer = other;
    other.peer = this;
  }

  private SimulatedTransport peer() {
    return Objects.requireNonNull(peer);
  }

  /** The connection stands: the protocol is told at the end of this turn. */
  void begin() {
    assert !begun;
    begun = true;
    defer();
  }

  /** The connection stands, but nobody waits for it any more. */
  void drop() {
    begun = true;
    told = true;
    end(null, true);
  }

  private void bytesArrived(byte[] bytes) {
    if (ended) {
      pipe.send(peer()::resetArrived);
      return;
    }
    makeRoom(bytes.length);
    System.arraycopy(bytes, 0, input, to, bytes.length);
    to += bytes.length;
    assert to - heldTo <= peer().pipe.link.windowBytes() : "more than the window";
    becomeReadable();
  }

  private void makeRoom(int count) {
    if (input.length - to >= count) {
      return;
    }
    int length = to - from;
    byte[] roomy = input.length >= 2 * (length + count) ? input : new byte[2 * (length + count)];
    System.arraycopy(input, from, roomy, 0, length);
    input = roomy;
    heldTo -= from;
    to = length;
    from = 0;
  }

  private void endArrives() {
    endArrived = true;
    becomeReadable();
  }

  private void resetArrived() {
    if (!ended) {
      shut = true;
      end(new IOException("Connection reset"), false);
    }
  }

  private void windowOpens(int bytes) {
    window += bytes;
    if (!ended) {
      pump();
    }
  }

  private void becomeReadable() {
    if (!readable && begun) {
      readable = true;
      loop.readable(this);
    }
  }

  /** What the system has is the protocol's now. */
  void read() {
    //> phase 2: when does the sender learn that there is room again?
    readable = false;
    if (ended || paused || fresh || state != Input.OPEN) {
      return;
    }
    int count = to - heldTo;
    if (count > 0) {
      loop.note("reads " + count + " bytes from " + remote);
      heldTo = to;
      pipe.send(() -> peer().windowOpens(count)); //~ windowNeverOpens: assert heldTo == to;
      guarded(this::deliver);
    }
    if (endArrived && !ended) {
      state = Input.SEEN;
      defer();
    }
    //< phase 2
  }

  /** Calls the protocol, and the next one if it gives the connection away meanwhile. */
  private void deliver() {
    redeliver = false;
    boolean again = true;
    while (again && !paused && !ended) {
      int count = protocol.receive(input, from, heldTo);
      if (count < 0 || count > heldTo - from) {
        throw new IllegalStateException(
            protocol.getClass().getName() + " took " + count + " of " + (heldTo - from) + " bytes");
      }
      from += count;
      again = fresh && from < heldTo;
      meet();
    }
    if (heldTo - from > RECEIVE_BYTES_MAX && !paused) {
      throw new IllegalStateException(
          "the protocol left " + (heldTo - from) + " bytes untaken, more than receiveBytesMax");
    }
  }

  private void meet() {
    while (fresh && !ended) {
      fresh = false;
      protocol.connected(this);
    }
  }

  /** At the end of the loop's turn: what a protocol must not be told inside its own calls. */
  private void turn() {
    deferred = false;
    if (!ended) {
      guarded(this::tellWhatWaits);
    }
    if (ended && !told) {
      told = true;
      loop.note("closed to " + remote + (cause == null ? "" : ": " + cause.getMessage()));
      tellClosed();
    }
  }

  private void tellWhatWaits() {
    meet();
    if (redeliver && !paused && !ended && from < heldTo) {
      deliver();
    }
    if (!paused && !ended && (heldTo < to || endArrived) && state == Input.OPEN) {
      becomeReadable();
    }
    if (state == Input.SEEN && !paused && !ended) {
      state = Input.TOLD;
      protocol.inputEnded();
    }
    if (drained && !ended) {
      drained = false;
      protocol.writable();
    }
    if (state == Input.TOLD && shut) {
      end(null, false);
    }
  }

  private void tellClosed() {
    try {
      protocol.closed(cause);
    } catch (Throwable thrown) {
      loop.failed("a protocol's closed threw", thrown);
    }
  }

  private void guarded(Runnable call) {
    try {
      call.run();
    } catch (Throwable thrown) {
      if (!ended) {
        loop.failed("a protocol threw; its connection is reset", thrown);
      }
      end(thrown, true);
    }
  }

  private void defer() {
    if (!deferred) {
      deferred = true;
      loop.defer(this::turn);
    }
  }

  private void end(@Nullable Throwable why, boolean reset) {
    if (ended) {
      return;
    }
    boolean resets = reset || queued > 0 || heldTo < to;
    ended = true;
    cause = why;
    output.forEach(Output::release);
    output.clear();
    queued = 0;
    flushed = 0;
    input = NONE;
    cancelTimer();
    if (resets) {
      pipe.send(peer()::resetArrived);
    } else if (!shut) {
      pipe.send(peer()::endArrives);
    }
    defer();
  }

  /** The network fails: both ends see it, each in a turn of its own. */
  void breakOff() {
    Simulation simulation = loop.simulation();
    simulation.at(simulation.now(), loop, this::resetArrived);
    simulation.at(simulation.now(), peer().loop, peer()::resetArrived);
  }

  private void pump() {
    //> phase 2: how much may go, in which pieces, and what follows when it has gone?
    try {
      while (window > 0 && flushed > 0) {
        int count = pipe.chunk((int) Math.min(window, flushed));
        sendChunk(count);
      }
    } catch (IOException broken) {
      end(broken, true);
      return;
    }
    if (full && queued <= LOW_WATER) {
      full = false;
      drained = true;
      defer();
    }
    if (finishing && queued == 0 && !shut) {
      shut = true;
      pipe.send(peer()::endArrives);
      defer();
    }
    //< phase 2
  }

  private void sendChunk(int count) throws IOException {
    byte[] chunk = new byte[count];
    int at = 0;
    while (at < count) {
      Output first = output.getFirst();
      int length = (int) Math.min(count - at, first.count);
      first.take(chunk, at, length);
      at += length;
      if (first.count == 0) {
        output.removeFirst().release();
      }
    }
    window -= count;
    queued -= count;
    flushed -= count;
    assert queued >= flushed && flushed >= 0;
    pipe.send(() -> peer().bytesArrived(chunk));
  }

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
    redeliver = true;
    if (state == Input.TOLD) {
      state = Input.SEEN;
    }
    defer();
  }

  @Override
  public void write(byte[] bytes, int from, int to) {
    assert loop.inLoop();
    Objects.checkFromToIndex(from, to, bytes.length);
    if (ended || finishing || from == to) {
      return;
    }
    enqueue(new Output(Arrays.copyOfRange(bytes, from, to), null, 0, to - from));
  }

  @Override
  public void writeFile(FileChannel file, long position, long count) {
    assert loop.inLoop();
    if (position < 0 || count < 0) {
      throw new IllegalArgumentException("position " + position + ", count " + count);
    }
    var piece = new Output(NONE, file, position, count);
    if (ended || finishing || count == 0) {
      piece.release();
      return;
    }
    enqueue(piece);
  }

  private void enqueue(Output piece) {
    output.add(piece);
    queued += piece.count;
    full |= queued > HIGH_WATER;
  }

  @Override
  public void flush() {
    assert loop.inLoop();
    if (!ended) {
      flushed = queued;
      pump();
    }
  }

  @Override
  public long queuedBytes() {
    return queued;
  }

  @Override
  public boolean isWritable() {
    return !full && !ended;
  }

  @Override
  public void pauseReading() {
    assert loop.inLoop();
    paused = true;
  }

  @Override
  public void resumeReading() {
    assert loop.inLoop();
    if (paused && !ended) {
      paused = false;
      redeliver = true;
      defer();
    }
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
    cancelTimer();
    if (!ended && nanos != Long.MAX_VALUE) {
      timer = loop.at(nanos, this::timeCame);
    }
  }

  private void timeCame() {
    timer = null;
    guarded(() -> protocol.wake(loop.nanoTime()));
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
