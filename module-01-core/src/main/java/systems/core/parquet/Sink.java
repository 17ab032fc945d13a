package systems.core.parquet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Bytes that are put one after the other, in an array that grows and is used again. */
final class Sink {
  /** An array of more the JVM may refuse. */
  private static final int BYTES_MAX = Integer.MAX_VALUE - 16;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  byte[] bytes = new byte[1024];
  int size;

  void clear() {
    size = 0;
  }

  /** Makes room for so many bytes behind the size. */
  void reserve(long count) {
    if (count > bytes.length - size) {
      long wanted = size + count;
      if (wanted > BYTES_MAX) {
        throw new OutOfMemoryError(wanted + " bytes do not fit an array");
      }
      bytes = Arrays.copyOf(bytes, (int) Math.max(wanted, Math.min(2L * bytes.length, BYTES_MAX)));
    }
  }

  void u8(int value) {
    reserve(1);
    bytes[size++] = (byte) value;
  }

  void int32(int value) {
    reserve(4);
    INT.set(bytes, size, value);
    size += 4;
  }

  /** Writes over four bytes that are there. */
  void int32At(int at, int value) {
    INT.set(bytes, at, value);
  }

  void int64(long value) {
    reserve(8);
    LONG.set(bytes, size, value);
    size += 8;
  }

  void put(byte[] source, int from, int length) {
    reserve(length);
    System.arraycopy(source, from, bytes, size, length);
    size += length;
  }

  /** ULEB128. */
  void varint(long value) {
    reserve(10);
    while ((value & ~0x7fL) != 0) {
      bytes[size++] = (byte) (value | 0x80);
      value >>>= 7;
    }
    bytes[size++] = (byte) value;
  }

  void zigzag(long value) {
    varint(value << 1 ^ value >> 63);
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }
}
