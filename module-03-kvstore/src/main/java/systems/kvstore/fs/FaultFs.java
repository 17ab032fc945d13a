package systems.kvstore.fs;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;

/**
 * A file system whose calls fail on demand, in front of another one.
 *
 * <p>Every call is counted and shown to a rule, which answers with the fault to play or with null.
 * The classic use walks through all call sites of a scenario:
 *
 * <pre>
 *   for (long n = 1; ; n++) {
 *     var fs = new FaultFs(new CrashMemFs());
 *     fs.failNth(n, Fault.IO_ERROR);
 *     scenario(fs);                     // may fail, must not lie
 *     if (fs.faults() == 0) break;      // the scenario has fewer than n calls
 *     fs.clear();
 *     reopenAndCheck(fs);
 *   }
 * </pre>
 *
 * <p>What a fault does:
 *
 * <ul>
 *   <li>{@code IO_ERROR}, {@code NO_SPACE}: the call has no effect and throws. A file that fails to
 *       close is closed all the same, as close(2) is.
 *   <li>{@code SHORT_WRITE}: the first half of the bytes reaches the file, then an I/O error. For
 *       calls that write nothing it is an {@code IO_ERROR}.
 *   <li>A failed sync or force throws away what was not synced, the way Linux does ("fsyncgate",
 *       2018): the kernel marks the pages clean after it reported the error once, so that the next
 *       fsync has nothing to do and succeeds. Whoever retries believes in data that is nowhere.
 *       Only a {@link CrashMemFs} underneath can play this; in front of another file system the
 *       bytes stay in the page cache.
 * </ul>
 *
 * <p>Stores into a mapped file are no calls and cannot fail here. Any thread may call; the numbers
 * are then in the order in which the calls came.
 */
public final class FaultFs implements FileSystem {
  /** How a call fails. */
  public enum Fault {
    IO_ERROR,
    NO_SPACE,
    SHORT_WRITE
  }

  /** Decides about a call. */
  @FunctionalInterface
  public interface Rule {
    /** The fault to play, or null for none. */
    @Nullable Fault decide(FsCall call);

    /** This rule, for calls of one kind only. */
    default Rule on(FsCall.Kind kind) {
      return call -> call.kind() == kind ? decide(call) : null;
    }

    /** This rule, for files whose name ends so. */
    default Rule inFilesNamed(String ending) {
      return call -> call.file().toString().endsWith(ending) ? decide(call) : null;
    }

    /** Every call fails. */
    static Rule always(Fault fault) {
      return call -> fault;
    }
  }

  private static final Rule NO_FAULT = call -> null;

  private final FileSystem inner;
  private Rule rule = NO_FAULT;
  private long calls;
  private long faults;

  public FaultFs(FileSystem inner) {
    this.inner = inner;
  }

  /** Asks this rule from now on. */
  public synchronized void rule(Rule newRule) {
    rule = newRule;
  }

  /** Lets the n-th call from now on fail, and no other. */
  public synchronized void failNth(long n, Fault fault) {
    long doomed = calls + n;
    rule = call -> call.number() == doomed ? fault : null;
  }

  /** Lets nothing fail any more. */
  public synchronized void clear() {
    rule = NO_FAULT;
  }

  /** Calls so far. */
  public synchronized long calls() {
    return calls;
  }

  /** Calls that failed by rule so far. */
  public synchronized long faults() {
    return faults;
  }

  private synchronized @Nullable Fault next(FsCall.Kind kind, Path file) {
    calls++;
    Fault fault = rule.decide(new FsCall(calls, kind, file));
    if (fault != null) {
      faults++;
    }
    return fault;
  }

  private void call(FsCall.Kind kind, Path file) throws IOException {
    Fault fault = next(kind, file);
    if (fault != null) {
      throw failure(fault, kind, file);
    }
  }

  private static IOException failure(Fault fault, FsCall.Kind kind, Path file) {
    var error = new IOException("injected " + fault + " in " + kind + " of " + file);
    return fault == Fault.NO_SPACE
        ? new KvException.NoSpace(file + ": no space left", error)
        : error;
  }

  private void syncCall(FsCall.Kind kind, Path file) throws IOException {
    Fault fault = next(kind, file);
    if (fault != null) {
      if (inner instanceof CrashMemFs memory) {
        memory.loseUnsynced(file);
      }
      throw failure(fault, kind, file);
    }
  }

