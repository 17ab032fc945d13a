package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.kvstore.Durability;
import systems.kvstore.fs.CrashMemFs;
import systems.kvstore.fs.FsCall;

/** An opening after a kill, and then a power loss: what it has read may never have been durable. */
@Tag("phase-4")
class OpeningTest {
  private static final Path DIRECTORY = Path.of("/store");
  private static final byte[] KEY = "key".getBytes(StandardCharsets.US_ASCII);

  private static LsmOptions options() {
    return new LsmOptions()
        .background(Runnable::run)
        .memtableBytes(16 << 10)
        .logInitialBytes(16 << 10)
        .eventFile(false);
  }

  @Test
  void nothingIsDeletedOnTheWordOfAnEditThatIsNotDurable() throws IOException {
    var killed = killedBeforeTheManifestWasSynced();
    try (var store = LsmStore.open(killed, DIRECTORY, options())) {
      assertThat(store.get(KEY)).isNotNull();
      var afterPowerLoss = killed.crashClone(1, 0);
      try (var again = LsmStore.open(afterPowerLoss, DIRECTORY, options())) {
        assertThat(again.get(KEY)).as("was synced").isEqualTo(KEY);
      }
    }
  }

  /** The state in which a flush has appended its edit and not yet synced it. */
  private static CrashMemFs killedBeforeTheManifestWasSynced() throws IOException {
    var disk = new CrashMemFs();
    var killed = new AtomicReference<CrashMemFs>();
    try (var store = LsmStore.open(disk, DIRECTORY, options())) {
      store.put(KEY, KEY, Durability.SYNC);
      store.flush();
      store.put(KEY, KEY, Durability.SYNC);
      disk.onCall(call -> {
        boolean manifest = call.toString().contains("MANIFEST");
        if (manifest && call.kind() == FsCall.Kind.SYNC && killed.get() == null) {
          killed.set(disk.killClone());
        }
      });
      store.flush();
      disk.onCall(null);
    }
    assertThat(killed.get()).isNotNull();
    return killed.get();
  }
}
