package systems.kvstore.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.kvstore.KvException;

/** What only the machine's file system can get wrong. */
@Tag("given")
class PosixFsTest {
  private static final FileSystem FS = PosixFs.INSTANCE;

  @TempDir Path directory;

  @Test
  void anInterruptedCallerTakesNoFileAway() throws IOException {
    byte[] bytes = {1, 2, 3};
    Path path = directory.resolve("a");
    Path mapped = directory.resolve("m");
    try (var file = FS.create(path);
        var map = FS.map(mapped, 4_096)) {
      Thread.currentThread().interrupt();
      file.append(bytes, 0, 3);
      file.sync();
      map.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 9);
      map.force(0, 1);
      map.extend(8_192);
      FS.syncDirectory(directory);
      try (var reader = FS.open(path);
          var other = FS.map(directory.resolve("m2"), 4_096);
          var lock = FS.lock(directory.resolve("LOCK"))) {
        reader.read(0, bytes, 0, 3);
        other.force(0, 4_096);
        assertThat(lock).isNotNull();
      }
      assertThat(Thread.interrupted()).as("the interrupt stays for the caller").isTrue();
      file.append(bytes, 0, 3);
      file.sync();
      map.segment().set(ValueLayout.JAVA_BYTE, 8_191, (byte) 9);
      map.force(0, 8_192);
      assertThat(file.size()).isEqualTo(6);
    } finally {
      Thread.interrupted();
    }
  }

  @Test
  void aFileThatIsCutUnderAReaderIsAnIoError() throws IOException {
    Path path = directory.resolve("a");
    Files.write(path, new byte[1 << 20]);
    try (var reader = FS.open(path);
        var other = new RandomAccessFile(path.toFile(), "rw")) {
      byte[] target = new byte[1 << 16];
      reader.read(1 << 19, target, 0, target.length);
      other.setLength(0);
      assertThatThrownBy(() -> reader.read(1 << 19, target, 0, target.length))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("a cannot be read at offset 524288");
    }
  }

  @Test
  void aFullDeviceIsNamedSo() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full));
    try (var file = FS.append(full)) {
      assertThatThrownBy(() -> file.append(new byte[100], 0, 100))
          .isInstanceOf(KvException.NoSpace.class)
          .hasMessageContaining("/dev/full");
    }
  }

  @Test
  void aMappedFileOccupiesItsBlocksAtOnce() throws IOException {
    Path path = directory.resolve("m");
    try (var _ = FS.map(path, 3 << 20)) {
      assumeTrue(Files.getFileStore(directory).supportsFileAttributeView("unix"));
      assertThat(blocksOf(path)).isGreaterThanOrEqualTo(3 << 20);
    }
  }

  private static long blocksOf(Path path) throws IOException {
    var stat = new ProcessBuilder("stat", "-c", "%b", path.toString()).start();
    try (var out = stat.inputReader()) {
      return 512 * Long.parseLong(out.readLine().strip());
    }
  }

  @Test
  void theLockOfAnotherProcessNamesItAndEndsWithIt() throws Exception {
    Path lock = directory.resolve("LOCK");
    var child = holder(lock);
    try (var out =
        new BufferedReader(
            new InputStreamReader(child.getInputStream(), StandardCharsets.US_ASCII))) {
      assertThat(out.readLine()).isEqualTo("held");
      assertThatThrownBy(() -> FS.lock(lock))
          .isInstanceOf(KvException.Busy.class)
          .hasMessageContaining("process " + child.pid());
      assertThatThrownBy(() -> FS.lock(lock)).isInstanceOf(KvException.Busy.class);
    } finally {
      child.destroyForcibly().waitFor();
    }
    FS.lock(lock).close();
  }

  private static Process holder(Path lock) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(
            List.of(
                java,
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                lock.toString()))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** A process that holds a lock until its parent ends it. */
  static final class Holder {
    public static void main(String[] arguments) throws IOException {
      try (var lock = FS.lock(Path.of(arguments[0]))) {
        System.out.println(lock == null ? "" : "held");
        while (System.in.read() >= 0) {
          Thread.onSpinWait();
        }
      }
    }
  }

  @Test
  void aLockTextOfADeadProcessIsNotBelieved() throws Exception {
    Path lock = directory.resolve("LOCK");
    var child = holder(lock);
    try (var out = child.inputReader()) {
      assertThat(out.readLine()).isEqualTo("held");
      Files.writeString(lock, "2147483646\n");
      assertThatThrownBy(() -> FS.lock(lock)).hasMessageEndingWith("is in use by another process");
    } finally {
      child.destroyForcibly().waitFor();
    }
  }
}
