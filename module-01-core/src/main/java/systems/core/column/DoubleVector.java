package systems.core.column;

/** Floating-point numbers. */
public final class DoubleVector extends Vector {
  public final double[] values = new double[ROWS_MAX];
}
