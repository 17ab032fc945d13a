package systems.core.concurrent;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A ring of records of any length, off the heap: in memory between two threads, or in a mapped file
 * between two processes, of which either may be killed at any moment.
 *
 * <pre>
 *        0          8         16         24      128    256    384     512         512 + capacity
 *        +----------+---------+----------+- - - -+------+------+-------+- - - - - - -+
 *        | BYTERING | version | capacity |   0   | tail | head | locks |  records    |
 *        +----------+---------+----------+- - - -+------+------+-------+- - - - - - -+
 *           long       long      long              long   long
 *
 *   record   0        4        8                    8 + length     next multiple of 8
 *            +--------+--------+- - - - - - - - - - -+- - - - - - -+
 *            | length | stamp  | payload             | not written |
 *            +--------+--------+- - - - - - - - - - -+- - - - - - -+
 *               int      int
 *
 *   the end of the ring, where a record does not fit
 *            | length | stamp  | payload   || -1 | stamp |  unused  |   and on at the beginning
 * </pre>
 *
 * <p>All numbers are little-endian. Positions count bytes since the creation and never go back;
 * their lower bits are the place in the ring. A record lies in one piece and begins at a multiple
 * of eight. Its stamp is an eighth of its position: it says in which lap it was written, so that
 * the rest of an older lap is not taken for a record.
 *
 * <p>What always holds, for every reader, whenever the writer dies:
 *
 * <ol>
 *   <li><em>Everything before the tail is whole.</em> The tail is the last store of an offer, with
 *       release; the reader reads it with acquire before it looks at a record.
 *   <li>Everything between head and tail is the reader's. It moves the head with release after it
 *       has read; the writer reads the head with acquire before it writes there.
 *   <li>Behind the tail there is nothing, whatever the memory says: the writer may be at work
 *       there, or have died at work.
 * </ol>
 *
 * <p><b>Death.</b> A writer that is killed leaves the stores that it has done; the kernel owns the
 * pages. If the tail was among them, the record is there. If not, there never was one: the next
 * writer begins at the tail and overwrites. Nothing is repaired or skipped, and nobody has to guess
 * whether the other one is dead or slow, because each role is a lock on a byte of the file that the
 * kernel takes back when a process ends. A reader that is killed leaves the head where it was: the
 * record that it was working on is handed over again. So each record is delivered at least once,
 * exactly once if the reader lives, and in order.
 *
 * <p>What it does not survive is a loss of power: nothing is forced to the disk, since this is a
 * pipe and no log.
 *
 * <p><b>Why one writer only.</b> With several, an offer must claim its place before it writes, and
 * a writer that dies in between leaves a hole in front of records that are whole. A reader can skip
 * it only if the hole's length was written, which is one more store before which one can die, and
 * only if the writer is dead and not slow. Agrona's ring has a method for that, for somebody to
 * call who believes that the other one is dead. Many threads of <em>one</em> process are better
 * served by an {@link MpscRing} in front of one writer; many processes by a ring each.
 *
 * <p><b>Memory model.</b> The Java Language Specification ends at the process. What carries on are
 * the fences and ordered accesses that the modes compile to, and memory that is coherent between
 * all cores: they do not know of processes.
 *
 * <p>For one JVM and file: one {@code ByteRing}. On some systems closing any channel of a file
 * gives back all locks that the process has on it.
 */
public final class ByteRing implements AutoCloseable {
  /** Of records, in bytes; a power of two. */
  public static final long CAPACITY_MIN = 64;

  /** Of records, in bytes. */
  public static final long CAPACITY_MAX = 1L << 30;

  static final long MAGIC = 0x474E_4952_4554_5942L; // "BYTERING", little-endian
  static final long VERSION = 1;

  static final long VERSION_AT = 8;
  static final long CAPACITY_AT = 16;
  static final long TAIL_AT = 128;
  static final long HEAD_AT = 256;
  static final long WRITER_LOCK_AT = 384;
  static final long READER_LOCK_AT = 385;
  static final long RECORDS_AT = 512;

