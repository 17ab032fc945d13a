package systems.kvstore.lsm;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of user keys, the shadow that files throw on the levels below them. A bound that is
 * null is no bound.
 *
 * @param begin first user key, belongs to the range
 * @param end last user key
 * @param endExclusive whether {@code end} itself is outside, as after a range deletion
 */
record KeyRange(byte @Nullable [] begin, byte @Nullable [] end, boolean endExclusive) {

  KeyRange {
    assert end != null || !endExclusive : "no end, and it is excluded";
  }

  /** The stretch from a key to another one, both inside. */
  static KeyRange inclusive(byte @Nullable [] begin, byte @Nullable [] end) {
    return new KeyRange(begin, end, false);
  }

  /** The stretch that a file covers. */
  static KeyRange of(FileMetadata file) {
    return new KeyRange(file.smallestUser(), file.largestUser(), file.endsExclusively());
  }

  /** The smallest stretch that covers some files, at least one. */
  static KeyRange hull(List<FileMetadata> files) {
    assert !files.isEmpty() : "the hull of no files";
    KeyRange hull = of(files.getFirst());
    for (FileMetadata file : files) {
      hull = hull.widened(file);
    }
    return hull;
  }

  /** The stretch that covers a file as well. */
  KeyRange widened(FileMetadata file) {
    KeyRange other = of(file);
    byte[] newBegin = begin == null || isSmaller(begin, other.begin) ? begin : other.begin;
    KeyRange later = endsBefore(other) ? other : this;
    return new KeyRange(newBegin, later.end, later.endExclusive);
  }

  private static boolean isSmaller(byte[] a, byte @Nullable [] b) {
    return b != null && Arrays.compareUnsigned(a, b) <= 0;
  }

  private boolean endsBefore(KeyRange other) {
    if (end == null || other.end == null) {
      return end != null;
    }
    int order = Arrays.compareUnsigned(end, other.end);
    return order < 0 || (order == 0 && endExclusive && !other.endExclusive);
  }

  /** Whether the file may hold a key of this stretch. */
  boolean overlaps(FileMetadata file) {
    return file.overlaps(begin, end) && !(endExclusive && startsAtEnd(file));
  }

  private boolean startsAtEnd(FileMetadata file) {
    return end != null && file.compareSmallest(end, 0, end.length) == 0;
  }

  /** Whether a key may be in both stretches. */
  boolean overlaps(KeyRange other) {
    return !isBefore(other) && !other.isBefore(this);
  }

  private boolean isBefore(KeyRange other) {
    if (end == null || other.begin == null) {
      return false;
    }
    int order = Arrays.compareUnsigned(end, other.begin);
    return order < 0 || (order == 0 && endExclusive);
  }

  /** Whether all keys of a file lie in this stretch. */
  boolean contains(FileMetadata file) {
    KeyRange wider = widened(file);
    return Arrays.equals(begin, wider.begin)
        && Arrays.equals(end, wider.end)
        && endExclusive == wider.endExclusive;
  }
}
