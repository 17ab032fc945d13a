package systems.redis.db;

import systems.redis.types.GrowingString;
import systems.redis.types.HashValue;
import systems.redis.types.ListValue;
import systems.redis.types.SetValue;
import systems.redis.types.StreamValue;
import systems.redis.types.ZsetValue;

/**
 * What kind a value is, by the class of the object that a key has.
 *
 * <p>A string is a {@code Long} (encoding {@code int}), a {@code byte[]} ({@code embstr}, or {@code
 * raw} above 44 bytes), or a {@link GrowingString} ({@code raw}): no wrapper around what is most
 * often small.
 */
public enum ValueType {
  STRING("string"),
  LIST("list"),
  SET("set"),
  ZSET("zset"),
  HASH("hash"),
  STREAM("stream");

  /** A longer string is {@code raw}. */
  private static final int EMBEDDED_BYTES_MAX = 44;

  private final String text;

  ValueType(String text) {
    this.text = text;
  }

  /** As TYPE says it. */
  public String text() {
    return text;
  }

  public static ValueType of(Object value) {
    return switch (value) {
      case byte[] _, Long _, GrowingString _ -> STRING;
      case ListValue _ -> LIST;
      case SetValue _ -> SET;
      case ZsetValue _ -> ZSET;
      case HashValue _ -> HASH;
      case StreamValue _ -> STREAM;
      default -> throw new AssertionError("no value: " + value.getClass());
    };
  }

  public static String encoding(Object value) {
    return switch (value) {
      case Long _ -> "int";
      case GrowingString _ -> "raw";
      case byte[] bytes -> bytes.length <= EMBEDDED_BYTES_MAX ? "embstr" : "raw";
      case systems.redis.types.Aggregate aggregate -> aggregate.encoding();
      default -> throw new AssertionError("no value: " + value.getClass());
    };
  }

  /** An estimate in bytes. */
  public static long memoryBytes(Object value) {
    return switch (value) {
      case Long _ -> 16;
      case byte[] bytes -> 16 + (bytes.length + 7L & ~7L);
      case GrowingString string -> 40L + string.capacity();
      case systems.redis.types.Aggregate aggregate -> aggregate.memoryBytes();
      default -> throw new AssertionError("no value: " + value.getClass());
    };
  }

  /** A value of its own with the same content. */
  public static Object copy(Object value) {
    return switch (value) {
      case Long number -> number;
      case byte[] bytes -> bytes; // never changed in place
      case GrowingString string -> new GrowingString(string.toBytes());
      case ListValue list -> list.copy();
      case SetValue set -> set.copy();
      case ZsetValue zset -> zset.copy();
      case HashValue hash -> hash.copy();
      case StreamValue stream -> stream.copy();
      default -> throw new AssertionError("no value: " + value.getClass());
    };
  }
}
