package systems.core.csv;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts the first records of a file into fields, byte by byte and for any delimiter: to find out
 * which delimiter it is, when nothing is known about the file yet.
 */
final class Splitter {
  private final byte[] text;
  private final int end;
  private final byte delimiter;
  private final boolean whole;
  private final List<Record> records = new ArrayList<>();
  private int at;

  /**
   * A record.
   *
   * @param fields where each begins and ends, with its quotes: {@code from << 32 | to}
   * @param end where the next record begins
   * @param wellFormed whether each quoted field ends with its quote
   * @param tidy whether quotes stand in quoted fields only; a wrong delimiter leaves some elsewhere
   */
  record Record(List<Long> fields, int end, boolean wellFormed, boolean tidy) {
    int from(int field) {
      return (int) (fields.get(field) >>> 32);
    }

    int to(int field) {
      return fields.get(field).intValue();
    }
  }

  private Splitter(byte[] text, int from, int end, byte delimiter, boolean whole) {
    this.text = text;
    this.at = from;
    this.end = end;
    this.delimiter = delimiter;
    this.whole = whole;
  }

  /**
   * The first records of a text, without the empty ones that have several columns elsewhere.
   *
   * @param whole whether the text ends where the file ends; if not, what may be incomplete is left
   *     out
   */
  static List<Record> split(
      byte[] text, int from, int end, byte delimiter, boolean whole, int recordsMax) {
    var splitter = new Splitter(text, from, end, delimiter, whole);
    while (splitter.at < end && splitter.records.size() < recordsMax && splitter.record()) {}
    return splitter.records;
  }

  private boolean record() {
    var fields = new ArrayList<Long>();
    boolean wellFormed = true;
    boolean tidy = true;
    while (true) {
      int from = at;
      if (at < end && text[at] == '"' && !quoted()) {
        wellFormed = false;
      }
      int closed = at;
      while (at < end && !endsField(text[at])) {
        tidy &= text[at++] != '"';
      }
      wellFormed &= closed == at || text[from] != '"';
      fields.add((long) from << 32 | at);
      if (at == end || text[at] != delimiter) {
        return endOfRecord(fields, wellFormed, tidy);
      }
      at++;
    }
  }

  /** Goes behind the quote that ends a field; false if there is none. */
  private boolean quoted() {
    for (at++; at < end; at++) {
      if (text[at] == '"') {
        if (at + 1 == end || text[at + 1] != '"') {
          at++;
          return true;
        }
        at++;
      }
    }
    return false;
  }

  private boolean endsField(byte b) {
    return b == delimiter || b == '\n' || b == '\r';
  }

  private boolean endOfRecord(List<Long> fields, boolean wellFormed, boolean tidy) {
    if (!whole && at + 1 >= end) {
      return false; // more of it may follow
    }
    if (at < end) {
      at += text[at] == '\r' && at + 1 < end && text[at + 1] == '\n' ? 2 : 1;
    }
    records.add(new Record(List.copyOf(fields), at, wellFormed, tidy));
    return true;
  }
}
