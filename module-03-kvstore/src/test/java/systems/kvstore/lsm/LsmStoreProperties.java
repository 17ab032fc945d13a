package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import systems.kvstore.Durability;
import systems.kvstore.Effort;
import systems.kvstore.Slice;
import systems.kvstore.WriteBatch;
import systems.kvstore.fs.CrashMemFs;
import systems.kvstore.table.Compression;
import systems.kvstore.table.TableFormat;

/**
 * Random histories against a sorted map: writes, batches, range deletions, snapshots, scans,
 * flushes, compactions, and openings after a close, a kill or a power loss, under options drawn
 * anew at each opening. Everything runs in one thread, so a seed is a history.
 */
class LsmStoreProperties {
  private static final Path DIRECTORY = Path.of("/store");
  private static final int KEYS = 60;
  private static final int STEPS = Effort.of(400, 80);

  /** What a life of the store may end with, besides being closed. */
  private enum Ending {
    KILL,
    POWER_LOSS
  }

  @Property(tries = 150)
  @Tag("phase-5")
  void aStoreReadsLikeASortedMapWhateverHappensInBetween(@ForAll long seed) throws IOException {
    new History(seed, LsmOptions.CompactionStyle.LEVELED, Ending.KILL).run(STEPS);
  }

  @Property(tries = 60)
  @Tag("phase-5")
  void universalCompactionReadsLikeASortedMapToo(@ForAll long seed) throws IOException {
    new History(seed, LsmOptions.CompactionStyle.UNIVERSAL, Ending.KILL).run(STEPS);
  }

  @Property(tries = 100)
  @Tag("phase-6")
  void whatWasSyncedReadsLikeASortedMapAfterAPowerLoss(@ForAll long seed) throws IOException {
    var style =
        seed % 2 == 0 ? LsmOptions.CompactionStyle.LEVELED : LsmOptions.CompactionStyle.UNIVERSAL;
    new History(seed, style, Ending.POWER_LOSS).run(STEPS);
  }

  @Example
  @Tag("slow")
  @Tag("phase-6")
  void tenThousandLongHistoriesReadLikeASortedMap() throws IOException {
    for (long seed = 0; seed < 10_000; seed++) {
      var style =
          seed % 2 == 0 ? LsmOptions.CompactionStyle.LEVELED : LsmOptions.CompactionStyle.UNIVERSAL;
      new History(seed, style, Ending.POWER_LOSS).run(1000);
    }
  }

  /** One random life of a store and of its model. */
  private static final class History {
    private record Moment(Snapshot snapshot, Model model) {}

    private final Random random;
    private final long seed;
    private final LsmOptions.CompactionStyle style;
    private final Ending ending;
    private final List<byte[]> keys = new ArrayList<>();
    private final List<Moment> moments = new ArrayList<>();
    private CrashMemFs disk = new CrashMemFs();
    private Model model = new Model();
    private DeferredWork work = new DeferredWork();
    private LsmStore store;

    History(long seed, LsmOptions.CompactionStyle style, Ending ending) throws IOException {
      this.seed = seed;
      this.style = style;
      this.ending = ending;
      random = new Random(seed);
      for (int i = 0; i < KEYS; i++) {
        keys.add(key(i));
      }
      store = LsmStore.open(disk, DIRECTORY, options());
    }

