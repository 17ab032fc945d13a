package systems.kvstore.table;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;
import systems.kvstore.Slice;
import systems.kvstore.ValueBuffer;
import systems.kvstore.format.ByteSource;
import systems.kvstore.format.MalformedException;
import systems.kvstore.format.XxPh3;
import systems.kvstore.fs.FileSystem;

/**
 * An open table: a sorted file that is never written again.
 *
 * <pre>
 *   +--------+- -+--------+--------+-------+------------+------------+-----------+--------+
 *   | data   |   | data   | filter | index | range      | properties | metaindex | footer |
 *   | block 0|   | block n|        |       | tombstones |            |           | 53 B   |
 *   +--------+- -+--------+--------+-------+------------+------------+-----------+--------+
 *       ^            ^         ^     |  ^        ^            ^          |  ^       |  |
 *       +------------+---------|-----+  |        |            |          |  +-------+  |
 *                              +--------|--------+------------+----------+             |
 *                                       +----------------------------------------------+
 * </pre>
 *
 * <p>Opening reads from the right: footer, metaindex, then everything but the data blocks, which
 * stays in memory as long as the table is open (filter and index are needed by every lookup).
 * Everything read is under a checksum, and everything decoded is checked again, because a checksum
 * says only that the bytes are those that somebody wrote.
 *
 * <p>A lookup goes filter, index, block: one cache miss of the processor for a key that is not
 * there, a binary search over numbers, and a search in a block that the cache usually has. It
 * allocates nothing unless a block must be read.
 *
 * <p>Files that RocksDB ingested have entries with sequence number 0 and one number for all of them
 * elsewhere: in a property, or only in the MANIFEST, from where it must be given to {@link
 * #open(FileSystem, Path, BlockCache, long)}. It is put into the keys on the way out.
 *
 * <p>Refused by name: other format versions and checksums ({@link Footer}), codecs but LZ4,
 * partitioned indexes and filters, compression dictionaries, comparators but the bytewise one,
 * entries that are neither values nor deletions (merge operands, blob references).
 *
 * <p>Thread rules: everything here may be called from any thread, a cursor belongs to one. {@link
 * #close} may run while others read: they fail with a {@code ClosedChannelException} or still
 * succeed. Source of the format: RocksDB's wiki, "Rocksdb BlockBasedTable Format", and the files
 * that it writes.
 */
public final class TableReader implements Closeable {
  static final String RANGE_DELETIONS = "rocksdb.range_del";

  private static final int INDEX_BINARY_SEARCH = 0;
  private static final int INDEX_HASH_SEARCH = 1;
  private static final int INGESTED_WITH_GLOBAL_SEQUENCE = 2;

  private final BlockFile file;
  private final TableProperties properties;
  private final TableIndex index;
  private final @Nullable BloomFilter filter;
  private final RangeTombstones tombstones;
  private final BlockCache.Shelf shelf;
  private final long globalSequence;

  private TableReader(BlockFile file, BlockCache cache, long largestSequence)
      throws IOException, MalformedException {
    this.file = file;
    if (file.bytes() < Footer.BYTES) {
      throw new KvException.Corruption(
          file.path(),
          0,
          "a table of at least " + Footer.BYTES + " bytes",
          file.bytes() + " bytes");
    }
    var footer = readFooter();
    file.checkBy(footer.checksum());
    var metaindex = readMetaindex(footer);
    properties = TableProperties.read(readMeta(metaindex, TableProperties.BLOCK_NAME));
    checkReadable(metaindex);
    globalSequence = globalSequence(largestSequence);
    index = readIndex(footer);
    filter = readFilter(metaindex);
    tombstones = readTombstones(metaindex);
    shelf = cache.shelf(index.count());
  }

  /** Opens a table: footer, properties, index, filter and tombstones are read and verified. */
  public static TableReader open(FileSystem fileSystem, Path file, BlockCache cache)
      throws IOException {
    return open(fileSystem, file, cache, 0);
  }

  /**
   * Opens a table.
   *
   * @param largestSequence what the MANIFEST says is the table's largest sequence number, 0 if
   *     unknown: all entries of an ingested file have it
   */
  public static TableReader open(
      FileSystem fileSystem, Path file, BlockCache cache, long largestSequence) throws IOException {
    var blocks = new BlockFile(fileSystem.open(file), file);
    try {
      return new TableReader(blocks, cache, largestSequence);
    } catch (MalformedException e) {
      blocks.close();
      throw new KvException.Corruption(
          file, blocks.bytes() - Footer.BYTES, "a readable table", e.getMessage());
    } catch (Throwable e) {
      blocks.close();
      throw e;
    }
  }

