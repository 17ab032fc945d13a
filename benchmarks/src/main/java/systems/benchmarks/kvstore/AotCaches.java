package systems.benchmarks.kvstore;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The JVM flags of ahead-of-time caches, the same for every system: one run writes a cache, the
 * others start from it. {@code ./course run} starts programs in this way.
 *
 * <p>A process that cannot use its cache does not start ({@code AOTMode=on}): a figure with a cache
 * is never one without.
 */
final class AotCaches {
  private AotCaches() {}

  /** Whether this process has a class path that can be cached: of jars, without folders. */
  static boolean arePossible() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .noneMatch(entry -> Files.isDirectory(Path.of(entry)));
  }

  static List<String> training(Path cache) {
    return List.of("-XX:AOTCacheOutput=" + cache);
  }

  static List<String> using(Path cache) {
    return List.of("-XX:AOTCache=" + cache, "-XX:AOTMode=on");
  }

  /** A JVM that could not write its cache says so in its log and exits as if it had. */
  static void check(Path cache) throws IOException {
    if (!Files.exists(cache)) {
      throw new IOException(
          "the training run left no AOT cache " + cache + "; log.txt beside it says why");
    }
  }
}
