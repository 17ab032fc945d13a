package systems.core.column;

import org.jspecify.annotations.Nullable;

/**
 * What a query wants of a column: only rows whose value lies between two bounds, both included. A
 * hint: a table may leave out stretches in which no such row is (by their statistics), and may as
 * well bring all. Rows without a value are not wanted.
 *
 * @param column of the table's schema
 * @param least or null if there is no lower bound
 * @param greatest or null if there is no upper bound
 */
public record Range(int column, @Nullable Value least, @Nullable Value greatest) {
  /** Whether a stretch whose values lie between these two may have a wanted row. */
  public boolean overlaps(Value min, Value max) {
    return (least == null || max.compareTo(least) >= 0)
        && (greatest == null || min.compareTo(greatest) <= 0);
  }
}
