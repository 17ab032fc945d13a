package systems.core.csv;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import systems.core.column.Vector;

/**
 * Finds where the fields of a stretch of text end, some hundred records at a time, and parses none
 * of them.
 *
 * <pre>
 *   bytes    | pad | text: parsed, being parsed, begun ...... | slack | side: what had to change |
 *             16    ^16            ^at                  ^limit   72
 *
 *   text     4 2 , O s l o \n 7 , " a , b " \n
 *   marks    15, 18, 23,      23, 25, 32             from before a record on, the end of each field
 * </pre>
 *
 * <p>The field {@code c} of the record {@code r} lies between {@code marks[r * stride + c]} and the
 * mark after it, quotes included. Columns are then read one at a time, each in a loop that does
 * nothing else.
 *
 * <p>The scan takes 64 bytes at once into 64 bits, a bit for each byte that may end something
 * ({@link Word#structure}), and walks along the set bits. What kind of byte it is comes second, and
 * branches well: the pattern of a table repeats with each record. Quoted text is skipped by a
 * search for the next quote.
 *
 * <p>What always holds between calls:
 *
 * <ol>
 *   <li>A record begins at {@code at}, and {@code origin + at} is its place in the file.
 *   <li>All text between {@code at} and {@code limit} is that of the file, but for one LF at its
 *       end where the file's last record has none.
 *   <li>Behind {@code limit} at least 64 bytes can be read, before each field at least 16: whoever
 *       loads words never looks where they end.
 *   <li>Damage is reported by the call that would have to return the damaged record first; all
 *       records before it have been returned.
 * </ol>
 */
final class RecordReader {
  /** Bytes before the text that may be loaded together with it. */
  static final int PAD_BYTES = 16;

  /** A record of more is refused. */
  static final int RECORD_BYTES_MAX = 256 << 20;

  private static final int SLACK_BYTES = 72;
  private static final int TAIL_BYTES = 4096;
  private static final int MARKS_MAX = 1 << 17;

  private final CsvFile file;
  private final byte delimiter;
  private final int columns;
  private final int fieldBytesMax;
  private final long end;

  private final int rowsMax;
  private final int[] marks;

  private int capacity;
  private byte[] bytes;
  private long origin;
  private int at = PAD_BYTES;
  private int limit = PAD_BYTES;
  private boolean ended;

  /** All bytes of these records ORed, for their top bits. */
  private long seen;

  private boolean judged;
  private boolean utf8;
  private int sideEnd;

  /** Where the field begins that the text ended in. */
  private int begun = PAD_BYTES;

  private @Nullable String damage;
  private int damageAt;

  /**
   * @param from where a record begins
   * @param end records that begin here or later are not read
   * @param bufferBytes of text at a time; grows with longer records
   */
  RecordReader(
      CsvFile file, Dialect dialect, int fieldBytesMax, long from, long end, int bufferBytes) {
    this.file = file;
    this.delimiter = dialect.delimiter();
    this.columns = dialect.columns();
    this.fieldBytesMax = fieldBytesMax;
    this.end = end;
    this.capacity = bufferBytes;
    int rowsInBuffer = bufferBytes / columns; // a field has a byte behind it
    rowsMax = Math.clamp(Math.min(MARKS_MAX / (columns + 1), rowsInBuffer), 1, Vector.ROWS_MAX);
    marks = new int[rowsMax * (columns + 1)];
    bytes = new byte[sideBegin()];
    origin = from - PAD_BYTES;
  }

  private int sideBegin() {
    return PAD_BYTES + capacity + SLACK_BYTES;
  }

  /** The text that marks point into; another array after another {@link #read}. */
  byte[] bytes() {
    return bytes;
  }

  int[] marks() {
    return marks;
  }

  /** Marks from one record to the next. */
  int stride() {
    return columns + 1;
  }

  /**
   * Whether the text of these records is UTF-8. As delimiters are ASCII each field is then too, and
   * nobody needs to look at it again.
   */
  boolean isUtf8() {
    if (!judged) {
      judged = true;
      utf8 = (seen & Word.TOPS) == 0 || Utf8.firstBad(bytes, marks[0] + 1, at) < 0;
    }
    return utf8;
  }

