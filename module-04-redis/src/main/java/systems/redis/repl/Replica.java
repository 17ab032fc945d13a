package systems.redis.repl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import systems.redis.server.Client;
import systems.redis.server.Dialer;
import systems.redis.server.Link;
import systems.redis.server.Server;

/**
 * This server as a replica.
 *
 * <pre>
 *   CONNECT -> CONNECTING -> HANDSHAKE  PING, AUTH, REPLCONF .., PSYNC id offset
 *      ^                        |   +CONTINUE ----------------------------------+
 *      |                        |   +FULLRESYNC id offset                       v
 *      +---- connection lost ---+-> TRANSFER  snapshot into a file -> load -> CONNECTED
 *      +--------------------------------------------------------------------------+
 * </pre>
 *
 * <p>The primary is a client that needs no rights and gets no replies. Its bytes are kept until the
 * requests in them were run, and then they are fed to our own backlog as they came: {@link
 * History#offset} is the place up to which the data is right, never the middle of a request or of a
 * transaction. When the connection is lost, that is where we ask to continue; what had come of an
 * unfinished request is forgotten and comes again.
 *
 * <p>Old data is served until the new snapshot is whole, and only then thrown away. Command thread
 * only.
 */
final class Replica {
  private enum State {
    NONE("none"),
    CONNECT("connect"),
    CONNECTING("connecting"),
    HANDSHAKE("handshake"),
    TRANSFER("sync"),
    LOADING("sync"),
    CONNECTED("connected");

    final String text;

    State(String text) {
      this.text = text;
    }
  }

  private enum Step {
    PING,
    AUTH,
    PORT,
    IP,
    CAPA,
    PSYNC
  }

  private static final int LINE_BYTES_MAX = 64 * 1024;
  private static final byte[] NEWLINE = {'\n'};

  private final Server server;
  private final Replication replication;
  private State state = State.NONE;
  private String host = "";
  private int port;
  private @Nullable Connection connection;
  private @Nullable Client client; // the primary, once it sends the stream
  private boolean canContinue; // the history is one that a primary may know
  private int selected; // by the stream, while there is no client
  private byte[] pending = new byte[1024]; // of the stream, not yet run to the end
  private int pendingBytes;
  private long lastIoMillis;
  private long downSinceMillis;
  private long newlineMillis;
  long bytesIn;

  Replica(Server server, Replication replication) {
    this.server = server;
    this.replication = replication;
  }

  boolean isOn() {
    return state != State.NONE;
  }

  boolean isConnected() {
    return state == State.CONNECTED;
  }

  boolean isOf(String otherHost, int otherPort) {
    return isOn() && host.equalsIgnoreCase(otherHost) && port == otherPort;
  }

  String host() {
    return host;
  }

  int port() {
    return port;
  }

  /**
   * Whether a snapshot is coming that replaces the data at once, with {@code repl-diskless-load
   * swapdb}. The old data is here until it is whole: of the same history it is served, as old as it
   * is; of another one it would mislead.
   */
  boolean isReplacing(boolean sameHistory) {
    Connection from = connection;
    return state == State.TRANSFER
        && from != null
        && from.transfer != null
        && server.setting("repl-diskless-load").equals("swapdb")
        && from.newId.equals(replication.history().id) == sameHistory;
  }

  String stateText() {
    return state.text;
  }

  int selected() {
    return client == null ? selected : client.db().index();
  }

  private long now() {
    return server.clock().millis();
  }

  /** The data we have is a part of a history that the next primary may continue. */
  void continueFrom(int db) {
    canContinue = true;
    selected = db;
  }

  // ---- following

  void follow(String newHost, int newPort) {
    drop();
    host = newHost;
    port = newPort;
    state = State.CONNECT;
    downSinceMillis = now();
    server.runLater(this::connect);
  }

  void stop() {
    drop();
    state = State.NONE;
    canContinue = false;
  }

