package systems.kvstore.lsm;

import static systems.kvstore.table.InternalKey.SEQUENCE_MAX;
import static systems.kvstore.table.InternalKey.TRAILER_BYTES;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import systems.kvstore.table.EntryKind;
import systems.kvstore.table.InternalKey;

/**
 * One sorted table as the manifest knows it: without opening the file one can say which keys and
 * which versions may be in it, and that is all that reads and compactions choose by.
 *
 * <pre>
 *   user keys    a . . . . f . . . . . m
 *   file 12          [b  ..  f]              both ends belong to the file
 *   file 15                    (f .. k)      a range deletion [f, k) reaches to the end: its bound
 *                                            is (k, SEQUENCE_MAX, DELETE_RANGE), which excludes k
 * </pre>
 *
 * <ol>
 *   <li>Every entry and every range deletion of the file lies within {@code [smallest, largest]} in
 *       the order of internal keys; the bounds may be wider than the content.
 *   <li>A number is never given to two tables, so that two metadata are the same if their numbers
 *       are: {@code equals} looks at nothing else.
 *   <li>The arrays are nobody's to write to.
 * </ol>
 *
 * @param number names the file, and is larger than that of any file created before
 * @param fileBytes size of the file
 * @param smallest internal key at or before everything in the file
 * @param largest internal key at or after everything in the file
 * @param smallestSequence no version in the file is older
 * @param largestSequence no version in the file is newer; orders the files of level 0
 */
record FileMetadata(
    long number,
    long fileBytes,
    byte[] smallest,
    byte[] largest,
    long smallestSequence,
    long largestSequence) {
  private static final long EXCLUSIVE_END =
      InternalKey.trailer(SEQUENCE_MAX, EntryKind.DELETE_RANGE);

  FileMetadata {
    assert number > 0 && fileBytes >= 0 : "file " + number + " of " + fileBytes + " bytes";
    assert smallest.length >= TRAILER_BYTES && largest.length >= TRAILER_BYTES;
    assert smallestSequence <= largestSequence && largestSequence <= SEQUENCE_MAX;
  }

  /** Where the table lies in a store's directory. */
  Path path(Path directory) {
    return directory.resolve(fileName(number));
  }

  /** RocksDB's name of a table: at least six digits. */
  static String fileName(long number) {
    return String.format(Locale.ROOT, "%06d.sst", number);
  }

  /** Whether the largest key is the end of a range deletion, which is no longer in the file. */
  boolean endsExclusively() {
    return InternalKey.trailer(largest, 0, largest.length) == EXCLUSIVE_END;
  }

  /** Whether the file may hold anything of the user keys from begin to end; null is unbounded. */
  boolean overlaps(byte @Nullable [] begin, byte @Nullable [] endInclusive) {
    return !(begin != null && endsBefore(begin, 0, begin.length))
        && !(endInclusive != null && compareSmallest(endInclusive, 0, endInclusive.length) > 0);
  }

  /** Whether all of the file lies before a user key. */
  boolean endsBefore(byte[] userKey, int offset, int length) {
    //> phase 4: the bound of a range deletion [a, f) is f; is f in the file?
    int order = compareUser(largest, userKey, offset, length);
    return order < 0 || (order == 0 && endsExclusively()); //~ sentinelIsAKey: return order < 0;
    //< phase 4
  }

  /** Compares the smallest user key with another one. */
  int compareSmallest(byte[] userKey, int offset, int length) {
    return compareUser(smallest, userKey, offset, length);
  }

  /** Compares the largest user key with another one. */
  int compareLargest(byte[] userKey, int offset, int length) {
    return compareUser(largest, userKey, offset, length);
  }

  private static int compareUser(byte[] internal, byte[] userKey, int offset, int length) {
    return Arrays.compareUnsigned(
        internal, 0, internal.length - TRAILER_BYTES, userKey, offset, offset + length);
  }

  byte[] smallestUser() {
    return Arrays.copyOf(smallest, smallest.length - TRAILER_BYTES);
  }

  byte[] largestUser() {
    return Arrays.copyOf(largest, largest.length - TRAILER_BYTES);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof FileMetadata that && that.number == number;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(number);
  }

  /** {@code 12(3400 bytes, 'a'#7 .. 'k'#3)}, for messages and level pictures. */
  @Override
  public String toString() {
    return number
        + "("
        + fileBytes
        + " bytes, "
        + printable(smallest)
        + " .. "
        + printable(largest)
        + ")";
  }

  /** An internal key for the eye: user key, then its sequence number and the code of its kind. */
  static String printable(byte[] internalKey) {
    long trailer = InternalKey.trailer(internalKey, 0, internalKey.length);
    var text = new StringBuilder("'");
    for (int i = 0; i < internalKey.length - TRAILER_BYTES; i++) {
      appendPrintable(text, internalKey[i] & 0xff);
    }
    long sequence = InternalKey.sequence(trailer);
    return text.append("' seq:")
        .append(sequence)
        .append(", type:")
        .append(InternalKey.kind(trailer))
        .toString();
  }

  private static void appendPrintable(StringBuilder text, int value) {
    if (value > ' ' && value < 0x7f && value != '\\' && value != '\'') {
      text.append((char) value);
    } else {
      text.append(String.format(Locale.ROOT, "\\x%02x", value));
    }
  }
}
