package systems.net.web;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes to messages (RFC 6455 §5), strictly and piece by piece.
 *
 * <pre>
 *   HEADER: 2 bytes --checked--> the rest of it, up to 14 --checked--> PAYLOAD --whole--> HEADER
 *
 *   text, fin=0  "Hel"      message [Hel..............]   UTF-8 checked as it arrives
 *   ping         "?"        control [?]                   may come between fragments
 *   cont, fin=1  "lo"       message [Hello............]   -> receiver
 * </pre>
 *
 * <ol>
 *   <li>The first two bytes are judged as soon as they are there, a length before any of its
 *       payload is kept: so what is refused is refused at the same byte, wherever the network has
 *       cut.
 *   <li>Memory follows what has arrived and not what was promised, up to {@code messageBytesMax}.
 *   <li>A step takes bytes of one frame at most. So whoever cannot take more messages stops between
 *       two steps, and the rest stays with the transport.
 *   <li>After a violation the parser is not asked again.
 * </ol>
 *
 * <p>Every byte is copied once, since it has to be unmasked and the transport's array must not be
 * changed.
 */
final class FrameParser {
  /** Hears what has arrived. */
  interface Receiver {
    /** A whole message. A text is UTF-8. */
    void message(boolean isText, byte[] bytes);

    void ping(byte[] payload);

    void pong(byte[] payload);

    /**
     * A close frame came; nothing comes after it.
     *
     * @param code {@link #NO_CODE} if the frame had none
     */
    void close(int code, String reason);
  }

  /** Whose frames are read: a client masks all of them, a server none (§5.1). */
  enum From {
    CLIENT,
    SERVER
  }

  /** A frame that the RFC forbids, or one that is too long. */
  static final class Violation extends Exception {
    private static final long serialVersionUID = 1;

    private final int code;

    Violation(int code, String what, String section) {
      super(what + " (RFC 6455 " + section + ")", null, false, false);
      this.code = code;
    }

    /** For the close frame. */
    int code() {
      return code;
    }
  }

  static final int NO_CODE = 1005;
  static final int PROTOCOL_ERROR = 1002;
  static final int NOT_UTF8 = 1007;
  static final int TOO_BIG = 1009;

  private static final int FIRST_BYTES_MAX = 4 << 10;
  private static final byte[] NONE = {};

  private final Receiver receiver;
  private final From from;
  private final int messageBytesMax;
  private final Utf8 utf8 = new Utf8();
  private final byte[] header = new byte[Frames.HEADER_BYTES_MAX];
  private final byte[] control = new byte[Frames.CONTROL_BYTES_MAX];

  private int headerCount;

  /** Bytes of this header; 2 until those are there and tell. */
  private int headerBytes = 2;

  private boolean inPayload;
  private long left;
  private int keyAt;

  /** Of the message whose fragments are arriving; CONTINUATION if none is. */
  private int messageOpcode = Frames.CONTINUATION;

  private byte[] message = NONE;
  private int messageCount;
  private int controlCount;

  FrameParser(Receiver receiver, From from, int messageBytesMax) {
    this.receiver = receiver;
    this.from = from;
    this.messageBytesMax = messageBytesMax;
  }

  /** Takes bytes up to the end of the frame, or all; returns up to where. */
  int step(byte[] bytes, int begin, int end) throws Violation {
    assert begin < end : "nothing to read";
    //> phase 5: a header that may be cut anywhere, then its payload, which may be empty
    int at = begin;
    while (!inPayload && at < end) {
      header[headerCount++] = bytes[at++];
      if (headerCount == 2) {
        checkFirst();
      }
      if (headerCount == headerBytes && headerCount > 1) {
        beginPayload();
      }
    }
    if (inPayload) {
      int count = (int) Math.min(left, end - at);
      takePayload(bytes, at, count);
      at += count;
      if (left == 0) {
        endFrame();
      }
    }
    return at;
    //< phase 5
  }

  private int opcode() {
    return header[0] & Frames.OPCODE;
  }

  private boolean isControl() {
    return (header[0] & 0x8) != 0;
  }

  private boolean isLast() {
    return (header[0] & Frames.FIN) != 0;
  }

  private void checkFirst() throws Violation {
    //> phase 5: what do the first two bytes alone tell about right and wrong?
    int reserved = header[0] & Frames.RESERVED; //~ reservedBits: int reserved = header[0] & 0x40;
    require(reserved == 0, "a reserved bit without an extension", "5.2");
    boolean isMasked = (header[1] & Frames.MASKED) != 0;
    boolean isDue = from == From.CLIENT; //~ masksAreOptional: boolean isDue = isMasked;
    require(isMasked == isDue, "a client masks its frames, a server does not", "5.1");
    int length = header[1] & Frames.LENGTH;
    switch (opcode()) {
      case Frames.CONTINUATION ->
          require(messageOpcode != Frames.CONTINUATION, "a continuation of nothing", "5.4");
      case Frames.TEXT, Frames.BINARY -> {
        boolean isFirst = messageOpcode == 0; //~ messageWithinAnother: boolean isFirst = true;
        require(isFirst, "a message within another", "5.4");
      }
      case Frames.CLOSE, Frames.PING, Frames.PONG -> {
        require(isLast(), "a control frame in fragments", "5.5");
        require(
            length <= Frames.CONTROL_BYTES_MAX, "a control frame of more than 125 bytes", "5.5");
      }
      default -> throw new Violation(PROTOCOL_ERROR, "an opcode that is reserved", "5.2");
    }
    int extended = length == Frames.LENGTH_16 ? 2 : length == Frames.LENGTH_64 ? 8 : 0;
    headerBytes = 2 + extended + (isMasked ? Frames.KEY_BYTES : 0);
    //< phase 5
  }

