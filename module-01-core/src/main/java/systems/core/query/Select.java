package systems.core.query;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A query as it was written.
 *
 * @param source what stands after {@code from}: a name, or a file between quotes
 * @param limit -1 if there is none
 */
record Select(
    boolean distinct,
    List<Item> items,
    String source,
    @Nullable Syntax where,
    List<Syntax> groupBy,
    @Nullable Syntax having,
    List<Order> orderBy,
    long limit,
    long offset) {

  /**
   * What one column of the answer is.
   *
   * @param alias or null if the text has none
   * @param text of the expression as it was written: the column's name if there is no alias
   */
  record Item(Syntax expression, @Nullable String alias, String text) {}

  /** A column to sort by. Nulls come last whichever the direction, unless they are told. */
  record Order(Syntax expression, boolean descending, boolean nullsFirst) {}
}
