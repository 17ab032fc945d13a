package systems.redis.script;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The requests of a debugger's client: arrays of strings, as all clients send them, and nothing
 * else of the protocol.
 *
 * <p>Bounds: so many words, so many bytes a word, both at least one; what does not keep to them is
 * no request, and ends the session. So what waits here stays below {@link #HELD_BYTES_MAX}, however
 * the bytes come.
 */
final class DebugRequests {
  /** Bytes that are no request. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    Malformed() {
      super("protocol error", null, false, false);
    }
  }

  static final int WORDS_MAX = 1024;
  static final int WORD_BYTES_MAX = 1024;
  private static final int HEAD_BYTES_MAX = 8;
  private static final int HELD_BYTES_MAX = 2 * WORDS_MAX * (WORD_BYTES_MAX + 16);

  private byte[] held = new byte[0];
  private int at;

  void append(byte[] bytes) throws Malformed {
    if (held.length + bytes.length > HELD_BYTES_MAX) {
      throw new Malformed();
    }
    int before = held.length;
    held = Arrays.copyOf(held, before + bytes.length);
    System.arraycopy(bytes, 0, held, before, bytes.length);
  }

  /** The next request, or null until more has come. */
  byte @Nullable [][] next() throws Malformed {
    at = 0;
    int count = head('*', WORDS_MAX);
    if (count < 0) {
      return null;
    }
    byte[][] words = new byte[count][];
    for (int i = 0; i < count; i++) {
      byte[] word = word();
      if (word == null) {
        return null;
      }
      words[i] = word;
    }
    held = Arrays.copyOfRange(held, at, held.length);
    return words;
  }

  private byte @Nullable [] word() throws Malformed {
    int length = head('$', WORD_BYTES_MAX);
    if (length < 0 || held.length - at < length + 2) {
      return null;
    }
    if (held[at + length] != '\r' || held[at + length + 1] != '\n') {
      throw new Malformed();
    }
    byte[] word = Arrays.copyOfRange(held, at, at + length);
    at += length + 2;
    assert word.length > 0;
    return word;
  }

  /** The number behind a sign, from 1 to the bound; -1 if its line is not whole. */
  private int head(char sign, int max) throws Malformed {
    if (at == held.length) {
      return -1;
    }
    int end = at;
    while (end < held.length && held[end] != '\n' && end - at <= HEAD_BYTES_MAX) {
      end++;
    }
    if (held[at] != sign || end - at > HEAD_BYTES_MAX) {
      throw new Malformed();
    }
    if (end == held.length) {
      return -1;
    }
    String digits = new String(held, at + 1, Math.max(0, end - at - 2), US_ASCII);
    if (held[end - 1] != '\r' || !digits.matches("[0-9]{1,5}")) {
      throw new Malformed();
    }
    int number = Integer.parseInt(digits);
    if (number < 1 || number > max) {
      throw new Malformed();
    }
    at = end + 1;
    return number;
  }
}
