package systems.core.csv;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What one thread knows about each station: a hash table with linear probing in one array of longs,
 * a cache line a station.
 *
 * <pre>
 *   cell   | key 0 | key 1 | sum | count | min | max | name: start, length | hash |
 *
 *   "Oslo;"              key 0 = Oslo;000           key 1 = 00000000
 *   "Addis Ababa;"       key 0 = Addis Ab           key 1 = aba;0000
 *   "Petropavlovsk-Kamchatsky;"    Petropav                 lovsk-Ka, and then the names are compared
 * </pre>
 *
 * <p>The key has the semicolon in it if the name has less than 16 bytes. So a short name is its
 * key, a long one's key has no semicolon, and no key is 0, which marks an empty cell. A name is
 * looked at closely only once, when it is new: what is in the table is known to be a name.
 */
final class StationTable {
  /** The challenge's limits. */
  static final int STATIONS_MAX = 10_000;

  static final int NAME_BYTES_MAX = 100;

  /** Longest line with its LF: name, semicolon, temperature. */
  static final int LINE_BYTES_MAX = NAME_BYTES_MAX + 1 + 6;

  private static final int CELL = 8;
  private static final int SUM = 2;
  private static final int COUNT = 3;
  private static final int MIN = 4;
  private static final int MAX = 5;
  private static final int NAME = 6;
  private static final int HASH = 7;
  private static final int KEY_BYTES = 2 * Word.BYTES;
  private static final int CELLS_MIN = 4096;
  private static final long SEMICOLONS = Word.repeat(';');
  private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

  private long[] cells = new long[CELLS_MIN * CELL];
  private int shift = 64 - Integer.numberOfTrailingZeros(CELLS_MIN);
  private int stations;
  private byte[] names = new byte[1 << 14];
  private int namesEnd;

  /** What is wrong in a line. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;
    final int index;

    Malformed(int index, String problem) {
      super(problem, null, false, false);
      this.index = index;
    }

    @Override
    public String getMessage() {
      return String.valueOf(super.getMessage());
    }
  }

  /** What is known of a station, temperatures in tenths. */
  record Station(String name, long sum, long count, int min, int max) {}

  /**
   * Adds the lines that begin between two indices up.
   *
   * @param to behind the LF of a line, or before the end of a line; 32 bytes behind that line can
   *     be read
   */
  void add(byte[] text, int from, int to) throws Malformed {
    //> phase 6: what does the loop need of a line, and what can wait until a name is new?
    int at = from;
    while (at < to) {
      at = line(text, at);
    }
    //< phase 6
  }

  //> phase 6 only
  private static int behindLine(byte[] text, int from, int to) {
    int at = from;
    while (at < to && text[at] != '\n') {
      at++;
    }
    return Math.min(at + 1, to);
  }

  /** Adds a line up; returns where the next one begins. */
  private int line(byte[] text, int at) throws Malformed {
    long word0 = Word.at(text, at);
    long word1 = Word.at(text, at + Word.BYTES);
    long marks0 = Word.firstZero(word0 ^ SEMICOLONS);
    long marks1 = Word.firstZero(word1 ^ SEMICOLONS);
    int cell;
    int behindName;
    if ((marks0 | marks1) != 0) {
      // All ones if the first word has no semicolon; a branch would be guessed wrong too often.
      long second = (marks0 - 1 & ~marks0) >> 63;
      long key0 = word0 & (marks0 ^ marks0 - 1);
      long key1 = word1 & (marks1 ^ marks1 - 1) & second;
      behindName = at + 1 + Word.first(marks0) + (Word.first(marks1) & (int) second);
      long hash = hash(key0, key1);
      cell = cell(hash);
      while (cells[cell] != key0 || cells[cell + 1] != key1) {
        if (cells[cell + COUNT] == 0) {
          cell = find(cell, key0, key1, hash, text, at, behindName - 1 - at);
          break;
        }
        cell = cell + CELL & cells.length - 1;
      }
    } else {
      behindName = semicolon(text, at) + 1;
      cell = findLong(text, at, behindName - 1 - at, word0, word1);
    }
    long word = Word.at(text, behindName);
    int sign = Temperature.sign(word);
    int single = Temperature.single(word, sign);
    long canonical = Temperature.canonical(word, sign, single);
    if (!Temperature.isValid(canonical)) {
      throw noTemperature(behindName);
    }
    note(cell, Temperature.tenths(canonical, sign));
    return behindName + Temperature.length(sign, single);
  }

  private void note(int cell, int tenths) {
    long[] known = cells;
    known[cell + SUM] += tenths;
    known[cell + COUNT]++;
    if (tenths < known[cell + MIN]) {
      known[cell + MIN] = tenths;
    }
    if (tenths > known[cell + MAX]) {
      known[cell + MAX] = tenths;
    }
  }

  private static long hash(long key0, long key1) {
    return (key0 ^ Long.rotateLeft(key1, 29)) * MIX;
  }

  private int cell(long hash) {
    return (int) (hash >>> shift) * CELL;
  }

  private static Malformed noTemperature(int index) {
    return new Malformed(
        index, "no temperature from -99.9 to 99.9 with one digit behind the point and a line end");
  }

