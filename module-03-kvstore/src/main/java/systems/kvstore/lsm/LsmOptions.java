package systems.kvstore.lsm;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import systems.kvstore.table.Compression;
import systems.kvstore.table.TableFormat;

/**
 * How a store is opened. The defaults suit a machine with a few cores and a few gigabytes; each
 * setter says its unit and range and returns this. A store takes a copy when it is opened.
 */
public final class LsmOptions {

  /** How sorted runs are merged. */
  public enum CompactionStyle {
    /** One sorted run a level, each ten times the one above: least space, fast reads. */
    LEVELED,
    /** Runs of similar size are merged when there are many: least writing, more space. */
    UNIVERSAL
  }

  /** What to do about damage in the middle of a write-ahead log, good records behind it. */
  public enum LogDamage {
    /** Refuse to open, name file and offset. */
    REFUSE,
    /** Open with everything before the damage and report what was cut off. */
    RECOVER_TO_POINT_IN_TIME
  }

  private static final long MIB = 1L << 20;
  private static final long FIRST_MEMTABLE_BYTES = 8 * MIB;
  private static final int SIZE_RATIO_PERCENT = 1;
  private static final int AMPLIFICATION_PERCENT_MAX = 200;

  boolean createIfMissing = true;
  long memtableBytes = 64 * MIB;
  int memtablesMax = 3;
  long logInitialBytes = 4 * MIB;
  boolean mappedLog = true;
  long blockCacheBytes = 512 * MIB;
  TableFormat tableFormat = TableFormat.DEFAULT;
  Compression levelZeroCompression = Compression.NONE;
  CompactionStyle compactionStyle = CompactionStyle.LEVELED;
  int level0Trigger = 4;
  int level0Slowdown = 20;
  int level0Stop = 36;
  long levelBaseBytes = 256 * MIB;
  int levelMultiplier = 10;
  long tableBytes = 64 * MIB;
  boolean automaticCompaction = true;
  LogDamage logDamage = LogDamage.REFUSE;
  boolean eventFile = true;
  @Nullable Executor background;

  /** The defaults. */
  public LsmOptions() {}

  /** The first memtable is small, so that the first write does not wait long for zeroed memory. */
  long firstMemtableBytes() {
    return background == null ? Math.min(memtableBytes, FIRST_MEMTABLE_BYTES) : memtableBytes;
  }

  CompactionPicker picker() {
    return switch (compactionStyle) {
      case LEVELED -> new LeveledPicker(level0Trigger, levelBaseBytes, levelMultiplier, tableBytes);
      case UNIVERSAL ->
          new UniversalPicker(
              Math.max(2, level0Trigger),
              SIZE_RATIO_PERCENT,
              AMPLIFICATION_PERCENT_MAX,
              tableBytes);
    };
  }

  LsmOptions copy() {
    var copy = new LsmOptions();
    copy.createIfMissing = createIfMissing;
    copy.memtableBytes = memtableBytes;
    copy.memtablesMax = memtablesMax;
    copy.logInitialBytes = logInitialBytes;
    copy.mappedLog = mappedLog;
    copy.blockCacheBytes = blockCacheBytes;
    copy.tableFormat = tableFormat;
    copy.levelZeroCompression = levelZeroCompression;
    copy.compactionStyle = compactionStyle;
    copy.level0Trigger = level0Trigger;
    copy.level0Slowdown = level0Slowdown;
    copy.level0Stop = level0Stop;
    copy.levelBaseBytes = levelBaseBytes;
    copy.levelMultiplier = levelMultiplier;
    copy.tableBytes = tableBytes;
    copy.automaticCompaction = automaticCompaction;
    copy.logDamage = logDamage;
    copy.eventFile = eventFile;
    copy.background = background;
    return copy;
  }

  /** Whether a directory without a store becomes an empty one (default), or is an error. */
  public LsmOptions createIfMissing(boolean create) {
    createIfMissing = create;
    return this;
  }

  /** Bytes of one memtable, 4 KiB to 1 GiB, default 64 MiB: what a log of the same size covers. */
  public LsmOptions memtableBytes(long bytes) {
    memtableBytes = inRange("memtableBytes", bytes, 4096, 1L << 30);
    return this;
  }

  /** Memtables in memory, the active one included, 2 to 16, default 3; then writers wait. */
  public LsmOptions memtablesMax(int count) {
    memtablesMax = (int) inRange("memtablesMax", count, 2, 16);
    return this;
  }

  /** Bytes by which a new log is preallocated, 4 KiB to 1 GiB, default 4 MiB. */
  public LsmOptions logInitialBytes(long bytes) {
    logInitialBytes = inRange("logInitialBytes", bytes, 4096, 1L << 30);
    return this;
  }

  /** Whether the log is a mapped file (default) or written by calls. Both survive kill -9. */
  public LsmOptions mappedLog(boolean mapped) {
    mappedLog = mapped;
    return this;
  }

  /** Uncompressed bytes of blocks kept in memory, 0 to 64 GiB, default 512 MiB. */
  public LsmOptions blockCacheBytes(long bytes) {
    blockCacheBytes = inRange("blockCacheBytes", bytes, 0, 1L << 36);
    return this;
  }

  /** How tables below level 0 are written. */
  public LsmOptions tableFormat(TableFormat format) {
    tableFormat = format;
    return this;
  }

  /** Codec of level 0, default none: those blocks are soon merged away. */
  public LsmOptions levelZeroCompression(Compression compression) {
    levelZeroCompression = compression;
    return this;
  }

  public LsmOptions compactionStyle(CompactionStyle style) {
    compactionStyle = style;
    return this;
  }

  /**
   * Files in level 0 that start a compaction, slow writers down, stop them: 1 to 1000 each,
   * ascending, default 4, 20, 36.
   */
  public LsmOptions level0(int trigger, int slowdown, int stop) {
    level0Trigger = (int) inRange("level0 trigger", trigger, 1, 1000);
    level0Slowdown = (int) inRange("level0 slowdown", slowdown, trigger, 1000);
    level0Stop = (int) inRange("level0 stop", stop, slowdown, 1000);
    return this;
  }

  /** Bytes of level 1 (default 256 MiB) and the factor of each further level (default 10). */
  public LsmOptions levels(long baseBytes, int multiplier) {
    levelBaseBytes = inRange("levelBaseBytes", baseBytes, 1024, 1L << 40);
    levelMultiplier = (int) inRange("levelMultiplier", multiplier, 2, 100);
    return this;
  }

  /** Bytes after which a compaction begins a new table, 1 KiB to 1 GiB, default 64 MiB. */
  public LsmOptions tableBytes(long bytes) {
    tableBytes = inRange("tableBytes", bytes, 1024, 1L << 30);
    return this;
  }

  /** Whether compactions start by themselves (default) or only when asked. */
  public LsmOptions automaticCompaction(boolean automatic) {
    automaticCompaction = automatic;
    return this;
  }

  public LsmOptions logDamage(LogDamage policy) {
    logDamage = policy;
    return this;
  }

  /** Whether events are written to the file {@code LOG} in the directory, default yes. */
  public LsmOptions eventFile(boolean write) {
    eventFile = write;
    return this;
  }

  /**
   * Where flushes and compactions run: by default two threads of the store's own. With {@code
   * Runnable::run} they run inside the write that made them necessary, which makes a test
   * repeatable step by step.
   */
  public LsmOptions background(Executor executor) {
    background = executor;
    return this;
  }

  private static long inRange(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " must be " + least + " to " + most + ", not " + value);
    }
    return value;
  }
}
