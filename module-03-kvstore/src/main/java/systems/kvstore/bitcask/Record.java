package systems.kvstore.bitcask;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;
import systems.kvstore.KvStore;
import systems.kvstore.format.ByteSink;
import systems.kvstore.format.Crc32c;

/**
 * The bytes of one record, little-endian, and how to tell them from bytes that are none:
 *
 * <pre>
 *    0       4          12       16        20           24
 *   +-------+----------+--------+---------+------------+-----+-------+
 *   | crc   | sequence | synced | key     | value      | key | value |
 *   |       |          |        | length  | length     |     |       |
 *   +-------+----------+--------+---------+------------+-----+-------+
 *            '---------------- covered by the crc ------------------'
 *
 *   value length  0 ..    a value
 *                 -1      tombstone: the key was removed
 *                 -2      mark: no key, no value, only the field "synced"
 * </pre>
 *
 * <p>{@code crc} is CRC-32C, masked. {@code sequence} counts the writes of a store. {@code synced}
 * is how many bytes of this file the device had confirmed when the record was made, as an unsigned
 * int. It exists for one question, asked after a power loss: a record in the middle of the newest
 * file is broken and good ones follow; did the power loss leave a hole in bytes that nobody synced
 * (harmless: cut there), or did the disk lose bytes that were promised (refuse to open)? A later
 * good record whose {@code synced} lies past the hole answers: those bytes were promised. A clean
 * close appends a mark for the same reason. In a merged file the field has no meaning.
 *
 * <p>The checksum comes first and covers the lengths: a flipped bit in a length must not send the
 * reader to a place where another record happens to be whole.
 */
final class Record {
  static final int HEADER_BYTES = 24;
  static final int TOMBSTONE = -1;
  static final int MARK = -2;

  /** Longest record: below 2^31, so that lengths are ints. */
  static final int BYTES_MAX = HEADER_BYTES + KvStore.KEY_BYTES_MAX + KvStore.VALUE_BYTES_MAX;

  private static final int CRC = 0;
  private static final int SEQUENCE = 4;
  private static final int SYNCED = 12;
  private static final int KEY_LENGTH = 16;
  private static final int VALUE_LENGTH = 20;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Record() {}

  /** Bytes of a record whose lengths are known to be in range. */
  static int bytes(int keyLength, int valueLength) {
    assert keyLength >= 0 && keyLength <= KvStore.KEY_BYTES_MAX;
    assert valueLength >= MARK && valueLength <= KvStore.VALUE_BYTES_MAX;
    return HEADER_BYTES + keyLength + Math.max(0, valueLength);
  }

  /**
   * Appends a record to a sink.
   *
   * @param valueLength bytes of {@code value} to take, or {@link #TOMBSTONE} or {@link #MARK}
   */
  static void encode(
      ByteSink into, long sequence, long synced, byte[] key, byte[] value, int valueLength) {
    //> phase 1: the checksum is known last and stands first; which bytes must it cover?
    int start = into.size();
    into.putFixed32(0);
    into.putFixed64(sequence);
    into.putFixed32((int) synced);
    into.putFixed32(key.length);
    into.putFixed32(valueLength);
    into.putBytes(key);
    into.putBytes(value, 0, Math.max(0, valueLength));
    int body = into.size() - start - SEQUENCE;
    into.setFixed32(start, Crc32c.masked(into.array(), start + SEQUENCE, body));
    assert into.size() - start == bytes(key.length, valueLength);
    //< phase 1
  }

  static int crc(byte[] bytes, int at) {
    return (int) INT.get(bytes, at + CRC);
  }

  static long sequence(byte[] bytes, int at) {
    return (long) LONG.get(bytes, at + SEQUENCE);
  }

  static long synced(byte[] bytes, int at) {
    return Integer.toUnsignedLong((int) INT.get(bytes, at + SYNCED));
  }

  static int keyLength(byte[] bytes, int at) {
    return (int) INT.get(bytes, at + KEY_LENGTH);
  }

  static int valueLength(byte[] bytes, int at) {
    return (int) INT.get(bytes, at + VALUE_LENGTH);
  }

  /** Whether the lengths of a header can be those of a record. */
  static boolean lengthsPossible(byte[] bytes, int at) {
    int key = keyLength(bytes, at);
    int value = valueLength(bytes, at);
    return key >= 0
        && key <= KvStore.KEY_BYTES_MAX
        && value >= MARK
        && value <= KvStore.VALUE_BYTES_MAX
        && (value != MARK || key == 0);
  }

  /** Whether the checksum of {@code bytes[at, at + length)} is the one it carries. */
  static boolean checksumHolds(byte[] bytes, int at, int length) {
    return crc(bytes, at) == Crc32c.masked(bytes, at + SEQUENCE, length - SEQUENCE);
  }

  /**
   * Checks that the {@code length} bytes at the start of {@code bytes}, read from where the index
   * sent us, are the record of a key, and returns the length of its value.
   *
   * @throws KvException.Corruption if they are not
   */
  static int verify(
      Path file, long position, byte[] bytes, int length, byte[] key, int keyOffset, int keyLength)
      throws KvException.Corruption {
    //> phase 1: the index says that a record of this key lies here; what proves it?
    if (!checksumHolds(bytes, 0, length)) { //~ trustsTheDisk: if (length < HEADER_BYTES) {
      throw new KvException.Corruption(
          file,
          position,
          "a record with checksum " + hex(crc(bytes, 0)),
          hex(Crc32c.masked(bytes, SEQUENCE, length - SEQUENCE)));
    }
    @Nullable String otherwise = mismatch(bytes, length, key, keyOffset, keyLength);
    if (otherwise != null) {
      throw new KvException.Corruption(
          file, position, "the record of the key asked for", otherwise);
    }
    return valueLength(bytes, 0);
    //< phase 1
  }

  private static @Nullable String mismatch(
      byte[] bytes, int length, byte[] key, int keyOffset, int keyLength) {
    if (!lengthsPossible(bytes, 0) || valueLength(bytes, 0) < 0) {
      return "a record without a value";
    }
    if (bytes(keyLength(bytes, 0), valueLength(bytes, 0)) != length) {
      return "a record of another length than the index has";
    }
    int keyEnd = HEADER_BYTES + keyLength(bytes, 0);
    boolean sameKey =
        Arrays.equals(bytes, HEADER_BYTES, keyEnd, key, keyOffset, keyOffset + keyLength);
    return sameKey ? null : "the record of another key";
  }

  private static String hex(int value) {
    return "0x" + Integer.toHexString(value);
  }
}
