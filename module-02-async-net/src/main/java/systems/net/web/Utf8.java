package systems.net.web;

/**
 * Tells whether bytes are UTF-8 (RFC 3629 §4), piece by piece: a character may be cut anywhere.
 *
 * <pre>
 *   lead      bytes that follow      the first of them
 *   00..7F    0
 *   C2..DF    1                      80..BF
 *   E0        2                      A0..BF     less would be a longer form of what fits in two
 *   ED        2                      80..9F     more would be a surrogate
 *   E1..EF    2                      80..BF
 *   F0        3                      90..BF     less would be a longer form
 *   F1..F3    3                      80..BF
 *   F4        3                      80..8F     more would lie behind U+10FFFF
 * </pre>
 *
 * <p>So the state is three small numbers: how many bytes are to follow, and between which bounds
 * the next one lies. {@code CharsetDecoder} could tell it too, but has to make the characters.
 */
final class Utf8 {
  private int following;
  private int low = 0x80;
  private int high = 0xbf;

  /** Looks at the next bytes; false as soon as one cannot stand there. */
  boolean feed(byte[] bytes, int from, int to) {
    //> phase 5: which bytes may come first, and between which bounds lies the next one?
    for (int at = from; at < to; at++) {
      int b = bytes[at] & 0xff;
      if (following == 0) {
        if (b >= 0x80 && !lead(b)) {
          return false;
        }
      } else {
        if (b < low || b > high) {
          return false;
        }
        following--;
        low = 0x80;
        high = 0xbf;
      }
    }
    return true;
    //< phase 5
  }

  //> phase 5 only
  private boolean lead(int b) {
    if (b < 0xc2 || b > 0xf4) { //~ longForms: if (b < 0xc0 || b > 0xf4) {
      return false;
    }
    following = b < 0xe0 ? 1 : b < 0xf0 ? 2 : 3;
    switch (b) {
      case 0xe0 -> low = 0xa0;
      case 0xed -> high = 0x9f; //~ surrogates: case 0xed -> high = 0xbf;
      case 0xf0 -> low = 0x90;
      case 0xf4 -> high = 0x8f;
      default -> {}
    }
    return true;
  }

  //< phase 5

  /** Whether the bytes so far end with a whole character. */
  boolean isWhole() {
    return following == 0;
  }

  void reset() {
    following = 0;
    low = 0x80;
    high = 0xbf;
  }
}
