package systems.kvstore.lsm;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static systems.kvstore.lsm.Sketch.file;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.kvstore.KvException;
import systems.kvstore.fs.CrashMemFs;
import systems.kvstore.fs.FaultFs;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.fs.FsCall;
import systems.kvstore.log.LogWriter;

@Tag("phase-4")
class ManifestTest {
  private static final Path STORE = Path.of("/store");
  private static final Path CURRENT = STORE.resolve("CURRENT");
  private static final Path MANIFEST = STORE.resolve("MANIFEST-000005");

  private final CrashMemFs disk = new CrashMemFs();

  @BeforeEach
  void makeDirectory() throws IOException {
    disk.createDirectories(STORE);
    disk.syncDirectory(STORE.getParent());
  }

  private static VersionEdit empty(long nextFileNumber) {
    return Manifest.snapshotOf(Version.empty(Version.LEVELS), 3, nextFileNumber, 0);
  }

  /** The edit of a flush of file {@code number}, after which the sequence is ten times that. */
  private static VersionEdit flush(long number) {
    return new VersionEdit()
        .setNextFileNumber(number + 1)
        .setLastSequence(10 * number)
        .addFile(0, file(number, "a", "k", 100, number));
  }

  private static String state(Manifest.Recovered recovered) {
    return recovered.version()
        + "log "
        + recovered.logNumber()
        + " last "
        + recovered.lastSequence();
  }

  private static byte[] bytes(FileSystem from, Path file) throws IOException {
    try (var in = from.open(file)) {
      byte[] bytes = new byte[(int) in.size()];
      in.read(0, bytes, 0, bytes.length);
      return bytes;
    }
  }

  private static void write(FileSystem to, Path file, byte[] bytes, int length) throws IOException {
    try (var out = to.create(file)) {
      out.append(bytes, 0, length);
    }
  }

  @Test
  void aStoreIsFoundAsItWasLogged() throws Exception {
    try (var manifest = Manifest.create(disk, STORE, 5, empty(6))) {
      manifest.log(flush(7));
      manifest.log(flush(9).setLogNumber(8));
      manifest.log(
          new VersionEdit()
              .deleteFile(0, 7)
              .deleteFile(0, 9)
              .addFile(1, file(12, "a", "k", 150, 9))
              .setNextFileNumber(13));
      assertThat(manifest.shouldRoll()).isFalse();
      assertThat(manifest.file()).isEqualTo(MANIFEST);
    }
    assertThat(new String(bytes(disk, CURRENT), US_ASCII)).isEqualTo("MANIFEST-000005\n");
    assertThat(disk.list(STORE)).containsExactly("CURRENT", "MANIFEST-000005");
    var recovered = Manifest.recover(disk, STORE);
    assertThat(recovered.logNumber()).isEqualTo(8);
    assertThat(recovered.nextFileNumber()).isEqualTo(13);
    assertThat(recovered.lastSequence()).isEqualTo(90);
    assertThat(recovered.manifestNumber()).isEqualTo(5);
    assertThat(recovered.tornTail()).isNull();
    assertThat(recovered.version().files(0)).isEmpty();
    assertThat(recovered.version().files(1)).extracting("fileBytes").containsExactly(150L);
  }

  @Test
  void theNextNumberIsTheOneLoggedLast() throws Exception {
    try (var manifest = Manifest.create(disk, STORE, 5, empty(6))) {
      manifest.log(new VersionEdit().setNextFileNumber(40));
    }
    assertThat(Manifest.recover(disk, STORE).nextFileNumber())
        .as("the next file number, of two edits that name one")
        .isEqualTo(40);
  }

  @Test
  void countersNeverStandBehindTheFiles() throws Exception {
    try (var manifest = Manifest.create(disk, STORE, 50, empty(6))) {
      assertThat(Manifest.recover(disk, STORE).nextFileNumber()).isEqualTo(51);
      manifest.log(new VersionEdit().addFile(0, file(70, "a", "b", 100, 33)));
    }
    var recovered = Manifest.recover(disk, STORE);
    assertThat(recovered.nextFileNumber()).isEqualTo(71);
    assertThat(recovered.lastSequence()).isEqualTo(33);
  }

