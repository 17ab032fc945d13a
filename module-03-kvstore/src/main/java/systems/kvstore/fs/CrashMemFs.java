package systems.kvstore.fs;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;

/**
 * A file system in memory that knows what the device has and what only the page cache has, and can
 * show what is left after the power went.
 *
 * <pre>
 *                     names                          bytes (MemInode)
 *   page cache   000004.log -> #7                #7  [A][B][C'][D]   every write lands here
 *                CURRENT    -> #9
 *                     ^                               ^
 *                     | syncDirectory                 | sync, force
 *                     |                               |
 *   device       CURRENT    -> #3                #7  [A][B][C]
 *
 *   unsynced     create 000004.log, rename tmp -> CURRENT         in the order they were made
 * </pre>
 *
 * {@link #killClone} is what another process finds after kill -9: the page cache. {@link
 * #crashClone} is what the next boot finds. It begins with the device's view and then lets chance
 * decide, for each thing that was never synced on its own:
 *
 * <ol>
 *   <li>each 4 KiB block of a file is the new one, the old one (zeros where there was none), or
 *       torn: each of its 512-byte sectors new or old;
 *   <li>a file's length is anything between the synced and the current one;
 *   <li>each change of a name has happened or not. A rename is one change: afterwards the target is
 *       the old file or the new one, and a file that had a synced name still has one.
 *   <li>A change of a name that happened brings along the earlier changes of the same names, and
 *       the creation of the directory it is in. So a file made anew under a deleted name is not
 *       found beside the old one, and syncing a directory makes the directory itself durable.
 * </ol>
 *
 * What was synced always survives: file bytes up to their last sync, names up to the last sync of
 * their directory. That a synced file has no synced name is possible and the usual mistake.
 *
 * <p>This is harsher than ext4 or XFS, whose journals keep the order of all name changes, and
 * milder than a device that lies about its cache. It does not show bit rot, and no block of another
 * file in place of one's own.
 *
 * <p>A clone shares its blocks with the original, copy-on-write, and costs some microseconds for
 * each file; both go on independently. Stores into a mapped file make no call: they are found by
 * comparing the mapping with the blocks, when something looks.
 *
 * <p>Any thread may call; one monitor guards everything. Handles stay usable until they are closed
 * or the process is "killed" by {@link #kill}. The idea is Pebble's strict in-memory file system.
 */
public final class CrashMemFs implements FileSystem {
  /** A mapping is one array. */
  private static final int MAPPED_BYTES_MAX = 1 << 30;

  private final Map<Path, MemInode> names = new HashMap<>();
  private final Map<Path, MemInode> syncedNames = new HashMap<>();
  private final Map<Path, Closeable> locked = new HashMap<>();
  private List<NameChange> unsynced = new ArrayList<>();
  private @Nullable Consumer<FsCall> hook;
  private long calls;
  private int generation;

  /** A name that went and a name that came, at once; a creation and a deletion have one of them. */
  private record NameChange(@Nullable Path gone, @Nullable Path come, MemInode inode) {
    void applyTo(Map<Path, MemInode> names) {
      if (gone != null) {
        names.remove(gone);
      }
      if (come != null) {
        names.put(come, inode);
      }
    }

    boolean touches(Set<Path> others) {
      return !others.isEmpty() && (touches(gone, others) || touches(come, others));
    }

    private static boolean touches(@Nullable Path name, Set<Path> others) {
      return name != null && (others.contains(name) || others.contains(parentOf(name)));
    }

    boolean isIn(Path directory) {
      return (gone != null && directory.equals(gone.getParent()))
          || (come != null && directory.equals(come.getParent()));
    }

    void addNamesTo(Set<Path> others) {
      if (gone != null) {
        others.add(gone);
      }
      if (come != null) {
        others.add(come);
      }
    }
  }

  /**
   * Sets who is told of every call that can change the disk, just before it does, or nobody. The
   * hook runs on the calling thread and inside the monitor, so that a clone it makes is exactly the
   * state before the call. What it throws, the caller gets.
   */
  public synchronized void onCall(@Nullable Consumer<FsCall> newHook) {
    hook = newHook;
  }

  /** Calls that could change the disk, so far. */
  public synchronized long calls() {
    return calls;
  }

  private void called(FsCall.Kind kind, Path file) {
    assert kind.changes();
    calls++;
    if (hook != null) {
      hook.accept(new FsCall(calls, kind, file));
    }
  }

