package systems.kvstore.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.kvstore.fs.FileSystem;

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
  private static final int DIGITS_MIN = 6;

  /** What a name stands for. */
  enum Kind {
    LOG,
    TABLE,
    MANIFEST,
    TEMPORARY
  }

  /** A numbered file, by its name. */
  record Numbered(String name, Kind kind, long number) {}

  private FileNames() {}

  static Path log(Path directory, long number) {
    return directory.resolve(digits(number) + ".log");
  }

  static Path table(Path directory, long number) {
    return directory.resolve(digits(number) + ".sst");
  }

  static Path manifest(Path directory, long number) {
    return directory.resolve(manifest(number));
  }

  static Path temporary(Path directory, long number) {
    return directory.resolve(digits(number) + ".dbtmp");
  }

  static String manifest(long number) {
    return MANIFEST + digits(number);
  }

  /** By hand, as each opening needs it and a formatter costs it milliseconds to load. */
  private static String digits(long number) {
    var digits = Long.toString(number);
    return "0".repeat(Math.max(0, DIGITS_MIN - digits.length())) + digits;
  }

  /** The numbered files of a directory. */
  static List<Numbered> numbered(FileSystem fileSystem, Path directory) throws IOException {
    var files = new ArrayList<Numbered>();
    for (var name : fileSystem.list(directory)) {
      var file = parse(name);
      if (file != null) {
        files.add(file);
      }
    }
    return files;
  }

  /** What a name says, or null if it is not a numbered file of a store. */
  static @Nullable Numbered parse(String name) {
    if (name.startsWith(MANIFEST)) {
      return numbered(name, Kind.MANIFEST, name.substring(MANIFEST.length()));
    }
    int dot = name.indexOf('.');
    if (dot < 0) {
      return null;
    }
    var digits = name.substring(0, dot);
    return switch (name.substring(dot)) {
      case ".log" -> numbered(name, Kind.LOG, digits);
      case ".sst" -> numbered(name, Kind.TABLE, digits);
      case ".dbtmp" -> numbered(name, Kind.TEMPORARY, digits);
      default -> null;
    };
  }

  private static @Nullable Numbered numbered(String name, Kind kind, String digits) {
    boolean number = !digits.isEmpty() && digits.length() <= 18;
    for (int i = 0; i < digits.length() && number; i++) {
      number = digits.charAt(i) >= '0' && digits.charAt(i) <= '9';
    }
    return number ? new Numbered(name, kind, Long.parseLong(digits)) : null;
  }
}
