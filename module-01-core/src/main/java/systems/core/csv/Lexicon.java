package systems.core.csv;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import systems.core.column.Dictionary;

/**
 * The different fields of a column of strings, numbered as they come. Most columns that anybody
 * groups or filters by have few: their rows then leave as codes of a {@link Dictionary}, and what
 * lies above touches no string.
 *
 * <pre>
 *   field as it stands            slot: head, tail, length and code             dictionary
 *
 *   Oslo                          "Oslo"      "Oslo"       4   0                0   Oslo
 *   "Oslo"          -- hash --&gt;   ""Oslo""    ""Oslo""     6   0                1   St. John's
 *   St. John's                    "St. John"  ". John's"  10   1
 * </pre>
 *
 * <p>A slot is four words, half a cache line. Head and tail are the first and the last eight bytes;
 * of a field of up to 16 bytes they are all of it, so that equal words are equal fields and the
 * bytes themselves are read once, by two loads, whatever their number. Of a longer one the bytes
 * between are compared with a copy.
 *
 * <p>What a field means is found out once: the quotes around it, the two quotes that mean one,
 * whether it is UTF-8. Several spellings may mean the same string, and a dictionary must not have
 * it twice; so strings are looked up a second time when they are new, and only then.
 *
 * <p>A column of more than {@value #ENTRIES_MAX} fields, or of longer ones than {@value #BYTES_MAX}
 * bytes together, gives up for good: its lexicon would not stay in the second-level cache, and
 * nobody gains from the codes of a column in which each string comes once. Of one thread at a time.
 */
final class Lexicon {
  static final int ENTRIES_MAX = 4096;
  static final int BYTES_MAX = 1 << 17;

  /** No code: the field is new. */
  static final int NEW = -1;

  private static final int SLOTS_MIN = 64;
  private static final int SLOT_WORDS = 4;
  private static final int TAIL = 1;
  private static final int LENGTH_AND_CODE = 2;
  private static final int PLACE = 3;

  private long[] slots = new long[SLOT_WORDS * SLOTS_MIN];
  private int fields;
  private byte[] fieldBytes = new byte[1 << 10];
  private int fieldEnd;

  private final Map<String, Integer> codes = new HashMap<>();
  private byte[] bytes = new byte[1 << 10];
  private int[] starts = new int[SLOTS_MIN];
  private @Nullable Dictionary dictionary;
  private boolean isFull;

  /** Whether it has given up. */
  boolean isFull() {
    return isFull;
  }

  /** Gives up. */
  void close() {
    isFull = true;
    slots = new long[0];
    codes.clear();
  }

  /** All strings so far; the same object until there is another one. */
  Dictionary dictionary() {
    Dictionary known = dictionary;
    if (known == null) {
      known = new Dictionary(bytes, Arrays.copyOf(starts, codes.size() + 1));
      dictionary = known;
    }
    return known;
  }

  /**
   * The code of the field between two indices, the first at least 16, or {@link #NEW}. Eight bytes
   * behind it can be read.
   */
  int code(byte[] text, int from, int to) {
    //> phase 6: how few loads tell a field of up to 16 bytes from all others?
    int length = to - from;
    long head = head(text, from, length);
    long tail = tail(text, to, length);
    int mask = slots.length - 1;
    int slot = home(hash(text, from, to, head, tail), mask);
    while (slots[slot + LENGTH_AND_CODE] != 0) {
      long found = slots[slot + LENGTH_AND_CODE];
      if (slots[slot] == head && slots[slot + TAIL] == tail && found >>> 32 == length) {
        if (length <= 2 * Word.BYTES || isSame((int) slots[slot + PLACE], text, from, to)) {
          return (int) found - 1;
        }
      }
      slot = slot + SLOT_WORDS & mask;
    }
    return NEW;
    //< phase 6
  }

  //> phase 6 only
  private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

  /** Of so many bytes of a word, 0 to 8, the first and the last ones; a branch less in each row. */
  private static final long[] FIRST_BYTES = new long[Word.BYTES + 1];

  private static final long[] LAST_BYTES = new long[Word.BYTES + 1];

  static {
    for (int count = 1; count <= Word.BYTES; count++) {
      FIRST_BYTES[count] = -1L >>> 64 - 8 * count;
      LAST_BYTES[count] = -1L << 64 - 8 * count;
    }
  }

