package systems.core.csv;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Whether a place in a text lies between quotes. Only what comes before it can tell, from the very
 * beginning on; so a stretch of text is read as a function from the state at its begin to the state
 * at its end. Threads compute the functions of their stretches without knowing each other's, and
 * what a cut needs is the composition of all functions before it.
 *
 * <pre>
 *   state     PLAIN   outside; the byte before says whether a field begins here
 *             QUOTED  between quotes
 *             CLOSED  the byte before was a quote that ended the field, or is the first of two
 *
 *   a quote             from PLAIN   QUOTED   CLOSED
 *   behind a delimiter    QUOTED     CLOSED   QUOTED     OPENING
 *   behind a quote        PLAIN      CLOSED   QUOTED     DOUBLING
 *   behind another byte   PLAIN      CLOSED   PLAIN      INNER
 *   any other byte        PLAIN      QUOTED   PLAIN      GAP
 * </pre>
 *
 * <p>Three states to three states are 27 functions, so a function is a number and a step a look
 * into a table. Text between quotes needs no step (a gap after a gap changes nothing), hence the
 * work is one test of some thousand bytes after the other and one look-up a quote.
 *
 * <p>Rejected: the parity of the quotes so far. It is right for files that keep to RFC 4180, in
 * which a quote stands only around a field or doubled within it. But {@code 5" pipe,3} is in many a
 * file, and most readers take it as it stands; with parities all text behind it would be inside
 * out. Also rejected: to guess from the bytes after the cut and to verify later; by then the rows
 * of a wrong guess have left. What the bytes after the cut can do is to prove: from a state that is
 * not the true one, a quote that begins a field is read as one that ends it, and text stands behind
 * it, which is damage. If all states but those that agree end so, the text before needs no look
 * ({@link #provenRecord}).
 *
 * <p>Source: T. Mytkowicz, M. Musuvathi, W. Schulte, "Data-parallel finite-state machines", ASPLOS
 * 2014; C. Ge, Y. Li, E. Eilebrecht, B. Chandramouli, D. Kossmann, "Speculative distributed CSV
 * data parsing for big data analytics", SIGMOD 2019.
 */
final class QuoteStates {
  static final int PLAIN = 0;
  static final int QUOTED = 1;
  static final int CLOSED = 2;

  /** No place: the bytes alone do not tell. */
  static final long UNPROVEN = -1;

  /** From each state to itself. */
  static final int IDENTITY = function(PLAIN, QUOTED, CLOSED);

  private static final int STATES = 3;
  //> phase 6 only
  private static final int FUNCTIONS = 27;
  private static final int GAP = function(PLAIN, QUOTED, PLAIN);
  private static final byte[] THEN_GAP = then(GAP);
  private static final byte[] THEN_OPENING = then(function(QUOTED, CLOSED, QUOTED));
  private static final byte[] THEN_DOUBLING = then(function(PLAIN, CLOSED, QUOTED));
  private static final byte[] THEN_INNER = then(function(PLAIN, CLOSED, PLAIN));

  /** So far behind a cut a proof is looked for. */
  private static final int PROOF_BYTES_MAX = 1 << 12;

  /** Text that is copied to look for quotes. */
  private static final int BLOCK_BYTES = 1 << 12;

  /** No place: it cannot be the state of a sound file. */
  private static final long REFUTED = -2;

  private static final long QUOTES = Word.repeat('"');
  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  //< phase 6

  private final CsvFile file;
  private final byte delimiter;
  private final long begin;

  /**
   * @param begin where a field begins though no delimiter is before it: that of the first record
   */
  QuoteStates(CsvFile file, byte delimiter, long begin) {
    this.file = file;
    this.delimiter = delimiter;
    this.begin = begin;
  }

  private static int function(int ofPlain, int ofQuoted, int ofClosed) {
    return ofPlain + STATES * (ofQuoted + STATES * ofClosed);
  }

  /** The state at the end of a stretch with a state at its begin. */
  static int apply(int function, int state) {
    return switch (state) {
      case PLAIN -> function % STATES;
      case QUOTED -> function / STATES % STATES;
      default -> function / (STATES * STATES);
    };
  }

  /** What the bytes of a stretch do to the state. */
  int function(long from, long to) {
    //> phase 6: which bytes of the stretch matter, and what does each do from all three states?
    long[] block = new long[BLOCK_BYTES / Word.BYTES];
    int function = IDENTITY;
    long at = from;
    for (; at + BLOCK_BYTES <= to; at += BLOCK_BYTES) {
      file.copy(at, block);
      if (hasQuotes(block)) {
        function = afterQuotes(function, at, at + BLOCK_BYTES);
      }
    }
    function = afterBytes(function, at, to);
    boolean quoteIsLast = to > from && file.at(to - 1) == '"';
    return quoteIsLast || to == from ? function : THEN_GAP[function];
    //< phase 6
  }

  //> phase 6 only
  /** One OR of all words: the JIT compiler makes it a loop of vectors. */
  private static boolean hasQuotes(long[] block) {
    long any = 0;
    for (int i = 0; i < block.length; i++) {
      any |= Word.firstZero(block[i] ^ QUOTES);
    }
    return any != 0;
  }

  private int afterQuotes(int function, long from, long to) {
    int after = function;
    for (long at = from; at < to; at += Word.BYTES) {
      long marks = Word.zeros(file.text().get(WORD, at) ^ QUOTES);
      for (; marks != 0; marks &= marks - 1) {
        after = step(at + Word.first(marks))[after];
      }
    }
    return after;
  }

  private int afterBytes(int function, long from, long to) {
    int after = function;
    for (long at = from; at < to; at++) {
      after = file.at(at) == '"' ? step(at)[after] : after;
    }
    return after;
  }

  /** For each function the one that does what it does and then another. */
  private static byte[] then(int next) {
    byte[] composed = new byte[FUNCTIONS];
    for (int first = 0; first < FUNCTIONS; first++) {
      composed[first] =
          (byte)
              function(
                  apply(next, apply(first, PLAIN)),
                  apply(next, apply(first, QUOTED)),
                  apply(next, apply(first, CLOSED)));
    }
    return composed;
  }

  private byte[] step(long quote) {
    if (quote == begin) {
      return THEN_OPENING;
    }
    byte before = file.at(quote - 1);
    if (before == '"') {
      return THEN_DOUBLING;
    }
    return beginsField(before) ? THEN_OPENING : THEN_INNER; //~ parity: return THEN_OPENING;
  }

  private boolean beginsField(byte before) {
    return before == delimiter || before == '\n' || before == '\r';
  }

  //< phase 6

  /**
   * Where the first record begins that does not begin before a place.
   *
   * @param state at the place
   * @param to where to give up: the answer is then this or behind it
   */
  long firstRecord(long from, int state, long to) {
    //> phase 6: the cut may fall into a field, between CR and LF, or exactly where a record begins
    long found = from == begin ? from : record(from, state, to, false);
    return found == UNPROVEN ? to : found;
    //< phase 6
  }

  /**
   * The same by the bytes behind the place alone: where all states put it that do not end in
   * damage, or {@link #UNPROVEN}. Damage counts only within the record that lies across the place:
   * that is read by whoever reads the morsel before, so if the proof is wrong because the file is
   * damaged, somebody says so.
   *
   * @param from not the begin
   */
  long provenRecord(long from, long to) {
    //> phase 6: what would the text behind a cut mean if one had guessed its state wrong?
    long end = Math.min(to, from + PROOF_BYTES_MAX);
    long plain = record(from, PLAIN, end, true);
    long quoted = plain == UNPROVEN ? UNPROVEN : record(from, QUOTED, end, true);
    boolean behindQuote = file.at(from - 1) == '"';
    long closed = behindQuote ? record(from, CLOSED, end, true) : REFUTED;
    long proven = agreed(agreed(plain, quoted), closed);
    return proven == REFUTED ? UNPROVEN : proven;
    //< phase 6
  }

  //> phase 6 only
  private static long agreed(long one, long other) {
    if (one == REFUTED || other == REFUTED) {
      return one == REFUTED ? other : one;
    }
    return one == other ? one : UNPROVEN;
  }

  /** Where the first record begins, or UNPROVEN; REFUTED if damage is looked for and is there. */
  private long record(long from, int state, long to, boolean refutes) {
    if (state == PLAIN && endsRecord(from - 1)) {
      return from;
    }
    int now = state;
    for (long at = from; at < to; at++) {
      byte b = file.at(at);
      if (b == '"') {
        now = apply(step(at)[IDENTITY], now);
      } else if (now != QUOTED) {
        if (refutes && now == CLOSED && !beginsField(b)) {
          return REFUTED;
        }
        now = PLAIN;
        if (endsRecord(at)) {
          return at + 1;
        }
      }
    }
    return UNPROVEN;
  }

  /** Whether the record ends with this byte: a CR is not the end if LF follows. */
  private boolean endsRecord(long at) {
    byte b = file.at(at);
    return b == '\n' || b == '\r' && (at + 1 == file.size() || file.at(at + 1) != '\n');
  }
  //< phase 6
}
