package systems.kvstore;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What both engines of this module can do: remember values by key and survive a crash.
 *
 * <p>Keys are 0 to {@value #KEY_BYTES_MAX} bytes, values 0 to {@value #VALUE_BYTES_MAX} bytes.
 * Arrays that go in are copied before the call returns, arrays that come out belong to the caller:
 * neither side ever sees the other's memory change. Every method may be called from any thread.
 *
 * <p>A method that fails with {@link KvException.Fenced} will go on failing: an earlier write or
 * sync did not reach the disk, and only opening the store again tells what did.
 */
public interface KvStore extends Closeable {

  /** Longest key, in bytes. */
  int KEY_BYTES_MAX = 64 * 1024;

  /** Longest value, in bytes. */
  int VALUE_BYTES_MAX = 1 << 30;

  /**
   * Sets the value of a key.
   *
   * @throws IllegalArgumentException if key or value is longer than the limits above
   */
  void put(byte[] key, byte[] value, Durability durability) throws IOException;

  /** Removes a key; removing one that is not there is no error. */
  void delete(byte[] key, Durability durability) throws IOException;

  /**
   * Copies the value of the key {@code key[offset, offset + length)} into the caller's buffer,
   * which grows if it must. Allocates nothing once the buffer is large enough.
   *
   * @return false if the key has no value; the buffer's content is then undefined
   */
  boolean get(byte[] key, int offset, int length, ValueBuffer into) throws IOException;

  /** The value of a key in an array of its own, or null. */
  default byte @Nullable [] get(byte[] key) throws IOException {
    var value = new ValueBuffer();
    return get(key, 0, key.length, value) ? value.toByteArray() : null;
  }

  /** {@link #put(byte[], byte[], Durability)} that survives the process but not the power. */
  default void put(byte[] key, byte[] value) throws IOException {
    put(key, value, Durability.BUFFERED);
  }

  /** {@link #delete(byte[], Durability)} that survives the process but not the power. */
  default void delete(byte[] key) throws IOException {
    delete(key, Durability.BUFFERED);
  }

  /** Makes everything that was acknowledged so far survive a power loss. */
  void sync() throws IOException;

  /** Syncs and lets go of the directory. Closing twice is harmless. */
  @Override
  void close() throws IOException;
}
