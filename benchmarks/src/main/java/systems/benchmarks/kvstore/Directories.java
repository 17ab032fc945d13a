package systems.benchmarks.kvstore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Directories of stores, from outside. */
final class Directories {
  private Directories() {}

  /** Removes a directory with everything in it; one that is not there is no error. */
  static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    for (Path path : all(directory).reversed()) {
      Files.delete(path);
    }
  }

  /** Copies the files of a directory into a new one. */
  static void copy(Path source, Path target) throws IOException {
    for (Path path : all(source)) {
      Files.copy(path, target.resolve(source.relativize(path)));
    }
  }

  /** Bytes of the files whose names end in a suffix. */
  static long bytes(Path directory, String suffix) throws IOException {
    long sum = 0;
    for (Path path : all(directory)) {
      if (Files.isRegularFile(path) && path.toString().endsWith(suffix)) {
        sum += Files.size(path);
      }
    }
    return sum;
  }

  private static List<Path> all(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      return paths.sorted(Comparator.naturalOrder()).toList();
    }
  }
}
