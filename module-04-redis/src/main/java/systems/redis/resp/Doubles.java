package systems.redis.resp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/**
 * Floating-point numbers as text, as C's {@code printf("%.17g")} and {@code strtod} have it.
 *
 * <p>Seventeen digits bring every double back unchanged, but they show what binary fractions are:
 * 0.1 prints as 0.10000000000000001. Java's shortest text would be nicer and different from what
 * clients compare with. The digits come from {@link BigDecimal}, which holds a double exactly.
 */
public final class Doubles {
  private static final MathContext SEVENTEEN = new MathContext(17, RoundingMode.HALF_EVEN);
  private static final int TEXT_MAX = 5 * 1024;

  private Doubles() {}

  /** As {@code %.17g}, and {@code inf}, {@code -inf}, {@code nan} beside. */
  public static String text(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == Math.rint(value) && Math.abs(value) < 1e17) {
      return value == 0 && 1 / value < 0 ? "-0" : Long.toString((long) value);
    }
    return general(new BigDecimal(value).round(SEVENTEEN), 17);
  }

  /** As {@code %.Ng}, of a finite number that is no integer. */
  public static String text(double value, int digits) {
    return general(
        new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN)), digits);
  }

  /** C's rule for {@code %g}: the exponent decides between the two forms; trailing zeros go. */
  private static String general(BigDecimal rounded, int precision) {
    //> phase 1: which exponents does C's %g write out?
    BigDecimal value = rounded.stripTrailingZeros();
    int exponent = value.precision() - value.scale() - 1;
    if (exponent >= -4 && exponent < precision) {
      return value.toPlainString();
    }
    String digits = value.unscaledValue().abs().toString();
    var text = new StringBuilder();
    if (value.signum() < 0) {
      text.append('-');
    }
    text.append(digits.charAt(0));
    if (digits.length() > 1) {
      text.append('.').append(digits, 1, digits.length());
    }
    text.append('e').append(exponent < 0 ? '-' : '+');
    int size = Math.abs(exponent);
    return text.append(size < 10 ? "0" : "").append(size).toString();
    //< phase 1
  }

  public static byte[] bytes(double value) {
    return text(value).getBytes(ISO_8859_1);
  }

  /**
   * The number that an argument says: decimal, hexadecimal, or an infinity; not a NaN.
   *
   * @throws ErrorReply if it is none
   */
  public static double parse(byte[] text, String message) {
    double value = parseOrNaN(text);
    if (Double.isNaN(value)) {
      throw new ErrorReply(message);
    }
    return value;
  }

  public static double parse(byte[] text) {
    return parse(text, "ERR value is not a valid float");
  }

  /** The number, or NaN if the bytes are none. */
  public static double parseOrNaN(byte[] bytes) {
    if (bytes.length == 0 || bytes.length > TEXT_MAX || bytes[0] <= ' ') {
      return Double.NaN;
    }
    String text = new String(bytes, ISO_8859_1);
    int sign = text.charAt(0) == '-' || text.charAt(0) == '+' ? 1 : 0;
    String magnitude = text.substring(sign);
    double value =
        switch (magnitude.toLowerCase(java.util.Locale.ROOT)) {
          case "inf", "infinity" -> Double.POSITIVE_INFINITY;
          default -> finite(magnitude);
        };
    return text.charAt(0) == '-' ? -value : value;
  }

  private static double finite(String text) {
    //> phase 1: what does parseDouble take that strtod does not, and the other way round?
    if (text.startsWith("-") || text.startsWith("+")) {
      return Double.NaN; // a second sign
    }
    boolean hexadecimal = text.startsWith("0x") || text.startsWith("0X");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean allowed =
          c >= '0' && c <= '9'
              || c == '.'
              || c == 'e'
              || c == 'E'
              || c == '+'
              || c == '-'
              || hexadecimal && (Character.digit(c, 16) >= 0 || "xXpP".indexOf(c) >= 0);
      if (!allowed) {
        return Double.NaN; // Double.parseDouble would take "1d" and white space
      }
    }
    try {
      boolean bare = hexadecimal && text.indexOf('p') < 0 && text.indexOf('P') < 0;
      double value = Double.parseDouble(bare ? text + "p0" : text);
      return Double.isInfinite(value) ? Double.NaN : value; // strtod says ERANGE
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
    //< phase 1
  }
}
