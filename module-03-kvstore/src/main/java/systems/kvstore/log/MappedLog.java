package systems.kvstore.log;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import systems.kvstore.fs.FileSystem;

/**
 * A log whose append is a copy into mapped memory. The page cache has the bytes as soon as they are
 * stored, so a killed process loses none of them, and there is no call to pay for.
 *
 * <pre>
 *    ... | header payload | 0 0 0 0 0 0 0 0 0 0 0 0 0
 *                         ^
 *     1. the payload      |       | p a y l o a d |
 *     2. fence
 *     3. the header       | h h h | p a y l o a d |       one store of eight bytes
 * </pre>
 *
 * <p>The header comes last. A process that is killed in between leaves a header of zeros, which is
 * the end of the log and not a record with a wrong checksum. The fence keeps the compiler from
 * turning the two around; the processor retires stores in order as far as anybody can see who reads
 * the page cache afterwards. The seven header bytes and the first of the payload go in one store,
 * so that no reader finds half a header.
 *
 * <p>The file doubles when it is full, at most by {@link #STEP_BYTES_MAX}. The old mapping dies
 * then, which is why growing takes the lock that a sync holds. Closing cuts the file to what was
 * used. The measured alternative, a write call for each record, costs about thirty times as much
 * for 100 bytes; a sparse file (a length without written zeros) would be quicker to make and kills
 * the process when the disk is full.
 */
final class MappedLog extends LogWriter {
  /** The file grows by at most so much at once. */
  static final long STEP_BYTES_MAX = 64L << 20;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final FileSystem.MappedFile file;
  private MemorySegment segment;
  private long capacity;

  MappedLog(FileSystem fileSystem, Path path, long initialBytes) throws IOException {
    capacity = wholeBlocks(Math.max(1, initialBytes));
    file = fileSystem.map(path, capacity);
    segment = file.segment();
  }

  private static long wholeBlocks(long bytes) {
    return (bytes + LogBlock.BLOCK_BYTES - 1) / LogBlock.BLOCK_BYTES * LogBlock.BLOCK_BYTES;
  }

  @Override
  void begin(long at, long atMost) throws IOException {
    if (atMost > capacity) {
      grow(atMost);
    }
  }

  private void grow(long needed) throws IOException {
    //> phase 6: how large is the next mapping, and who may still be using this one?
    long doubled = capacity + Math.min(capacity, STEP_BYTES_MAX);
    long atLeast = Math.max(doubled, needed); //~ oneStepIsEnough: long atLeast = doubled;
    long target = wholeBlocks(atLeast);
    placeLock().lock();
    try {
      file.extend(target);
      segment = file.segment(); //~ keepsTheOldMapping: segment.byteSize();
      capacity = target;
    } finally {
      placeLock().unlock();
    }
    //< phase 6
  }

  @Override
  void pad(long at, int count) {
    assert isZero(at, count) : "the file was zeros";
  }

  @Override
  void put(long at, int type, byte[] bytes, int offset, int length) {
    assert at + LogBlock.HEADER_BYTES + length <= capacity;
    assert isZero(at, LogBlock.HEADER_BYTES) : "something is behind the end of the log";
    //> phase 6: in which order must payload and header reach memory?
    int crc = checksum(type, bytes, offset, length);
    if (length == 0) {
      putEmpty(at, type, crc);
      return;
    }
    MemorySegment.copy(
        bytes, offset, segment, ValueLayout.JAVA_BYTE, at + LogBlock.HEADER_BYTES, length);
    VarHandle.releaseFence();
    long header =
        Integer.toUnsignedLong(crc)
            | (long) length << 32
            | (long) type << 48
            | (long) bytes[offset] << 56;
    segment.set(LONG, at, header);
    //< phase 6
  }

  //> phase 6 only
  /** At the end of a block there may be no eighth byte. */
  private void putEmpty(long at, int type, int crc) {
    segment.set(INT, at, crc);
    VarHandle.releaseFence();
    segment.set(ValueLayout.JAVA_BYTE, at + 6, (byte) type);
  }

  //< phase 6

  private boolean isZero(long at, int count) {
    for (int i = 0; i < count; i++) {
      if (segment.get(ValueLayout.JAVA_BYTE, at + i) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  void commit() {
    VarHandle.releaseFence();
  }

  @Override
  void force(long from, long to) throws IOException {
    file.force(from, to); //~ phase 6 forcesNothing: file.force(to, to);
  }

  @Override
  void finish(long bytes) throws IOException {
    file.close(bytes); //~ phase 6 leavesTheZeros: file.close();
  }
}
