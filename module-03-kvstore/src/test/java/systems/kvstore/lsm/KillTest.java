package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import systems.kvstore.Durability;
import systems.kvstore.Effort;
import systems.kvstore.WriteBatch;
import systems.kvstore.fs.PosixFs;

/**
 * Kills a writing JVM with SIGKILL, opens its stores, and compares them with what it had been told
 * was written. The child works on eight stores in turns; it notes each acknowledged write in a
 * mapped file, which survives the kill as the log does. Write {@code n} of a store is a function of
 * the seed, so the parent can compute what a store must hold.
 *
 * <p>The next child boots while this one is being killed, as a JVM takes longer to start than to
 * die.
 */
@Tag("phase-5")
class KillTest {
  static final int STORES = 8;
  private static final int KEYS = 300;
  private static final int WRITES_PER_LIFE = 400;
  private static final long POLL_NANOS = 50_000;

  @Test
  @Timeout(400)
  void twoHundredKillsLoseNoAcknowledgedWrite(@TempDir Path directory) throws Exception {
    kill(directory, Effort.of(200, 3));
  }

  @Test
  @Tag("slow")
  @Timeout(7200)
  void fiveThousandKillsLoseNoAcknowledgedWrite(@TempDir Path directory) throws Exception {
    kill(directory, 5000);
  }

  private static void kill(Path directory, int kills) throws Exception {
    var random = new Random(kills);
    long seed = random.nextLong();
    var parent = new Parent(directory, seed);
    var classPath = packedClassPath(directory);
    archiveClasses(directory, classPath, seed);
    try (var arena = Arena.ofConfined()) {
      var acknowledged = acknowledgements(directory, arena);
      var next = boot(directory, classPath, seed, "-XX:SharedArchiveFile=" + archive(directory));
      try {
        for (int i = 0; i < kills; i++) {
          var child = next;
          child.getOutputStream().write('\n');
          child.getOutputStream().flush();
          next = boot(directory, classPath, seed, "-XX:SharedArchiveFile=" + archive(directory));
          awaitWrites(acknowledged, child, 1 + random.nextInt(WRITES_PER_LIFE));
          child.destroyForcibly().waitFor();
          parent.verify(acknowledged, i);
        }
      } finally {
        next.destroyForcibly().waitFor();
      }
    }
    assertThat(parent.writes).as("writes that were verified").isGreaterThan(kills);
  }

