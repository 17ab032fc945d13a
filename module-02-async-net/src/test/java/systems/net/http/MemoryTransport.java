package systems.net.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Protocol;
import systems.net.loop.Transport;

/**
 * A connection without a network: a test is its peer. Follows the rules of {@link Transport} to the
 * letter, and one call after the other.
 *
 * <pre>
 *   send  ---&gt; [held] ---&gt; protocol ---write---&gt; [queue] ---flush, window---&gt; text()
 * </pre>
 *
 * <p>A protocol that throws is reset, as on a socket, and {@link #thrown} tells what it threw.
 */
public final class MemoryTransport implements Transport {
  private final VirtualLoop loop;
  private final List<FileChannel> files = new ArrayList<>();
  private Protocol protocol;

  private byte[] held = new byte[0];
  private byte[] queue = new byte[1 << 10];
  private int queued;
  private byte[] sent = new byte[1 << 10];
  private int sentCount;

  private long window = Long.MAX_VALUE;
  private long wakeNanos = Long.MAX_VALUE;
  private int flushes;
  private boolean fresh = true;
  private boolean paused;
  private boolean redeliver;
  private boolean full;
  private boolean drained;
  private boolean inputEnds;
  private boolean inputEndTold;
  private boolean finishing;
  private boolean aborted;
  private boolean ended;
  private boolean told;
  private @Nullable Throwable cause;
  private @Nullable Throwable thrown;

  public MemoryTransport(VirtualLoop loop, Protocol protocol) {
    this.loop = loop;
    this.protocol = protocol;
    loop.add(this);
    loop.run();
  }

  public MemoryTransport(Protocol protocol) {
    this(new VirtualLoop(), protocol);
  }

  // ---- what the peer does