  @Test
  void aNewManifestSaysTheSameAsTheOldOne() throws Exception {
    try (var manifest = Manifest.create(disk, STORE, 5, empty(6))) {
      manifest.log(flush(7));
    }
    var before = Manifest.recover(disk, STORE);
    var snapshot = Manifest.snapshotOf(before.version(), 3, 10, 70);
    Manifest.create(disk, STORE, 9, snapshot).close();
    var after = Manifest.recover(disk, STORE);
    assertThat(state(after)).isEqualTo(state(before));
    assertThat(after.manifestNumber()).isEqualTo(9);
  }

  @Test
  void whateverAPowerLossLeavesNoAcknowledgedEditIsLost() throws Exception {
    var script = new CrashScript();
    disk.onCall(call -> script.lookAtCrashes());
    script.run();
    disk.onCall(null);
    script.lookAtCrashes();
    assertThat(script.looks).isGreaterThan(1000);
  }

  /** Logs edits, begins a new manifest in between, and looks at what a power loss would leave. */
  private final class CrashScript {
    private final List<String> states = new ArrayList<>();
    private int acknowledged = -1;
    private int looks;

    void run() throws IOException {
      var version = Version.empty(Version.LEVELS);
      var snapshot = Manifest.snapshotOf(version, 3, 6, 0);
      states.add(version + "log 3 last 0");
      var manifest = Manifest.create(disk, STORE, 5, snapshot);
      acknowledged = 0;
      for (long number = 10; number < 18; number++) {
        if (number == 14) {
          manifest.close();
          long last = 10 * (number - 1);
          manifest = Manifest.create(disk, STORE, 6, Manifest.snapshotOf(version, 3, number, last));
        }
        var edit = flush(number);
        version = version.apply(edit);
        states.add(version + "log 3 last " + 10 * number);
        manifest.log(edit);
        acknowledged++;
      }
      manifest.close();
    }

    void lookAtCrashes() {
      for (int percent = 0; percent <= 100; percent += 2) {
        looks++;
        lookAt(disk.crashClone(looks, percent), "clone " + looks + " with " + percent + " %");
      }
    }

    private void lookAt(FileSystem survivor, String what) {
      try {
        assertThat(state(Manifest.recover(survivor, STORE)))
            .as(what)
            .isIn(states.subList(Math.max(0, acknowledged), states.size()));
      } catch (NoSuchFileException nothingYet) {
        assertThat(acknowledged).as("%s: %s", what, nothingYet).isNegative();
      } catch (IOException damaged) {
        throw new AssertionError(what + ": " + damaged.getMessage(), damaged);
      }
    }
  }

  @Test
  void noFailedCallIsFollowedByAnotherTry() throws Exception {
    for (int n = 1; n < 40; n++) {
      var memory = new CrashMemFs();
      memory.createDirectories(STORE);
      var faulty = new FaultFs(memory);
      faulty.failNth(n, FaultFs.Fault.IO_ERROR);
      int logged = logUntilFailure(faulty);
      faulty.clear();
      if (faulty.faults() > 0 && logged >= 0) {
        int files = Manifest.recover(memory, STORE).version().fileCount(0);
        assertThat(files).as("call %s failed", n).isBetween(logged, logged + 1);
      }
    }
  }

  /** Edits that were acknowledged, or -1 if not even the manifest was made. */
  private static int logUntilFailure(FaultFs faulty) throws IOException {
    int logged = -1;
    try {
      var manifest = Manifest.create(faulty, STORE, 5, empty(6));
      logged = 0;
      try {
        while (logged < 6) {
          manifest.log(flush(10 + logged));
          logged++;
        }
      } catch (IOException failed) {
        faulty.clear();
        assertThatThrownBy(() -> manifest.log(flush(30)))
            .isInstanceOf(KvException.Fenced.class)
            .hasMessageContaining(failed.getMessage());
      }
    } catch (IOException notMade) {
      assertThat(notMade).hasMessageContaining("injected");
    }
    return logged;
  }