  @Override
  public WritableFile create(Path file) throws IOException {
    call(FsCall.Kind.CREATE, file);
    return new Appender(file, inner.create(file));
  }

  @Override
  public WritableFile append(Path file) throws IOException {
    call(FsCall.Kind.APPEND_TO, file);
    return new Appender(file, inner.append(file));
  }

  @Override
  public MappedFile map(Path file, long bytes) throws IOException {
    call(FsCall.Kind.MAP, file);
    return new Mapping(file, inner.map(file, bytes));
  }

  @Override
  public RandomFile open(Path file) throws IOException {
    call(FsCall.Kind.OPEN, file);
    return new Reader(file, inner.open(file));
  }

  @Override
  public boolean exists(Path file) {
    return inner.exists(file);
  }

  @Override
  public long size(Path file) throws IOException {
    call(FsCall.Kind.SIZE, file);
    return inner.size(file);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    call(FsCall.Kind.LIST, directory);
    return inner.list(directory);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    call(FsCall.Kind.CREATE_DIRECTORIES, directory);
    inner.createDirectories(directory);
  }

  @Override
  public void rename(Path source, Path target) throws IOException {
    call(FsCall.Kind.RENAME, source);
    inner.rename(source, target);
  }

  @Override
  public void delete(Path file) throws IOException {
    call(FsCall.Kind.DELETE, file);
    inner.delete(file);
  }

  @Override
  public void link(Path existing, Path link) throws IOException {
    call(FsCall.Kind.LINK, link);
    inner.link(existing, link);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    call(FsCall.Kind.SYNC_DIRECTORY, directory);
    inner.syncDirectory(directory);
  }

  @Override
  public Closeable lock(Path file) throws IOException {
    call(FsCall.Kind.LOCK, file);
    return inner.lock(file);
  }

  private final class Appender implements WritableFile {
    private final Path file;
    private final WritableFile target;

    Appender(Path file, WritableFile target) {
      this.file = file;
      this.target = target;
    }

    @Override
    public void append(byte[] bytes, int offset, int length) throws IOException {
      Fault fault = next(FsCall.Kind.WRITE, file);
      if (fault == null) {
        target.append(bytes, offset, length);
        return;
      }
      if (fault == Fault.SHORT_WRITE) {
        target.append(bytes, offset, length / 2);
      }
      throw failure(fault, FsCall.Kind.WRITE, file);
    }

    @Override
    public void sync() throws IOException {
      syncCall(FsCall.Kind.SYNC, file);
      target.sync();
    }

    @Override
    public long size() {
      return target.size();
    }

    @Override
    public void close() throws IOException {
      Fault fault = next(FsCall.Kind.CLOSE, file);
      target.close();
      if (fault != null) {
        throw failure(fault, FsCall.Kind.CLOSE, file);
      }
    }
  }

  private final class Reader implements RandomFile {
    private final Path file;
    private final RandomFile source;

    Reader(Path file, RandomFile source) {
      this.file = file;
      this.source = source;
    }

    @Override
    public void read(long position, byte[] target, int offset, int length) throws IOException {
      call(FsCall.Kind.READ, file);
      source.read(position, target, offset, length);
    }

    @Override
    public long size() {
      return source.size();
    }

    @Override
    public void close() throws IOException {
      source.close();
    }
  }

  private final class Mapping implements MappedFile {
    private final Path file;
    private final MappedFile target;

    Mapping(Path file, MappedFile target) {
      this.file = file;
      this.target = target;
    }

    @Override
    public MemorySegment segment() {
      return target.segment();
    }

    @Override
    public void force(long from, long to) throws IOException {
      syncCall(FsCall.Kind.FORCE, file);
      target.force(from, to);
    }

    @Override
    public void extend(long newBytes) throws IOException {
      call(FsCall.Kind.EXTEND, file);
      target.extend(newBytes);
    }

    @Override
    public void close(long bytes) throws IOException {
      Fault fault = next(FsCall.Kind.CUT, file);
      if (fault != null) {
        target.close();
        throw failure(fault, FsCall.Kind.CUT, file);
      }
      target.close(bytes);
    }

    @Override
    public void close() throws IOException {
      call(FsCall.Kind.CLOSE, file);
      target.close();
    }
  }
}
