package systems.kvstore.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import systems.kvstore.KvException;

/** What every file system owes a store. */
@Tag("given")
class FileSystemContractTest {
  enum Kind {
    MACHINE,
    CRASH_MEMORY,
    FAULTS_WITHOUT_RULES
  }

  @TempDir Path directory;

  private FileSystem fileSystem(Kind kind) throws IOException {
    FileSystem fileSystem =
        switch (kind) {
          case MACHINE -> PosixFs.INSTANCE;
          case CRASH_MEMORY -> new CrashMemFs();
          case FAULTS_WITHOUT_RULES -> new FaultFs(new CrashMemFs());
        };
    fileSystem.createDirectories(directory);
    return fileSystem;
  }

  @ParameterizedTest
  @EnumSource
  void appendedBytesReadBackAtEveryPosition(Kind kind) throws IOException {
    var fs = fileSystem(kind);
    byte[] bytes = sample(20_000);
    try (var file = fs.create(directory.resolve("a"))) {
      file.append(bytes, 0, 1);
      file.append(bytes, 1, 9_999);
      file.append(bytes, 10_000, 0);
      file.append(bytes, 10_000, 10_000);
      assertThat(file.size()).isEqualTo(20_000);
      file.sync();
    }
    assertThat(fs.size(directory.resolve("a"))).isEqualTo(20_000);
    try (var file = fs.open(directory.resolve("a"))) {
      for (int position : new int[] {0, 1, 4_095, 4_096, 12_287, 19_999}) {
        int length = Math.min(5_000, 20_000 - position);
        byte[] target = new byte[length + 3];
        file.read(position, target, 3, length);
        assertThat(new Window(target, 3, length)).isEqualTo(new Window(bytes, position, length));
      }
    }
  }