  /** Makes room for text that replaces text of these records; returns where it may be written. */
  int side(int length) {
    int begin = sideEnd;
    sideEnd = Math.addExact(begin, length);
    if (sideEnd > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(sideEnd, (int) Math.min(2L * begin, 1 << 30)));
    }
    return begin;
  }

  /** What is to be thrown for text at an index of {@link #bytes}. */
  CsvException failure(int index, String problem) {
    return file.failure(origin + index, problem);
  }

  /** What is to be thrown for a page that could not be loaded. */
  CsvException unreadable(InternalError fault) {
    return file.unreadable(offset(), fault);
  }

  /** Where in the file the next record begins. */
  long offset() {
    return origin + at;
  }

  /**
   * Goes on to the next records.
   *
   * @return how many there are; 0 at the end
   */
  int read() throws CsvException {
    sideEnd = sideBegin();
    damage = null;
    judged = false;
    while (offset() < end) {
      int rows = at < limit ? index() : 0;
      if (rows > 0) {
        return rows;
      }
      if (damage != null) {
        throw failure(damageAt, damage);
      }
      if (offset() < end) {
        load();
      }
    }
    return 0;
  }

  private void load() throws CsvException {
    if (ended) {
      throw failure(begun, "the quote that begins this field has no end");
    }
    int left = limit - at;
    if (left > 0 && limit - begun > fieldBytesMax) {
      throw failure(begun, tooLong(begun));
    }
    System.arraycopy(bytes, at, bytes, PAD_BYTES, left);
    origin += at - PAD_BYTES;
    at = PAD_BYTES;
    limit = PAD_BYTES + left;
    if (left == capacity) {
      grow();
    }
    long next = origin + limit;
    long wanted = next < end ? end - next : Math.max(TAIL_BYTES, left);
    int length = (int) Math.min(Math.min(wanted, capacity - left), file.size() - next);
    file.copy(next, bytes, limit, length);
    limit += length;
    if (next + length == file.size()) {
      end();
    }
  }

  private void grow() throws CsvException {
    if (capacity >= RECORD_BYTES_MAX) {
      throw failure(at, "a record of more than " + RECORD_BYTES_MAX + " bytes");
    }
    capacity = Math.min(2 * capacity, RECORD_BYTES_MAX);
    bytes = Arrays.copyOf(bytes, sideBegin());
    sideEnd = sideBegin();
  }

  /** The file's last record may lack its line end. */
  private void end() {
    ended = true;
    byte last = limit > PAD_BYTES ? bytes[limit - 1] : (byte) '\n';
    if (last != '\n' && last != '\r') { //~ phase 6 lostLine: if (last == 0) {
      bytes[limit++] = '\n';
    }
  }

  private String tooLong(int field) {
    String hint = bytes[field] == '"' ? "; perhaps the quote that begins it has no end" : "";
    return "a field of more than " + fieldBytesMax + " bytes" + hint;
  }

  /** Marks the fields of whole records from {@code at} on, and moves it behind them. */
  private int index() {
    //> phase 6: walk along the structure's bits; what ends a field, a record, and the walk?
    byte[] text = bytes;
    int stop = (int) Math.min(end - origin, limit);
    int rows = 0;
    int mark = 1;
    int lastMark = columns; // the one of this record's end
    int field = at;
    int block = at;
    seen = 0;
    marks[0] = at - 1;
    long bits = structure(block);
    while (true) {
      if (bits == 0) {
        block += BLOCK_BYTES;
        if (block >= limit) {
          return unfinished(rows, field);
        }
        bits = structure(block);
        continue;
      }
      int p = block + Long.numberOfTrailingZeros(bits);
      bits &= bits - 1;
      byte b = text[p];
      if (b == delimiter) {
        if (mark == lastMark) {
          return damaged(rows, p, "a field more than the " + columns + " of the first record");
        }
        if (p - field > fieldBytesMax) {
          return damaged(rows, field, tooLong(field));
        }
        marks[mark++] = p;
        field = p + 1;
      } else if (b == '"') {
        if (p != field) { //~ quoteAnywhere: if (p < field) {
          continue; // within a field without quotes it is text
        }
        int behind = behindQuote(p + 1);
        if (behind < 0) {
          return damaged(rows, ~behind, NUL);
        }
        if (behind >= limit) {
          return unfinished(rows, field);
        }
        if (!endsField(text[behind])) {
          return damaged(rows, behind, text[behind] == 0 ? NUL : BEHIND_QUOTE);
        }
        if (behind - block >= BLOCK_BYTES) {
          block = behind;
          bits = structure(block);
        } else {
          bits &= -1L << behind - block;
        }
      } else if (b == 0) {
        return damaged(rows, p, NUL);
      } else if ((b == '\n' || b == '\r') && p >= at) { // not the LF of a CR LF
        int next = nextRecord(p);
        if (next > limit) {
          return unfinished(rows, field);
        }
        if (mark == lastMark) {
          if (p - field > fieldBytesMax) {
            return damaged(rows, field, tooLong(field));
          }
          marks[mark++] = p;
          rows++;
          lastMark += columns + 1;
        } else if (p > at) {
          int fields = columns - (lastMark - mark);
          return damaged(rows, p, fields + " fields instead of " + columns);
        } else {
          mark--; // nothing but a line end: no record
        }
        at = next;
        if (rows == rowsMax || next >= stop) {
          return rows;
        }
        marks[mark++] = next - 1;
        field = next;
      }
    }
    //< phase 6
  }

  //> phase 6 only
  private static final int BLOCK_BYTES = 64;
  private static final long QUOTES = Word.repeat('"');
  private static final String NUL = "a byte 0 is no text";
  private static final String BEHIND_QUOTE = "text behind the quote that ends a field";

  /** A bit for each of the 64 bytes from an index on that may end something. */
  private long structure(int block) {
    byte[] text = bytes;
    long delimiters = Word.repeat(delimiter);
    long bits = 0;
    long all = 0;
    for (int i = 0; i < BLOCK_BYTES; i += Word.BYTES) {
      long word = Word.at(text, block + i);
      all |= word;
      bits |= Word.gathered(Word.structure(word, delimiters, QUOTES)) << i;
    }
    seen |= all;
    int rest = limit - block;
    return rest >= BLOCK_BYTES ? bits : bits & (1L << rest) - 1;
  }

  /**
   * The index behind the quote that ends a field, the limit or more if there is none yet, or the
   * complement of the index of a byte 0.
   */
  private int behindQuote(int from) {
    byte[] text = bytes;
    int p = from;
    while (p < limit) {
      long word = Word.at(text, p);
      seen |= word;
      long hits = Word.firstZero(word ^ QUOTES) | Word.firstZero(word);
      if (hits == 0) {
        p += Word.BYTES;
        continue;
      }
      p += Word.first(hits);
      if (p >= limit) {
        return limit;
      }
      if (text[p] == 0) {
        return ~p;
      }
      if (p + 1 >= limit || text[p + 1] != '"') {
        return p + 1;
      }
      p += 2; // two quotes mean one
    }
    return limit;
  }

  private boolean endsField(byte b) {
    return b == delimiter || b == '\n' || b == '\r';
  }

  /** Where the next record begins; behind the limit if nobody can know yet. */
  private int nextRecord(int p) {
    if (bytes[p] == '\n') {
      return p + 1;
    }
    if (p + 1 == limit && !ended) { //~ tornCrLf: if (p == limit) {
      return limit + 1;
    }
    return p + 1 < limit && bytes[p + 1] == '\n' ? p + 2 : p + 1;
  }

  private int unfinished(int rows, int field) {
    begun = field;
    return rows;
  }

  private int damaged(int rows, int index, String what) {
    damageAt = index;
    damage = rows == 0 ? what : null; // else found again by the next call
    return rows;
  }
  //< phase 6
}
