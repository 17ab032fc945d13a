package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import systems.kvstore.Durability;
import systems.kvstore.Effort;
import systems.kvstore.Slice;
import systems.kvstore.WriteBatch;
import systems.kvstore.fs.CrashMemFs;

/**
 * Runs a script of writes, flushes and compactions on a disk in memory and, at every call that the
 * store makes of its file system, looks at what a crash at this very moment might leave: after a
 * kill everything, after a power loss any choice of the unsynced blocks and names. Each such state
 * is opened and must hold a prefix of the script: at least what was synced (after a kill:
 * acknowledged), at most what was begun.
 *
 * <p>Contents are compared by a hash that the script noted for every prefix of itself. States that
 * are byte for byte the same are counted once.
 */
@Tag("phase-6")
class CrashStatesTest {
  private static final Path DIRECTORY = Path.of("/store");

  @Test
  @Timeout(300)
  void aHundredThousandCrashStatesHoldAPrefixOfWhatWasWritten() throws Exception {
    int states = Effort.of(100_000, 1_500);
    assertThat(explore(0, states)).isGreaterThanOrEqualTo(states);
  }

  @Test
  @Tag("slow")
  @Timeout(7200)
  void tenMillionCrashStatesHoldAPrefixOfWhatWasWritten() throws Exception {
    assertThat(explore(1_000, 10_000_000)).isGreaterThanOrEqualTo(10_000_000);
  }

  /** A disk after a crash, and which prefixes of the script it may hold. */
  private record Crash(CrashMemFs disk, int atLeast, int atMost, long[] hashes, String what) {}

