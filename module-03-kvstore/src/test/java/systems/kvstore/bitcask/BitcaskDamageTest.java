package systems.kvstore.bitcask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static systems.kvstore.bitcask.BitcaskStoreTest.bytes;
import static systems.kvstore.bitcask.BitcaskStoreTest.fill;
import static systems.kvstore.bitcask.BitcaskStoreTest.filled;
import static systems.kvstore.bitcask.BitcaskStoreTest.get;
import static systems.kvstore.bitcask.BitcaskStoreTest.put;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.kvstore.Durability;
import systems.kvstore.KvException;
import systems.kvstore.fs.CrashMemFs;
import systems.kvstore.fs.FileSystem;

@Tag("phase-1")
class BitcaskDamageTest {
  private static final BitcaskStore.Options SMALL = new BitcaskStore.Options(1024, 0.5, false);

  private static final Path DIRECTORY = Path.of("/damage");

  private final FileSystem fileSystem = new CrashMemFs();
  private final Path newest = DIRECTORY.resolve(DataFile.name(1));
  private final Path hint = Hint.path(DIRECTORY, 1);

  private BitcaskStore open() throws IOException {
    return BitcaskStore.open(fileSystem, DIRECTORY, SMALL);
  }

  private byte[] read(Path file) throws IOException {
    try (var reader = fileSystem.open(file)) {
      byte[] bytes = new byte[(int) reader.size()];
      reader.read(0, bytes, 0, bytes.length);
      return bytes;
    }
  }

  private void write(Path file, byte[] bytes) throws IOException {
    try (var writer = fileSystem.create(file)) {
      writer.append(bytes, 0, bytes.length);
    }
  }

  @Test
  void truncatingTheNewestFileAnywhereLeavesAPrefixOfTheWrites() throws IOException {
    var ends = new ArrayList<Long>(List.of(0L));
    try (var store = open()) {
      for (int i = 0; i < 12; i++) {
        put(store, "key", "value" + i);
        ends.add(store.stats().dataBytes());
      }
    }
    byte[] whole = read(newest);
    for (int length = 0; length < whole.length; length++) {
      write(newest, Arrays.copyOf(whole, length));
      int writes = -1;
      while (writes + 1 < ends.size() && ends.get(writes + 1) <= length) {
        writes++;
      }
      long torn = length - ends.get(writes);
      checkPrefix(length, writes, torn);
    }
  }

  private void checkPrefix(int length, int writes, long torn) throws IOException {
    try (var store = open()) {
      assertThat(get(store, "key"))
          .as("cut to %d bytes", length)
          .isEqualTo(writes == 0 ? null : "value" + (writes - 1));
      assertThat(store.tornTail() == null ? 0 : store.tornTail().lostBytes()).isEqualTo(torn);
      put(store, "after", "the cut");
    }
    try (var store = open()) {
      assertThat(store.tornTail()).isNull();
      assertThat(get(store, "after")).isEqualTo("the cut");
    }
  }

  @Test
  void noFlippedByteInASealedFileYieldsAWrongValue() throws IOException {
    try (var store = open()) {
      fill(store, 20, 1);
    }
    byte[] whole = read(newest);
    int refused = 0;
    for (int at = 0; at < whole.length; at++) {
      flip(whole, at);
      refused += readAllWithHint(at);
    }
    assertThat(refused).isEqualTo(whole.length);
  }

  private void flip(byte[] whole, int at) throws IOException {
    byte[] flipped = whole.clone();
    flipped[at] ^= (byte) (1 << at % 8);
    write(newest, flipped);
  }

  /** How many keys were refused; all others must be right. */
  private int readAllWithHint(int at) throws IOException {
    int refused = 0;
    try (var store = open()) {
      for (int i = 0; i < 20; i++) {
        try {
          assertThat(get(store, "key" + i)).as("byte %d", at).isEqualTo(filled(i, 1));
        } catch (KvException.Corruption e) {
          checkPlace(e, at);
          refused++;
        }
      }
    } catch (KvException.Corruption e) {
      // The hint no longer matched the last record, and the scan found why.
      checkPlace(e, at);
      refused++;
    }
    return refused;
  }

  private void checkPlace(KvException.Corruption e, int at) {
    assertThat(e.file()).isEqualTo(newest);
    assertThat(e.offset()).isBetween(at - 90L, (long) at);
  }

