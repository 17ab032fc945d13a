package systems.kvstore.lsm;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;
import systems.kvstore.Slice;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.log.LogReader;
import systems.kvstore.log.LogWriter;

/**
 * The log of versions: which tables count, and from which write-ahead log on to replay. A table on
 * disk that the manifest does not name does not exist, however whole it is.
 *
 * <pre>
 *   CURRENT            "MANIFEST-000005\n"
 *       |
 *       v
 *   MANIFEST-000005    [snapshot: comparator, counters, all files] [edit] [edit] [edit] ...
 *                      framed like a write-ahead log, each edit synced before it counts
 * </pre>
 *
 * <p>Two steps make everything atomic: one record of the log is whole or is not there, and a rename
 * has happened or has not. A new manifest comes into force like this:
 *
 * <pre>
 *   write MANIFEST-000009, sync      the content is on the device
 *   write 000009.dbtmp, sync         so is the new CURRENT, under another name
 *   sync directory                   both names are: only now may CURRENT point there
 *   rename 000009.dbtmp -> CURRENT
 *   sync directory                   the old manifest may go
 * </pre>
 *
 * <ol>
 *   <li>CURRENT always names a manifest that begins with a whole snapshot.
 *   <li>An edit is durable before anybody acts on it: before a table is shown to readers, and long
 *       before an input of a compaction or a write-ahead log is deleted.
 *   <li>After a failed append or sync nobody knows what is on the device, so that the manifest
 *       takes no further edit ({@link LogWriter} sees to it), and opening the store tells.
 *   <li>A record at the end that is not whole was never acted on and is left out, and reported. A
 *       damaged record with good ones behind it was, and is refused.
 * </ol>
 *
 * <p>A manifest is never continued after a restart; the first edit begins a new one, or the opening
 * itself if it has something to delete. That costs a few kilobytes, and spares the question of what
 * to do with a torn tail and with fields of RocksDB that a new edit would contradict.
 *
 * <p>One thread at a time. Source: RocksDB wiki, "MANIFEST".
 */
final class Manifest implements Closeable {
  private static final String CURRENT = "CURRENT";
  private static final String PREFIX = "MANIFEST-";
  private static final int DIGITS_MIN = 6;
  private static final int DIGITS_MAX = 18;
  private static final int CURRENT_BYTES_MAX = PREFIX.length() + DIGITS_MAX + 1;

  /** A manifest that has grown beyond this is better begun anew. */
  static final long ROLL_BYTES = 64L << 20;

  /** Records in an atomic group that are kept in memory until it is whole. */
  private static final int GROUP_RECORDS_MAX = 1 << 16;

  /**
   * What a directory holds.
   *
   * @param version the tables
   * @param logNumber the oldest write-ahead log that has to be replayed
   * @param nextFileNumber larger than the number of every file that the manifest knows
   * @param lastSequence at least the sequence number of every version in a table
   * @param manifestNumber the number in the name of the manifest that was read
   * @param tornTail bytes at the manifest's end that were left out, or null
   */
  record Recovered(
      Version version,
      long logNumber,
      long nextFileNumber,
      long lastSequence,
      long manifestNumber,
      LogReader.@Nullable TornTail tornTail) {}

  private final Path file;
  private final LogWriter log;

  private Manifest(Path file, LogWriter log) {
    this.file = file;
    this.log = log;
  }

  /** RocksDB's name of a manifest. */
  static String fileName(long number) {
    return FileNames.manifest(number);
  }

  /**
   * Begins a new manifest with a snapshot of everything and makes it the one that counts. Both its
   * content and CURRENT are durable when this returns. If it fails, the old manifest may count or
   * the new one; both say the same.
   */
  static Manifest create(FileSystem fileSystem, Path directory, long number, VersionEdit snapshot)
      throws IOException {
    assert snapshot.comparator() != null && snapshot.logNumber() != null : "not a snapshot";
    assert snapshot.nextFileNumber() != null && snapshot.lastSequence() != null;
    Path file = directory.resolve(fileName(number));
    var manifest = new Manifest(file, LogWriter.appending(fileSystem, file));
    try {
      manifest.log(snapshot);
      pointCurrentTo(fileSystem, directory, number);
      return manifest;
    } catch (IOException | RuntimeException failed) {
      closeAfter(failed, manifest);
      throw failed;
    }
  }

  private static void closeAfter(Exception failed, Manifest manifest) {
    try {
      manifest.close();
    } catch (IOException alsoFailed) {
      failed.addSuppressed(alsoFailed);
    }
  }

