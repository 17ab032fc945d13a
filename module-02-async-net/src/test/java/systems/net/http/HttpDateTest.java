package systems.net.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-4")
class HttpDateTest {
  static final long MAX = 253_402_300_799L;
  private static final long EXAMPLE = 784_111_777;
  static final long NOW = Instant.parse("2026-07-01T00:00:00Z").getEpochSecond();

  static String theJdk(long seconds, String form) {
    return DateTimeFormatter.ofPattern(form, Locale.ENGLISH)
        .withZone(ZoneOffset.UTC)
        .format(Instant.ofEpochSecond(seconds));
  }

  @Test
  void theExampleOfTheRfc() {
    assertThat(HttpDate.format(EXAMPLE)).isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
    for (String text :
        List.of(
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994")) {
      assertThat(HttpDate.parse(text, NOW)).as(text).isEqualTo(EXAMPLE);
    }
  }

  @Test
  void leapDaysAndTheEndsOfMonths() {
    for (String day :
        List.of(
            "2000-02-29", "2024-02-29", "2100-02-28", "2100-03-01", "1999-12-31", "1970-01-01")) {
      long seconds = Instant.parse(day + "T23:59:59Z").getEpochSecond();
      assertThat(HttpDate.format(seconds))
          .isEqualTo(theJdk(seconds, "EEE, dd MMM yyyy HH:mm:ss 'GMT'"));
    }
  }

  @Test
  void yearsOfTwoDigitsAreNotFarAhead() {
    assertThat(HttpDate.parse("Sunday, 06-Nov-94 08:49:37 GMT", NOW)).isEqualTo(EXAMPLE);
    assertThat(HttpDate.parse("Friday, 01-Jan-27 00:00:00 GMT", NOW))
        .isEqualTo(Instant.parse("2027-01-01T00:00:00Z").getEpochSecond());
  }

  @Test
  void whatIsNoDateIsNone() {
    for (String text :
        List.of(
            "",
            "0",
            "-1",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT",
            "Sun, 29 Feb 2023 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 unN 1994 08:49:37 GMT",
            "Sun, 6 Nov 1994 08:49:37 GMT ",
            "Sunda, 06-Nov-94 08:49:37 GMT",
            "Sunday, 06-Nov-x4 08:49:37 GMT",
            "Sun Nov 6  08:49:37 1994",
            "Sun Nov xx 08:49:37 1994")) {
      assertThat(HttpDate.parse(text, NOW)).as(text).isNull();
    }
    assertThatThrownBy(() -> HttpDate.format(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> HttpDate.format(MAX + 1)).isInstanceOf(IllegalArgumentException.class);
  }
}
