package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import systems.kvstore.Durability;
import systems.kvstore.Effort;
import systems.kvstore.KvException;
import systems.kvstore.fs.CrashMemFs;
import systems.kvstore.fs.FaultFs;
import systems.kvstore.fs.FaultFs.Fault;
import systems.kvstore.fs.FsCall;

/** What a store does when the disk says no: at every single call, and when it is full. */
class FailingCallsTest {
  private static final Path DIRECTORY = Path.of("/store");
  private static final int WRITES = 300;

  @ParameterizedTest
  @EnumSource(Fault.class)
  @Tag("phase-6")
  void whicheverCallFailsNoAcknowledgedWriteIsLost(Fault fault) throws IOException {
    long n = 1;
    while (failCall(n, fault)) {
      n += Effort.of(1, 19);
    }
    assertThat(n).as("calls of the scenario").isGreaterThan(200);
  }

  /** Runs the scenario with its n-th call failing; false if it has fewer calls. */
  private static boolean failCall(long n, Fault fault) throws IOException {
    var disk = new CrashMemFs();
    var faulty = new FaultFs(disk);
    faulty.failNth(n, fault);
    var run = new Scenario();
    var what = fault + " at call " + n;
    run.play(faulty);
    boolean failed = faulty.faults() > 0;
    faulty.clear();
    try (var store = LsmStore.open(disk.crashClone(n, 0), DIRECTORY, options())) {
      run.checkAfterPowerLoss(store, what + ", then a power loss");
    } catch (IOException failure) {
      throw new AssertionError(what + ", then a power loss: does not open again", failure);
    }
    try (var store = LsmStore.open(disk.killClone(), DIRECTORY, options())) {
      run.checkAfterKill(store, what);
      store.put(key(0), value(999), Durability.SYNC);
      assertThat(store.get(key(0))).as(what).isEqualTo(value(999));
    } catch (IOException failure) {
      throw new AssertionError(what + ": does not open again", failure);
    }
    return failed;
  }

  /** Writes key i = value i, flushes and compacts on the way, and notes what was acknowledged. */
  private static final class Scenario {
    private int acknowledged;
    private int synced;
    private int tried;
    private boolean syncFailed;

    void play(FaultFs disk) {
      try (var store = LsmStore.open(disk, DIRECTORY, options())) {
        for (int i = 1; i <= WRITES; i++) {
          write(store, i);
          if (i % 40 == 0) {
            store.flush();
          }
        }
        store.compactRange(null, null);
      } catch (IOException expected) {
        assertThat(disk.faults()).as("%s", expected).isPositive();
      }
    }

    private void write(LsmStore store, int i) throws IOException {
      boolean sync = i % 10 == 0;
      tried = i;
      try {
        store.put(key(i), value(i), sync ? Durability.SYNC : Durability.BUFFERED);
      } catch (IOException failure) {
        syncFailed |= sync;
        throw failure;
      }
      acknowledged = i;
      synced = sync ? i : synced;
    }

    void checkAfterKill(LsmStore store, String what) throws IOException {
      check(store, syncFailed ? synced : acknowledged, what);
    }

    void checkAfterPowerLoss(LsmStore store, String what) throws IOException {
      check(store, synced, what);
    }

    private void check(LsmStore store, int atLeast, String what) throws IOException {
      int found = 0;
      while (found < WRITES && store.get(key(found + 1)) != null) {
        found++;
        assertThat(store.get(key(found))).as(what).isEqualTo(value(found));
      }
      for (int i = found + 1; i <= WRITES; i++) {
        assertThat(store.get(key(i))).as("%s: a write behind the first lost one", what).isNull();
      }
      assertThat(found).as(what).isBetween(atLeast, tried);
    }
  }

  @Test
  @Tag("phase-6")
  void aFailedSyncFencesTheStoreAndReadsGoOn() throws IOException {
    var disk = new FaultFs(new CrashMemFs());
    try (var store = LsmStore.open(disk, DIRECTORY, options())) {
      store.put(key(1), value(1), Durability.SYNC);
      disk.rule(FaultFs.Rule.always(Fault.IO_ERROR).on(FsCall.Kind.FORCE));
      assertThatThrownBy(() -> store.put(key(2), value(2), Durability.SYNC))
          .isInstanceOf(KvException.Fenced.class);
      disk.clear();
      assertThatThrownBy(() -> store.put(key(3), value(3)))
          .isInstanceOf(KvException.Fenced.class)
          .hasMessageContaining("until it is opened again");
      assertThat(store.get(key(1))).isEqualTo(value(1));
      assertThat(store.get(key(2))).as("never acknowledged, never visible").isNull();
    }
  }

  @Test
  @Tag("phase-4")
  void aFullDiskRefusesWritesKeepsReadsAndGoesOnWhenThereIsRoom() throws IOException {
    var disk = new FaultFs(new CrashMemFs());
    try (var store = LsmStore.open(disk, DIRECTORY, options())) {
      int written = 1;
      store.put(key(1), value(1));
      disk.rule(call ->
          switch (call.kind()) {
            case WRITE, EXTEND, CREATE, MAP -> Fault.NO_SPACE;
            default -> null;
          });
      var refused = new ArrayList<Integer>();
      for (int i = 2; i <= WRITES && refused.isEmpty(); i++) {
        try {
          store.put(key(i), value(i));
          written = i;
        } catch (KvException.NoSpace full) {
          refused.add(i);
        }
      }
      assertThat(refused).as("the disk became full").isNotEmpty();
      for (int i = 1; i <= written; i++) {
        assertThat(store.get(key(i))).isEqualTo(value(i));
      }
      assertThatThrownBy(() -> store.put(key(500), value(500)))
          .isInstanceOf(KvException.NoSpace.class);
      disk.clear();
      store.put(key(501), value(501), Durability.SYNC);
      store.flush();
      assertThat(store.get(key(501))).isEqualTo(value(501));
      assertThat(store.get(key(500))).as("was refused").isNull();
      assertThat(store.get(key(written))).isEqualTo(value(written));
    }
  }

  @Test
  @Tag("phase-4")
  void aTableThatCannotBeDeletedIsAnEventAndNoFailure() throws IOException {
    var disk = new FaultFs(new CrashMemFs());
    try (var store = LsmStore.open(disk, DIRECTORY, options())) {
      for (int i = 1; i <= WRITES; i++) {
        store.put(key(i), value(i));
      }
      disk.rule(FaultFs.Rule.always(Fault.IO_ERROR).on(FsCall.Kind.DELETE).inFilesNamed(".sst"));
      store.compactRange(null, null);
      store.put(key(1), value(2));
      store.compactRange(null, null);
      assertThat(store.get(key(1))).isEqualTo(value(2));
      assertThat(String.join("\n", store.events())).contains("delete_failed");
    }
  }

  private static LsmOptions options() {
    return new LsmOptions()
        .memtableBytes(4096)
        .logInitialBytes(4096)
        .level0(3, 20, 36)
        .levels(8192, 3)
        .tableBytes(4096)
        .eventFile(false)
        .background(Runnable::run);
  }

  private static byte[] key(int i) {
    return ("key" + i).getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] value(int i) {
    return List.of("value", i, "x".repeat(i % 90)).toString().getBytes(StandardCharsets.US_ASCII);
  }
}