  @Test
  void aFailedSyncIsReportedAndFences() throws Exception {
    var faulty = new FaultFs(disk);
    var manifest = Manifest.create(faulty, STORE, 5, empty(6));
    faulty.rule(FaultFs.Rule.always(FaultFs.Fault.IO_ERROR).on(FsCall.Kind.SYNC));
    assertThatThrownBy(() -> manifest.log(flush(7)), "an edit on a disk that cannot sync")
        .hasMessageContaining("SYNC");
    faulty.clear();
    assertThatThrownBy(() -> manifest.log(flush(8))).isInstanceOf(KvException.Fenced.class);
  }

  /** A manifest of six records, and the states after each. */
  private List<String> sixRecords() throws IOException {
    var states = new ArrayList<String>();
    try (var manifest = Manifest.create(disk, STORE, 5, empty(6))) {
      states.add(state(Manifest.recover(disk, STORE)));
      for (long number = 10; number < 15; number++) {
        manifest.log(flush(number));
        states.add(state(Manifest.recover(disk, STORE)));
      }
    }
    return states;
  }

  @Test
  void aManifestCutAnywhereIsAnOlderStateOrAnError() throws Exception {
    var states = sixRecords();
    byte[] whole = bytes(disk, MANIFEST);
    int torn = 0;
    for (int length = 0; length < whole.length; length++) {
      write(disk, MANIFEST, whole, length);
      try {
        var recovered = Manifest.recover(disk, STORE);
        assertThat(states.subList(0, 5)).as("cut to %s", length).contains(state(recovered));
        torn += recovered.tornTail() == null ? 0 : 1;
      } catch (KvException.Corruption noSnapshot) {
        assertThat(noSnapshot.file()).isEqualTo(MANIFEST);
        assertThat(torn).as("cut to %s: %s", length, noSnapshot).isZero();
      }
    }
    assertThat(torn).isGreaterThan(100);
  }

  @Test
  void aFlippedByteIsAnErrorOrAReportedTailButNeverAWrongVersion() throws Exception {
    var states = sixRecords();
    byte[] whole = bytes(disk, MANIFEST);
    int refused = 0;
    for (int at = 0; at < whole.length; at++) {
      for (int mask : new int[] {1, 0x80, 0xff}) {
        byte[] flipped = whole.clone();
        flipped[at] ^= (byte) mask;
        write(disk, MANIFEST, flipped, flipped.length);
        try {
          var recovered = Manifest.recover(disk, STORE);
          assertThat(recovered.tornTail()).as("byte %s ^ %s", at, mask).isNotNull();
          assertThat(states.subList(0, 5)).contains(state(recovered));
        } catch (KvException damaged) {
          refused++;
        }
      }
    }
    assertThat(refused).isGreaterThan(whole.length);
  }

  @Test
  void currentIsExactlyANameOrRefused() throws Exception {
    Manifest.create(disk, STORE, 5, empty(6)).close();
    assertThat(Manifest.recover(disk, STORE).manifestNumber()).isEqualTo(5);
    for (String text :
        new String[] {
          "",
          "\n",
          "MANIFEST-\n",
          "MANIFEST-000005",
          "MANIFEST-000005\r\n",
          "MANIFEST-000005\n\n",
          "MANIFEST-00005\n",
          "MANIFEST-00000x\n",
          "manifest-000005\n",
          "MANIFEST-+00005\n",
          "MANIFEST-000005 \n",
          "MANIFEST-0000000000000000005\n",
          "x".repeat(1000)
        }) {
      write(disk, CURRENT, text.getBytes(US_ASCII), text.length());
      assertThatThrownBy(() -> Manifest.recover(disk, STORE))
          .as(text)
          .isInstanceOf(KvException.Corruption.class)
          .hasMessageContaining("CURRENT at offset 0");
    }
  }

  @Test
  void currentMayNotNameAManifestThatIsNotThere() throws Exception {
    assertThatThrownBy(() -> Manifest.recover(disk, STORE)).isInstanceOf(NoSuchFileException.class);
    write(disk, CURRENT, "MANIFEST-000077\n".getBytes(US_ASCII), 16);
    assertThatThrownBy(() -> Manifest.recover(disk, STORE))
        .isInstanceOf(KvException.Corruption.class)
        .hasMessageContaining("MANIFEST-000077");
    Manifest.create(disk, STORE, 5, empty(6)).close();
    assertThat(Manifest.recover(disk, STORE).manifestNumber()).isEqualTo(5);
  }

