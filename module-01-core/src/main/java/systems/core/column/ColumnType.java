package systems.core.column;

/** What a column holds, and in which vector it comes. */
public enum ColumnType {
  /** 0 or 1 in a {@link LongVector}. */
  BOOLEAN,
  /** 64 bits with a sign in a {@link LongVector}. */
  LONG,
  /** Days since 1970-01-01 in a {@link LongVector}. */
  DATE,
  /** Microseconds since 1970-01-01T00:00 in a {@link LongVector}; the file says no zone. */
  TIMESTAMP,
  /** IEEE 754 of 64 bits in a {@link DoubleVector}. */
  DOUBLE,
  /** UTF-8 in a {@link StringVector}. */
  STRING;

  /** A vector for a column of this type. */
  public Vector newVector() {
    return switch (this) {
      case BOOLEAN, LONG, DATE, TIMESTAMP -> new LongVector();
      case DOUBLE -> new DoubleVector();
      case STRING -> new StringVector();
    };
  }
}
