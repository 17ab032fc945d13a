package systems.core.query;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import systems.core.column.ColumnType;
import systems.core.column.DoubleVector;
import systems.core.column.LongVector;
import systems.core.column.StringVector;
import systems.core.column.Vector;

/**
 * The states of one aggregate for all groups: arrays, the number of the group is the index. An
 * operator that adds a batch is then a loop over two columns, the values and the groups' numbers.
 *
 * <p>A state can be written as bytes and be merged into another. That one pair of methods serves
 * three purposes: threads that aggregated separately, groups that were spilled to a file, and both
 * at once. Merging must not care for order, and merging a state that has seen nothing changes
 * nothing. Of one thread.
 */
abstract sealed class Accumulator {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Makes room for so many groups. */
  abstract void reach(int groups);

  /** Adds the selected values; {@code groups[i]} is where the i-th of them belongs. */
  abstract void add(Vector argument, Selection selection, int[] groups);

  /** Appends the state of a group. */
  abstract void write(int group, ByteBuilder to);

  /** Merges a state that was written; returns where it ends. */
  abstract int merge(int group, byte[] from, int at);

  /** Sets a column of a row to the result, of the two that a sum can give to the one asked for. */
  abstract void result(int group, Aggregate asked, RowBatch to, int column);

  /** What it occupies. */
  abstract long bytes();

  /** The aggregate whose states serve this one too: an average is a sum and a count. */
  static Aggregate kept(Aggregate aggregate) {
    return aggregate instanceof Aggregate.Average(Expr argument)
        ? new Aggregate.Sum(argument)
        : aggregate;
  }

  static Accumulator of(Aggregate aggregate) {
    return switch (aggregate) {
      case Aggregate.CountRows _ -> new Counts(true);
      case Aggregate.Count _ -> new Counts(false);
      case Aggregate.CountDistinct(Expr argument) -> new Distinct(argument.type());
      case Aggregate.Sum(Expr argument) -> sum(argument);
      case Aggregate.Average(Expr argument) -> sum(argument);
      case Aggregate.Least(Expr argument) -> extreme(argument.type(), false);
      case Aggregate.Greatest(Expr argument) -> extreme(argument.type(), true);
    };
  }

  private static Accumulator sum(Expr argument) {
    return argument.type() == ColumnType.DOUBLE ? new DoubleSums() : new LongSums();
  }

  private static Accumulator extreme(ColumnType type, boolean greatest) {
    return switch (type) {
      case STRING -> new Texts(greatest);
      case DOUBLE -> new DoubleExtremes(greatest);
      case BOOLEAN, LONG, DATE, TIMESTAMP -> new LongExtremes(greatest);
    };
  }

  private static void writeLong(ByteBuilder to, long value) {
    int at = to.reserve(8);
    LONG.set(to.bytes, at, value);
  }

  private static long readLong(byte[] from, int at) {
    return (long) LONG.get(from, at);
  }

  /** {@code count(*)} and {@code count(x)}. */
  static final class Counts extends Accumulator {
    private final boolean ofRows;
    private long[] counts = new long[1];

    Counts(boolean ofRows) {
      this.ofRows = ofRows;
    }

    @Override
    void reach(int groups) {
      counts = Arrays.copyOf(counts, groups);
    }

    @Override
    void add(Vector argument, Selection selection, int[] groups) {
      boolean all = ofRows || argument.nullCount == 0;
      for (int i = 0; i < selection.count; i++) {
        counts[groups[i]] += all || !argument.isNull[selection.rows[i]] ? 1 : 0;
      }
    }

    /** Adds to the first group. */
    void addToFirst(long count) {
      counts[0] += count;
    }

    @Override
    void write(int group, ByteBuilder to) {
      writeLong(to, counts[group]);
    }

    @Override
    int merge(int group, byte[] from, int at) {
      counts[group] += readLong(from, at);
      return at + 8;
    }

    @Override
    void result(int group, Aggregate asked, RowBatch to, int column) {
      to.set(column, counts[group]);
    }

    @Override
    long bytes() {
      return 8L * counts.length;
    }
  }

  /**
   * Sums of integers in 128 bits: {@code highs * 2^64 + lows}. The upper half changes only when the
   * lower one overflows, which no real data does; so there is no upper half until it is needed.
   */
  static final class LongSums extends Accumulator {
    private long[] lows = new long[1];
    private long[] highs = new long[0];
    private long[] counts = new long[1];

    @Override
    void reach(int groups) {
      lows = Arrays.copyOf(lows, groups);
      counts = Arrays.copyOf(counts, groups);
      if (highs.length > 0) {
        highs = Arrays.copyOf(highs, groups);
      }
    }

