package systems.core.column;

import java.util.List;

/** Rows side by side: of each column that was asked for one vector, in the order of asking. */
public final class Batch {
  private final Vector[] vectors;

  /** How many rows there are, 0 to {@link Vector#ROWS_MAX}. */
  public int rows;

  /** An empty batch for these columns. */
  public Batch(List<ColumnType> types) {
    vectors = types.stream().map(ColumnType::newVector).toArray(Vector[]::new);
  }

  public int columns() {
    return vectors.length;
  }

  public Vector vector(int column) {
    return vectors[column];
  }

  /** The vector of a column of truth values, integers, days or microseconds. */
  public LongVector longs(int column) {
    return (LongVector) vectors[column];
  }

  public DoubleVector doubles(int column) {
    return (DoubleVector) vectors[column];
  }

  public StringVector strings(int column) {
    return (StringVector) vectors[column];
  }
}
