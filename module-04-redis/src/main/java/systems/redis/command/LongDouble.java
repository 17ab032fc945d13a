package systems.redis.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.Doubles;
import systems.redis.resp.ErrorReply;

/**
 * Sums as INCRBYFLOAT and HINCRBYFLOAT make them: in C's {@code long double} of 64 bits of
 * mantissa, printed with 17 decimals, trailing zeros cut.
 *
 * <p>Java has no such type. Decimal arithmetic, rounded to the 64 bits after each reading and
 * adding, gives the same text.
 */
final class LongDouble {
  private static final int MANTISSA_BITS = 64;
  private static final int DECIMALS = 17;
  private static final int EXPONENT_MAX = 4932;
  private static final int TEXT_MAX = 5 * 1024;

  private LongDouble() {}

  /** The sum of a stored value, or 0, and an increment. */
  static String add(byte @Nullable [] stored, byte[] increment, String notFloat) {
    BigDecimal a = BigDecimal.ZERO;
    if (stored != null && !isInfinite(stored)) {
      a = parse(stored, notFloat);
    }
    BigDecimal b = BigDecimal.ZERO;
    if (!isInfinite(increment)) {
      b = parse(increment, "ERR value is not a valid float");
    }
    if (isInfinite(increment) || stored != null && isInfinite(stored)) {
      throw ErrorReply.err("increment would produce NaN or Infinity");
    }
    return text(round(a.add(b)));
  }

  static boolean isInfinite(byte[] text) {
    return Double.isInfinite(Doubles.parseOrNaN(text));
  }

  static BigDecimal parse(byte[] bytes, String message) {
    if (bytes.length == 0 || bytes.length > TEXT_MAX || bytes[0] <= ' ') {
      throw new ErrorReply(message);
    }
    String text = new String(bytes, ISO_8859_1);
    for (int i = 0; i < text.length(); i++) {
      if ("0123456789+-.eE".indexOf(text.charAt(i)) < 0) {
        return otherForm(bytes, message);
      }
    }
    try {
      BigDecimal value = new BigDecimal(text.endsWith(".") ? text + "0" : text);
      if (Math.abs((long) value.precision() - value.scale()) > EXPONENT_MAX) {
        throw new ErrorReply(message);
      }
      return round(value);
    } catch (NumberFormatException | ArithmeticException e) {
      throw new ErrorReply(message);
    }
  }

  private static BigDecimal otherForm(byte[] bytes, String message) {
    double value = Doubles.parseOrNaN(bytes);
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      throw new ErrorReply(message);
    }
    return new BigDecimal(value);
  }

  /** To the nearest number with so many bits. */
  static BigDecimal round(BigDecimal value) {
    if (value.signum() == 0) {
      return BigDecimal.ZERO;
    }
    BigDecimal magnitude = value.abs();
    int exponent = highestBit(magnitude) - MANTISSA_BITS + 1;
    BigDecimal unit =
        exponent >= 0
            ? new BigDecimal(java.math.BigInteger.TWO.pow(exponent))
            : BigDecimal.ONE.divide(new BigDecimal(java.math.BigInteger.TWO.pow(-exponent)));
    BigDecimal steps = magnitude.divide(unit, 0, RoundingMode.HALF_EVEN);
    BigDecimal rounded = steps.multiply(unit);
    return value.signum() < 0 ? rounded.negate() : rounded;
  }

  /** The exponent of the highest power of two that is not above the value. */
  private static int highestBit(BigDecimal value) {
    if (value.compareTo(BigDecimal.ONE) >= 0) {
      return value.toBigInteger().bitLength() - 1;
    }
    int bits = 0;
    BigDecimal scaled = value;
    while (scaled.compareTo(BigDecimal.ONE) < 0) {
      int step = Math.max(1, (int) ((scaled.scale() - scaled.precision()) * 3.3));
      scaled = scaled.multiply(new BigDecimal(java.math.BigInteger.TWO.pow(step)));
      bits += step;
    }
    return scaled.toBigInteger().bitLength() - 1 - bits;
  }

  static String text(BigDecimal value) {
    BigDecimal shown = value.setScale(DECIMALS, RoundingMode.HALF_EVEN).stripTrailingZeros();
    return shown.signum() == 0 ? "0" : shown.toPlainString();
  }
}
