package systems.net.engine;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelProgressiveFuture;
import io.netty.channel.ChannelProgressiveFutureListener;
import io.netty.channel.ChannelProgressivePromise;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.FileChannel;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Loop;
import systems.net.loop.Protocol;
import systems.net.loop.Timer;
import systems.net.loop.Transport;

/**
 * A Netty channel as a transport.
 *
 * <pre>
 *   channelRead        ByteBuf --copy--> loop's array --> protocol.receive --what is left--> held
 *   channelReadComplete  one flush for all answers to what the channel has read in this turn
 *
 *   write   bytes --copy--> block of 16 KiB --full, or flush--> channel's own queue --> socket
 *                            ^ pending                           ^ its water marks are ours
 * </pre>
 *
 * <p>Netty calls on the channel's loop, as the protocol demands. But it also calls from inside of
 * calls to it: a flush that fails or makes room is told at once, while the protocol that has
 * flushed is still in its own method. So everything that such a call leads to is marked, and told
 * by a task of the loop: {@link #turn}.
 *
 * <p>Three things are different from what one expects of Netty:
 *
 * <ol>
 *   <li>Its queue counts a message until all of it is sent. A file or an array of 16 MiB on its way
 *       to a slow peer would look as if the peer took nothing. So arrays go in blocks, and of a
 *       file the progress is subtracted.
 *   <li>A channel whose both directions have ended is not closed by itself when half closure is
 *       allowed; {@link #tellWhatWaits} does that.
 *   <li>A pause takes effect after the read that goes on; what this one brings is kept.
 * </ol>
 *
 * <p>The states are those of the module's own socket: input OPEN, SEEN, TOLD; output open,
 * finishing, shut; TOLD and shut is the orderly end.
 */
final class NettyTransport extends ChannelInboundHandlerAdapter implements Transport {
  private static final byte[] NONE = new byte[0];

  /** Bytes that a protocol may leave untaken before its connection is aborted. */
  private static final int HELD_BYTES_MAX = 1 << 20;

  private static final int BLOCK_BYTES = 16 << 10;
  private static final int FIRST_BLOCK_BYTES = 512;

  private enum Input {
    OPEN,
    SEEN,
    TOLD
  }

  private final Channel channel;
  private final NettyLoop loop;
  private final SocketAddress remote;
  private final SocketAddress local;
  private Protocol protocol;
  private boolean fresh = true;

  private byte[] held = NONE;
  private int heldFrom;
  private int heldTo;
  private boolean redeliver;

  private @Nullable ByteBuf pending;

  /** Of the file that is on its way, bytes that have gone though the channel's queue has them. */
  private long fileSent;

  private Input input = Input.OPEN;
  private boolean reading;
  private boolean flushDue;
  private boolean paused;
  private boolean full;
  private boolean drained;
  private boolean finishing;
  private boolean shut;
  private boolean ended;
  private boolean told;
  private boolean deferred;
  private @Nullable Throwable cause;
  private long wakeNanos = Long.MAX_VALUE;
  private long armedNanos;
  private @Nullable Timer timer;

  NettyTransport(Channel channel, NettyLoop loop, Protocol protocol) {
    this.channel = channel;
    this.loop = loop;
    this.protocol = protocol;
    remote = Objects.requireNonNull(channel.remoteAddress());
    local = Objects.requireNonNull(channel.localAddress());
  }

  // ---- what Netty calls

  @Override
  public void channelActive(ChannelHandlerContext context) {
    turn();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    assert loop.inLoop();
    reading = true;
    ByteBuf bytes = (ByteBuf) message;
    try {
      while (bytes.isReadable() && !ended) {
        take(bytes);
      }
    } catch (Throwable thrown) {
      fail(thrown);
    } finally {
      bytes.release();
    }
  }

  private void take(ByteBuf bytes) {
    //> phase 6: is there something that was left, or does nobody want bytes now?
    int count = Math.min(bytes.readableBytes(), loop.scratch.length);
    if (paused || heldFrom < heldTo) {
      bytes.readBytes(room(count), heldTo, count);
      heldTo += count;
      redeliver = true;
      redeliver();
    } else {
      bytes.readBytes(loop.scratch, 0, count);
      int taken = deliver(loop.scratch, 0, count);
      keep(loop.scratch, taken, count);
    }
    //< phase 6
  }

  /** Hands held bytes to the protocol once more. */
  private void redeliver() {
    if (redeliver && !paused && !ended && heldFrom < heldTo) {
      redeliver = false;
      byte[] bytes = held;
      int to = heldTo;
      heldFrom = deliver(bytes, heldFrom, to);
      if (heldFrom == to || ended) {
        forget(); // a connection that waits keeps no memory
      }
      checkHeld();
    }
  }