  private static void require(boolean condition, String what, String section) throws Violation {
    if (!condition) {
      throw new Violation(PROTOCOL_ERROR, what, section);
    }
  }

  private void beginPayload() throws Violation {
    //> phase 5: was this the shortest form of the length, and does the message get too long?
    int form = header[1] & Frames.LENGTH;
    int bytes = form == Frames.LENGTH_16 ? 2 : form == Frames.LENGTH_64 ? 8 : 0;
    long length = bytes == 0 ? form : 0;
    for (int i = 0; i < bytes; i++) {
      length = length << 8 | header[2 + i] & 0xff;
    }
    require(length >= 0, "a length of more than 63 bits", "5.2");
    long least = leastOfForm(bytes); //~ anyFormOfLength: long least = 0;
    require(length >= least, "not the shortest form of the length", "5.2");
    if (!isControl()) {
      beginData(length);
    }
    keyAt = 0;
    controlCount = 0;
    left = length;
    inPayload = true;
    //< phase 5
  }

  /** Below it the next shorter form has to be used. */
  private static long leastOfForm(int bytes) {
    return switch (bytes) {
      case 0 -> 0;
      case 2 -> Frames.LENGTH_16;
      default -> 0x10000;
    };
  }

  private void beginData(long length) throws Violation {
    //> phase 5: is it the frame that has a limit, or the message?
    int room = messageBytesMax - messageCount; //~ boundsFramesOnly: int room = messageBytesMax;
    if (length > room) {
      throw new Violation(TOO_BIG, "a message of more than " + messageBytesMax + " bytes", "7.4.1");
    }
    if (opcode() != Frames.CONTINUATION) {
      messageOpcode = opcode();
      messageCount = 0;
      utf8.reset();
    }
    //< phase 5
  }

  private void takePayload(byte[] bytes, int begin, int count) throws Violation {
    //> phase 5: where do the bytes go, unmasked, and when do you know that a text is none?
    if (isControl()) {
      unmask(bytes, begin, control, controlCount, count);
      controlCount += count;
    } else {
      room(count);
      unmask(bytes, begin, message, messageCount, count);
      boolean isText = messageOpcode == Frames.TEXT;
      if (isText && !utf8.feed(message, messageCount, messageCount + count)) {
        throw new Violation(NOT_UTF8, "a text that is no UTF-8", "8.1");
      }
      messageCount += count;
    }
    left -= count;
    //< phase 5
  }

  private void room(int count) {
    int needed = messageCount + count;
    if (message.length < needed) {
      int grown = Math.min(messageBytesMax, Math.max(FIRST_BYTES_MAX, 2 * message.length));
      message = Arrays.copyOf(message, Math.max(needed, grown));
    }
  }

  private void unmask(byte[] source, int begin, byte[] into, int at, int count) {
    if (from == From.SERVER) {
      System.arraycopy(source, begin, into, at, count);
      return;
    }
    //> phase 5: which byte of the key is the next one, if the payload came in pieces?
    int key = headerBytes - Frames.KEY_BYTES;
    for (int i = 0; i < count; i++) {
      into[at + i] = (byte) (source[begin + i] ^ header[key + (keyAt + i & 3)]);
    }
    keyAt = keyAt + count & 3; //~ keyBeginsAnew: keyAt = 0;
    //< phase 5
  }

  private void endFrame() throws Violation {
    inPayload = false;
    headerCount = 0;
    headerBytes = 2;
    //> phase 5: which frames end a message, and which come between its fragments?
    if (isControl()) {
      endControl();
    } else if (isLast()) {
      boolean isText = messageOpcode == Frames.TEXT;
      if (isText && !utf8.isWhole()) { //~ cutCharacterAtTheEnd: if (isText && messageCount < 0) {
        throw new Violation(NOT_UTF8, "a text that ends within a character", "8.1");
      }
      messageOpcode = Frames.CONTINUATION;
      byte[] whole =
          messageCount == message.length ? message : Arrays.copyOf(message, messageCount);
      message = NONE;
      messageCount = 0;
      receiver.message(isText, whole);
    }
    //< phase 5
  }

  private void endControl() throws Violation {
    byte[] payload = Arrays.copyOf(control, controlCount);
    switch (opcode()) {
      case Frames.PING -> receiver.ping(payload);
      case Frames.PONG -> receiver.pong(payload);
      default -> endClose(payload);
    }
  }

  private void endClose(byte[] payload) throws Violation {
    //> phase 5: no byte, one byte, two, or a code with a reason?
    if (payload.length == 0) {
      receiver.close(NO_CODE, "");
      return;
    }
    require(payload.length > 1, "half a close code", "5.5.1");
    int code = (payload[0] & 0xff) << 8 | payload[1] & 0xff;
    require(isSendable(code), "a close code that must not be sent: " + code, "7.4");
    var reason = new Utf8();
    if (!reason.feed(payload, 2, payload.length) || !reason.isWhole()) {
      throw new Violation(NOT_UTF8, "a close reason that is no UTF-8", "5.5.1");
    }
    receiver.close(code, new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8));
    //< phase 5
  }

  /** Whether the code may stand in a frame: a registered one, or one for applications. */
  static boolean isSendable(int code) {
    return switch (code) {
      case 1004, 1005, 1006 -> false; //~ phase 5 codesThatAreNone: case 1004 -> false;
      default -> code >= 1000 && code <= 1014 || code >= 3000 && code <= 4999;
    };
  }
}
