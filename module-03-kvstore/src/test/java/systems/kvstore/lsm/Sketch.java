package systems.kvstore.lsm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import systems.kvstore.table.EntryKind;
import systems.kvstore.table.InternalKey;

/** Files and versions in a few words, for tests. */
final class Sketch {
  private Sketch() {}

  static byte[] key(String text) {
    return text.getBytes(ISO_8859_1);
  }

  static byte[] internal(String user, long sequence) {
    return InternalKey.encode(
        key(user), 0, user.length(), InternalKey.trailer(sequence, EntryKind.PUT));
  }

  /** The bound of a range deletion that ends before a key. */
  static byte[] exclusive(String user) {
    long trailer = InternalKey.trailer(InternalKey.SEQUENCE_MAX, EntryKind.DELETE_RANGE);
    return InternalKey.encode(key(user), 0, user.length(), trailer);
  }

  /** A file of 100 bytes, both bounds included, whose sequence numbers are its number. */
  static FileMetadata file(long number, String begin, String end) {
    return file(number, begin, end, 100, number);
  }

  static FileMetadata file(long number, String begin, String end, long bytes, long sequence) {
    return new FileMetadata(
        number, bytes, internal(begin, sequence), internal(end, sequence), sequence, sequence);
  }

  /** A file that ends with a range deletion up to a key. */
  static FileMetadata fileBefore(long number, String begin, String end) {
    return new FileMetadata(number, 100, internal(begin, number), exclusive(end), number, number);
  }

  /** A version from the files of level 0, level 1 and so on. */
  @SafeVarargs
  static Version version(List<FileMetadata>... levels) {
    var edit = new VersionEdit();
    for (int level = 0; level < levels.length; level++) {
      for (FileMetadata file : levels[level]) {
        edit.addFile(level, file);
      }
    }
    return Version.empty(Version.LEVELS).apply(edit);
  }

  /** Ascending disjoint files over keys of one to four letters behind a common prefix. */
  static List<FileMetadata> level(Random random, int count) {
    var keys = new java.util.TreeSet<String>();
    String prefix = "shared/prefix/".substring(0, random.nextInt(15));
    while (keys.size() < 2 * count) {
      keys.add(prefix + word(random));
    }
    var files = new ArrayList<FileMetadata>();
    var bounds = keys.iterator();
    for (int i = 1; i <= count; i++) {
      String begin = bounds.next();
      String end = bounds.next();
      files.add(random.nextInt(4) == 0 ? fileBefore(i, begin, end) : file(i, begin, end));
    }
    return files;
  }

  static String word(Random random) {
    var word = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      word.append(
          (char) (random.nextInt(5) == 0 ? 0xe0 + random.nextInt(3) : 'a' + random.nextInt(6)));
    }
    return word.toString();
  }
}
