package systems.net.web;

import java.util.random.RandomGenerator;

/**
 * WebSocket frames as bytes (RFC 6455 §5.2).
 *
 * <pre>
 *    0 1 2 3 4 5 6 7   0 1 2 3 4 5 6 7
 *   +-+-+-+-+-------+ +-+-------------+ +---------------+ +-----------+ +---------
 *   |F|R|R|R|opcode | |M|   length    | | 16 or 64 bits | | mask key  | | payload
 *   |I|S|S|S|       | |A|             | | if length is  | | 4 bytes   | | xor key,
 *   |N|V|V|V|       | |S|  0 ... 125  | | 126 or 127    | | if MASK   | | if MASK
 *   +-+-+-+-+-------+ +-+-------------+ +---------------+ +-----------+ +---------
 * </pre>
 *
 * <p>A client masks with a key that it chooses anew for each frame, so that no script on a page can
 * choose the bytes on the wire and feed a proxy something that looks like HTTP (§10.3).
 */
final class Frames {
  static final int CONTINUATION = 0x0;
  static final int TEXT = 0x1;
  static final int BINARY = 0x2;
  static final int CLOSE = 0x8;
  static final int PING = 0x9;
  static final int PONG = 0xa;

  static final int FIN = 0x80;
  static final int RESERVED = 0x70;
  static final int OPCODE = 0x0f;
  static final int MASKED = 0x80;
  static final int LENGTH = 0x7f;

  static final int CONTROL_BYTES_MAX = 125;
  static final int LENGTH_16 = 126;
  static final int LENGTH_64 = 127;
  static final int HEADER_BYTES_MAX = 14;
  static final int KEY_BYTES = 4;

  private Frames() {}

  /** Writes the header of an unmasked, unfragmented frame; returns up to where. */
  static int putHeader(int opcode, int length, byte[] into) {
    return putHeader(FIN | opcode, 0, length, into);
  }

  private static int putHeader(int first, int masked, long length, byte[] into) {
    //> phase 5: three forms of a length, and only the shortest is right
    into[0] = (byte) first;
    if (length <= CONTROL_BYTES_MAX) {
      into[1] = (byte) (masked | length);
      return 2;
    }
    int limit = 0xffff; //~ longerThanNeeded: int limit = 0x7fff;
    int bytes = length <= limit ? 2 : 8;
    into[1] = (byte) (masked | (bytes == 2 ? LENGTH_16 : LENGTH_64));
    for (int i = 0; i < bytes; i++) {
      into[2 + i] = (byte) (length >>> 8 * (bytes - 1 - i));
    }
    return 2 + bytes;
    //< phase 5
  }

  /** A frame as a client sends it. */
  static byte[] masked(int opcode, boolean isLast, byte[] payload, RandomGenerator random) {
    //> phase 5: which byte of the key belongs to which byte of the payload?
    var header = new byte[HEADER_BYTES_MAX];
    int first = isLast ? FIN | opcode : opcode;
    int at = putHeader(first, MASKED, payload.length, header);
    var frame = new byte[at + KEY_BYTES + payload.length];
    System.arraycopy(header, 0, frame, 0, at);
    var key = new byte[KEY_BYTES];
    random.nextBytes(key);
    System.arraycopy(key, 0, frame, at, KEY_BYTES);
    for (int i = 0; i < payload.length; i++) {
      frame[at + KEY_BYTES + i] = (byte) (payload[i] ^ key[i & 3]);
    }
    return frame;
    //< phase 5
  }
}