  private Footer readFooter() throws IOException {
    long offset = file.bytes() - Footer.BYTES;
    byte[] bytes = new byte[Footer.BYTES];
    file.readRaw(offset, bytes, 0, bytes.length);
    return Footer.read(bytes, file.path(), offset);
  }

  private SortedMap<String, BlockHandle> readMetaindex(Footer footer) throws IOException {
    var handles = new TreeMap<String, BlockHandle>();
    long end = file.bytes() - Footer.BYTES;
    try {
      var scan = new BlockScan(read(footer.metaindex()));
      while (scan.next()) {
        var name = new String(scan.keyArray(), 0, scan.keyLength(), StandardCharsets.UTF_8);
        var handle = BlockHandle.read(new ByteSource(scan.value()));
        if (handle.offset() > end || handle.size() > end || handle.end() > end) {
          throw new MalformedException("the block " + name + " outside of the file", 0);
        }
        handles.put(name, handle);
      }
    } catch (MalformedException e) {
      throw file.malformed(footer.metaindex().offset(), e);
    }
    return handles;
  }

  private Block read(BlockHandle handle) throws IOException {
    return file.read(handle.offset(), sizeOf(handle));
  }

  private int sizeOf(BlockHandle handle) throws KvException.Corruption {
    if (handle.size() > Integer.MAX_VALUE - 64) {
      throw new KvException.Corruption(
          file.path(), handle.offset(), "a block below 2 GiB", handle.size() + " bytes");
    }
    return (int) handle.size();
  }

  private Block readMeta(SortedMap<String, BlockHandle> metaindex, String name) throws IOException {
    var handle = metaindex.get(name);
    if (handle == null) {
      throw new KvException.Corruption(
          file.path(), file.bytes() - Footer.BYTES, "a block " + name, metaindex.keySet() + "");
    }
    return read(handle);
  }

  private void checkReadable(SortedMap<String, BlockHandle> metaindex)
      throws KvException, MalformedException {
    var comparator = properties.text(TableProperties.COMPARATOR, TableProperties.BYTEWISE);
    if (!comparator.equals(TableProperties.BYTEWISE)) {
      throw unsupported("keys ordered by " + comparator);
    }
    long indexType = properties.fixed(TableProperties.INDEX_TYPE, INDEX_BINARY_SEARCH);
    if (indexType != INDEX_BINARY_SEARCH && indexType != INDEX_HASH_SEARCH) {
      throw unsupported(
          switch ((int) indexType) {
            case 2 -> "a partitioned index (kTwoLevelIndexSearch)";
            case 3 -> "an index with first keys (kBinarySearchWithFirstKey)";
            default -> "an index of type " + indexType;
          });
    }
    for (String name : metaindex.keySet()) {
      if (name.startsWith("partitionedfilter.")) {
        throw unsupported("a partitioned filter");
      }
      if (name.equals("rocksdb.compression_dict")) {
        throw unsupported("a compression dictionary");
      }
    }
    checkCodec(properties.text("rocksdb.compression", ""));
    if (properties.number("rocksdb.merge.operands", 0) != 0) {
      throw unsupported("merge operands");
    }
  }

  private void checkCodec(String codec) throws KvException.Unsupported {
    switch (codec) {
      case "", "NoCompression", "LZ4", "LZ4HC" -> {}
      default -> throw unsupported("compression with " + codec);
    }
  }

  private KvException.Unsupported unsupported(String what) {
    return new KvException.Unsupported(file.path(), what + " is not read here");
  }

  private long globalSequence(long largestSequence) throws KvException, MalformedException {
    long version = properties.fixed(TableProperties.EXTERNAL_VERSION, 0);
    if (version > INGESTED_WITH_GLOBAL_SEQUENCE) {
      throw unsupported("an external file of version " + version);
    }
    if (version < INGESTED_WITH_GLOBAL_SEQUENCE) {
      return 0;
    }
    long own = properties.fixed(TableProperties.GLOBAL_SEQUENCE, 0);
    long sequence = own != 0 ? own : largestSequence;
    if (sequence < 0 || sequence > InternalKey.SEQUENCE_MAX) {
      throw new MalformedException("a global sequence number " + sequence, 0);
    }
    return sequence;
  }

