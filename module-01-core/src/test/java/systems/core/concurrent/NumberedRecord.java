package systems.core.concurrent;

import java.nio.ByteBuffer;

/** A record that says which one it is; its length and every byte follow from its number. */
final class NumberedRecord {
  private NumberedRecord() {}

  static byte[] of(long number, int bytesMax) {
    long seed = (number + 1) * 0x9E37_79B9_7F4A_7C15L;
    int length = Long.BYTES + (int) ((seed >>> 33) % (bytesMax - Long.BYTES + 1));
    byte[] record = new byte[length];
    for (int i = Long.BYTES; i < length; i++) {
      record[i] = (byte) (seed >>> i % 32);
    }
    ByteBuffer.wrap(record).putLong(0, number);
    return record;
  }

  static long number(byte[] record) {
    return ByteBuffer.wrap(record).getLong(0);
  }
}
