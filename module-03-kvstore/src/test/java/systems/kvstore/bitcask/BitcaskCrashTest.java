package systems.kvstore.bitcask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static systems.kvstore.bitcask.BitcaskStoreTest.bytes;
import static systems.kvstore.bitcask.BitcaskStoreTest.delete;
import static systems.kvstore.bitcask.BitcaskStoreTest.fill;
import static systems.kvstore.bitcask.BitcaskStoreTest.filled;
import static systems.kvstore.bitcask.BitcaskStoreTest.get;
import static systems.kvstore.bitcask.BitcaskStoreTest.put;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import systems.kvstore.Durability;
import systems.kvstore.Effort;
import systems.kvstore.KvException;
import systems.kvstore.fs.CrashMemFs;
import systems.kvstore.fs.FaultFs;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.fs.FsCall;

/**
 * What a power loss, a kill or a failing disk may leave of a store, at every call that the store
 * makes.
 */
class BitcaskCrashTest {
  private static final Path DIRECTORY = Path.of("/crash/store");
  private static final BitcaskStore.Options SMALL = new BitcaskStore.Options(1024, 0.5, false);
  private static final int KEYS = 12;

  /**
   * A random run of writes and merges, and what the store may hold afterwards: the state after one
   * of the writes from {@code durable} to the last that was begun. Writes get lost only from the
   * end, so it is one state and not one per key.
   */
  private static final class Run {
    private final List<Map<String, String>> states = new ArrayList<>(List.of(Map.of()));
    private final Random random;
    private final int steps;

    /** Number of writes that have been acknowledged, and of those that were synced. */
    private int acknowledged;

    private int durable;

    Run(long seed, int steps) {
      this.random = new Random(seed);
      this.steps = steps;
    }

    /** Plays until the end or until the store refuses to go on. */
    void play(FileSystem fileSystem) throws IOException {
      try (var store = BitcaskStore.open(fileSystem, DIRECTORY, SMALL)) {
        for (int step = 0; step < steps; step++) {
          step(store, step);
        }
      }
      durable = acknowledged;
    }

    private void step(BitcaskStore store, int step) throws IOException {
      int dice = random.nextInt(100);
      var durability = random.nextInt(4) == 0 ? Durability.SYNC : Durability.BUFFERED;
      String key = "key" + random.nextInt(KEYS);
      String value = step + "v".repeat(random.nextInt(200));
      try {
        if (dice < 4) {
          store.merge();
        } else if (dice < 7) {
          store.sync();
          durable = acknowledged;
        } else {
          write(store, key, dice < 35 ? null : value, durability);
        }
      } catch (KvException.NoSpace refused) {
        // The write is not there and the store goes on.
        states.subList(acknowledged + 1, states.size()).clear();
      }
    }

    private void write(BitcaskStore store, String key, String value, Durability durability)
        throws IOException {
      var next = new HashMap<>(states.getLast());
      if (value == null) {
        next.remove(key);
        states.add(next);
        store.delete(bytes(key), durability);
      } else {
        next.put(key, value);
        states.add(next);
        store.put(bytes(key), bytes(value), durability);
      }
      acknowledged++;
      if (durability == Durability.SYNC) {
        durable = acknowledged;
      }
    }

    void checkAfterPowerLoss(FileSystem disk, String when) {
      check(disk, durable, when);
    }

    void checkAfterKill(FileSystem disk, String when) {
      check(disk, acknowledged, when);
    }

    private void check(FileSystem disk, int from, String when) {
      var possible = states.subList(from, states.size());
      try {
        Map<String, String> found = content(disk);
        assertThat(possible).as("%s, states from %d on", when, from).contains(found);
      } catch (IOException e) {
        throw new AssertionError(when + ": " + e.getMessage(), e);
      }
    }
  }

