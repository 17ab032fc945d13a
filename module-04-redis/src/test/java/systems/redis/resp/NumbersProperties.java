package systems.redis.resp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;

/** Numbers as text against {@link BigInteger} and {@code String.format}. */
@Tag("phase-1")
class NumbersProperties {
  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  @Property
  void aNumberPrintsAsJavaPrintsIt(@ForAll long value) {
    assertThat(new String(Numbers.toBytes(value), ISO_8859_1)).isEqualTo(Long.toString(value));
    assertThat(Numbers.length(value)).isEqualTo(Long.toString(value).length());
  }

  @Property
  void whatIsPrintedIsRead(@ForAll long value) {
    byte[] text = bytes(Long.toString(value));
    assertThat(Numbers.isLong(text)).as("%d is a number", value).isTrue();
    assertThat(Numbers.toLong(text)).isEqualTo(value);
  }

  /** The strict rule in one line: it is a number if it prints as the same text. */
  @Property(tries = 2000)
  void onlyWhatPrintsTheSameIsRead(
      @ForAll @StringLength(max = 21) @CharRange(from = '0', to = '9') @Chars({'-', '+', ' '})
          String text) {
    boolean expected;
    try {
      var value = new BigInteger(text);
      expected = value.bitLength() < 64 && value.toString().equals(text);
    } catch (NumberFormatException e) {
      expected = false;
    }
    assertThat(Numbers.isLong(bytes(text))).as("\"%s\" is a number", text).isEqualTo(expected);
  }

  @Example
  void theEndsOfTheRangeAreNumbersAndTheirNeighboursAreNot() {
    assertThat(Numbers.isLong(bytes("9223372036854775807"))).isTrue();
    assertThat(Numbers.isLong(bytes("-9223372036854775808"))).isTrue();
    assertThat(Numbers.isLong(bytes("9223372036854775808"))).as("2^63").isFalse();
    assertThat(Numbers.isLong(bytes("-9223372036854775809"))).as("-2^63 - 1").isFalse();
    assertThat(Numbers.isLong(bytes("99999999999999999999"))).isFalse();
    for (String none : new String[] {"", "-", "-0", "00", "01", "1 ", " 1", "+1", "1a"}) {
      assertThat(Numbers.isLong(bytes(none))).as("\"%s\"", none).isFalse();
    }
  }

  @Property
  void seventeenDigitsBringADoubleBack(@ForAll double value) {
    assertThat(Doubles.parseOrNaN(Doubles.bytes(value)))
        .as("%s", Doubles.text(value))
        .isEqualTo(value);
  }

  @Example
  void doublesPrintAsCPrintsThem() {
    String[] pairs = {
      "0.1",
      "0.10000000000000001",
      "1.5",
      "1.5",
      "3",
      "3",
      "-0.0",
      "-0",
      "1e17",
      "1e+17",
      "1e16",
      "10000000000000000",
      "1e-5",
      "1.0000000000000001e-05",
      "1e-4",
      "0.0001",
      "1e300",
      "1.0000000000000001e+300",
      "Infinity",
      "inf",
      "-Infinity",
      "-inf",
      "NaN",
      "nan"
    };
    for (int i = 0; i < pairs.length; i += 2) {
      String text = Doubles.text(Double.parseDouble(pairs[i]));
      assertThat(text).as("%s as %%.17g", pairs[i]).isEqualTo(pairs[i + 1].replace("e-5", "e-05"));
    }
  }

  @Example
  void doublesAreReadAsCReadsThem() {
    assertThat(Doubles.parseOrNaN(bytes("0x10"))).isEqualTo(16);
    assertThat(Doubles.parseOrNaN(bytes("+1.5e3"))).isEqualTo(1500);
    assertThat(Doubles.parseOrNaN(bytes("-inf"))).isEqualTo(Double.NEGATIVE_INFINITY);
    for (String none : new String[] {"", " 1", "1 ", "1d", "1f", "nan", "1e400", "--1", "abc"}) {
      assertThat(Doubles.parseOrNaN(bytes(none))).as("\"%s\" is no number", none).isNaN();
    }
  }
}
