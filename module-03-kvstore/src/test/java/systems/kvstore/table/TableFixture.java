package systems.kvstore.table;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.ChecksumType;
import org.rocksdb.EnvOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileWriter;
import systems.kvstore.Slice;
import systems.kvstore.format.ByteSource;
import systems.kvstore.fs.FileSystem;

/** Tables and the sorted maps that they must agree with. */
final class TableFixture {
  static final long NEWEST = InternalKey.SEQUENCE_MAX;

  static {
    RocksDB.loadLibrary();
  }

  private TableFixture() {}

  /** An empty map from internal keys to values, in the order of a table. */
  static TreeMap<byte[], byte[]> entries() {
    return new TreeMap<>((a, b) -> InternalKey.compare(a, 0, a.length, b, 0, b.length));
  }

  /** An empty map from user keys to values. */
  static TreeMap<byte[], byte[]> users() {
    return new TreeMap<>(Arrays::compareUnsigned);
  }

  static byte[] put(byte[] userKey, long sequence) {
    return internal(userKey, sequence, EntryKind.PUT);
  }

  static byte[] internal(byte[] userKey, long sequence, EntryKind kind) {
    return InternalKey.encode(userKey, 0, userKey.length, InternalKey.trailer(sequence, kind));
  }

  static byte[] user(byte[] internalKey) {
    return Arrays.copyOf(internalKey, internalKey.length - InternalKey.TRAILER_BYTES);
  }

  /** Where a search for what a snapshot sees of a key begins. */
  static Slice target(byte[] userKey, long snapshot) {
    return new Slice(
        InternalKey.encode(userKey, 0, userKey.length, InternalKey.seekTrailer(snapshot)));
  }

  static TableBuilder.Summary write(Path file, TableFormat format, Map<byte[], byte[]> entries)
      throws IOException {
    return write(new DiskFiles(), file, format, entries, List.of());
  }

  static TableBuilder.Summary write(
      FileSystem files,
      Path file,
      TableFormat format,
      Map<byte[], byte[]> entries,
      Collection<RangeTombstones.Tombstone> tombstones)
      throws IOException {
    var builder = new TableBuilder(files, file, 7, format);
    for (var entry : entries.entrySet()) {
      builder.add(new Slice(entry.getKey()), new Slice(entry.getValue()));
    }
    for (var tombstone : tombstones) {
      builder.add(tombstone);
    }
    return builder.finish();
  }

  static TableReader open(Path file) throws IOException {
    return TableReader.open(new DiskFiles(), file, new BlockCache(1 << 20));
  }

  static TableReader open(byte[] bytes) throws IOException {
    return TableReader.open(over(bytes), Path.of("memory.sst"), new BlockCache(1 << 20));
  }

  /** A file system whose only file holds these bytes. */
  static FileSystem over(byte[] bytes) {
    return new DiskFiles() {
      @Override
      public RandomFile open(Path file) {
        return new RandomFile() {
          @Override
          public void read(long position, byte[] target, int offset, int length)
              throws IOException {
            if (position + length > bytes.length) {
              throw new EOFException();
            }
            System.arraycopy(bytes, (int) position, target, offset, length);
          }

          @Override
          public long size() {
            return bytes.length;
          }

          @Override
          public void close() {}
        };
      }
    };
  }

  /** Options with which RocksDB writes what is read here. */
  static BlockBasedTableConfig readable() {
    return new BlockBasedTableConfig().setFormatVersion(5).setChecksumType(ChecksumType.kCRC32c);
  }

  /** Has RocksDB write a file of puts. */
  static void writeByRocks(Path file, Options options, Map<byte[], byte[]> users)
      throws RocksDBException {
    try (var environment = new EnvOptions();
        var writer = new SstFileWriter(environment, options)) {
      writer.open(file.toString());
      for (var entry : users.entrySet()) {
        writer.put(entry.getKey(), entry.getValue());
      }
      writer.finish();
    }
  }

