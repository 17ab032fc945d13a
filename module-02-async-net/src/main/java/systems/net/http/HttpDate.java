package systems.net.http;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Points in time as HTTP writes them (RFC 9110 §5.6.7): to the second, in GMT.
 *
 * <pre>
 *   Sun, 06 Nov 1994 08:49:37 GMT      IMF-fixdate: the only one to be written
 *   Sunday, 06-Nov-94 08:49:37 GMT     RFC 850: to be read
 *   Sun Nov  6 08:49:37 1994           asctime(): to be read
 * </pre>
 *
 * <p>Days are counted from 0000-03-01, so that the leap day is the last of a year and the lengths
 * of months from March on follow a line: {@code (153 m + 2) / 5} days lie before month m. Written
 * by hand since {@code DateTimeFormatter} makes some twenty objects, and knows only the first form.
 */
public final class HttpDate {
  static final int LENGTH = 29;

  private static final String DAYS = "SunMonTueWedThuFriSat";
  private static final List<String> LONG_DAYS =
      List.of("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday");
  private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
  private static final int SECONDS_PER_DAY = 86_400;
  private static final long DAYS_TO_1970 = 719_468;
  private static final int DAYS_PER_ERA = 146_097;

  /** The last second of the year 9999. */
  private static final long SECONDS_MAX = 253_402_300_799L;

  private HttpDate() {}

  /**
   * The moment as IMF-fixdate (RFC 9110 §5.6.7), 29 characters.
   *
   * @param epochSeconds from the year 1970 to the year 9999
   */
  public static String format(long epochSeconds) {
    var bytes = new byte[LENGTH];
    format(epochSeconds, bytes, 0);
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  /** Writes the 29 characters; returns up to where. */
  static int format(long epochSeconds, byte[] into, int at) {
    //> phase 4: which day of which month of which year is it, without a table?
    if (epochSeconds < 0 || epochSeconds > SECONDS_MAX) {
      throw new IllegalArgumentException("not within the years 1970 to 9999: " + epochSeconds);
    }
    int days = (int) (epochSeconds / SECONDS_PER_DAY);
    int second = (int) (epochSeconds % SECONDS_PER_DAY);
    int era = (int) ((days + DAYS_TO_1970) / DAYS_PER_ERA);
    int dayOfEra = (int) ((days + DAYS_TO_1970) % DAYS_PER_ERA);
    int year = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
    int dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100);
    int march = (5 * dayOfYear + 2) / 153;
    int day = dayOfYear - (153 * march + 2) / 5 + 1;
    int month = (march + 2) % 12;
    int full = era * 400 + year + (march >= 10 ? 1 : 0);
    int weekday = (days + 4) % 7; //~ theEpochWasASunday: int weekday = days % 7;
    int end = letters(DAYS, weekday, into, at);
    into[end++] = ',';
    into[end++] = ' ';
    end = digits(day, into, end);
    into[end++] = ' ';
    end = letters(MONTHS, month, into, end);
    into[end++] = ' ';
    end = digits(full % 100, into, digits(full / 100, into, end));
    into[end++] = ' ';
    end = digits(second / 3_600, into, end);
    into[end++] = ':';
    end = digits(second / 60 % 60, into, end);
    into[end++] = ':';
    end = digits(second % 60, into, end);
    into[end++] = ' ';
    into[end++] = 'G';
    into[end++] = 'M';
    into[end++] = 'T';
    assert end == at + LENGTH;
    return end;
    //< phase 4
  }

  private static int letters(String names, int which, byte[] into, int at) {
    for (int i = 0; i < 3; i++) {
      into[at + i] = (byte) names.charAt(3 * which + i);
    }
    return at + 3;
  }

  private static int digits(int n, byte[] into, int at) {
    into[at] = (byte) ('0' + n / 10);
    into[at + 1] = (byte) ('0' + n % 10);
    return at + 2;
  }