  /** Sends these characters, each a byte; the protocol sees them at once. */
  public MemoryTransport send(String text) {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  public MemoryTransport send(byte[] bytes) {
    receive(bytes, 0, bytes.length);
    loop.run();
    return this;
  }

  /** Bytes arrive; what they lead to later is left to {@link VirtualLoop#run}. */
  public void receive(byte[] bytes, int from, int to) {
    if (ended || inputEnds) {
      return;
    }
    if (held.length == 0 && !paused) {
      keep(bytes, from + deliver(bytes, from, to), to);
      return;
    }
    byte[] all = Arrays.copyOf(held, held.length + to - from);
    System.arraycopy(bytes, from, all, held.length, to - from);
    held = all;
    redeliver = !paused;
    if (!paused) {
      redeliver();
    }
  }

  /** The peer sends no more. */
  public MemoryTransport endInput() {
    inputEnds = true;
    loop.run();
    return this;
  }

  /** The connection breaks. */
  public MemoryTransport reset() {
    end(new IOException("connection reset by peer"));
    loop.run();
    return this;
  }

  /** The peer takes so many bytes more, and then none. */
  public MemoryTransport window(long bytes) {
    window = bytes;
    pump();
    loop.run();
    return this;
  }

  /** All that the peer has got. */
  public String text() {
    return new String(sent, 0, sentCount, StandardCharsets.ISO_8859_1);
  }

  /** What the peer has got since it took last. */
  public String take() {
    String text = text();
    sentCount = 0;
    return text;
  }

  /** Forgets what the peer has got. */
  public void forget() {
    sentCount = 0;
  }

  /** Calls of flush that had something to send. */
  public int flushes() {
    return flushes;
  }

  public boolean isPaused() {
    return paused;
  }

  /** Whether the protocol has sent the end of the stream. */
  public boolean isFinished() {
    return finishing && queued == 0;
  }

  /** Whether the protocol has broken the connection off. */
  public boolean isAborted() {
    return aborted;
  }

  /** Whether the connection is gone, both ways. */
  public boolean isEnded() {
    return ended;
  }

  /** Bytes that the protocol has not taken. */
  public int heldBytes() {
    return held.length;
  }

  public Protocol protocol() {
    return protocol;
  }

  public @Nullable Throwable thrown() {
    return thrown;
  }

  public VirtualLoop virtualLoop() {
    return loop;
  }

  // ---- what the loop does

  /** Does one thing that waits; returns whether there was one. */
  boolean turn() {
    try {
      return !ended && doWhatWaits() || tellEnd();
    } catch (RuntimeException | Error failure) {
      thrown = failure;
      end(failure);
      return true;
    }
  }

  private boolean doWhatWaits() {
    if (fresh) {
      fresh = false;
      protocol.connected(this);
      return true;
    }
    if (redeliver && !paused) {
      redeliver();
      return true;
    }
    if (inputEnds && !inputEndTold && !paused) {
      inputEndTold = true;
      protocol.inputEnded();
      return true;
    }
    if (drained) {
      drained = false;
      protocol.writable();
      return true;
    }
    if (inputEndTold && isFinished()) {
      end(null);
      return true;
    }
    return false;
  }

  private boolean tellEnd() {
    if (ended && !told) {
      told = true;
      protocol.closed(cause);
      return true;
    }
    return false;
  }

  private void redeliver() {
    redeliver = false;
    byte[] bytes = held;
    keep(bytes, deliver(bytes, 0, bytes.length), bytes.length);
  }

  private int deliver(byte[] bytes, int from, int to) {
    if (from == to) {
      return 0;
    }
    try {
      int taken = protocol.receive(bytes, from, to);
      if (taken < 0 || taken > to - from) {
        throw new AssertionError("took " + taken + " of " + (to - from) + " bytes");
      }
      return taken;
    } catch (RuntimeException | Error failure) {
      thrown = failure;
      end(failure);
      return to - from;
    }
  }

  private void keep(byte[] bytes, int from, int to) {
    if (from == to) {
      held = held.length == 0 ? held : new byte[0];
    } else {
      held = Arrays.copyOfRange(bytes, from, to);
      redeliver |= fresh;
    }
  }

  long wakeNanos() {
    return ended ? Long.MAX_VALUE : wakeNanos;
  }

  void ring(long nowNanos) {
    if (!ended && wakeNanos <= nowNanos) {
      wakeNanos = Long.MAX_VALUE;
      protocol.wake(nowNanos);
    }
  }

  private void pump() {
    int count = (int) Math.min(queued, window);
    if (sent.length - sentCount < count) {
      sent = Arrays.copyOf(sent, 2 * (sentCount + count));
    }
    System.arraycopy(queue, 0, sent, sentCount, count);
    System.arraycopy(queue, count, queue, 0, queued - count);
    sentCount += count;
    queued -= count;
    window -= window == Long.MAX_VALUE ? 0 : count;
    if (queued == 0 && !files.isEmpty()) {
      closeFiles();
    }
    if (full && queued <= LOW_WATER) {
      full = false;
      drained = true;
    }
  }

  private void closeFiles() {
    for (FileChannel file : files) {
      try {
        file.close();
      } catch (IOException refused) {
        throw new UncheckedIOException(refused);
      }
    }
    files.clear();
  }

  private void end(@Nullable Throwable why) {
    if (!ended) {
      ended = true;
      cause = why;
      queued = 0;
      closeFiles();
    }
  }

  // ---- what the protocol does

  @Override
  public VirtualLoop loop() {
    return loop;
  }

  @Override
  public SocketAddress remote() {
    return InetSocketAddress.createUnresolved("peer.example", 40_000);
  }

  @Override
  public SocketAddress local() {
    return InetSocketAddress.createUnresolved("server.example", 80);
  }

  @Override
  public @Nullable SSLSession tls() {
    return null;
  }

  @Override
  public void become(Protocol next) {
    if (!ended) {
      protocol = next;
      fresh = true;
      redeliver |= held.length > 0;
      inputEndTold = false;
    }
  }

  @Override
  public void write(byte[] bytes, int from, int to) {
    if (ended || finishing) {
      return;
    }
    int count = to - from;
    if (queue.length - queued < count) {
      queue = Arrays.copyOf(queue, 2 * (queued + count));
    }
    System.arraycopy(bytes, from, queue, queued, count);
    queued += count;
    full |= queued > HIGH_WATER;
  }

  @Override
  public void writeFile(FileChannel file, long position, long count) {
    files.add(file);
    var bytes = ByteBuffer.allocate((int) count);
    try {
      while (bytes.hasRemaining()) {
        if (file.read(bytes, position + bytes.position()) < 0) {
          throw new IOException("the file ends before its promised length");
        }
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    write(bytes.array(), 0, bytes.capacity());
  }

  @Override
  public void flush() {
    if (!ended && queued > 0) {
      flushes++;
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
    paused = true;
  }

  @Override
  public void resumeReading() {
    redeliver |= paused && held.length > 0;
    paused = false;
  }

  @Override
  public void finish() {
    flush();
    finishing = true;
  }

  @Override
  public void abort() {
    aborted |= !ended;
    end(null);
  }

  @Override
  public void wakeAt(long nanos) {
    wakeNanos = nanos;
  }
}
