package systems.core.query;

import systems.core.column.Schema;

/** A query that was read but not yet put to a table. Immutable. */
public final class Query {
  private final String sql;
  private final Select select;

  private Query(String sql, Select select) {
    this.sql = sql;
    this.select = select;
  }

  /**
   * Reads SQL; what it may be stands at {@code Parser}.
   *
   * @throws SqlException if it is none
   */
  public static Query parse(String sql) {
    return new Query(sql, Parser.select(sql));
  }

  /** What stands after {@code from}: a name, or a file that was written between quotes. */
  public String source() {
    return select.source();
  }

  /**
   * Looks up names and checks types.
   *
   * @throws SqlException if the table has no such column, or types do not fit
   */
  public Statement on(Schema table) {
    return new Statement(Binder.plan(select, sql, table), table);
  }
}
