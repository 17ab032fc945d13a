package systems.kvstore.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import systems.kvstore.Slice;

/**
 * A key with its version: the user's bytes and an eight-byte trailer.
 *
 * <pre>{@code
 * +----------------- - -+----------------------------------+
 * | user key            | fixed64: sequence << 8 | kind    |
 * +----------------- - -+----------------------------------+
 * }</pre>
 *
 * Order: user key ascending by unsigned bytes, then sequence number <em>descending</em>, so that a
 * search for {@code (key, snapshot)} lands on the newest version that the snapshot may see.
 * Sequence numbers have 56 bits. This is the layout of RocksDB's internal keys.
 */
public final class InternalKey {
  /** Bytes that follow the user key. */
  public static final int TRAILER_BYTES = 8;

  /** The largest sequence number; sorts before every real version of a key. */
  public static final long SEQUENCE_MAX = (1L << 56) - 1;

  /** The kind to seek with: the highest, so that it sorts first among equal sequence numbers. */
  static final int KIND_FOR_SEEK = 0xFF;

  private static final VarHandle LITTLE =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle BIG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private InternalKey() {}

  /** The trailer of a version. */
  public static long trailer(long sequence, EntryKind kind) {
    assert sequence >= 0 && sequence <= SEQUENCE_MAX;
    return sequence << 8 | kind.code();
  }

  /** The trailer that sorts before every version with at most this sequence number. */
  public static long seekTrailer(long sequence) {
    return sequence << 8 | KIND_FOR_SEEK;
  }

  /** The internal key as an array of its own. */
  public static byte[] encode(byte[] userKey, int offset, int length, long trailer) {
    byte[] key = new byte[length + TRAILER_BYTES];
    System.arraycopy(userKey, offset, key, 0, length);
    LITTLE.set(key, length, trailer);
    return key;
  }

  /** The trailer of the internal key {@code bytes[offset, offset + length)}. */
  public static long trailer(byte[] bytes, int offset, int length) {
    assert length >= TRAILER_BYTES;
    return (long) LITTLE.get(bytes, offset + length - TRAILER_BYTES);
  }

  /** The trailer of an internal key. */
  public static long trailer(Slice key) {
    return trailer(key.array(), key.offset(), key.length());
  }

  /** Writes a trailer at {@code bytes[position, position + 8)}. */
  public static void putTrailer(byte[] bytes, int position, long trailer) {
    LITTLE.set(bytes, position, trailer);
  }

  /** Sequence number of a trailer. */
  public static long sequence(long trailer) {
    return trailer >>> 8;
  }

  /** Code of the {@link EntryKind} of a trailer. */
  public static int kind(long trailer) {
    return (int) trailer & 0xff;
  }

  /** Length of the user key in an internal key. */
  public static int userLength(Slice key) {
    return key.length() - TRAILER_BYTES;
  }

  /**
   * The first eight bytes of a user key as an unsigned big-endian number, short keys padded with
   * zeros: where two prefixes differ they order the keys, where they are equal nothing is known.
   */
  public static long prefix(byte[] bytes, int offset, int userLength) {
    if (userLength >= 8) {
      return (long) BIG.get(bytes, offset);
    }
    long prefix = 0;
    for (int i = 0; i < userLength; i++) {
      prefix |= (bytes[offset + i] & 0xffL) << (56 - 8 * i);
    }
    return prefix;
  }

  /** Compares two internal keys. */
  public static int compare(
      byte[] a, int aOffset, int aLength, byte[] b, int bOffset, int bLength) {
    int order =
        Arrays.compareUnsigned(
            a,
            aOffset,
            aOffset + aLength - TRAILER_BYTES,
            b,
            bOffset,
            bOffset + bLength - TRAILER_BYTES);
    return order != 0
        ? order
        : Long.compareUnsigned(trailer(b, bOffset, bLength), trailer(a, aOffset, aLength));
  }

  /** Compares two internal keys. */
  public static int compare(Slice a, Slice b) {
    return compare(a.array(), a.offset(), a.length(), b.array(), b.offset(), b.length());
  }

  /** Compares the user keys of two internal keys. */
  public static int compareUser(Slice a, Slice b) {
    return Arrays.compareUnsigned(
        a.array(),
        a.offset(),
        a.offset() + a.length() - TRAILER_BYTES,
        b.array(),
        b.offset(),
        b.offset() + b.length() - TRAILER_BYTES);
  }
}
