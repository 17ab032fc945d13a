package systems.kvstore.lsm;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.kvstore.Durability;
import systems.kvstore.KvException;
import systems.kvstore.KvStore;
import systems.kvstore.ValueBuffer;
import systems.kvstore.WriteBatch;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.fs.PosixFs;
import systems.kvstore.table.BlockCache;
import systems.kvstore.table.InternalKey;
import systems.kvstore.table.MemTable;
import systems.kvstore.table.PointLookup;

/**
 * The log-structured merge store. Its directory is a RocksDB directory.
 *
 * <pre>{@code
 * put --> WriteQueue --> LogChain            durable
 *             |
 *             v
 *         active memtable --full--> sealed memtables --Flusher--> level 0 tables
 *                                                                     | Compactor
 * get, cursor <--- ReadState of all of these, newest first <---   level 1 ... 6
 * }</pre>
 *
 * <ol>
 *   <li>A write is in the log before it is in the memtable, and in the memtable before it is
 *       visible.
 *   <li>For any key, a source nearer to the top of the picture has the newer versions.
 *   <li>What a read needs is immutable or append-only, so reads take no lock; {@link Catalog} keeps
 *       the state they began with, {@link Snapshots} the versions they may ask for.
 * </ol>
 *
 * <p>A get pins nothing. It reads the current state, then the visible sequence number (in this
 * order: a newer state might already have forgotten what an older number sees), and goes. If a
 * flush or compaction frees a memtable or closes a table in the middle of it, the access fails
 * cleanly, and the get begins again on the newer state. Counting readers instead would be two
 * atomic writes to a shared line for every get.
 *
 * <p>Every method may be called from any thread. Log and manifest contracts: {@link Durability}.
 * After "The Log-Structured Merge-Tree" (O'Neil et al., 1996) and LevelDB's doc/impl.md.
 */
public final class LsmStore implements KvStore {
  /** More logs than this are flushed when the store is opened, so that they do not pile up. */
  private static final int LOGS_KEPT_MAX = 8;

  /** One live table, for tools. */
  public record TableInfo(
      int level, long number, long bytes, byte[] smallestUserKey, byte[] largestUserKey) {}

  /** What opening found: logs replayed, records, torn tails in words. */
  public record RecoveryReport(int logs, long records, long bytes, List<String> tornTails) {}

  private final FileSystem fileSystem;
  private final Path directory;
  private final LsmOptions options;
  private final boolean readOnly;
  private final EventLog events;
  private final Counters counters = new Counters();
  private final Snapshots snapshots = new Snapshots();
  private final ThreadLocal<PointLookup> lookups = ThreadLocal.withInitial(PointLookup::new);
  private final Tables tables;
  private final Catalog catalog;
  private final LogChain logs;
  private final Reserve reserve;
  private final WriteRoom room;
  private final WriteQueue queue;
  private final Compactor compactor;
  private final Background background;
  private final RecoveryReport recovery;
  private final List<String> leftBehind;
  private final boolean manifestIsTorn;
  private @Nullable Closeable lock;
  private volatile boolean closed;

  /** Opens the store in a directory of the machine's file system. */
  public static LsmStore open(Path directory, LsmOptions options) throws IOException {
    return open(PosixFs.INSTANCE, directory, options);
  }

  /**
   * Opens a store, replays its logs and starts its workers.
   *
   * @throws KvException.Busy if it is open already
   * @throws KvException.Corruption if a file is damaged, with its name and the offset
   * @throws KvException.Unsupported if it was written with something that this engine lacks
   */
  public static LsmStore open(FileSystem fileSystem, Path directory, LsmOptions options)
      throws IOException {
    fileSystem.createDirectories(directory);
    var lock = fileSystem.lock(directory.resolve(FileNames.LOCK));
    try {
      createIfMissing(fileSystem, directory, options);
      var store = new LsmStore(fileSystem, directory, options.copy(), false);
      store.lock = lock;
      store.start();
      return store;
    } catch (IOException | RuntimeException | Error failure) {
      lock.close();
      throw failure;
    }
  }

