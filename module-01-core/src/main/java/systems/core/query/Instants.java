package systems.core.query;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import systems.core.column.ColumnType;

/** Days and microseconds since 1970 and how they are written. */
public final class Instants {
  static final long MICROS_PER_DAY = 86_400_000_000L;

  private static final long DAYS_MAX = 300_000_000_000L;
  private static final LocalDateTime EPOCH = LocalDate.EPOCH.atStartOfDay();

  private Instants() {}

  static String form(ColumnType type) {
    return type == ColumnType.DATE ? "2024-12-31" : "2024-12-31 23:59:59.999999";
  }

  /**
   * The number that stands for a text in a column of type DATE or TIMESTAMP; of a day, its start.
   *
   * @throws DateTimeException if the text is neither
   */
  static long parse(ColumnType type, String text) {
    if (type == ColumnType.DATE) {
      return LocalDate.parse(text).toEpochDay();
    }
    LocalDateTime time =
        text.length() <= 10
            ? LocalDate.parse(text).atStartOfDay()
            : LocalDateTime.parse(text.replace(' ', 'T'));
    return ChronoUnit.MICROS.between(EPOCH, time);
  }

  /** Writes days since 1970 as {@code 2024-12-31}; a day that no calendar has as its number. */
  public static String date(long days) {
    return Math.abs(days) > DAYS_MAX ? "day " + days : LocalDate.ofEpochDay(days).toString();
  }

  /** Writes microseconds since 1970 as {@code 2024-12-31 23:59:59.5}: no zeros at the end. */
  public static String timestamp(long micros) {
    long second = Math.floorDiv(micros, 1_000_000L);
    int nanos = (int) Math.floorMod(micros, 1_000_000L) * 1000;
    var time = LocalDateTime.ofEpochSecond(second, nanos, ZoneOffset.UTC);
    return time.toLocalDate() + " " + DateTimeFormatter.ISO_LOCAL_TIME.format(time);
  }
}
