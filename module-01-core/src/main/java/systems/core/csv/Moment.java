package systems.core.csv;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * Days and times as ISO 8601 writes them: {@code 2025-11-26}, {@code 2025-11-26 14:05:09.25}, with
 * a space or a T, with or without seconds and up to six digits of their fraction. No zones: the
 * text {@code 14:05Z} is a string.
 *
 * <p>Days are counted in years that begin with March. Then the day that a leap year has more is the
 * last of its year, and the months before one are so many days that a line through them, rounded
 * down, hits each: {@code (153 m + 2) / 5}.
 *
 * <p>Source: H. Fliegel, T. van Flandern, "A machine algorithm for processing calendar dates",
 * Communications of the ACM 11(10), 1968.
 */
final class Moment {
  /** No day, and no time either. */
  static final long NONE = Long.MIN_VALUE;

  static final long MICROS_PER_SECOND = 1_000_000;
  static final long MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND;

  private Moment() {}

  /** Days since 1970-01-01, or {@link #NONE}. */
  static long toDate(byte[] text, int from, int to) {
    //> phase 6: which bytes must be digits, and which days does a month not have?
    if (to - from != DATE_BYTES) {
      return toExpandedDate(text, from, to);
    }
    int year = two(text, from) * 100 + two(text, from + 2);
    int month = two(text, from + 5);
    int day = two(text, from + 8);
    boolean isDate = text[from + 4] == '-' && text[from + 7] == '-';
    if (!isDate || (year | month | day) < 0 || !isDay(year, month, day)) {
      return NONE;
    }
    return days(year, month, day);
    //< phase 6
  }

  /** Microseconds since 1970-01-01T00:00, or {@link #NONE}; a day alone is its midnight. */
  static long toTimestamp(byte[] text, int from, int to) {
    //> phase 6: what stands behind the day, and how long may each part be?
    int end = endOfDate(text, from, to);
    long days = toDate(text, from, end);
    if (days == NONE || end == to) {
      return days == NONE ? NONE : micros(days, 0);
    }
    long micros = toTime(text, end + 1, to);
    return micros < 0 ? NONE : micros(days, micros);
    //< phase 6
  }

  //> phase 6 only
  private static final int DATE_BYTES = 10;
  private static final int EXPANDED_BYTES_MAX = 16;

  /** The years before 0 and after 9999, as {@link LocalDate} writes them. */
  private static long toExpandedDate(byte[] text, int from, int to) {
    int length = to - from;
    boolean signed = length > 0 && (text[from] == '-' || text[from] == '+');
    if (!signed || length <= DATE_BYTES || length > EXPANDED_BYTES_MAX) {
      return NONE;
    }
    try {
      return LocalDate.parse(new String(text, from, length, StandardCharsets.ISO_8859_1))
          .toEpochDay();
    } catch (DateTimeException _) {
      return NONE;
    }
  }

  private static int endOfDate(byte[] text, int from, int to) {
    int at = from;
    while (at < to && text[at] != ' ' && text[at] != 'T') {
      at++;
    }
    return at;
  }

  private static long micros(long days, long micros) {
    long limit = Long.MAX_VALUE / MICROS_PER_DAY;
    return days >= limit || days <= -limit ? NONE : days * MICROS_PER_DAY + micros;
  }

  private static long toTime(byte[] text, int from, int to) {
    int length = to - from;
    if (length != 5 && length < 8 || text[from + 2] != ':') {
      return -1;
    }
    int hour = two(text, from);
    int minute = two(text, from + 3);
    int second = 0;
    int fraction = 0;
    if (length > 5) {
      second = text[from + 5] == ':' ? two(text, from + 6) : -1;
      fraction = length > 8 ? fraction(text, from + 8, to) : 0;
    }
    if ((hour | minute | second | fraction) < 0 || hour > 23 || minute > 59 || second > 59) {
      return -1;
    }
    return (hour * 3600L + minute * 60L + second) * MICROS_PER_SECOND + fraction;
  }

  /** Microseconds of a point and one to six digits, or -1. */
  private static int fraction(byte[] text, int from, int to) {
    int digits = to - from - 1;
    if (text[from] != '.' || digits < 1 || digits > 6) {
      return -1;
    }
    int value = 0;
    for (int i = 1; i <= 6; i++) {
      int digit = i <= digits ? text[from + i] - '0' : 0;
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value;
  }

  /** A number of two digits, or one far below 0. */
  private static int two(byte[] text, int at) {
    int high = text[at] - '0';
    int low = text[at + 1] - '0';
    return (high | low | 9 - high | 9 - low) < 0 ? -1 << 20 : high * 10 + low;
  }

  private static boolean isDay(int year, int month, int day) {
    return month >= 1 && month <= 12 && day >= 1 && day <= lengthOfMonth(year, month);
  }

  private static int lengthOfMonth(int year, int month) {
    return switch (month) {
      case 2 -> year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
      case 4, 6, 9, 11 -> 30;
      default -> 31;
    };
  }

  private static final int DAYS_TO_1970_03_01 = 719_468;
  private static final int DAYS_IN_400_YEARS = 146_097;

  private static long days(int year, int month, int day) {
    int y = month > 2 ? year : year - 1;
    int m = month > 2 ? month - 3 : month + 9;
    int era = Math.floorDiv(y, 400);
    int ofEra = y - era * 400;
    int dayOfYear = (153 * m + 2) / 5 + day - 1;
    int leaps = ofEra / 4 - ofEra / 100; //~ julian: int leaps = ofEra / 4;
    long dayOfEra = ofEra * 365L + leaps + dayOfYear;
    return (long) era * DAYS_IN_400_YEARS + dayOfEra - DAYS_TO_1970_03_01;
  }

  //< phase 6

  /** A day as text that {@link #toDate} reads. */
  static String date(long days) {
    return LocalDate.ofEpochDay(days).toString();
  }

  /** A time as text that {@link #toTimestamp} reads: seconds always, fractions if there are any. */
  static String timestamp(long micros) {
    long second = Math.floorDiv(micros, MICROS_PER_SECOND);
    int fraction = (int) Math.floorMod(micros, MICROS_PER_SECOND);
    var time = LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.UTC);
    String text = time.toLocalDate() + " " + time.toLocalTime();
    String seconds = time.getSecond() == 0 ? text + ":00" : text;
    return fraction == 0
        ? seconds
        : seconds + "." + String.valueOf(MICROS_PER_SECOND + fraction).substring(1);
  }
}
