package systems.net.engine;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Loop;
import systems.net.loop.Protocol;
import systems.net.loop.Transport;

/**
 * TLS between a protocol and any transport: a protocol to what is below, a transport to what is
 * above.
 *
 * <pre>
 *   ServerConnection                              plain bytes
 *        ^                 |
 *        |                 v write                     writeFile, and what is written behind it
 *     plainIn          plainOut, 16 KiB               behind: [ file | bytes | file ]
 *        ^ unwrap          v wrap                        |  read piece by piece, as there is room
 *   TlsTransport: SSLEngine, one record at a time  &lt;-----+
 *        ^                 v
 *   SocketTransport, NettyTransport, ThreadTransport   records
 * </pre>
 *
 * <p>The engine says what it wants next; until the handshake is over that is a conversation of its
 * own, and the protocol above does not know of the connection. The long steps of it (signatures,
 * checking certificates) run on virtual threads: the loop serves others meanwhile, and reading is
 * paused.
 *
 * <p><b>The end.</b> Both sides say {@code close_notify} before they end the stream. An end without
 * it may be somebody in between who has cut the connection: what came before is right, and may not
 * be all. The protocol then does not hear {@code inputEnded}, which says that all has come, but
 * {@code closed} with an error (RFC 8446 section 6.1).
 *
 * <p><b>Renegotiation</b>, which TLS 1.3 does not have any more, lets a peer of TLS 1.2 ask for
 * handshake after handshake on one connection, each far more work for the server than for him. It
 * is refused: the connection ends.
 *
 * <p><b>Backpressure.</b> A paused protocol pauses the transport below, and not one record more is
 * opened. What is written goes down at once, so that the water marks of below count; but a file has
 * to pass through the heap to be encrypted, and goes down only while below has room.
 *
 * <ol>
 *   <li>The protocol is called by {@link #receive}, {@link #wake}, {@link #inputEnded}, {@link
 *       #writable} and {@link #turn}, never from inside a method of this class that it has called.
 *   <li>While {@link #working}, the engine belongs to the thread of its task.
 *   <li>While something is {@link #behind}, nothing is added to {@link #plainOut} but from there.
 *   <li>{@link #plainIn} has no room for a second record while the first is not taken, unless the
 *       protocol wants more than a record at a time.
 * </ol>
 *
 * <p>On the loop of the transport below, but for the tasks.
 */
public final class TlsTransport implements Protocol, Transport {
  private static final byte[] NONE = new byte[0];
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /** Decrypted bytes that a protocol may leave untaken before its connection is aborted. */
  private static final int HELD_BYTES_MAX = 1 << 20;

  /** The most plain bytes of a record (RFC 8446 section 5.1). */
  private static final int RECORD_BYTES = 16 << 10;

  private static final int FIRST_OUT_BYTES = 512;

  private final Tls tls;
  private final SSLEngine engine;
  private Protocol protocol;
  private @Nullable Transport below;

  /** Decrypted and not taken; an idle connection has no array. */
  private byte[] plainIn = NONE;

  private int inFrom;
  private int inTo;

  /** Written and not encrypted. */
  private byte[] plainOut = NONE;

  private int outSize;
  private ByteBuffer record = NOTHING;

  /** A file, and what was written after it. */
  private final ArrayDeque<Piece> behind = new ArrayDeque<>(0);

  private long behindBytes;

  private boolean working;
  private boolean open;
  private boolean fresh = true;
  private boolean redeliver;
  private boolean paused;
  private boolean full;
  private boolean drained;
  private boolean finishing;
  private boolean finished;

  /** The peer has said that it sends no more. */
  private boolean notified;

  private boolean endTold;
  private boolean ended;
  private boolean deferred;
  private long handshakeNanos;
  private @Nullable Throwable cause;

  /** What waits its turn: bytes, or of a file. */
  private sealed interface Piece {
    record Bytes(byte[] bytes) implements Piece {}

    final class OfFile implements Piece {
      final FileChannel file;
      long position;
      final long end;

      OfFile(FileChannel file, long position, long count) {
        this.file = file;
        this.position = position;
        end = position + count;
      }
    }
  }