  private static int explore(long firstSeed, int distinct) throws Exception {
    Set<Long> seen = ConcurrentHashMap.newKeySet();
    BlockingQueue<Crash> queue = new ArrayBlockingQueue<>(64);
    try (var workers = Executors.newFixedThreadPool(2)) {
      List<Future<?>> verifiers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        verifiers.add(
            workers.submit(() -> {
              for (var crash = queue.take(); crash.disk() != null; crash = queue.take()) {
                verify(crash);
              }
              return null;
            }));
      }
      try {
        for (long seed = firstSeed; seen.size() < distinct; seed++) {
          new Script(seed, seen, queue, verifiers).run(distinct);
        }
        for (int i = 0; i < verifiers.size(); i++) {
          new Script(0, seen, queue, verifiers).offer(new Crash(null, 0, 0, new long[0], "end"));
        }
        for (var verifier : verifiers) {
          verifier.get();
        }
      } finally {
        workers.shutdownNow(); // a script that failed leaves them waiting for more
      }
    }
    return seen.size();
  }

  /** Opens what a crash left and compares it with the prefixes that are allowed. */
  private static void verify(Crash crash) throws IOException {
    try (var store = LsmStore.open(crash.disk(), DIRECTORY, options(Runnable::run))) {
      long hash = hash(store);
      for (int i = crash.atMost(); i >= crash.atLeast(); i--) {
        if (crash.hashes()[i] == hash) {
          return;
        }
      }
      throw new AssertionError(
          crash.what()
              + ": no prefix of "
              + crash.atLeast()
              + " to "
              + crash.atMost()
              + " writes has the content that was found, "
              + store.recovery());
    } catch (IOException failure) {
      throw new AssertionError(crash.what() + ": does not open", failure);
    }
  }

  private static long hash(LsmStore store) throws IOException {
    long hash = 0;
    try (var cursor = store.cursor()) {
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        hash += mix(cursor.key(), cursor.value());
      }
    }
    return hash;
  }

  private static long mix(Slice key, Slice value) {
    long mixed = key.hashCode() * 0x9E3779B97F4A7C15L + value.hashCode() + 1;
    mixed = (mixed ^ mixed >>> 29) * 0xBF58476D1CE4E5B9L;
    return mixed ^ mixed >>> 32;
  }

  private static LsmOptions options(Executor background) {
    return new LsmOptions()
        .memtableBytes(4096)
        .logInitialBytes(4096)
        .level0(2, 20, 36)
        .levels(8192, 3)
        .tableBytes(4096)
        .blockCacheBytes(64 << 10)
        .eventFile(false)
        .memtablesMax(DeferredWork.SEALED_MAX + 3)
        .background(background);
  }

  /** A run of the store in which every moment is looked at. */
  private static final class Script {
    private static final int WRITES = 400;
    private static final int KEYS = 40;

    private final long seed;
    private final Random random;
    private final Set<Long> seen;
    private final BlockingQueue<Crash> queue;
    private final List<Future<?>> verifiers;
    private final CrashMemFs disk = new CrashMemFs();
    private final Map<Slice, Long> content = new HashMap<>();
    private final long[] hashes = new long[WRITES + 1];
    private int begun;
    private int acknowledged;
    private int synced;
    private long calls;

    Script(long seed, Set<Long> seen, BlockingQueue<Crash> queue, List<Future<?>> verifiers) {
      this.seed = seed;
      this.random = new Random(seed);
      this.seen = seen;
      this.queue = queue;
      this.verifiers = verifiers;
    }

    void run(int distinct) throws IOException {
      disk.onCall(call -> look(call.kind() + " " + call.file(), 3));
      var work = new DeferredWork();
      try (var store = LsmStore.open(disk, DIRECTORY, options(work))) {
        while (begun < WRITES && seen.size() < distinct) {
          var durability = random.nextInt(5) == 0 ? Durability.SYNC : Durability.BUFFERED;
          var batch = nextWrite();
          store.write(batch, durability);
          acknowledged = begun;
          synced = durability == Durability.SYNC ? begun : synced;
          look("write " + begun, 6);
          if (random.nextInt(30) == 0) {
            work.runAll();
          }
          work.runIfUrgent(store);
          if (random.nextInt(60) == 0) {
            store.flush();
            synced = begun;
          } else if (random.nextInt(150) == 0) {
            store.compactRange(null, null);
            synced = begun;
          }
        }
      }
    }

    private WriteBatch nextWrite() {
      var batch = new WriteBatch();
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        var key = ("key" + random.nextInt(KEYS)).getBytes(StandardCharsets.US_ASCII);
        if (random.nextInt(5) == 0) {
          batch.delete(key);
          content.remove(new Slice(key));
        } else {
          var value = new byte[random.nextInt(random.nextInt(10) == 0 ? 2000 : 60)];
          random.nextBytes(value);
          batch.put(key, value);
          content.put(new Slice(key), mix(new Slice(key), new Slice(value)));
        }
      }
      hashes[++begun] = content.values().stream().mapToLong(Long::longValue).sum();
      return batch;
    }

    /** Takes the states that a crash right now might leave: one kill, some power losses. */
    private void look(String call, int powerLosses) {
      calls++;
      offerIfNew(disk.killClone(), acknowledged, "kill at " + call);
      for (int i = 0; i < powerLosses; i++) {
        int percent = new int[] {0, 50, 100, 20, 80, 50}[i];
        offerIfNew(
            disk.crashClone(random.nextLong(), percent),
            synced,
            "power loss at " + call + " with " + percent + " % of unsynced data kept");
      }
    }

    private void offerIfNew(CrashMemFs state, int atLeast, String what) {
      if (seen.add(state.fingerprint())) {
        var where = what + ", call " + calls + ", script " + seed;
        offer(new Crash(state, atLeast, begun, hashes.clone(), where));
      }
    }

    /** Hands a state to the verifiers, unless one of them has already found a fault. */
    void offer(Crash crash) {
      try {
        while (!queue.offer(crash, 100, java.util.concurrent.TimeUnit.MILLISECONDS)) {
          for (var verifier : verifiers) {
            if (verifier.isDone()) {
              verifier.get();
            }
          }
        }
      } catch (ExecutionException fault) {
        throw new AssertionError(fault.getCause());
      } catch (InterruptedException interrupted) {
        throw new AssertionError(interrupted);
      }
    }
  }
}