  /**
   * What the next boot finds if the power goes now. The same seed on the same state gives the same
   * result; 0 and 100 per cent give the two extremes, without torn blocks. In the result everything
   * counts as synced.
   *
   * @param percentUnsyncedKept how likely each unsynced block and name change is to be there, 0 to
   *     100
   */
  public synchronized CrashMemFs crashClone(long seed, int percentUnsyncedKept) {
    if (percentUnsyncedKept < 0 || percentUnsyncedKept > 100) {
      throw new IllegalArgumentException(percentUnsyncedKept + " is no percentage");
    }
    //> phase 2: what is on the device for sure, and what may be there as well?
    var random = new SplittableRandom(seed);
    var survivors = survivingNames(random, percentUnsyncedKept);
    var inodes = new IdentityHashMap<MemInode, MemInode>();
    var clone = new CrashMemFs();
    for (var entry : survivors.entrySet()) {
      MemInode inode = entry.getValue();
      clone.names.put(
          entry.getKey(),
          inode == MemInode.DIRECTORY
              ? inode
              : inodes.computeIfAbsent(
                  inode, it -> it.afterPowerLoss(random, percentUnsyncedKept)));
    }
    clone.syncedNames.putAll(clone.names);
    return clone;
    //< phase 2
  }

  //> phase 2 only
  private Map<Path, MemInode> survivingNames(SplittableRandom random, int percentKept) {
    var left = new HashMap<>(syncedNames); //~ keepsAllNames: var left = new HashMap<>(names);
    var undone = new HashSet<Path>();
    for (NameChange change : unsynced) {
      boolean kept = random.nextInt(100) < percentKept;
      if (kept && !change.touches(undone)) { //~ changesOutOfOrder: if (kept) {
        change.applyTo(left);
      } else {
        change.addNamesTo(undone);
      }
    }
    return left;
  }

  //< phase 2

  /** What another process finds if this one is killed now: all that was written or stored. */
  public synchronized CrashMemFs killClone() {
    var inodes = new IdentityHashMap<MemInode, MemInode>();
    inodes.put(MemInode.DIRECTORY, MemInode.DIRECTORY);
    var clone = new CrashMemFs();
    names.forEach((name, inode) -> clone.names.put(name, copied(inode, inodes)));
    syncedNames.forEach((name, inode) -> clone.syncedNames.put(name, copied(inode, inodes)));
    for (NameChange change : unsynced) {
      clone.unsynced.add(new NameChange(change.gone, change.come, copied(change.inode, inodes)));
    }
    return clone;
  }

  private static MemInode copied(MemInode inode, Map<MemInode, MemInode> copies) {
    return copies.computeIfAbsent(inode, MemInode::afterKill);
  }

  /**
   * Kills the process that has files open here: every handle is dead from now on, locks are free,
   * what was written stays.
   */
  public synchronized void kill() {
    generation++;
    locked.clear();
    names.values().stream().filter(inode -> inode != MemInode.DIRECTORY).forEach(MemInode::unmap);
  }

  /** A hash of all names and all bytes as the page cache has them, to count distinct states. */
  public synchronized long fingerprint() {
    long sum = 0;
    for (var entry : names.entrySet()) {
      MemInode inode = entry.getValue();
      long content = inode == MemInode.DIRECTORY ? -1 : inode.hash();
      sum += MemInode.mix(MemInode.mix(0x5bd1e995, entry.getKey().hashCode()), content);
    }
    return sum;
  }

  /** The pages of a file whose sync failed are gone, as on Linux; see {@link FaultFs}. */
  synchronized void loseUnsynced(Path file) {
    MemInode inode = names.get(key(file));
    if (inode != null && inode != MemInode.DIRECTORY) {
      inode.loseUnsynced();
    }
  }

  @Override
  public synchronized WritableFile create(Path file) throws IOException {
    Path name = key(file);
    checkNameable(name);
    called(FsCall.Kind.CREATE, file);
    return new Appender(file, created(name));
  }

  private MemInode created(Path name) {
    MemInode inode = names.get(name);
    if (inode == null) {
      inode = new MemInode();
      change(null, name, inode);
    } else {
      inode.truncate(0);
    }
    return inode;
  }

  private void change(@Nullable Path gone, @Nullable Path come, MemInode inode) {
    var change = new NameChange(gone, come, inode);
    change.applyTo(names);
    unsynced.add(change);
  }

