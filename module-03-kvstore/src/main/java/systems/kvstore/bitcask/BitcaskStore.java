package systems.kvstore.bitcask;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import systems.kvstore.Durability;
import systems.kvstore.KvException;
import systems.kvstore.KvStore;
import systems.kvstore.ValueBuffer;
import systems.kvstore.bitcask.KeyDir.Location;
import systems.kvstore.fs.FileSystem;

/**
 * A store that is one append-only log and a hash index of it in memory: a write is one append, a
 * read is one lookup and one read of the disk. All keys must fit into memory, values need not.
 *
 * <pre>
 *   put(k, v) ---> append to the active file ---> key directory: k -> (file, position, bytes)
 *
 *   get(k)    ---> key directory ---> read that many bytes there, check them
 *
 *   directory:   1.data 1.hint   2.data 2.hint   3.data          LOCK
 *                sealed, never   sealed          active, the     one store
 *                written again                   end of the log  at a time
 * </pre>
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>The log comes first: the key directory points only at bytes that have been appended whole.
 *   <li>The active file has the largest id. It is synced before its successor exists, so unsynced
 *       bytes are only ever at the end of the log, and a power loss takes writes only from there.
 *   <li>A location that a reader got from the key directory is good until the file is retired, and
 *       a file is retired only after the key directory has let go of it. A reader that finds the
 *       file gone asks again and gets another answer.
 *   <li>After a failed append, sync or change of the directory nothing is written any more. What is
 *       on the disk is then unknown (a kernel may drop dirty pages after a failed fsync and report
 *       success the next time), and only reading it again tells.
 * </ol>
 *
 * <p>Locks, in the order in which they are taken:
 *
 * <pre>
 *   merge lock   one merge at a time
 *   write lock   order of the log: append and key directory change together
 *   sync lock    held during fsync: who waits for it finds its write synced by who went before
 * </pre>
 *
 * Readers take none of them, only the monitor of a stripe of the key directory, so a read never
 * waits for a disk that is busy syncing. Group commit needs no queue: eight threads that append and
 * then meet at the sync lock are served by one or two fsyncs, because each notes how far the log
 * reached when it began. A lock per stripe for writers was left out: there is one end of the log to
 * append to, and the append is most of the time.
 *
 * <p>A reader may see a value whose sync is still under way. If that sync fails, its writer gets
 * {@link KvException.Fenced} and the value may be gone when the store is opened again.
 *
 * <p>Source: J. Sheehy, D. Smith, "Bitcask: A Log-Structured Hash Table for Fast Key/Value Data",
 * Basho Technologies 2010. The layout of files is this module's own.
 */
public final class BitcaskStore implements KvStore {
  private static final String LOCK = "LOCK";
  private static final byte[] NO_VALUE = {};
  private static final Comparator<DataFile> BY_ID = Comparator.comparingInt(DataFile::id);

  /**
   * Settings of a store.
   *
   * @param segmentBytesMax size at which the active file is sealed, 1 KiB to 1 GiB; a longer record
   *     gets a file of its own
   * @param garbageRatioMax share of garbage in the sealed files above which a merge starts, 0 to 1
   * @param mergesItself whether a background thread merges; otherwise {@link #merge} does
   */
  public record Options(int segmentBytesMax, double garbageRatioMax, boolean mergesItself) {
    /** 64 MiB files, merged in the background when half of them is garbage. */
    public static final Options DEFAULT = new Options(64 << 20, 0.5, true);

    public Options {
      if (segmentBytesMax < 1024 || segmentBytesMax > 1 << 30) {
        throw new IllegalArgumentException("segments of " + segmentBytesMax + " bytes");
      }
      if (!(garbageRatioMax > 0 && garbageRatioMax <= 1)) {
        throw new IllegalArgumentException("a garbage ratio of " + garbageRatioMax);
      }
    }
  }

  /**
   * Bytes that opening cut off the newest file because they were no whole record.
   *
   * @param offset first byte that was cut
   * @param lostBytes how many
   */
  public record TornTail(Path file, long offset, long lostBytes, String reason) {}

