package systems.kvstore.tool;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import systems.kvstore.Slice;

/** How keys or values stand on the command line and in the output: as they are, or as hex. */
enum Notation {
  TEXT,
  /** {@code 0x} and two digits a byte, upper case, as ldb prints them. */
  HEX;

  private static final HexFormat DIGITS = HexFormat.of().withUpperCase();
  private static final char UNDECODABLE = '\uFFFD';

  static Notation of(boolean hex) {
    return hex ? HEX : TEXT;
  }

  /**
   * The bytes that a word stands for.
   *
   * @throws IllegalArgumentException if the word is not of this notation
   */
  byte[] parse(String word) {
    return switch (this) {
      case TEXT -> parseText(word);
      case HEX -> parseHex(word);
    };
  }

  private static byte[] parseText(String word) {
    if (word.indexOf(UNDECODABLE) >= 0) {
      throw new IllegalArgumentException(
          "a word is not text in this locale: give it with --hex, as 0x...");
    }
    return word.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] parseHex(String word) {
    if (!word.startsWith("0x") && !word.startsWith("0X")) {
      throw new IllegalArgumentException("Invalid hex input " + word + ".  Must start with 0x");
    }
    if (word.length() % 2 != 0) {
      throw new IllegalArgumentException("Invalid hex input " + word + ": an odd number of digits");
    }
    try {
      return DIGITS.parseHex(word, 2, word.length());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("Invalid hex input " + word + ": not a hex digit", e);
    }
  }

  void print(Slice bytes, Terminal terminal) throws IOException {
    switch (this) {
      case TEXT -> terminal.print(bytes);
      case HEX -> terminal.print("0x").print(digits(bytes));
    }
  }

  /** Prints as sst_dump and idump do: hex without {@code 0x}. */
  void printBare(Slice bytes, Terminal terminal) throws IOException {
    switch (this) {
      case TEXT -> terminal.print(bytes);
      case HEX -> terminal.print(digits(bytes));
    }
  }

  static String digits(Slice bytes) {
    return DIGITS.formatHex(bytes.array(), bytes.offset(), bytes.offset() + bytes.length());
  }
}
