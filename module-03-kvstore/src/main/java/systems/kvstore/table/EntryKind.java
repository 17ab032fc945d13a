package systems.kvstore.table;

/** What an entry says about its key; the codes are RocksDB's {@code ValueType}. */
public enum EntryKind {
  DELETE(0x0),
  PUT(0x1),
  /** Removed together with the one put before it; read like {@link #DELETE}. */
  SINGLE_DELETE(0x7),
  DELETE_RANGE(0xF);

  private final int code;

  EntryKind(int code) {
    this.code = code;
  }

  /** The low byte of an internal key's trailer. */
  public int code() {
    return code;
  }
}
