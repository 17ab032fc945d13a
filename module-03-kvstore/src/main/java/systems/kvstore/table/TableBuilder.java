package systems.kvstore.table;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import systems.kvstore.Slice;
import systems.kvstore.format.ByteSink;
import systems.kvstore.format.Crc32c;
import systems.kvstore.format.XxPh3;
import systems.kvstore.fs.FileSystem;

/**
 * Writes a table, front to back, in one pass and with bounded memory: one block, its compressed
 * form, 256 KiB of output, eight bytes per key for the filter and a separator per block.
 *
 * <pre>
 *   add --&gt; block --full--&gt; LZ4 --&gt; CRC --&gt; output --256 KiB--&gt; file
 *    |        |
 *    |        +-- handle, separator --&gt; index --+
 *    +-- hash --&gt; filter -----------------------+-- finish --&gt; meta blocks, footer, sync
 *    +-- counts --&gt; properties -----------------+
 * </pre>
 *
 * <p>A block is cut when it has {@code blockBytes}, or when it has nine tenths of them and the next
 * entry would go over. Its separator is chosen when the first key of the next one is known: the
 * shortest user key that is not before the last and before the next, so that the index stays small
 * ({@code "blackbird" | "bluejay"} gives {@code "blb"}). If the two are versions of one user key
 * there is none, and the separators keep their sequence numbers: that is decided once for all of
 * them, at the end.
 *
 * <p>Invariants: internal keys ascend strictly (asserted); every block handed out to the index is
 * in the output; nothing is announced by {@link #finish} that the device has not confirmed (file
 * content only: the directory entry is the caller's). A failed write leaves a builder that can only
 * be abandoned. Belongs to one thread.
 */
public final class TableBuilder {
  private static final int OUTPUT_BYTES = 256 << 10;

  /** A compressed block must be at least this fraction (one over it) smaller. */
  private static final int SAVING_MIN = 8;

  private final FileSystem fileSystem;
  private final Path path;
  private final long fileNumber;
  private final TableFormat format;
  private final FileSystem.WritableFile file;

  private final ByteSink output = new ByteSink(OUTPUT_BYTES + 8192);
  private final CRC32C crc = new CRC32C();
  private final @Nullable Lz4 lz4;
  private byte[] compressed = new byte[0];
  private long written;

  private final BlockBuilder block;
  private final BlockBuilder tombstones = new BlockBuilder(1, 256);
  private final BloomFilter.Builder filter = new BloomFilter.Builder();
  private final Separators separators = new Separators();
  private @Nullable BlockHandle cut;

  private byte[] smallest = new byte[0];
  private byte[] largest = new byte[0];
  private byte[] tombstoneSmallest = new byte[0];
  private byte[] tombstoneLargest = new byte[0];
  private long smallestSequence = Long.MAX_VALUE;
  private long largestSequence = -1;
  private long entries;
  private long deletions;
  private long rangeDeletions;
  private long rawKeyBytes;
  private long rawValueBytes;
  private long dataBlocks;
  private long plainBlocks;
  private boolean closed;

  /**
   * What was written: smallest and largest are internal keys that bound entries and tombstones (a
   * tombstone's end is the internal key (end, SEQUENCE_MAX, DELETE_RANGE), which excludes end).
   * Entries and deletions do not count tombstones; all are 0 and the keys empty where nothing was
   * added.
   */
  public record Summary(
      long fileBytes,
      long entries,
      long deletions,
      long rangeDeletions,
      long rawKeyBytes,
      long rawValueBytes,
      byte[] smallest,
      byte[] largest,
      long smallestSequence,
      long largestSequence) {}

  /**
   * Creates the file.
   *
   * @param fileNumber what the properties call the file's original number
   */
  public TableBuilder(FileSystem fileSystem, Path file, long fileNumber, TableFormat format)
      throws IOException {
    this.fileSystem = fileSystem;
    this.path = file;
    this.fileNumber = fileNumber;
    this.format = format;
    this.file = fileSystem.create(file);
    block = new BlockBuilder(format.restartInterval(), format.blockBytes() + 1024);
    lz4 = format.compression() == Compression.LZ4 ? new Lz4() : null;
  }