  private static void pointCurrentTo(FileSystem fileSystem, Path directory, long number)
      throws IOException {
    //> phase 4: after which of these steps may the power fail, and what does CURRENT name then?
    Path temporary = FileNames.temporary(directory, number);
    byte[] name = (fileName(number) + "\n").getBytes(US_ASCII);
    try (var out = fileSystem.create(temporary)) {
      out.append(name, 0, name.length);
      out.sync(); //~ emptyCurrent: ;
    }
    fileSystem.syncDirectory(directory); //~ danglingCurrent: ;
    fileSystem.rename(temporary, directory.resolve(CURRENT));
    fileSystem.syncDirectory(directory); //~ forgottenRename: ;
    //< phase 4
  }

  /** A snapshot of a version, to which the caller adds the counters. */
  static VersionEdit snapshotOf(Version version) {
    var snapshot = new VersionEdit().setComparator(VersionEdit.BYTEWISE);
    for (int level = 0; level < version.levels(); level++) {
      for (FileMetadata file : version.files(level)) {
        snapshot.addFile(level, file);
      }
    }
    return snapshot;
  }

  /** A snapshot of a version and of the counters. */
  static VersionEdit snapshotOf(
      Version version, long logNumber, long nextFileNumber, long lastSequence) {
    return snapshotOf(version)
        .setLogNumber(logNumber)
        .setNextFileNumber(nextFileNumber)
        .setLastSequence(lastSequence);
  }

  /**
   * Appends an edit and waits until it is durable.
   *
   * @throws KvException.Fenced if an earlier call failed
   */
  void log(VersionEdit edit) throws IOException {
    //> phase 4: from when on may somebody act on the edit?
    byte[] record = edit.encode();
    log.append(record, 0, record.length);
    log.sync(); //~ unsyncedEdit: ;
    //< phase 4
  }

  /** Whether it is time for a new manifest. */
  boolean shouldRoll() {
    return log.size() > ROLL_BYTES;
  }

  /** Where this manifest lies. */
  Path file() {
    return file;
  }

  @Override
  public void close() throws IOException {
    log.close();
  }

  /**
   * Reads what a directory holds. Changes nothing.
   *
   * @throws NoSuchFileException if there is no CURRENT
   * @throws KvException.Corruption if CURRENT, the manifest or what it says is damaged
   * @throws KvException.Unsupported if it says something that this engine does not have
   */
  static Recovered recover(FileSystem fileSystem, Path directory) throws IOException {
    long number = currentManifest(fileSystem, directory);
    Path file = directory.resolve(fileName(number));
    try {
      return read(fileSystem, file, number, (_, _) -> {});
    } catch (NoSuchFileException gone) {
      throw new KvException.Corruption(
          directory.resolve(CURRENT), 0, "the name of an existing manifest", fileName(number));
    }
  }

  /**
   * Reads one manifest, whatever CURRENT says.
   *
   * @param edits is given each edit with its offset before it is applied
   */
  static Recovered read(
      FileSystem fileSystem, Path file, long number, ObjLongConsumer<VersionEdit> edits)
      throws IOException {
    var replay = new Replay(file);
    try (var reader = LogReader.open(fileSystem, file, LogReader.OnDamage.REFUSE)) {
      for (Slice record = reader.next(); record != null; record = reader.next()) {
        long offset = reader.recordOffset();
        VersionEdit edit = VersionEdit.decode(record, file, offset);
        edits.accept(edit, offset);
        replay.add(edit, offset);
      }
      return replay.finish(number, reader.tornTail());
    }
  }

  /** The number of the manifest that CURRENT names. */
  static long currentManifest(FileSystem fileSystem, Path directory) throws IOException {
    Path file = directory.resolve(CURRENT);
    try (var current = fileSystem.open(file)) {
      long size = current.size();
      if (size > CURRENT_BYTES_MAX) {
        throw notAName(file, size + " bytes");
      }
      byte[] bytes = new byte[(int) size];
      current.read(0, bytes, 0, bytes.length);
      return manifestNumber(file, new String(bytes, US_ASCII));
    }
  }

  private static long manifestNumber(Path current, String text) throws KvException.Corruption {
    int end = text.length() - 1;
    int digits = end - PREFIX.length();
    boolean framed = digits >= DIGITS_MIN && digits <= DIGITS_MAX && text.charAt(end) == '\n';
    if (!framed || !text.startsWith(PREFIX)) {
      throw notAName(current, "\"" + text.stripTrailing() + "\"");
    }
    long number = 0;
    for (int i = PREFIX.length(); i < end; i++) {
      char digit = text.charAt(i);
      if (digit < '0' || digit > '9') {
        throw notAName(current, "\"" + text.stripTrailing() + "\"");
      }
      number = 10 * number + (digit - '0');
    }
    return number;
  }

  private static KvException.Corruption notAName(Path current, String found) {
    return new KvException.Corruption(current, 0, "\"MANIFEST-\", digits, a line feed", found);
  }