  private static void createIfMissing(FileSystem fileSystem, Path directory, LsmOptions options)
      throws IOException {
    if (fileSystem.exists(directory.resolve(FileNames.CURRENT))) {
      return;
    }
    if (!options.createIfMissing) {
      throw new NoSuchFileException(
          directory.toString(), null, "holds no store, and createIfMissing is off");
    }
    var edit = Manifest.snapshotOf(Version.empty(Version.LEVELS));
    edit.setLogNumber(0);
    edit.setNextFileNumber(2);
    edit.setLastSequence(0);
    Manifest.create(fileSystem, directory, 1, edit).close();
  }

  /**
   * Opens a store as it is, without its lock and without writing a byte; every write throws {@link
   * KvException.ReadOnly}. The store may be open elsewhere: what is seen is one moment of it.
   */
  public static LsmStore openReadOnly(FileSystem fileSystem, Path directory, LsmOptions options)
      throws IOException {
    if (!fileSystem.exists(directory.resolve(FileNames.CURRENT))) {
      throw new NoSuchFileException(directory.toString(), null, "holds no store");
    }
    var copy = options.copy().eventFile(false);
    return new LsmStore(fileSystem, directory, copy, true);
  }

  /**
   * Makes a store that does not open usable again: reads every table and log that is still whole
   * and writes a new manifest over them. Damaged files are left where they are, with {@code
   * .damaged} appended to their names.
   *
   * @return what was done, a line each
   */
  public static List<String> repair(FileSystem fileSystem, Path directory, LsmOptions options)
      throws IOException {
    return new Repair(fileSystem, directory, options.copy()).run();
  }

  private LsmStore(FileSystem fileSystem, Path directory, LsmOptions options, boolean readOnly)
      throws IOException {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.options = options;
    this.readOnly = readOnly;
    var recovered = Manifest.recover(fileSystem, directory);
    checkTables(recovered);
    events = eventLog();
    tables = new Tables(fileSystem, directory, new BlockCache(options.blockCacheBytes));
    var files = FileNames.numbered(fileSystem, directory);
    var replayed = new Recovery(fileSystem, directory, options, events);
    replayed.replay(files, recovered.logNumber(), recovered.lastSequence());
    recovery = replayed.report();
    long nextFileNumber = Math.max(recovered.nextFileNumber(), largestNumber(files) + 1);
    logs = new LogChain(fileSystem, directory, options, events);
    catalog =
        new Catalog(
            fileSystem,
            directory,
            tables,
            events,
            firstState(replayed, recovered.version(), nextFileNumber),
            replayed.logs().isEmpty() ? nextFileNumber : replayed.logs().getFirst(),
            nextFileNumber);
    reserve = new Reserve(catalog, logs, options, events);
    room = new WriteRoom(catalog, logs, reserve, options, events, counters);
    queue = new WriteQueue(catalog, logs, room, counters, replayed.lastSequence());
    compactor =
        new Compactor(
            fileSystem,
            directory,
            catalog,
            tables,
            snapshots,
            queue::visible,
            options,
            options.picker(),
            events,
            counters);
    background = new Background(catalog, flusher(), compactor, reserve, options);
    room.background(background);
    logs.inherit(replayed.logs(), replayed.linkToLast());
    leftBehind = leftBehind(files, recovered);
    manifestIsTorn = recovered.tornTail() != null;
    if (!readOnly) {
      catalog.acceptEdits(recovered.manifestNumber());
    }
  }

