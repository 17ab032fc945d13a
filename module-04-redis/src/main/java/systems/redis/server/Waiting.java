package systems.redis.server;

import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.redis.db.ValueType;

/** A client that waits: for keys, for replicas, or for nothing but its time. */
final class Waiting {
  /** Tries to serve a client by a key that has a value now. */
  @FunctionalInterface
  interface Attempt {
    /** Whether the client got its reply. */
    boolean serve(byte[] key, Object value);
  }

  final Client client;
  final @Nullable ValueType type;
  final List<byte[]> keys;
  final @Nullable Attempt attempt;
  final Runnable onTimeout;
  final long deadlineMillis; // 0: none
  final int db;
  final Command command;
  final byte[][] words;
  boolean needsKey; // ends with an error when the key goes away: XREADGROUP
  boolean isPostponed; // by CLIENT PAUSE
  long startNanos;
  long arrival; // grows; nobody has the same

  // of WAIT
  long offset;
  int replicas;

  Waiting(
      Client client,
      @Nullable ValueType type,
      List<byte[]> keys,
      @Nullable Attempt attempt,
      Runnable onTimeout,
      long deadlineMillis,
      Command command,
      byte[][] words) {
    assert keys.isEmpty() == (attempt == null) : "a key is what serves, and nothing else does";
    assert deadlineMillis >= 0 : "a time that has overflown";
    this.client = client;
    this.type = type;
    this.keys = keys;
    this.attempt = attempt;
    this.onTimeout = onTimeout;
    this.deadlineMillis = deadlineMillis;
    this.command = command;
    this.words = words;
    db = client.db().index();
  }
}
