package systems.kvstore.lsm;

import static systems.kvstore.table.InternalKey.TRAILER_BYTES;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import systems.kvstore.table.InternalKey;

/**
 * Which tables the store consists of, level by level, at one moment. A flush or a compaction never
 * changes a version, it makes the next one; a reader that holds one sees the same files for as long
 * as it likes.
 *
 * <pre>
 *   level 0   [b......q]        newest      every file is a sorted run of its own,
 *           [a...........t]                 they overlap, and the newer one is right
 *              [d..h]           oldest
 *   level 1   [a..c] [d...k] [m..q]         one sorted run: files in order, no user key in two
 *   level 2   [a.b][c.d][e..g][h...m][n.p]  the same, older than all of level 1
 * </pre>
 *
 * <ol>
 *   <li>For one user key every version in level n is newer than every version in level n + 1, and
 *       in level 0 every version in a file is newer than every version in the files behind it.
 *   <li>Level 0 is ordered newest first: by largest sequence number, then by number.
 *   <li>From level 1 on files ascend and share no user key, so that at most one file of a level has
 *       to be asked for a key. A range deletion may end where the next file begins, as its end is
 *       exclusive.
 *   <li>Nothing in a version changes once it is built; any thread may read it.
 * </ol>
 *
 * <p>A look-up searches each level for the only file that may hold its key. The search runs over a
 * flat array of eight-byte prefixes of the files' largest keys, after what all keys of the level
 * begin with was stripped off, and looks at whole keys only where prefixes are equal: for a
 * thousand files that is some ten comparisons within three cache lines at the end, where an array
 * of keys costs two cache misses a step. It allocates nothing.
 *
 * <p>RocksDB allows the versions of one user key to be spread over two neighbouring files (its own
 * compactions have not done so for years). Here a level never does, which spares every reader and
 * every compaction the question; a directory that does is refused by {@link Manifest#recover}.
 */
final class Version {
  /** Levels of a store, numbered from 0; RocksDB's default. */
  static final int LEVELS = 7;

  private final Level[] levels;

  private Version(Level[] levels) {
    this.levels = levels;
  }

  /** A version without files. */
  static Version empty(int levels) {
    assert levels > 1 && levels <= LEVELS : levels + " levels";
    var all = new Level[levels];
    Arrays.fill(all, Level.EMPTY);
    return new Version(all);
  }

  /**
   * The version after an edit.
   *
   * @throws IllegalStateException if the edit does not fit: it removes a file that is not there,
   *     adds one twice, or makes two files of a level overlap
   */
  Version apply(VersionEdit edit) {
    try {
      var builder = new Builder(this);
      builder.apply(edit);
      return builder.build();
    } catch (InconsistentException wrong) {
      throw new IllegalStateException(wrong.getMessage(), wrong);
    }
  }

  /** How many levels there are, empty ones too. */
  int levels() {
    return levels.length;
  }

  /** The files of a level: newest first in level 0, ascending below. */
  List<FileMetadata> files(int level) {
    return levels[level].files;
  }

  int fileCount(int level) {
    return levels[level].files.size();
  }

  /** Bytes of all files of a level. */
  long bytes(int level) {
    return levels[level].bytes;
  }

  /** The lowest level that has a file, or 0. */
  int lowestUsed() {
    int level = levels.length - 1;
    while (level > 0 && fileCount(level) == 0) {
      level--;
    }
    return level;
  }

  /**
   * The first file of a level below 0 that may hold a user key, or null. Allocates nothing. Nearly
   * always it is the only one; see {@link #continuation}.
   *
   * @param level 1 or more
   */
  @Nullable FileMetadata find(int level, byte[] userKey, int offset, int length) {
    assert level > 0 : "in level 0 any number of files may hold a key";
    return levels[level].find(userKey, offset, length);
  }

  /**
   * The file after one that ends with a user key, if it goes on with older versions of the same
   * key; else null. Our own compactions never cut there, RocksDB's may at the start of a range
   * deletion.
   */
  @Nullable FileMetadata continuation(
      int level, FileMetadata file, byte[] userKey, int offset, int length) {
    return file.compareLargest(userKey, offset, length) == 0
        ? levels[level].continuation(file, userKey, offset, length)
        : null;
  }

  /**
   * The files of a level that may hold user keys from begin to end, both included, null for no
   * bound; in the level's order. In level 0 a file that is found widens the range, and so on: what
   * comes out can be moved down without leaving an older file above a newer one. Below, neighbours
   * that share a user key are found together, so that no version of it is left behind.
   */
  List<FileMetadata> overlapping(
      int level, byte @Nullable [] beginUser, byte @Nullable [] endUser) {
    return overlapping(level, KeyRange.inclusive(beginUser, endUser));
  }

  /** {@link #overlapping(int, byte[], byte[])} for a range that may exclude its end. */
  List<FileMetadata> overlapping(int level, KeyRange range) {
    return level == 0 ? closure(range) : levels[level].stretch(range);
  }