  /**
   * A table is deleted only after the manifest has stopped naming it, so one that is missing or of
   * another size is damage: to the table, or to the manifest's end if that was cut off.
   */
  private void checkTables(Manifest.Recovered recovered) throws IOException {
    var version = recovered.version();
    for (int level = 0; level < version.levels(); level++) {
      for (var file : version.files(level)) {
        var path = FileNames.table(directory, file.number());
        long bytes = fileSystem.exists(path) ? fileSystem.size(path) : -1;
        if (bytes != file.fileBytes()) {
          throw damaged(recovered, path, file.fileBytes(), bytes);
        }
      }
    }
  }

  private KvException.Corruption damaged(
      Manifest.Recovered recovered, Path table, long expectedBytes, long bytes) {
    var expected = "a table of " + expectedBytes + " bytes";
    var found = bytes < 0 ? "no file" : bytes + " bytes";
    var torn = recovered.tornTail();
    return torn == null
        ? new KvException.Corruption(table, Math.clamp(bytes, 0, expectedBytes), expected, found)
        : new KvException.Corruption(
            torn.file(),
            torn.offset(),
            "the end of the manifest",
            torn.reason()
                + "; before it, "
                + table
                + " is "
                + expected
                + ", and there is "
                + found);
  }

  private EventLog eventLog() {
    return options.eventFile ? EventLog.inDirectory(fileSystem, directory) : EventLog.inMemory();
  }

  private Flusher flusher() {
    return new Flusher(
        fileSystem, directory, catalog, logs, snapshots, queue::visible, options, events, counters);
  }

  private static long largestNumber(List<FileNames.Numbered> files) {
    long largest = 0;
    for (var file : files) {
      largest = Math.max(largest, file.number());
    }
    return largest;
  }

  /** The newest recovered memtable goes on as the active one, unless something was cut off. */
  private ReadState firstState(Recovery replayed, Version version, long nextLog) {
    var generations = new ArrayList<>(replayed.generations().reversed());
    boolean fresh =
        generations.isEmpty() || replayed.isCut() || replayed.logs().size() > LOGS_KEPT_MAX;
    var active =
        fresh
            ? new Generation(new MemTable(options.firstMemtableBytes()), nextLog)
            : generations.removeFirst();
    return new ReadState(active, generations, version, tables);
  }

  /**
   * Removes what earlier runs left behind and starts the workers. A process that was killed may
   * have left edits in its manifest, or a CURRENT, that never reached the device; so nothing is
   * deleted before a new manifest says the same and is durable. If there is nothing to delete, an
   * opening writes neither a manifest nor a log: the first edit and the first write do.
   */
  private void start() throws IOException {
    if (manifestIsTorn || !leftBehind.isEmpty()) {
      catalog.replaceManifest(queue.visible());
    }
    if (!recovery.tornTails().isEmpty() || recovery.logs() > LOGS_KEPT_MAX) {
      background.flushSealed();
    }
    for (var name : leftBehind) {
      fileSystem.delete(directory.resolve(name));
    }
    events.add("open logs=" + recovery.logs() + " records=" + recovery.records());
    background.dueIfAny();
  }

  /** Names of the files that no state needs. */
  private List<String> leftBehind(List<FileNames.Numbered> files, Manifest.Recovered recovered) {
    var live = new HashSet<Long>();
    for (var table : tables()) {
      live.add(table.number());
    }
    var names = new ArrayList<String>();
    for (var file : files) {
      boolean obsolete =
          switch (file.kind()) {
            case LOG -> file.number() < catalog.logNumber();
            case TABLE -> !live.contains(file.number());
            case MANIFEST -> file.number() != recovered.manifestNumber();
            case TEMPORARY -> true;
          };
      if (obsolete) {
        names.add(file.name());
      }
    }
    return names;
  }

  @Override
  public void put(byte[] key, byte[] value, Durability durability) throws IOException {
    var writer = queue.writer();
    commit(writer, writer.scratch().put(key, value), durability);
  }

  @Override
  public void delete(byte[] key, Durability durability) throws IOException {
    var writer = queue.writer();
    commit(writer, writer.scratch().delete(key), durability);
  }