  private TableIndex readIndex(Footer footer) throws IOException, MalformedException {
    boolean userKeys = properties.number(TableProperties.INDEX_KEY_IS_USER_KEY, 0) != 0;
    boolean delta = properties.number(TableProperties.INDEX_VALUE_IS_DELTA, 0) != 0;
    var block = read(footer.index());
    try {
      return TableIndex.decode(block, !userKeys, delta, file.bytes() - Footer.BYTES);
    } catch (MalformedException e) {
      throw file.malformed(footer.index().offset(), e);
    }
  }

  private @Nullable BloomFilter readFilter(SortedMap<String, BlockHandle> metaindex)
      throws IOException {
    var handle = metaindex.get(BloomFilter.BLOCK_NAME);
    boolean wholeKeys = properties.text(TableProperties.WHOLE_KEY_FILTERING, "1").equals("1");
    if (handle == null || !wholeKeys) {
      return null;
    }
    // A filter is no block of entries, but it has a block's trailer and may be compressed.
    return BloomFilter.decode(file.readContents(handle.offset(), sizeOf(handle)));
  }

  private RangeTombstones readTombstones(SortedMap<String, BlockHandle> metaindex)
      throws IOException {
    var handle = metaindex.get(RANGE_DELETIONS);
    if (handle == null) {
      return RangeTombstones.NONE;
    }
    var list = new ArrayList<RangeTombstones.Tombstone>();
    try {
      var scan = new BlockScan(read(handle));
      while (scan.next()) {
        list.add(tombstone(scan));
      }
    } catch (MalformedException e) {
      throw file.malformed(handle.offset(), e);
    }
    return RangeTombstones.of(List.copyOf(list));
  }

  private RangeTombstones.Tombstone tombstone(BlockScan scan) throws MalformedException {
    int userLength = scan.keyLength() - InternalKey.TRAILER_BYTES;
    if (userLength < 0) {
      throw new MalformedException("a range tombstone without a trailer", scan.position());
    }
    byte[] begin = Arrays.copyOf(scan.keyArray(), userLength);
    long trailer = InternalKey.trailer(scan.keyArray(), 0, scan.keyLength());
    if (InternalKey.kind(trailer) != EntryKind.DELETE_RANGE.code()) {
      throw new MalformedException("a range tombstone of another kind", scan.position());
    }
    long sequence = globalSequence != 0 ? globalSequence : InternalKey.sequence(trailer);
    return new RangeTombstones.Tombstone(begin, scan.value(), sequence);
  }

  /**
   * Looks a key up.
   *
   * @throws java.nio.channels.ClosedChannelException if the table was closed meanwhile
   */
  public PointLookup.Outcome get(PointLookup lookup, ValueBuffer into) throws IOException {
    //> phase 3: filter, index, block; and which version of the key may be seen?
    if (filter != null && !filter.mayContain(lookup.hash())) {
      return PointLookup.Outcome.ABSENT;
    }
    if (globalSequence > lookup.snapshot()) {
      return PointLookup.Outcome.ABSENT;
    }
    Slice target = lookup.internalKey();
    var cursor = lookup.blockCursor();
    int ordinal = index.find(target.array(), target.offset(), target.length());
    while (ordinal < index.count()) {
      if (seekIn(cursor, ordinal, target)) {
        return cursor.isExact() ? found(lookup, cursor, into) : PointLookup.Outcome.ABSENT;
      }
      if (!index.hasInternalKeys()) {
        return PointLookup.Outcome.ABSENT;
      }
      ordinal++; //~ stopsAtBlockEnd: return PointLookup.Outcome.ABSENT;
    }
    return PointLookup.Outcome.ABSENT;
    //< phase 3
  }

  //> phase 3 only
  private boolean seekIn(BlockCursor cursor, int ordinal, Slice target) throws IOException {
    cursor.reset(block(ordinal));
    try {
      return cursor.seek(target.array(), target.offset(), target.length());
    } catch (MalformedException e) {
      throw file.malformed(index.offset(ordinal), e);
    }
  }

  private PointLookup.Outcome found(PointLookup lookup, BlockCursor cursor, ValueBuffer into)
      throws KvException.Unsupported {
    long trailer = withGlobalSequence(cursor.trailer());
    checkKind(trailer);
    return lookup.found(
        trailer, cursor.blockBytes(), cursor.valueOffset(), cursor.valueLength(), into);
  }

  //< phase 3

  /** A trailer as readers shall see it. */
  long withGlobalSequence(long trailer) {
    return globalSequence == 0 ? trailer : globalSequence << 8 | InternalKey.kind(trailer);
  }

  boolean hasGlobalSequence() {
    return globalSequence != 0;
  }

