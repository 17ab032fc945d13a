package systems.core.query;

/** The kernels in plain Java: what the others are measured and tested against. */
@SuppressWarnings("ShortCircuitBoolean") // a branch less in each row
final class ScalarKernels implements Kernels {
  @Override
  public double sum(double[] values, int rows) {
    double sum = 0;
    for (int i = 0; i < rows; i++) {
      sum += values[i];
    }
    return sum;
  }

  @Override
  public void sum(long[] values, int rows, long[] into) {
    long high = 0;
    long low = 0;
    for (int i = 0; i < rows; i++) {
      high += values[i] >> 32;
      low += values[i] & LOW;
    }
    into[0] += high;
    into[1] += low;
  }

  @Override
  public int count(long[] tested, int rows, long least, long greatest) {
    return countFrom(0, tested, rows, least, greatest);
  }

  int countFrom(int first, long[] tested, int rows, long least, long greatest) {
    int count = 0;
    for (int i = first; i < rows; i++) {
      count += tested[i] >= least & tested[i] <= greatest ? 1 : 0;
    }
    return count;
  }

  @Override
  public int count(double[] tested, int rows, double least, double greatest) {
    return countFrom(0, tested, rows, least, greatest);
  }

  int countFrom(int first, double[] tested, int rows, double least, double greatest) {
    int count = 0;
    for (int i = first; i < rows; i++) {
      count += tested[i] >= least & tested[i] <= greatest ? 1 : 0;
    }
    return count;
  }

  @Override
  public int count(int[] tested, int rows, int least, int greatest) {
    return countFrom(0, tested, rows, least, greatest);
  }

  int countFrom(int first, int[] tested, int rows, int least, int greatest) {
    int count = 0;
    for (int i = first; i < rows; i++) {
      count += tested[i] >= least & tested[i] <= greatest ? 1 : 0;
    }
    return count;
  }

  @Override
  public double sum(double[] values, long[] tested, int rows, long least, long greatest) {
    return sumFrom(0, values, tested, rows, least, greatest);
  }

  double sumFrom(int first, double[] values, long[] tested, int rows, long least, long greatest) {
    double sum = 0;
    for (int i = first; i < rows; i++) {
      sum += tested[i] >= least & tested[i] <= greatest ? values[i] : 0;
    }
    return sum;
  }

  @Override
  public double sum(double[] values, double[] tested, int rows, double least, double greatest) {
    return sumFrom(0, values, tested, rows, least, greatest);
  }

  double sumFrom(
      int first, double[] values, double[] tested, int rows, double least, double greatest) {
    double sum = 0;
    for (int i = first; i < rows; i++) {
      sum += tested[i] >= least & tested[i] <= greatest ? values[i] : 0;
    }
    return sum;
  }

  @Override
  public double sum(double[] values, int[] tested, int rows, int least, int greatest) {
    return sumFrom(0, values, tested, rows, least, greatest);
  }

  double sumFrom(int first, double[] values, int[] tested, int rows, int least, int greatest) {
    double sum = 0;
    for (int i = first; i < rows; i++) {
      sum += tested[i] >= least & tested[i] <= greatest ? values[i] : 0;
    }
    return sum;
  }

  @Override
  public void sum(long[] values, long[] tested, int rows, long least, long greatest, long[] into) {
    sumFrom(0, values, tested, rows, least, greatest, into);
  }

  void sumFrom(
      int first, long[] values, long[] tested, int rows, long least, long greatest, long[] into) {
    long high = 0;
    long low = 0;
    for (int i = first; i < rows; i++) {
      long value = tested[i] >= least & tested[i] <= greatest ? values[i] : 0;
      high += value >> 32;
      low += value & LOW;
    }
    into[0] += high;
    into[1] += low;
  }

  @Override
  public void sum(
      long[] values, double[] tested, int rows, double least, double greatest, long[] into) {
    sumFrom(0, values, tested, rows, least, greatest, into);
  }

  void sumFrom(
      int first,
      long[] values,
      double[] tested,
      int rows,
      double least,
      double greatest,
      long[] into) {
    long high = 0;
    long low = 0;
    for (int i = first; i < rows; i++) {
      long value = tested[i] >= least & tested[i] <= greatest ? values[i] : 0;
      high += value >> 32;
      low += value & LOW;
    }
    into[0] += high;
    into[1] += low;
  }

  @Override
  public void sum(long[] values, int[] tested, int rows, int least, int greatest, long[] into) {
    sumFrom(0, values, tested, rows, least, greatest, into);
  }

  void sumFrom(
      int first, long[] values, int[] tested, int rows, int least, int greatest, long[] into) {
    long high = 0;
    long low = 0;
    for (int i = first; i < rows; i++) {
      long value = tested[i] >= least & tested[i] <= greatest ? values[i] : 0;
      high += value >> 32;
      low += value & LOW;
    }
    into[0] += high;
    into[1] += low;
  }
}