  /**
   * A look at a store.
   *
   * @param dataBytes bytes in all data files
   * @param liveBytes those of them that belong to the newest records of existing keys
   * @param keyDirBytes heap of the key directory
   * @param hintsBelieved data files that opening did not have to read
   * @param hintsFailed hint files that could not be written
   * @param merges merges finished since the store was opened
   * @param mergeFailure why the last background merge failed, or null
   */
  public record Stats(
      long keys,
      int files,
      long dataBytes,
      long liveBytes,
      long keyDirBytes,
      int hintsBelieved,
      int hintsFailed,
      long merges,
      @Nullable String mergeFailure) {}

  private final FileSystem fileSystem;
  private final Path directory;
  private final Options options;
  private final Closeable lock;
  private final KeyDir keyDir;
  private final int hintsBelieved;
  private final @Nullable TornTail tornTail;

  private final ReentrantLock mergeLock = new ReentrantLock();
  private final ReentrantLock writeLock = new ReentrantLock();
  private final ReentrantLock syncLock = new ReentrantLock();

  /** Sorted by id; replaced as a whole under the write lock. */
  private volatile DataFile[] files;

  private volatile ActiveFile active;
  private int lastId;
  private volatile long lastSequence;
  private volatile long syncedSequence;
  private volatile @Nullable IOException fence;
  private volatile boolean closing;
  private volatile boolean closed;
  private boolean mergeScheduled;
  private final AtomicInteger hintsFailed = new AtomicInteger();
  private volatile long merges;
  private volatile @Nullable String mergeFailure;