  private TlsTransport(Tls tls, SSLEngine engine, Protocol protocol) {
    this.tls = tls;
    this.engine = engine;
    this.protocol = protocol;
  }

  /** The server's side, for a connection that was accepted. */
  public static Protocol server(Tls tls, Protocol protocol) {
    return new TlsTransport(tls, tls.server(), protocol);
  }

  /** The client's side; the host's name is sent, and checked against the certificate. */
  public static Protocol client(Tls tls, String host, int port, Protocol protocol) {
    return new TlsTransport(tls, tls.client(host, port), protocol);
  }

  private Transport below() {
    assert below != null;
    return below;
  }

  // ---- what the transport below calls

  @Override
  public void connected(Transport transport) {
    below = transport;
    handshakeNanos = transport.loop().nanoTime() + tls.handshakeNanos();
    transport.wakeAt(handshakeNanos); //~ phase 5 handshakeWithoutEnd: assert handshakeNanos != 0;
    try {
      engine.beginHandshake();
      handshake(engine.getHandshakeStatus());
    } catch (SSLException refused) {
      refuse(refused);
    }
    turn();
  }

  @Override
  public int receive(byte[] bytes, int from, int to) {
    if (ended || notified) {
      return to - from; // behind close_notify nothing means anything
    }
    if (working || paused && open) {
      return 0;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, from, to - from);
    try {
      unwrap(in);
    } catch (SSLException bad) {
      refuse(bad);
      return to - from;
    }
    turn();
    return ended ? to - from : in.position() - from;
  }

  /** Takes whole records as long as there are any, and somebody wants what is in them. */
  private void unwrap(ByteBuffer in) throws SSLException {
    //> phase 5: a record may be half there, need a bigger buffer, or end the conversation
    while (in.hasRemaining() && !ended && !working && !(paused && open)) {
      makeRoom();
      ByteBuffer plain = ByteBuffer.wrap(plainIn, inTo, plainIn.length - inTo);
      SSLEngineResult result = engine.unwrap(in, plain);
      inTo += result.bytesProduced();
      redeliver |= result.bytesProduced() > 0;
      switch (result.getStatus()) {
        case BUFFER_UNDERFLOW -> {
          return; // the rest of the record comes with the next bytes
        }
        case BUFFER_OVERFLOW -> growPlain();
        case CLOSED -> {
          notified = true;
          in.position(in.limit());
          answerClose();
          return;
        }
        case OK -> handshake(result.getHandshakeStatus());
      }
      if (plainIn.length - inTo < RECORD_BYTES) {
        tellWhatWaits();
      }
    }
    //< phase 5
  }

  private void makeRoom() {
    if (inFrom == inTo) {
      inFrom = 0;
      inTo = 0;
    }
    int need = engine.getSession().getApplicationBufferSize();
    if (plainIn.length - inTo >= need) {
      return;
    }
    int held = inTo - inFrom;
    if (held > HELD_BYTES_MAX) {
      throw new IllegalStateException("left " + held + " bytes untaken");
    }
    byte[] target = new byte[held == 0 ? need : 2 * held + need];
    System.arraycopy(plainIn, inFrom, target, 0, held);
    plainIn = target;
    inFrom = 0;
    inTo = held;
  }

  private void growPlain() {
    int more = engine.getSession().getApplicationBufferSize();
    plainIn = Arrays.copyOf(plainIn, plainIn.length + more);
  }

