package systems.redis.server;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.redis.db.Database;
import systems.redis.resp.Reply;
import systems.redis.resp.RequestReader;

/**
 * One connection and all that the server remembers of it. Command thread only.
 *
 * <p>A client without a connection runs commands for a script, for the append-only file or for the
 * primary of this replica.
 */
public final class Client {
  /** Whether it hears replies: {@code CLIENT REPLY}. */
  enum Replies {
    ON,
    OFF,
    SKIP_NEXT,
    SKIP
  }

  /** Which output-buffer limit is for it. */
  enum Kind {
    NORMAL("normal"),
    REPLICA("slave"),
    PUBSUB("pubsub"),
    MASTER("master");

    final String text;

    Kind(String text) {
      this.text = text;
    }
  }

  private final long id;
  private final Link link;
  private final Reply reply = new Reply();
  private final RequestReader requests = new RequestReader();
  private Database db;

  String name = "";
  Acl.User user;
  boolean loggedIn;
  Replies replies = Replies.ON;
  boolean noEvict;
  boolean monitor;
  boolean fromScript;
  boolean fromFile;
  boolean isMaster; // this connection brings the primary's commands
  boolean closeWhenSent;
  boolean closed;
  boolean running; // its requests are being run
  boolean flushPlanned;
  boolean readOnlyCluster;
  boolean isReplica;
  private long waitingBytes; // of the stream, for a replica
  long writeOffset; // of the stream, after its last write

  final long createdMillis;
  long lastSeenMillis;
  @Nullable Command lastCommand;
  long bytesIn;
  long bytesOut;
  long softLimitSinceMillis; // 0: below
  long countedBytes; // of it, in the sum of all clients
  long replyFitMillis; // when its buffer was last made to fit

  final Transaction transaction = new Transaction();
  final PubSub.Subscriptions subscriptions = new PubSub.Subscriptions();
  final Tracking.State tracking = new Tracking.State();
  @Nullable Waiting waiting;
  final List<byte[][]> held = new ArrayList<>(); // requests that wait while the client does
  boolean pausedByServer;
  DebugSession.Mode scriptDebug = DebugSession.Mode.OFF;
  @Nullable DebugSession session; // a debugger has its connection

  Client(long id, Link link, Database db, Acl.User user, long nowMillis) {
    this.id = id;
    this.link = link;
    this.db = db;
    this.user = user;
    createdMillis = nowMillis;
    lastSeenMillis = nowMillis;
    replyFitMillis = nowMillis;
  }

  public long id() {
    return id;
  }

  public Reply reply() {
    return reply;
  }

  /** Whether it runs the commands of a script. */
  public boolean isScript() {
    return fromScript;
  }

  RequestReader requests() {
    return requests;
  }

  public Link link() {
    return link;
  }

  public boolean isClosed() {
    return closed;
  }

  /** Whether it asked for the stream of changes. */
  public boolean isReplica() {
    return isReplica;
  }

  /** From now on it gets the stream of changes. */
  public void becomeReplica() {
    isReplica = true;
  }

  /** Bytes that wait for it elsewhere. */
  public void waitingBytes(long bytes) {
    assert bytes >= 0 : "a cursor ahead of the stream";
    waitingBytes = bytes;
  }

  /** Bytes that have come and are no whole request. */
  public long unparsedBytes() {
    return requests.heldBytesExactly();
  }

  /** Whether a request of it waits for the end of a pause. */
  public boolean isPaused() {
    return pausedByServer;
  }

  public boolean isInTransaction() {
    return transaction.isOpen();
  }

  public Database db() {
    return db;
  }

  public void select(Database database) {
    db = database;
  }

  boolean isBlocked() {
    return waiting != null;
  }

  boolean hasLink() {
    return link != Link.NONE;
  }

  Kind kind() {
    if (isMaster) {
      return Kind.MASTER;
    }
    if (isReplica && !monitor) {
      return Kind.REPLICA;
    }
    return subscriptions.count() > 0 ? Kind.PUBSUB : Kind.NORMAL;
  }

  /** Bytes of replies that have not left. */
  long outputBytes() {
    return reply.size() + link.unsentBytes() + waitingBytes;
  }

  /** Memory for them, and for the next ones. */
  long outputMemoryBytes() {
    return reply.array().length + link.unsentBytes() + waitingBytes;
  }

  /** What {@code CLIENT LIST} shows of its state, a letter each. */
  String flags() {
    var text = new StringBuilder();
    flag(text, isReplica && !monitor, 'S');
    flag(text, isReplica && monitor || monitor, 'O');
    flag(text, isMaster, 'M');
    flag(text, subscriptions.count() > 0, 'P');
    flag(text, transaction.isOpen(), 'x');
    flag(text, waiting != null, 'b');
    flag(text, tracking.isOn(), 't');
    flag(text, tracking.isBroken(), 'R');
    flag(text, tracking.isBroadcast(), 'B');
    flag(text, transaction.isDirty(), 'd');
    flag(text, closeWhenSent, 'c');
    flag(text, link.isUnix(), 'U');
    flag(text, noEvict, 'e');
    return text.isEmpty() ? "N" : text.toString();
  }

  private static void flag(StringBuilder text, boolean set, char letter) {
    if (set) {
      text.append(letter);
    }
  }
}
