package systems.kvstore.bitcask;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;
import systems.kvstore.bitcask.KeyDir.Location;
import systems.kvstore.fs.FileSystem;

/**
 * Opening a directory: what the files say, oldest first, is told to an empty key directory.
 *
 * <pre>
 *   0000000001.data  0000000001.hint    sealed, believed by its hint: no value is read
 *   0000000002.data                     sealed, scanned; gets a hint
 *   0000000003.data                     the newest: scanned, its torn tail cut, goes on growing
 *   0000000004.data.tmp                 a merge or a cut that did not finish: deleted
 *   LOCK
 * </pre>
 *
 * <p>Only the newest file may end in a torn record. A file is synced before its successor comes to
 * be, so damage in any other one is bytes that were promised and are gone.
 *
 * <p>Replay needs no sequence numbers to find the newest record of a key: the last one told wins.
 * That rests on the order of the ids, which merges keep (see {@link Merge}), and it must hold for
 * whatever a crash leaves of a merge: some outputs, some inputs, tombstones among them.
 */
final class Recovery {
  private final FileSystem fileSystem;
  private final Path directory;
  private final KeyDir keyDir = new KeyDir();
  private final TreeMap<Integer, DataFile> files = new TreeMap<>();
  private final List<Integer> hinted = new ArrayList<>();
  private int lastId;
  private long lastSequence;
  private int hintsBelieved;
  private int hintsFailed;
  private BitcaskStore.@Nullable TornTail tornTail;

  private Recovery(FileSystem fileSystem, Path directory) {
    this.fileSystem = fileSystem;
    this.directory = directory;
  }

  /** What opening found. The active file is the last of {@code files}, and the largest id. */
  record Recovered(
      KeyDir keyDir,
      DataFile[] files,
      ActiveFile active,
      int lastId,
      long lastSequence,
      int hintsBelieved,
      int hintsFailed,
      BitcaskStore.@Nullable TornTail tornTail) {}

  /** Reads a directory whose lock the caller holds. */
  static Recovered recover(FileSystem fileSystem, Path directory) throws IOException {
    var recovery = new Recovery(fileSystem, directory);
    try {
      return recovery.run();
    } catch (Throwable e) {
      for (DataFile file : recovery.files.values()) {
        file.close();
      }
      throw e;
    }
  }

  private Recovered run() throws IOException {
    List<Integer> ids = survey();
    for (int id : ids.subList(0, Math.max(0, ids.size() - 1))) {
      replaySealed(id);
    }
    ActiveFile active = ids.isEmpty() ? first() : replayNewest(ids.getLast());
    DataFile[] all = files.values().toArray(DataFile[]::new);
    assert all[all.length - 1] == active.file();
    return new Recovered(
        keyDir, all, active, lastId, lastSequence, hintsBelieved, hintsFailed, tornTail);
  }

  /** Sorts out the names; deletes what an interrupted merge or cut left. */
  private List<Integer> survey() throws IOException {
    var ids = new ArrayList<Integer>();
    for (String name : fileSystem.list(directory)) {
      int data = DataFile.idOf(name);
      int hint = DataFile.idOf(name, Hint.SUFFIX);
      int unfinished = DataFile.idOf(name, ".data.tmp");
      lastId = Math.max(lastId, Math.max(data, Math.max(hint, unfinished)));
      if (data > 0) {
        ids.add(data);
      } else if (hint > 0) {
        hinted.add(hint);
      } else if (unfinished > 0) {
        fileSystem.delete(directory.resolve(name));
      }
    }
    for (int id : hinted) {
      if (!ids.contains(id)) {
        fileSystem.delete(Hint.path(directory, id));
      }
    }
    ids.sort(null);
    return ids;
  }

  private ActiveFile first() throws IOException {
    ActiveFile active = ActiveFile.create(fileSystem, directory, ++lastId);
    files.put(lastId, active.file());
    return active;
  }

