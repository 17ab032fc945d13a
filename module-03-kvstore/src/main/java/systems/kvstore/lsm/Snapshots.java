package systems.kvstore.lsm;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The open snapshots of a store. Taking one and listing them exclude each other: a compaction that
 * has listed them may rely on every later snapshot being at least as new as all that it merges.
 */
final class Snapshots {
  private final Set<Snapshot> open = Collections.newSetFromMap(new IdentityHashMap<>());

  synchronized Snapshot take(LongSupplier visibleSequence) {
    var snapshot = new Snapshot(this, visibleSequence.getAsLong());
    open.add(snapshot);
    return snapshot;
  }

  synchronized void release(Snapshot snapshot) {
    open.remove(snapshot);
  }

  /** Sequence numbers of the open snapshots, ascending, each once. */
  synchronized long[] sequences() {
    return open.stream().mapToLong(Snapshot::sequence).sorted().distinct().toArray();
  }

  synchronized int count() {
    return open.size();
  }
}
