package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.kvstore.Effort;
import systems.kvstore.KvException;
import systems.kvstore.fs.CrashMemFs;

/**
 * Flips one bit somewhere in a store's directory, opens it and reads everything. Whatever comes
 * back must be right, missing from the end with a report, or an exception; never another value, and
 * never a write without those that came before it.
 */
@Tag("phase-4")
class BitFlipTest {
  private static final Path DIRECTORY = Path.of("/store");
  private static final int WRITES = 400;
  private static final int FLIPS = Effort.of(10_000, 500);

  /** What a flip led to. */
  private enum Outcome {
    /** Everything reads as written: the bit was in a place that means nothing. */
    HARMLESS,
    /** An exception with the file and the offset. */
    LOCATED,
    /** An exception that does not say where. */
    REFUSED,
    /** The log lost its tail, which the store reports. */
    CUT
  }

  @Test
  void tenThousandFlippedBitsGiveNoWrongAnswer() throws IOException {
    var random = new Random(20);
    var disk = filled();
    var counts = new EnumMap<Outcome, Integer>(Outcome.class);
    var files = new ArrayList<Path>();
    for (var name : disk.list(DIRECTORY)) {
      files.add(DIRECTORY.resolve(name));
    }
    for (int i = 0; i < FLIPS; i++) {
      var file = files.get(random.nextInt(files.size()));
      if (disk.size(file) > 0) {
        long bit = random.nextLong(disk.size(file) * 8);
        counts.merge(outcome(disk, file, bit), 1, Integer::sum);
      }
    }
    int refused = counts.getOrDefault(Outcome.REFUSED, 0);
    assertThat(refused)
        .as("flips without file and offset among %s", counts)
        .isLessThanOrEqualTo(FLIPS * 5 / 100);
  }

  private static Outcome outcome(CrashMemFs disk, Path file, long bit) throws IOException {
    var damaged = disk.killClone();
    flip(damaged, file, bit);
    try (var store = LsmStore.openReadOnly(damaged, DIRECTORY, options())) {
      boolean cut = !store.recovery().tornTails().isEmpty();
      int present = prefix(store, file + ", bit " + bit);
      assertThat(cut || present == WRITES)
          .as("%s, bit %d: %d of %d writes are there, and no report", file, bit, present, WRITES)
          .isTrue();
      return present == WRITES ? Outcome.HARMLESS : Outcome.CUT;
    } catch (KvException.Corruption located) {
      assertThat(located.file()).isNotNull();
      return Outcome.LOCATED;
    } catch (IOException refused) {
      return Outcome.REFUSED;
    }
  }

  /** How many writes are there. They must be the first ones, in both ways of reading. */
  private static int prefix(LsmStore store, String what) throws IOException {
    int present = 0;
    while (present < WRITES && store.get(key(present)) != null) {
      assertThat(store.get(key(present))).as(what).isEqualTo(value(present));
      present++;
    }
    for (int i = present; i < WRITES; i++) {
      assertThat(store.get(key(i)))
          .as("%s: write %d is there and write %d, which came before it, is lost", what, i, present)
          .isNull();
    }
    try (var cursor = store.cursor()) {
      assertThat(Model.forward(cursor))
          .as("scan, %s", what)
          .isEqualTo(everything().subList(0, present));
    }
    return present;
  }

  private static void flip(CrashMemFs disk, Path file, long bit) throws IOException {
    var bytes = new byte[(int) disk.size(file)];
    try (var in = disk.open(file)) {
      in.read(0, bytes, 0, bytes.length);
    }
    bytes[(int) (bit / 8)] ^= (byte) (1 << bit % 8);
    try (var out = disk.create(file)) {
      out.append(bytes, 0, bytes.length);
    }
  }

  /** A store with tables in two levels, and writes that are only in its newest logs. */
  private static CrashMemFs filled() throws IOException {
    var disk = new CrashMemFs();
    var work = new DeferredWork();
    try (var store = LsmStore.open(disk, DIRECTORY, options().background(work))) {
      for (int i = 0; i < WRITES; i++) {
        store.put(key(i), value(i));
        if (i == WRITES / 2) {
          work.runAll();
          store.compactRange(null, null);
          work.runAll();
        }
      }
      assertThat(DeferredWork.sealed(store)).as("memtables that are only in logs").isPositive();
      return disk.killClone();
    }
  }

  private static List<String> everything() {
    var all = new ArrayList<String>();
    for (int i = 0; i < WRITES; i++) {
      all.add(new String(key(i), StandardCharsets.US_ASCII) + "=" + new String(value(i)));
    }
    return all;
  }

  private static LsmOptions options() {
    return new LsmOptions()
        .memtableBytes(5 << 10)
        .memtablesMax(DeferredWork.SEALED_MAX + 3)
        .logInitialBytes(4096)
        .tableBytes(8192)
        .eventFile(false)
        .background(Runnable::run);
  }

  private static byte[] key(int i) {
    return String.format("key%05d", i).getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] value(int i) {
    return ("value" + i + "-".repeat(i % 60)).getBytes(StandardCharsets.US_ASCII);
  }
}
