package systems.kvstore.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.kvstore.KvException;

/** Faults come when asked for, do what they say, and can be walked through one by one. */
class FaultFsTest {
  private static final Path FILE = Path.of("/a.log");
  private static final byte[] BYTES = {1, 2, 3, 4};

  private final CrashMemFs memory = new CrashMemFs();
  private final FaultFs fs = new FaultFs(memory);

  @Test
  @Tag("given")
  void everyCallOfAScenarioCanBeTheOneThatFails() throws IOException {
    scenario(fs);
    long calls = fs.calls();
    for (long n = 1; n <= calls; n++) {
      var doomed = new FaultFs(new CrashMemFs());
      doomed.failNth(n, FaultFs.Fault.IO_ERROR);
      assertThatThrownBy(() -> scenario(doomed))
          .as("call %d", n)
          .hasMessageStartingWith("injected IO_ERROR");
      assertThat(doomed.faults()).isEqualTo(1);
    }
    var spared = new FaultFs(new CrashMemFs());
    spared.failNth(calls + 1, FaultFs.Fault.IO_ERROR);
    scenario(spared);
    assertThat(spared.faults()).isZero();
  }

  private static void scenario(FileSystem fs) throws IOException {
    try (var file = fs.create(FILE)) {
      file.append(BYTES, 0, 4);
      file.sync();
    }
    try (var map = fs.map(Path.of("/m"), 100)) {
      map.force(0, 100);
      map.extend(200);
      map.close(50);
    }
    fs.rename(FILE, Path.of("/b"));
    fs.link(Path.of("/b"), Path.of("/c"));
    fs.syncDirectory(Path.of("/"));
    try (var file = fs.open(Path.of("/c"))) {
      file.read(0, new byte[4], 0, 4);
    }
    assertThat(fs.list(Path.of("/"))).hasSize(3);
    assertThat(fs.size(Path.of("/c"))).isEqualTo(4);
    fs.delete(Path.of("/b"));
    fs.delete(Path.of("/c"));
    fs.delete(Path.of("/m"));
    fs.lock(Path.of("/LOCK")).close();
    fs.delete(Path.of("/LOCK"));
  }

  @Test
  @Tag("given")
  void aShortWriteLeavesTheFirstHalf() throws IOException {
    try (var file = fs.create(FILE)) {
      fs.failNth(1, FaultFs.Fault.SHORT_WRITE);
      assertThatThrownBy(() -> file.append(BYTES, 0, 4)).isInstanceOf(IOException.class);
      assertThat(memory.size(FILE)).isEqualTo(2);
    }
  }

  @Test
  @Tag("given")
  void aFullDiskHasItsOwnName() throws IOException {
    fs.rule(FaultFs.Rule.always(FaultFs.Fault.NO_SPACE).on(FsCall.Kind.MAP));
    assertThatThrownBy(() -> fs.map(FILE, 100)).isInstanceOf(KvException.NoSpace.class);
    fs.create(FILE).close();
    fs.rule(FaultFs.Rule.always(FaultFs.Fault.IO_ERROR).inFilesNamed(".log"));
    assertThatThrownBy(() -> fs.delete(FILE)).isInstanceOf(IOException.class);
    fs.create(Path.of("/b")).close();
  }

  @Test
  @Tag("phase-2")
  void whoRetriesAFailedSyncBelievesInBytesThatAreNowhere() throws IOException {
    try (var file = fs.create(FILE)) {
      memory.syncDirectory(Path.of("/"));
      file.append(BYTES, 0, 2);
      file.sync();
      file.append(BYTES, 2, 2);
      fs.failNth(1, FaultFs.Fault.IO_ERROR);
      assertThatThrownBy(file::sync).isInstanceOf(IOException.class);
      file.sync();
      byte[] left = new byte[4];
      memory.crashClone(1, 100).open(FILE).read(0, left, 0, 4);
      assertThat(left)
          .as("bytes on the device after a failed sync and another one that succeeded")
          .containsExactly(1, 2, 0, 0);
    }
  }

  @Test
  @Tag("given")
  void aMappingWhoseForceFailedHasLostItsStores() throws IOException {
    try (var map = fs.map(FILE, 100)) {
      map.segment().set(java.lang.foreign.ValueLayout.JAVA_BYTE, 3, (byte) 3);
      fs.failNth(1, FaultFs.Fault.IO_ERROR);
      assertThatThrownBy(() -> map.force(0, 100)).isInstanceOf(IOException.class);
      assertThat(map.segment().get(java.lang.foreign.ValueLayout.JAVA_BYTE, 3)).isZero();
    }
  }
}
