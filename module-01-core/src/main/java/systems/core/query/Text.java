package systems.core.query;

import java.util.Arrays;
import systems.core.column.Dictionary;
import systems.core.column.StringVector;

/** Where the strings of a vector lie, whichever of its two shapes it has. */
final class Text {
  private Text() {}

  static byte[] bytes(StringVector vector) {
    Dictionary dictionary = vector.dictionary;
    return dictionary == null ? vector.bytes : dictionary.bytes;
  }

  static int start(StringVector vector, int row) {
    Dictionary dictionary = vector.dictionary;
    return dictionary == null ? vector.starts[row] : dictionary.starts[vector.codes[row]];
  }

  static int length(StringVector vector, int row) {
    Dictionary dictionary = vector.dictionary;
    if (dictionary == null) {
      return vector.lengths[row];
    }
    int code = vector.codes[row];
    return dictionary.starts[code + 1] - dictionary.starts[code];
  }

  /** By unsigned bytes, which for UTF-8 is the order of code points. */
  static int compare(StringVector left, StringVector right, int row) {
    int start = start(left, row);
    int other = start(right, row);
    return Arrays.compareUnsigned(
        bytes(left),
        start,
        start + length(left, row),
        bytes(right),
        other,
        other + length(right, row));
  }
}