  static final int RECORD_HEADER_BYTES = 8;
  static final int ALIGNMENT = 8;

  /** In the place of a length: the ring goes on at its beginning. */
  static final int PADDING = -1;

  private static final int ZEROS_BYTES = 1 << 16;

  /** Aligned, since only so they are atomic. */
  static final VarHandle LONG =
      ValueLayout.JAVA_LONG
          .withOrder(ByteOrder.LITTLE_ENDIAN)
          .varHandle()
          .withInvokeExactBehavior();

  final MemorySegment memory;
  final long capacity;
  final String name;
  private final @Nullable Arena arena;
  private final @Nullable FileChannel channel;
  private final AtomicBoolean written = new AtomicBoolean();
  private final AtomicBoolean read = new AtomicBoolean();

  private ByteRing(
      String name,
      @Nullable Arena arena,
      MemorySegment memory,
      long capacity,
      @Nullable FileChannel channel) {
    this.name = name;
    this.arena = arena;
    this.memory = memory;
    this.capacity = capacity;
    this.channel = channel;
  }

  /** A ring between threads, in memory of its own. */
  public static ByteRing inMemory(long capacity) {
    checkCapacity(capacity);
    return over(Arena.ofAuto().allocate(RECORDS_AT + capacity, ALIGNMENT));
  }

  /** A ring in memory that is zero and aligned. */
  static ByteRing over(MemorySegment memory) {
    long capacity = memory.byteSize() - RECORDS_AT;
    writeHeader(memory, capacity);
    return new ByteRing("the ring in memory", null, memory, capacity, null);
  }

