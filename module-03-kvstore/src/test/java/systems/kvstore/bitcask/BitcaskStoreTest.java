package systems.kvstore.bitcask;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.kvstore.Durability;
import systems.kvstore.KvException;
import systems.kvstore.KvStore;
import systems.kvstore.ValueBuffer;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.fs.PosixFs;

@Tag("phase-1")
class BitcaskStoreTest {
  private static final BitcaskStore.Options SMALL = new BitcaskStore.Options(4096, 0.5, false);

  private final FileSystem fileSystem = PosixFs.INSTANCE;

  @TempDir Path directory;

  private BitcaskStore open() throws IOException {
    return BitcaskStore.open(fileSystem, directory, SMALL);
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  static void put(KvStore store, String key, String value) throws IOException {
    store.put(bytes(key), bytes(value));
  }

  static void delete(KvStore store, String key) throws IOException {
    store.delete(bytes(key));
  }

  static @Nullable String get(KvStore store, String key) throws IOException {
    byte[] value = store.get(bytes(key));
    return value == null ? null : new String(value, UTF_8);
  }

  /** Fills more than one file of {@link #SMALL} with values of {@code round}. */
  static void fill(KvStore store, int keys, int round) throws IOException {
    for (int i = 0; i < keys; i++) {
      put(store, "key" + i, "value of round " + round + " " + "x".repeat(40) + i);
    }
  }

  static String filled(int i, int round) {
    return "value of round " + round + " " + "x".repeat(40) + i;
  }

  @Test
  void aKeyHasTheValueThatWasSetLast() throws IOException {
    try (var store = open()) {
      put(store, "k", "one");
      put(store, "k", "two");
      put(store, "other", "three");
      assertThat(get(store, "k")).isEqualTo("two");
      assertThat(get(store, "other")).isEqualTo("three");
      assertThat(get(store, "none")).isNull();
    }
  }

  @Test
  void aDeletedKeyHasNoValue() throws IOException {
    try (var store = open()) {
      put(store, "k", "one");
      delete(store, "k");
      assertThat(get(store, "k")).isNull();
      put(store, "k", "two");
      assertThat(get(store, "k")).isEqualTo("two");
    }
  }

  @Test
  void deletingAMissingKeyWritesNothing() throws IOException {
    try (var store = open()) {
      put(store, "k", "one");
      long before = store.stats().dataBytes();
      delete(store, "none");
      assertThat(store.stats().dataBytes()).isEqualTo(before);
    }
  }

  @Test
  void everythingIsThereAfterReopening() throws IOException {
    try (var store = open()) {
      fill(store, 200, 1);
      put(store, "gone", "one");
      delete(store, "gone");
    }
    try (var store = open()) {
      assertThat(store.tornTail()).isNull();
      assertThat(store.stats().keys()).isEqualTo(200);
      assertThat(get(store, "gone")).isNull();
      for (int i = 0; i < 200; i++) {
        assertThat(get(store, "key" + i)).isEqualTo(filled(i, 1));
      }
    }
  }

  @Test
  void aDeletionInALaterFileIsReplayedThroughHintAndThroughScan() throws IOException {
    try (var store = open()) {
      put(store, "gone", "one");
      fill(store, 100, 1);
      delete(store, "gone");
      fill(store, 100, 2);
    }
    try (var store = open()) {
      assertThat(store.stats().hintsBelieved()).isPositive();
      assertThat(get(store, "gone")).as("a deleted key, reopened by hints").isNull();
    }
    deleteHints();
    try (var store = open()) {
      assertThat(store.stats().hintsBelieved()).isZero();
      assertThat(get(store, "gone")).as("a deleted key, reopened without hints").isNull();
    }
  }

  private void deleteHints() throws IOException {
    for (String name : fileSystem.list(directory)) {
      if (name.endsWith(".hint")) {
        fileSystem.delete(directory.resolve(name));
      }
    }
  }

  @Test
  void emptyKeysAndEmptyValuesAreKeysAndValues() throws IOException {
    try (var store = open()) {
      put(store, "", "value of the empty key");
      put(store, "empty", "");
    }
    try (var store = open()) {
      assertThat(get(store, "")).isEqualTo("value of the empty key");
      assertThat(get(store, "empty")).isEmpty();
    }
  }

  @Test
  void theLongestKeyIsAcceptedAndOneByteMoreIsNot() throws IOException {
    var longest = new byte[KvStore.KEY_BYTES_MAX];
    Arrays.fill(longest, (byte) 7);
    try (var store = open()) {
      store.put(longest, bytes("v"));
      assertThatThrownBy(() -> store.put(new byte[longest.length + 1], bytes("v")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("65537");
      assertThatThrownBy(() -> store.delete(new byte[longest.length + 1]))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(store.get(new byte[longest.length + 1])).isNull();
    }
    try (var store = open()) {
      assertThat(store.get(longest)).isEqualTo(bytes("v"));
    }
  }

  @Test
  void aValueLongerThanASegmentGetsAFileOfItsOwn() throws IOException {
    var big = new byte[3 * SMALL.segmentBytesMax()];
    Arrays.fill(big, (byte) 'b');
    try (var store = open()) {
      put(store, "small", "1");
      store.put(bytes("big"), big);
      put(store, "after", "2");
      assertThat(store.stats().files()).isEqualTo(3);
      store.merge();
      assertThat(store.get(bytes("big"))).isEqualTo(big);
    }
    try (var store = open()) {
      assertThat(store.get(bytes("big"))).isEqualTo(big);
      assertThat(get(store, "small")).isEqualTo("1");
      assertThat(get(store, "after")).isEqualTo("2");
    }
  }

  @Test
  void callersMayReuseTheirArrays() throws IOException {
    byte[] key = bytes("k");
    byte[] value = bytes("v");
    try (var store = open()) {
      store.put(key, value);
      key[0] = 'x';
      value[0] = 'x';
      assertThat(get(store, "k")).isEqualTo("v");
      byte[] out = store.get(bytes("k"));
      assertThat(out).isNotNull();
      out[0] = 'y';
      assertThat(get(store, "k")).isEqualTo("v");
    }
  }

  @Test
  void aPartOfAnArrayIsAKeyAndTheBufferIsUsedAgain() throws IOException {
    try (var store = open()) {
      put(store, "bc", "value");
      var into = new ValueBuffer(64);
      byte[] array = into.array();
      assertThat(store.get(bytes("abcd"), 1, 2, into)).isTrue();
      assertThat(into.toByteArray()).isEqualTo(bytes("value"));
      assertThat(into.array()).isSameAs(array);
      assertThat(store.get(bytes("abcd"), 0, 2, into)).isFalse();
    }
  }

  @Test
  void aSecondStoreOnTheDirectoryIsRefusedUntilTheFirstIsClosed() throws IOException {
    try (var store = open()) {
      put(store, "k", "v");
      assertThatExceptionOfType(KvException.Busy.class).isThrownBy(this::open);
      assertThat(get(store, "k")).isEqualTo("v");
    }
    try (var store = open()) {
      assertThat(get(store, "k")).isEqualTo("v");
    }
  }

  @Test
  void aFailedOpeningLetsGoOfTheLock() throws IOException {
    try (var store = open()) {
      fill(store, 100, 1);
    }
    Path sealed = directory.resolve(DataFile.name(1));
    byte[] good = Files.readAllBytes(sealed);
    Files.write(sealed, Arrays.copyOf(good, good.length - 1));
    assertThatExceptionOfType(KvException.Corruption.class).isThrownBy(this::open);
    Files.write(sealed, good);
    try (var store = open()) {
      assertThat(get(store, "key0")).isEqualTo(filled(0, 1));
    }
  }

  @Test
  void closingTwiceIsHarmlessAndAClosedStoreSaysSo() throws IOException {
    var store = open();
    put(store, "k", "v");
    store.close();
    store.close();
    assertThatExceptionOfType(KvException.ReadOnly.class).isThrownBy(() -> get(store, "k"));
    assertThatExceptionOfType(KvException.ReadOnly.class).isThrownBy(() -> put(store, "k", "v"));
    assertThatExceptionOfType(KvException.ReadOnly.class).isThrownBy(store::merge);
    assertThatExceptionOfType(KvException.ReadOnly.class).isThrownBy(store::sync);
  }

  @Test
  void openingAndClosingWithoutAWriteLeavesTheFilesAsTheyAre() throws IOException {
    try (var store = open()) {
      put(store, "k", "v");
    }
    byte[] before = Files.readAllBytes(directory.resolve(DataFile.name(1)));
    try (var store = open()) {
      assertThat(get(store, "k")).isEqualTo("v");
    }
    assertThat(Files.readAllBytes(directory.resolve(DataFile.name(1)))).isEqualTo(before);
  }

  @Test
  void aRecordHasTheBytesThatTheFormatSays() throws IOException {
    try (var store = open()) {
      put(store, "k", "vw");
    }
    byte[] file = Files.readAllBytes(directory.resolve(DataFile.name(1)));
    assertThat(file).hasSize(24 + 1 + 2 + 24);
    assertThat(Record.sequence(file, 0)).isEqualTo(1);
    assertThat(Record.synced(file, 0)).isZero();
    assertThat(Record.keyLength(file, 0)).isEqualTo(1);
    assertThat(Record.valueLength(file, 0)).isEqualTo(2);
    assertThat(Arrays.copyOfRange(file, 24, 27)).isEqualTo(bytes("kvw"));
    assertThat(Record.checksumHolds(file, 0, 27)).isTrue();
    assertThat(Record.valueLength(file, 27)).isEqualTo(Record.MARK);
    assertThat(Record.synced(file, 27)).isEqualTo(27);
  }

  @Test
  void openingWithHintsReadsNoValues() throws IOException {
    try (var store = open()) {
      fill(store, 300, 1);
      put(store, "last", "v");
    }
    Path first = directory.resolve(DataFile.name(1));
    byte[] file = Files.readAllBytes(first);
    file[Record.HEADER_BYTES + "key0".length()] ^= 1;
    Files.write(first, file);
    try (var store = open()) {
      assertThat(get(store, "key299")).isEqualTo(filled(299, 1));
      assertThatExceptionOfType(KvException.Corruption.class)
          .isThrownBy(() -> get(store, "key0"))
          .satisfies(e -> assertThat(e.file()).isEqualTo(first))
          .satisfies(e -> assertThat(e.offset()).isZero());
    }
  }

  @Test
  void aMissingOrDamagedHintCostsOnlyTimeAndIsWrittenAnew() throws IOException {
    try (var store = open()) {
      fill(store, 200, 1);
    }
    Path hint = Hint.path(directory, 1);
    byte[] good = Files.readAllBytes(hint);
    for (int i = 0; i < good.length; i += 37) {
      byte[] bad = good.clone();
      bad[i] ^= 4;
      Files.write(hint, bad);
      try (var store = open()) {
        assertThat(get(store, "key0")).isEqualTo(filled(0, 1));
        assertThat(get(store, "key199")).isEqualTo(filled(199, 1));
      }
      assertThat(Files.readAllBytes(hint)).isEqualTo(good);
    }
  }

  @Test
  void aHintIsNotBelievedWhenItsDataFileHasAnotherLength() throws IOException {
    try (var store = open()) {
      fill(store, 100, 1);
      assertThat(store.stats().files()).isEqualTo(3);
    }
    // The log as a power loss may leave it: the later files never were, the first lost its tail.
    for (int id = 2; id <= 3; id++) {
      Files.delete(directory.resolve(DataFile.name(id)));
      Files.deleteIfExists(Hint.path(directory, id));
    }
    Path first = directory.resolve(DataFile.name(1));
    byte[] file = Files.readAllBytes(first);
    Files.write(first, Arrays.copyOf(file, file.length / 2));
    Path second = directory.resolve(DataFile.name(2));
    Files.write(second, new byte[0]);
    assertThatExceptionOfType(KvException.Corruption.class)
        .isThrownBy(this::open)
        .satisfies(e -> assertThat(e.file()).isEqualTo(first));
    Files.delete(second);
    try (var store = open()) {
      assertThat(store.tornTail()).isNotNull();
      assertThat(get(store, "key0")).isEqualTo(filled(0, 1));
      assertThat(get(store, "key99")).isNull();
    }
  }

  @Test
  void writersOnManyThreadsLoseNothing() throws Exception {
    try (var store = open();
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks =
          IntStream.range(0, 8)
              .mapToObj(thread ->
                  (Callable<Void>)
                      () -> {
                        for (int i = 0; i < 100; i++) {
                          byte[] key = bytes(thread + "/" + i);
                          store.put(key, key, i % 10 == 0 ? Durability.SYNC : Durability.BUFFERED);
                          assertThat(store.get(key)).isEqualTo(key);
                        }
                        return null;
                      })
              .toList();
      for (var done : threads.invokeAll(tasks)) {
        done.get();
      }
      assertThat(store.stats().keys()).isEqualTo(800);
    }
    try (var store = open()) {
      assertThat(store.stats().keys()).isEqualTo(800);
    }
  }

  @Test
  void unknownFilesInTheDirectoryAreLeftAlone() throws IOException {
    Files.write(directory.resolve("notes.txt"), bytes("mine"));
    Files.write(directory.resolve("1.data"), bytes("not ten digits"));
    try (var store = open()) {
      put(store, "k", "v");
      assertThat(get(store, "k")).isEqualTo("v");
    }
    assertThat(Stream.of("notes.txt", "1.data").map(directory::resolve)).allMatch(Files::exists);
  }
}
