package systems.core.column;

/**
 * A column of a table.
 *
 * @param name as the file says it
 * @param type of all its values
 * @param nullable whether a value may be absent
 */
public record Field(String name, ColumnType type, boolean nullable) {}