  /** Adds an entry; internal keys must come in ascending order. */
  public void add(Slice internalKey, Slice value) throws IOException {
    //> phase 3: when is the block full, and what must wait until the next key is known?
    assert !closed && internalKey.length() >= InternalKey.TRAILER_BYTES;
    assert isAfterLast(internalKey) : "keys out of order";
    byte[] key = internalKey.array();
    int offset = internalKey.offset();
    int length = internalKey.length();
    if (isFullFor(length, value.length())) {
      cutBlock();
    }
    if (cut != null) {
      separators.add(cut, block.lastKey(), block.lastLength(), key, offset, length);
      block.reset();
      cut = null;
    }
    if (entries == 0) {
      smallest = internalKey.toByteArray();
    }
    block.add(key, offset, length, value.array(), value.offset(), value.length());
    if (format.bloomBitsPerKey() > 0) {
      filter.add(XxPh3.hash64(key, offset, length - InternalKey.TRAILER_BYTES));
    }
    count(InternalKey.trailer(key, offset, length), length, value.length());
    //< phase 3
  }

  private boolean isAfterLast(Slice key) {
    return entries == 0
        || InternalKey.compare(
                block.lastKey(), 0, block.lastLength(), key.array(), key.offset(), key.length())
            < 0;
  }

  private boolean isFullFor(int keyLength, int valueLength) {
    if (block.isEmpty() || cut != null) {
      return false;
    }
    int bytes = block.bytes();
    int limit = format.blockBytes();
    return bytes >= limit
        || bytes > (limit * 9L + 9) / 10 && block.bytesWith(keyLength, valueLength) > limit;
  }

  private void count(long trailer, int keyLength, int valueLength) {
    entries++;
    if (InternalKey.kind(trailer) != EntryKind.PUT.code()) {
      deletions++;
    }
    countBytes(InternalKey.sequence(trailer), keyLength, valueLength);
  }

  private void countBytes(long sequence, int keyLength, int valueLength) {
    rawKeyBytes += keyLength;
    rawValueBytes += valueLength;
    smallestSequence = Math.min(smallestSequence, sequence);
    largestSequence = Math.max(largestSequence, sequence);
  }

  /** Adds a range tombstone, in ascending order of fragments. */
  public void add(RangeTombstones.Tombstone tombstone) throws IOException {
    assert !closed;
    byte[] begin = tombstone.begin();
    byte[] end = tombstone.end();
    long trailer = InternalKey.trailer(tombstone.sequence(), EntryKind.DELETE_RANGE);
    byte[] from = InternalKey.encode(begin, 0, begin.length, trailer);
    long outside = InternalKey.trailer(InternalKey.SEQUENCE_MAX, EntryKind.DELETE_RANGE);
    byte[] to = InternalKey.encode(end, 0, end.length, outside);
    assert tombstones.isEmpty()
        || InternalKey.compare(
                tombstones.lastKey(), 0, tombstones.lastLength(), from, 0, from.length)
            < 0;
    tombstones.add(from, end);
    rangeDeletions++;
    countBytes(tombstone.sequence(), from.length, end.length);
    tombstoneSmallest = earlier(tombstoneSmallest, from);
    tombstoneLargest = later(tombstoneLargest, to);
  }

  private static byte[] earlier(byte[] a, byte[] b) {
    return a.length == 0 || b.length > 0 && compare(b, a) < 0 ? b : a;
  }

  private static byte[] later(byte[] a, byte[] b) {
    return a.length == 0 || b.length > 0 && compare(b, a) > 0 ? b : a;
  }

  private static int compare(byte[] a, byte[] b) {
    return InternalKey.compare(a, 0, a.length, b, 0, b.length);
  }

  public boolean isEmpty() {
    return entries == 0 && rangeDeletions == 0;
  }

  /** Bytes written so far, roughly what the file will have. */
  public long fileBytes() {
    return written + output.size() + (cut == null ? block.bytes() : 0);
  }

