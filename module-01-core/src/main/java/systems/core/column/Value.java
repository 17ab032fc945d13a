package systems.core.column;

import java.util.Arrays;

/** One value that is there, for bounds and statistics; values within vectors stay in arrays. */
public sealed interface Value extends Comparable<Value> {
  /** Of a BOOLEAN, LONG, DATE or TIMESTAMP column. */
  record OfLong(long value) implements Value {}

  /** Of a DOUBLE column; never NaN. */
  record OfDouble(double value) implements Value {}

  /** Of a STRING column: UTF-8, in the order of unsigned bytes. */
  record OfString(byte[] utf8) implements Value {
    @Override
    public boolean equals(Object other) {
      return other instanceof OfString string && Arrays.equals(utf8, string.utf8);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(utf8);
    }
  }

  /**
   * Less than, equal to or greater than 0, as this value is less than, equal to or greater than
   * another of the same kind.
   *
   * @throws IllegalArgumentException if the kinds differ
   */
  @Override
  default int compareTo(Value other) {
    return switch (this) {
      case OfLong(long mine) when other instanceof OfLong(long theirs) ->
          Long.compare(mine, theirs);
      case OfDouble(double mine) when other instanceof OfDouble(double theirs) ->
          mine < theirs ? -1 : mine > theirs ? 1 : 0; // -0.0 is 0.0 in SQL
      case OfString(byte[] mine) when other instanceof OfString(byte[] theirs) ->
          Arrays.compareUnsigned(mine, theirs);
      default -> throw new IllegalArgumentException(this + " against " + other);
    };
  }
}
