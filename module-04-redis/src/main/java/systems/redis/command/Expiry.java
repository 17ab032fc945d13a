package systems.redis.command;

import java.util.Locale;
import systems.redis.resp.ErrorReply;
import systems.redis.server.Call;

/** Reads times of expiry: relative or absolute, in seconds or milliseconds. */
final class Expiry {
  private Expiry() {}

  /**
   * When a key shall expire, in milliseconds since 1970.
   *
   * @throws ErrorReply if the time is not positive or too far away
   */
  static long at(Call call, int index, long unitMillis, boolean relative) {
    long value = call.integer(index);
    if (value <= 0) {
      throw invalid(call);
    }
    return absolute(call, value, unitMillis, relative);
  }

  /** As {@link #at}, but times in the past are fine. */
  static long absolute(Call call, long value, long unitMillis, boolean relative) {
    //> phase 1: which products and which sums leave 64 bits?
    if (unitMillis == 1000 && (value > Long.MAX_VALUE / 1000 || value < Long.MIN_VALUE / 1000)) {
      throw invalid(call);
    }
    long millis = value * unitMillis;
    if (relative) {
      if (millis > Long.MAX_VALUE - call.nowMillis()) {
        throw invalid(call);
      }
      millis += call.nowMillis(); //~ fromTheEpoch: millis += 0;
    }
    return millis;
    //< phase 1
  }

  private static ErrorReply invalid(Call call) {
    return ErrorReply.err(
        "invalid expire time in '" + call.command().name().toLowerCase(Locale.ROOT) + "' command");
  }
}
