package systems.kvstore.lsm;

import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Names of the files in a store's directory, RocksDB's:
 *
 * <pre>
 *   CURRENT           name of the manifest that counts
 *   MANIFEST-000005   log of version edits
 *   000012.log        write-ahead log
 *   000013.sst        sorted table
 *   LOCK  LOG         lock, events in words
 *   000014.dbtmp      a file on its way to another name
 * </pre>
 *
 * One counter numbers them all, so that a later file always has the larger number.
 */
final class FileNames {
  static final String CURRENT = "CURRENT";
  static final String LOCK = "LOCK";
  static final String EVENTS = "LOG";
  private static final String MANIFEST = "MANIFEST-";

  /** What a name stands for. */
  enum Kind {
    LOG,
    TABLE,
    MANIFEST,
    TEMPORARY
  }

  /** A numbered file. */
  record Numbered(Kind kind, long number) {}

  private FileNames() {}

  static Path log(Path directory, long number) {
    return directory.resolve(digits(number) + ".log");
  }

  static Path table(Path directory, long number) {
    return directory.resolve(digits(number) + ".sst");
  }

  static Path manifest(Path directory, long number) {
    return directory.resolve(MANIFEST + digits(number));
  }

  private static String digits(long number) {
    return String.format(Locale.ROOT, "%06d", number);
  }

  /** What a name says, or null if it is not a numbered file of a store. */
  static @Nullable Numbered parse(String name) {
    if (name.startsWith(MANIFEST)) {
      return numbered(Kind.MANIFEST, name.substring(MANIFEST.length()));
    }
    int dot = name.indexOf('.');
    if (dot < 0) {
      return null;
    }
    var digits = name.substring(0, dot);
    return switch (name.substring(dot)) {
      case ".log" -> numbered(Kind.LOG, digits);
      case ".sst" -> numbered(Kind.TABLE, digits);
      case ".dbtmp" -> numbered(Kind.TEMPORARY, digits);
      default -> null;
    };
  }

  private static @Nullable Numbered numbered(Kind kind, String digits) {
    boolean number = !digits.isEmpty() && digits.length() <= 18;
    for (int i = 0; i < digits.length() && number; i++) {
      number = digits.charAt(i) >= '0' && digits.charAt(i) <= '9';
    }
    return number ? new Numbered(kind, Long.parseLong(digits)) : null;
  }
}