  private static MemorySegment acknowledgements(Path directory, Arena arena) throws IOException {
    try (var channel =
        FileChannel.open(
            directory.resolve("acknowledged"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      return channel.map(FileChannel.MapMode.READ_WRITE, 0, 8L * STORES, arena);
    }
  }

  /** The class path with its folders packed into one jar, as an archive of classes needs it. */
  private static String packedClassPath(Path directory) {
    var jar = directory.resolve("classes.jar").toString();
    var command = new ArrayList<>(List.of("--create", "--no-compress", "--file", jar));
    var path = new ArrayList<>(List.of(jar));
    for (var entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      if (Files.isDirectory(Path.of(entry))) {
        command.addAll(List.of("-C", entry, "."));
      } else {
        path.add(entry);
      }
    }
    var packer = ToolProvider.findFirst("jar").orElseThrow();
    assertThat(packer.run(System.out, System.err, command.toArray(String[]::new))).isZero();
    return String.join(File.pathSeparator, path);
  }

  private static Path archive(Path directory) {
    return directory.resolve("classes.jsa");
  }

  /** A child in a directory of its own that ends by itself after a few writes. */
  private static void archiveClasses(Path directory, String classPath, long seed) throws Exception {
    var training = Files.createDirectory(directory.resolve("training"));
    var child = boot(training, classPath, seed, "-XX:ArchiveClassesAtExit=" + archive(directory));
    child.getOutputStream().write("once\n".getBytes(StandardCharsets.US_ASCII));
    child.getOutputStream().flush();
    assertThat(child.waitFor()).as("exit code of the training child").isZero();
  }

  private static Process boot(Path directory, String classPath, long seed, String archiveOption)
      throws IOException {
    var command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            archiveOption,
            "-Xlog:disable",
            "-Xmx128m",
            "-ea",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            classPath,
            Child.class.getName(),
            directory.toString(),
            Long.toString(seed));
    return new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Waits until the child has had {@code count} further writes acknowledged. */
  private static void awaitWrites(MemorySegment acknowledged, Process child, long count)
      throws InterruptedException {
    long before = sum(acknowledged);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (sum(acknowledged) < before + count) {
      assertThat(child.isAlive()).as("the child writes").isTrue();
      assertThat(System.nanoTime()).as("the child writes in time").isLessThan(deadline);
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  private static long sum(MemorySegment acknowledged) {
    long sum = 0;
    for (int store = 0; store < STORES; store++) {
      sum += (long) ValueLayout.JAVA_LONG.varHandle().getAcquire(acknowledged, 8L * store);
    }
    return sum;
  }

  private static LsmOptions options(int store) {
    return new LsmOptions()
        .memtableBytes(16 << 10)
        .logInitialBytes(8 << 10)
        .mappedLog(store % 4 != 0)
        .levels(32 << 10, 4)
        .tableBytes(8 << 10)
        .compactionStyle(
            store % 2 == 0
                ? LsmOptions.CompactionStyle.LEVELED
                : LsmOptions.CompactionStyle.UNIVERSAL)
        .blockCacheBytes(1 << 20)
        .eventFile(false);
  }

  private static byte[] counterKey() {
    return new byte[] {'#'};
  }

  private static byte[] bytes(long number) {
    return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
  }

  /** Write {@code number} of a store: one to three changes and the number itself, atomically. */
  private static WriteBatch write(long seed, int store, long number, Model model) {
    var random = new Random(seed ^ store * 0x9E3779B97F4A7C15L ^ number * 0xD6E8FEB86659FD93L);
    var batch = new WriteBatch();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      var key = bytes(1000 + random.nextInt(KEYS));
      switch (random.nextInt(10)) {
        case 0 -> {
          batch.delete(key);
          model.delete(key);
        }
        case 1 -> {
          var end = bytes(1000 + random.nextInt(KEYS));
          batch.deleteRange(key, end);
          model.deleteRange(key, end);
        }
        default -> {
          var value = new byte[random.nextInt(200)];
          random.nextBytes(value);
          batch.put(key, value);
          model.put(key, value);
        }
      }
    }
    batch.put(counterKey(), bytes(number));
    model.put(counterKey(), bytes(number));
    return batch;
  }

  /** What the stores must hold, advanced as the child's writes are found. */
  private static final class Parent {
    private final Path directory;
    private final long seed;
    private final List<Model> models = new ArrayList<>();
    private final long[] numbers = new long[STORES];
    private long writes;

    Parent(Path directory, long seed) {
      this.directory = directory;
      this.seed = seed;
      for (int store = 0; store < STORES; store++) {
        models.add(new Model());
      }
    }

    void verify(MemorySegment acknowledged, int kill) throws IOException {
      for (int store = 0; store < STORES; store++) {
        verify(store, acknowledged.get(ValueLayout.JAVA_LONG, 8L * store), kill);
      }
    }

    private void verify(int store, long acknowledged, int kill) throws IOException {
      var path = directory.resolve("store" + store);
      if (!Files.exists(path.resolve("CURRENT"))) {
        assertThat(acknowledged).isZero();
        return;
      }
      try (var opened = LsmStore.openReadOnly(PosixFs.INSTANCE, path, options(store))) {
        var counter = opened.get(counterKey());
        long found = counter == null ? 0 : Long.parseLong(new String(counter));
        assertThat(found)
            .as("writes of store %d found after kill %d, seed %d", store, kill, seed)
            .isBetween(acknowledged, acknowledged + 1);
        while (numbers[store] < found) {
          write(seed, store, ++numbers[store], models.get(store));
          writes++;
        }
        try (var cursor = opened.cursor()) {
          assertThat(Model.forward(cursor))
              .as("store %d after kill %d, seed %d", store, kill, seed)
              .isEqualTo(models.get(store).texts());
        }
      }
    }
  }

  /** The JVM that is killed: writes to its stores in turns until then. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) throws IOException {
      var directory = Path.of(args[0]);
      long seed = Long.parseLong(args[1]);
      int command = System.in.read();
      if (command < 0) {
        return;
      }
      var stores = new ArrayList<LsmStore>();
      var numbers = new long[STORES];
      for (int i = 0; i < STORES; i++) {
        var store = LsmStore.open(directory.resolve("store" + i), options(i));
        var counter = store.get(counterKey());
        numbers[i] = counter == null ? 0 : Long.parseLong(new String(counter));
        stores.add(store);
      }
      var acknowledged = acknowledgements(directory, Arena.global());
      for (int round = 0; command != 'o' || round < WRITES_PER_LIFE / STORES; round++) {
        for (int i = 0; i < STORES; i++) {
          var durability = numbers[i] % 50 == 0 ? Durability.SYNC : Durability.BUFFERED;
          stores.get(i).write(write(seed, i, ++numbers[i], new Model()), durability);
          ValueLayout.JAVA_LONG.varHandle().setRelease(acknowledged, 8L * i, numbers[i]);
        }
      }
    }
  }
}
