package systems.core.column;

import java.util.List;

/**
 * What a query reads of a table.
 *
 * @param columns of the schema, in the order in which batches shall have them; none is possible,
 *     then batches only count rows
 * @param ranges all of which a row must satisfy to be wanted; see {@link Range}
 */
public record Scan(List<Integer> columns, List<Range> ranges) {
  public Scan {
    columns = List.copyOf(columns);
    ranges = List.copyOf(ranges);
  }
}
