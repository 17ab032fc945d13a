package systems.core.query;

/**
 * The inner loops of {@code select sum(x) ... where y between a and b}: filter and sum at once,
 * without a selection in between. There are two of each, in plain Java and by the Vector API, and
 * they agree but for the order in which doubles are added.
 *
 * <p>The Vector API is an incubating module that a JVM has only if it is asked for. {@link #BEST}
 * is the scalar twin then, and the class that needs the module is never loaded: it is named in one
 * place, behind the question whether the module is there.
 *
 * <p>What a test is made on ({@code tested}) is a column of integers, of doubles, or of codes of a
 * dictionary, four bytes each. Both bounds are included. Doubles compare as in IEEE 754, NaN is
 * within no bounds.
 *
 * <p>Sums of integers are exact: the upper and the lower halves of the values are summed up
 * separately, and of 2048 such sums neither leaves 64 bits. The sum is {@code into[0] * 2^32 +
 * into[1]}, both added to what is there.
 */
sealed interface Kernels permits ScalarKernels, VectorKernels {
  /** What this JVM can do. */
  Kernels BEST = best();

  private static Kernels best() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
        ? new VectorKernels()
        : new ScalarKernels();
  }

  long LOW = 0xFFFF_FFFFL;

  double sum(double[] values, int rows);

  void sum(long[] values, int rows, long[] into);

  int count(long[] tested, int rows, long least, long greatest);

  int count(double[] tested, int rows, double least, double greatest);

  int count(int[] tested, int rows, int least, int greatest);

  double sum(double[] values, long[] tested, int rows, long least, long greatest);

  double sum(double[] values, double[] tested, int rows, double least, double greatest);

  double sum(double[] values, int[] tested, int rows, int least, int greatest);

  void sum(long[] values, long[] tested, int rows, long least, long greatest, long[] into);

  void sum(long[] values, double[] tested, int rows, double least, double greatest, long[] into);

  void sum(long[] values, int[] tested, int rows, int least, int greatest, long[] into);
}
