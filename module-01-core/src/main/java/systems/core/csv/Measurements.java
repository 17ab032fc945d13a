package systems.core.csv;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The question of the One Billion Row Challenge: of a file with lines like {@code Oslo;-4.2} the
 * least, mean and greatest temperature of each station. What the general reader can leave out when
 * the table is known beforehand: no quotes, two columns, one type, at most 10,000 stations.
 *
 * <pre>
 *   file     | chunk 0 | chunk 1 | chunk 2 | ...       256 KiB each, taken in order
 *                 |         |
 *   thread        copy      copy                       into an array that stays in the L2 cache
 *                 |         |
 *               table     table                        one a thread, nobody else sees it
 *                  \       /
 *                   merged, sorted, printed
 * </pre>
 *
 * <p>A thread has the lines that begin in its chunk; it looks one byte before the chunk to see
 * whether a line begins with it, and copies as much behind it as the longest line has.
 *
 * <p>A JVM that has just started runs such a program slowly at first, and the program is over soon.
 * So the loop is one method without objects or lambdas, which the JIT compiler finishes early.
 *
 * <p>The error that is thrown is the first one of the file: chunks are taken in order and each that
 * was taken is worked off to its end or to its own error.
 *
 * <p>Source: the rules of G. Morling's challenge, github.com/gunnarmorling/1brc, 2024.
 */
public final class Measurements {
  private static final int CHUNK_BYTES = 1 << 18;
  private static final int SLACK_BYTES = 32;
  private static final int THREADS_MAX = 256;

  private final CsvFile file;
  private final int chunkBytes;
  private final AtomicLong chunks = new AtomicLong();
  private volatile boolean failed;

  private Measurements(CsvFile file, int chunkBytes) {
    this.file = file;
    this.chunkBytes = chunkBytes;
  }

  /**
   * What is asked of a file, as {@code {Abha=-23.0/18.0/59.2, ...}}, sorted by name; the mean is
   * rounded to the nearest tenth, and upwards where two are equally near.
   *
   * @throws CsvException if a line is not a name, a semicolon and a temperature
   */
  public static String summary(Path path, int threads) throws IOException {
    return summary(path, threads, CHUNK_BYTES);
  }

  /** The same with chunks of another size, for tests. */
  static String summary(Path path, int threads, int chunkBytes) throws IOException {
    if (threads < 1 || threads > THREADS_MAX) {
      throw new IllegalArgumentException(threads + " threads");
    }
    try (var file = new CsvFile(path, false)) {
      return text(new Measurements(file, chunkBytes).stations(threads));
    }
  }

  private StationTable.Station[] stations(int threads) throws CsvException {
    var workers = new Worker[threads];
    for (int i = 0; i < threads; i++) {
      workers[i] = new Worker();
      if (i > 0) {
        workers[i].start();
      }
    }
    workers[0].work(); // this thread is one of them
    CsvException failure = workers[0].failure;
    for (Worker worker : workers) {
      worker.finish();
      failure = earlier(failure, worker.failure);
    }
    if (failure != null) {
      throw failure;
    }
    return merged(workers);
  }

  private static @Nullable CsvException earlier(
      @Nullable CsvException one, @Nullable CsvException other) {
    return one == null || other != null && other.offset() < one.offset() ? other : one;
  }

  private StationTable.Station[] merged(Worker[] workers) throws CsvException {
    StationTable table = workers[0].table;
    try {
      for (int i = 1; i < workers.length; i++) {
        table.merge(workers[i].table);
      }
    } catch (StationTable.Malformed tooMany) {
      throw file.failure(0, tooMany.getMessage());
    }
    return table.stations();
  }

  private final class Worker extends Thread {
    final StationTable table = new StationTable();
    final byte[] text = new byte[chunkBytes + 1 + StationTable.LINE_BYTES_MAX + SLACK_BYTES];
    @Nullable CsvException failure;

    @Override
    public void run() {
      work();
    }

    void work() {
      try {
        long begin = chunks.getAndIncrement() * chunkBytes;
        while (begin < file.size() && !failed) {
          add(begin);
          begin = chunks.getAndIncrement() * chunkBytes;
        }
      } catch (CsvException damage) {
        failure = damage;
        failed = true;
      } catch (InternalError fault) {
        failure = file.unreadable(0, fault);
        failed = true;
      }
    }

    void finish() {
      boolean interrupted = false;
      while (isAlive()) {
        try {
          join();
        } catch (InterruptedException _) {
          interrupted = true; // it ends soon, and its table is needed
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    private void add(long begin) throws CsvException {
      //> phase 6: which lines are this chunk's, and how far behind it may the last one reach?
      long origin = Math.max(0, begin - 1);
      long end = Math.min(begin + chunkBytes, file.size());
      int stop = (int) (end - origin);
      int length = (int) Math.min(stop + StationTable.LINE_BYTES_MAX, file.size() - origin);
      file.copy(origin, text, 0, length);
      text[length] = '\n'; // the last line of the file may lack it
      int first = begin == 0 ? 0 : behindLine(length);
      try {
        table.add(text, first, stop); //~ halfALine: table.add(text, (int) (begin - origin), stop);
      } catch (StationTable.Malformed malformed) {
        throw file.failure(origin + malformed.index, malformed.getMessage());
      }
      //< phase 6
    }

    //> phase 6 only
    /** Where the first line begins; the byte before the chunk may end the line before. */
    private int behindLine(int length) {
      int at = 0;
      while (at < length && text[at] != '\n') {
        at++;
      }
      return at + 1;
    }
    //< phase 6
  }

  private static String text(StationTable.Station[] stations) {
    Arrays.sort(stations, Comparator.comparing(StationTable.Station::name));
    var text = new StringBuilder("{");
    for (StationTable.Station station : stations) {
      text.append(text.length() > 1 ? ", " : "").append(station.name());
      append(text.append('='), station.min());
      append(text.append('/'), mean(station.sum(), station.count()));
      append(text.append('/'), station.max());
    }
    return text.append('}').toString();
  }

  /** The mean in tenths: the nearest, and of two equally near the greater. */
  static long mean(long sum, long count) {
    //> phase 6: in integers; what does a division do with a sum below 0?
    long twice = 2 * sum + count;
    return Math.floorDiv(twice, 2 * count); //~ towardsZero: return twice / (2 * count);
    //< phase 6
  }

  private static void append(StringBuilder text, long tenths) {
    long size = Math.abs(tenths);
    text.append(tenths < 0 ? "-" : "").append(size / 10).append('.').append(size % 10);
  }
}