  /** Removes every key of {@code [begin, end)}; nothing if begin is not below end. */
  public void deleteRange(byte[] begin, byte[] end, Durability durability) throws IOException {
    if (Arrays.compareUnsigned(begin, end) < 0) {
      var writer = queue.writer();
      commit(writer, writer.scratch().deleteRange(begin, end), durability);
    }
  }

  /** All writes of the batch or none. The batch may be used again afterwards. */
  public void write(WriteBatch batch, Durability durability) throws IOException {
    commit(queue.writer(), batch, durability);
  }

  private void commit(WriteQueue.Writer writer, WriteBatch batch, Durability durability)
      throws IOException {
    checkOpen();
    if (readOnly) {
      throw new KvException.ReadOnly(directory + " is open for reading only");
    }
    long memory = batch.size() + (long) batch.count() * MemTable.WRITE_OVERHEAD_BYTES + 4096;
    if (memory > MemTable.BYTES_MAX) {
      throw new IllegalArgumentException(
          "a batch that takes "
              + memory
              + " bytes in memory, more than a memtable can have: "
              + MemTable.BYTES_MAX
              + "; write it in parts");
    }
    if (batch.count() > 0 || durability == Durability.SYNC) {
      queue.commit(writer, batch, durability);
      counters.batches.increment();
    }
  }

  @Override
  public boolean get(byte[] key, int offset, int length, ValueBuffer into) throws IOException {
    return get(key, offset, length, null, into);
  }

  /** {@link #get(byte[], int, int, ValueBuffer)} as of a snapshot, or of now (null). */
  public boolean get(
      byte[] key, int offset, int length, @Nullable Snapshot snapshot, ValueBuffer into)
      throws IOException {
    var lookup = lookups.get();
    while (true) {
      checkOpen();
      var state = catalog.current();
      long sequence = snapshot == null ? queue.visible() : snapshot.sequence();
      lookup.reset(key, offset, length, sequence);
      try {
        return state.get(lookup, into);
      } catch (ClosedChannelException | NoSuchFileException | IllegalStateException retired) {
        if (state == catalog.current() && !closed) {
          throw retired;
        }
      }
    }
  }

  /** A moment to read as of, until it is closed. */
  public Snapshot snapshot() {
    return snapshots.take(queue::visible);
  }

  /** A cursor over everything, as of now. */
  public Cursor cursor() throws IOException {
    return cursor(null, null, null);
  }

  /**
   * A cursor over the keys of {@code [lower, upper)}, as of a snapshot or of now.
   *
   * @param lower first key, or null for no bound
   * @param upper first key that is not shown, or null for no bound
   */
  public Cursor cursor(
      byte @Nullable [] lower, byte @Nullable [] upper, @Nullable Snapshot snapshot)
      throws IOException {
    checkOpen();
    var state = catalog.pin();
    try {
      // The state before the number: see the essay.
      long sequence = snapshot == null ? queue.visible() : snapshot.sequence();
      return new Cursor(
          state.cursor(),
          sequence,
          state.rangeTombstones(),
          lower,
          upper,
          () -> catalog.unpin(state));
    } catch (IOException | RuntimeException failure) {
      catalog.unpin(state);
      throw failure;
    }
  }

  /** Writes the memtable to level 0 and waits until it is durable there. */
  public void flush() throws IOException {
    checkWritable();
    queue.exclusively(() -> room.seal(queue.visible()));
    background.flushSealed();
  }

  /**
   * Merges everything of {@code [begin, end]} down to the lowest level that holds data, which drops
   * deleted and overwritten entries. Null is an open bound.
   */
  public void compactRange(byte @Nullable [] begin, byte @Nullable [] end) throws IOException {
    flush();
    for (int level = 0; level < lowestLevel(); level++) {
      compactLevel(level, begin, end);
    }
  }