  /** The stored bytes of a meta block, or null, read with nothing but the format's definition. */
  static byte[] metaBlock(Path file, String name) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    var footer = new ByteSource(bytes, bytes.length - 52, 40);
    int at = (int) footer.readVarint64();
    var scan = new BlockScan(Block.of(bytes, at, at + (int) footer.readVarint64()));
    while (scan.next()) {
      if (Arrays.equals(scan.key(), name.getBytes())) {
        var handle = new ByteSource(scan.value());
        int from = (int) handle.readVarint64();
        return Arrays.copyOfRange(bytes, from, from + (int) handle.readVarint64());
      }
    }
    return null;
  }

  /** The shapes in which keys come: how much they share decides which code they take. */
  enum KeyShape {
    /** sixteen digits behind a common word */
    DECIMAL,
    /** few different bytes, 0 to 20 of them: many prefixes of each other */
    NESTED,
    /** random bytes of random length */
    RANDOM,
    /** hundreds of bytes in common */
    LONG;

    byte[] draw(Random random) {
      return switch (this) {
        case DECIMAL -> "user%016d".formatted(random.nextInt(1 << 24)).getBytes();
        case NESTED -> nested(random);
        case RANDOM -> bytes(random, random.nextInt(40));
        case LONG -> ("x".repeat(100 + random.nextInt(3) * 200) + random.nextInt(9999)).getBytes();
      };
    }

    private static byte[] nested(Random random) {
      byte[] key = bytes(random, random.nextInt(20));
      for (int i = 0; i < key.length; i++) {
        key[i] = (byte) ((key[i] & 1) == 0 ? 0 : -1);
      }
      return key;
    }
  }

  static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** A value of which about half repeats. */
  static byte[] value(Random random, int lengthMax) {
    byte[] value = bytes(random, random.nextInt(lengthMax + 1));
    Arrays.fill(value, 0, value.length / 2, (byte) 'v');
    return value;
  }

  /** Random user keys and values. */
  static TreeMap<byte[], byte[]> users(Random random, KeyShape shape, int count, int valueMax) {
    var users = users();
    for (int i = 0; i < count; i++) {
      users.put(shape.draw(random), value(random, valueMax));
    }
    return users;
  }

  /** Random versions, several of some keys. */
  static TreeMap<byte[], byte[]> versions(
      Random random, KeyShape shape, int count, int valueMax, int versionsMax) {
    var entries = entries();
    while (entries.size() < count) {
      byte[] key = shape.draw(random);
      for (int v = 1 + random.nextInt(versionsMax); v > 0; v--) {
        var kind = random.nextInt(5) == 0 ? EntryKind.DELETE : EntryKind.PUT;
        byte[] value = kind == EntryKind.PUT ? value(random, valueMax) : new byte[0];
        entries.put(internal(key, random.nextInt(1000), kind), value);
      }
    }
    return entries;
  }

  /** Puts with ascending sequence numbers. */
  static TreeMap<byte[], byte[]> puts(Map<byte[], byte[]> users) {
    var entries = entries();
    long sequence = 1;
    for (var entry : users.entrySet()) {
      entries.put(put(entry.getKey(), sequence++), entry.getValue());
    }
    return entries;
  }

  /** Everything that a cursor shows from first to last. */
  static List<Map.Entry<byte[], byte[]>> scan(EntryCursor cursor) throws IOException {
    var all = new ArrayList<Map.Entry<byte[], byte[]>>();
    for (cursor.first(); cursor.valid(); cursor.next()) {
      all.add(Map.entry(cursor.key().toByteArray(), cursor.value().toByteArray()));
    }
    return all;
  }

  static boolean same(Map<byte[], byte[]> model, List<Map.Entry<byte[], byte[]>> entries) {
    if (model.size() != entries.size()) {
      return false;
    }
    int i = 0;
    for (var expected : model.entrySet()) {
      var found = entries.get(i++);
      if (!Arrays.equals(expected.getKey(), found.getKey())
          || !Arrays.equals(expected.getValue(), found.getValue())) {
        return false;
      }
    }
    return true;
  }
}
