package systems.kvstore.table;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import systems.kvstore.format.ByteSink;
import systems.kvstore.format.ByteSource;
import systems.kvstore.format.MalformedException;

/**
 * What a table says about itself: names and values, in a block of its own under the name {@value
 * #BLOCK_NAME}.
 *
 * <p>Most are for people and tools. Some a reader must believe, or it reads nonsense: what the keys
 * and values of the index are, which comparator sorted the keys, whether a filter knows whole keys,
 * and which sequence number the keys of an ingested file have. Three encodings occur, and the name
 * decides which:
 *
 * <pre>
 *   varint64                      rocksdb.num.entries, rocksdb.data.size, ... (the rule)
 *   fixed32, fixed64              index type, external_sst_file.version and .global_seqno
 *   text                          comparator, compression, column family name, "0" and "1" flags
 * </pre>
 *
 * <p>The writer gives RocksDB's set, but for what would be untrue: identities of a database,
 * session and host. RocksDB builds the keys of its block cache from those where they are present,
 * and two files with the same ones would be taken for one. Times are 0, "unknown", so that the same
 * entries always make the same file.
 */
final class TableProperties {
  static final String BLOCK_NAME = "rocksdb.properties";

  static final String COMPARATOR = "rocksdb.comparator";
  static final String INDEX_TYPE = "rocksdb.block.based.table.index.type";
  static final String WHOLE_KEY_FILTERING = "rocksdb.block.based.table.whole.key.filtering";
  static final String INDEX_KEY_IS_USER_KEY = "rocksdb.index.key.is.user.key";
  static final String INDEX_VALUE_IS_DELTA = "rocksdb.index.value.is.delta.encoded";
  static final String NUM_ENTRIES = "rocksdb.num.entries";
  static final String NUM_RANGE_DELETIONS = "rocksdb.num.range-deletions";
  static final String EXTERNAL_VERSION = "rocksdb.external_sst_file.version";
  static final String GLOBAL_SEQUENCE = "rocksdb.external_sst_file.global_seqno";
  static final String BYTEWISE = "leveldb.BytewiseComparator";

  private static final Set<String> TEXTS =
      Set.of(
          COMPARATOR,
          WHOLE_KEY_FILTERING,
          "rocksdb.block.based.table.prefix.filtering",
          "rocksdb.block.based.table.decoupled.partitioned.filters",
          "rocksdb.column.family.name",
          "rocksdb.compression",
          "rocksdb.compression_options",
          "rocksdb.creating.db.identity",
          "rocksdb.creating.host.identity",
          "rocksdb.creating.session.identity",
          "rocksdb.filter.policy",
          "rocksdb.merge.operator",
          "rocksdb.prefix.extractor.name",
          "rocksdb.property.collectors",
          "rocksdb.seqno.time.map");

  private final TreeMap<String, byte[]> values = new TreeMap<>();

  void putNumber(String name, long value) {
    var sink = new ByteSink(10);
    sink.putVarint64(value);
    values.put(name, sink.toByteArray());
  }

  void putText(String name, String value) {
    values.put(name, value.getBytes(StandardCharsets.UTF_8));
  }

  void putFixed32(String name, int value) {
    var sink = new ByteSink(4);
    sink.putFixed32(value);
    values.put(name, sink.toByteArray());
  }

  /** The block, with the names in order. */
  ByteSink write() {
    var block = new BlockBuilder(Integer.MAX_VALUE, 1024);
    for (Map.Entry<String, byte[]> property : values.entrySet()) {
      block.add(property.getKey().getBytes(StandardCharsets.UTF_8), property.getValue());
    }
    return block.finish();
  }

  static TableProperties read(Block block) throws MalformedException {
    var properties = new TableProperties();
    var scan = new BlockScan(block);
    while (scan.next()) {
      properties.values.put(
          new String(scan.keyArray(), 0, scan.keyLength(), StandardCharsets.UTF_8), scan.value());
    }
    return properties;
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  /** A varint64 property, or {@code absent}. */
  long number(String name, long absent) throws MalformedException {
    byte[] value = values.get(name);
    return value == null ? absent : new ByteSource(value).readVarint64();
  }

  /** A fixed32 or fixed64 property, or {@code absent}. */
  long fixed(String name, long absent) throws MalformedException {
    byte[] value = values.get(name);
    if (value == null) {
      return absent;
    }
    var source = new ByteSource(value);
    return value.length == 4 ? source.readFixed32() : source.readFixed64();
  }

  /** A text property, or {@code absent}. */
  String text(String name, String absent) {
    byte[] value = values.get(name);
    return value == null ? absent : new String(value, StandardCharsets.UTF_8);
  }

  /** Names and printable values. */
  SortedMap<String, String> printable() {
    var texts = new TreeMap<String, String>();
    values.forEach((name, value) -> texts.put(name, print(name, value)));
    return Collections.unmodifiableSortedMap(texts);
  }

  private static String print(String name, byte[] value) {
    if (TEXTS.contains(name)) {
      return new String(value, StandardCharsets.UTF_8);
    }
    boolean fixed =
        name.equals(INDEX_TYPE) || name.equals(EXTERNAL_VERSION) || name.equals(GLOBAL_SEQUENCE);
    if (fixed && (value.length == 4 || value.length == 8)) {
      byte[] wide = Arrays.copyOf(value, 8);
      return Long.toUnsignedString(ByteBuffer.wrap(wide).order(ByteOrder.LITTLE_ENDIAN).getLong());
    }
    var source = new ByteSource(value);
    try {
      long number = source.readVarint64();
      if (source.remaining() == 0) {
        return Long.toUnsignedString(number);
      }
    } catch (MalformedException e) {
      // Then it is no number, and shown as the bytes that it is.
    }
    return HexFormat.of().formatHex(value);
  }
}
