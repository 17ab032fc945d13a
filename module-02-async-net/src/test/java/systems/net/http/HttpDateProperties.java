package systems.net.http;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.LongRange;

@Tag("phase-4")
class HttpDateProperties {
  @Property(tries = 1_000)
  void everySecondIsWrittenAsTheJdkDoes(
      @ForAll @LongRange(min = 0, max = HttpDateTest.MAX) long seconds) {
    String text = HttpDate.format(seconds);
    assertThat(text).isEqualTo(HttpDateTest.theJdk(seconds, "EEE, dd MMM yyyy HH:mm:ss 'GMT'"));
    assertThat(HttpDate.parse(text, HttpDateTest.NOW)).isEqualTo(seconds);
    assertThat(
            HttpDate.parse(
                HttpDateTest.theJdk(seconds, "EEE MMM ppd HH:mm:ss yyyy"), HttpDateTest.NOW))
        .isEqualTo(seconds);
  }
}