  /** In TLS 1.2 close_notify has to be answered at once; then nothing can be sent any more. */
  private void answerClose() {
    if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
      wrapOut();
      sendAlerts();
      below().flush();
    }
  }

  // ---- the handshake

  private void handshake(HandshakeStatus first) throws SSLException {
    //> phase 5: five answers of the engine; which of them goes on here, and which waits for whom?
    HandshakeStatus status = first;
    while (!ended) {
      switch (status) {
        case NEED_WRAP -> status = wrapNothing();
        case NEED_TASK -> {
          refuseRenegotiation();
          runTasks();
          return;
        }
        case FINISHED, NOT_HANDSHAKING -> {
          established();
          return;
        }
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          return;
        }
      }
    }
    //< phase 5
  }

  //> phase 5 only
  private void refuseRenegotiation() throws SSLException {
    boolean isOld = engine.getSession().getProtocol().equals("TLSv1.2");
    if (open && isOld) { //~ renegotiates: if (ended && isOld) {
      throw new SSLException("the peer asks for another handshake");
    }
  }

  //< phase 5

  private HandshakeStatus wrapNothing() throws SSLException {
    SSLEngineResult result = wrap(NOTHING);
    below().flush();
    return result.getStatus() == SSLEngineResult.Status.CLOSED
        ? HandshakeStatus.NEED_UNWRAP
        : result.getHandshakeStatus();
  }

  /** Makes one record and gives it to the transport below. */
  private SSLEngineResult wrap(ByteBuffer plain) throws SSLException {
    int need = engine.getSession().getPacketBufferSize();
    if (record.capacity() < need) {
      record = ByteBuffer.allocate(need);
    }
    SSLEngineResult result = engine.wrap(plain, record.clear());
    assert result.getStatus() != SSLEngineResult.Status.BUFFER_OVERFLOW;
    if (record.position() > 0) {
      below().write(record.array(), 0, record.position());
    }
    return result;
  }

  private void runTasks() {
    assert !working;
    working = true;
    below().pauseReading();
    Thread _ = Thread.startVirtualThread(this::work);
  }

  /** On a thread of its own. */
  private void work() {
    Throwable failure = null;
    try {
      for (Runnable task = engine.getDelegatedTask(); task != null; ) {
        task.run();
        task = engine.getDelegatedTask();
      }
    } catch (RuntimeException | Error thrown) {
      failure = thrown;
    }
    Throwable thrown = failure;
    try {
      below().loop().execute(() -> worked(thrown));
    } catch (RejectedExecutionException gone) {
      // the loop has ended, and the connection with it
    }
  }

  private void worked(@Nullable Throwable failure) {
    //> phase 5: the task is done: what does the engine want now, and who waits meanwhile?
    working = false;
    if (ended) {
      return;
    }
    try {
      if (failure != null) {
        throw new SSLException(failure);
      }
      handshake(engine.getHandshakeStatus());
    } catch (SSLException bad) {
      refuse(bad);
      return;
    }
    if (!working && !(paused && open)) {
      below().resumeReading(); //~ handshakeStaysPaused: assert !ended;
    }
    turnAlone();
    //< phase 5
  }

  private void established() {
    if (!open) {
      open = true;
      below().wakeAt(Long.MAX_VALUE);
    }
  }

  /** Tells the peer why, and ends. */
  private void refuse(SSLException why) {
    sendAlerts();
    fail(why);
  }

  private void sendAlerts() {
    try {
      while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
        if (wrap(NOTHING).bytesProduced() == 0) {
          break;
        }
      }
      below().flush();
    } catch (SSLException e) {
      assert cause == null || cause != e; // the reason is known, or it is the end anyway
    }
  }

  private void fail(Throwable why) {
    if (cause == null) {
      cause = why;
    }
    if (!ended) {
      ended = true;
      below().abort();
    }
  }

  // ---- what the protocol hears

  /** Later, in a task of its own. */
  private void defer() {
    if (!deferred && !ended) {
      deferred = true;
      try {
        below().loop().execute(this::turnAlone);
      } catch (RejectedExecutionException full) {
        fail(full);
      }
    }
  }

  /** What the protocol throws is for the transport below, which resets and reports. */
  private void turn() {
    deferred = false;
    try {
      tellWhatWaits();
    } catch (RuntimeException | Error thrown) {
      threw(thrown);
      throw thrown;
    }
  }

  /** Outside of a call from below. */
  private void turnAlone() {
    try {
      turn();
    } catch (RuntimeException | Error thrown) {
      below().abort();
      throw thrown;
    }
  }

  private void threw(Throwable thrown) {
    ended = true;
    if (cause == null) {
      cause = thrown;
    }
  }

  private void tellWhatWaits() {
    if (!open) {
      return;
    }
    meet();
    while (redeliver && !paused && !ended) {
      redeliver = false;
      deliver();
      meet();
    }
    if (notified && !endTold && !paused && !ended) {
      endTold = true;
      protocol.inputEnded();
    }
    if (drained && !ended) {
      drained = false;
      protocol.writable();
    }
  }

  private void meet() {
    while (fresh && !ended) {
      fresh = false;
      protocol.connected(this);
    }
  }

  private void deliver() {
    int taken = protocol.receive(plainIn, inFrom, inTo);
    if (taken < 0 || taken > inTo - inFrom) {
      throw new IllegalStateException("took " + taken + " of " + (inTo - inFrom) + " bytes");
    }
    inFrom += taken;
    redeliver &= inFrom < inTo; // a new protocol is offered what the old one left
    if (inFrom == inTo) {
      plainIn = NONE; // an idle connection keeps no memory
      inFrom = 0;
      inTo = 0;
    }
  }

  @Override
  public void inputEnded() {
    if (ended) {
      return;
    }
    boolean whole = notified; //~ phase 5 cutCountsAsTheEnd: boolean whole = notified = true;
    if (whole) {
      turn();
    } else if (finished) {
      fail(new IOException("the peer has left without close_notify"));
    } else { // cut off: what has come may not be all
      fail(new IOException("the connection was cut: its end is not signed (no close_notify)"));
    }
  }

  @Override
  public void writable() {
    if (open && !ended) {
      flush();
      turn();
    }
  }

  @Override
  public void wake(long nowNanos) {
    if (ended) {
      return;
    }
    if (!open) {
      fail(new SocketTimeoutException("the TLS handshake took too long"));
      return;
    }
    try {
      protocol.wake(nowNanos);
    } catch (RuntimeException | Error thrown) {
      threw(thrown);
      throw thrown;
    }
  }

  @Override
  public void closed(@Nullable Throwable why) {
    ended = true;
    plainIn = NONE;
    plainOut = NONE;
    record = NOTHING;
    behind.forEach(TlsTransport::release);
    behind.clear();
    protocol.closed(cause != null ? cause : why);
  }

  private static void release(Piece piece) {
    switch (piece) {
      case Piece.Bytes _ -> {}
      case Piece.OfFile of -> close(of.file);
    }
  }

  private static void close(FileChannel file) {
    try {
      file.close();
    } catch (IOException ignored) {
      // it was only read; there is nothing that could be lost
    }
  }

  // ---- what the protocol calls

  @Override
  public Loop loop() {
    return below().loop();
  }

  @Override
  public SocketAddress remote() {
    return below().remote();
  }

  @Override
  public SocketAddress local() {
    return below().local();
  }

  @Override
  public SSLSession tls() {
    return engine.getSession();
  }

  @Override
  public void become(Protocol next) {
    if (ended) {
      return;
    }
    protocol = next;
    fresh = true;
    redeliver = inFrom < inTo;
    endTold = false;
    defer();
  }

  @Override
  public void write(byte[] bytes, int from, int to) {
    assert loop().inLoop();
    if (ended || finishing || from == to) {
      return;
    }
    if (behind.isEmpty()) {
      append(bytes, from, to);
    } else {
      behind.add(new Piece.Bytes(Arrays.copyOfRange(bytes, from, to)));
      behindBytes += to - from;
    }
    noteFull();
  }

  /** Collects up to one record's bytes. */
  private void append(byte[] bytes, int from, int to) {
    for (int at = from; at < to && !ended; ) {
      int count = Math.min(to - at, RECORD_BYTES - outSize);
      if (plainOut.length < outSize + count) {
        int most = Math.max(FIRST_OUT_BYTES, Math.max(outSize + count, 2 * plainOut.length));
        plainOut = Arrays.copyOf(plainOut, Math.min(RECORD_BYTES, most));
      }
      System.arraycopy(bytes, at, plainOut, outSize, count);
      outSize += count;
      at += count;
      if (outSize == RECORD_BYTES) {
        wrapOut();
      }
    }
  }

  /** Gives what is collected to the transport below, encrypted. */
  private void wrapOut() {
    //> phase 5: one record may not hold it all; what if the peer has ended the conversation?
    ByteBuffer plain = ByteBuffer.wrap(plainOut, 0, outSize);
    outSize = 0;
    try {
      while (plain.hasRemaining() && !ended) {
        if (wrap(plain).getStatus() == SSLEngineResult.Status.CLOSED) {
          throw new SSLException("the peer takes nothing after its close_notify");
        }
      }
    } catch (SSLException broken) {
      fail(broken);
    }
    //< phase 5
  }

  @Override
  public void writeFile(FileChannel file, long position, long count) {
    assert loop().inLoop();
    if (ended || finishing) {
      close(file);
      return;
    }
    behind.add(new Piece.OfFile(file, position, count));
    behindBytes += count;
    noteFull();
  }

  private void noteFull() {
    if (queuedBytes() > HIGH_WATER) {
      full = true;
    }
  }

  @Override
  public void flush() {
    assert loop().inLoop();
    if (!open || ended) {
      return;
    }
    sendBehind();
    wrapOut();
    if (ended) {
      return;
    }
    below().flush();
    if (behind.isEmpty() && finishing && !finished) {
      finishNow();
    }
    noteRoom();
  }

  /** Encrypts what waits, as long as the transport below has room. */
  private void sendBehind() {
    //> phase 5: a file of a gigabyte and a peer that reads slowly: how much of it is in memory?
    while (hasRoomBelow()) {
      if (sendFirst(behind.getFirst())) {
        release(behind.removeFirst());
      }
    }
    //< phase 5
  }

  private boolean hasRoomBelow() {
    boolean some = !ended && !behind.isEmpty();
    return some && below().isWritable(); //~ phase 5 wholeFile: return some;
  }

  /** Whether nothing of it is left. */
  private boolean sendFirst(Piece piece) {
    return switch (piece) {
      case Piece.Bytes(byte[] bytes) -> {
        append(bytes, 0, bytes.length);
        behindBytes -= bytes.length;
        yield true;
      }
      case Piece.OfFile of -> sendSome(of);
    };
  }

  private boolean sendSome(Piece.OfFile of) {
    wrapOut();
    int wanted = (int) Math.min(RECORD_BYTES, of.end - of.position);
    if (plainOut.length < wanted) {
      plainOut = new byte[RECORD_BYTES];
    }
    try {
      int n = wanted == 0 ? 0 : of.file.read(ByteBuffer.wrap(plainOut, 0, wanted), of.position);
      if (n < 0) {
        String missing = (of.end - of.position) + " bytes before its promised length";
        throw new IOException("the file ends " + missing);
      }
      outSize = n;
      of.position += n;
      behindBytes -= n;
      wrapOut();
    } catch (IOException broken) {
      fail(broken);
    }
    return of.position == of.end;
  }

  private void noteRoom() {
    if (outSize == 0 && plainOut.length == RECORD_BYTES) {
      plainOut = NONE; // an idle connection keeps no memory
      record = NOTHING;
    }
    if (full && behind.isEmpty() && below().isWritable()) {
      full = false;
      drained = true;
      defer();
    }
  }

  @Override
  public long queuedBytes() {
    return ended ? 0 : below().queuedBytes() + outSize + behindBytes;
  }

  @Override
  public boolean isWritable() {
    return !full && !ended;
  }

  @Override
  public void pauseReading() {
    assert loop().inLoop();
    paused = true;
    below().pauseReading();
  }

  @Override
  public void resumeReading() {
    assert loop().inLoop();
    if (paused && !ended) {
      paused = false;
      redeliver = inFrom < inTo;
      if (!working) {
        below().resumeReading();
      }
      defer(); //~ phase 5 keepsWhatItDecrypted: assert !paused;
    }
  }

  @Override
  public void finish() {
    assert loop().inLoop();
    if (!ended && !finishing) {
      finishing = true;
      flush();
    }
  }

  private void finishNow() {
    //> phase 5: how does the peer learn that this is the end, and that nobody has cut it?
    finished = true;
    engine.closeOutbound();
    sendAlerts(); //~ endsUnsigned: assert engine.isOutboundDone() || !ended;
    below().finish();
    //< phase 5
  }

  @Override
  public void abort() {
    if (!ended) {
      ended = true;
      below().abort();
    }
  }

  @Override
  public void wakeAt(long nanos) {
    if (open) {
      below().wakeAt(nanos);
    }
  }
}