  /** Ends the connection; the history stays as far as it was run. */
  private void drop() {
    Connection old = connection;
    connection = null;
    Client was = client;
    client = null;
    pendingBytes = 0;
    if (was != null) {
      selected = was.db().index();
      canContinue = true;
      server.close(was);
    }
    if (old != null) {
      old.end();
    }
  }

  private void connect() {
    if (state != State.CONNECT || !server.canDial()) {
      return;
    }
    assert connection == null && client == null : "the old connection is dropped before";
    server.log().notice("Connecting to MASTER " + host + ":" + port);
    state = State.CONNECTING;
    lastIoMillis = now();
    connection = new Connection();
    server.log().notice("MASTER <-> REPLICA sync started");
  }

  private void lost(String why) {
    boolean was = state == State.CONNECTED;
    if (was) {
      server.log().warn("Connection with master lost.");
      server.log().notice("Caching the disconnected master state.");
      downSinceMillis = now();
    } else {
      server.log().warn("Error condition on socket for SYNC: " + why);
    }
    drop();
    state = State.CONNECT;
    if (was) {
      server.log().notice("Reconnecting to MASTER " + host + ":" + port);
      server.runLater(this::connect);
    }
  }

  void everySecond() {
    if (state == State.CONNECT) {
      connect();
      return;
    }
    if (state == State.NONE || state == State.LOADING) {
      return;
    }
    long timeout = 1000 * Long.parseLong(server.setting("repl-timeout"));
    if (now() - lastIoMillis > timeout) {
      server
          .log()
          .warn(
              switch (state) {
                case CONNECTED -> "MASTER timeout: no data nor PING received...";
                case TRANSFER ->
                    "Timeout receiving bulk data from MASTER... If the problem persists try to set"
                        + " the 'repl-timeout' parameter in redis.conf to a larger value.";
                default -> "Timeout connecting to the MASTER...";
              });
      lost("timeout");
      return;
    }
    if (state == State.CONNECTED) {
      sendAck();
    }
  }

  void onLoadProgress() {
    Connection to = connection;
    long now = System.currentTimeMillis();
    if (to != null && state == State.LOADING && now - newlineMillis >= 1000) {
      newlineMillis = now;
      to.link.send(NEWLINE, 0, 1);
    }
  }

  /** REPLCONF GETACK. */
  void ackNow(Client asking) {
    if (asking == client) {
      applied();
      sendAck();
    }
  }

  private void sendAck() {
    Connection to = connection;
    if (to != null) {
      to.say("REPLCONF", "ACK", Long.toString(replication.history().offset));
    }
  }

  // ---- the connection

  private final class Connection implements Dialer.Peer {
    final Link link;
    private final Deque<Step> expected = new ArrayDeque<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private @Nullable Transfer transfer;
    private final ByteArrayOutputStream early = new ByteArrayOutputStream();
    private String newId = "";
    private long newOffset;

    Connection() {
      link = server.dial(host, port, timeoutMillis(), this);
    }

    private int timeoutMillis() {
      return 1000 * Integer.parseInt(server.setting("repl-timeout"));
    }

    private boolean isOver() {
      return connection != this;
    }

    void end() {
      link.abort();
      if (transfer != null) {
        transfer.abandon();
      }
    }

    void say(String... words) {
      var text = new StringBuilder("*" + words.length + "\r\n");
      for (String word : words) {
        byte[] bytes = word.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        text.append('$').append(bytes.length).append("\r\n");
        text.append(new String(bytes, ISO_8859_1)).append("\r\n");
      }
      byte[] bytes = text.toString().getBytes(ISO_8859_1);
      link.send(bytes, 0, bytes.length);
    }

    private void ask(Step step, String... words) {
      expected.add(step);
      say(words);
    }

    @Override
    public void connected() {
      if (isOver()) {
        return;
      }
      assert state == State.CONNECTING : "connected while " + state;
      server.log().notice("Non blocking connect for SYNC fired the event.");
      state = State.HANDSHAKE;
      lastIoMillis = now();
      ask(Step.PING, "PING");
    }

