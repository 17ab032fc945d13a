package systems.redis.server;

import java.util.Arrays;

/** A byte string as a key of a hash table. The array must not change. */
public record Bytes(byte[] bytes) {
  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }
}
