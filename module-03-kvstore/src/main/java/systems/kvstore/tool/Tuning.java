package systems.kvstore.tool;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import systems.kvstore.lsm.LsmOptions;
import systems.kvstore.table.Compression;
import systems.kvstore.table.TableFormat;

/** How a command opens a store, in the option names of RocksDB's tools; unset means the default. */
final class Tuning {
  /** A tool writes little and is gone: no use in preparing megabytes of log. */
  static final long TOOL_LOG_BYTES = 64 * 1024;

  /** Codecs that new tables can be written with, by ldb's names. */
  enum Codec {
    NO(Compression.NONE),
    NONE(Compression.NONE),
    LZ4(Compression.LZ4);

    private final Compression compression;

    Codec(Compression compression) {
      this.compression = compression;
    }
  }

  /** As gflags reads a boolean: {@code --sync}, {@code --sync=1}, {@code --sync=true}. */
  static final class Flag implements ITypeConverter<Boolean> {
    @Override
    public Boolean convert(String word) {
      return switch (word.toLowerCase(Locale.ROOT)) {
        case "1", "true", "yes" -> true;
        case "0", "false", "no" -> false;
        default -> throw new TypeConversionException("'" + word + "' is neither true nor false");
      };
    }
  }

  @Option(
      names = "--compression_type",
      paramLabel = "CODEC",
      description = "how new tables are written: no or lz4")
  private @Nullable Codec codec;

  @Option(names = "--block_size", paramLabel = "BYTES", description = "of a block in new tables")
  private @Nullable Integer blockBytes;

  @Option(
      names = "--bloom_bits",
      paramLabel = "BITS",
      description = "of the filter of new tables, per key; 0 writes none")
  private @Nullable Integer bloomBits;

  @Option(names = "--write_buffer_size", paramLabel = "BYTES", description = "of a memtable")
  private @Nullable Long memtableBytes;

  @Option(names = "--file_size", paramLabel = "BYTES", description = "after which a table is cut")
  private @Nullable Long tableBytes;

  @Option(
      names = "--max_bytes_for_level_base",
      paramLabel = "BYTES",
      description = "of level 1; each further level has ten times as many")
  private @Nullable Long levelBaseBytes;

  @Option(names = "--cache_size", paramLabel = "BYTES", description = "of the block cache")
  private @Nullable Long cacheBytes;

  @Option(
      names = "--auto_compaction",
      paramLabel = "BOOLEAN",
      arity = "0..1",
      fallbackValue = "true",
      converter = Flag.class,
      description = "whether compactions start by themselves")
  private @Nullable Boolean automaticCompaction;

  /**
   * @throws IllegalArgumentException for a value out of range
   */
  LsmOptions options() {
    var options = new LsmOptions().tableFormat(tableFormat());
    if (memtableBytes != null) {
      options.memtableBytes(memtableBytes);
    }
    if (tableBytes != null) {
      options.tableBytes(tableBytes);
    }
    if (levelBaseBytes != null) {
      options.levels(levelBaseBytes, 10);
    }
    if (cacheBytes != null) {
      options.blockCacheBytes(cacheBytes);
    }
    if (automaticCompaction != null) {
      options.automaticCompaction(automaticCompaction);
    }
    return options;
  }

  private TableFormat tableFormat() {
    var usual = TableFormat.DEFAULT;
    return new TableFormat(
        codec == null ? usual.compression() : codec.compression,
        blockBytes == null ? usual.blockBytes() : blockBytes,
        usual.restartInterval(),
        bloomBits == null ? usual.bloomBitsPerKey() : bloomBits);
  }
}
