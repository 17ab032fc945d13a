package systems.core.csv;

import java.util.Arrays;
import systems.core.column.ColumnType;

/**
 * What the text of a field means, slowly and for all cases: quotes, spaces around numbers, absent
 * values, all spellings. The sniffer asks here, and whoever met a field that is not plain.
 */
final class Meaning {
  private Meaning() {}

  /**
   * Whether a field is an absent value.
   *
   * @param from with the quotes, if there are any
   */
  static boolean isAbsent(ColumnType type, byte[] text, int from, int to, byte[] nullText) {
    if (type != ColumnType.STRING && (from == to || isQuoted(text, from, to) && to - from == 2)) {
      return true; // there is no empty number
    }
    return Arrays.equals(text, from, to, nullText, 0, nullText.length);
  }

  static boolean isQuoted(byte[] text, int from, int to) {
    return to - from >= 2 && text[from] == '"';
  }

  /** Where the value lies without quotes and without spaces around it: from, and from there to. */
  static long span(byte[] text, int from, int to) {
    boolean quoted = isQuoted(text, from, to);
    int first = quoted ? from + 1 : from;
    int end = quoted ? to - 1 : to;
    while (first < end && text[first] == ' ') {
      first++;
    }
    while (first < end && text[end - 1] == ' ') {
      end--;
    }
    return (long) first << 32 | end;
  }

  static int from(long span) {
    return (int) (span >>> 32);
  }

  static int to(long span) {
    return (int) span;
  }

  /** Whether the text in a span is a value of a type. */
  static boolean fits(ColumnType type, byte[] text, long span) {
    int from = from(span);
    int to = to(span);
    return switch (type) {
      case BOOLEAN -> toBoolean(text, from, to) >= 0;
      case LONG ->
          Numeral.toLong(text, from, to) != Numeral.NOT_LONG || Numeral.isLong(text, from, to);
      case DOUBLE -> Numeral.isDouble(text, from, to);
      case DATE -> Moment.toDate(text, from, to) != Moment.NONE;
      case TIMESTAMP -> Moment.toTimestamp(text, from, to) != Moment.NONE;
      case STRING -> true;
    };
  }

  /** Whether it would lose a plus or a leading zero as a number. */
  static boolean isCode(byte[] text, long span) {
    int to = to(span);
    int from = from(span) < to && text[from(span)] == '-' ? from(span) + 1 : from(span);
    if (to - from < 2) {
      return false;
    }
    return text[from] == '+' || text[from] == '0' && text[from + 1] >= '0' && text[from + 1] <= '9';
  }

  /** The value of text that {@link #fits} a type which is kept in longs. */
  static long toLong(ColumnType type, byte[] text, long span) {
    int from = from(span);
    int to = to(span);
    return switch (type) {
      case BOOLEAN -> toBoolean(text, from, to);
      case LONG -> Numeral.slowLong(text, from, to);
      case DATE -> Moment.toDate(text, from, to);
      case TIMESTAMP -> Moment.toTimestamp(text, from, to);
      case DOUBLE, STRING -> throw new IllegalArgumentException(type + " is not kept in longs");
    };
  }

  /** The value of text that {@link #fits} DOUBLE. */
  static double toDouble(byte[] text, long span) {
    return Numeral.slowDouble(text, from(span), to(span));
  }

  /** 0 or 1 of {@code false}, {@code f}, {@code true}, {@code t} in letters of any case, or -1. */
  static int toBoolean(byte[] text, int from, int to) {
    return isWord("true", text, from, to) ? 1 : isWord("false", text, from, to) ? 0 : -1;
  }

  private static boolean isWord(String word, byte[] text, int from, int to) {
    int length = to - from;
    if (length != word.length() && length != 1) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if ((text[from + i] | 0x20) != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