  private void forget() {
    held = NONE;
    heldFrom = 0;
    heldTo = 0;
  }

  private void keep(byte[] bytes, int from, int to) {
    //> phase 6: bytes that were left come again, in front of what is new
    if (from < to && !ended) {
      System.arraycopy(bytes, from, room(to - from), heldTo, to - from);
      heldTo += to - from; //~ nettyForgetsWhatWasLeft: forget();
      checkHeld();
    }
    //< phase 6
  }

  private byte[] room(int count) {
    int length = heldTo - heldFrom;
    if (held.length - heldTo < count) {
      byte[] target = held.length >= 2 * (length + count) ? held : new byte[2 * (length + count)];
      System.arraycopy(held, heldFrom, target, 0, length);
      held = target;
      heldFrom = 0;
      heldTo = length;
    }
    assert held.length - heldTo >= count;
    return held;
  }

  private void checkHeld() {
    int length = heldTo - heldFrom;
    if (length > HELD_BYTES_MAX && !paused) {
      throw new IllegalStateException(
          "left " + length + " bytes untaken, the limit is " + HELD_BYTES_MAX);
    }
  }

  /** Calls the protocol, and the next one if it gives the connection away; returns up to where. */
  private int deliver(byte[] bytes, int from, int to) {
    int at = from;
    meet();
    boolean again = true;
    while (again && !paused && !ended) {
      int taken = protocol.receive(bytes, at, to);
      if (taken < 0 || taken > to - at) {
        throw new IllegalStateException("took " + taken + " of " + (to - at) + " bytes");
      }
      at += taken;
      again = fresh && at < to;
      meet();
    }
    return at;
  }

