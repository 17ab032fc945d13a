package systems.net.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("phase-5")
final class RangesTest {
  private static String told(String field, long length) {
    List<Ranges.Slice> slices = Ranges.of(field, length);
    if (slices == null) {
      return "whole";
    }
    return String.join(" ", slices.stream().map(slice -> slice.from() + "-" + slice.to()).toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bytes=0-0            | 0-1",
        "bytes=0-9            | 0-10",
        "bytes=90-            | 90-100",
        "bytes=-10            | 90-100",
        "bytes=-200           | 0-100",
        "bytes=95-200         | 95-100",
        "bytes=99-99          | 99-100",
        "BYTES=0-9            | 0-10",
        "bytes=0-4, 10-14     | 0-5 10-15",
        "bytes=10-14,0-4      | 10-15 0-5",
        "bytes=200-, 0-4      | 0-5",
        "bytes=0-9223372036854775807 | 0-100",
        "bytes=0-99999999999999999999999 | 0-100",
      })
  void whatIsAskedForIsCutToWhatIsThere(String field, String slices) {
    assertThat(told(field, 100)).as(field).isEqualTo(slices);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"bytes=100-", "bytes=100-200, 300-", "bytes=-0", "bytes=99999999999999999999999-"})
  void nothingThatIsThereCannotBeSatisfied(String field) {
    assertThat(told(field, 100)).as(field).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-2",
        "bytes=0-4,",
        "bytes=0-4,x",
        "bytes=+1-4",
        "bytes=0 - 4",
        "lines=0-4",
        "bytes 0-4",
        "bytes=--4",
        "bytes=1-2-3"
      })
  void whatIsNoRangeIsIgnored(String field) {
    assertThat(told(field, 100)).as(field).isEqualTo("whole");
  }

  @Test
  void tooManyPiecesAreTheWhole() {
    assertThat(told("bytes=" + "0-0,".repeat(Ranges.COUNT_MAX - 1) + "0-0", 100))
        .isNotEqualTo("whole");
    assertThat(told("bytes=" + "0-0,".repeat(Ranges.COUNT_MAX) + "0-0", 100)).isEqualTo("whole");
  }

  @Test
  void moreBytesThanThereAreAreTheWhole() {
    assertThat(told("bytes=0-,0-,0-", 100)).as("three times the whole").isEqualTo("whole");
    assertThat(told("bytes=0-49,50-", 100)).isEqualTo("0-50 50-100");
  }

  @Test
  void nothingHasNoRange() {
    assertThat(told("bytes=0-", 0)).isEmpty();
    assertThat(told("bytes=-5", 0)).isEmpty();
  }
}