    /** Keys that share prefixes, end in zeros, and have lengths from 0 up. */
    private static byte[] key(int i) {
      if (i == 0) {
        return new byte[0];
      }
      var text = i % 3 == 0 ? "k" + i : i % 3 == 1 ? "shared-prefix-" + i : "k\0" + i / 2;
      return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private LsmOptions options() {
      var codec = random.nextBoolean() ? Compression.LZ4 : Compression.NONE;
      var format = new TableFormat(codec, 512 << random.nextInt(3), 1 + random.nextInt(20), 10);
      return new LsmOptions()
          .memtableBytes(4096 << random.nextInt(3))
          .memtablesMax(DeferredWork.SEALED_MAX + 3)
          .logInitialBytes(4096 << random.nextInt(3))
          .mappedLog(random.nextBoolean())
          .blockCacheBytes(random.nextInt(3) * 4096L)
          .tableFormat(format)
          .compactionStyle(style)
          .level0(1 + random.nextInt(4), 20, 36)
          .levels(4096, 2 + random.nextInt(3))
          .tableBytes(1024 << random.nextInt(3))
          .automaticCompaction(random.nextInt(5) > 0)
          .eventFile(false)
          .background(work);
    }

    void run(int steps) throws IOException {
      try {
        for (int i = 0; i < steps; i++) {
          step(random.nextInt(100));
          if (random.nextInt(20) == 0) {
            work.runAll();
          }
          work.runIfUrgent(store);
        }
        check();
        store.close();
      } catch (IOException | RuntimeException | AssertionError failure) {
        throw new AssertionError("history of seed " + seed, failure);
      }
    }

    private void step(int dice) throws IOException {
      if (dice < 45) {
        put();
      } else if (dice < 55) {
        delete();
      } else if (dice < 60) {
        deleteRange();
      } else if (dice < 70) {
        batch();
      } else if (dice < 76) {
        takeOrCloseSnapshot();
      } else if (dice < 84) {
        check();
      } else if (dice < 90) {
        store.flush();
      } else if (dice < 94) {
        store.compactRange(maybe(), maybe());
      } else {
        reopen(dice);
      }
    }

    private byte[] someKey() {
      return keys.get(random.nextInt(KEYS));
    }

    private byte[] someValue() {
      var value = new byte[random.nextInt(random.nextInt(20) == 0 ? 3000 : 100)];
      random.nextBytes(value);
      return value;
    }

    private byte[] maybe() {
      return random.nextInt(3) == 0 ? null : someKey();
    }

    private void put() throws IOException {
      var key = someKey();
      var value = someValue();
      store.put(key, value, durability());
      model.put(key, value);
    }

    private Durability durability() {
      return random.nextInt(4) == 0 ? Durability.SYNC : Durability.BUFFERED;
    }

    private void delete() throws IOException {
      var key = someKey();
      store.delete(key, durability());
      model.delete(key);
    }

    private void deleteRange() throws IOException {
      var begin = someKey();
      var end = someKey();
      store.deleteRange(begin, end, durability());
      model.deleteRange(begin, end);
    }

    private void batch() throws IOException {
      var batch = new WriteBatch();
      for (int i = random.nextInt(8); i > 0; i--) {
        var key = someKey();
        switch (random.nextInt(4)) {
          case 0 -> {
            batch.delete(key);
            model.delete(key);
          }
          case 1 -> {
            var end = someKey();
            batch.deleteRange(key, end);
            model.deleteRange(key, end);
          }
          default -> {
            var value = someValue();
            batch.put(key, value);
            model.put(key, value);
          }
        }
      }
      store.write(batch, durability());
    }

    private void takeOrCloseSnapshot() {
      if (moments.size() < 4) {
        moments.add(new Moment(store.snapshot(), model.copy()));
      } else {
        moments.remove(random.nextInt(moments.size())).snapshot().close();
      }
    }

    private void check() throws IOException {
      model.assertSame(store, keys);
      for (var moment : moments) {
        try (var cursor = store.cursor(null, null, moment.snapshot())) {
          assertThat(Model.forward(cursor)).isEqualTo(moment.model().texts());
          assertThat(Model.backward(cursor)).isEqualTo(moment.model().texts());
        }
      }
      checkWalk();
    }

    /** A bounded cursor that seeks and turns at random, against the map's own navigation. */
    private void checkWalk() throws IOException {
      var lower = maybe();
      var upper = maybe();
      var inside = model.copy();
      if (lower != null) {
        inside.entries.headMap(new Slice(lower)).clear();
      }
      if (upper != null) {
        inside.entries.tailMap(new Slice(upper)).clear();
      }
      try (var cursor = store.cursor(lower, upper, null)) {
        var at = new Slice();
        boolean valid = false;
        for (int i = 0; i < 20; i++) {
          var target = someKey();
          var expected =
              switch (valid ? random.nextInt(6) : random.nextInt(4)) {
                case 0 -> {
                  cursor.seek(target);
                  yield inside.entries.ceilingEntry(new Slice(target));
                }
                case 1 -> {
                  cursor.seekForPrev(target);
                  yield inside.entries.floorEntry(new Slice(target));
                }
                case 2 -> {
                  cursor.first();
                  yield inside.entries.firstEntry();
                }
                case 3 -> {
                  cursor.last();
                  yield inside.entries.lastEntry();
                }
                case 4 -> {
                  cursor.next();
                  yield inside.entries.higherEntry(at);
                }
                default -> {
                  cursor.prev();
                  yield inside.entries.lowerEntry(at);
                }
              };
          valid = cursor.valid();
          assertThat(valid).isEqualTo(expected != null);
          if (expected != null) {
            at = cursor.key().copy();
            assertThat(at).isEqualTo(expected.getKey());
            assertThat(cursor.value().toByteArray()).isEqualTo(expected.getValue());
          }
        }
      }
    }

    private void reopen(int dice) throws IOException {
      moments.forEach(moment -> moment.snapshot().close());
      moments.clear();
      if (dice < 97) {
        store.close();
      } else if (ending == Ending.KILL || dice < 98) {
        disk = disk.killClone();
      } else {
        store.sync();
        disk = disk.crashClone(random.nextLong(), random.nextInt(101));
      }
      work = new DeferredWork();
      store = LsmStore.open(disk, DIRECTORY, options());
      check();
    }
  }
}
