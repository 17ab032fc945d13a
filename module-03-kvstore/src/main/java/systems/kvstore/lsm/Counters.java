package systems.kvstore.lsm;

import java.util.concurrent.atomic.LongAdder;

/** What a store has done since it was opened. Written by many threads, read now and then. */
final class Counters {
  final LongAdder writes = new LongAdder();
  final LongAdder batches = new LongAdder();
  final LongAdder groups = new LongAdder();
  final LongAdder logBytes = new LongAdder();
  final LongAdder syncs = new LongAdder();
  final LongAdder flushes = new LongAdder();
  final LongAdder flushBytes = new LongAdder();
  final LongAdder compactions = new LongAdder();
  final LongAdder trivialMoves = new LongAdder();
  final LongAdder compactionBytesRead = new LongAdder();
  final LongAdder compactionBytesWritten = new LongAdder();
  final LongAdder entriesDropped = new LongAdder();
  final LongAdder stalls = new LongAdder();
  final LongAdder stallNanos = new LongAdder();

  /** Bytes written to tables for each byte that was flushed, 1 without compaction. */
  double writeAmplification() {
    double flushed = flushBytes.sum();
    return flushed == 0 ? 1 : (flushed + compactionBytesWritten.sum()) / flushed;
  }
}
