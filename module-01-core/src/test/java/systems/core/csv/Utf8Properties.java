package systems.core.csv;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;

@Tag("phase-6")
class Utf8Properties {
  private static boolean isGood(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException _) {
      return false;
    }
  }

  @Provide
  Arbitrary<byte[]> edges() {
    return Arbitraries.of(
            (byte) 'a',
            (byte) 0x7F,
            (byte) 0x80,
            (byte) 0x8F,
            (byte) 0x90,
            (byte) 0x9F,
            (byte) 0xA0,
            (byte) 0xBF,
            (byte) 0xC1,
            (byte) 0xC2,
            (byte) 0xDF,
            (byte) 0xE0,
            (byte) 0xED,
            (byte) 0xEF,
            (byte) 0xF0,
            (byte) 0xF4,
            (byte) 0xF5)
        .array(byte[].class)
        .ofMaxSize(6);
  }

  @Property(tries = 5000)
  void itIsWhatJavasDecoderTakes(@ForAll("edges") byte[] bytes) {
    assertThat(Utf8.firstBad(bytes, 0, bytes.length) < 0)
        .as("whether it is UTF-8, by RFC 3629 section 4")
        .isEqualTo(isGood(bytes));
  }

  @Example
  void allSecondBytesAreJudgedRightly() {
    for (int first = 0x80; first < 0x100; first++) {
      for (int second = 0; second < 0x100; second++) {
        for (int length = 2; length <= 4; length++) {
          byte[] bytes = {(byte) first, (byte) second, (byte) 0x80, (byte) 0x80};
          byte[] shown = java.util.Arrays.copyOf(bytes, length);
          assertThat(Utf8.firstBad(shown, 0, length) < 0)
              .as(
                  "whether %02X %02X and %d more is UTF-8 (overlong forms, surrogates and what is"
                      + " beyond U+10FFFF are not)",
                  first, second, length - 2)
              .isEqualTo(isGood(shown));
        }
      }
    }
  }

  @Example
  void thePlaceOfTheFirstBadByteIsKnown() {
    byte[] bytes = {'a', (byte) 0xC3, (byte) 0xA9, 'b', (byte) 0xC3, 'c'};
    assertThat(Utf8.firstBad(bytes, 0, 6)).isEqualTo(4);
    assertThat(Utf8.firstBad(bytes, 0, 4)).isNegative();
    assertThat(new String(Utf8.replaced(bytes, 0, 6), StandardCharsets.UTF_8))
        .isEqualTo("aéb\uFFFDc");
  }
}
