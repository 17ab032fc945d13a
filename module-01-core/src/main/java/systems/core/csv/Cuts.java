package systems.core.csv;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Where morsels begin and end. Cuts are made at equal distances, blindly; a morsel has the records
 * that begin between its two cuts, wherever the last of them ends.
 *
 * <pre>
 *   cut 0               cut 1               cut 2
 *   |                   |                   |
 *   a,1\nb,2\nc,"say \n|hi"\nd,4\ne,5\nf,"|6"\ng,7\n
 *   [ morsel 0              ][ morsel 1          ][ morsel 2
 * </pre>
 *
 * <p>To find the first record behind a cut one must know whether the cut lies between quotes, and
 * that takes a look at all text before it ({@link QuoteStates}). Nobody does that beforehand. Who
 * has read a morsel to its end knows where the next one begins and leaves it here; one thread alone
 * never looks at a byte twice. Who opens a morsel while the one before is still being read looks
 * for a proof in the first bytes, and where there are quotes mostly finds one. If not, he computes
 * the function of his own stretch and leaves that, then takes what the others have left and
 * computes what is missing. In whatever order morsels are opened, the result is the same.
 *
 * <p>A proof holds for a file whose quotes are in order. In another one a reader may begin where no
 * record does; the morsel before then ends in damage, and that is the file's error. What such a
 * reader complains about is not, so whoever finds damage asks {@link #isFirstRecord}.
 *
 * <p>Any thread may ask. Two may compute the same function at once and then find the same, so
 * neither waits for the other.
 */
final class Cuts {
  private static final int UNKNOWN = 0;

  private final CsvFile file;
  private final QuoteStates quotes;
  private final long begin;
  private final long distance;
  private final int morsels;

  /** Of each stretch the function, and of each cut the state; one more than they are. */
  private final AtomicIntegerArray functions;

  private final AtomicIntegerArray states;

  /** Of each morsel where its first record begins, plus one, if the one before has been read. */
  private final AtomicLongArray begins;

  /** Whether a record's place was told by the bytes behind it. */
  private volatile boolean isAnyProven;

  /**
   * @param begin of the first record
   * @param distance between cuts, if the file is not so long that there would be too many
   */
  Cuts(CsvFile file, byte delimiter, long begin, long distance, int morselsMax) {
    this.file = file;
    this.begin = begin;
    quotes = new QuoteStates(file, delimiter, begin);
    long bytes = file.size() - begin;
    this.distance = Math.max(distance, Math.ceilDiv(bytes, (long) morselsMax));
    morsels = (int) Math.ceilDiv(bytes, this.distance);
    functions = new AtomicIntegerArray(morsels + 1);
    states = new AtomicIntegerArray(morsels + 1);
    states.set(0, QuoteStates.PLAIN + 1);
    begins = new AtomicLongArray(morsels + 1);
  }

  int morsels() {
    return morsels;
  }

  /** The cut before a morsel, and the one behind the morsel before it. */
  long cut(int morsel) {
    return Math.min(begin + morsel * distance, file.size());
  }

  /** Notes that all records of a morsel have been read, and where the next one begins. */
  void read(int morsel, long next) {
    begins.set(morsel + 1, next + 1);
  }

  /** Where the first record of a morsel begins; behind its last cut if it has none. */
  long firstRecord(int morsel) throws CsvException {
    try {
      //> phase 6: what must be known before this morsel's text, and who computes it?
      long known = begins.get(morsel);
      if (known != UNKNOWN) {
        return known - 1;
      }
      long proven =
          morsel == 0 ? QuoteStates.UNPROVEN : quotes.provenRecord(cut(morsel), cut(morsel + 1));
      if (proven == QuoteStates.UNPROVEN) {
        return computed(morsel);
      }
      isAnyProven = true;
      return proven;
      //< phase 6
    } catch (InternalError fault) {
      throw file.unreadable(cut(morsel), fault);
    }
  }

  /**
   * Whether the first record of a morsel does begin there, whatever the file is like. Without any
   * proof so far it does.
   */
  boolean isFirstRecord(int morsel, long place) throws CsvException {
    try {
      //> phase 6: a proof may be wrong in a damaged file; what is not?
      return !isAnyProven || file.isShortened() || computed(morsel) == place;
      //< phase 6
    } catch (InternalError fault) {
      throw file.unreadable(cut(morsel), fault);
    }
  }

  //> phase 6 only
  private long computed(int morsel) {
    if (morsel + 1 < morsels) {
      function(morsel); // for the others
    }
    return quotes.firstRecord(cut(morsel), state(morsel), cut(morsel + 1));
  }

  private int function(int morsel) {
    int known = functions.get(morsel);
    if (known == UNKNOWN) {
      known = quotes.function(cut(morsel), cut(morsel + 1)) + 1;
      functions.set(morsel, known);
    }
    return known - 1;
  }

  private int state(int morsel) {
    int known = morsel;
    while (states.get(known) == UNKNOWN) {
      known--;
    }
    int state = states.get(known) - 1;
    for (; known < morsel; known++) {
      state = QuoteStates.apply(function(known), state); //~ forgets: state = function(known) % 3;
      states.set(known + 1, state + 1);
    }
    return state;
  }
  //< phase 6
}