  /** What a store holds when it is opened, the same after a merge, and again after reopening. */
  private static Map<String, String> content(FileSystem disk) throws IOException {
    Map<String, String> found;
    try (var store = BitcaskStore.open(disk, DIRECTORY, SMALL)) {
      found = content(store);
      store.merge();
      assertThat(content(store)).as("after a merge").isEqualTo(found);
      put(store, "last", "word");
    }
    try (var store = BitcaskStore.open(disk, DIRECTORY, SMALL)) {
      assertThat(store.tornTail()).isNull();
      assertThat(get(store, "last")).isEqualTo("word");
      assertThat(content(store)).as("after reopening").isEqualTo(found);
    }
    return found;
  }

  private static Map<String, String> content(BitcaskStore store) throws IOException {
    var found = new HashMap<String, String>();
    for (int i = 0; i < KEYS; i++) {
      String value = get(store, "key" + i);
      if (value != null) {
        found.put("key" + i, value);
      }
    }
    return found;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  @Tag("phase-2")
  void noPowerLossTakesASyncedWriteOrMoreThanTheEndOfTheLog(long seed) throws IOException {
    var fileSystem = new CrashMemFs();
    var run = new Run(seed, 100);
    Set<Long> distinct = new HashSet<>();
    fileSystem.onCall(call -> {
      if (call.number() % Effort.of(1, 5) != 0) {
        return;
      }
      String when = "seed " + seed + ", before " + call;
      for (int percent : new int[] {0, 60, 100}) {
        var left = fileSystem.crashClone(call.number() * 31 + percent, percent);
        distinct.add(left.fingerprint());
        run.checkAfterPowerLoss(left, when + ", " + percent + " % kept");
      }
      run.checkAfterKill(fileSystem.killClone(), when + ", killed");
    });
    run.play(fileSystem);
    fileSystem.onCall(null);
    run.checkAfterPowerLoss(fileSystem.crashClone(seed, 0), "seed " + seed + ", after closing");
    assertThat(distinct).hasSizeGreaterThan(Effort.of(300, 60));
  }

  @Test
  @Tag("phase-2")
  void aCrashDuringRecoveryOrTheMergeAfterItIsNoWorse() throws IOException {
    var fileSystem = new CrashMemFs();
    var run = new Run(7, 60);
    fileSystem.onCall(call -> {
      if (call.number() % 5 == 0) {
        var first = fileSystem.crashClone(call.number(), 60);
        first.onCall(inner -> {
          if (inner.number() % 3 == 0) {
            checkTwice(run, first, "after " + call + " and " + inner);
          }
        });
        run.checkAfterPowerLoss(first, "before " + call);
      }
    });
    run.play(fileSystem);
  }

  private static void checkTwice(Run run, CrashMemFs first, String when) {
    run.checkAfterPowerLoss(first.crashClone(when.length(), 50), when);
  }

  @ParameterizedTest
  @EnumSource(FaultFs.Fault.class)
  @Tag("phase-2")
  void noFailureOfAnyCallLosesOrInventsAWrite(FaultFs.Fault fault) throws IOException {
    long failed;
    long n = 0;
    do {
      n += Effort.of(1, 5);
      var memory = new CrashMemFs();
      var fileSystem = new FaultFs(memory);
      var run = new Run(11, 60);
      var doomed = new Doomed(n, fault);
      fileSystem.rule(doomed);
      try {
        run.play(fileSystem);
      } catch (IOException e) {
        assertThat(fileSystem.faults()).as(String.valueOf(e)).isEqualTo(1);
      }
      failed = fileSystem.faults();
      String when = fault + " of call " + n + " " + doomed.kind;
      run.checkAfterPowerLoss(memory.crashClone(n, 50), when);
      memory.kill();
      if (doomed.kind == FsCall.Kind.SYNC) {
        // The device has dropped what it could not write.
        run.checkAfterPowerLoss(memory, when);
      } else {
        run.checkAfterKill(memory, when);
      }
    } while (failed > 0);
    assertThat(n).isGreaterThan(150);
  }

  /** Lets one call fail and remembers which it was. */
  private static final class Doomed implements FaultFs.Rule {
    private final long number;
    private final FaultFs.Fault fault;
    private FsCall.Kind kind;

    Doomed(long number, FaultFs.Fault fault) {
      this.number = number;
      this.fault = fault;
    }

    @Override
    public FaultFs.Fault decide(FsCall call) {
      if (call.number() != number) {
        return null;
      }
      kind = call.kind();
      return fault;
    }
  }

  @Test
  @Tag("phase-2")
  void aMergeDropsARecordOnlyWhenTheWriteThatReplacedItIsOnTheDevice() throws IOException {
    var fileSystem = new CrashMemFs();
    try (var store = BitcaskStore.open(fileSystem, DIRECTORY, SMALL)) {
      fill(store, 30, 1);
      store.sync();
      var merging = new boolean[1];
      fileSystem.onCall(call -> {
        if (!merging[0] && call.kind() == FsCall.Kind.RENAME) {
          merging[0] = true;
          overwrite(store);
        }
      });
      // key29 is copied before the rename; key0 to key28 become garbage while the merge runs.
      store.merge();
      fileSystem.onCall(null);
      var left = fileSystem.crashClone(1, 0);
      try (var reopened = BitcaskStore.open(left, DIRECTORY, SMALL)) {
        for (int i = 0; i < 30; i++) {
          assertThat(get(reopened, "key" + i)).isIn(filled(i, 1), "new");
        }
      }
    }
  }

  private static void overwrite(BitcaskStore store) {
    try {
      for (int i = 0; i < 30; i += 2) {
        put(store, "key" + i, "new");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  @Tag("phase-2")
  void aCrashBetweenTheDeletionsOfOldFilesResurrectsNothing() throws IOException {
    var fileSystem = new CrashMemFs();
    var checked = new int[1];
    try (var store = BitcaskStore.open(fileSystem, DIRECTORY, SMALL)) {
      put(store, "gone", "one");
      fill(store, 20, 1);
      delete(store, "gone");
      fill(store, 20, 2);
      fileSystem.onCall(call -> {
        if (call.kind() == FsCall.Kind.DELETE || call.kind() == FsCall.Kind.SYNC_DIRECTORY) {
          for (int percent : new int[] {0, 30, 60, 100}) {
            checkGone(fileSystem.crashClone(call.number() + percent, percent), call);
            checked[0]++;
          }
        }
      });
      store.merge();
      fileSystem.onCall(null);
    }
    assertThat(checked[0]).isGreaterThan(30);
  }

  private static void checkGone(FileSystem left, FsCall call) {
    try (var store = BitcaskStore.open(left, DIRECTORY, SMALL)) {
      assertThat(get(store, "gone")).as("before %s", call).isNull();
      assertThat(get(store, "key19")).as("before %s", call).isEqualTo(filled(19, 2));
    } catch (IOException e) {
      throw new AssertionError(call.toString(), e);
    }
  }

  @Test
  @Tag("phase-1")
  void aRefusedDirectorySyncFencesAndAReopenedStoreGoesOn() throws IOException {
    var fileSystem = new FaultFs(new CrashMemFs());
    try (var store = BitcaskStore.open(fileSystem, DIRECTORY, SMALL)) {
      put(store, "k", "v");
      fileSystem.rule(FaultFs.Rule.always(FaultFs.Fault.IO_ERROR).on(FsCall.Kind.SYNC_DIRECTORY));
      assertThatExceptionOfType(KvException.Fenced.class).isThrownBy(() -> fill(store, 30, 1));
      fileSystem.clear();
      assertThatExceptionOfType(KvException.Fenced.class).isThrownBy(() -> put(store, "k", "w"));
      assertThat(get(store, "k")).isEqualTo("v");
    }
    try (var store = BitcaskStore.open(fileSystem, DIRECTORY, SMALL)) {
      assertThat(get(store, "k")).isEqualTo("v");
      put(store, "k", "w");
    }
  }
}
