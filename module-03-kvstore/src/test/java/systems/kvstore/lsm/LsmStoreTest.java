package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.kvstore.Durability;
import systems.kvstore.KvException;
import systems.kvstore.KvStore;
import systems.kvstore.ValueBuffer;
import systems.kvstore.WriteBatch;
import systems.kvstore.fs.CrashMemFs;
import systems.kvstore.fs.PosixFs;

/** What a store promises, one fact a test, on the machine's own disk. */
class LsmStoreTest {
  @TempDir Path directory;

  private LsmStore open() throws IOException {
    return LsmStore.open(directory, small());
  }

  private static LsmOptions small() {
    return new LsmOptions()
        .memtableBytes(16 << 10)
        .logInitialBytes(16 << 10)
        .levels(64 << 10, 4)
        .tableBytes(16 << 10);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void fill(LsmStore store, int from, int to) throws IOException {
    for (int i = from; i < to; i++) {
      store.put(bytes("key" + i), bytes("value" + i));
    }
  }

  @Test
  @Tag("phase-4")
  void aValueIsThereAfterReopening() throws IOException {
    try (var store = open()) {
      store.put(bytes("a"), bytes("1"));
    }
    try (var store = open()) {
      assertThat(store.get(bytes("a"))).isEqualTo(bytes("1"));
      assertThat(store.recovery().records()).isEqualTo(1);
    }
  }

  @Test
  @Tag("phase-4")
  void anOpeningThatOnlyReadsWritesNoLogAndNoManifest() throws IOException {
    try (var store = open()) {
      fill(store, 0, 10);
      store.flush();
      store.put(bytes("a"), bytes("1"));
    }
    var before = numberedFiles();
    try (var store = open()) {
      assertThat(store.get(bytes("a"))).isEqualTo(bytes("1"));
      assertThat(store.get(bytes("key3"))).isEqualTo(bytes("value3"));
      assertThat(numberedFiles()).isEqualTo(before);
    }
    assertThat(numberedFiles()).isEqualTo(before);
  }

  private List<String> numberedFiles() throws IOException {
    return PosixFs.INSTANCE.list(directory).stream()
        .filter(name -> FileNames.parse(name) != null)
        .toList();
  }

  @Test
  @Tag("phase-4")
  void whatIsWrittenAfterAnyNumberOfOpeningsIsThere() throws IOException {
    for (int i = 0; i < 25; i++) {
      try (var store = open()) {
        assertThat(store.get(bytes("key" + (i - 1))))
            .isEqualTo(i == 0 ? null : bytes("value" + (i - 1)));
        fill(store, i, i + 1);
      }
      open().close();
    }
    assertThat(numberedFiles()).as("logs do not pile up").hasSizeLessThan(20);
  }

  @Test
  @Tag("given")
  void aMissingDirectoryIsAnErrorIfItMayNotBeCreated() {
    var missing = directory.resolve("missing");
    assertThatThrownBy(() -> LsmStore.open(missing, small().createIfMissing(false)))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("missing");
  }

  @Test
  @Tag("phase-4")
  void aSecondOpeningIsRefusedAndNamesTheHolder() throws IOException {
    try (var store = open()) {
      assertThatThrownBy(this::open)
          .isInstanceOf(KvException.Busy.class)
          .hasMessageContaining(Long.toString(ProcessHandle.current().pid()));
      store.put(bytes("a"), bytes("1"));
    }
    open().close();
  }

  @Test
  @Tag("phase-4")
  void callersArraysAreNeverKept() throws IOException {
    try (var store = open()) {
      var key = bytes("key");
      var value = bytes("value");
      store.put(key, value);
      Arrays.fill(key, (byte) 'x');
      Arrays.fill(value, (byte) 'x');
      var read = store.get(bytes("key"));
      assertThat(read).isEqualTo(bytes("value"));
      Arrays.fill(read, (byte) 'y');
      store.flush();
      read = store.get(bytes("key"));
      assertThat(read).isEqualTo(bytes("value"));
      Arrays.fill(read, (byte) 'z');
      assertThat(store.get(bytes("key"))).isEqualTo(bytes("value"));
    }
  }

  @Test
  @Tag("phase-4")
  void aKeyOrValueOverTheLimitIsRefusedAndNothingIsWritten() throws IOException {
    try (var store = open()) {
      var longKey = new byte[KvStore.KEY_BYTES_MAX + 1];
      assertThatThrownBy(() -> store.put(longKey, bytes("v")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("65537");
      var longest = new byte[KvStore.KEY_BYTES_MAX];
      store.put(longest, bytes("v"));
      assertThat(store.get(longest)).isEqualTo(bytes("v"));
      assertThat(store.lastSequence()).isEqualTo(1);
    }
  }

  @Test
  @Tag("phase-4")
  void aValueLargerThanAMemtableGetsOneOfItsOwn() throws IOException {
    var large = new byte[1 << 20];
    Arrays.fill(large, (byte) 7);
    try (var store = open()) {
      store.put(bytes("large"), large);
      assertThat(store.get(bytes("large"))).isEqualTo(large);
      store.flush();
      assertThat(store.get(bytes("large"))).isEqualTo(large);
    }
    try (var store = open()) {
      assertThat(store.get(bytes("large"))).isEqualTo(large);
    }
  }

  @Test
  @Tag("phase-4")
  void theDirectoryHoldsOnlyFilesThatAreNeeded() throws IOException {
    try (var store = open()) {
      for (int round = 0; round < 5; round++) {
        fill(store, 0, 2000);
      }
      store.settle();
      store.compactRange(null, null);
      var live = store.tables().stream().map(LsmStore.TableInfo::number).sorted().toList();
      try (var files = Files.list(directory)) {
        var tables =
            files
                .map(file -> FileNames.parse(file.getFileName().toString()))
                .filter(file -> file != null && file.kind() == FileNames.Kind.TABLE)
                .map(FileNames.Numbered::number)
                .sorted()
                .toList();
        assertThat(tables).isEqualTo(live);
      }
    }
  }

  @Test
  @Tag("phase-4")
  void anUnknownManifestTagIsRefusedByNumber() throws IOException {
    open().close();
    var manifest = directory.resolve(Files.readString(directory.resolve("CURRENT")).strip());
    try (var writer = systems.kvstore.log.LogWriter.appending(PosixFs.INSTANCE, manifest)) {
      var edit = new systems.kvstore.format.ByteSink(16);
      edit.putVarint32(777);
      writer.append(edit.array(), 0, edit.size());
    }
    assertThatThrownBy(this::open)
        .isInstanceOf(KvException.Unsupported.class)
        .hasMessageContaining("777");
  }

  private static @Nullable String text(byte @Nullable [] value) {
    return value == null ? null : new String(value, StandardCharsets.UTF_8);
  }

  @Test
  @Tag("phase-5")
  void aBatchIsSeenEntirelyOrNotAtAll() throws IOException {
    try (var store = open()) {
      store.put(bytes("a"), bytes("old"));
      store.put(bytes("d"), bytes("old"));
      try (var before = store.cursor()) {
        var batch = new WriteBatch();
        batch.put(bytes("a"), bytes("new")).delete(bytes("b")).put(bytes("c"), bytes("new"));
        batch.deleteRange(bytes("d"), bytes("f")).put(bytes("e"), bytes("new"));
        store.write(batch, Durability.SYNC);
        assertThat(Model.forward(before)).as("before the batch").containsExactly("a=old", "d=old");
      }
      try (var after = store.cursor()) {
        assertThat(Model.forward(after))
            .as("after the batch")
            .containsExactly("a=new", "c=new", "e=new");
      }
    }
  }

  @Test
  @Tag("phase-5")
  void aSnapshotReadsItsMomentThroughFlushesAndCompactions() throws IOException {
    try (var store = open()) {
      fill(store, 0, 100);
      try (var snapshot = store.snapshot()) {
        store.deleteRange(bytes("key2"), bytes("key7"), Durability.BUFFERED);
        store.put(bytes("key1"), bytes("changed"));
        store.compactRange(null, null);
        var into = new ValueBuffer();
        assertThat(store.get(bytes("key1"), 0, 4, snapshot, into))
            .as("the snapshot has key1, which was written again after it")
            .isTrue();
        assertThat(text(into.toByteArray())).isEqualTo("value1");
        assertThat(store.get(bytes("key33"), 0, 5, snapshot, into))
            .as("the snapshot has key33, which was deleted after it")
            .isTrue();
        assertThat(text(store.get(bytes("key33"))))
            .as("key33, whose deletion the compaction had to keep")
            .isNull();
        assertThat(store.property("rocksdb.num-snapshots")).isEqualTo("1");
      }
    }
  }

  @Test
  @Tag("phase-5")
  void aCompactionForgetsWhatNoSnapshotCanRead() throws IOException {
    try (var store = open()) {
      for (int i = 0; i < 50; i++) {
        store.put(bytes("same"), bytes("value" + i));
      }
      store.put(bytes("gone"), bytes("value"));
      store.delete(bytes("gone"));
      store.compactRange(null, null);
      var file = directory.resolve(String.format("%06d.sst", store.tables().getFirst().number()));
      try (var table =
          systems.kvstore.table.TableReader.open(
              PosixFs.INSTANCE, file, new systems.kvstore.table.BlockCache(0))) {
        assertThat(table.verify()).as("entries left in the table").isEqualTo(1);
      }
    }
  }

  @Test
  @Tag("phase-5")
  void aRangeDeletionHidesOlderAndNotNewerKeys() throws IOException {
    try (var store = open()) {
      fill(store, 10, 20);
      store.deleteRange(bytes("key12"), bytes("key15"), Durability.BUFFERED);
      store.put(bytes("key13"), bytes("again"));
      for (int step = 0; step < 2; step++) {
        assertThat(text(store.get(bytes("key12")))).as("key12, the begin of the range").isNull();
        assertThat(text(store.get(bytes("key13")))).as("key13, written again").isEqualTo("again");
        assertThat(text(store.get(bytes("key14")))).as("key14, inside").isNull();
        assertThat(text(store.get(bytes("key15"))))
            .as("key15, the end, which the range does not include")
            .isEqualTo("value15");
        store.compactRange(null, null);
      }
    }
  }

  @Test
  @Tag("phase-4")
  void aCheckpointIsAStoreOfItsOwn() throws IOException {
    var target = directory.resolve("checkpoint");
    try (var store = LsmStore.open(directory.resolve("store"), small())) {
      fill(store, 0, 1000);
      store.checkpoint(target);
      fill(store, 1000, 2000);
      store.compactRange(null, null);
    }
    try (var copy = LsmStore.open(target, small())) {
      assertThat(copy.get(bytes("key999"))).isEqualTo(bytes("value999"));
      assertThat(copy.get(bytes("key1000"))).isNull();
      copy.verify();
    }
  }

  @Test
  @Tag("phase-4")
  void readingOnlyWritesNothingAndTakesNoLock() throws IOException {
    try (var store = open()) {
      fill(store, 0, 500);
      store.settle();
      var before = listing();
      try (var reader = LsmStore.openReadOnly(PosixFs.INSTANCE, directory, small())) {
        assertThat(reader.get(bytes("key499"))).isEqualTo(bytes("value499"));
        assertThatThrownBy(() -> reader.put(bytes("a"), bytes("b")))
            .isInstanceOf(KvException.ReadOnly.class);
        assertThatThrownBy(reader::flush).isInstanceOf(KvException.ReadOnly.class);
      }
      assertThat(listing()).isEqualTo(before);
    }
  }

  private List<String> listing() throws IOException {
    try (var files = Files.list(directory)) {
      return files
          .filter(file -> !file.getFileName().toString().equals("LOG"))
          .map(file -> file.getFileName() + " " + file.toFile().length())
          .sorted()
          .toList();
    }
  }

  @Test
  @Tag("phase-4")
  void repairBringsBackTablesAndLogsWithoutAManifest() throws IOException {
    try (var store = open()) {
      fill(store, 0, 1500);
      store.flush();
      store.delete(bytes("key7"));
      fill(store, 1500, 1600);
    }
    Files.delete(directory.resolve("CURRENT"));
    var report = LsmStore.repair(PosixFs.INSTANCE, directory, small());
    assertThat(report).anyMatch(line -> line.contains(".sst: kept"));
    try (var store = open()) {
      assertThat(store.get(bytes("key7"))).isNull();
      for (int i = 8; i < 1600; i++) {
        assertThat(store.get(bytes("key" + i))).isEqualTo(bytes("value" + i));
      }
    }
  }

  @Test
  @Tag("phase-4")
  void aDamagedTableIsNamedWithItsOffset() throws IOException {
    long number;
    try (var store = open()) {
      fill(store, 0, 300);
      store.compactRange(null, null);
      number = store.tables().getFirst().number();
    }
    var file = directory.resolve(String.format("%06d.sst", number));
    try (var channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
      channel.position(100);
      channel.write(java.nio.ByteBuffer.wrap(new byte[] {1, 2, 3}));
    }
    try (var store = open()) {
      assertThatThrownBy(() -> store.get(bytes("key0")))
          .isInstanceOf(KvException.Corruption.class)
          .hasMessageContaining(file.toString())
          .hasMessageContaining("offset 0");
      assertThatThrownBy(store::verify).isInstanceOf(KvException.Corruption.class);
    }
  }

  @Test
  @Tag("phase-4")
  void damageInTheMiddleOfTheLogIsRefusedUnlessAskedTo() throws IOException {
    try (var store = LsmStore.open(directory, new LsmOptions())) {
      fill(store, 0, 5000);
    }
    Path log;
    try (var files = Files.list(directory)) {
      log = files.filter(file -> file.toString().endsWith(".log")).findFirst().orElseThrow();
    }
    try (var channel = Files.newByteChannel(log, StandardOpenOption.WRITE)) {
      channel.position(40_000);
      channel.write(java.nio.ByteBuffer.wrap(bytes("damage")));
    }
    assertThatThrownBy(() -> LsmStore.open(directory, new LsmOptions()))
        .isInstanceOf(KvException.Corruption.class)
        .hasMessageContaining(log.toString());
    var accept = new LsmOptions().logDamage(LsmOptions.LogDamage.RECOVER_TO_POINT_IN_TIME);
    try (var store = LsmStore.open(directory, accept)) {
      assertThat(store.recovery().tornTails()).hasSize(1);
      assertThat(store.get(bytes("key0"))).isEqualTo(bytes("value0"));
      assertThat(store.get(bytes("key4999"))).isNull();
    }
    try (var store = LsmStore.open(directory, new LsmOptions())) {
      assertThat(store.get(bytes("key0"))).isEqualTo(bytes("value0"));
    }
  }

  @Test
  @Tag("phase-4")
  void aClosedStoreSaysSo() throws IOException {
    var store = open();
    store.close();
    store.close();
    assertThatThrownBy(() -> store.put(bytes("a"), bytes("b")))
        .isInstanceOf(KvException.ReadOnly.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> store.get(bytes("a"))).isInstanceOf(KvException.ReadOnly.class);
  }

  @Test
  @Tag("phase-6")
  void aLogIsNotReplayedBehindOneThatLostItsEnd() throws IOException {
    var disk = new CrashMemFs();
    var place = Path.of("/store");
    var options = small().memtablesMax(DeferredWork.SEALED_MAX + 3).eventFile(false);
    options.background(new DeferredWork());
    CrashMemFs left;
    try (var store = LsmStore.open(disk, place, options)) {
      for (int i = 0; DeferredWork.sealed(store) == 0; i++) {
        store.put(bytes("key" + i), bytes("value" + i));
      }
      store.put(bytes("last"), bytes("in the second log"));
      left = disk.killClone();
    }
    var logs = left.list(place).stream().filter(name -> name.endsWith(".log")).sorted().toList();
    assertThat(logs).hasSize(2);
    left.create(place.resolve(logs.getFirst())).close(); // as a power loss may leave it
    try (var store = LsmStore.open(left, place, options)) {
      assertThat(text(store.get(bytes("last"))))
          .as("a write of the second log, though all of the first log before it is lost")
          .isNull();
    }
  }
}