  /**
   * Writes what a manifest says in words, each record with its offset and the version at the end.
   *
   * @throws KvException as {@link #recover}, after the lines of the records before the damage
   */
  static void dump(FileSystem fileSystem, Path file, Consumer<String> lines) throws IOException {
    var end =
        read(
            fileSystem,
            file,
            0,
            (edit, offset) -> {
              lines.accept("edit at offset " + offset);
              edit.toString().lines().forEach(lines);
            });
    dumpEnd(end, lines);
  }

  private static void dumpEnd(Recovered end, Consumer<String> lines) {
    var tail = end.tornTail();
    if (tail != null) {
      lines.accept("torn tail at offset " + tail.offset() + ": " + tail.reason());
    }
    lines.accept("--------------- Column family \"default\"  (ID 0) --------------");
    lines.accept("log number: " + end.logNumber());
    lines.accept("comparator: " + VersionEdit.BYTEWISE);
    end.version().toString().lines().forEach(lines);
    lines.accept(
        "next_file_number " + end.nextFileNumber() + " last_sequence " + end.lastSequence());
  }

  /** Adds up the records of a manifest. */
  private static final class Replay {
    private final Path file;
    private final Version.Builder builder = new Version.Builder(Version.empty(Version.LEVELS));
    private final List<VersionEdit> group = new ArrayList<>();
    private @Nullable Long logNumber;
    private @Nullable Long nextFile;
    private @Nullable Long lastSequence;
    private long fileNumberMax;
    private long sequenceMax;
    private long offset;
    private long groupOffset;

    Replay(Path file) {
      this.file = file;
    }

    /** A record, or one of a group of which all count or none. */
    void add(VersionEdit edit, long recordOffset) throws KvException {
      offset = recordOffset;
      groupOffset = group.isEmpty() ? recordOffset : groupOffset;
      group.add(edit);
      checkGroup(edit);
      if (edit.groupRest() == 0) {
        for (VersionEdit member : group) {
          apply(member);
        }
        group.clear();
      }
    }

    private void checkGroup(VersionEdit edit) throws KvException {
      long rest = group.size() > 1 ? group.get(group.size() - 2).groupRest() - 1 : edit.groupRest();
      if (edit.groupRest() != rest || rest > GROUP_RECORDS_MAX) {
        throw corruption("a record with " + rest + " more in its group", "" + edit.groupRest());
      }
    }

    private void apply(VersionEdit edit) throws KvException {
      //> phase 4: a record may leave a counter out; what does it say then?
      logNumber = later(logNumber, edit.logNumber());
      Long told = edit.nextFileNumber();
      nextFile = later(nextFile, told); //~ firstWins: nextFile = later(told, nextFile);
      lastSequence = later(lastSequence, edit.lastSequence());
      for (VersionEdit.NewFile added : edit.newFiles()) {
        fileNumberMax = Math.max(fileNumberMax, added.file().number());
        sequenceMax = Math.max(sequenceMax, added.file().largestSequence());
      }
      try {
        builder.apply(edit);
      } catch (Version.InconsistentException wrong) {
        throw corruption("an edit that fits the ones before it", wrong.getMessage());
      }
      //< phase 4
    }

    private static @Nullable Long later(@Nullable Long last, @Nullable Long next) {
      return next == null ? last : next;
    }

    /** The sum; counters never stand behind what the files themselves say. */
    Recovered finish(long number, LogReader.@Nullable TornTail tornTail) throws KvException {
      assert fileNumberMax >= 0 && sequenceMax >= 0;
      long log = required(logNumber, "log number");
      long next = required(nextFile, "next file number");
      long sequence = required(lastSequence, "last sequence");
      return new Recovered(
          build(),
          log,
          Math.max(Math.max(next, fileNumberMax + 1), Math.max(number, log) + 1),
          Math.max(sequence, sequenceMax),
          number,
          group.isEmpty() ? tornTail : tornGroup(tornTail));
    }

    private LogReader.TornTail tornGroup(LogReader.@Nullable TornTail tail) {
      long lost =
          tail == null ? offset - groupOffset : tail.offset() + tail.lostBytes() - groupOffset;
      return new LogReader.TornTail(file, groupOffset, lost, "an atomic group without its end");
    }

    private Version build() throws KvException {
      try {
        return builder.build();
      } catch (Version.InconsistentException wrong) {
        throw corruption("levels of files that do not overlap", wrong.getMessage());
      }
    }

    private long required(@Nullable Long counter, String name) throws KvException {
      if (counter == null) {
        throw corruption("a record with the " + name, "none");
      }
      return counter;
    }

    private KvException corruption(String expected, @Nullable String found) {
      return new KvException.Corruption(file, offset, expected, "" + found);
    }
  }
}