  @Override
  public synchronized WritableFile append(Path file) throws IOException {
    MemInode inode = existing(file);
    called(FsCall.Kind.APPEND_TO, file);
    return new Appender(file, inode);
  }

  @Override
  public synchronized MappedFile map(Path file, long bytes) throws IOException {
    checkMappable(bytes);
    Path name = key(file);
    checkNameable(name);
    called(FsCall.Kind.MAP, file);
    MemInode inode = created(name);
    return new Mapping(file, inode, inode.map((int) bytes));
  }

  private static void checkMappable(long bytes) {
    if (bytes <= 0 || bytes > MAPPED_BYTES_MAX) {
      throw new IllegalArgumentException("a mapped file of " + bytes + " bytes");
    }
  }

  @Override
  public synchronized RandomFile open(Path file) throws IOException {
    return new Reader(file, existing(file));
  }

  @Override
  public synchronized boolean exists(Path file) {
    Path name = key(file);
    return isRoot(name) || names.containsKey(name);
  }

  @Override
  public synchronized long size(Path file) throws IOException {
    return existing(file).size();
  }

  @Override
  public synchronized List<String> list(Path directory) throws IOException {
    Path name = key(directory);
    checkDirectory(name);
    return names.keySet().stream()
        .filter(entry -> name.equals(entry.getParent()))
        .map(entry -> entry.getFileName().toString())
        .sorted()
        .toList();
  }

  @Override
  public synchronized void createDirectories(Path directory) throws IOException {
    Deque<Path> missing = new ArrayDeque<>();
    for (Path name = key(directory); !isRoot(name); name = parentOf(name)) {
      MemInode inode = names.get(name);
      if (inode == MemInode.DIRECTORY) {
        break;
      } else if (inode != null) {
        throw new FileAlreadyExistsException(name.toString());
      }
      missing.push(name);
    }
    called(FsCall.Kind.CREATE_DIRECTORIES, directory);
    missing.forEach(name -> change(null, name, MemInode.DIRECTORY));
  }

  @Override
  public synchronized void rename(Path source, Path target) throws IOException {
    MemInode inode = existing(source);
    Path from = key(source);
    Path to = key(target);
    checkNameable(to);
    called(FsCall.Kind.RENAME, source);
    if (names.get(to) != inode) {
      change(from, to, inode);
    }
  }

  @Override
  public synchronized void delete(Path file) throws IOException {
    MemInode inode = existing(file);
    called(FsCall.Kind.DELETE, file);
    change(key(file), null, inode);
  }

  @Override
  public synchronized void link(Path existing, Path link) throws IOException {
    MemInode inode = existing(existing);
    Path name = key(link);
    if (names.containsKey(name)) {
      throw new FileAlreadyExistsException(link.toString());
    }
    checkNameable(name);
    called(FsCall.Kind.LINK, link);
    change(null, name, inode);
  }

  @Override
  public synchronized void syncDirectory(Path directory) throws IOException {
    Path name = key(directory);
    checkDirectory(name);
    called(FsCall.Kind.SYNC_DIRECTORY, directory);
    var needed = new HashSet<Path>();
    var later = new ArrayDeque<NameChange>();
    var durable = new ArrayDeque<NameChange>();
    for (NameChange change : unsynced.reversed()) {
      if (change.isIn(name) || isNeeded(change, needed)) {
        durable.push(change);
        change.addNamesTo(needed);
        addParents(change, needed);
      } else {
        later.push(change);
      }
    }
    durable.forEach(change -> change.applyTo(syncedNames));
    unsynced = new ArrayList<>(later);
  }

  private static boolean isNeeded(NameChange change, Set<Path> needed) {
    return (change.gone != null && needed.contains(change.gone))
        || (change.come != null && needed.contains(change.come));
  }

  private static void addParents(NameChange change, Set<Path> needed) {
    if (change.gone != null) {
      needed.add(parentOf(change.gone));
    }
    if (change.come != null) {
      needed.add(parentOf(change.come));
    }
  }

  @Override
  public synchronized Closeable lock(Path file) throws IOException {
    Path name = key(file);
    checkNameable(name);
    if (locked.containsKey(name)) {
      throw new KvException.Busy(parentOf(name), "another store on this file system");
    }
    called(FsCall.Kind.CREATE, file);
    if (!names.containsKey(name)) {
      created(name);
    }
    var holder = new HeldLock(name);
    locked.put(name, holder);
    return holder;
  }

