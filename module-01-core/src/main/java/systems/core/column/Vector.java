package systems.core.column;

/**
 * Up to {@link #ROWS_MAX} values of one column, the unit in which operators pass data on.
 *
 * <p>2048 values of eight bytes are 16 KiB: a handful of columns stays in the first two caches
 * while an operator walks along them, and what a call costs is shared by 2048 rows. (MonetDB/X100
 * took a thousand, DuckDB takes 2048.)
 *
 * <p>The arrays are open on purpose: an operator is a loop over them and a getter in it would be
 * the loop's body. Whoever fills a vector owns it and fills it anew for the next batch; whoever
 * reads one keeps nothing of it beyond the call.
 *
 * <p>Of an absent value the slot in the value array is 0 (of a string, length 0), so that a loop
 * may add all slots up and look at the absent ones afterwards.
 *
 * <p>Source: P. Boncz, M. Zukowski, N. Nes, "MonetDB/X100: hyper-pipelining query execution", CIDR
 * 2005.
 */
public abstract sealed class Vector permits LongVector, DoubleVector, StringVector {
  /** Rows of a batch, at most. */
  public static final int ROWS_MAX = 2048;

  /** Which values are absent; to be read only while {@link #nullCount} is not 0. */
  public final boolean[] isNull = new boolean[ROWS_MAX];

  /** How many of the rows of this batch are absent. */
  public int nullCount;
}