  /** A part of an array that compares by content. */
  private record Window(byte[] bytes, int offset, int length) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Window that
          && java.util.Arrays.equals(
              bytes, offset, offset + length, that.bytes, that.offset, that.offset + that.length);
    }

    @Override
    public int hashCode() {
      return length;
    }
  }

  @ParameterizedTest
  @EnumSource
  void createCutsAnExistingFileAndAppendGoesOnAtItsEnd(Kind kind) throws IOException {
    var fs = fileSystem(kind);
    write(fs, "a", "first text");
    write(fs, "a", "2nd");
    assertThat(read(fs, "a")).isEqualTo("2nd");
    try (var file = fs.append(directory.resolve("a"))) {
      assertThat(file.size()).isEqualTo(3);
      file.append("+more".getBytes(StandardCharsets.UTF_8), 0, 5);
    }
    assertThat(read(fs, "a")).isEqualTo("2nd+more");
    assertThatThrownBy(() -> fs.append(directory.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @ParameterizedTest
  @EnumSource
  void aReadBehindTheEndIsAnError(Kind kind) throws IOException {
    var fs = fileSystem(kind);
    write(fs, "a", "four");
    write(fs, "empty", "");
    try (var file = fs.open(directory.resolve("a"));
        var empty = fs.open(directory.resolve("empty"))) {
      assertThat(file.size()).isEqualTo(4);
      assertThat(empty.size()).isZero();
      assertThatThrownBy(() -> file.read(1, new byte[4], 0, 4)).isInstanceOf(EOFException.class);
      assertThatThrownBy(() -> file.read(-1, new byte[4], 0, 1)).isInstanceOf(EOFException.class);
      assertThatThrownBy(() -> file.read(Long.MAX_VALUE, new byte[4], 0, 4))
          .isInstanceOf(EOFException.class);
      assertThatThrownBy(() -> empty.read(0, new byte[1], 0, 1)).isInstanceOf(EOFException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aReaderThatComesAfterCloseIsToldSo(Kind kind) throws IOException {
    var fs = fileSystem(kind);
    write(fs, "a", "four");
    var file = fs.open(directory.resolve("a"));
    file.close();
    file.close();
    assertThatThrownBy(() -> file.read(0, new byte[4], 0, 4))
        .isInstanceOf(ClosedChannelException.class);
  }

  @ParameterizedTest
  @EnumSource
  void anOpenFileSurvivesItsNames(Kind kind) throws IOException {
    var fs = fileSystem(kind);
    write(fs, "a", "text");
    try (var file = fs.open(directory.resolve("a"))) {
      fs.delete(directory.resolve("a"));
      assertThat(fs.exists(directory.resolve("a"))).isFalse();
      byte[] target = new byte[4];
      file.read(0, target, 0, 4);
      assertThat(target).asString().isEqualTo("text");
    }
  }

  @ParameterizedTest
  @EnumSource
  void renameReplacesItsTarget(Kind kind) throws IOException {
    var fs = fileSystem(kind);
    write(fs, "old", "1");
    write(fs, "new", "2");
    fs.rename(directory.resolve("new"), directory.resolve("old"));
    assertThat(fs.list(directory)).containsExactly("old");
    assertThat(read(fs, "old")).isEqualTo("2");
  }

  @ParameterizedTest
  @EnumSource
  void aLinkIsASecondNameAndReplacesNothing(Kind kind) throws IOException {
    var fs = fileSystem(kind);
    write(fs, "a", "text");
    fs.link(directory.resolve("a"), directory.resolve("b"));
    assertThatThrownBy(() -> fs.link(directory.resolve("a"), directory.resolve("b")))
        .isInstanceOf(FileAlreadyExistsException.class);
    fs.delete(directory.resolve("a"));
    assertThat(read(fs, "b")).isEqualTo("text");
  }

  @ParameterizedTest
  @EnumSource
  void directoriesAreMadeOnTheWayAndListedInOrder(Kind kind) throws IOException {
    var fs = fileSystem(kind);
    Path deep = directory.resolve("x/y");
    fs.createDirectories(deep);
    fs.createDirectories(deep);
    write(fs, "x/y/2", "");
    write(fs, "x/y/10", "");
    fs.syncDirectory(deep);
    assertThat(fs.list(deep)).containsExactly("10", "2");
    assertThat(fs.exists(deep)).isTrue();
    assertThatThrownBy(() -> fs.create(directory.resolve("z/file")))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> fs.list(directory.resolve("z"))).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNotThereIsNotFound(Kind kind) throws IOException {
    var fs = fileSystem(kind);
    Path none = directory.resolve("none");
    assertThat(fs.exists(none)).isFalse();
    assertThatThrownBy(() -> fs.open(none)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> fs.size(none)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> fs.delete(none)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> fs.rename(none, directory.resolve("b")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @ParameterizedTest
  @EnumSource
  void aMappedFileIsZerosThatKeepWhatIsStored(Kind kind) throws IOException {
    var fs = fileSystem(kind);
    write(fs, "m", "something older");
    try (var file = fs.map(directory.resolve("m"), 5_000)) {
      assertThat(file.segment().byteSize()).isEqualTo(5_000);
      assertThat(file.segment().mismatch(MemorySegment.ofArray(new byte[5_000]))).isEqualTo(-1);
      file.segment().set(ValueLayout.JAVA_BYTE, 4_999, (byte) 7);
      file.force(4_000, 5_000);
      file.extend(9_000);
      assertThat(file.segment().get(ValueLayout.JAVA_BYTE, 4_999)).isEqualTo((byte) 7);
      assertThat(file.segment().get(ValueLayout.JAVA_BYTE, 8_999)).isZero();
      file.segment().set(ValueLayout.JAVA_BYTE, 6_000, (byte) 8);
      assertThat(fs.size(directory.resolve("m"))).isEqualTo(9_000);
      assertThat(readBytes(fs, "m")[6_000]).isEqualTo((byte) 8);
      file.close(6_001);
      file.close(6_001);
    }
    byte[] bytes = readBytes(fs, "m");
    assertThat(bytes).hasSize(6_001);
    assertThat(bytes[4_999]).isEqualTo((byte) 7);
    assertThat(bytes[6_000]).isEqualTo((byte) 8);
  }

  @ParameterizedTest
  @EnumSource
  void theLockIsHeldOnceUntilItIsClosed(Kind kind) throws IOException {
    var fs = fileSystem(kind);
    Path lock = directory.resolve("LOCK");
    var held = fs.lock(lock);
    assertThatThrownBy(() -> fs.lock(lock))
        .isInstanceOf(KvException.Busy.class)
        .hasMessageContaining(directory.toString());
    held.close();
    var again = fs.lock(lock);
    held.close();
    assertThatThrownBy(() -> fs.lock(lock)).isInstanceOf(KvException.Busy.class);
    again.close();
  }

  private void write(FileSystem fs, String name, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try (var file = fs.create(directory.resolve(name))) {
      file.append(bytes, 0, bytes.length);
    }
  }

  private String read(FileSystem fs, String name) throws IOException {
    return new String(readBytes(fs, name), StandardCharsets.UTF_8);
  }

  private byte[] readBytes(FileSystem fs, String name) throws IOException {
    try (var file = fs.open(directory.resolve(name))) {
      byte[] bytes = new byte[(int) file.size()];
      file.read(0, bytes, 0, bytes.length);
      return bytes;
    }
  }

  private static byte[] sample(int length) {
    byte[] bytes = new byte[length];
    new java.util.Random(length).nextBytes(bytes);
    return bytes;
  }
}