    @Override
    void add(Vector argument, Selection selection, int[] groups) {
      long[] values = ((LongVector) argument).values;
      boolean nullable = argument.nullCount != 0;
      for (int i = 0; i < selection.count; i++) {
        int row = selection.rows[i];
        int group = groups[i];
        addLow(group, values[row]); // of a null it is 0
        counts[group] += nullable && argument.isNull[row] ? 0 : 1;
      }
    }

    private void addLow(int group, long value) {
      //> phase 7: when the sum of two 64-bit numbers overflows, by what is it wrong?
      long low = lows[group];
      long sum = low + value;
      lows[group] = sum;
      if (((low ^ sum) & (value ^ sum)) < 0) { //~ sumWraps: if (group < 0) {
        carry(group, value < 0 ? -1 : 1);
      }
      //< phase 7
    }

    private void carry(int group, long by) {
      if (highs.length == 0) {
        highs = new long[lows.length];
      }
      highs[group] += by;
    }

    /** Adds to the first group what a kernel has summed up. */
    void addToFirst(long[] halves, long count) {
      long low = halves[0] << 32;
      long high = (halves[0] >> 32) + (low < 0 ? 1 : 0);
      addLow(0, halves[1]);
      addLow(0, low);
      if (high != 0) {
        carry(0, high);
      }
      counts[0] += count;
    }

    @Override
    void write(int group, ByteBuilder to) {
      writeLong(to, lows[group]);
      writeLong(to, highs.length == 0 ? 0 : highs[group]);
      writeLong(to, counts[group]);
    }

    @Override
    int merge(int group, byte[] from, int at) {
      //> phase 7: what makes a sum of two sums?
      addLow(group, readLong(from, at));
      long high = readLong(from, at + 8);
      if (high != 0) {
        carry(group, high);
      }
      long count = readLong(from, at + 16);
      counts[group] += count; //~ averageOfHalf: counts[group] = count;
      return at + 24;
      //< phase 7
    }

    @Override
    void result(int group, Aggregate asked, RowBatch to, int column) {
      long high = highs.length == 0 ? 0 : highs[group];
      if (counts[group] == 0) {
        to.setNull(column);
      } else if (asked instanceof Aggregate.Average) {
        to.set(column, (high * 0x1p64 + lows[group]) / counts[group]);
      } else if (high == 0) {
        to.set(column, lows[group]);
      } else {
        throw new SqlException("A sum of integers does not fit into a bigint.");
      }
    }

    @Override
    long bytes() {
      return 8L * (lows.length + highs.length + counts.length);
    }
  }

  /** Sums of doubles, in the order in which they come. */
  static final class DoubleSums extends Accumulator {
    private double[] sums = new double[1];
    private long[] counts = new long[1];

    @Override
    void reach(int groups) {
      sums = Arrays.copyOf(sums, groups);
      counts = Arrays.copyOf(counts, groups);
    }

    @Override
    void add(Vector argument, Selection selection, int[] groups) {
      double[] values = ((DoubleVector) argument).values;
      boolean nullable = argument.nullCount != 0;
      for (int i = 0; i < selection.count; i++) {
        int row = selection.rows[i];
        int group = groups[i];
        sums[group] += values[row]; // of a null it is 0
        counts[group] += nullable && argument.isNull[row] ? 0 : 1;
      }
    }

    void addToFirst(double sum, long count) {
      sums[0] += sum;
      counts[0] += count;
    }

    @Override
    void write(int group, ByteBuilder to) {
      writeLong(to, Double.doubleToRawLongBits(sums[group]));
      writeLong(to, counts[group]);
    }

    @Override
    int merge(int group, byte[] from, int at) {
      sums[group] += Double.longBitsToDouble(readLong(from, at));
      counts[group] += readLong(from, at + 8);
      return at + 16;
    }

    @Override
    void result(int group, Aggregate asked, RowBatch to, int column) {
      if (counts[group] == 0) {
        to.setNull(column);
      } else {
        double sum = sums[group];
        to.set(column, asked instanceof Aggregate.Average ? sum / counts[group] : sum);
      }
    }

    @Override
    long bytes() {
      return 8L * (sums.length + counts.length);
    }
  }

  /**
   * The least or the greatest of integers. The greatest of x is the complement of the least of the
   * complements, so there is one loop.
   */
  static final class LongExtremes extends Accumulator {
    private final long flip;
    private long[] leasts = new long[0];
    private boolean[] seen = new boolean[0];

    LongExtremes(boolean greatest) {
      flip = greatest ? -1 : 0;
      reach(1);
    }

    @Override
    void reach(int groups) {
      int had = leasts.length;
      leasts = Arrays.copyOf(leasts, groups);
      Arrays.fill(leasts, Math.min(had, groups), groups, Long.MAX_VALUE);
      seen = Arrays.copyOf(seen, groups);
    }