  private void cutBlock() throws IOException {
    var bytes = block.finish();
    cut = put(bytes, true);
    dataBlocks++;
    plainBlocks += cut.size() == bytes.size() ? 1 : 0;
  }

  /** Appends a block with its trailer to the output. */
  private BlockHandle put(ByteSink bytes, boolean compress) throws IOException {
    return put(bytes.array(), bytes.size(), compress);
  }

  private BlockHandle put(byte[] bytes, int size, boolean compress) throws IOException {
    //> phase 3: what if the compressed form is hardly smaller, and what does the CRC cover?
    long offset = written + output.size();
    int small = compress && lz4 != null ? compress(lz4, bytes, size) : -1;
    if (small >= 0) {
      putStored(compressed, small, format.compression().code());
    } else {
      putStored(bytes, size, Compression.NONE.code());
    }
    long stored = written + output.size() - offset - BlockHandle.TRAILER_BYTES;
    if (output.size() >= OUTPUT_BYTES) {
      writeOut();
    }
    return new BlockHandle(offset, stored);
    //< phase 3
  }

  //> phase 3 only
  private void putStored(byte[] bytes, int size, int code) {
    output.reserve(size + BlockHandle.TRAILER_BYTES);
    int covered = size + 1; //~ crcWithoutCode: int covered = size;
    int start = output.size();
    output.putBytes(bytes, 0, size);
    output.putByte(code);
    crc.reset();
    crc.update(output.array(), start, covered);
    output.putFixed32(Crc32c.mask((int) crc.getValue()));
  }

  /** Compresses into {@link #compressed}; -1 if that saves too little. */
  private int compress(Lz4 codec, byte[] bytes, int size) {
    int needed = 5 + Lz4.compressedBytesMax(size);
    if (compressed.length < needed) {
      compressed = new byte[needed];
    }
    int head = putVarint32(compressed, size);
    int total = head + codec.compress(bytes, 0, size, compressed, head);
    return total <= size - size / SAVING_MIN ? total : -1;
  }

  private static int putVarint32(byte[] target, int value) {
    int at = 0;
    int rest = value;
    for (; rest > 0x7f; rest >>>= 7) {
      target[at++] = (byte) (rest | 0x80);
    }
    target[at++] = (byte) rest;
    return at;
  }

  //< phase 3

  private void writeOut() throws IOException {
    file.append(output.array(), 0, output.size());
    written += output.size();
    output.clear();
  }

  /** Writes filter, properties, index and footer, syncs the file and closes it. */
  public Summary finish() throws IOException {
    //> phase 3: which block names which, and in which order must they be written?
    assert !closed;
    if (cut == null && !block.isEmpty()) {
      cutBlock();
    }
    if (cut != null) {
      largest = Arrays.copyOf(block.lastKey(), block.lastLength());
      separators.addLast(cut, largest);
    }
    long dataBytes = written + output.size();
    var metaindex = new TreeMap<String, BlockHandle>();
    int filterBytes = putFilter(metaindex);
    var indexBlock = separators.finish();
    int indexBytes = indexBlock.size() + BlockHandle.TRAILER_BYTES;
    var index = put(indexBlock, false);
    if (!tombstones.isEmpty()) {
      metaindex.put(TableReader.RANGE_DELETIONS, put(tombstones.finish(), false));
    }
    var properties = properties(dataBytes, filterBytes, indexBytes);
    metaindex.put(TableProperties.BLOCK_NAME, put(properties.write(), false));
    new Footer(Footer.Checksum.CRC32C, putMetaindex(metaindex), index).write(output);
    writeOut();
    file.sync(); //~ forgetsSync: assert file.size() > 0;
    file.close();
    closed = true;
    return summary();
    //< phase 3
  }

  //> phase 3 only
  private int putFilter(SortedMap<String, BlockHandle> metaindex) throws IOException {
    if (filter.count() == 0) {
      return 0;
    }
    byte[] bits = filter.finish(format.bloomBitsPerKey());
    metaindex.put(BloomFilter.BLOCK_NAME, put(bits, bits.length, false));
    return bits.length;
  }