  /** The semicolon behind a name of 16 bytes or more. */
  private static int semicolon(byte[] text, int at) throws Malformed {
    int limit = at + NAME_BYTES_MAX;
    for (int i = at + KEY_BYTES; i <= limit; i += Word.BYTES) {
      long marks = Word.firstZero(Word.at(text, i) ^ SEMICOLONS);
      if (marks != 0 && i + Word.first(marks) <= limit) {
        return i + Word.first(marks);
      }
    }
    int line = behindLine(text, at, limit + 1);
    throw text[line - 1] == '\n'
        ? new Malformed(line - 1, "a line without a semicolon")
        : new Malformed(at, "a name of more than " + NAME_BYTES_MAX + " bytes");
  }

  private int findLong(byte[] text, int at, int length, long key0, long key1) throws Malformed {
    long last = Word.at(text, at + length - Word.BYTES);
    long hash = (hash(key0, key1) ^ last) * MIX;
    return find(cell(hash), key0, key1, hash, text, at, length);
  }

  /** The cell of a name: the first of its row of neighbours that has it, or a new one behind. */
  private int find(int first, long key0, long key1, long hash, byte[] text, int at, int length)
      throws Malformed {
    int cell = first;
    while (cells[cell + COUNT] > 0) {
      if (cells[cell] == key0 && cells[cell + 1] == key1 && hasName(cell, text, at, length)) {
        return cell;
      }
      cell = cell + CELL & cells.length - 1;
    }
    check(text, at, length);
    if (4 * stations >= cells.length / CELL) {
      grow();
      cell = empty(hash);
    }
    return insert(cell, key0, key1, hash, text, at, length);
  }

  private boolean hasName(int cell, byte[] text, int at, int length) {
    int start = (int) (cells[cell + NAME] >>> 32);
    int end = start + (int) cells[cell + NAME];
    boolean same = Arrays.equals(names, start, end, text, at, at + length);
    return same; //~ prefixIsEnough: return true;
  }

  private void check(byte[] text, int at, int length) throws Malformed {
    for (int i = at; i < at + length; i++) {
      if (text[i] == '\n') {
        throw new Malformed(i, "a line without a semicolon");
      }
    }
    int bad = Utf8.firstBad(text, at, at + length);
    if (length == 0 || bad >= 0) {
      throw new Malformed(Math.max(at, bad), length == 0 ? "no name" : "a name that is not UTF-8");
    }
    if (stations == STATIONS_MAX) {
      throw new Malformed(at, "more than " + STATIONS_MAX + " stations");
    }
  }

  private int insert(int cell, long key0, long key1, long hash, byte[] text, int at, int length) {
    if (names.length - namesEnd < length) {
      names = Arrays.copyOf(names, 2 * names.length);
    }
    System.arraycopy(text, at, names, namesEnd, length);
    cells[cell] = key0;
    cells[cell + 1] = key1;
    cells[cell + MIN] = Integer.MAX_VALUE;
    cells[cell + MAX] = Integer.MIN_VALUE;
    cells[cell + NAME] = (long) namesEnd << 32 | length;
    cells[cell + HASH] = hash;
    namesEnd += length;
    stations++;
    return cell;
  }

  private int empty(long hash) {
    int cell = cell(hash);
    while (cells[cell + COUNT] > 0) {
      cell = cell + CELL & cells.length - 1;
    }
    return cell;
  }

  private void grow() {
    long[] old = cells;
    cells = new long[2 * old.length];
    shift--;
    for (int cell = 0; cell < old.length; cell += CELL) {
      if (old[cell + COUNT] > 0) {
        System.arraycopy(old, cell, cells, empty(old[cell + HASH]), CELL);
      }
    }
  }

  //< phase 6

  /** Adds what another table knows. */
  void merge(StationTable other) throws Malformed {
    //> phase 6: the other table's names lie in another array
    for (int cell = 0; cell < other.cells.length; cell += CELL) {
      if (other.cells[cell + COUNT] > 0) {
        merge(other, cell);
      }
    }
    //< phase 6
  }

  //> phase 6 only
  private void merge(StationTable other, int cell) throws Malformed {
    long[] theirs = other.cells;
    long hash = theirs[cell + HASH];
    int name = (int) (theirs[cell + NAME] >>> 32);
    int length = (int) theirs[cell + NAME];
    int mine = find(cell(hash), theirs[cell], theirs[cell + 1], hash, other.names, name, length);
    cells[mine + SUM] += theirs[cell + SUM];
    cells[mine + COUNT] += theirs[cell + COUNT];
    cells[mine + MIN] = Math.min(cells[mine + MIN], theirs[cell + MIN]);
    cells[mine + MAX] = Math.max(cells[mine + MAX], theirs[cell + MAX]);
  }

  //< phase 6

  /** All stations, in no order. */
  Station[] stations() {
    var all = new Station[stations];
    int next = 0;
    for (int cell = 0; cell < cells.length; cell += CELL) {
      if (cells[cell + COUNT] > 0) {
        all[next++] = station(cell);
      }
    }
    return all;
  }

  private Station station(int cell) {
    int start = (int) (cells[cell + NAME] >>> 32);
    int length = (int) cells[cell + NAME];
    return new Station(
        new String(names, start, length, StandardCharsets.UTF_8),
        cells[cell + SUM],
        cells[cell + COUNT],
        (int) cells[cell + MIN],
        (int) cells[cell + MAX]);
  }
}