    @Override
    void add(Vector argument, Selection selection, int[] groups) {
      //> phase 7: which values must not take part, and what is the least of none?
      long[] values = ((LongVector) argument).values;
      boolean nullable = argument.nullCount != 0;
      for (int i = 0; i < selection.count; i++) {
        int row = selection.rows[i];
        int group = groups[i];
        boolean absent = nullable && argument.isNull[row]; //~ nullIsLeast: boolean absent = false;
        if (!absent) {
          lower(group, values[row] ^ flip);
        }
      }
      //< phase 7
    }

    private void lower(int group, long value) {
      if (value < leasts[group]) { // rarely: the least is found early
        leasts[group] = value;
      }
      seen[group] = true;
    }

    @Override
    void write(int group, ByteBuilder to) {
      writeLong(to, seen[group] ? 1 : 0);
      writeLong(to, leasts[group]);
    }

    @Override
    int merge(int group, byte[] from, int at) {
      seen[group] |= readLong(from, at) != 0;
      leasts[group] = Math.min(leasts[group], readLong(from, at + 8));
      return at + 16;
    }

    @Override
    void result(int group, Aggregate asked, RowBatch to, int column) {
      if (seen[group]) {
        to.set(column, leasts[group] ^ flip);
      } else {
        to.setNull(column);
      }
    }

    @Override
    long bytes() {
      return 9L * leasts.length;
    }
  }

  /**
   * The least or the greatest of doubles, in the order of SQL: NaN is greater than all numbers, and
   * there is one zero. That order is the one of integers after a few steps ({@link
   * RowCodec#ordered}), which are taken only for a value that can change something. Whether it can
   * is one comparison, which NaN never stands: so a bound is NaN as long as nothing was seen, and
   * whatever meets a NaN on either side is looked at closely.
   */
  static final class DoubleExtremes extends Accumulator {
    private final double sign;

    /** Of each group the least value so far, of the greatest its negative; NaN before the first. */
    private double[] bounds = new double[0];

    /** The same exactly, in the order of integers. */
    private final LongExtremes exact;

    DoubleExtremes(boolean greatest) {
      sign = greatest ? -1 : 1;
      exact = new LongExtremes(greatest);
      reach(1);
    }

    @Override
    void reach(int groups) {
      int had = bounds.length;
      exact.reach(groups);
      bounds = Arrays.copyOf(bounds, groups);
      Arrays.fill(bounds, Math.min(had, groups), groups, Double.NaN);
    }

    @Override
    void add(Vector argument, Selection selection, int[] groups) {
      //> phase 7: most values change nothing; which comparison says so, and is right for NaN too?
      double[] values = ((DoubleVector) argument).values;
      int[] rows = selection.rows;
      boolean nullable = argument.nullCount != 0;
      for (int i = 0; i < selection.count; i++) {
        int row = rows[i];
        int group = groups[i];
        double value = sign * values[row];
        double bound = bounds[group];
        boolean stays = bound <= value; //~ hidesAll: boolean stays = !(value < bound);
        if (!stays && !(nullable && argument.isNull[row])) { // rarely: it is found early
          exact.lower(group, RowCodec.ordered(values[row]) ^ exact.flip);
          bounds[group] = bound(group);
        }
      }
      //< phase 7
    }

    private double bound(int group) {
      return sign * RowCodec.unordered(exact.leasts[group] ^ exact.flip);
    }

    @Override
    void write(int group, ByteBuilder to) {
      exact.write(group, to);
    }

    @Override
    int merge(int group, byte[] from, int at) {
      int next = exact.merge(group, from, at);
      bounds[group] = exact.seen[group] ? bound(group) : Double.NaN;
      return next;
    }

    @Override
    void result(int group, Aggregate asked, RowBatch to, int column) {
      if (exact.seen[group]) {
        to.set(column, RowCodec.unordered(exact.leasts[group] ^ exact.flip));
      } else {
        to.setNull(column);
      }
    }

    @Override
    long bytes() {
      return exact.bytes() + 8L * bounds.length;
    }
  }

  /**
   * The least or the greatest of strings. A string that takes the place of a longer one is written
   * over it, a longer one goes to the end; when half of the bytes are left over they are moved
   * together.
   */
  static final class Texts extends Accumulator {
    private final int sign;
    private ByteBuilder bytes = new ByteBuilder();
    private int[] starts = new int[0];
    private int[] lengths = new int[0]; // -1: none
    private int leftOver;

    Texts(boolean greatest) {
      sign = greatest ? -1 : 1;
      reach(1);
    }

    @Override
    void reach(int groups) {
      int had = lengths.length;
      starts = Arrays.copyOf(starts, groups);
      lengths = Arrays.copyOf(lengths, groups);
      Arrays.fill(lengths, Math.min(had, groups), groups, -1);
    }