  private List<FileMetadata> closure(KeyRange range) {
    //> phase 4: which files must move together, so that no newer version ends up below an older?
    KeyRange widened = range;
    List<FileMetadata> found = levels[0].scattered(range);
    int before = 0;
    while (found.size() > before) { //~ directOnly: while (found.size() < before) {
      before = found.size();
      for (FileMetadata file : found) {
        widened = widened.widened(file);
      }
      found = levels[0].scattered(widened);
    }
    return found;
    //< phase 4
  }

  /** Whether a level below this one may hold a user key from begin to end, both included. */
  boolean anyBelow(int level, byte @Nullable [] beginUser, byte @Nullable [] endUser) {
    return anyBelow(level, KeyRange.inclusive(beginUser, endUser));
  }

  /** {@link #anyBelow(int, byte[], byte[])} for a range that may exclude its end. */
  boolean anyBelow(int level, KeyRange range) {
    for (int below = level + 1; below < levels.length; below++) {
      if (!levels[below].stretch(range).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /** A picture of the levels, one line each, without the empty ones at the end. */
  @Override
  public String toString() {
    var picture = new StringBuilder();
    for (int level = 0; level <= lowestUsed(); level++) {
      picture.append("level ").append(level).append(": ").append(fileCount(level));
      picture.append(" files, ").append(bytes(level)).append(" bytes");
      for (FileMetadata file : files(level)) {
        picture.append("\n  ").append(file);
      }
      picture.append('\n');
    }
    return picture.toString();
  }

  /** An edit that does not fit the version it is applied to; the message says how. */
  static final class InconsistentException extends Exception {
    private static final long serialVersionUID = 1L;

    InconsistentException(String message) {
      super(message);
    }
  }

  /** The files of one level, and what it takes to search them. */
  private static final class Level {
    static final Level EMPTY = new Level(List.of());

    final List<FileMetadata> files;
    final long bytes;
    private final FileMetadata[] array;
    private final byte[] shared;
    private final long[] prefixes;

    private Level(List<FileMetadata> files) {
      this.files = List.copyOf(files);
      this.bytes = sum(files);
      this.array = files.toArray(FileMetadata[]::new);
      this.shared = sharedPrefix(array);
      this.prefixes = new long[array.length];
      for (int i = 0; i < array.length; i++) {
        prefixes[i] = prefix(array[i].largest(), 0, array[i].largest().length - TRAILER_BYTES);
      }
    }

    private static long sum(List<FileMetadata> files) {
      long bytes = 0;
      for (FileMetadata file : files) {
        bytes += file.fileBytes();
      }
      return bytes;
    }

    /** Level 0: newest first. */
    static Level newestFirst(Collection<FileMetadata> files) {
      var sorted = new ArrayList<>(files);
      sorted.sort(Level::newerFirst);
      return new Level(sorted);
    }

    private static int newerFirst(FileMetadata a, FileMetadata b) {
      int order = Long.compare(b.largestSequence(), a.largestSequence());
      return order != 0 ? order : Long.compare(b.number(), a.number());
    }

    /** A lower level: ascending and disjoint by internal key. */
    static Level ascending(int level, Collection<FileMetadata> files) throws InconsistentException {
      var sorted = new ArrayList<>(files);
      sorted.sort((a, b) -> compareInternal(a.smallest(), b.smallest()));
      for (int i = 1; i < sorted.size(); i++) {
        checkDisjoint(level, sorted.get(i - 1), sorted.get(i));
      }
      return new Level(sorted);
    }

    private static void checkDisjoint(int level, FileMetadata left, FileMetadata right)
        throws InconsistentException {
      if (compareInternal(left.largest(), right.smallest()) >= 0) {
        throw new InconsistentException(
            "files " + left + " and " + right + " of level " + level + " overlap");
      }
    }

    private static byte[] sharedPrefix(FileMetadata[] files) {
      if (files.length == 0) {
        return new byte[0];
      }
      byte[] first = files[0].smallestUser();
      int length = first.length;
      for (FileMetadata file : files) {
        length = Math.min(length, sharedLength(first, file.smallestUser()));
        length = Math.min(length, sharedLength(first, file.largestUser()));
      }
      return Arrays.copyOf(first, length);
    }

    private static int sharedLength(byte[] a, byte[] b) {
      int mismatch = Arrays.mismatch(a, b);
      return mismatch < 0 ? a.length : mismatch;
    }

    private long prefix(byte[] key, int offset, int userLength) {
      assert userLength >= shared.length : "a key without what all of the level begin with";
      return InternalKey.prefix(key, offset + shared.length, userLength - shared.length);
    }

    @Nullable FileMetadata find(byte[] key, int offset, int length) {
      int at = firstEndingAtOrAfter(key, offset, length);
      if (at == array.length || array[at].compareSmallest(key, offset, length) > 0) {
        return null;
      }
      return array[at];
    }

    /** Index of the first file that does not end before a user key. */
    private int firstEndingAtOrAfter(byte[] key, int offset, int length) {
      int side = compareToShared(key, offset, length);
      if (side != 0) {
        return side < 0 ? 0 : array.length;
      }
      return search(key, offset, length);
    }

    /** 0 if the key begins with what all keys of the level do, else on which side of them it is. */
    private int compareToShared(byte[] key, int offset, int length) {
      int end = offset + Math.min(length, shared.length);
      return Arrays.compareUnsigned(key, offset, end, shared, 0, shared.length);
    }

    private int search(byte[] key, int offset, int length) {
      //> phase 4: which file is the first whose largest key is not before the key you look for?
      long prefix = prefix(key, offset, length);
      int low = 0;
      int high = array.length;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (endsBefore(middle, prefix, key, offset, length)) {
          low = middle + 1;
        } else {
          high = middle; //~ skipsTheFile: high = middle - 1;
        }
      }
      return low;
      //< phase 4
    }

    private boolean endsBefore(int file, long prefix, byte[] key, int offset, int length) {
      int order = Long.compareUnsigned(prefixes[file], prefix);
      return order != 0 ? order < 0 : array[file].endsBefore(key, offset, length);
    }

    /** Files of a level 0 that overlap a range. */
    List<FileMetadata> scattered(KeyRange range) {
      var found = new ArrayList<FileMetadata>();
      for (FileMetadata file : array) {
        if (range.overlaps(file)) {
          found.add(file);
        }
      }
      return found;
    }

    /** Files of a lower level that overlap a range: neighbours, as the level is sorted. */
    List<FileMetadata> stretch(KeyRange range) {
      byte[] begin = range.begin();
      int first = begin == null ? 0 : firstEndingAtOrAfter(begin, 0, begin.length);
      assert first == 0 || begin == null || array[first - 1].endsBefore(begin, 0, begin.length);
      int end = first;
      while (end < array.length && range.overlaps(array[end])) {
        end++;
      }
      return first == end ? List.of() : files.subList(cleanStart(first), cleanEnd(end));
    }

    private int cleanStart(int first) {
      int start = first;
      while (start > 0 && sharesKey(start - 1)) {
        start--;
      }
      return start;
    }

    private int cleanEnd(int end) {
      int last = end;
      while (last < array.length && sharesKey(last - 1)) {
        last++;
      }
      return last;
    }

    /** Whether a file ends with the user key that the next one begins with. */
    private boolean sharesKey(int file) {
      byte[] begin = array[file + 1].smallest();
      return !array[file].endsBefore(begin, 0, begin.length - TRAILER_BYTES);
    }

    @Nullable FileMetadata continuation(FileMetadata file, byte[] key, int offset, int length) {
      int next = files.indexOf(file) + 1;
      boolean goesOn = next < array.length && array[next].compareSmallest(key, offset, length) == 0;
      return goesOn ? array[next] : null;
    }
  }

  private static int compareInternal(byte[] a, byte[] b) {
    return InternalKey.compare(a, 0, a.length, b, 0, b.length);
  }

  /**
   * Applies any number of edits and builds one version at the end, so that reading a manifest costs
   * no version an edit. Levels that no edit touches are taken over as they are.
   */
  static final class Builder {
    private final Version base;
    private final @Nullable Map<Long, FileMetadata>[] touched;

    @SuppressWarnings({"unchecked", "rawtypes"})
    Builder(Version base) {
      this.base = base;
      this.touched = new Map[base.levels()];
    }

    /** Deletions first: a file that moves to another level is deleted and added in one edit. */
    void apply(VersionEdit edit) throws InconsistentException {
      for (VersionEdit.DeletedFile deleted : edit.deletedFiles()) {
        delete(deleted.level(), deleted.number());
      }
      for (VersionEdit.NewFile added : edit.newFiles()) {
        add(added.level(), added.file());
      }
    }

    private void delete(int level, long number) throws InconsistentException {
      if (files(level).remove(number) == null) {
        throw new InconsistentException("file " + number + " is not in level " + level);
      }
    }

    private void add(int level, FileMetadata file) throws InconsistentException {
      if (files(level).putIfAbsent(file.number(), file) != null) {
        throw new InconsistentException("file " + file.number() + " is in level " + level);
      }
    }

    private Map<Long, FileMetadata> files(int level) throws InconsistentException {
      if (level >= touched.length) {
        throw new InconsistentException("level " + level + " of " + touched.length + " levels");
      }
      Map<Long, FileMetadata> files = touched[level];
      if (files == null) {
        files = new LinkedHashMap<>();
        for (FileMetadata file : base.files(level)) {
          files.put(file.number(), file);
        }
        touched[level] = files;
      }
      return files;
    }

    Version build() throws InconsistentException {
      Level[] levels = base.levels.clone();
      assert levels.length == touched.length : levels.length + " levels of " + touched.length;
      for (int level = 0; level < levels.length; level++) {
        Map<Long, FileMetadata> files = touched[level];
        if (files != null) {
          levels[level] =
              level == 0
                  ? Level.newestFirst(files.values())
                  : Level.ascending(level, files.values());
        }
      }
      return new Version(levels);
    }
  }
}