  private BlockHandle putMetaindex(SortedMap<String, BlockHandle> metaindex) throws IOException {
    var names = new BlockBuilder(1, 256);
    var handle = new ByteSink(20);
    for (var entry : metaindex.entrySet()) {
      handle.clear();
      entry.getValue().write(handle);
      names.add(entry.getKey().getBytes(StandardCharsets.UTF_8), handle.toByteArray());
    }
    return put(names.finish(), false);
  }

  //< phase 3

  private TableProperties properties(long dataBytes, int filterBytes, int indexBytes) {
    var p = new TableProperties();
    p.putText("rocksdb.block.based.table.decoupled.partitioned.filters", "1");
    p.putFixed32(TableProperties.INDEX_TYPE, 0);
    p.putText("rocksdb.block.based.table.prefix.filtering", "0");
    p.putText(TableProperties.WHOLE_KEY_FILTERING, "1");
    p.putNumber("rocksdb.column.family.id", 0);
    p.putText("rocksdb.column.family.name", "default");
    p.putText(TableProperties.COMPARATOR, TableProperties.BYTEWISE);
    p.putText("rocksdb.compression", format.compression().propertyName());
    p.putText(
        "rocksdb.compression_options",
        "window_bits=-14; level=32767; strategy=0; max_dict_bytes=0; zstd_max_train_bytes=0; "
            + "enabled=0; max_dict_buffer_bytes=0; use_zstd_dict_trainer=1; "
            + "max_compressed_bytes_per_kb=896; checksum=0; _type="
            + format.compression().code()
            + "; ");
    p.putNumber("rocksdb.creation.time", 0);
    p.putNumber("rocksdb.data.block.restart.interval", format.restartInterval());
    p.putNumber("rocksdb.data.size", dataBytes);
    p.putNumber("rocksdb.deleted.keys", deletions + rangeDeletions);
    p.putNumber("rocksdb.file.creation.time", 0);
    if (filterBytes > 0) {
      p.putText("rocksdb.filter.policy", BloomFilter.POLICY_NAME);
    }
    p.putNumber("rocksdb.filter.size", filterBytes);
    p.putNumber("rocksdb.fixed.key.length", 0);
    p.putNumber("rocksdb.format.version", Footer.VERSION);
    p.putNumber("rocksdb.index.block.restart.interval", 1);
    p.putNumber(TableProperties.INDEX_KEY_IS_USER_KEY, separators.areUserKeys() ? 1 : 0);
    p.putNumber("rocksdb.index.size", indexBytes);
    p.putNumber(TableProperties.INDEX_VALUE_IS_DELTA, 1);
    p.putNumber("rocksdb.key.largest.seqno", Math.max(0, largestSequence));
    p.putNumber("rocksdb.key.smallest.seqno", largestSequence < 0 ? 0 : smallestSequence);
    p.putNumber("rocksdb.merge.operands", 0);
    p.putText("rocksdb.merge.operator", "nullptr");
    p.putNumber("rocksdb.newest.key.time", 0);
    p.putNumber("rocksdb.num.data.blocks", dataBlocks);
    if (plainBlocks > 0) {
      String why = lz4 == null ? "bypassed" : "rejected";
      p.putNumber("rocksdb.num.data.blocks.compression." + why, plainBlocks);
    }
    p.putNumber(TableProperties.NUM_ENTRIES, entries + rangeDeletions);
    p.putNumber("rocksdb.num.filter_entries", filter.count());
    p.putNumber(TableProperties.NUM_RANGE_DELETIONS, rangeDeletions);
    p.putNumber("rocksdb.num.uniform.blocks", 0);
    p.putNumber("rocksdb.oldest.key.time", 0);
    p.putNumber("rocksdb.original.file.number", fileNumber);
    p.putText("rocksdb.prefix.extractor.name", "nullptr");
    p.putText("rocksdb.property.collectors", "[]");
    p.putNumber("rocksdb.raw.key.size", rawKeyBytes);
    p.putNumber("rocksdb.raw.value.size", rawValueBytes);
    p.putNumber("rocksdb.tail.start.offset", dataBytes);
    return p;
  }

