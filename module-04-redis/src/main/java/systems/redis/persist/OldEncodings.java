package systems.redis.persist;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import systems.redis.resp.Numbers;

/**
 * What servers before version 7 wrote: ziplists and zipmaps. They are read, and never written.
 *
 * <pre>
 *   ziplist  [ bytes:4 ][ tail:4 ][ count:2 ] ( [ length of the one before ][ encoding ][ data ] )* FF
 *   zipmap   [ count:1 ] ( [ length ][ field ][ length ][ free:1 ][ value ][ free bytes ] )* FF
 * </pre>
 */
final class OldEncodings {
  private final byte[] b;
  private final String owner;
  private int at;

  private OldEncodings(byte[] b, String owner) {
    this.b = b;
    this.owner = owner;
  }

  private DamagedException damaged(String what) {
    return new DamagedException(
        owner + " integrity check failed: " + what + " at byte " + at + " of the value");
  }

  private int u8(int index) throws DamagedException {
    if (index < 0 || index >= b.length) {
      throw damaged("a value that ends too early");
    }
    return b[index] & 0xff;
  }

  private long little(int index, int width) throws DamagedException {
    u8(index + width - 1);
    long value = b[index + width - 1];
    for (int i = width - 2; i >= 0; i--) {
      value = value << 8 | b[index + i] & 0xff;
    }
    return value;
  }

  private byte[] text(int from, long length) throws DamagedException {
    if (length < 0 || from + length > b.length - 1L) {
      throw damaged("a string beyond the end");
    }
    return Arrays.copyOfRange(b, from, from + (int) length);
  }

  /** The elements of a ziplist; {@code owner} is what an error calls it. */
  static List<byte[]> ziplist(byte[] bytes, String owner) throws DamagedException {
    var reader = new OldEncodings(bytes, owner);
    return reader.ziplist();
  }

  private List<byte[]> ziplist() throws DamagedException {
    if (b.length < 11 || (little(0, 4) & 0xffffffffL) != b.length) {
      throw damaged("a ziplist of another length than it says");
    }
    int count = (int) little(8, 2) & 0xffff;
    List<byte[]> elements = new ArrayList<>();
    at = 10;
    int before = 0;
    int last = 10;
    while (u8(at) != 0xff) {
      int start = at;
      long previous = u8(at);
      at++;
      if (previous == 254) {
        previous = little(at, 4) & 0xffffffffL;
        at += 4;
      }
      if (previous != before) {
        throw damaged("a ziplist element whose predecessor has another length");
      }
      elements.add(element());
      before = at - start;
      last = start;
    }
    boolean whole = at == b.length - 1 && (count == 65535 || count == elements.size());
    boolean tail = elements.isEmpty() || (little(4, 4) & 0xffffffffL) == last;
    if (!whole || !tail) {
      throw damaged("a ziplist whose head disagrees with its elements");
    }
    return elements;
  }

  private byte[] element() throws DamagedException {
    int e = u8(at);
    byte[] value;
    switch (e >>> 6) {
      case 0 -> {
        value = text(at + 1, e & 0x3f);
        at += 1 + value.length;
      }
      case 1 -> {
        value = text(at + 2, (e & 0x3f) << 8 | u8(at + 1));
        at += 2 + value.length;
      }
      case 2 -> {
        long length = (long) u8(at + 1) << 24 | u8(at + 2) << 16 | u8(at + 3) << 8 | u8(at + 4);
        value = text(at + 5, length);
        at += 5 + value.length;
      }
      default -> value = integer(e);
    }
    return value;
  }

  private byte[] integer(int e) throws DamagedException {
    int width =
        switch (e) {
          case 0xc0 -> 2;
          case 0xd0 -> 4;
          case 0xe0 -> 8;
          case 0xf0 -> 3;
          case 0xfe -> 1;
          default -> 0;
        };
    if (width == 0 && (e < 0xf1 || e > 0xfd)) {
      throw damaged("an unknown ziplist encoding");
    }
    long value = width == 0 ? e - 0xf1 : little(at + 1, width);
    at += 1 + width;
    return Numbers.toBytes(value);
  }

  /** Fields and values of a zipmap in turns. */
  static List<byte[]> zipmap(byte[] bytes) throws DamagedException {
    return new OldEncodings(bytes, "Zipmap").zipmap();
  }

  private List<byte[]> zipmap() throws DamagedException {
    List<byte[]> elements = new ArrayList<>();
    int count = u8(0);
    at = 1;
    while (u8(at) != 0xff) {
      long fieldLength = zipmapLength();
      elements.add(text(at, fieldLength));
      at += (int) fieldLength;
      long valueLength = zipmapLength();
      int free = u8(at++);
      elements.add(text(at, valueLength));
      at += (int) valueLength + free;
    }
    if (at != b.length - 1 || count < 254 && count != elements.size() / 2) {
      throw damaged("a zipmap whose head disagrees with its fields");
    }
    return elements;
  }

  private long zipmapLength() throws DamagedException {
    int first = u8(at++);
    if (first < 254) {
      return first;
    }
    if (first == 255) {
      throw damaged("a zipmap field without a value");
    }
    long length = little(at, 4) & 0xffffffffL;
    at += 4;
    return length;
  }
}
