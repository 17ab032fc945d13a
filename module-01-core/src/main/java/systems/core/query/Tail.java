package systems.core.query;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import systems.core.column.Batch;
import systems.core.column.StringVector;
import systems.core.column.Vector;

/**
 * What happens to rows after they were filtered or grouped: conditions on groups, the items of the
 * answer, and then one of three:
 *
 * <ul>
 *   <li>no order: rows go to the {@link Output} as they come;
 *   <li>an order and a small limit: {@link TopRows} keeps the first ones;
 *   <li>an order: a {@link RowSorter} keeps all.
 * </ul>
 *
 * <p>For both orders a row is bytes, the keys first and the items behind. Bytes that compare like
 * keys then compare like rows, and rows with equal keys come in the order of their items: the
 * answer does not depend on which thread was faster. Of one thread.
 */
final class Tail {
  /** The largest limit plus offset for which a heap is kept. */
  static final int TOP_ROWS_MAX = 10_000;

  private final List<Filter> having;
  private final List<Evaluation> items;
  private final List<Evaluation> orders;
  private final RowCodec codec;
  private final EncodedRows encoded = new EncodedRows();
  private final Selection selection = new Selection();
  private final Selection hopeful = new Selection();
  private final RowBatch result;
  private final Output output;
  private final @Nullable TopRows top;
  private final @Nullable RowSorter sorter;

  Tail(Plan plan, Output output, Spills spills, long shareBytes) {
    this.output = output;
    having = plan.grouping() == null ? List.of() : Filter.of(List.of(), plan.grouping().having());
    items = Evaluation.ofAll(plan.items());
    orders = Evaluation.ofAll(plan.orders().stream().map(Plan.Order::key).toList());
    codec = new RowCodec(Stream.concat(keys(plan), items(plan)).toList());
    result = new RowBatch(plan.items().stream().map(Expr::type).toList());
    boolean few = plan.limit() >= 0 && output.wanted() <= TOP_ROWS_MAX;
    top = !orders.isEmpty() && few ? new TopRows((int) output.wanted()) : null;
    sorter = !orders.isEmpty() && !few ? new RowSorter(spills, shareBytes) : null;
  }

  static Stream<RowCodec.Part> keys(Plan plan) {
    return plan.orders().stream()
        .map(o -> new RowCodec.Part(o.key().type(), o.descending(), o.nullsFirst()));
  }

  static Stream<RowCodec.Part> items(Plan plan) {
    return plan.items().stream().map(item -> RowCodec.Part.ascending(item.type()));
  }

  @Nullable TopRows top() {
    return top;
  }

  @Nullable RowSorter sorter() {
    return sorter;
  }

  /** Takes all rows of a batch. */
  void accept(Batch batch) throws IOException {
    selection.selectAll(batch.rows);
    for (Filter filter : having) {
      filter.narrow(batch, selection);
    }
    accept(batch, selection);
  }

  /** Takes the selected rows of a batch that no condition on groups is for. */
  void accept(Batch batch, Selection selected) throws IOException {
    if (selected.count == 0) {
      return;
    }
    if (orders.isEmpty()) {
      pass(evaluate(items, batch, selected), selected);
      return;
    }
    Vector first = orders.getFirst().of(batch, selected);
    Selection rows = hopeful(first, selected);
    if (rows.count > 0) {
      List<Vector> vectors = evaluate(orders, batch, rows);
      vectors.addAll(evaluate(items, batch, rows));
      codec.encode(vectors, rows.rows, rows.count, encoded);
      keep(rows.count);
    }
  }

  /** Of the rows those that may be among the top ones, as far as the first key says. */
  private Selection hopeful(Vector first, Selection selected) {
    byte[] last = top == null || !top.isFull() ? null : top.last();
    if (last == null || first instanceof StringVector) {
      return selected;
    }
    hopeful.copy(selected);
    int[] rows = hopeful.rows;
    int[] kept = hopeful.begin();
    int end = 0;
    for (int i = 0; i < hopeful.count; i++) {
      int row = rows[i];
      kept[end] = row;
      end += codec.isBehind(first, row, last) ? 0 : 1;
    }
    hopeful.end(end);
    return hopeful;
  }

  private void keep(int count) throws IOException {
    byte[] bytes = encoded.bytes.bytes;
    for (int i = 0; i < count; i++) {
      if (top != null) {
        top.add(bytes, encoded.starts[i], encoded.ends[i]);
      } else if (sorter != null) {
        sorter.add(bytes, encoded.starts[i], encoded.ends[i]);
      }
    }
  }

  private static List<Vector> evaluate(
      List<Evaluation> evaluations, Batch batch, Selection selected) {
    var vectors = new ArrayList<Vector>(evaluations.size());
    for (Evaluation evaluation : evaluations) {
      vectors.add(evaluation.of(batch, selected));
    }
    return vectors;
  }

  private void pass(List<Vector> vectors, Selection selected) throws IOException {
    for (int i = 0; i < selected.count; i++) {
      for (int column = 0; column < vectors.size(); column++) {
        result.copy(vectors.get(column), selected.rows[i], column);
      }
      result.endRow();
      if (result.isFull()) {
        flush();
      }
    }
    if (result.batch.rows >= output.wanted()) {
      flush();
    }
  }

  /** Passes on what waits for more. */
  void flush() throws IOException {
    if (result.batch.rows > 0) {
      output.accept(result.batch);
      result.clear();
    }
  }
}
