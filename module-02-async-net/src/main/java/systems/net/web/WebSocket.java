package systems.net.web;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Loop;
import systems.net.loop.Protocol;
import systems.net.loop.Transport;

/**
 * The server's side of one WebSocket connection (RFC 6455), as its listener sees it.
 *
 * <pre>
 *                    close()                   the peer's close frame
 *     OPEN  ------------------------> CLOSING ------------------------+
 *      |                                 | timeout                    v
 *      | the peer's close frame, or a    +--------> aborted        ENDING: end of stream sent,
 *      | violation: close frame sent                                  ^    waits for the peer's
 *      +--------------------------------------------------------------+
 *      | end of input, reset, no pong
 *      v
 *     GONE
 * </pre>
 *
 * <p><b>Backpressure, inwards.</b> What the listener does not want now stays in the network: {@link
 * #pause}. A peer that sends pings and reads no pongs is not read on either while the queue to it
 * is above its high water, so that it cannot fill the queue.
 *
 * <p><b>Outwards.</b> {@link #send} queues at most {@link Settings#queueBytesMax}; beyond it the
 * message is not queued and the answer is false. What to do with a peer that reads too slowly is
 * the application's choice: drop the message, or the peer.
 *
 * <p><b>Is it still there?</b> After {@link Settings#pingNanos} without a byte from the peer a ping
 * goes out; after as long again without any answer the connection is broken off.
 *
 * <ol>
 *   <li>{@link Listener#closed} is called once for each {@link Listener#opened}, and last.
 *   <li>After a close frame was sent nothing else is sent (§5.5.1).
 *   <li>The server ends the stream first (§7.1.1): so it is the one that keeps the port in
 *       TIME_WAIT, and it has many.
 *   <li>What a listener throws closes the connection with 1011 and is told to {@code failures}.
 * </ol>
 *
 * <p>Only on {@link #loop}, all of it.
 */
public final class WebSocket {
  public static final int NORMAL = 1000;
  public static final int GOING_AWAY = 1001;
  public static final int POLICY_VIOLATION = 1008;
  public static final int TRY_AGAIN_LATER = 1013;

  /** No close frame came: the connection broke. Never sent. */
  public static final int ABNORMAL = 1006;

  private static final int INTERNAL_ERROR = 1011;

  /** Hears of one connection. */
  public interface Listener {
    void opened(WebSocket socket);

    default void text(WebSocket socket, String text) {}

    default void binary(WebSocket socket, byte[] bytes) {}

    /** The queue has gone down: who stopped sending may go on. */
    default void writable(WebSocket socket) {}

    /**
     * The connection is over, or will be soon; nothing can be sent.
     *
     * @param code of the peer's close frame, 1005 if there was none in it, {@link #ABNORMAL}
     *     without one; after a violation the code that was sent
     */
    default void closed(WebSocket socket, int code, String reason) {}
  }

  /**
   * The limits and times of a connection.
   *
   * @param messageBytesMax of a message, all its fragments together
   * @param queueBytesMax that may wait for the peer
   * @param pingNanos of silence before a ping, and again before the end
   * @param closeNanos that the peer has to answer a close frame, and to end the stream
   */
  public record Settings(int messageBytesMax, long queueBytesMax, long pingNanos, long closeNanos) {
    private static final long SECOND = 1_000_000_000L;
    public static final Settings USUAL = new Settings(1 << 20, 1 << 20, 30 * SECOND, 5 * SECOND);

    public Settings {
      if (messageBytesMax < 1 || queueBytesMax < 1 || pingNanos < 1 || closeNanos < 1) {
        throw new IllegalArgumentException("bounds and times are positive");
      }
    }
  }

  private enum State {
    OPEN,
    /** A close frame was sent, the peer's is awaited. */
    CLOSING,
    /** The end of the stream was sent. */
    ENDING,
    GONE
  }

  private final Listener listener;
  private final Settings settings;
  private final Consumer<Throwable> failures;
  private final FrameParser parser;
  private final Wire wire = new Wire();
  private final byte[] header = new byte[Frames.HEADER_BYTES_MAX];

  private @Nullable Transport transport;
  private State state = State.OPEN;
  private boolean told;
  private boolean paused;
  private boolean inCall;
  private boolean isUnflushed;
  private boolean awaitsPong;
  private long heardNanos;
  private long endNanos;

