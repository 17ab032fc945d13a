package systems.redis.db;

/** Who has to know that keys change. Called on the command thread. */
public interface KeyEvents {
  /** The value of the key is about to be or was changed: watchers, tracking, waiting clients. */
  void changed(Database db, byte[] key);

  /** A key whose time had come was taken out. */
  void expired(Database db, byte[] key);

  /** All keys of the database go away. */
  void flushed(Database db);

  /** A key with a value that somebody may wait for has come to be. */
  void added(Database db, byte[] key, Object value);

  /** A command that reads looked at the key. */
  default void lookedUp(boolean found) {}
}
