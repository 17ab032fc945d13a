package systems.core.query;

import java.util.List;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.StringVector;
import systems.core.column.Vector;

/** A batch that is filled row by row: all columns are set, then the row is ended. Of one thread. */
final class RowBatch {
  final Batch batch;
  private final TextFill[] fills;

  RowBatch(List<ColumnType> types) {
    batch = new Batch(types);
    fills = new TextFill[types.size()];
    for (int i = 0; i < fills.length; i++) {
      fills[i] = new TextFill();
    }
    clear();
  }

  boolean isFull() {
    return batch.rows == Vector.ROWS_MAX;
  }

  void clear() {
    batch.rows = 0;
    for (int i = 0; i < fills.length; i++) {
      batch.vector(i).nullCount = 0;
      fills[i].begin(batch.vector(i));
    }
  }

  void endRow() {
    batch.rows++;
  }

  void setNull(int column) {
    Vector vector = batch.vector(column);
    vector.isNull[batch.rows] = true;
    vector.nullCount++;
    Evaluation.clear(vector, batch.rows);
  }

  void set(int column, long value) {
    batch.longs(column).isNull[batch.rows] = false;
    batch.longs(column).values[batch.rows] = value;
  }

  void set(int column, double value) {
    batch.doubles(column).isNull[batch.rows] = false;
    batch.doubles(column).values[batch.rows] = value;
  }

  void set(int column, byte[] bytes, int start, int length) {
    StringVector vector = batch.strings(column);
    vector.isNull[batch.rows] = false;
    fills[column].append(vector, batch.rows, bytes, start, length);
  }

  /** Where a string of at most so many bytes is to be written. */
  int beginString(int column, int lengthMax) {
    StringVector vector = batch.strings(column);
    vector.isNull[batch.rows] = false;
    vector.starts[batch.rows] = fills[column].reserve(vector, lengthMax);
    return vector.starts[batch.rows];
  }

  /** Ends the string that was begun: it has become so long. */
  void endString(int column, int length, int lengthMax) {
    batch.strings(column).lengths[batch.rows] = length;
    fills[column].giveBack(lengthMax - length);
  }

  /** Copies a value that may be null. */
  void copy(Vector from, int row, int column) {
    if (from.nullCount != 0 && from.isNull[row]) {
      setNull(column);
    } else {
      Vector to = batch.vector(column);
      to.isNull[batch.rows] = false;
      fills[column].copy(from, row, to, batch.rows);
    }
  }
}
