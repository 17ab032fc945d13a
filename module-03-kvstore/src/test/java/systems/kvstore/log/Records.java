package systems.kvstore.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.log.LogReader.OnDamage;
import systems.kvstore.log.LogReader.TornTail;

/** Sample records, and all that a reader says about a log. */
record Records(List<byte[]> bytes, List<Long> ends, @Nullable TornTail tail) {
  static Records read(FileSystem fs, Path file, OnDamage onDamage) throws IOException {
    return read(fs, file, onDamage, 0);
  }

  static Records read(FileSystem fs, Path file, OnDamage onDamage, long syncedUpTo)
      throws IOException {
    var bytes = new ArrayList<byte[]>();
    var ends = new ArrayList<Long>();
    try (var log = LogReader.open(fs, file, onDamage, syncedUpTo)) {
      for (var record = log.next(); record != null; record = log.next()) {
        bytes.add(record.toByteArray());
        ends.add(log.endOffset());
      }
      return new Records(bytes, ends, log.tornTail());
    }
  }

  /** A record without a single zero byte, so that no part of it looks like unwritten space. */
  static byte[] sample(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    for (int i = 0; i < length; i++) {
      bytes[i] = bytes[i] == 0 ? 1 : bytes[i];
    }
    return bytes;
  }

  static byte[] content(FileSystem fs, Path file) throws IOException {
    try (var input = fs.open(file)) {
      byte[] bytes = new byte[(int) input.size()];
      input.read(0, bytes, 0, bytes.length);
      return bytes;
    }
  }

  static void write(FileSystem fs, Path file, byte[] bytes, int length) throws IOException {
    try (var output = fs.create(file)) {
      output.append(bytes, 0, length);
    }
  }

  /** Whether these are the first records of {@code all}. */
  boolean isPrefixOf(List<byte[]> all) {
    if (bytes.size() > all.size()) {
      return false;
    }
    for (int i = 0; i < bytes.size(); i++) {
      if (!java.util.Arrays.equals(bytes.get(i), all.get(i))) {
        return false;
      }
    }
    return true;
  }
}