  WebSocket(Listener listener, Settings settings, Consumer<Throwable> failures) {
    this.listener = listener;
    this.settings = settings;
    this.failures = failures;
    this.parser = new FrameParser(wire, FrameParser.From.CLIENT, settings.messageBytesMax);
  }

  Protocol protocol() {
    return wire;
  }

  public Loop loop() {
    return transport().loop();
  }

  /** Whether messages can be sent. */
  public boolean isOpen() {
    return state == State.OPEN;
  }

  /** Whether it makes sense to send more now; see {@link Listener#writable}. */
  public boolean isWritable() {
    return isOpen() && transport().isWritable();
  }

  /** Sends a text; false if the connection is not open or its queue is full. */
  public boolean send(String text) {
    return send(Frames.TEXT, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Sends bytes; false if the connection is not open or its queue is full. */
  public boolean send(byte[] bytes) {
    return send(Frames.BINARY, bytes);
  }

  private boolean send(int opcode, byte[] payload) {
    //> phase 5: what if the peer does not read, and you are told to send for ever?
    long sum = transport().queuedBytes() + payload.length; //~ queuesAll: long sum = 0;
    if (!isOpen() || sum > settings.queueBytesMax) {
      return false;
    }
    put(opcode, payload);
    return true;
    //< phase 5
  }

  private void put(int opcode, byte[] payload) {
    Transport current = transport();
    current.write(header, 0, Frames.putHeader(opcode, payload.length, header));
    current.write(payload, 0, payload.length);
    isUnflushed = true;
    settle();
  }

  /** Begins the end: no more messages, and the peer is asked to close as well. */
  public void close(int code, String reason) {
    if (!FrameParser.isSendable(code)) {
      throw new IllegalArgumentException("a close code that must not be sent: " + code);
    }
    //> phase 5: who has to answer now, and for how long do you wait?
    if (isOpen()) {
      state = State.CLOSING;
      putClose(code, reason);
      endNanos = now() + settings.closeNanos;
      resume(); // else the peer's answer would not be read
      settle();
    }
    //< phase 5
  }

  private void putClose(int code, String reason) {
    byte[] text = shortened(reason);
    var payload = new byte[2 + text.length];
    payload[0] = (byte) (code >>> 8);
    payload[1] = (byte) code;
    System.arraycopy(text, 0, payload, 2, text.length);
    put(Frames.CLOSE, payload);
  }

  /** As much of the reason as fits into a control frame, in whole characters. */
  private static byte[] shortened(String reason) {
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    int count = Math.min(text.length, Frames.CONTROL_BYTES_MAX - 2);
    while (count < text.length && (text[count] & 0xc0) == 0x80) {
      count--;
    }
    return Arrays.copyOf(text, count);
  }

  /** Takes no messages until {@link #resume}; the peer is stopped by its window. */
  public void pause() {
    paused = true;
    transport().pauseReading();
  }

  public void resume() {
    paused = false;
    if (transport().isWritable()) {
      transport().resumeReading();
    }
  }

  /** Breaks the connection off without a word. */
  public void abort() {
    if (state != State.GONE) {
      transport().abort();
    }
  }

  /** Sends what was put and sets the alarm, unless a call from the transport does it at its end. */
  private void settle() {
    if (inCall || state == State.GONE) {
      return;
    }
    Transport current = transport();
    if (isUnflushed) {
      isUnflushed = false;
      current.flush();
    }
    current.wakeAt(state == State.OPEN ? heardNanos + settings.pingNanos : endNanos);
  }

  /** The end of the stream, and some time for the peer to end it too. */
  private void end() {
    state = State.ENDING;
    endNanos = now() + settings.closeNanos;
    transport().resumeReading();
    transport().finish();
    isUnflushed = false;
  }

  private void tell(int code, String reason) {
    if (!told) {
      told = true;
      contain(() -> listener.closed(this, code, reason));
    }
  }

  /** Runs the listener; what it throws ends the connection, and not the loop. */
  private void contain(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException | Error thrown) {
      failures.accept(thrown);
      if (isOpen()) {
        putClose(INTERNAL_ERROR, "");
        end();
        tell(INTERNAL_ERROR, "");
      }
    }
  }

  private long now() {
    return transport().loop().nanoTime();
  }

  private Transport transport() {
    return Objects.requireNonNull(transport, "not connected yet");
  }

  /** The connection, as its transport sees it. */
  private final class Wire implements Protocol, FrameParser.Receiver {
    @Override
    public void connected(Transport newTransport) {
      transport = newTransport;
      heardNanos = now();
      inCall = true;
      contain(() -> listener.opened(WebSocket.this));
      leave();
    }

    private void leave() {
      inCall = false;
      settle();
    }

    @Override
    public int receive(byte[] bytes, int from, int to) {
      inCall = true;
      heardNanos = now();
      awaitsPong = false;
      int at = take(bytes, from, to);
      leave();
      return at - from;
    }

    private int take(byte[] bytes, int from, int to) {
      try {
        int at = takeFrames(bytes, from, to);
        return isListening() ? at : to;
      } catch (FrameParser.Violation violation) {
        fail(violation);
        return to;
      }
    }

    private int takeFrames(byte[] bytes, int from, int to) throws FrameParser.Violation {
      //> phase 5: one frame after the other; when do you stop, though there are bytes?
      int at = from;
      while (at < to && isListening() && !paused) {
        if (!transport().isWritable()) { //~ answersPingsForEver: if (at < from) {
          transport().pauseReading(); // who reads no pongs is asked for no more pings
          return at;
        }
        at = parser.step(bytes, at, to);
      }
      return at;
      //< phase 5
    }

    private boolean isListening() {
      return state == State.OPEN || state == State.CLOSING;
    }

    private void fail(FrameParser.Violation violation) {
      String reason = Objects.requireNonNullElse(violation.getMessage(), "");
      //> phase 5: is there still something to say, and who has to know?
      if (state == State.OPEN) {
        putClose(violation.code(), reason);
      }
      end(); //~ readsOnAfterAViolation: state = State.CLOSING;
      tell(violation.code(), reason);
      //< phase 5
    }

    @Override
    public void message(boolean isText, byte[] bytes) {
      if (state != State.OPEN) {
        return; // sent before the peer saw our close frame
      }
      if (isText) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        contain(() -> listener.text(WebSocket.this, text));
      } else {
        contain(() -> listener.binary(WebSocket.this, bytes));
      }
    }

    @Override
    public void ping(byte[] payload) {
      if (state == State.OPEN) {
        put(Frames.PONG, payload); //~ phase 5 emptyPong: put(Frames.PONG, new byte[0]);
      }
    }

    @Override
    public void pong(byte[] payload) {
      // any byte proves that the peer is there: receive has noted it
    }

    @Override
    public void close(int code, String reason) {
      //> phase 5: the peer begins the end, or answers ours; what is sent in each case?
      if (state == State.OPEN) { //~ closesTwice: if (state != State.GONE) {
        if (code == FrameParser.NO_CODE) {
          put(Frames.CLOSE, new byte[0]);
        } else {
          putClose(code, "");
        }
      }
      end();
      tell(code, reason);
      //< phase 5
    }

    @Override
    public void inputEnded() {
      inCall = true;
      tell(ABNORMAL, "the peer ended the stream");
      if (state != State.ENDING) {
        end();
      }
      leave();
    }

    @Override
    public void writable() {
      inCall = true;
      if (!paused) {
        transport().resumeReading();
      }
      if (isOpen()) {
        contain(() -> listener.writable(WebSocket.this));
      }
      leave();
    }

    @Override
    public void wake(long nowNanos) {
      inCall = true;
      ring(nowNanos);
      leave();
    }

    private void ring(long nowNanos) {
      //> phase 5: silence, silence after a ping, or an end that takes too long?
      if (state != State.OPEN) {
        if (nowNanos - endNanos >= 0) {
          transport().abort();
        }
      } else if (nowNanos - heardNanos >= settings.pingNanos) {
        if (paused) {
          heardNanos = nowNanos; // it may have said much: nobody has listened
        } else if (awaitsPong) { //~ waitsForPongs: } else if (nowNanos < heardNanos) {
          transport().abort();
        } else {
          awaitsPong = true;
          heardNanos = nowNanos;
          put(Frames.PING, new byte[0]);
        }
      }
      //< phase 5
    }

    @Override
    public void closed(@Nullable Throwable cause) {
      state = State.GONE;
      if (transport != null) {
        String why = cause == null ? null : cause.getMessage();
        tell(ABNORMAL, Objects.requireNonNullElse(why, "the connection broke"));
      }
    }
  }
}
