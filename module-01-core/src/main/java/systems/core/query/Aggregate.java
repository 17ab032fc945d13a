package systems.core.query;

import systems.core.column.ColumnType;

/**
 * What is computed of the rows of a group. Absent values are left out by all but {@link CountRows};
 * of no value at all the count is 0, and everything else absent.
 */
sealed interface Aggregate {
  /** Of the result. */
  ColumnType type();

  /** {@code count(*)}. */
  record CountRows() implements Aggregate {
    @Override
    public ColumnType type() {
      return ColumnType.LONG;
    }
  }

  /** {@code count(x)}. */
  record Count(Expr argument) implements Aggregate {
    @Override
    public ColumnType type() {
      return ColumnType.LONG;
    }
  }

  /** {@code count(distinct x)}. */
  record CountDistinct(Expr argument) implements Aggregate {
    @Override
    public ColumnType type() {
      return ColumnType.LONG;
    }
  }

  /** {@code sum(x)}. */
  record Sum(Expr argument) implements Aggregate {
    @Override
    public ColumnType type() {
      return argument.type();
    }
  }

  /** {@code avg(x)}. */
  record Average(Expr argument) implements Aggregate {
    @Override
    public ColumnType type() {
      return ColumnType.DOUBLE;
    }
  }

  /** {@code min(x)}. */
  record Least(Expr argument) implements Aggregate {
    @Override
    public ColumnType type() {
      return argument.type();
    }
  }

  /** {@code max(x)}. */
  record Greatest(Expr argument) implements Aggregate {
    @Override
    public ColumnType type() {
      return argument.type();
    }
  }
}
