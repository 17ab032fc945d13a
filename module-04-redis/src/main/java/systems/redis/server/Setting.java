package systems.redis.server;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One line of redis.conf: its name, what values it takes, and what happens when it changes.
 *
 * <p>The value is kept as the text that CONFIG GET shows. {@code onChange} gets it after a check
 * and may still refuse it with an {@link IllegalArgumentException}; the server then goes back to
 * the old one.
 */
final class Setting {
  enum Kind {
    BOOL,
    ENUM,
    INTEGER,
    MEMORY,
    PERCENT_OR_MEMORY,
    OCTAL,
    TEXT
  }

  final String name;
  @Nullable String alias;
  final Kind kind;
  long min = Long.MIN_VALUE;
  long max = Long.MAX_VALUE;
  List<String> choices = List.of();
  boolean severalChoices;
  boolean immutable;
  boolean hidden;
  boolean isProtected;
  boolean severalWords;
  boolean alwaysWritten;
  String value;
  final String initial;
  Consumer<String> onChange = _ -> {};

  Setting(String name, Kind kind, String value) {
    this.name = name;
    this.kind = kind;
    this.value = value;
    initial = value;
  }

  Setting alias(String other) {
    alias = other;
    return this;
  }

  Setting range(long low, long high) {
    min = low;
    max = high;
    return this;
  }

  Setting choices(String... texts) {
    choices = List.of(texts);
    return this;
  }

  Setting immutable() {
    immutable = true;
    return this;
  }

  Setting hidden() {
    hidden = true;
    return this;
  }

  Setting severalWords() {
    severalWords = true;
    return this;
  }

  Setting then(Consumer<String> action) {
    onChange = action;
    return this;
  }

  boolean yes() {
    return value.equals("yes");
  }

  long number() {
    return Long.parseLong(value);
  }

  /** The text that this one means; refuses what makes no sense. */
  String parse(String text) {
    return switch (kind) {
      case BOOL -> bool(text);
      case ENUM -> severalChoices ? choices(text) : choice(text);
      case INTEGER -> Long.toString(inRange(integer(text)));
      case MEMORY -> Long.toString(inRange(memory(text)));
      case PERCENT_OR_MEMORY -> percentOrMemory(text);
      case OCTAL -> octal(text);
      case TEXT -> text;
    };
  }

  private static String bool(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (!lower.equals("yes") && !lower.equals("no")) {
      throw new IllegalArgumentException("argument must be 'yes' or 'no'");
    }
    return lower;
  }

  private String choice(String text) {
    for (String choice : choices) {
      if (choice.equalsIgnoreCase(text)) {
        return choice;
      }
    }
    throw new IllegalArgumentException(
        "argument(s) must be one of the following: " + String.join(", ", choices));
  }

  private String choices(String text) {
    var chosen = new LinkedHashSet<String>();
    for (String word : text.strip().split("\\s+")) {
      chosen.add(choice(word));
    }
    return choices.stream().filter(chosen::contains).collect(Collectors.joining(" "));
  }

  private static long integer(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("argument couldn't be parsed into an integer", e);
    }
  }

  private String octal(String text) {
    try {
      inRange(Long.parseLong(text, 8));
      return text;
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("argument couldn't be parsed into an integer", e);
    }
  }

  private long inRange(long number) {
    if (number < min || number > max) {
      throw new IllegalArgumentException(
          "argument must be between " + min + " and " + max + " inclusive");
    }
    return number;
  }

  private String percentOrMemory(String text) {
    if (text.endsWith("%")) {
      long percent = integer(text.substring(0, text.length() - 1));
      if (percent < 0 || percent > 100) {
        throw new IllegalArgumentException("percentage argument must be less or equal to 100");
      }
      return percent + "%";
    }
    return Long.toString(inRange(memory(text)));
  }

  /** Bytes, with the units of redis.conf. */
  static long memory(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    int digits = 0;
    while (digits < lower.length()
        && (Character.isDigit(lower.charAt(digits)) || lower.charAt(digits) == '-')) {
      digits++;
    }
    long unit =
        switch (lower.substring(digits)) {
          case "", "b" -> 1;
          case "k" -> 1000;
          case "kb" -> 1024;
          case "m" -> 1_000_000;
          case "mb" -> 1 << 20;
          case "g" -> 1_000_000_000;
          case "gb" -> 1 << 30;
          default -> -1;
        };
    if (digits == 0 || unit < 0) {
      throw new IllegalArgumentException("argument must be a memory value");
    }
    try {
      return Math.multiplyExact(Long.parseLong(lower.substring(0, digits)), unit);
    } catch (NumberFormatException | ArithmeticException e) {
      throw new IllegalArgumentException("argument must be a memory value", e);
    }
  }
}