  @Test
  void aSealedFileThatMustBeScannedRefusesEveryFlippedByteWithItsRecord() throws IOException {
    try (var store = open()) {
      fill(store, 20, 1);
    }
    byte[] whole = read(newest);
    fileSystem.delete(hint);
    for (int at = 0; at < whole.length; at += 3) {
      flip(whole, at);
      int byteAt = at;
      assertThatExceptionOfType(KvException.Corruption.class)
          .isThrownBy(this::open)
          .satisfies(e -> assertThat(e.file()).isEqualTo(newest))
          .satisfies(e -> assertThat(e.offset()).isBetween(byteAt - 90L, (long) byteAt));
    }
  }

  @Test
  void afterACleanCloseNoFlippedByteInTheNewestFileIsTakenForATornTail() throws IOException {
    try (var store = open()) {
      fill(store, 9, 1);
    }
    byte[] whole = read(newest);
    int mark = whole.length - Record.HEADER_BYTES;
    for (int at = 0; at < whole.length; at++) {
      flip(whole, at);
      if (at < mark) {
        assertThatExceptionOfType(KvException.Corruption.class)
            .as("byte %d", at)
            .isThrownBy(this::open);
      } else {
        try (var store = open()) {
          assertThat(store.tornTail()).isNotNull();
          assertThat(get(store, "key8")).isEqualTo(filled(8, 1));
        }
      }
    }
  }

  @Test
  void aHoleInUnsyncedBytesIsCutAndOneInSyncedBytesIsRefused() throws IOException {
    try (var store = open()) {
      for (int i = 0; i < 10; i++) {
        put(store, "a" + i, "v".repeat(30));
      }
      store.put(bytes("b"), bytes("synced"), Durability.SYNC);
      for (int i = 0; i < 10; i++) {
        put(store, "c" + i, "v".repeat(30));
      }
      byte[] asKilled = read(newest);
      Path elsewhere = DIRECTORY.resolve("elsewhere");
      fileSystem.createDirectories(elsewhere);
      int record = Record.bytes(2, 30);
      int synced = 10 * record + Record.bytes(1, 6);

      Path copy = elsewhere.resolve(DataFile.name(1));
      write(copy, zeroed(asKilled, synced + 3 * record + 5, record));
      try (var reopened = BitcaskStore.open(fileSystem, elsewhere, SMALL)) {
        assertThat(reopened.tornTail()).isNotNull();
        assertThat(reopened.tornTail().offset()).isEqualTo(synced + 3L * record);
        assertThat(get(reopened, "b")).isEqualTo("synced");
        assertThat(get(reopened, "c2")).isNotNull();
        assertThat(get(reopened, "c3")).isNull();
        assertThat(get(reopened, "c9")).isNull();
      }

      write(copy, zeroed(asKilled, 3 * record + 5, record));
      assertThatExceptionOfType(KvException.Corruption.class)
          .isThrownBy(() -> BitcaskStore.open(fileSystem, elsewhere, SMALL))
          .satisfies(e -> assertThat(e.offset()).isEqualTo(3L * record));
    }
  }

  private static byte[] zeroed(byte[] bytes, int from, int count) {
    byte[] holed = bytes.clone();
    Arrays.fill(holed, from, from + count, (byte) 0);
    return holed;
  }

  @Test
  void aSealedFileThatLostItsTailInTheMiddleOfARecordIsRefused() throws IOException {
    try (var store = open()) {
      fill(store, 20, 1);
    }
    byte[] whole = read(newest);
    int record = Record.bytes(4, filled(1, 1).length());
    for (int length = 1; length < 10 * record; length += 7) {
      if (length % record != 0) {
        write(newest, Arrays.copyOf(whole, length));
        assertThatExceptionOfType(KvException.Corruption.class)
            .as("what opening says when a file with an older hint was cut to %d bytes", length)
            .isThrownBy(this::open);
      }
    }
  }

  @Test
  void lengthsThatNoRecordCanHaveAreRefusedBeforeAnythingIsAllocated() throws IOException {
    try (var store = open()) {
      fill(store, 20, 1);
    }
    fileSystem.delete(hint);
    byte[] whole = read(newest);
    for (int length : new int[] {-3, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 30}) {
      byte[] forged = whole.clone();
      for (int i = 0; i < 4; i++) {
        forged[20 + i] = (byte) (length >>> 8 * i);
      }
      write(newest, forged);
      assertThatExceptionOfType(KvException.Corruption.class)
          .isThrownBy(this::open)
          .satisfies(e -> assertThat(e.offset()).isZero());
    }
  }
}