  private void meet() {
    while (fresh && !ended) {
      fresh = false;
      protocol.connected(this);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    //> phase 6: a turn may have brought several buffers; how often is the socket written to?
    reading = false;
    if (flushDue) { //~ forgetsToFlush: if (flushDue && paused) {
      flush();
    }
    //< phase 6
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (channel.isWritable() && full) {
      full = false;
      drained = true; //~ phase 6 nettyNeverWritable: drained = false;
      defer();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent && input == Input.OPEN) {
      input = Input.SEEN;
      defer();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    end(null);
    defer();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable thrown) {
    end(thrown);
  }

  // ---- what follows later

  private void defer() {
    if (!deferred) {
      deferred = true;
      try {
        loop.execute(this::turn);
      } catch (RejectedExecutionException closing) {
        turn(); // nothing comes later on this loop
      }
    }
  }

  private void turn() {
    assert loop.inLoop();
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
      try {
        protocol.closed(cause);
      } catch (Throwable thrown) {
        loop.failed(thrown);
      }
    }
  }

  private void tellWhatWaits() {
    //> phase 6: in which order: a new protocol, bytes, the end of them, room, the end of all?
    meet();
    redeliver();
    if (input == Input.SEEN && !paused && !ended) {
      input = Input.TOLD; //~ tellsTheEndTwice: assert !ended;
      protocol.inputEnded();
    }
    if (drained && !ended) {
      drained = false;
      protocol.writable();
    }
    if (input == Input.TOLD && shut) {
      end(null);
    }
    //< phase 6
  }

  private void fail(Throwable thrown) {
    loop.failed(thrown);
    reset();
    end(thrown);
  }

  private void reset() {
    if (!ended && channel.isActive()) {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
    }
  }

  /** Nothing stands after this; the channel closes and {@code closed} is told in another turn. */
  private void end(@Nullable Throwable why) {
    assert loop.inLoop();
    if (ended) {
      return;
    }
    if (queuedBytes() > 0) {
      reset();
    }
    ended = true;
    cause = why;
    forget();
    cancelTimer();
    if (pending != null) {
      pending.release();
      pending = null;
    }
    defer();
    ChannelFuture _ = channel.close();
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
    redeliver = true;
    if (input == Input.TOLD) {
      input = Input.SEEN; // the old one was told; the new one has to be told too
    }
    defer();
  }

  @Override
  public void write(byte[] bytes, int from, int to) {
    assert loop.inLoop();
    if (ended || finishing) {
      return;
    }
    for (int at = from; at < to; ) {
      ByteBuf block = block(to - at);
      int count = Math.min(to - at, BLOCK_BYTES - block.readableBytes());
      block.writeBytes(bytes, at, count);
      at += count;
      if (block.readableBytes() == BLOCK_BYTES) {
        handOver();
      }
    }
    noteFull();
  }

  private ByteBuf block(int count) {
    ByteBuf block = pending;
    if (block == null) {
      int capacity = Math.clamp(count, FIRST_BLOCK_BYTES, BLOCK_BYTES);
      block = channel.alloc().directBuffer(capacity, BLOCK_BYTES);
      pending = block;
    }
    assert block.readableBytes() < BLOCK_BYTES;
    return block;
  }

  /**
   * Above the high water all is given to the channel's queue: so that queue is above it too, and
   * will say when it is below the low one.
   */
  private void noteFull() {
    if (queuedBytes() > HIGH_WATER) {
      full = true;
      handOver();
    }
  }

  private void handOver() {
    ByteBuf block = pending;
    if (block != null) {
      pending = null;
      ChannelFuture _ = channel.write(block, channel.voidPromise());
    }
  }

  @Override
  public void writeFile(FileChannel file, long position, long count) {
    assert loop.inLoop();
    if (ended || finishing || count == 0) {
      close(file);
      return;
    }
    handOver();
    ChannelProgressivePromise promise = channel.newProgressivePromise();
    ChannelProgressivePromise _ = promise.addListener(new FileProgress(count));
    ChannelFuture _ = channel.write(new DefaultFileRegion(file, position, count), promise);
    noteFull();
  }

  /** Follows one file. Netty closes it when it is sent, or the channel closed. */
  private final class FileProgress implements ChannelProgressiveFutureListener {
    private final long count;
    private long sent;

    FileProgress(long count) {
      this.count = count;
    }

    @Override
    public void operationProgressed(ChannelProgressiveFuture future, long progress, long total) {
      fileSent += progress - sent; //~ phase 6 fileStandsStill: assert progress >= sent;
      sent = progress;
    }

    @Override
    public void operationComplete(ChannelProgressiveFuture future) {
      fileSent -= sent; // the channel's queue does not have it any more
      if (!future.isSuccess() && !ended) {
        var missing = "the file ends " + (count - sent) + " bytes before its promised length";
        reset();
        end(new IOException(missing, future.cause()));
      }
    }
  }

  private static void close(FileChannel file) {
    try {
      file.close();
    } catch (IOException ignored) {
      // it was only read; there is nothing that could be lost
    }
  }

  @Override
  public void flush() {
    assert loop.inLoop();
    if (ended) {
      return;
    }
    handOver();
    flushDue = reading;
    if (!reading) {
      channel.flush();
    }
  }

  @Override
  public long queuedBytes() {
    var queue = channel.unsafe().outboundBuffer();
    ByteBuf block = pending;
    long queued = queue == null ? 0 : queue.totalPendingWriteBytes() - fileSent;
    return ended ? 0 : queued + (block == null ? 0 : block.readableBytes());
  }

  @Override
  public boolean isWritable() {
    return !full && !ended;
  }

  @Override
  public void pauseReading() {
    assert loop.inLoop();
    if (!paused) {
      paused = true;
      channel.config().setAutoRead(false);
    }
  }

  @Override
  public void resumeReading() {
    assert loop.inLoop();
    if (paused && !ended) {
      paused = false;
      redeliver = true;
      if (input == Input.OPEN) {
        channel.config().setAutoRead(true);
      }
      defer();
    }
  }

  @Override
  public void finish() {
    assert loop.inLoop();
    if (ended || finishing) {
      return;
    }
    handOver();
    finishing = true;
    ChannelFuture all = channel.writeAndFlush(channel.alloc().buffer(0, 0));
    ChannelFuture _ =
        all.addListener(sent -> {
          if (sent.isSuccess()) {
            shutOutput();
          }
        });
  }

  private void shutOutput() {
    assert finishing && !shut;
    shut = true;
    if (input == Input.TOLD) {
      defer(); // closing says the same to the peer
    } else if (!ended) {
      ChannelFuture _ = ((DuplexChannel) channel).shutdownOutput();
    }
  }

  @Override
  public void abort() {
    end(null);
  }

  @Override
  public void wakeAt(long nanos) {
    assert loop.inLoop();
    if (ended) {
      return;
    }
    wakeNanos = nanos;
    if (nanos != Long.MAX_VALUE && (timer == null || nanos - armedNanos < 0)) {
      cancelTimer();
      arm();
    }
  }

  private void arm() {
    assert timer == null && wakeNanos != Long.MAX_VALUE;
    armedNanos = wakeNanos;
    timer = loop.schedule(wakeNanos - System.nanoTime(), this::timeCame);
  }

  private void cancelTimer() {
    if (timer != null) {
      boolean _ = timer.cancel();
      timer = null;
    }
  }

  /** The time that was armed; by now it may have been moved away. */
  private void timeCame() {
    timer = null;
    if (ended || wakeNanos == Long.MAX_VALUE) {
      return;
    }
    long now = System.nanoTime();
    if (now - wakeNanos < 0) {
      arm();
      return;
    }
    wakeNanos = Long.MAX_VALUE;
    try {
      protocol.wake(now);
    } catch (Throwable thrown) {
      fail(thrown);
    }
  }
}
