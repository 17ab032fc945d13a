package systems.kvstore.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import systems.kvstore.Durability;
import systems.kvstore.WriteBatch;
import systems.kvstore.lsm.LsmStore;

/**
 * RocksDB's {@code db_bench} for this engine: the same workloads under the same names, and a line
 * each in the same form.
 *
 * <pre>
 *   fillseq      :       2.269 micros/op 439676 ops/sec 0.011 seconds 5000 operations;   48.6 MB/s
 * </pre>
 *
 * <p>Micros per operation are those of one thread (the threads' own times added up), operations per
 * second are of all threads together by the clock. A number here says how fast the engine is on
 * this machine today; how it compares with another engine is a matter for runs in turns, which the
 * benchmarks folder does.
 *
 * <p>Keys are the number of the entry in 8 bytes, high byte first, filled up with {@code '0'};
 * values are random bytes repeated so that they compress to the ratio asked for.
 */
@Command(
    name = "db_bench",
    description = "Runs workloads on a store, in the words of RocksDB's db_bench.")
final class DbBench implements Callable<Integer> {
  private static final Pattern STORE_FILE =
      Pattern.compile(
          "\\d+\\.(sst|log)|MANIFEST-\\d+|CURRENT|IDENTITY|LOCK|LOG(\\.old.*)?|OPTIONS-\\d+");

  @Option(
      names = "--benchmarks",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "fillseq,fillrandom,overwrite,readrandom,readmissing,readseq,readreverse",
      description = {
        "fillseq, fillrandom, fillsync (num / 1000 synced writes), overwrite, deleterandom,",
        "readrandom, readmissing, readseq, readreverse, seekrandom, readwhilewriting,",
        "compact, flush, waitforcompaction, levelstats, stats"
      })
  private List<String> names = List.of();

  @Option(names = "--db", paramLabel = "DIR", description = "default: a temporary directory")
  private @Nullable Path directory;

  @Option(
      names = "--use_existing_db",
      arity = "0..1",
      fallbackValue = "true",
      converter = Tuning.Flag.class,
      description = "keep what is in the directory")
  private boolean useExisting;

  @Option(names = "--num", paramLabel = "N", defaultValue = "1000000", description = "entries")
  private long entries;

  @Option(names = "--reads", paramLabel = "N", description = "reads (default: as --num)")
  private long reads = -1;

  @Option(names = "--key_size", paramLabel = "BYTES", defaultValue = "16")
  private int keyBytes;

  @Option(names = "--value_size", paramLabel = "BYTES", defaultValue = "100")
  private int valueBytes;

  @Option(names = "--compression_ratio", paramLabel = "R", defaultValue = "0.5")
  private double compressionRatio;

  @Option(names = "--threads", paramLabel = "N", defaultValue = "1")
  private int threads;

  @Option(names = "--batch_size", paramLabel = "N", defaultValue = "1")
  private int batchSize;