  private BitcaskStore(
      FileSystem fileSystem,
      Path directory,
      Options options,
      Closeable lock,
      Recovery.Recovered recovered) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.options = options;
    this.lock = lock;
    this.keyDir = recovered.keyDir();
    this.files = recovered.files();
    this.active = recovered.active();
    this.lastId = recovered.lastId();
    this.lastSequence = recovered.lastSequence();
    this.hintsBelieved = recovered.hintsBelieved();
    this.hintsFailed.set(recovered.hintsFailed());
    this.tornTail = recovered.tornTail();
  }

  /** {@link #open(FileSystem, Path, Options)} with {@link Options#DEFAULT}. */
  public static BitcaskStore open(FileSystem fileSystem, Path directory) throws IOException {
    return open(fileSystem, directory, Options.DEFAULT);
  }

  /**
   * Opens the store of a directory, which is created if it is not there.
   *
   * @throws KvException.Busy if it is open already, here or in another process
   * @throws KvException.Corruption if a file is damaged elsewhere than at the torn end of the log
   */
  public static BitcaskStore open(FileSystem fileSystem, Path directory, Options options)
      throws IOException {
    if (!fileSystem.exists(directory)) {
      fileSystem.createDirectories(directory);
      Path parent = directory.toAbsolutePath().getParent();
      fileSystem.syncDirectory(Objects.requireNonNullElse(parent, directory));
    }
    Closeable lock = fileSystem.lock(directory.resolve(LOCK));
    try {
      var recovered = Recovery.recover(fileSystem, directory);
      return new BitcaskStore(fileSystem, directory, options, lock, recovered);
    } catch (Throwable e) {
      lock.close();
      throw e;
    }
  }

  @Override
  public void put(byte[] key, byte[] value, Durability durability) throws IOException {
    checkKey(key.length);
    if (value.length > VALUE_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a value of " + value.length + " bytes; the limit is " + VALUE_BYTES_MAX);
    }
    commit(key, value, value.length, durability);
  }

  @Override
  public void delete(byte[] key, Durability durability) throws IOException {
    checkKey(key.length);
    commit(key, NO_VALUE, Record.TOMBSTONE, durability);
  }

  private static void checkKey(int length) {
    if (length > KEY_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a key of " + length + " bytes; the limit is " + KEY_BYTES_MAX);
    }
  }

  private void commit(byte[] key, byte[] value, int valueLength, Durability durability)
      throws IOException {
    long sequence;
    writeLock.lock();
    try {
      checkWritable();
      sequence = write(key, value, valueLength);
    } finally {
      writeLock.unlock();
    }
    if (durability == Durability.SYNC) { //~ phase 1 acksBeforeSync: if (durability == null) {
      awaitSync(sequence);
    }
  }

  /** Appends a record and tells the key directory; returns how far the log reaches then. */
  private long write(byte[] key, byte[] value, int valueLength) throws IOException {
    boolean deletion = valueLength == Record.TOMBSTONE;
    if (deletion && keyDir.find(key, 0, key.length) == null) {
      return lastSequence;
    }
    makeRoom(Record.bytes(key.length, valueLength));
    //> phase 1: log or key directory, which of them first? And what has become garbage?
    long sequence = lastSequence + 1;
    int position = append(sequence, key, value, valueLength);
    DataFile file = active.file();
    Location before;
    if (deletion) {
      before = keyDir.remove(key, 0, key.length);
    } else {
      var here = new Location(file.id(), position, Record.bytes(key.length, valueLength));
      file.gained(here.bytes());
      before = keyDir.put(key, 0, key.length, here);
    }
    if (before != null) {
      file(before.fileId()).lost(before.bytes());
    }
    lastSequence = sequence;
    return sequence;
    //< phase 1
  }

  private int append(long sequence, byte[] key, byte[] value, int valueLength) throws IOException {
    try {
      return active.append(sequence, key, value, valueLength);
    } catch (KvException.NoSpace full) {
      throw full;
    } catch (IOException e) {
      throw fence(e);
    }
  }

  /** Sees to it that {@code bytes} more may be appended to the active file. */
  private void makeRoom(int bytes) throws IOException {
    healIfTorn();
    long used = active.file().bytes();
    if (used > 0 && used + bytes > options.segmentBytesMax) {
      roll(0);
      scheduleMerge();
    }
  }

  /** Cuts off the half record that a full disk left at the end of the log, if it has room again. */
  private void healIfTorn() throws IOException {
    if (!active.isTorn()) {
      return;
    }
    syncLock.lock();
    try {
      Path copy = active.copyOfWhole();
      replaceActiveBy(copy);
    } catch (KvException.NoSpace full) {
      throw full;
    } catch (IOException e) {
      throw fence(e);
    } finally {
      syncLock.unlock();
    }
  }

  private void replaceActiveBy(Path copy) throws KvException.Fenced {
    try {
      active.replaceBy(copy);
    } catch (IOException e) {
      throw fence(e);
    }
  }

  /** Seals the active file and begins a new one, with {@code idsFree} unused ids before its own. */
  private void roll(int idsFree) throws IOException {
    assert writeLock.isHeldByCurrentThread() && !active.isTorn();
    syncLock.lock();
    try {
      syncActive();
      ActiveFile sealed = active;
      ActiveFile next = begin(Math.addExact(lastId, idsFree + 1));
      lastId = next.file().id();
      files = with(files, next.file());
      active = next;
      sealed.file().seal();
      writeHint(sealed.hint(), sealed.file());
      sealed.close();
    } catch (KvException.NoSpace full) {
      throw full;
    } catch (IOException e) {
      throw fence(e);
    } finally {
      syncLock.unlock();
    }
  }

  private ActiveFile begin(int id) throws IOException {
    try {
      return ActiveFile.create(fileSystem, directory, id);
    } catch (KvException.NoSpace full) {
      // Were the new file there, the active one would be taken for sealed at the next opening.
      throw fileSystem.exists(directory.resolve(DataFile.name(id))) ? fence(full) : full;
    }
  }

  /** Writes a hint. A store without it opens more slowly: a failure is counted and that is all. */
  void writeHint(Hint.Draft hint, DataFile file) {
    try {
      hint.write(fileSystem, Hint.path(directory, file.id()), file.bytes());
    } catch (IOException e) {
      hintsFailed.incrementAndGet();
    }
  }

  /** Waits until the log is on the device up to a record; one fsync serves all who wait. */
  private void awaitSync(long sequence) throws IOException {
    if (syncedSequence >= sequence) {
      return;
    }
    syncLock.lock();
    try {
      if (syncedSequence < sequence) {
        checkWritable();
        syncActive();
      }
    } finally {
      syncLock.unlock();
    }
  }

  private void syncActive() throws IOException {
    assert syncLock.isHeldByCurrentThread();
    long reached = lastSequence;
    try {
      active.sync();
    } catch (IOException e) {
      throw fence(e);
    }
    syncedSequence = reached;
  }

  @Override
  public void sync() throws IOException {
    checkWritable();
    syncLock.lock();
    try {
      checkWritable();
      syncActive();
    } finally {
      syncLock.unlock();
    }
  }

  @Override
  public boolean get(byte[] key, int offset, int length, ValueBuffer into) throws IOException {
    checkOpen();
    Location missed = null;
    while (true) {
      Location at = keyDir.find(key, offset, length);
      if (at == null) {
        return false;
      }
      DataFile file = fileOrNull(at.fileId());
      if (file != null && read(file, at, key, offset, length, into)) {
        return true;
      }
      checkOpen();
      if (at.equals(missed)) {
        throw new ClosedChannelException();
      }
      missed = at;
    }
  }

  /** Reads and checks a record; false if a merge has retired the file meanwhile. */
  private boolean read(
      DataFile file, Location at, byte[] key, int offset, int length, ValueBuffer into)
      throws IOException {
    byte[] bytes = into.resize(at.bytes());
    try {
      file.read(at.position(), bytes, at.bytes());
    } catch (ClosedChannelException e) {
      return false;
    } catch (EOFException e) {
      throw new KvException.Corruption(
          file.path(),
          at.position(),
          "a record of " + at.bytes() + " bytes",
          "the end of the file");
    }
    int valueLength =
        Record.verify(file.path(), at.position(), bytes, at.bytes(), key, offset, length);
    System.arraycopy(bytes, Record.HEADER_BYTES + length, bytes, 0, valueLength);
    into.resize(valueLength);
    return true;
  }

  /**
   * Rewrites the log without its garbage. Reads and writes go on meanwhile; writes wait twice for
   * the time of a sync. Waits for a merge that is running.
   *
   * @throws KvException.Corruption if a sealed file is damaged; the log is then left as it is
   */
  public void merge() throws IOException {
    mergeLock.lock();
    try {
      prepareMerge().run();
      merges++;
    } finally {
      mergeLock.unlock();
    }
  }

  private Merge prepareMerge() throws IOException {
    writeLock.lock();
    try {
      checkWritable();
      healIfTorn();
      int max = options.segmentBytesMax;
      int first = lastId + 1;
      roll(Merge.idsNeeded(dataBytes(), max));
      List<DataFile> sealed = List.of(files).subList(0, files.length - 1);
      return new Merge(this, fileSystem, directory, keyDir, sealed, max, first, lastId - 1);
    } finally {
      writeLock.unlock();
    }
  }

  /** Starts a background merge if the sealed files have more garbage than they may. */
  private void scheduleMerge() {
    assert writeLock.isHeldByCurrentThread();
    if (options.mergesItself
        && !mergeScheduled
        && !closing
        && garbageRatio() > options.garbageRatioMax) {
      mergeScheduled = true;
      Thread.ofPlatform().daemon().name("bitcask-merge").start(this::mergeInBackground);
    }
  }

  private double garbageRatio() {
    long garbage = 0;
    long total = 0;
    for (DataFile file : files) {
      if (file != active.file()) {
        garbage += file.garbageBytes();
        total += file.bytes();
      }
    }
    return total == 0 ? 0 : (double) garbage / total;
  }

  private void mergeInBackground() {
    try {
      merge();
    } catch (KvException.ReadOnly closedMeanwhile) {
      return;
    } catch (IOException e) {
      mergeFailure = e.getMessage();
      if (!(e instanceof KvException.NoSpace)) {
        return;
      }
    }
    writeLock.lock();
    mergeScheduled = false;
    writeLock.unlock();
  }

  /** Makes a finished output of a merge readable. */
  void install(DataFile file) {
    writeLock.lock();
    try {
      files = with(files, file);
    } finally {
      writeLock.unlock();
    }
  }

  /** Deletes an input of a merge, for good: when this returns, no power loss brings it back. */
  void retire(DataFile file) throws IOException {
    writeLock.lock();
    try {
      files = without(files, file);
    } finally {
      writeLock.unlock();
    }
    try {
      Path hint = Hint.path(directory, file.id());
      if (fileSystem.exists(hint)) {
        fileSystem.delete(hint);
      }
      fileSystem.delete(file.path());
      fileSystem.syncDirectory(directory);
      file.close();
    } catch (IOException e) {
      throw fence(e);
    }
  }

  private static DataFile[] with(DataFile[] files, DataFile added) {
    DataFile[] more = Arrays.copyOf(files, files.length + 1);
    more[files.length] = added;
    Arrays.sort(more, BY_ID);
    return more;
  }

  private static DataFile[] without(DataFile[] files, DataFile removed) {
    return Arrays.stream(files).filter(file -> file != removed).toArray(DataFile[]::new);
  }

  /** The file of an id that the key directory names. */
  DataFile file(int id) {
    DataFile file = fileOrNull(id);
    if (file == null) {
      throw new AssertionError("the key directory points into file " + id + ", which is gone");
    }
    return file;
  }

  private @Nullable DataFile fileOrNull(int id) {
    DataFile[] all = files;
    int low = 0;
    int high = all.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int found = all[middle].id();
      if (found == id) {
        return all[middle];
      }
      if (found < id) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return null;
  }

  /** Remembers the first failure; from now on nothing is written. */
  KvException.Fenced fence(IOException cause) {
    if (cause instanceof KvException.Fenced fenced) {
      return fenced;
    }
    if (fence == null) {
      fence = cause;
    }
    return new KvException.Fenced(cause);
  }

  void checkWritable() throws KvException {
    checkOpen();
    IOException cause = fence;
    if (cause != null) {
      throw new KvException.Fenced(cause);
    }
  }

  private void checkOpen() throws KvException.ReadOnly {
    if (closing) {
      throw new KvException.ReadOnly(directory + " was closed");
    }
  }

  /** What opening cut off the end of the log, or null if the log ended well. */
  public @Nullable TornTail tornTail() {
    return tornTail;
  }

  /** Counts as of now; taken without stopping writers, so that they need not agree to a byte. */
  public Stats stats() {
    DataFile[] all = files;
    long live = 0;
    for (DataFile file : all) {
      live += file.liveBytes();
    }
    return new Stats(
        keyDir.size(),
        all.length,
        dataBytes(),
        live,
        keyDir.bytes(),
        hintsBelieved,
        hintsFailed.get(),
        merges,
        mergeFailure);
  }

  private long dataBytes() {
    long sum = 0;
    for (DataFile file : files) {
      sum += file.bytes();
    }
    return sum;
  }

  @Override
  public void close() throws IOException {
    closing = true;
    mergeLock.lock();
    writeLock.lock();
    syncLock.lock();
    try {
      if (!closed) {
        closed = true;
        finish();
      }
    } finally {
      syncLock.unlock();
      writeLock.unlock();
      mergeLock.unlock();
    }
  }

  private void finish() throws IOException {
    try (lock) {
      try (ActiveFile last = active) {
        if (fence == null && !last.isMarked()) {
          syncActive();
          mark(last);
        }
      }
    } finally {
      for (DataFile file : files) {
        file.close();
      }
    }
  }

  private void mark(ActiveFile last) throws IOException {
    if (last.isTorn()) {
      return;
    }
    try {
      last.mark(lastSequence + 1);
    } catch (KvException.NoSpace full) {
      // Everything is on the device; the next opening only cannot be as sure of it.
      assert last.isTorn();
    }
  }
}
