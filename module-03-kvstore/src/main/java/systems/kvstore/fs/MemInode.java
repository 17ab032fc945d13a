package systems.kvstore.fs;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one file of a {@link CrashMemFs}, twice: as the page cache has them and as the
 * device has them.
 *
 * <pre>
 *   current   [ A ][ B ][ C'][ D ]        size
 *                |    |
 *   synced    [ A ][ B ][ C ]             syncedSize       same letter: the same Block object
 *
 *   mapped    one flat array while the file is mapped; stores go there without asking,
 *             and {@link #settle} finds the blocks they changed by comparing
 * </pre>
 *
 * <p>Copies are cheap because blocks are shared. Invariants:
 *
 * <ol>
 *   <li>A block with {@code shared} set is never written again: a writer replaces it by a copy.
 *   <li>If {@code frozen}, the array {@code current} belongs to others too and all its blocks are
 *       shared; the array is copied before it is changed.
 *   <li>A missing (null) block is 4 KiB of zeros, and bytes of a last block behind the size are
 *       zeros, so that growing a file needs no work.
 * </ol>
 *
 * <p>Guarded by the file system that it belongs to; only stores into a mapping come unguarded.
 */
final class MemInode {
  static final int BLOCK_BYTES = 4096;
  static final int SECTOR_BYTES = 512;

  /** Stands for a directory, which has names but no bytes. */
  static final MemInode DIRECTORY = new MemInode();

  /** One block in so many is torn into sectors by a power loss. */
  private static final int TORN_ONE_IN = 8;

  private static final byte[] ZEROS = new byte[BLOCK_BYTES];
  private static final long ZEROS_HASH = hashOf(ZEROS);

  private @Nullable Block[] current;
  private @Nullable Block[] synced;
  private long size;
  private long syncedSize;
  private boolean frozen;
  private byte @Nullable [] mapped;

  private static final class Block {
    final byte[] bytes;
    boolean shared;
    boolean hashed;
    long hash;

    Block(byte[] bytes) {
      assert bytes.length == BLOCK_BYTES;
      this.bytes = bytes;
    }
  }

  MemInode() {
    this(new Block[0], new Block[0], 0, 0);
  }

  private MemInode(
      @Nullable Block[] current, @Nullable Block[] synced, long size, long syncedSize) {
    this.current = current;
    this.synced = synced;
    this.size = size;
    this.syncedSize = syncedSize;
    this.frozen = true;
  }

  long size() {
    return size;
  }

  void append(byte[] bytes, int offset, int length) {
    assert mapped == null : "a mapped file does not grow by writes";
    int from = offset;
    int left = length;
    while (left > 0) {
      int within = (int) (size % BLOCK_BYTES);
      int count = Math.min(left, BLOCK_BYTES - within);
      System.arraycopy(bytes, from, writable((int) (size / BLOCK_BYTES)), within, count);
      size += count;
      from += count;
      left -= count;
    }
  }

  void truncate(long newSize) {
    assert mapped == null && newSize <= size;
    size = newSize;
    int within = (int) (newSize % BLOCK_BYTES);
    int whole = (int) (newSize / BLOCK_BYTES);
    if (within != 0) {
      Arrays.fill(writable(whole), within, BLOCK_BYTES, (byte) 0);
    }
    thaw(0);
    Arrays.fill(current, Math.min(current.length, blocks(newSize)), current.length, null);
  }

  private byte[] writable(int index) {
    thaw(index + 1);
    Block block = current[index];
    if (block == null || block.shared) {
      block = new Block(block == null ? new byte[BLOCK_BYTES] : block.bytes.clone());
      current[index] = block;
    }
    block.hashed = false;
    return block.bytes;
  }

  private void thaw(int blocksNeeded) {
    if (frozen || current.length < blocksNeeded) {
      int room = current.length < blocksNeeded ? current.length * 2 : current.length;
      current = Arrays.copyOf(current, Math.max(blocksNeeded, room));
      frozen = false;
    }
  }

  private void freeze() {
    if (!frozen) {
      for (Block block : current) {
        if (block != null) {
          block.shared = true;
        }
      }
      frozen = true;
    }
  }

  void read(Path file, long position, byte[] target, int offset, int length)
      throws java.io.EOFException {
    if (position < 0 || position > size - length) {
      throw PosixFs.endsBefore(file, position, length, size);
    }
    settle();
    for (int done = 0; done < length; ) {
      int within = (int) ((position + done) % BLOCK_BYTES);
      int count = Math.min(length - done, BLOCK_BYTES - within);
      byte[] bytes = bytesOf(at(current, (int) ((position + done) / BLOCK_BYTES)));
      System.arraycopy(bytes, within, target, offset + done, count);
      done += count;
    }
  }

  /** Cuts the file to nothing and maps it as {@code bytes} zeros. */
  byte[] map(int bytes) {
    truncate(0);
    size = bytes;
    return mapped = new byte[bytes];
  }

  byte[] extend(int newBytes) {
    assert mapped != null && newBytes > mapped.length;
    size = newBytes;
    return mapped = Arrays.copyOf(mapped, newBytes);
  }

  void unmap() {
    settle();
    mapped = null;
  }

  /** Takes over what was stored into the mapping since the last time. */
  private void settle() {
    if (mapped == null) {
      return;
    }
    int last = blocks(mapped.length) - 1;
    for (int i = 0; i <= last; i++) {
      int from = i * BLOCK_BYTES;
      int to = Math.min(from + BLOCK_BYTES, mapped.length);
      byte[] known = bytesOf(at(current, i));
      if (!Arrays.equals(known, 0, to - from, mapped, from, to)) {
        System.arraycopy(mapped, from, writable(i), 0, to - from);
      }
    }
  }

  /** The device gets everything. */
  void sync() {
    settle();
    freeze();
    synced = current; //~ phase 2 syncSharesLiveBlocks: synced = current; frozen = false;
    syncedSize = size;
  }

  /** The device gets the blocks that hold {@code [from, to)}, and the file's size. */
  void sync(long from, long to) {
    settle();
    freeze();
    int end = Math.min(blocks(to), current.length);
    var merged = Arrays.copyOf(synced, Math.max(synced.length, end));
    for (int i = (int) (from / BLOCK_BYTES); i < end; i++) {
      merged[i] = current[i];
    }
    synced = merged;
    syncedSize = size;
  }

  /** What Linux does to a file whose sync failed: the changed pages count as clean, and go. */
  void loseUnsynced() {
    settle();
    current = Arrays.copyOf(synced, synced.length);
    frozen = false;
    freeze();
    if (size < syncedSize && mapped == null) {
      truncate(size);
    }
    if (mapped != null) {
      byte[] pages = mapped;
      for (int i = 0; i < blocks(pages.length); i++) {
        int from = i * BLOCK_BYTES;
        System.arraycopy(
            bytesOf(at(current, i)), 0, pages, from, Math.min(BLOCK_BYTES, pages.length - from));
      }
    }
  }

  /** The file after its process was killed: both views stay, mappings are gone. */
  MemInode afterKill() {
    settle();
    freeze();
    return new MemInode(current, synced, size, syncedSize);
  }

  /** The file after a power loss: each block that was not synced is there, or not, or torn. */
  MemInode afterPowerLoss(SplittableRandom random, int percentKept) {
    //> phase 2: which blocks can differ, and which lengths can the file have?
    settle();
    freeze();
    if (current == synced && size == syncedSize) {
      return new MemInode(current, current, size, size);
    }
    long length = survivingLength(random, percentKept);
    var blocks = new @Nullable Block[blocks(length)];
    for (int i = 0; i < blocks.length; i++) {
      Block old = at(synced, i);
      Block now = at(current, i);
      blocks[i] = old == now ? now : survivor(random, percentKept, old, now);
    }
    var after = new MemInode(blocks, blocks, length, length);
    after.truncate(length);
    after.sync();
    return after;
    //< phase 2
  }

  //> phase 2 only
  private long survivingLength(SplittableRandom random, int percentKept) {
    if (percentKept == 0 || percentKept == 100) {
      return percentKept == 0 ? syncedSize : size;
    }
    return switch (random.nextInt(4)) {
      case 0 -> syncedSize;
      case 1 -> size;
      default -> random.nextLong(Math.min(size, syncedSize), Math.max(size, syncedSize) + 1);
    };
  }

  private static @Nullable Block survivor(
      SplittableRandom random, int percentKept, @Nullable Block old, @Nullable Block now) {
    if (percentKept == 0 || percentKept == 100) {
      return percentKept == 0 ? old : now;
    }
    if (random.nextInt(TORN_ONE_IN) == 0) {
      return torn(random, percentKept, bytesOf(old), bytesOf(now));
    }
    return random.nextInt(100) < percentKept ? now : old;
  }

  private static Block torn(SplittableRandom random, int percentKept, byte[] old, byte[] now) {
    byte[] bytes = old.clone();
    for (int at = 0; at < BLOCK_BYTES; at += SECTOR_BYTES) {
      if (random.nextInt(100) < percentKept) {
        System.arraycopy(now, at, bytes, at, SECTOR_BYTES);
      }
    }
    var block = new Block(bytes);
    block.shared = true;
    return block;
  }

  //< phase 2

  /** A hash of length and bytes as the page cache has them. */
  long hash() {
    settle();
    long hash = size;
    for (int i = 0; i < blocks(size); i++) {
      hash = mix(hash, hashOf(at(current, i)));
    }
    return hash;
  }

  private static long hashOf(@Nullable Block block) {
    if (block == null) {
      return ZEROS_HASH;
    }
    if (!block.hashed) {
      block.hash = hashOf(block.bytes);
      block.hashed = true;
    }
    return block.hash;
  }

  private static long hashOf(byte[] bytes) {
    long hash = 0;
    for (int i = 0; i < bytes.length; i += Long.BYTES) {
      hash = mix(hash, (long) Words.LONG.get(bytes, i));
    }
    return hash;
  }

  static long mix(long hash, long word) {
    long product = (hash ^ word) * 0x9e3779b97f4a7c15L;
    return product ^ (product >>> 29);
  }

  /** Held apart so that it is there when the constants above are computed. */
  private static final class Words {
    static final VarHandle LONG =
        MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  }

  private static int blocks(long bytes) {
    return (int) ((bytes + BLOCK_BYTES - 1) / BLOCK_BYTES);
  }

  private static @Nullable Block at(@Nullable Block[] blocks, int index) {
    return index < blocks.length ? blocks[index] : null;
  }

  private static byte[] bytesOf(@Nullable Block block) {
    return block == null ? ZEROS : block.bytes;
  }
}
