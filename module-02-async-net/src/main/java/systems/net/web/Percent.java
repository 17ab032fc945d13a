package systems.net.web;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Percent-decoding (RFC 3986 §2.1), strictly: two hexadecimal digits behind each percent sign, and
 * bytes that are UTF-8.
 *
 * <pre>
 *   caf%C3%A9   -> café        %2       no escape: 400
 *   a%2Fb       -> a/b         %C0%AE   a dot in two bytes, which UTF-8 forbids: 400
 *   100%25      -> 100%        %252e    %2e, and no dot: nobody decodes again
 * </pre>
 *
 * <p>Lenient decoders are how one check reads another path than the code behind it. So there is one
 * decoder, it runs once, and it refuses instead of repairing.
 */
final class Percent {
  private Percent() {}

  /** The text between two indexes, decoded. */
  static String decode(String text, int from, int to) throws Refused {
    assert from >= 0 && from <= to && to <= text.length() : from + " to " + to;
    int first = text.indexOf('%', from);
    if (first < 0 || first >= to) {
      return text.substring(from, to);
    }
    //> phase 5: what may stand behind a percent sign, and what may the bytes add up to?
    var bytes = ByteBuffer.allocate(to - from);
    for (int at = from; at < to; at++) {
      char c = text.charAt(at);
      if (c == '%') {
        bytes.put(escaped(text, at, to));
        at += 2;
      } else {
        bytes.put(plain(c));
      }
    }
    return utf8(bytes.flip());
    //< phase 5
  }

  //> phase 5 only
  private static byte escaped(String text, int at, int to) throws Refused {
    boolean isWhole =
        to - at > 2
            && HexFormat.isHexDigit(text.charAt(at + 1))
            && HexFormat.isHexDigit(text.charAt(at + 2));
    if (!isWhole) {
      throw new Refused(400, "two hexadecimal digits follow a percent sign (RFC 3986 2.1)");
    }
    return (byte) HexFormat.fromHexDigits(text, at + 1, at + 3);
  }

  private static byte plain(char c) throws Refused {
    if (c > 0x7f) {
      throw new Refused(400, "only ASCII stands unescaped in a URI (RFC 3986 2)");
    }
    return (byte) c;
  }

  private static String utf8(ByteBuffer bytes) throws Refused {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException notUtf8) {
      throw new Refused(400, "the escapes are no UTF-8 (RFC 3986 2.5)");
    }
  }
  //< phase 5
}