  private DataFile add(int id) throws IOException {
    DataFile file = DataFile.open(fileSystem, directory, id);
    files.put(id, file);
    return file;
  }

  private void replaySealed(int id) throws IOException {
    DataFile file = add(id);
    Path hintPath = Hint.path(directory, id);
    Hint hint = Hint.read(fileSystem, hintPath, file);
    if (hint == null) {
      scanSealed(file, hintPath);
      return;
    }
    while (hint.next(hintPath)) {
      apply(
          file,
          hint.array(),
          hint.keyOffset(),
          hint.keyLength(),
          hint.position(),
          hint.valueLength());
    }
    lastSequence = Math.max(lastSequence, hint.lastSequence());
    hintsBelieved++;
  }

  private void scanSealed(DataFile file, Path hintPath) throws IOException {
    var scanner = new DataScanner(file.reader());
    var draft = new Hint.Draft();
    DataScanner.Step step = scanner.next();
    for (; step == DataScanner.Step.RECORD; step = scanner.next()) {
      replay(file, scanner, draft);
    }
    if (step == DataScanner.Step.DAMAGE) {
      throw corruption(file, scanner);
    }
    try {
      draft.write(fileSystem, hintPath, file.bytes());
    } catch (IOException e) {
      hintsFailed++;
    }
  }

  private ActiveFile replayNewest(int id) throws IOException {
    DataFile file = add(id);
    var scanner = new DataScanner(file.reader());
    var draft = new Hint.Draft();
    long synced = 0;
    boolean marked = true;
    DataScanner.Step step = scanner.next();
    for (; step == DataScanner.Step.RECORD; step = scanner.next()) {
      replay(file, scanner, draft);
      synced = Math.max(synced, Record.synced(scanner.array(), scanner.offset()));
      marked = scanner.valueLength() == Record.MARK;
    }
    if (step == DataScanner.Step.DAMAGE) {
      file = cutTail(file, scanner);
      synced = file.bytes();
    }
    return ActiveFile.resume(fileSystem, file, draft, synced, marked);
  }

  /** Cuts the newest file where its records end, unless they end in bytes that were synced. */
  private DataFile cutTail(DataFile file, DataScanner scanner) throws IOException {
    KvException.Corruption damage = corruption(file, scanner);
    if (scanner.damageWasSynced(lastSequence)) {
      throw damage;
    }
    long keep = scanner.position();
    tornTail =
        new BitcaskStore.TornTail(
            file.path(), keep, scanner.remaining(), String.valueOf(damage.getMessage()));
    DataFile.cut(fileSystem, file.path(), keep);
    file.replaced();
    return file;
  }

  private static KvException.Corruption corruption(DataFile file, DataScanner scanner) {
    return new KvException.Corruption(
        file.path(), scanner.position(), scanner.expected(), scanner.found());
  }

  private void replay(DataFile file, DataScanner scanner, Hint.Draft draft) {
    draft.add(scanner.array(), scanner.offset(), scanner.position());
    lastSequence = Math.max(lastSequence, scanner.sequence());
    if (scanner.valueLength() != Record.MARK) {
      apply(
          file,
          scanner.array(),
          scanner.keyOffset(),
          scanner.keyLength(),
          (int) scanner.position(),
          scanner.valueLength());
    }
  }

  /** Tells the key directory of one put or delete. */
  private void apply(
      DataFile file, byte[] array, int keyOffset, int keyLength, int position, int valueLength) {
    //> phase 1: a deletion is a record too; what would a reader see without it?
    Location before;
    if (valueLength == Record.TOMBSTONE) { //~ resurrects: if (valueLength < Record.MARK) {
      before = keyDir.remove(array, keyOffset, keyLength);
    } else {
      var here = new Location(file.id(), position, Record.bytes(keyLength, valueLength));
      before = keyDir.put(array, keyOffset, keyLength, here);
      file.gained(here.bytes());
    }
    if (before != null) {
      Objects.requireNonNull(files.get(before.fileId())).lost(before.bytes());
    }
    //< phase 1
  }
}
