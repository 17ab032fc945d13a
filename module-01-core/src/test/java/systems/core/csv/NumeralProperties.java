package systems.core.csv;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

@Tag("phase-6")
class NumeralProperties {
  private static final String PAD = "9999999999999999";

  private static byte[] bytes(String text) {
    return (PAD + text + "77777777").getBytes(StandardCharsets.ISO_8859_1);
  }

  private static int end(String text) {
    return PAD.length() + text.length();
  }

  private static long plainLong(String text) {
    return Numeral.toLong(bytes(text), PAD.length(), end(text));
  }

  private static double plainDouble(String text) {
    return Numeral.toDouble(bytes(text), PAD.length(), end(text));
  }

  @Property(tries = 2000)
  void numbersOfUpToSixteenDigitsTakeThePlainWay(
      @ForAll long any, @ForAll @IntRange(max = 50) int shift) {
    long number = any >> shift;
    String text = Long.toString(number);
    int digits = text.length() - (number < 0 ? 1 : 0);
    assertThat(plainLong(text))
        .as("the number that %s means", text)
        .isEqualTo(digits <= 16 ? number : Numeral.NOT_LONG);
  }

  @Property(tries = 1000)
  void everyLongIsReadOneWayOrTheOther(@ForAll long number) {
    String text = Long.toString(number);
    assertThat(Numeral.isLong(bytes(text), PAD.length(), end(text))).isTrue();
    assertThat(Numeral.slowLong(bytes(text), PAD.length(), end(text))).isEqualTo(number);
    assertThat(plainLong(text)).isIn(number, Numeral.NOT_LONG);
  }

  @Property(tries = 2000)
  void whatIsNoNumberIsNone(@ForAll("nearlyNumbers") String text) {
    boolean isNumber = text.matches("-?[0-9]{1,16}");
    assertThat(plainLong(text) != Numeral.NOT_LONG)
        .as("whether \"%s\" is a whole number (digits only, perhaps a minus)", text)
        .isEqualTo(isNumber);
  }

  @Provide
  Arbitrary<String> nearlyNumbers() {
    return Arbitraries.strings().withChars("0123456789").withChars("-/:. +?\u00f5").ofMaxLength(18);
  }

  @Property(tries = 3000)
  void aFractionIsTheDoubleThatJavaReads(
      @ForAll long any,
      @ForAll @IntRange(max = 60) int shift,
      @ForAll @IntRange(max = 17) int scale) {
    String text = new BigDecimal(java.math.BigInteger.valueOf(any >> shift), scale).toPlainString();
    double value = plainDouble(text);
    if (value == value) {
      assertThat(value)
          .as("the double nearest to %s, which is exact as digits / 10^n up to 2^53", text)
          .isEqualTo(Double.parseDouble(text));
    }
  }

  @Example
  void fractionsOfFifteenDigitsTakeThePlainWay() {
    for (String text : List.of("0", "-0", "1.5", "-12.34", ".5", "5.", "123456789012.345", "0.1")) {
      assertThat(plainDouble(text)).as(text).isEqualTo(Double.parseDouble(text));
    }
    for (String text : List.of("", "-", ".", "1.2.3", "1e5", "0x1", "1d", "nan", " 1", "--1")) {
      assertThat(plainDouble(text)).as(text).isNaN();
    }
  }

  @Property(tries = 1000)
  void theLongWayReadsEveryDouble(@ForAll double number) {
    String text = Double.toString(number);
    assertThat(Numeral.isDouble(bytes(text), PAD.length(), end(text))).as(text).isTrue();
    assertThat(Numeral.slowDouble(bytes(text), PAD.length(), end(text))).isEqualTo(number);
    assertThat(plainDouble(text)).isIn(number, Double.NaN);
  }

  @Example
  void theLongWayReadsNoMoreThanDecimals() {
    for (String text : List.of("nan", "-inf", "Infinity", "+1", "1e5", "1.E+5", "-.5e-3", "007")) {
      assertThat(Numeral.isDouble(bytes(text), PAD.length(), end(text))).as(text).isTrue();
    }
    for (String text :
        List.of("", "-", ".", "e5", "1e", "1e+", "0x1p3", "1d", "1f", "1e999", "infinit", "1 ")) {
      assertThat(Numeral.isDouble(bytes(text), PAD.length(), end(text))).as(text).isFalse();
    }
    assertThat(slow("-INF")).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(slow("Infinity".toUpperCase(Locale.ROOT))).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(slow("NaN")).isNaN();
    assertThat(plainLong("12")).isEqualTo(12);
  }

  private static double slow(String text) {
    return Numeral.slowDouble(bytes(text), PAD.length(), end(text));
  }
}