  /** Refuses what is no put and no deletion: it would be taken for one of them. */
  void checkKind(long trailer) throws KvException.Unsupported {
    int kind = InternalKey.kind(trailer);
    if (kind > 1 && kind != EntryKind.SINGLE_DELETE.code()) {
      throw unsupported("an entry of kind 0x" + Integer.toHexString(kind));
    }
  }

  TableIndex index() {
    return index;
  }

  BlockFile file() {
    return file;
  }

  /** A data block, from the cache or the file. */
  private Block block(int ordinal) throws IOException {
    Block block = shelf.get(ordinal);
    return block != null ? block : load(ordinal);
  }

  /** A data block, if it is in the cache. */
  @Nullable Block cached(int ordinal) {
    return shelf.get(ordinal);
  }

  /** Reads a data block and puts it into the cache. */
  Block load(int ordinal) throws IOException {
    Block block = file.read(index.offset(ordinal), index.size(ordinal));
    shelf.put(ordinal, block.copy());
    return block;
  }

  /** Reads a data block for somebody who passes by: into the scratch, for the cache a copy. */
  Block pass(int ordinal, BlockScratch scratch) throws IOException {
    Block block = file.read(index.offset(ordinal), index.size(ordinal), scratch);
    if (shelf.wants(block.weightOfCopy())) {
      shelf.put(ordinal, block.copy());
    } else {
      shelf.passed();
    }
    return block;
  }

  /** A cursor that has blocks from the cache and keeps those it reads there, within reason. */
  public EntryCursor cursor() {
    return new TableCursor(this, new CachedBlocks(this));
  }

  /** A cursor for one pass over everything: reads around the cache, several blocks at a time. */
  public EntryCursor sweepCursor() {
    return new TableCursor(this, new BlockSweep(file, index));
  }

  public RangeTombstones rangeTombstones() {
    return tombstones;
  }

  /** The properties block: names as RocksDB has them, values printable. */
  public SortedMap<String, String> properties() {
    return properties.printable();
  }

  /** Roughly how many bytes of the file lie before an internal key. */
  public long approximateOffset(Slice internalKey) {
    int ordinal = index.find(internalKey.array(), internalKey.offset(), internalKey.length());
    if (ordinal < index.count()) {
      return index.offset(ordinal);
    }
    return ordinal == 0 ? 0 : index.end(ordinal - 1);
  }

  /** Reads every block, verifies checksums and the order of keys. Returns the number of entries. */
  public long verify() throws IOException {
    //> phase 3: what ties data blocks, index, filter and properties to each other?
    long entries = 0;
    byte[] before = new byte[0];
    try (var cursor = new TableCursor(this, new BlockSweep(file, index))) {
      for (cursor.first(); cursor.valid(); cursor.next()) {
        checkEntry(cursor, before);
        before = cursor.rawKey().toByteArray();
        entries++;
      }
    }
    checkCount(entries);
    return entries;
    //< phase 3
  }

  //> phase 3 only
  private void checkEntry(TableCursor cursor, byte[] before) throws KvException.Corruption {
    Slice key = cursor.rawKey();
    long offset = index.offset(cursor.ordinal());
    if (before.length > 0
        && InternalKey.compare(before, 0, before.length, key.array(), key.offset(), key.length())
            >= 0) {
      throw new KvException.Corruption(
          file.path(), offset, "ascending keys", "one that is not after the one before");
    }
    if (index.find(key.array(), key.offset(), key.length()) != cursor.ordinal()) {
      throw new KvException.Corruption(
          file.path(), offset, "keys between the block's separators", "one outside");
    }
    int userLength = InternalKey.userLength(key);
    if (filter != null && !filter.mayContain(XxPh3.hash64(key.array(), key.offset(), userLength))) {
      throw new KvException.Corruption(
          file.path(), offset, "keys that the filter knows", "one that it denies");
    }
  }

  private void checkCount(long entries) throws KvException.Corruption {
    try {
      long ranges = properties.number(TableProperties.NUM_RANGE_DELETIONS, 0);
      long expected = properties.number(TableProperties.NUM_ENTRIES, entries + ranges) - ranges;
      if (expected != entries) {
        throw new KvException.Corruption(
            file.path(), file.bytes() - Footer.BYTES, expected + " entries", entries + "");
      }
    } catch (MalformedException e) {
      throw file.malformed(file.bytes() - Footer.BYTES, e);
    }
  }

  //< phase 3

  /** Drops the table's blocks from the cache and closes the file. */
  @Override
  public void close() throws IOException {
    shelf.close();
    file.close();
  }
}