  /**
   * Seconds since 1970 of any of the three forms, null for anything else: a field with a date that
   * is none is to be ignored.
   *
   * @param nowEpochSeconds tells which century a year of two digits is of: one that seems to lie
   *     more than 50 years ahead is the last with these digits (RFC 9110 §5.6.7)
   */
  public static @Nullable Long parse(String text, long nowEpochSeconds) {
    //> phase 4: three forms; the comma, and where it stands, tells which
    int comma = text.indexOf(',');
    if (comma == 3 && text.length() == LENGTH) {
      return parsed(
          text, "ddd, 00 mmm 0000 00:00:00 GMT", number(text, 5), 8, number(text, 12), 17);
    }
    if (comma > 3 && text.length() == comma + 24) {
      String tail = text.substring(comma - 3);
      boolean known = LONG_DAYS.contains(text.substring(0, comma));
      int year = number(tail, 12);
      return known && year >= 0 ? shortYear(tail, century(year, nowEpochSeconds)) : null;
    }
    if (comma < 0 && text.length() == 24) {
      int day = text.charAt(8) == ' ' ? number("0" + text.charAt(9), 0) : number(text, 8);
      String padded = text.charAt(8) == ' ' ? text.substring(0, 8) + "0" + text.substring(9) : text;
      return parsed(padded, "ddd mmm 00 00:00:00 0000", day, 4, number(text, 20), 11);
    }
    return null;
    //< phase 4
  }

  //> phase 4 only
  private static @Nullable Long shortYear(String text, int year) {
    String full = text.substring(0, 12) + "%04d".formatted(year) + text.substring(14);
    return parsed(full, "xxx, 00-mmm-0000 00:00:00 GMT", number(text, 5), 8, year / 100, 17);
  }

  private static int century(int twoDigits, long nowEpochSeconds) {
    int now = 1970 + (int) (nowEpochSeconds / 31_556_952);
    int year = now / 100 * 100 + twoDigits;
    if (year > now + 50) { //~ alwaysThisCentury: if (year < 0) {
      return year - 100;
    }
    return year;
  }

  /**
   * @param form 0 stands for a digit, d and m for letters of a day and a month, x for any
   * @param yearHundreds the upper two digits of the year, -1 if there are none
   */
  private static @Nullable Long parsed(
      String text, String form, int day, int monthAt, int yearHundreds, int timeAt) {
    if (!fits(text, form)) {
      return null;
    }
    int year = yearHundreds * 100 + number(text, form.indexOf("0000") + 2);
    int month = nameAt(MONTHS, text, monthAt);
    int hour = number(text, timeAt);
    int minute = number(text, timeAt + 3);
    int second = number(text, timeAt + 6);
    boolean known = month >= 0 && (form.charAt(0) == 'x' || nameAt(DAYS, text, 0) >= 0);
    if (!known || year < 1970 || hour > 23 || minute > 59 || second > 60) {
      return null;
    }
    long days = days(year, month, day);
    boolean exists = day >= 1 && day <= 31 && days < days(year, month + 1, 1);
    return exists ? (Long) (days * SECONDS_PER_DAY + hour * 3_600L + minute * 60L + second) : null;
  }

  private static boolean fits(String text, String form) {
    for (int i = 0; i < form.length(); i++) {
      char wanted = form.charAt(i);
      char c = text.charAt(i);
      boolean right =
          switch (wanted) {
            case '0' -> c >= '0' && c <= '9';
            case 'd', 'm', 'x' -> c > ' ' && c < 0x7f;
            default -> c == wanted;
          };
      if (!right) {
        return false;
      }
    }
    return true;
  }

  private static int nameAt(String names, String text, int at) {
    int found = names.indexOf(text.substring(at, at + 3));
    return found % 3 == 0 ? found / 3 : -1;
  }

  private static int number(String text, int at) {
    int tens = text.charAt(at) - '0';
    int ones = text.charAt(at + 1) - '0';
    return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : -1;
  }

  /**
   * Days from 1970 to this one.
   *
   * @param month from 0 for January; 12 is the next year's
   */
  private static long days(int year, int month, int day) {
    int march = (month + 10) % 12;
    long years = (long) year + month / 12 - (march >= 10 ? 1 : 0);
    long leaps = years / 4 - years / 100 + years / 400;
    return years * 365 + leaps + (153 * march + 2) / 5 + day - 1 - DAYS_TO_1970;
  }
  //< phase 4
}
