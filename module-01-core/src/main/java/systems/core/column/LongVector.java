package systems.core.column;

/** Integers, and what is counted by them: truth values, days, microseconds. */
public final class LongVector extends Vector {
  public final long[] values = new long[ROWS_MAX];
}
