package systems.redis.command;

import systems.redis.db.Database;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.types.GrowingString;

/** What the commands on strings share. */
final class Strings {
  /** A value that is as short as an integer and reads as one becomes one. */
  static Object encode(byte[] value) {
    if (value.length <= Numbers.DIGITS_MAX && Numbers.isLong(value)) {
      return Numbers.toLong(value);
    }
    return value;
  }

  private Strings() {}

  static void checkLength(systems.redis.server.Call call, long length) {
    if (length > call.server().bulkBytesMax()) {
      throw ErrorReply.err("string exceeds maximum allowed size (proto-max-bulk-len)");
    }
  }

  static int length(Object value) {
    return switch (value) {
      case byte[] bytes -> bytes.length;
      case Long number -> Numbers.length(number);
      case GrowingString string -> string.length();
      default -> throw ErrorReply.wrongType();
    };
  }

  /** The string of the key, ready to be written in place; made if it is not there. */
  static GrowingString growing(Database db, byte[] key, Object value) {
    if (value instanceof GrowingString string) {
      return string;
    }
    var string = new GrowingString(Database.stringOf(value).clone());
    db.replace(key, string);
    return string;
  }

  /** Bytes for reading, at least as many as the length. */
  static byte[] view(Object value) {
    return value instanceof GrowingString string ? string.array() : Database.stringOf(value);
  }
}
