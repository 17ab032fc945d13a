package systems.net.http;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Eight bytes at once, against one after the other. */
@Tag("phase-4")
class OctetsProperties {
  @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
  void theFirstLineFeedIsFound(
      @ForAll @Size(max = 40) byte[] bytes,
      @ForAll @IntRange(max = 40) int lf,
      @ForAll @IntRange(max = 10) int from) {
    if (lf < bytes.length) {
      bytes[lf] = '\n';
    }
    int start = Math.min(from, bytes.length);
    int expected = -1;
    for (int i = bytes.length - 1; i >= start; i--) {
      expected = bytes[i] == '\n' ? i : expected;
    }
    assertThat(Octets.indexOfLf(bytes, start, bytes.length)).isEqualTo(expected);
  }

  /** One odd byte, of each value, at each place. */
  @Property(tries = 30, edgeCases = EdgeCasesMode.NONE)
  void aValueEndsAtTheFirstByteThatMayNotBeThere(
      @ForAll @Size(min = 1, max = 30) byte[] bytes, @ForAll @IntRange(max = 29) int at) {
    for (int b = 0; b < 256; b++) {
      bytes[at % bytes.length] = (byte) b;
      int expected = bytes.length;
      for (int i = bytes.length - 1; i >= 0; i--) {
        int c = bytes[i] & 0xff;
        expected = c != '\t' && c < ' ' || c == 0x7f ? i : expected;
      }
      assertThat(Octets.endOfValue(bytes, 0, bytes.length)).isEqualTo(expected);
    }
  }
}
