package systems.redis.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Reply;
import systems.redis.server.Call;
import systems.redis.server.Glob;
import systems.redis.types.Dict;

/** What SCAN, SSCAN, HSCAN and ZSCAN share: cursor, COUNT, MATCH. */
final class Scan {
  private static final int STEPS_A_COUNT = 10;

  final long cursor;
  long count = 10;
  byte @Nullable [] match;
  @Nullable String type;

  private Scan(long cursor) {
    this.cursor = cursor;
  }

  static Scan parse(Call call, int cursorAt, boolean ofKeys) {
    var scan = new Scan(cursor(call.arg(cursorAt)));
    for (int i = cursorAt + 1; i < call.count(); i++) {
      boolean more = i + 1 < call.count();
      if (call.is(i, "COUNT") && more) {
        scan.count = call.integer(++i);
        if (scan.count < 1) {
          throw call.syntax();
        }
      } else if (call.is(i, "MATCH") && more) {
        byte[] pattern = call.arg(++i);
        scan.match = pattern.length == 1 && pattern[0] == '*' ? null : pattern;
      } else if (ofKeys && call.is(i, "TYPE") && more) {
        scan.type = call.text(++i).toLowerCase(java.util.Locale.ROOT);
      } else {
        throw call.syntax();
      }
    }
    return scan;
  }

  private static long cursor(byte[] text) {
    try {
      String digits = new String(text, ISO_8859_1);
      if (digits.isEmpty() || !Character.isDigit(digits.charAt(0))) {
        throw ErrorReply.err("invalid cursor");
      }
      return Long.parseUnsignedLong(digits);
    } catch (NumberFormatException e) {
      throw ErrorReply.err("invalid cursor");
    }
  }

  boolean matches(byte[] text) {
    return match == null || Glob.matches(match, text);
  }

  /** Walks some buckets; returns the next cursor. */
  <V> long walk(Dict<V> dict, Dict.Visitor<V> visitor) {
    //> phase 1: how far does one call go, and what if the buckets are empty?
    long at = cursor;
    long steps = count > Long.MAX_VALUE / STEPS_A_COUNT ? Long.MAX_VALUE : count * STEPS_A_COUNT;
    int[] seen = {0};
    do {
      at =
          dict.scan(
              at,
              (key, value) -> {
                seen[0]++;
                visitor.visit(key, value);
              });
    } while (at != 0 && --steps > 0 && seen[0] < count);
    return at;
    //< phase 1
  }

  static void reply(Reply reply, long next, List<byte[]> found) {
    reply.array(2);
    reply.bulk(Long.toUnsignedString(next));
    reply.array(found.size());
    found.forEach(reply::bulk);
  }
}