    @Override
    void add(Vector argument, Selection selection, int[] groups) {
      var strings = (StringVector) argument;
      byte[] text = Text.bytes(strings);
      for (int i = 0; i < selection.count; i++) {
        int row = selection.rows[i];
        if (strings.nullCount == 0 || !strings.isNull[row]) {
          offer(groups[i], text, Text.start(strings, row), Text.length(strings, row));
        }
      }
    }

    private void offer(int group, byte[] text, int start, int length) {
      int own = lengths[group];
      if (own >= 0 && order(group, text, start, length) >= 0) {
        return;
      }
      if (length > own) {
        leftOver += Math.max(own, 0);
        starts[group] = bytes.reserve(length);
      } else {
        leftOver += own - length;
      }
      System.arraycopy(text, start, bytes.bytes, starts[group], length);
      lengths[group] = length;
      if (leftOver > 1 << 16 && leftOver > bytes.length / 2) {
        compact();
      }
    }

    private int order(int group, byte[] text, int start, int length) {
      int own = starts[group];
      return sign
          * Arrays.compareUnsigned(
              text, start, start + length, bytes.bytes, own, own + lengths[group]);
    }

    private void compact() {
      var moved = new ByteBuilder();
      for (int group = 0; group < lengths.length; group++) {
        if (lengths[group] >= 0) {
          int at = moved.length;
          moved.append(bytes.bytes, starts[group], lengths[group]);
          starts[group] = at;
        }
      }
      bytes = moved;
      leftOver = 0;
    }

    @Override
    void write(int group, ByteBuilder to) {
      writeLong(to, lengths[group]);
      to.append(bytes.bytes, starts[group], Math.max(0, lengths[group]));
    }

    @Override
    int merge(int group, byte[] from, int at) {
      int length = (int) readLong(from, at);
      if (length < 0) {
        return at + 8;
      }
      offer(group, from, at + 8, length);
      return at + 8 + length;
    }

    @Override
    void result(int group, Aggregate asked, RowBatch to, int column) {
      if (lengths[group] < 0) {
        to.setNull(column);
      } else {
        to.set(column, bytes.bytes, starts[group], lengths[group]);
      }
    }

    @Override
    long bytes() {
      return bytes.bytes.length + 8L * starts.length;
    }
  }

  /**
   * Different values: a table of pairs of group and value, and of each group's values a list
   * through it, for writing them.
   */
  static final class Distinct extends Accumulator {
    private final RowCodec codec;
    private final EncodedRows encoded = new EncodedRows();
    private final KeyTable pairs = new KeyTable();
    private final ByteBuilder pair = new ByteBuilder();
    private long[] counts = new long[1];
    private int[] heads = new int[1]; // pair + 1
    private int[] nexts = new int[64];

    Distinct(ColumnType type) {
      codec = RowCodec.ascending(List.of(type));
    }

    @Override
    void reach(int groups) {
      counts = Arrays.copyOf(counts, groups);
      heads = Arrays.copyOf(heads, groups);
    }

    @Override
    void add(Vector argument, Selection selection, int[] groups) {
      codec.encode(List.of(argument), selection.rows, selection.count, encoded);
      for (int i = 0; i < selection.count; i++) {
        if (argument.nullCount == 0 || !argument.isNull[selection.rows[i]]) {
          int start = encoded.starts[i];
          begin(groups[i]);
          pair.append(encoded.bytes.bytes, start, encoded.ends[i] - start);
          end(groups[i]);
        }
      }
    }

    private void begin(int group) {
      pair.length = 0;
      writeLong(pair, group);
    }

    private void end(int group) {
      int known = pairs.size();
      int number = pairs.number(pair.bytes, 0, pair.length);
      if (number < known) {
        return;
      }
      if (number == nexts.length) {
        nexts = Arrays.copyOf(nexts, 2 * number);
      }
      nexts[number] = heads[group];
      heads[group] = number + 1;
      counts[group]++;
    }

    @Override
    void write(int group, ByteBuilder to) {
      writeLong(to, counts[group]);
      for (int next = heads[group]; next != 0; next = nexts[next - 1]) {
        int start = pairs.keyStart(next - 1) + 8;
        to.append(pairs.keyBytes(), start, codec.end(pairs.keyBytes(), start) - start);
      }
    }

    @Override
    int merge(int group, byte[] from, int at) {
      long count = readLong(from, at);
      int next = at + 8;
      for (long i = 0; i < count; i++) {
        int end = codec.end(from, next);
        begin(group);
        pair.append(from, next, end - next);
        end(group);
        next = end;
      }
      return next;
    }

    @Override
    void result(int group, Aggregate asked, RowBatch to, int column) {
      to.set(column, counts[group]);
    }

    @Override
    long bytes() {
      return pairs.bytes() + 12L * counts.length + 4L * nexts.length;
    }
  }
}
