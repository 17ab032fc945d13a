package systems.core.query;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernels by the Vector API: as many values in one instruction as the processor has lanes of 64
 * bits.
 *
 * <pre>
 *   tested     3     9     1     7        between 2 and 8
 *   mask       1     0     0     1
 *   values    10    20    30    40
 *   sum      +10    +0    +0   +40        lane by lane; one sum of the lanes at the end
 * </pre>
 *
 * <p>Two accumulators take turns, since an addition of doubles takes several cycles, and the next
 * one into the same accumulator waits for it. A masked addition needs a register for masks
 * (AVX-512, SVE); where there is none (AVX2) the mask is a vector and the JIT compiler blends. What
 * is left at the end, less than two vectors, is done by the scalar twin.
 *
 * <p>All vectors are local variables. One that is stored in a field, or given to a method that is
 * not inlined, becomes an object on the heap, and the kernel slower than its twin.
 */
final class VectorKernels implements Kernels {
  private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
  private static final int LANES = LONGS.length();

  /** As many codes as there are lanes of 64 bits, so that their masks fit together. */
  private static final VectorSpecies<Integer> CODES =
      VectorSpecies.of(int.class, VectorShape.forBitSize(Math.max(64, LONGS.vectorBitSize() / 2)));

  //> phase 7 only
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

  //< phase 7

  private final ScalarKernels scalar = new ScalarKernels();

  VectorKernels() {
    assert DOUBLES.length() == LANES && CODES.length() == LANES;
  }

  @Override
  public double sum(double[] values, int rows) {
    DoubleVector even = DoubleVector.zero(DOUBLES);
    DoubleVector odd = even;
    int end = whole(rows);
    for (int i = 0; i < end; i += 2 * LANES) {
      even = even.add(DoubleVector.fromArray(DOUBLES, values, i));
      odd = odd.add(DoubleVector.fromArray(DOUBLES, values, i + LANES));
    }
    double sum = even.add(odd).reduceLanes(VectorOperators.ADD);
    for (int i = end; i < rows; i++) {
      sum += values[i];
    }
    return sum;
  }

  @Override
  public void sum(long[] values, int rows, long[] into) {
    LongVector high = LongVector.zero(LONGS);
    LongVector low = high;
    int end = LONGS.loopBound(rows);
    for (int i = 0; i < end; i += LANES) {
      LongVector value = LongVector.fromArray(LONGS, values, i);
      high = high.add(value.lanewise(VectorOperators.ASHR, 32));
      low = low.add(value.and(LOW));
    }
    into[0] += high.reduceLanes(VectorOperators.ADD);
    into[1] += low.reduceLanes(VectorOperators.ADD);
    for (int i = end; i < rows; i++) {
      into[0] += values[i] >> 32;
      into[1] += values[i] & LOW;
    }
  }

  @Override
  public int count(long[] tested, int rows, long least, long greatest) {
    //> phase 7: how many lanes pass?
    int count = 0;
    int lanes = LONGS.length();
    int end = LONGS.loopBound(rows);
    for (int i = 0; i < end; i += lanes) {
      LongVector values = LongVector.fromArray(LONGS, tested, i);
      count +=
          values
              .compare(VectorOperators.LE, greatest, values.compare(VectorOperators.GE, least))
              .trueCount();
    }
    return count + scalar.countFrom(end, tested, rows, least, greatest);
    //< phase 7
  }

  @Override
  public int count(double[] tested, int rows, double least, double greatest) {
    //> phase 7: how many lanes pass?
    int count = 0;
    int lanes = DOUBLES.length();
    int end = DOUBLES.loopBound(rows);
    for (int i = 0; i < end; i += lanes) {
      DoubleVector values = DoubleVector.fromArray(DOUBLES, tested, i);
      count +=
          values
              .compare(VectorOperators.LE, greatest, values.compare(VectorOperators.GE, least))
              .trueCount();
    }
    return count + scalar.countFrom(end, tested, rows, least, greatest);
    //< phase 7
  }

  @Override
  public int count(int[] tested, int rows, int least, int greatest) {
    //> phase 7: how many lanes pass?
    int count = 0;
    int lanes = INTS.length();
    int end = INTS.loopBound(rows);
    for (int i = 0; i < end; i += lanes) {
      IntVector values = IntVector.fromArray(INTS, tested, i);
      count +=
          values
              .compare(VectorOperators.LE, greatest, values.compare(VectorOperators.GE, least))
              .trueCount();
    }
    return count + scalar.countFrom(end, tested, rows, least, greatest);
    //< phase 7
  }

  @Override
  public double sum(double[] values, long[] tested, int rows, long least, long greatest) {
    //> phase 7: which lanes may be added, and where does the rest go?
    DoubleVector even = DoubleVector.zero(DOUBLES);
    DoubleVector odd = even;
    int end = whole(rows);
    for (int i = 0; i < end; i += 2 * LANES) {
      LongVector evenTested = LongVector.fromArray(LONGS, tested, i);
      VectorMask<Long> evenIn =
          evenTested.compare(
              VectorOperators.LE, greatest, evenTested.compare(VectorOperators.GE, least));
      even = even.add(DoubleVector.fromArray(DOUBLES, values, i), evenIn.cast(DOUBLES));
      LongVector oddTested = LongVector.fromArray(LONGS, tested, i + LANES);
      VectorMask<Long> oddIn =
          oddTested.compare(
              VectorOperators.LE, greatest, oddTested.compare(VectorOperators.GE, least));
      odd = odd.add(DoubleVector.fromArray(DOUBLES, values, i + LANES), oddIn.cast(DOUBLES));
    }
    double sum = even.add(odd).reduceLanes(VectorOperators.ADD);
    return sum + scalar.sumFrom(end, values, tested, rows, least, greatest);
    //< phase 7
  }

