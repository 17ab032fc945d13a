package systems.kvstore.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Reads what {@link ByteSink} writes from bytes that nobody vouches for: every read is checked
 * against the limit before anything is touched or allocated, a varint that does not end or does not
 * fit is an error. Belongs to one thread.
 */
public final class ByteSource {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] bytes;
  private int position;
  private int limit;

  public ByteSource(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  public ByteSource(byte[] bytes, int offset, int length) {
    this.bytes = bytes;
    this.position = offset;
    this.limit = offset + length;
  }

  /** Reads from {@code newBytes[offset, offset + length)} from now on. */
  public ByteSource reset(byte[] newBytes, int offset, int length) {
    bytes = newBytes;
    position = offset;
    limit = offset + length;
    return this;
  }

  public byte[] array() {
    return bytes;
  }

  /** Where the next read begins, an index of {@link #array()}. */
  public int position() {
    return position;
  }

  public int remaining() {
    return limit - position;
  }

  public int readByte() throws MalformedException {
    need(1, "a byte");
    return bytes[position++] & 0xff;
  }

  public int readFixed32() throws MalformedException {
    need(4, "a fixed32");
    int value = (int) INT.get(bytes, position);
    position += 4;
    return value;
  }

  public long readFixed64() throws MalformedException {
    need(8, "a fixed64");
    long value = (long) LONG.get(bytes, position);
    position += 8;
    return value;
  }

  /** Reads an unsigned 32-bit varint; the result may be negative where the top bit is set. */
  public int readVarint32() throws MalformedException {
    int start = position;
    long value = readVarint64();
    if (value >>> 32 != 0) {
      throw new MalformedException("a varint32 of more than 32 bits", start);
    }
    return (int) value;
  }

  public long readVarint64() throws MalformedException {
    int start = position;
    long value = 0;
    for (int shift = 0; shift < 64 && position < limit; shift += 7) {
      byte group = bytes[position++];
      value |= (long) (group & 0x7f) << shift;
      if (group >= 0) {
        return value;
      }
    }
    throw new MalformedException("a varint without an end", start);
  }

  /** Reads a varint32 length that the remaining bytes must hold. */
  public int readLength() throws MalformedException {
    int start = position;
    int length = readVarint32();
    if (length < 0 || length > remaining()) {
      throw new MalformedException(
          "a length of "
              + Integer.toUnsignedString(length)
              + " where "
              + remaining()
              + " bytes remain",
          start);
    }
    return length;
  }

  /** Steps over {@code length} bytes and returns where they began. */
  public int skip(int length) throws MalformedException {
    if (isShortOf(length)) { // the words are made here and not for each call: a put skips twice
      throw new MalformedException("no room for a run of " + length + " bytes", position);
    }
    int start = position;
    position += length;
    return start;
  }

  /** Reads a varint32 length and a copy of that many bytes. */
  public byte[] readLengthPrefixed() throws MalformedException {
    int length = readLength();
    int start = skip(length);
    return Arrays.copyOfRange(bytes, start, start + length);
  }

  private void need(int count, String what) throws MalformedException {
    if (isShortOf(count)) {
      throw new MalformedException("no room for " + what, position);
    }
  }

  private boolean isShortOf(int count) {
    return count < 0 || count > limit - position;
  }
}