  /**
   * The picker hands a level out in portions; writers may add to it meanwhile, so there is a bound.
   */
  private void compactLevel(int level, byte @Nullable [] begin, byte @Nullable [] end)
      throws IOException {
    int portionsMax = catalog.current().version().fileCount(level) + 1;
    for (int i = 0; i < portionsMax && compactor.compactRange(level, begin, end); i++) {
      catalog.signal();
    }
  }

  private int lowestLevel() {
    var version = catalog.current().version();
    int lowest = 1;
    for (int level = 1; level < version.levels(); level++) {
      if (version.fileCount(level) > 0) {
        lowest = level;
      }
    }
    return lowest;
  }

  /** Waits until no flush and no compaction is due or running. */
  public void settle() throws IOException {
    background.settle();
  }

  /**
   * Makes a second store in a new directory on the same device: tables are hard links, the memtable
   * is flushed before.
   */
  public void checkpoint(Path target) throws IOException {
    flush();
    var state = catalog.pin();
    try {
      new Checkpoint(fileSystem, directory, target).write(state.version(), queue.visible());
    } finally {
      catalog.unpin(state);
    }
  }

  /**
   * What the store says of itself, by RocksDB's names: {@code rocksdb.stats}, {@code
   * rocksdb.levelstats}, {@code rocksdb.num-files-at-level<N>}, {@code
   * rocksdb.estimate-num-keys}...
   *
   * @return null for a name that is not known
   */
  public @Nullable String property(String name) {
    return properties().get(name);
  }

  private Properties properties() {
    return new Properties(catalog, logs, tables, snapshots, counters, compactor);
  }

  /** The newest events, oldest first: flushes, compactions, stalls with their reasons. */
  public List<String> events() {
    return events.newest();
  }

  /** The live tables, level by level. */
  public List<TableInfo> tables() {
    var version = catalog.current().version();
    var live = new ArrayList<TableInfo>();
    for (int level = 0; level < version.levels(); level++) {
      for (var file : version.files(level)) {
        live.add(
            new TableInfo(
                level,
                file.number(),
                file.fileBytes(),
                userKey(file.smallest()),
                userKey(file.largest())));
      }
    }
    return live;
  }

  private static byte[] userKey(byte[] internalKey) {
    return Arrays.copyOf(internalKey, internalKey.length - InternalKey.TRAILER_BYTES);
  }

  /**
   * Reads every live table wholly.
   *
   * @throws KvException.Corruption at the first damage
   */
  public void verify() throws IOException {
    var state = catalog.pin();
    try {
      for (int level = 0; level < state.version().levels(); level++) {
        for (var file : state.version().files(level)) {
          tables.reader(file).verify();
        }
      }
    } finally {
      catalog.unpin(state);
    }
  }

  /** What the opening found in the logs. */
  public RecoveryReport recovery() {
    return recovery;
  }

  /** Sequence number of the newest visible write. */
  public long lastSequence() {
    return queue.visible();
  }

  private void checkOpen() throws KvException.ReadOnly {
    if (closed) {
      throw new KvException.ReadOnly("the store is closed");
    }
  }

  private void checkWritable() throws IOException {
    checkOpen();
    if (readOnly) {
      throw new KvException.ReadOnly(directory + " is open for reading only");
    }
    catalog.checkFence();
  }

  @Override
  public void sync() throws IOException {
    write(new WriteBatch(0), Durability.SYNC);
  }

  @Override
  public void close() throws IOException {
    queue.exclusively(this::closeOnce);
  }

  private void closeOnce() throws IOException {
    if (closed) {
      return;
    }
    room.close();
    background.stop();
    reserve.close();
    try (var _ = lock;
        var _ = events;
        var _ = tables;
        var _ = catalog;
        var _ = logs) {
      if (!readOnly && !catalog.isFenced()) {
        logs.sync();
      }
      events.add("close");
      closed = true;
    }
  }
}
