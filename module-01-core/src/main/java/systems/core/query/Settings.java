package systems.core.query;

import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * What a query may use.
 *
 * @param threads that work at the same time, 1 to {@value #THREADS_MAX}
 * @param memoryBytes for groups and for rows that are sorted; what is more goes to files. Batches,
 *     dictionaries and the tables' own buffers come on top, and so do the different values of a
 *     {@code count(distinct x)} without {@code group by}, which are one group
 * @param spillFolder where those files are made
 * @param progress is told how many bytes of the table are done, by any thread
 */
public record Settings(int threads, long memoryBytes, Path spillFolder, LongConsumer progress) {
  public static final int THREADS_MAX = 1024;

  public Settings {
    if (threads < 1 || threads > THREADS_MAX) {
      throw new IllegalArgumentException("1 to " + THREADS_MAX + " threads, not " + threads);
    }
    if (memoryBytes < 1) {
      throw new IllegalArgumentException("memory of " + memoryBytes + " bytes");
    }
  }

  /** All processors, half of the heap, and the folder for temporary files. */
  public static Settings ofMachine() {
    Runtime runtime = Runtime.getRuntime();
    return new Settings(
        Math.min(runtime.availableProcessors(), THREADS_MAX),
        Math.max(1, runtime.maxMemory() / 2),
        Path.of(System.getProperty("java.io.tmpdir")),
        _ -> {});
  }

  public Settings withThreads(int count) {
    return new Settings(count, memoryBytes, spillFolder, progress);
  }

  public Settings withMemoryBytes(long bytes) {
    return new Settings(threads, bytes, spillFolder, progress);
  }

  public Settings withSpillFolder(Path folder) {
    return new Settings(threads, memoryBytes, folder, progress);
  }

  public Settings withProgress(LongConsumer consumer) {
    return new Settings(threads, memoryBytes, spillFolder, consumer);
  }
}