  /** Frees its name only while it is still the one that holds it. */
  private final class HeldLock implements Closeable {
    private final Path name;

    HeldLock(Path name) {
      this.name = name;
    }

    @Override
    public void close() {
      synchronized (CrashMemFs.this) {
        locked.remove(name, this);
      }
    }
  }

  private static Path key(Path file) {
    return file.toAbsolutePath().normalize();
  }

  /** The directory that a name is in; the root is in itself. */
  private static Path parentOf(Path name) {
    return Objects.requireNonNullElse(name.getParent(), name);
  }

  private static boolean isRoot(Path name) {
    return name.getParent() == null;
  }

  private MemInode existing(Path file) throws IOException {
    MemInode inode = names.get(key(file));
    if (inode == null || inode == MemInode.DIRECTORY) {
      throw new NoSuchFileException(file.toString());
    }
    return inode;
  }

  private void checkDirectory(Path name) throws IOException {
    if (!isRoot(name) && names.get(name) != MemInode.DIRECTORY) {
      throw names.containsKey(name)
          ? new NotDirectoryException(name.toString())
          : new NoSuchFileException(name.toString());
    }
  }

  /** A file may get this name: its directory is there, and it is not a directory's. */
  private void checkNameable(Path name) throws IOException {
    if (isRoot(name) || names.get(name) == MemInode.DIRECTORY) {
      throw new FileAlreadyExistsException(name + " is a directory");
    }
    checkDirectory(parentOf(name));
  }

  /** An open file: dead when it is closed, and when its process is killed. */
  private abstract class Handle {
    final Path file;
    final MemInode inode;
    private final int openedIn = generation;
    private boolean open = true;

    Handle(Path file, MemInode inode) {
      this.file = file;
      this.inode = inode;
    }

    boolean isOpen() {
      return open && openedIn == generation;
    }

    void checkOpen() throws ClosedChannelException {
      if (!isOpen()) {
        throw new ClosedChannelException();
      }
    }

    public void close() throws IOException {
      synchronized (CrashMemFs.this) {
        open = false;
      }
    }
  }

  private final class Appender extends Handle implements WritableFile {
    Appender(Path file, MemInode inode) {
      super(file, inode);
    }

    @Override
    public void append(byte[] bytes, int offset, int length) throws IOException {
      synchronized (CrashMemFs.this) {
        checkOpen();
        called(FsCall.Kind.WRITE, file);
        inode.append(bytes, offset, length);
      }
    }

    @Override
    public void sync() throws IOException {
      synchronized (CrashMemFs.this) {
        checkOpen();
        called(FsCall.Kind.SYNC, file);
        inode.sync();
      }
    }

    @Override
    public long size() {
      synchronized (CrashMemFs.this) {
        return inode.size();
      }
    }
  }

  private final class Reader extends Handle implements RandomFile {
    private final long size;

    Reader(Path file, MemInode inode) {
      super(file, inode);
      size = inode.size();
    }

    @Override
    public void read(long position, byte[] target, int offset, int length) throws IOException {
      synchronized (CrashMemFs.this) {
        checkOpen();
        inode.read(file, position, target, offset, length);
      }
    }

    @Override
    public long size() {
      return size;
    }
  }

  private final class Mapping extends Handle implements MappedFile {
    private MemorySegment segment;

    Mapping(Path file, MemInode inode, byte[] bytes) {
      super(file, inode);
      segment = MemorySegment.ofArray(bytes);
    }

    @Override
    public MemorySegment segment() {
      return segment;
    }

    @Override
    public void force(long from, long to) throws IOException {
      assert from >= 0 && from <= to && to <= segment.byteSize();
      synchronized (CrashMemFs.this) {
        checkOpen();
        called(FsCall.Kind.FORCE, file);
        inode.sync(from, to);
      }
    }

    @Override
    public void extend(long newBytes) throws IOException {
      checkMappable(newBytes);
      synchronized (CrashMemFs.this) {
        checkOpen();
        called(FsCall.Kind.EXTEND, file);
        segment = MemorySegment.ofArray(inode.extend((int) newBytes));
      }
    }

    @Override
    public void close(long bytes) throws IOException {
      synchronized (CrashMemFs.this) {
        if (isOpen()) {
          called(FsCall.Kind.CUT, file);
          inode.unmap();
          inode.truncate(bytes);
          super.close();
        }
      }
    }

    @Override
    public void close() throws IOException {
      close(segment.byteSize());
    }
  }
}