  /**
   * Makes a file, which must not exist, and opens it. If this is killed in the middle, the file is
   * not a ring and {@link #open} says so.
   */
  public static ByteRing create(Path file, long capacity) throws IOException {
    checkCapacity(capacity);
    var channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      // Not a hole: where the disk is full, a store into a mapped hole would be a signal.
      var zeros = ByteBuffer.allocate(ZEROS_BYTES);
      for (long left = RECORDS_AT + capacity; left > 0; left -= zeros.position()) {
        zeros.clear().limit((int) Math.min(ZEROS_BYTES, left));
        while (zeros.hasRemaining()) {
          channel.write(zeros);
        }
      }
      Arena arena = Arena.ofShared();
      var memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, RECORDS_AT + capacity, arena);
      writeHeader(memory, capacity);
      return new ByteRing(file.toString(), arena, memory, capacity, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static void checkCapacity(long capacity) {
    if (capacity < CAPACITY_MIN || capacity > CAPACITY_MAX || Long.bitCount(capacity) != 1) {
      throw new IllegalArgumentException(
          "a ring has a power of two of bytes, %d to %,d, not %,d"
              .formatted(CAPACITY_MIN, CAPACITY_MAX, capacity));
    }
  }

  /** The magic comes last: who sees it sees the rest. */
  private static void writeHeader(MemorySegment memory, long capacity) {
    LONG.set(memory, VERSION_AT, VERSION);
    LONG.set(memory, CAPACITY_AT, capacity);
    LONG.setRelease(memory, 0L, MAGIC);
  }

  /**
   * Opens a file that {@link #create} has made.
   *
   * @throws DamagedRingException if it is not one, or of another version, or cut off
   */
  public static ByteRing open(Path file) throws IOException {
    var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      long size = channel.size();
      String name = file.toString();
      // Two bounds before anything is mapped; the exact one when the capacity is known.
      expect(size >= RECORDS_AT + CAPACITY_MIN, name, 0, "the file's length", "longer", size);
      expect(size <= RECORDS_AT + CAPACITY_MAX, name, 0, "the file's length", "shorter", size);
      Arena arena = Arena.ofShared();
      var memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
      try {
        return checked(name, arena, memory, channel);
      } catch (DamagedRingException e) {
        arena.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static ByteRing checked(
      String name, Arena arena, MemorySegment memory, FileChannel channel)
      throws DamagedRingException {
    long magic = (long) LONG.getAcquire(memory, 0L);
    expect(magic == MAGIC, name, 0, "the magic", hex(MAGIC), hex(magic));
    long version = (long) LONG.get(memory, VERSION_AT);
    expect(version == VERSION, name, VERSION_AT, "the version", VERSION, version);
    long capacity = (long) LONG.get(memory, CAPACITY_AT);
    long fitting = memory.byteSize() - RECORDS_AT;
    expect(capacity == fitting, name, CAPACITY_AT, "the capacity", fitting, capacity);
    boolean power = Long.bitCount(capacity) == 1;
    expect(power, name, CAPACITY_AT, "the capacity", "a power of two", capacity);
    var ring = new ByteRing(name, arena, memory, capacity, channel);
    long head = (long) LONG.getAcquire(memory, HEAD_AT);
    ring.checkPositions(head, (long) LONG.getAcquire(memory, TAIL_AT));
    return ring;
  }

  private static void expect(
      boolean holds, String name, long offset, String what, Object expected, Object found)
      throws DamagedRingException {
    if (!holds) {
      throw new DamagedRingException(name, offset, what, expected, found);
    }
  }

  /** The two come from memory that another process can write to. */
  void checkPositions(long head, long tail) throws DamagedRingException {
    if (head < 0 || head % ALIGNMENT != 0) {
      throw damaged(HEAD_AT, "the head", "a multiple of 8", head);
    }
    if (tail < head || tail - head > capacity || tail % ALIGNMENT != 0) {
      throw damaged(TAIL_AT, "the tail", "at most a ring after " + head, tail);
    }
  }

  DamagedRingException damaged(long offset, String what, Object expected, Object found) {
    return new DamagedRingException(name, offset, what, expected, found);
  }

  private static String hex(long word) {
    return "%016x".formatted(word);
  }

  /** The longest payload: two such records fit, so an empty ring takes one, wherever it stands. */
  public int payloadBytesMax() {
    return (int) (capacity / 2) - RECORD_HEADER_BYTES;
  }

  /** The only writer. It goes on behind the last whole record. */
  public RingWriter writer() throws IOException {
    Seat seat = writerSeat();
    try {
      return new RingWriter(this, seat);
    } catch (DamagedRingException e) {
      seat.close();
      throw e;
    }
  }

  Seat writerSeat() throws IOException {
    return new Seat("writer", written, WRITER_LOCK_AT);
  }

  /** The only reader. It goes on with the first record that nobody has finished. */
  public RingReader reader() throws IOException {
    Seat seat = readerSeat();
    try {
      return new RingReader(this, seat);
    } catch (DamagedRingException e) {
      seat.close();
      throw e;
    }
  }

  Seat readerSeat() throws IOException {
    return new Seat("reader", read, READER_LOCK_AT);
  }

  /** The place of the writer or of the reader; nobody else has it, here or in another process. */
  final class Seat implements AutoCloseable {
    private final AtomicBoolean taken;
    private final @Nullable FileLock lock;

    private Seat(String role, AtomicBoolean taken, long lockAt) throws IOException {
      this.taken = taken;
      if (!taken.compareAndSet(false, true)) {
        throw new BusyRingException(name, role);
      }
      lock = channel == null ? null : lock(channel, role, lockAt);
    }

    private FileLock lock(FileChannel file, String role, long lockAt) throws IOException {
      FileLock got = null;
      try {
        got = file.tryLock(lockAt, 1, false);
      } catch (OverlappingFileLockException e) {
        // this JVM has the file open twice
      } finally {
        taken.set(got != null);
      }
      if (got == null) {
        throw new BusyRingException(name, role);
      }
      return got;
    }

    @Override
    public void close() throws IOException {
      if (lock != null && lock.isValid()) {
        lock.release();
      }
      taken.set(false);
    }
  }

  /** Ends this process's view of a file, which stays with all that is in it. */
  @Override
  public void close() throws IOException {
    if (arena != null) {
      arena.close();
    }
    if (channel != null) {
      channel.close();
    }
  }
}