    @Override
    public void closed(String why) {
      if (!isOver()) {
        if (state == State.LOADING) {
          return; // the data is here; what comes next finds out
        }
        lost(why);
      }
    }

    @Override
    public void received(byte[] bytes, int from, int to) {
      if (isOver()) {
        return;
      }
      lastIoMillis = System.currentTimeMillis();
      bytesIn += to - from;
      try {
        int at = from;
        while (at < to && !isOver()) {
          at = take(bytes, at, to);
        }
      } catch (IOException e) {
        if (!isOver()) {
          lost(String.valueOf(e.getMessage()));
        }
      }
    }

    /** Takes some of the bytes, as what they are at this point; returns where the rest begins. */
    private int take(byte[] bytes, int from, int to) throws IOException {
      return switch (state) {
        case CONNECTED -> {
          stream(bytes, from, to);
          yield to;
        }
        case LOADING -> {
          early.write(bytes, from, to - from);
          yield to;
        }
        case TRANSFER -> takeTransfer(bytes, from, to);
        default -> takeLine(bytes, from, to);
      };
    }

    private int takeTransfer(byte[] bytes, int from, int to) throws IOException {
      Transfer t = transfer;
      if (t == null) {
        return takeLine(bytes, from, to);
      }
      int at = t.take(bytes, from, to);
      if (t.isWhole()) {
        wholeTransfer(t);
      }
      return at;
    }

    private int takeLine(byte[] bytes, int from, int to) throws IOException {
      for (int i = from; i < to; i++) {
        if (bytes[i] == '\n') {
          String text = line.toString(ISO_8859_1).stripTrailing();
          line.reset();
          if (!text.isEmpty()) {
            if (state == State.TRANSFER) {
              bulkHead(text);
            } else {
              answer(text);
            }
          }
          return i + 1;
        }
        if (line.size() == LINE_BYTES_MAX) {
          throw new IOException("a line without an end");
        }
        line.write(bytes[i]);
      }
      return to;
    }

    private void answer(String text) throws IOException {
      Step step = expected.poll();
      boolean error = text.startsWith("-");
      if (step == null) {
        throw new IOException("an answer without a question: " + text);
      }
      switch (step) {
        case PING -> {
          boolean needsLogin =
              text.startsWith("-NOAUTH")
                  || text.startsWith("-NOPERM")
                  || text.startsWith("-ERR operation not permitted");
          if (error && !needsLogin) {
            throw new IOException("Error reply to PING from master: '" + text + "'");
          }
          server.log().notice("Master replied to PING, replication can continue...");
          introduce();
        }
        case AUTH -> {
          if (error) {
            throw new IOException("Unable to AUTH to MASTER: " + text);
          }
        }
        case PORT, IP -> {
          if (error) {
            server.log().notice("(Non critical) Master does not understand REPLCONF: " + text);
          }
        }
        case CAPA -> sendPsync();
        case PSYNC -> psyncAnswer(text);
      }
    }

    private void introduce() {
      String password = server.setting("masterauth");
      String user = server.setting("masteruser");
      if (!password.isEmpty() && user.isEmpty()) {
        ask(Step.AUTH, "AUTH", password);
      } else if (!password.isEmpty()) {
        ask(Step.AUTH, "AUTH", user, password);
      }
      String announced = server.setting("replica-announce-port");
      ask(
          Step.PORT,
          "REPLCONF",
          "listening-port",
          announced.equals("0") ? Integer.toString(server.boundPort()) : announced);
      String ip = server.setting("replica-announce-ip");
      if (!ip.isEmpty()) {
        ask(Step.IP, "REPLCONF", "ip-address", ip);
      }
      ask(Step.CAPA, "REPLCONF", "capa", "eof", "capa", "psync2");
    }