  /** A manifest of whole records that say something impossible. */
  private void logRaw(byte[]... records) throws IOException {
    try (var log = LogWriter.appending(disk, MANIFEST)) {
      for (byte[] record : records) {
        log.append(record, 0, record.length);
      }
    }
    write(disk, CURRENT, "MANIFEST-000005\n".getBytes(US_ASCII), 16);
  }

  @Test
  void editsThatContradictEachOtherAreCorruption() throws Exception {
    byte[] start = empty(6).encode();
    refused("file 9 is not in level 0", start, new VersionEdit().deleteFile(0, 9).encode());
    refused("file 7 is in level 0", start, flush(7).encode(), flush(7).encode());
    refused(
        "level 1 overlap",
        start,
        new VersionEdit()
            .addFile(1, file(7, "a", "k"))
            .addFile(1, file(8, "j", "z", 100, 3))
            .encode());
    refused("log number", new VersionEdit().setNextFileNumber(3).setLastSequence(1).encode());
    refused("next file number", new VersionEdit().setLogNumber(3).setLastSequence(1).encode());
    refused("last sequence", new VersionEdit().setLogNumber(3).setNextFileNumber(1).encode());
    refused("log number");
  }

  private void refused(String what, byte[]... records) throws IOException {
    logRaw(records);
    assertThatThrownBy(() -> Manifest.recover(disk, STORE))
        .isInstanceOf(KvException.Corruption.class)
        .hasMessageContaining("MANIFEST-000005 at offset")
        .hasMessageContaining(what);
  }

  private static byte[] inGroup(VersionEdit edit, int rest) {
    byte[] record = edit.encode();
    byte[] grouped = Arrays.copyOf(record, record.length + 3);
    grouped[record.length] = (byte) 0xac; // tag 300
    grouped[record.length + 1] = 2;
    grouped[record.length + 2] = (byte) rest;
    return grouped;
  }

  @Test
  void anAtomicGroupCountsAsAWholeOrNotAtAll() throws Exception {
    byte[] start = empty(6).encode();
    byte[] first = inGroup(flush(7), 1);
    byte[] second = inGroup(flush(8), 0);
    logRaw(start, first, second);
    assertThat(Manifest.recover(disk, STORE).version().fileCount(0)).isEqualTo(2);
    logRaw(start, first);
    var torn = Manifest.recover(disk, STORE);
    assertThat(torn.version().fileCount(0)).isZero();
    assertThat(torn.tornTail()).isNotNull();
    refused("more in its group", start, first, inGroup(flush(8), 1));
  }

  @Test
  void aManifestIsDumpedInWords() throws Exception {
    try (var manifest = Manifest.create(disk, STORE, 5, empty(6))) {
      manifest.log(flush(12));
      manifest.log(new VersionEdit().deleteFile(0, 12).addFile(3, file(12, "a", "k", 100, 12)));
    }
    var lines = new ArrayList<String>();
    Manifest.dump(disk, MANIFEST, lines::add);
    assertThat(String.join("\n", lines))
        .isEqualTo(
            """
            edit at offset 0
              comparator: leveldb.BytewiseComparator
              log_number: 3
              next_file_number: 6
              last_sequence: 0
            edit at offset 41
              next_file_number: 13
              last_sequence: 120
              add level 0: 12(100 bytes, 'a' seq:12, type:1 .. 'k' seq:12, type:1)
            edit at offset 79
              delete level 0: 12
              add level 3: 12(100 bytes, 'a' seq:12, type:1 .. 'k' seq:12, type:1)
            --------------- Column family "default"  (ID 0) --------------
            log number: 3
            comparator: leveldb.BytewiseComparator
            level 0: 0 files, 0 bytes
            level 1: 0 files, 0 bytes
            level 2: 0 files, 0 bytes
            level 3: 1 files, 100 bytes
              12(100 bytes, 'a' seq:12, type:1 .. 'k' seq:12, type:1)
            next_file_number 13 last_sequence 120\
            """);
  }
}