  @Override
  public double sum(double[] values, double[] tested, int rows, double least, double greatest) {
    //> phase 7: which lanes may be added, and where does the rest go?
    DoubleVector even = DoubleVector.zero(DOUBLES);
    DoubleVector odd = even;
    int end = whole(rows);
    for (int i = 0; i < end; i += 2 * LANES) {
      DoubleVector evenTested = DoubleVector.fromArray(DOUBLES, tested, i);
      VectorMask<Double> evenIn =
          evenTested.compare(
              VectorOperators.LE, greatest, evenTested.compare(VectorOperators.GE, least));
      even = even.add(DoubleVector.fromArray(DOUBLES, values, i), evenIn);
      DoubleVector oddTested = DoubleVector.fromArray(DOUBLES, tested, i + LANES);
      VectorMask<Double> oddIn =
          oddTested.compare(
              VectorOperators.LE, greatest, oddTested.compare(VectorOperators.GE, least));
      odd = odd.add(DoubleVector.fromArray(DOUBLES, values, i + LANES), oddIn);
    }
    double sum = even.add(odd).reduceLanes(VectorOperators.ADD);
    return sum + scalar.sumFrom(end, values, tested, rows, least, greatest);
    //< phase 7
  }

  @Override
  public double sum(double[] values, int[] tested, int rows, int least, int greatest) {
    //> phase 7: which lanes may be added, and where does the rest go?
    DoubleVector even = DoubleVector.zero(DOUBLES);
    DoubleVector odd = even;
    int end = whole(rows);
    for (int i = 0; i < end; i += 2 * LANES) {
      IntVector evenTested = IntVector.fromArray(CODES, tested, i);
      VectorMask<Integer> evenIn =
          evenTested.compare(
              VectorOperators.LE, greatest, evenTested.compare(VectorOperators.GE, least));
      even = even.add(DoubleVector.fromArray(DOUBLES, values, i), evenIn.cast(DOUBLES));
      IntVector oddTested = IntVector.fromArray(CODES, tested, i + LANES);
      VectorMask<Integer> oddIn =
          oddTested.compare(
              VectorOperators.LE, greatest, oddTested.compare(VectorOperators.GE, least));
      odd = odd.add(DoubleVector.fromArray(DOUBLES, values, i + LANES), oddIn.cast(DOUBLES));
    }
    double sum = even.add(odd).reduceLanes(VectorOperators.ADD);
    return sum + scalar.sumFrom(end, values, tested, rows, least, greatest);
    //< phase 7
  }

  @Override
  public void sum(long[] values, long[] tested, int rows, long least, long greatest, long[] into) {
    //> phase 7: why two sums, and what does the lower one add?
    LongVector high = LongVector.zero(LONGS);
    LongVector low = high;
    int end = LONGS.loopBound(rows);
    for (int i = 0; i < end; i += LANES) {
      LongVector test = LongVector.fromArray(LONGS, tested, i);
      VectorMask<Long> inside =
          test.compare(VectorOperators.LE, greatest, test.compare(VectorOperators.GE, least));
      LongVector value = LongVector.fromArray(LONGS, values, i);
      high = high.add(value.lanewise(VectorOperators.ASHR, 32), inside);
      low = low.add(value.and(LOW), inside);
    }
    into[0] += high.reduceLanes(VectorOperators.ADD);
    into[1] += low.reduceLanes(VectorOperators.ADD);
    scalar.sumFrom(end, values, tested, rows, least, greatest, into);
    //< phase 7
  }

  @Override
  public void sum(
      long[] values, double[] tested, int rows, double least, double greatest, long[] into) {
    //> phase 7: why two sums, and what does the lower one add?
    LongVector high = LongVector.zero(LONGS);
    LongVector low = high;
    int end = LONGS.loopBound(rows);
    for (int i = 0; i < end; i += LANES) {
      DoubleVector test = DoubleVector.fromArray(DOUBLES, tested, i);
      VectorMask<Double> inside =
          test.compare(VectorOperators.LE, greatest, test.compare(VectorOperators.GE, least));
      VectorMask<Long> adds = inside.cast(LONGS);
      LongVector value = LongVector.fromArray(LONGS, values, i);
      high = high.add(value.lanewise(VectorOperators.ASHR, 32), adds);
      low = low.add(value.and(LOW), adds);
    }
    into[0] += high.reduceLanes(VectorOperators.ADD);
    into[1] += low.reduceLanes(VectorOperators.ADD);
    scalar.sumFrom(end, values, tested, rows, least, greatest, into);
    //< phase 7
  }

  @Override
  public void sum(long[] values, int[] tested, int rows, int least, int greatest, long[] into) {
    //> phase 7: why two sums, and what does the lower one add?
    LongVector high = LongVector.zero(LONGS);
    LongVector low = high;
    int end = LONGS.loopBound(rows);
    for (int i = 0; i < end; i += LANES) {
      IntVector test = IntVector.fromArray(CODES, tested, i);
      VectorMask<Integer> inside =
          test.compare(VectorOperators.LE, greatest, test.compare(VectorOperators.GE, least));
      VectorMask<Long> adds = inside.cast(LONGS);
      LongVector value = LongVector.fromArray(LONGS, values, i);
      high = high.add(value.lanewise(VectorOperators.ASHR, 32), adds);
      low = low.add(value.and(LOW), adds);
    }
    into[0] += high.reduceLanes(VectorOperators.ADD);
    into[1] += low.reduceLanes(VectorOperators.ADD);
    scalar.sumFrom(end, values, tested, rows, least, greatest, into);
    //< phase 7
  }

  private static int whole(int rows) {
    return rows & -(2 * LANES);
  }
}