  private Summary summary() {
    return new Summary(
        written,
        entries,
        deletions,
        rangeDeletions,
        rawKeyBytes,
        rawValueBytes,
        earlier(smallest, tombstoneSmallest),
        later(largest, tombstoneLargest),
        largestSequence < 0 ? 0 : smallestSequence,
        Math.max(0, largestSequence));
  }

  /** Closes and deletes an unfinished file; harmless after {@link #finish()}. */
  public void abandon() {
    if (closed) {
      return;
    }
    closed = true;
    try (file) {
      fileSystem.delete(path);
    } catch (IOException e) {
      // What remains is a file that no manifest names: it is deleted when the store is opened.
    }
  }

  /** The index of a table that is being written: a separator and a handle for each block. */
  private static final class Separators {
    private final ByteSink keys = new ByteSink(1024);
    private int[] ends = new int[64];
    private long[] offsets = new long[64];
    private long[] sizes = new long[64];
    private int count;
    private boolean userKeys = true;

    /** Whether the separators need no sequence numbers. */
    boolean areUserKeys() {
      return userKeys;
    }

    /** Notes a block whose last key and whose successor's first key are given. */
    void add(BlockHandle handle, byte[] last, int lastLength, byte[] next, int at, int length) {
      //> phase 3: which is the shortest key that is not before the last and before the next?
      int lastUser = lastLength - InternalKey.TRAILER_BYTES;
      int nextUser = length - InternalKey.TRAILER_BYTES;
      int max = Math.min(lastUser, nextUser);
      int differs = Arrays.mismatch(last, 0, max, next, at, at + max);
      if (differs < 0) {
        userKeys &= lastUser != nextUser; //~ forgetsVersions: userKeys &= true;
        put(handle, last, lastLength);
        return;
      }
      int cut = separatorEnd(last, lastUser, differs, next[at + differs] & 0xff, nextUser);
      if (cut == 0) {
        put(handle, last, lastLength);
        return;
      }
      byte[] separator =
          InternalKey.encode(last, 0, cut, InternalKey.seekTrailer(InternalKey.SEQUENCE_MAX));
      separator[cut - 1]++;
      put(handle, separator, separator.length);
      //< phase 3
    }

    //> phase 3 only
    /**
     * Length of the shortest prefix of the last key that, its final byte raised by one, separates
     * it from the next; 0 if the last key itself is as short. At {@code differs} the keys first
     * differ: raising that byte is right unless it gives the next key itself or more; then a later
     * byte is raised that is not 0xFF.
     */
    private static int separatorEnd(
        byte[] last, int lastUser, int differs, int nextByte, int nextUser) {
      int raised = (last[differs] & 0xff) + 1;
      boolean isShorter = differs < nextUser - 1; //~ reachesNext: boolean isShorter = true;
      if (raised < nextByte || raised == nextByte && isShorter) {
        return differs + 1;
      }
      for (int i = differs + 1; i < lastUser; i++) {
        if (last[i] != (byte) 0xff) {
          return i + 1;
        }
      }
      return 0;
    }

    //< phase 3

    void addLast(BlockHandle handle, byte[] last) {
      put(handle, last, last.length);
    }

    private void put(BlockHandle handle, byte[] key, int length) {
      if (count == ends.length) {
        ends = Arrays.copyOf(ends, 2 * count);
        offsets = Arrays.copyOf(offsets, 2 * count);
        sizes = Arrays.copyOf(sizes, 2 * count);
      }
      keys.putBytes(key, 0, length);
      ends[count] = keys.size();
      offsets[count] = handle.offset();
      sizes[count] = handle.size();
      count++;
    }

    /** The index block. */
    ByteSink finish() {
      var block = new BlockBuilder(1, keys.size() + 16 * count + 16);
      int trailer = userKeys ? InternalKey.TRAILER_BYTES : 0;
      int start = 0;
      for (int i = 0; i < count; i++) {
        var handle = new BlockHandle(offsets[i], sizes[i]);
        block.addHandle(keys.array(), start, ends[i] - start - trailer, handle);
        start = ends[i];
      }
      return block.finish();
    }
  }
}
