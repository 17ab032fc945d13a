package systems.kvstore.lsm;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;
import systems.kvstore.Slice;
import systems.kvstore.WriteBatch;
import systems.kvstore.format.MalformedException;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.log.LogReader;
import systems.kvstore.table.MemTable;

/**
 * Reads the write-ahead logs back into memtables when a store is opened.
 *
 * <pre>
 *   manifest: logs before 12 are tables
 *   000012.log  [batch][batch][batch] zeros          all of it
 *   000015.log  [link 12][batch][bat~~~              up to the torn tail, which is reported
 *   000019.log  [link 15][batch]                     not: 15 lost its end, and a write may not
 *                                                    outlive one that came before it
 * </pre>
 *
 * <ol>
 *   <li>What is recovered is a prefix of what was written, and holds every write that was synced,
 *       and after a mere kill every write that was acknowledged.
 *   <li>Damage with good records behind it is no torn tail: it is refused with file and offset,
 *       unless {@link LsmOptions.LogDamage#RECOVER_TO_POINT_IN_TIME} accepts the loss.
 *   <li>If anything was cut off, the recovered memtables are flushed at once, so that the damaged
 *       logs are gone and the next opening does not have to decide again.
 * </ol>
 *
 * Belongs to the thread that opens the store.
 */
final class Recovery {
  private final FileSystem fileSystem;
  private final Path directory;
  private final LsmOptions options;
  private final EventLog events;
  private final List<Generation> generations = new ArrayList<>();
  private final List<Long> logs = new ArrayList<>();
  private final List<String> tornTails = new ArrayList<>();
  private final Map<Long, Long> ends = new HashMap<>();
  private final WriteBatch.Records records = new WriteBatch.Records();
  private long firstLog;
  private long bytesInLog;
  private long lastSequence;
  private long recordCount;
  private long byteCount;
  private boolean cut;

  Recovery(FileSystem fileSystem, Path directory, LsmOptions options, EventLog events) {
    this.fileSystem = fileSystem;
    this.directory = directory;
    this.options = options;
    this.events = events;
  }

  /** Replays every log from {@code firstLogNeeded} on, in the order of their numbers. */
  void replay(List<FileNames.Numbered> files, long firstLogNeeded, long lastSequenceOfTables)
      throws IOException {
    firstLog = firstLogNeeded;
    lastSequence = lastSequenceOfTables;
    var numbers = logsFrom(files, firstLog);
    for (long number : numbers) {
      if (cut) {
        report(FileNames.log(directory, number) + ": not replayed, the log before it lost its end");
      } else {
        replay(number);
      }
      logs.add(number);
    }
  }

  private static List<Long> logsFrom(List<FileNames.Numbered> files, long first) {
    var numbers = new ArrayList<Long>();
    for (var file : files) {
      if (file.kind() == FileNames.Kind.LOG && file.number() >= first) {
        numbers.add(file.number());
      }
    }
    numbers.sort(null);
    return numbers;
  }

  private void replay(long number) throws IOException {
    var file = FileNames.log(directory, number);
    try (var reader = LogReader.open(fileSystem, file, onDamage())) {
      boolean first = true;
      bytesInLog = reader.bytesWritten();
      if (bytesInLog == 0) {
        return; // a reserve that was never begun, and zeros that need not be looked at
      }
      for (var record = reader.next(); record != null; record = reader.next()) {
        if (first && !followsItsLink(file, record)) {
          return;
        }
        first = false;
        apply(file, reader, number, record);
      }
      ends.put(number, reader.endOffset());
      var torn = reader.tornTail();
      if (torn != null) {
        cut = true;
        report(file + ": cut at offset " + torn.offset() + ", " + torn.reason());
      }
    }
  }

  private LogReader.OnDamage onDamage() {
    return switch (options.logDamage) {
      case REFUSE -> LogReader.OnDamage.REFUSE;
      case RECOVER_TO_POINT_IN_TIME -> LogReader.OnDamage.STOP;
    };
  }

  private boolean followsItsLink(Path file, Slice record) throws IOException {
    //> phase 6: log 15 is whole, log 12 lost its tail in a power loss. What may be replayed?
    var link = LogChain.decode(record.array(), record.offset(), record.length());
    if (link == null) {
      return true;
    }
    boolean flushed = link.previousLog() < firstLog; //~ trustsGaps: boolean flushed = true;
    long end = ends.getOrDefault(link.previousLog(), 0L);
    if (!flushed && end < link.previousBytes()) {
      cut = true;
      report(
          file
              + ": not replayed, log "
              + link.previousLog()
              + " had "
              + link.previousBytes()
              + " bytes and has "
              + end);
    }
    return !cut;
    //< phase 6 with: return true;
  }

  private void apply(Path file, LogReader reader, long log, Slice record) throws IOException {
    try {
      records.reset(record.array(), record.offset(), record.length());
      var table = room(reader, log, records.count(), record.length());
      long sequence = records.firstSequence();
      while (records.next()) {
        table.add(sequence++, WriteQueue.kind(records.kind()), records.key(), records.value());
      }
      lastSequence = Math.max(lastSequence, sequence - 1);
      recordCount += records.count();
      byteCount += record.length();
    } catch (MalformedException malformed) {
      throw new KvException.Corruption(
          file, reader.recordOffset(), "a write batch", malformed.getMessage());
    }
  }

  private MemTable room(LogReader reader, long log, int count, int bytes) {
    int writes = Math.clamp(count, 0, bytes);
    if (generations.isEmpty() || !generations.getLast().table().fits(writes, bytes)) {
      long needed = bytes + (long) writes * MemTable.WRITE_OVERHEAD_BYTES + 4096;
      long capacity = Math.max(needed, capacityFor(bytesInLog - reader.recordOffset()));
      generations.add(new Generation(new MemTable(capacity), log));
    }
    return generations.getLast().table();
  }

  /**
   * Memory for the rest of a log, with an eighth for what an entry takes beyond its record; what
   * does not fit comes into a further memtable. Not more than that, as zeroing a megabyte takes
   * half a millisecond, and a log that was cut off by a kill is zeros for the larger part.
   */
  private long capacityFor(long logBytes) {
    long enough = Math.max(options.firstMemtableBytes(), logBytes + logBytes / 8);
    return Math.min(options.memtableBytes, enough);
  }

  private void report(String line) {
    tornTails.add(line);
    events.add("recovery " + line);
  }

  /** The memtables, oldest first. */
  List<Generation> generations() {
    return generations;
  }

  /** Numbers of the logs that were found, ascending. */
  List<Long> logs() {
    return logs;
  }

  /** A link to the last log that holds anything, or null if none does or it is not needed. */
  LogChain.@Nullable Link linkToLast() {
    LogChain.Link link = null;
    for (long number : logs) {
      long end = ends.getOrDefault(number, 0L);
      link = end > 0 ? new LogChain.Link(number, end) : link;
    }
    return cut ? null : link;
  }

  /** Sequence number of the newest write that was found. */
  long lastSequence() {
    return lastSequence;
  }

  /** Whether something was cut off. */
  boolean isCut() {
    return cut;
  }

  LsmStore.RecoveryReport report() {
    return new LsmStore.RecoveryReport(logs.size(), recordCount, byteCount, List.copyOf(tornTails));
  }
}
