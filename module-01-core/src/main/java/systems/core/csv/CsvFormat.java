package systems.core.csv;

import java.util.Map;
import systems.core.column.ColumnType;

/**
 * How a table is written as text. What is left open is found out by looking at the file.
 *
 * @param delimiter between fields, an ASCII character; {@link #SNIFFED} to find it among comma,
 *     semicolon, tab and bar
 * @param header whether the first record has the names of the columns
 * @param nullText what an absent value is written as, without quotes; in columns that are not of
 *     strings an empty field is absent as well
 * @param types of columns by their names; the others are sniffed
 * @param allStrings whether all columns without a given type are of strings
 * @param sampleRows how many records are looked at to find out the types
 * @param fieldBytesMax a longer field is refused: most likely the end of a quote is missing
 * @param badText what happens to strings that are not UTF-8
 */
public record CsvFormat(
    char delimiter,
    Header header,
    String nullText,
    Map<String, ColumnType> types,
    boolean allStrings,
    int sampleRows,
    int fieldBytesMax,
    BadText badText) {
  /** The delimiter that says: find out. */
  public static final char SNIFFED = 0;

  /** Everything is found out, an empty field is an absent value. */
  public static final CsvFormat DEFAULTS =
      new CsvFormat(
          SNIFFED, Header.SNIFFED, "", Map.of(), false, 20_480, 16 << 20, BadText.REFUSED);

  private static final int FIELD_BYTES_LIMIT = 128 << 20;

  /** Whether there are names above the columns. */
  public enum Header {
    SNIFFED,
    PRESENT,
    ABSENT
  }

  /** What happens to a string that is not UTF-8. */
  public enum BadText {
    /** An error says where. */
    REFUSED,
    /** U+FFFD takes the place of what is wrong. */
    REPLACED
  }

  public CsvFormat {
    types = Map.copyOf(types);
    if (delimiter >= 0x80 || "\"\r\n".indexOf(delimiter) >= 0) {
      throw new IllegalArgumentException(
          "a delimiter is an ASCII character, neither quote nor line end");
    }
    if (nullText.chars().anyMatch(c -> c == 0 || c == delimiter || "\"\r\n".indexOf(c) >= 0)) {
      throw new IllegalArgumentException("the text for NULL would need quotes: " + nullText);
    }
    if (sampleRows < 1 || fieldBytesMax < 1 || fieldBytesMax > FIELD_BYTES_LIMIT) {
      throw new IllegalArgumentException(
          "sample of %d rows, fields of %d bytes".formatted(sampleRows, fieldBytesMax));
    }
  }

  public CsvFormat withDelimiter(char other) {
    return new CsvFormat(
        other, header, nullText, types, allStrings, sampleRows, fieldBytesMax, badText);
  }

  public CsvFormat withHeader(Header other) {
    return new CsvFormat(
        delimiter, other, nullText, types, allStrings, sampleRows, fieldBytesMax, badText);
  }

  public CsvFormat withNullText(String other) {
    return new CsvFormat(
        delimiter, header, other, types, allStrings, sampleRows, fieldBytesMax, badText);
  }

  public CsvFormat withTypes(Map<String, ColumnType> other) {
    return new CsvFormat(
        delimiter, header, nullText, other, allStrings, sampleRows, fieldBytesMax, badText);
  }

  public CsvFormat withAllStrings() {
    return new CsvFormat(
        delimiter, header, nullText, types, true, sampleRows, fieldBytesMax, badText);
  }

  public CsvFormat withSampleRows(int other) {
    return new CsvFormat(
        delimiter, header, nullText, types, allStrings, other, fieldBytesMax, badText);
  }

  public CsvFormat withFieldBytesMax(int other) {
    return new CsvFormat(
        delimiter, header, nullText, types, allStrings, sampleRows, other, badText);
  }

  public CsvFormat withBadText(BadText other) {
    return new CsvFormat(
        delimiter, header, nullText, types, allStrings, sampleRows, fieldBytesMax, other);
  }
}
