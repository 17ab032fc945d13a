package systems.kvstore.table;

import java.util.SplittableRandom;
import systems.kvstore.Slice;

/** Keys that are unpleasant to compare: empty, of many lengths, full of 0x00, 0x80 and 0xff. */
final class Keys {
  private static final byte[] ALPHABET = {0, 0, 1, 'a', 'b', 0x7f, (byte) 0x80, (byte) 0xff};
  private static final byte[] COMMON = {'u', 's', 'e', 'r', '0', '0', '0', '0', '0'};

  private Keys() {}

  /** A user key of at most 20 bytes; half of them begin with the same nine. */
  static byte[] user(SplittableRandom random) {
    int common = random.nextBoolean() ? COMMON.length : 0;
    byte[] key = new byte[common + random.nextInt(1 + random.nextInt(12))];
    System.arraycopy(COMMON, 0, key, 0, common);
    for (int i = common; i < key.length; i++) {
      key[i] = ALPHABET[random.nextInt(ALPHABET.length)];
    }
    return key;
  }

  /** The internal key of a version. */
  static Slice internal(byte[] user, long sequence, EntryKind kind) {
    return new Slice(InternalKey.encode(user, 0, user.length, InternalKey.trailer(sequence, kind)));
  }

  /** The internal key to seek with. */
  static Slice seek(byte[] user, long snapshot) {
    return new Slice(InternalKey.encode(user, 0, user.length, InternalKey.seekTrailer(snapshot)));
  }

  /** A slice of the same bytes in the middle of a larger array. */
  static Slice embedded(byte[] bytes) {
    byte[] array = new byte[bytes.length + 11];
    java.util.Arrays.fill(array, (byte) 0x55);
    System.arraycopy(bytes, 0, array, 5, bytes.length);
    return new Slice(array, 5, bytes.length);
  }
}