    private void sendPsync() {
      //> phase 7: which history, and which byte is the next?
      History history = replication.history();
      String id = canContinue ? history.id : "?";
      long next = canContinue ? history.offset + 1 : -1;
      server
          .log()
          .notice(
              canContinue
                  ? "Trying a partial resynchronization (request " + id + ":" + next + ")."
                  : "Partial resynchronization not possible (no cached master)");
      if (replication.failover().isHandingOver()) {
        ask(Step.PSYNC, "PSYNC", id, Long.toString(next), "FAILOVER");
      } else {
        ask(Step.PSYNC, "PSYNC", id, Long.toString(next));
      }
      //< phase 7
    }

    private void psyncAnswer(String text) throws IOException {
      //> phase 7: go on, begin anew, or come back later?
      String[] words = text.split(" ");
      if (words[0].equals("+CONTINUE")) {
        server.log().notice("Successful partial resynchronization with master.");
        replication.failover().done();
        continued(words.length > 1 ? words[1] : replication.history().id);
      } else if (words[0].equals("+FULLRESYNC") && words.length >= 3) {
        newId = words[1];
        newOffset = offset(words[2]);
        server.log().notice("Full resync from master: " + newId + ":" + newOffset);
        replication.failover().done();
        canContinue = false;
        state = State.TRANSFER;
      } else if (replication.failover().isHandingOver()) {
        replication.failover().abort("Failover target rejected psync request");
      } else if (text.startsWith("-NOMASTERLINK") || text.startsWith("-LOADING")) {
        throw new IOException(
            "Master is currently unable to PSYNC but should be in the future: " + text);
      } else {
        server.log().notice("Retrying with SYNC...");
        newId = History.fresh();
        newOffset = 0;
        canContinue = false;
        state = State.TRANSFER;
        say("SYNC");
      }
      //< phase 7
    }

    private static long offset(String text) throws IOException {
      if (!text.matches("\\d{1,18}")) {
        throw new IOException("no offset: " + text);
      }
      return Long.parseLong(text);
    }

    private void continued(String id) {
      //> phase 7: the primary may have taken another name meanwhile; who else has to know?
      History history = replication.history();
      if (!id.equals(history.id)) { //~ keepsTheOldName: if (id.isEmpty()) {
        history.branch(id);
        server.log().notice("Master replication ID changed to " + id);
        replication.primary().disconnectAll();
      }
      if (replication.backlog() == null) {
        replication.openBacklog();
      }
      server.log().notice("MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.");
      beginStream(selected);
      //< phase 7
    }

    private void bulkHead(String text) throws IOException {
      assert transfer == null : "one head a transfer";
      if (text.startsWith("$EOF:") && text.length() == 45) {
        server
            .log()
            .notice("MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF to disk");
        transfer = Transfer.untilMark(target(), text.substring(5).getBytes(ISO_8859_1));
      } else if (text.matches("\\$\\d{1,18}")) {
        long length = Long.parseLong(text.substring(1));
        server
            .log()
            .notice("MASTER <-> REPLICA sync: receiving " + length + " bytes from master to disk");
        transfer = Transfer.ofLength(target(), length);
      } else {
        throw new IOException("MASTER aborted replication with an error: " + text);
      }
    }

    private Path target() {
      return server
          .persistence()
          .snapshotPath()
          .resolveSibling(
              "temp-" + ProcessHandle.current().pid() + "-" + System.nanoTime() + ".sync.rdb");
    }

    private void wholeTransfer(Transfer t) {
      assert state == State.TRANSFER && t == transfer : "a transfer ends while " + state;
      state = State.LOADING;
      link.pause();
      server.execute(() -> load(t));
    }

