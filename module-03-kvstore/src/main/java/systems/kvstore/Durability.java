package systems.kvstore;

/** What a write has survived when the call that made it returns. */
public enum Durability {
  /**
   * The bytes are in the operating system's page cache: a killed process, an {@code OutOfMemory} or
   * a crashed JVM loses nothing, a power loss or kernel panic may lose the newest writes. Writes
   * are lost only from the end: one that survives proves that all before it did.
   */
  BUFFERED,

  /** The device has confirmed the bytes: the write survives a power loss too. */
  SYNC
}