  @Option(names = "--seek_nexts", paramLabel = "N", defaultValue = "0")
  private int seekNexts;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "1000")
  private long seed;

  @Option(
      names = "--sync",
      arity = "0..1",
      fallbackValue = "true",
      converter = Tuning.Flag.class,
      description = "every write is durable before the next")
  private boolean sync;

  @Option(
      names = "--histogram",
      arity = "0..1",
      fallbackValue = "true",
      converter = Tuning.Flag.class,
      description = "print how long operations took")
  private boolean histogram;

  @Mixin private Tuning tuning = new Tuning();

  private final Terminal terminal;

  DbBench(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    check();
    Path place = directory == null ? Files.createTempDirectory("kvstore-bench-") : directory;
    try {
      printHeader(place);
      runAll(place);
    } finally {
      if (directory == null) {
        clear(place);
        Files.deleteIfExists(place);
      }
    }
    return Main.DONE;
  }

  private void check() {
    inRange("--num", entries, 1, 1L << 40);
    inRange("--key_size", keyBytes, 9, 1024);
    inRange("--value_size", valueBytes, 0, 1 << 24);
    inRange("--threads", threads, 1, 256);
    inRange("--batch_size", batchSize, 1, 100_000);
    inRange("--seek_nexts", seekNexts, 0, 1_000_000);
    names.forEach(Workload::named);
    if (!(compressionRatio > 0 && compressionRatio <= 1)) {
      throw new IllegalArgumentException("--compression_ratio must be above 0 and at most 1");
    }
  }

  private static void inRange(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s must be %d to %d, not %d".formatted(name, least, most, value));
    }
  }

  private void printHeader(Path place) throws IOException {
    double rawBytes = (double) entries * (keyBytes + valueBytes);
    double fileBytes = entries * (keyBytes + valueBytes * compressionRatio);
    terminal.line("Keys:       %d bytes each", keyBytes);
    terminal.line(
        "Values:     %d bytes each (%d bytes after compression)",
        valueBytes, Math.round(valueBytes * compressionRatio));
    terminal.line("Entries:    %d", entries);
    terminal.line("RawSize:    %.1f MB (estimated)", rawBytes / Worker.MEGABYTE);
    terminal.line("FileSize:   %.1f MB (estimated)", fileBytes / Worker.MEGABYTE);
    terminal.line("DB path: [%s]", place);
    terminal.line("------------------------------------------------");
  }

  /** What can be asked for by name. */
  private enum Workload {
    FILLSEQ(true, "write"),
    FILLRANDOM(true, "write"),
    FILLSYNC(true, "write"),
    OVERWRITE(false, "write"),
    DELETERANDOM(false, "delete"),
    READRANDOM(false, "read"),
    READMISSING(false, "read"),
    READSEQ(false, "read"),
    READREVERSE(false, "read"),
    SEEKRANDOM(false, "seek"),
    READWHILEWRITING(false, "read"),
    COMPACT(false, "compaction"),
    FLUSH(false, "flush"),
    WAITFORCOMPACTION(false, "wait"),
    LEVELSTATS(false, ""),
    STATS(false, "");

    private final boolean fresh;
    private final String operation;

    Workload(boolean fresh, String operation) {
      this.fresh = fresh;
      this.operation = operation;
    }

    static Workload named(String name) {
      for (var workload : values()) {
        if (workload.label().equals(name)) {
          return workload;
        }
      }
      throw new IllegalArgumentException("unknown benchmark '" + name + "'");
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private void runAll(Path place) throws IOException, InterruptedException {
    LsmStore store = null;
    try {
      for (String name : names) {
        var workload = Workload.named(name);
        if (store == null || workload.fresh && !useExisting) {
          if (store != null) {
            store.close();
          }
          if (workload.fresh && !useExisting) {
            clear(place);
          }
          store = LsmStore.open(Main.DISK, place, tuning.options());
        }
        run(workload, store);
        terminal.flush();
      }
    } finally {
      if (store != null) {
        store.close();
      }
    }
  }

  /** Deletes a store's files and nothing else. */
  private static void clear(Path place) throws IOException {
    if (!Files.isDirectory(place)) {
      return;
    }
    try (Stream<Path> files = Files.list(place)) {
      for (Path file : files.toList()) {
        if (STORE_FILE.matcher(file.getFileName().toString()).matches()) {
          Files.delete(file);
        }
      }
    }
  }

  private void run(Workload workload, LsmStore store) throws IOException, InterruptedException {
    switch (workload) {
      case STATS -> terminal.line(String.valueOf(store.property("rocksdb.stats")));
      case LEVELSTATS -> {
        for (String line : Levels.picture(store.tables())) {
          terminal.line(line);
        }
      }
      default -> measure(workload, store);
    }
  }

  private void measure(Workload workload, LsmStore store) throws IOException, InterruptedException {
    var workers = new ArrayList<Worker>();
    for (int i = 0; i < threads; i++) {
      workers.add(newWorker(i));
    }
    long start = System.nanoTime();
    if (workload == Workload.READWHILEWRITING) {
      readWhileWriting(store, workers);
    } else {
      together(workers, worker -> work(workload, store, worker));
    }
    report(workload, workers, System.nanoTime() - start);
  }

  private Worker newWorker(int index) {
    return new Worker(index, keyBytes, valueBytes, compressionRatio, seed, histogram);
  }

  private interface Body {
    void run(Worker worker) throws IOException;
  }

  private static void together(List<Worker> workers, Body body)
      throws IOException, InterruptedException {
    try (var pool = Executors.newFixedThreadPool(workers.size())) {
      var ends = new ArrayList<Future<?>>();
      for (var worker : workers) {
        ends.add(pool.submit(() -> timed(worker, body)));
      }
      for (var end : ends) {
        await(end);
      }
    }
  }

  private static @Nullable Void timed(Worker worker, Body body) throws IOException {
    worker.begin();
    try {
      body.run(worker);
    } finally {
      worker.end();
    }
    return null;
  }

  private static void await(Future<?> end) throws IOException, InterruptedException {
    try {
      end.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> throw failure;
        case RuntimeException fault -> throw fault;
        case Error error -> throw error;
        case null, default -> throw new IOException(e);
      }
    }
  }

  private void readWhileWriting(LsmStore store, List<Worker> readers)
      throws IOException, InterruptedException {
    var done = new AtomicBoolean();
    var writer = newWorker(threads);
    try (var pool = Executors.newSingleThreadExecutor()) {
      var end =
          pool.submit(() ->
              timed(
                  writer,
                  worker -> {
                    while (!done.get()) {
                      put(store, worker, worker.number(entries), durability());
                    }
                  }));
      try {
        together(readers, worker -> readRandom(store, worker, true));
      } finally {
        done.set(true);
      }
      await(end);
    }
    readers.getFirst().remark("(1 writer: %.0f ops/sec)".formatted(writer.rate()));
  }

  private Durability durability() {
    return sync ? Durability.SYNC : Durability.BUFFERED;
  }

  private long reads() {
    return reads < 0 ? entries : reads;
  }

  private void work(Workload workload, LsmStore store, Worker worker) throws IOException {
    switch (workload) {
      case FILLSEQ -> fill(store, worker, true);
      case FILLRANDOM, OVERWRITE -> fill(store, worker, false);
      case FILLSYNC -> {
        for (long i = 0; i < Math.max(1, entries / 1000); i++) {
          put(store, worker, worker.number(entries), Durability.SYNC);
        }
      }
      case DELETERANDOM -> delete(store, worker);
      case READRANDOM -> readRandom(store, worker, true);
      case READMISSING -> readRandom(store, worker, false);
      case READSEQ -> scan(store, worker, true);
      case READREVERSE -> scan(store, worker, false);
      case SEEKRANDOM -> seek(store, worker);
      case COMPACT -> {
        store.compactRange(null, null);
        worker.done(0);
      }
      case FLUSH -> {
        store.flush();
        worker.done(0);
      }
      case WAITFORCOMPACTION -> {
        store.settle();
        worker.done(0);
      }
      case READWHILEWRITING, STATS, LEVELSTATS -> throw new AssertionError(workload);
    }
  }

  private void fill(LsmStore store, Worker worker, boolean sequential) throws IOException {
    var batch = new WriteBatch();
    for (long i = 0; i < entries; i += batchSize) {
      if (batchSize == 1) {
        put(store, worker, sequential ? i : worker.number(entries), durability());
        continue;
      }
      batch.clear();
      int count = (int) Math.min(batchSize, entries - i);
      for (int j = 0; j < count; j++) {
        worker.putInto(batch, sequential ? i + j : worker.number(entries));
      }
      store.write(batch, durability());
      worker.done((long) count * (keyBytes + valueBytes), count);
    }
  }

  private void put(LsmStore store, Worker worker, long number, Durability durability)
      throws IOException {
    store.put(worker.key(number), worker.value(), durability);
    worker.done(keyBytes + valueBytes);
  }

  private void delete(LsmStore store, Worker worker) throws IOException {
    for (long i = 0; i < entries; i++) {
      store.delete(worker.key(worker.number(entries)), durability());
      worker.done(0);
    }
  }

  private void readRandom(LsmStore store, Worker worker, boolean present) throws IOException {
    var buffer = worker.buffer();
    for (long i = 0; i < reads(); i++) {
      long number = worker.number(entries);
      byte[] key = present ? worker.key(number) : worker.missingKey(number);
      boolean found = store.get(key, 0, keyBytes, buffer);
      worker.sought(found);
      worker.done(found ? keyBytes + buffer.length() : 0);
    }
  }

  private void scan(LsmStore store, Worker worker, boolean forward) throws IOException {
    try (var cursor = store.cursor()) {
      boolean on = forward ? cursor.first() : cursor.last();
      for (long i = 0; on && i < reads(); i++) {
        worker.done(cursor.key().length() + cursor.value().length());
        on = forward ? cursor.next() : cursor.prev();
      }
    }
  }

  private void seek(LsmStore store, Worker worker) throws IOException {
    try (var cursor = store.cursor()) {
      for (long i = 0; i < reads(); i++) {
        long bytes = 0;
        boolean on = cursor.seek(worker.key(worker.number(entries)));
        worker.sought(on);
        for (int n = 0; on && n < seekNexts; n++) {
          bytes += cursor.key().length() + cursor.value().length();
          on = cursor.next();
        }
        worker.done(bytes);
      }
    }
  }

  private void report(Workload workload, List<Worker> workers, long elapsedNanos)
      throws IOException {
    var total = workers.getFirst();
    for (var worker : workers.subList(1, workers.size())) {
      total.add(worker);
    }
    terminal.line(total.line(workload.label(), elapsedNanos));
    var times = total.times();
    if (times != null) {
      terminal.line("Microseconds per " + workload.operation + ":");
      terminal.line(times.toString());
    }
  }
}
