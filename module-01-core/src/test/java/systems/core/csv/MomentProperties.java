package systems.core.csv;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

@Tag("phase-6")
class MomentProperties {
  private static long date(String text) {
    return Moment.toDate(bytes(text), 2, 2 + text.length());
  }

  private static long timestamp(String text) {
    return Moment.toTimestamp(bytes(text), 2, 2 + text.length());
  }

  private static byte[] bytes(String text) {
    return ("77" + text + "7777777777").getBytes(StandardCharsets.ISO_8859_1);
  }

  private static long expected(int year, int month, int day) {
    try {
      return LocalDate.of(year, month, day).toEpochDay();
    } catch (DateTimeException _) {
      return Moment.NONE;
    }
  }

  @Property(tries = 3000)
  void daysAreThoseOfTheCalendar(
      @ForAll @IntRange(max = 9999) int year,
      @ForAll @IntRange(max = 13) int month,
      @ForAll @IntRange(max = 32) int day) {
    String text = "%04d-%02d-%02d".formatted(year, month, day);
    assertThat(date(text))
        .as("days from 1970-01-01 to %s, with the leap years of the Gregorian calendar", text)
        .isEqualTo(expected(year, month, day));
  }

  @Example
  void eachFirstAndLastDayOfAMonthIsRight() {
    for (int month = 0; month < 12 * 801; month++) {
      LocalDate first = LocalDate.of(1600, 1, 1).plusMonths(month);
      LocalDate last = first.plusMonths(1).minusDays(1);
      assertThat(date(first.toString())).as(first + "").isEqualTo(first.toEpochDay());
      assertThat(date(last.toString())).as(last + "").isEqualTo(last.toEpochDay());
    }
  }

  @Example
  void whatIsNoDayIsNone() {
    for (String text :
        List.of(
            "",
            "2025-1-01",
            "2025-01-1",
            "2025/01/01",
            "20250101",
            "2025-02-29",
            "2025-04-31",
            "2025-00-10",
            "2025-01-00",
            "2O25-01-01",
            "2025-01-0a",
            "2025-01-01 ",
            "-025-01-01",
            "2025-01-:1",
            "x2025-01-01",
            "+2025-01-01")) {
      assertThat(date(text)).as(text).isEqualTo(Moment.NONE);
    }
  }

  @Property(tries = 1000)
  void daysOfOtherErasAreReadAsTheyAreWritten(
      @ForAll @LongRange(min = -3_000_000, max = 8_000_000) long day) {
    assertThat(date(Moment.date(day))).as(Moment.date(day)).isEqualTo(day);
  }

  @Property(tries = 2000)
  void timesAreReadAsTheyAreWritten(
      @ForAll @LongRange(min = -99_999_999_999_999_999L, max = 250_000_000_000_000_000L)
          long micros) {
    String text = Moment.timestamp(micros);
    assertThat(timestamp(text)).as(text).isEqualTo(micros);
    var time = LocalDateTime.of(1970, 1, 1, 0, 0).plusSeconds(Math.floorDiv(micros, 1_000_000L));
    assertThat(text).startsWith(time.toLocalDate().toString());
  }

  @Example
  void partsOfATimeMayBeLeftOut() {
    long noon = LocalDateTime.of(2025, 11, 26, 12, 0).toEpochSecond(ZoneOffset.UTC) * 1_000_000;
    for (String text :
        List.of(
            "2025-11-26 12:00",
            "2025-11-26T12:00",
            "2025-11-26 12:00:00",
            "2025-11-26T12:00:00.0")) {
      assertThat(timestamp(text)).as(text).isEqualTo(noon);
    }
    assertThat(timestamp("2025-11-26")).isEqualTo(noon - 43_200_000_000L);
    assertThat(timestamp("2025-11-26 12:00:01.5")).isEqualTo(noon + 1_500_000);
    assertThat(timestamp("2025-11-26 12:00:00.000001")).isEqualTo(noon + 1);
  }

  @Example
  void whatIsNoTimeIsNone() {
    for (String text :
        List.of(
            "",
            "2025-11-26 ",
            "2025-11-26 12",
            "2025-11-26 12:0",
            "2025-11-26 24:00",
            "2025-11-26 12:60",
            "2025-11-26 12:00:60",
            "2025-11-26 12:00:",
            "2025-11-26 12:00:00.",
            "2025-11-26 12:00:00.1234567",
            "2025-11-26 12:00:00Z",
            "2025-11-26  12:00",
            "2025-11-26x12:00",
            "12:00:00",
            "2025-11-26 12-00",
            "2025-11-26 12:00-00")) {
      assertThat(timestamp(text)).as(text).isEqualTo(Moment.NONE);
    }
  }
}
