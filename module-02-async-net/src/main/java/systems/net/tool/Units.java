package systems.net.tool;

import java.time.Duration;
import java.util.Locale;
import picocli.CommandLine.TypeConversionException;

/** Numbers with units on a command line: {@code 500ms}, {@code 2m}, {@code 64k}. */
final class Units {
  private Units() {}

  /** A number of bytes. */
  record Bytes(long count) {}

  static Duration duration(String text) {
    String unit = text.replaceFirst("^[0-9]+", "");
    long number = number(text, unit, "500ms, 10s or 2m");
    return switch (unit) {
      case "ms" -> Duration.ofMillis(number);
      case "s", "" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      default -> throw new TypeConversionException(text + " is no duration like 500ms, 10s or 2m");
    };
  }

  static Bytes bytes(String text) {
    String unit = text.replaceFirst("^[0-9]+", "").toLowerCase(Locale.ROOT);
    long number = number(text, unit, "8192, 64k, 1m or 2g");
    return switch (unit) {
      case "" -> new Bytes(number);
      case "k" -> new Bytes(number << 10);
      case "m" -> new Bytes(number << 20);
      case "g" -> new Bytes(number << 30);
      default -> throw new TypeConversionException(text + " is no size like 8192, 64k, 1m or 2g");
    };
  }

  private static long number(String text, String unit, String examples) {
    String digits = text.substring(0, text.length() - unit.length());
    if (digits.isEmpty() || digits.length() > 9) {
      throw new TypeConversionException(text + " is no number with a unit like " + examples);
    }
    return Long.parseLong(digits);
  }

  /** With the unit that leaves one to three digits before the point. */
  static String micros(double micros) {
    if (micros < 1_000) {
      return "%.0f us".formatted(micros);
    }
    return micros < 1_000_000
        ? "%.2f ms".formatted(micros / 1_000)
        : "%.2f s".formatted(micros / 1_000_000);
  }
}
