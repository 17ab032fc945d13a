package systems.kvstore;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A window on somebody's bytes: array, offset, length. It is mutable on purpose: a cursor keeps one
 * for its key and one for its value and moves them along, so that a scan allocates nothing. Whoever
 * hands one out says how long the window stays put; for a cursor that is until it moves.
 *
 * <p>Order is that of unsigned bytes, a prefix before what it is a prefix of (RocksDB's {@code
 * leveldb.BytewiseComparator}).
 */
public final class Slice implements Comparable<Slice> {
  private byte[] array;
  private int offset;
  private int length;

  /** An empty slice, to be {@link #set}. */
  public Slice() {
    this(new byte[0]);
  }

  /** All of an array, which is not copied. */
  public Slice(byte[] array) {
    this(array, 0, array.length);
  }

  /** A part of an array, which is not copied. */
  public Slice(byte[] array, int offset, int length) {
    this.array = array;
    this.offset = offset;
    this.length = length;
  }

  /** The UTF-8 bytes of a text. */
  public static Slice of(String text) {
    return new Slice(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Moves the window. */
  public Slice set(byte[] newArray, int newOffset, int newLength) {
    assert newOffset >= 0 && newLength >= 0 && newOffset + newLength <= newArray.length;
    array = newArray;
    offset = newOffset;
    length = newLength;
    return this;
  }

  /** Moves the window to where another one is. */
  public Slice set(Slice other) {
    return set(other.array, other.offset, other.length);
  }

  /** The array under the window; not to be written to. */
  public byte[] array() {
    return array;
  }

  /** First byte of the window in {@link #array()}. */
  public int offset() {
    return offset;
  }

  /** Bytes in the window. */
  public int length() {
    return length;
  }

  /** A copy of the bytes. */
  public byte[] toByteArray() {
    return Arrays.copyOfRange(array, offset, offset + length);
  }

  /** A slice of a copy of the bytes, which stays when this one moves on. */
  public Slice copy() {
    return new Slice(toByteArray());
  }

  @Override
  public int compareTo(Slice other) {
    return Arrays.compareUnsigned(
        array, offset, offset + length, other.array, other.offset, other.offset + other.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Slice that && compareTo(that) == 0;
  }

  @Override
  public int hashCode() {
    int hash = 1;
    for (int i = offset; i < offset + length; i++) {
      hash = 31 * hash + array[i];
    }
    return hash;
  }

  /** The bytes as UTF-8 text, for messages. */
  @Override
  public String toString() {
    return new String(array, offset, length, StandardCharsets.UTF_8);
  }
}
