package systems.kvstore.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A growing array that writes RocksDB's integers: fixed ones little-endian, varints seven bits a
 * byte with the low group first. Belongs to one thread.
 */
public final class ByteSink {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] bytes;
  private int size;

  public ByteSink(int capacity) {
    bytes = new byte[Math.max(16, capacity)];
  }

  /** The array that holds the bytes in {@code [0, size())}; replaced when it has to grow. */
  public byte[] array() {
    return bytes;
  }

  public int size() {
    return size;
  }

  /** Forgets everything from {@code newSize} on. */
  public void truncate(int newSize) {
    assert newSize >= 0 && newSize <= size;
    size = newSize;
  }

  public void clear() {
    size = 0;
  }

  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  /** Makes room for {@code count} more bytes without writing them. */
  public void reserve(int count) {
    if (bytes.length - size < count) {
      bytes = Arrays.copyOf(bytes, grown(count));
    }
  }

  private int grown(int count) {
    long needed = (long) size + count;
    if (needed > Integer.MAX_VALUE - 8) {
      throw new OutOfMemoryError("a buffer of " + needed + " bytes is more than an array holds");
    }
    return (int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, 2L * bytes.length));
  }

  public void putByte(int value) {
    reserve(1);
    bytes[size++] = (byte) value;
  }

  public void putFixed32(int value) {
    reserve(4);
    INT.set(bytes, size, value);
    size += 4;
  }

  public void putFixed64(long value) {
    reserve(8);
    LONG.set(bytes, size, value);
    size += 8;
  }

  /** Overwrites eight bytes at {@code position}. */
  public void setFixed64(int position, long value) {
    assert position + 8 <= size;
    LONG.set(bytes, position, value);
  }

  /** Overwrites four bytes at {@code position}. */
  public void setFixed32(int position, int value) {
    assert position + 4 <= size;
    INT.set(bytes, position, value);
  }

  /** Writes an unsigned 32-bit varint, 1 to 5 bytes. */
  public void putVarint32(int value) {
    reserve(5);
    int rest = value;
    while ((rest & ~0x7f) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  /** Writes an unsigned 64-bit varint, 1 to 10 bytes. */
  public void putVarint64(long value) {
    reserve(10);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  public void putBytes(byte[] source, int offset, int length) {
    reserve(length);
    System.arraycopy(source, offset, bytes, size, length);
    size += length;
  }

  public void putBytes(byte[] source) {
    putBytes(source, 0, source.length);
  }

  /** Writes a varint32 length and then the bytes. */
  public void putLengthPrefixed(byte[] source, int offset, int length) {
    putVarint32(length);
    putBytes(source, offset, length);
  }
}