  /** The first eight bytes, or as many as there are and zeros behind them. */
  private static long head(byte[] text, int from, int length) {
    return Word.at(text, from) & FIRST_BYTES[Math.min(length, Word.BYTES)];
  }

  /** The last eight bytes, or zeros and as many as there are. */
  private static long tail(byte[] text, int to, int length) {
    return Word.at(text, to - Word.BYTES) & LAST_BYTES[Math.min(length, Word.BYTES)];
  }

  private static long hash(byte[] text, int from, int to, long head, long tail) {
    long hash = (head ^ Long.rotateLeft(tail, 29)) * MIX;
    for (int at = from + Word.BYTES; at < to - Word.BYTES; at += Word.BYTES) {
      hash = (hash ^ hash >>> 32 ^ Word.at(text, at)) * MIX;
    }
    return hash;
  }

  private static int home(long hash, int mask) {
    return (int) (hash >>> 32) * SLOT_WORDS & mask;
  }

  private boolean isSame(int place, byte[] text, int from, int to) {
    return Arrays.equals(fieldBytes, place, place + to - from, text, from, to);
  }

  //< phase 6

  /**
   * Takes in a new field and the string that it means.
   *
   * @return the code, or {@link #NEW} if there are too many: it has then given up
   */
  int add(byte[] text, int from, int to, int valueFrom, int valueLength) {
    //> phase 6: two fields may mean the same string; where would that do harm?
    assert code(text, from, to) == NEW : "it is no new field";
    if (fields == ENTRIES_MAX || (long) fieldEnd + to - from > BYTES_MAX) {
      close();
      return NEW;
    }
    String value = new String(text, valueFrom, valueLength, StandardCharsets.ISO_8859_1);
    Integer known = codes.get(value); //~ twiceTheSame: Integer known = null;
    int code = known != null ? known : addString(value, text, valueFrom, valueLength);
    if (2 * SLOT_WORDS * (fields + 1) > slots.length) {
      grow();
    }
    addField(text, from, to, code);
    return code;
    //< phase 6
  }

  //> phase 6 only
  private int addString(String value, byte[] text, int from, int length) {
    int code = codes.size();
    codes.put(value, code);
    if (code + 1 == starts.length) {
      starts = Arrays.copyOf(starts, 2 * starts.length);
    }
    bytes = appended(bytes, starts[code], text, from, length);
    starts[code + 1] = starts[code] + length;
    dictionary = null;
    return code;
  }

  /** Writes behind what is there; dictionaries that were given out keep what they have. */
  private static byte[] appended(byte[] to, int end, byte[] text, int from, int length) {
    byte[] room = length <= to.length - end ? to : Arrays.copyOf(to, 2 * (end + length));
    System.arraycopy(text, from, room, end, length);
    return room;
  }

  private void addField(byte[] text, int from, int to, int code) {
    int length = to - from;
    long head = head(text, from, length);
    long tail = tail(text, to, length);
    fieldBytes = appended(fieldBytes, fieldEnd, text, from, length);
    put(head, tail, (long) length << 32 | code + 1, fieldEnd, hash(text, from, to, head, tail));
    fieldEnd += length;
    fields++;
  }

  private void put(long head, long tail, long lengthAndCode, long place, long hash) {
    int mask = slots.length - 1;
    int slot = home(hash, mask);
    while (slots[slot + LENGTH_AND_CODE] != 0) {
      slot = slot + SLOT_WORDS & mask;
    }
    slots[slot] = head;
    slots[slot + TAIL] = tail;
    slots[slot + LENGTH_AND_CODE] = lengthAndCode;
    slots[slot + PLACE] = place;
  }

  private void grow() {
    long[] old = slots;
    slots = new long[2 * old.length];
    for (int slot = 0; slot < old.length; slot += SLOT_WORDS) {
      long lengthAndCode = old[slot + LENGTH_AND_CODE];
      if (lengthAndCode != 0) {
        int place = (int) old[slot + PLACE];
        int end = place + (int) (lengthAndCode >>> 32);
        long hash = hash(fieldBytes, place, end, old[slot], old[slot + TAIL]);
        put(old[slot], old[slot + TAIL], lengthAndCode, place, hash);
      }
    }
  }
  //< phase 6
}