    private void load(Transfer t) {
      //> phase 7: in which order: old data, new data, history, stream?
      if (isOver()) {
        return;
      }
      server.log().notice("MASTER <-> REPLICA sync: Flushing old data");
      replication.primary().disconnectAll();
      replication.closeBacklog();
      server.log().notice("MASTER <-> REPLICA sync: Loading DB in memory");
      try {
        Path file = server.persistence().snapshotPath();
        t.commit(file);
        transfer = null;
        server.persistence().replaceAll(file);
      } catch (IOException e) {
        server.log().warn("Failed trying to load the MASTER synchronization DB from disk: " + e);
        if (!isOver()) {
          lost("the data cannot be loaded");
        }
        server.persistence().resumeFile();
        return;
      }
      if (isOver()) {
        return;
      }
      History history = replication.history();
      history.id = newId;
      history.offset = newOffset; //~ startsAtZero: history.offset = 0;
      history.forgetSecond();
      replication.openBacklog();
      server.log().notice("MASTER <-> REPLICA sync: Finished with success");
      server.persistence().resumeFile();
      beginStream(0);
      link.resume();
      //< phase 7
    }

    private void beginStream(int db) {
      assert client == null && pendingBytes == 0 : "something is left of an older stream";
      client = server.primaryClient(link, db);
      state = State.CONNECTED;
      lastIoMillis = now();
      sendAck();
      byte[] came = early.toByteArray();
      early.reset();
      if (came.length > 0) {
        stream(came, 0, came.length);
      }
    }
  }

  // ---- the stream

  private void stream(byte[] bytes, int from, int to) {
    Client primary = client;
    if (primary == null) {
      return;
    }
    int count = to - from;
    if (pending.length - pendingBytes < count) {
      pending = Arrays.copyOf(pending, Math.max(pendingBytes + count, 2 * pending.length));
    }
    System.arraycopy(bytes, from, pending, pendingBytes, count);
    pendingBytes += count;
    server.received(primary, bytes, from, to);
  }

  /** What was run to its end is history now, ours and that of our own replicas. */
  void applied() {
    //> phase 7: which bytes are history, and which may still be forgotten?
    Client primary = client;
    if (primary == null || primary.isInTransaction() || primary.isPaused()) {
      return;
    }
    int unread = (int) primary.unparsedBytes(); //~ countsWhatIsCut: int unread = 0;
    int done = pendingBytes - unread;
    assert done >= 0 : "unread, but never kept";
    if (done <= 0) {
      return;
    }
    replication.feed(pending, 0, done);
    System.arraycopy(pending, done, pending, 0, pendingBytes - done);
    pendingBytes -= done;
    //< phase 7
  }

  // ---- INFO

  void info(Map<String, Object> f) {
    boolean syncing = state == State.TRANSFER || state == State.LOADING;
    f.put("master_host", host);
    f.put("master_port", port);
    f.put("master_link_status", isConnected() ? "up" : "down");
    f.put("master_last_io_seconds_ago", isConnected() ? (now() - lastIoMillis) / 1000 : -1);
    f.put("master_sync_in_progress", syncing ? 1 : 0);
    f.put("slave_read_repl_offset", replication.history().offset + pendingBytes);
    f.put("slave_repl_offset", replication.history().offset);
    if (syncing) {
      Connection from = connection;
      Transfer t = from == null ? null : from.transfer;
      f.put("master_sync_total_bytes", t == null ? -1 : t.totalBytes());
      f.put("master_sync_read_bytes", t == null ? 0 : t.bytes());
      f.put("master_sync_left_bytes", t == null ? -1 : t.leftBytes());
      f.put("master_sync_perc", "0.00");
      f.put("master_sync_last_io_seconds_ago", (now() - lastIoMillis) / 1000);
    }
    if (!isConnected()) {
      f.put("master_link_down_since_seconds", (now() - downSinceMillis) / 1000);
    }
    f.put("slave_priority", server.setting("replica-priority"));
    f.put("slave_read_only", server.setting("replica-read-only").equals("yes") ? 1 : 0);
    f.put("replica_announced", server.setting("replica-announced").equals("yes") ? 1 : 0);
  }
}
