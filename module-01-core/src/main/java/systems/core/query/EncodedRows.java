package systems.core.query;

import systems.core.column.Vector;

/** Rows of one batch as bytes: the i-th lies from {@code starts[i]} to {@code ends[i]}. */
final class EncodedRows {
  final ByteBuilder bytes = new ByteBuilder();
  final int[] starts = new int[Vector.ROWS_MAX];
  final int[] ends = new int[Vector.ROWS_MAX];
}
