package systems.kvstore.lsm;

/**
 * A moment of the store that can be read until it is closed, whatever is written meanwhile. It is
 * one number: the last sequence number it may see. What it costs is that compactions keep the
 * versions that it sees. Any thread may use it; closing twice is harmless.
 */
public final class Snapshot implements AutoCloseable {
  private final Snapshots registry;
  private final long sequence;

  Snapshot(Snapshots registry, long sequence) {
    this.registry = registry;
    this.sequence = sequence;
  }

  /** Sequence number of the newest write that the snapshot sees. */
  public long sequence() {
    return sequence;
  }

  @Override
  public void close() {
    registry.release(this);
  }
}
