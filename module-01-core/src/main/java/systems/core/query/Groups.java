package systems.core.query;

import java.util.ArrayList;
import java.util.List;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.Value;
import systems.core.column.Vector;

/**
 * The groups that one thread has seen, and their states.
 *
 * <pre>
 *   batch -> keys -> number of the group of each row -> every accumulator adds its column
 * </pre>
 *
 * <p>A group as bytes is its key and then its states, one behind the other. Of one thread.
 */
final class Groups {
  private final Plan.Grouping grouping;
  private final List<Evaluation> keys;
  private final List<Evaluation> arguments = new ArrayList<>();
  private final List<Accumulator> states = new ArrayList<>();

  /** Which state gives the i-th aggregate. */
  private final int[] stateOf;

  private final RowCodec codec;
  private final KeyTable table = new KeyTable();
  private final DirectIndex direct;
  private final int[] numbers = new int[Vector.ROWS_MAX];
  private int reached = 1;

  Groups(Plan.Grouping grouping) {
    this.grouping = grouping;
    keys = Evaluation.ofAll(grouping.keys());
    var types = grouping.keys().stream().map(Expr::type).toList();
    codec = RowCodec.ascending(types);
    direct = new DirectIndex(types);
    stateOf = new int[grouping.aggregates().size()];
    var kept = new ArrayList<Aggregate>();
    for (int i = 0; i < stateOf.length; i++) {
      Aggregate aggregate = Accumulator.kept(grouping.aggregates().get(i));
      if (!kept.contains(aggregate)) {
        kept.add(aggregate);
        states.add(Accumulator.of(aggregate));
        arguments.add(argument(aggregate));
      }
      stateOf[i] = kept.indexOf(aggregate);
    }
  }

  private static Evaluation argument(Aggregate aggregate) {
    return Evaluation.of(
        switch (aggregate) {
          case Aggregate.CountRows _ -> new Expr.Constant(ColumnType.LONG, new Value.OfLong(0));
          case Aggregate.Count(Expr argument) -> argument;
          case Aggregate.CountDistinct(Expr argument) -> argument;
          case Aggregate.Sum(Expr argument) -> argument;
          case Aggregate.Average(Expr argument) -> argument;
          case Aggregate.Least(Expr argument) -> argument;
          case Aggregate.Greatest(Expr argument) -> argument;
        });
  }

  int size() {
    return table.size();
  }

  List<Accumulator> states() {
    return states;
  }

  /** What it occupies. */
  long bytes() {
    long bytes = table.bytes();
    for (Accumulator state : states) {
      bytes += state.bytes();
    }
    return bytes;
  }

  /** The one group of a query without {@code group by}, which is there even if no row is. */
  void addEmptyGroup() {
    table.number(new byte[0], 0, 0);
  }

  void add(Batch batch, Selection selection) {
    if (selection.count == 0) {
      return;
    }
    number(batch, selection);
    reach();
    for (int i = 0; i < states.size(); i++) {
      Vector argument = arguments.get(i).of(batch, selection);
      states.get(i).add(argument, selection, numbers);
    }
  }

  private void number(Batch batch, Selection selection) {
    //> phase 7: where is a hash needed, and where is the cell enough?
    var vectors = new ArrayList<Vector>(keys.size());
    for (Evaluation evaluation : keys) {
      vectors.add(evaluation.of(batch, selection));
    }
    if (!direct.locate(vectors, selection, cells)) {
      codec.encode(vectors, selection.rows, selection.count, encoded);
      table.numbers(encoded, selection.count, numbers);
      return;
    }
    int[] groups = direct.groups();
    int least = 0;
    for (int i = 0; i < selection.count; i++) {
      numbers[i] = groups[cells[i]];
      least = Math.min(least, numbers[i]);
    }
    if (least < 0) {
      numberNew(vectors, selection, groups);
    }
    //< phase 7
  }

  //> phase 7 only
  private final int[] cells = new int[Vector.ROWS_MAX];
  private final EncodedRows encoded = new EncodedRows();
  private final int[] oneRow = new int[1];

  /** Asks the table of keys for those whose cell is empty. */
  private void numberNew(List<Vector> vectors, Selection selection, int[] groups) {
    for (int i = 0; i < selection.count; i++) {
      int cell = cells[i];
      if (groups[cell] < 0) {
        groups[cell] = lookUp(vectors, selection.rows[i]);
      }
      numbers[i] = groups[cell];
    }
  }

  private int lookUp(List<Vector> vectors, int row) {
    oneRow[0] = row;
    codec.encode(vectors, oneRow, 1, encoded);
    return table.number(encoded.bytes.bytes, encoded.starts[0], encoded.ends[0]);
  }

  //< phase 7

  private void reach() {
    if (table.size() > reached) {
      reached = Math.max(table.size(), 2 * reached);
      states.forEach(state -> state.reach(reached));
    }
  }

  /** The hash that says in which partition a group is spilled. */
  int hash(int group) {
    return table.hash(group);
  }

  /** Appends a group. */
  void write(int group, ByteBuilder to) {
    table.write(group, to);
    for (Accumulator state : states) {
      state.write(group, to);
    }
  }

  /** Takes a group in that was written. */
  void merge(byte[] bytes, int start) {
    //> phase 7: how do the states of two threads become one?
    int at = codec.end(bytes, start);
    int group = table.number(bytes, start, at);
    reach();
    for (Accumulator state : states) {
      at = state.merge(group, bytes, at);
    }
    //< phase 7
  }

  /** Appends the row of a group: its keys, then its aggregates. */
  void result(int group, RowBatch to) {
    codec.decode(table.keyBytes(), table.keyStart(group), to, 0);
    for (int i = 0; i < stateOf.length; i++) {
      Aggregate asked = grouping.aggregates().get(i);
      states.get(stateOf[i]).result(group, asked, to, keys.size() + i);
    }
    to.endRow();
  }
}
