package systems.core.csv;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

@Tag("phase-6")
class WordProperties {
  private static long slowMarks(long word, int delimiter) {
    long marks = 0;
    for (int i = 0; i < 8; i++) {
      int b = (int) (word >>> 8 * i) & 0xFF;
      if (b == delimiter || b == '"' || b < 0x20) {
        marks |= 0x80L << 8 * i;
      }
    }
    return marks;
  }

  @Property(tries = 500)
  void eachByteIsMarkedForItselfAlone(
      @ForAll long word, @ForAll @IntRange(max = 255) int near, @ForAll @IntRange(max = 7) int at) {
    // Bytes that differ in the lowest bit from what is looked for are where a borrow would show.
    for (int b : new int[] {near, ',', ',' ^ 1, '"', '"' ^ 1, 0x1F, 0x20, 0x80, 0xAC, '\n'}) {
      long changed =
          word & ~(0xFFFFL << 8 * at) | (long) b << 8 * at | (',' & 0xFFL) << 8 * (at - 1);
      assertThat(Word.structure(changed, Word.repeat(','), Word.repeat('"')))
          .as("the marks of the bytes %016X for comma, quote and control characters", changed)
          .isEqualTo(slowMarks(changed, ','));
    }
  }

  @Property(tries = 500)
  void gatheredMarksHaveTheFirstByteLowest(@ForAll @IntRange(max = 255) int bits) {
    long marks = 0;
    for (int i = 0; i < 8; i++) {
      marks |= (bits >>> i & 1L) << 8 * i + 7;
    }
    assertThat(Word.gathered(marks)).as("bits of the marks %016X", marks).isEqualTo(bits);
  }

  @Property(tries = 20)
  void theFirstByteOfTheTextIsTheLowest(@ForAll @IntRange(max = 8) int at) {
    byte[] text = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    long word = Word.at(text, at);
    assertThat(Word.structure(word, Word.repeat(text[at]), Word.repeat('"')) & Word.TOPS)
        .as("the mark of the first of eight bytes")
        .isEqualTo(0x80L);
  }
}
