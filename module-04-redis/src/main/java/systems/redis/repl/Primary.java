package systems.redis.repl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import systems.redis.persist.Persistence.Content;
import systems.redis.repl.Follower.State;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.resp.RequestReader;
import systems.redis.server.Call;
import systems.redis.server.Client;
import systems.redis.server.Link;
import systems.redis.server.Server;

/**
 * What this server does for its replicas.
 *
 * <pre>
 *   PSYNC id offset --known, in the backlog--&gt; +CONTINUE  -------------------------------&gt; ONLINE
 *        |                                                                                  ^
 *        +-- else: WAIT_START --a snapshot begins--&gt; WAIT_END --+-- disk: SEND_BULK --------+
 *                               +FULLRESYNC id offset           +-- stream, first ACK ------+
 * </pre>
 *
 * <p>The offset of a full resync is that of the moment at which the snapshot begins, and a cursor
 * into the backlog is put there at the same moment; what is written while the snapshot is on its
 * way waits behind the cursor. Replicas that ask while a snapshot is written to disk share it, with
 * its cursor; those that ask during a stream wait for the next one.
 *
 * <p>A stream has no length in front: it ends with a mark of 40 random characters, and the changes
 * follow only after the replica has confirmed, since it could not tell them from the data else. A
 * replica takes as much as its socket has room for; the slowest one of a stream sets the pace of
 * the snapshot. Command thread only, except for {@link #streamPiece}.
 */
final class Primary {
  private static final int UNSENT_BYTES_MAX = 256 * 1024;
  private static final int PIECE_BYTES = 64 * 1024;
  private static final int PIECES_IN_FLIGHT = 16;

  private final Server server;
  private final Replication replication;
  private final Map<Client, Follower> followers = new LinkedHashMap<>();
  private Semaphore permits = new Semaphore(PIECES_IN_FLIGHT);
  private final Deque<byte[]> pieces = new ArrayDeque<>();
  private boolean streamWritten;
  private String mark = "";
  private Backlog.@Nullable Cursor snapshotStart; // while one for replicas is running
  private boolean snapshotStreams;
  private long lastPingMillis = System.currentTimeMillis();
  private long withoutFollowersMillis = System.currentTimeMillis();
  private boolean pumping;

  long fullSyncs;
  long partialSyncs;
  long failedPartialSyncs;
  long bytesOut;

  Primary(Server server, Replication replication) {
    this.server = server;
    this.replication = replication;
  }

  private long now() {
    return server.clock().millis();
  }

  /** Those that asked for data. */
  List<Follower> all() {
    return followers.values().stream().filter(f -> !f.is(State.STRANGER)).toList();
  }

  private Follower of(Client client) {
    return followers.computeIfAbsent(client, Follower::new);
  }

  boolean has(String host, int port) {
    return find(host, port) != null;
  }

  @Nullable Follower find(String host, int port) {
    for (Follower f : all()) {
      if (f.ip().equals(host) && f.listeningPort == port) {
        return f;
      }
    }
    return null;
  }

  // ---- what replicas say

  void replconf(Call call) {
    if (call.count() % 2 == 0) {
      throw ErrorReply.syntax();
    }
    for (int i = 1; i < call.count(); i += 2) {
      if (call.is(i, "ACK")) {
        ack(call, i);
        return;
      }
      if (call.is(i, "GETACK")) {
        replication.replica().ackNow(call.client());
        return;
      }
      tell(of(call.client()), call, i);
    }
    call.reply().ok();
  }

  private static void tell(Follower f, Call call, int i) {
    if (call.is(i, "LISTENING-PORT")) {
      f.listeningPort = call.int32(i + 1);
    } else if (call.is(i, "IP-ADDRESS")) {
      f.announcedIp = call.text(i + 1);
    } else if (call.is(i, "CAPA")) {
      f.speaksEof |= call.is(i + 1, "EOF");
      f.speaksPsync2 |= call.is(i + 1, "PSYNC2");
    } else if (call.is(i, "RDB-ONLY")) {
      f.wantsNoStream =
          Numbers.parse(call.arg(i + 1), 0, 1, "ERR value is out of range, must be between 0 and 1")
              == 1;
    } else if (call.is(i, "RDB-FILTER-ONLY")) {
      f.content = content(call.arg(i + 1));
    } else {
      throw ErrorReply.err("Unrecognized REPLCONF option: " + call.text(i));
    }
  }

  /** Words for what a snapshot shall have in it; without one, nothing. */
  private static Content content(byte[] filter) {
    List<byte[]> words = RequestReader.Words.split(filter);
    if (words == null) {
      throw ErrorReply.err("Missing rdb-filter-only values");
    }
    for (byte[] word : words) {
      if (!Call.is(word, "FUNCTIONS")) {
        throw ErrorReply.err("Unsupported rdb-filter-only option: " + new String(word, ISO_8859_1));
      }
    }
    return new Content(false, !words.isEmpty());
  }

  private void ack(Call call, int i) {
    //> phase 7: how far is it, and may it have what follows its snapshot?
    Follower f = followers.get(call.client());
    if (f == null || f.is(State.STRANGER)) {
      return;
    }
    long heard = call.integer(i + 1); //~ hearsNothing: long heard = f.ackOffset;
    f.ackOffset = Math.max(f.ackOffset, heard);
    f.ackMillis = now();
    if (f.startsOnAck && f.is(State.ONLINE)) {
      f.startsOnAck = false;
      server.log().notice("Synchronization with replica " + f.name() + " succeeded");
    }
    server.replicasConfirmed();
    //< phase 7
  }

  // ---- SYNC, PSYNC

  void sync(Call call) {
    Client client = call.client();
    Follower f = of(client);
    if (!f.is(State.STRANGER)) {
      return;
    }
    if (call.count() > 3 && !replication.failover().takesOver(call)) {
      return;
    }
    checkMaySync(f);
    server.log().notice("Replica " + f.name() + " asks for synchronization");
    if (call.count() >= 3) {
      if (continues(f, call)) {
        return;
      }
    } else {
      f.isOld = true;
    }
    fullSyncs++;
    client.becomeReplica();
    f.enter(State.WAIT_START, now());
    if (replication.backlog() == null) {
      beginHistory();
    }
    begin();
  }

  private void checkMaySync(Follower f) {
    if (replication.failover().isRunning()) {
      throw new ErrorReply("NOMASTERLINK Can't SYNC while failing over");
    }
    if (server.isReplica() && !replication.replica().isConnected()) {
      throw new ErrorReply("NOMASTERLINK Can't SYNC while not connected with my master");
    }
    if (!wantsAll(f) && !f.speaksEof) {
      throw ErrorReply.err("a filtered RDB is only sent to who has said REPLCONF capa eof");
    }
  }

  /** The first replica has come: from here on the stream is kept. */
  private void beginHistory() {
    History history = replication.history();
    history.restart();
    replication.openBacklog();
    server
        .log()
        .notice(
            "Replication backlog created, my new replication IDs are '"
                + history.id
                + "' and '"
                + history.id2
                + "'");
  }

  private static boolean wantsAll(Follower f) {
    return f.content.equals(Content.ALL);
  }

  private boolean continues(Follower f, Call call) {
    //> phase 7: is its history ours, and do we still have what it lacks?
    String id = call.text(1);
    long next = call.integer(2);
    Backlog backlog = replication.backlog();
    if (!replication.history().contains(id, next)) {
      noteOtherHistory(f, id);
      return false;
    }
    long has = next - 1; //~ sendsOneLate: long has = Math.min(next, replication.history().offset);
    Backlog.Cursor cursor = backlog == null ? null : backlog.at(has);
    if (cursor == null) {
      failedPartialSyncs++;
      server
          .log()
          .notice(
              "Unable to partial resync with replica "
                  + f.name()
                  + " for lack of backlog (Replica request was: "
                  + next
                  + ").");
      return false;
    }
    f.client.becomeReplica();
    f.enter(State.ONLINE, now());
    f.ackOffset = next - 1;
    f.cursor = cursor;
    acceptContinuation(f, next);
    return true;
    //< phase 7
  }

  //> phase 7 only
  private void noteOtherHistory(Follower f, String id) {
    if (id.equals("?")) {
      server.log().notice("Full resync requested by replica " + f.name());
      return;
    }
    failedPartialSyncs++;
    server
        .log()
        .notice(
            "Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '"
                + id
                + "', my replication IDs are '"
                + replication.history().id
                + "' and '"
                + replication.history().id2
                + "')");
  }

  private void acceptContinuation(Follower f, long next) {
    partialSyncs++;
    server.replyLater(
        f.client,
        reply ->
            reply.status(f.speaksPsync2 ? "CONTINUE " + replication.history().id : "CONTINUE"));
    server
        .log()
        .notice(
            "Partial resynchronization request from "
                + f.name()
                + " accepted. Sending "
                + (replication.history().offset - next + 1)
                + " bytes of backlog starting from offset "
                + next
                + ".");
  }

  //< phase 7

  // ---- a snapshot for those who wait

  private List<Follower> in(State state) {
    return followers.values().stream().filter(f -> f.is(state)).toList();
  }

  /** Begins a snapshot for those who wait, or lets them share the one that is running. */
  private void begin() {
    //> phase 7: one snapshot at a time; who may share it, and who must wait?
    List<Follower> waiting = firstOfOneMind();
    if (waiting.isEmpty()) {
      return;
    }
    Content content = waiting.getFirst().content;
    Backlog.Cursor start = snapshotStart; // still there while the last pieces of a stream leave
    if (server.persistence().isBusy() || start != null) {
      if (start != null && !snapshotStreams) {
        in(State.WAIT_START).stream().filter(Primary::wantsAll).forEach(f -> attach(f, start));
      }
      return;
    }
    boolean streams =
        !content.equals(Content.ALL)
            || server.setting("repl-diskless-sync").equals("yes")
                && waiting.stream().allMatch(f -> f.speaksEof);
    if (streams && !isTime(waiting)) {
      return;
    }
    start(waiting, streams);
    //< phase 7
  }

  //> phase 7 only
  /** Those who wait for the same as the one who waits first. */
  private List<Follower> firstOfOneMind() {
    List<Follower> waiting = in(State.WAIT_START);
    return waiting.stream().filter(f -> f.content.equals(waiting.getFirst().content)).toList();
  }

  /** More replicas may come soon, and a stream cannot be joined later. */
  private boolean isTime(List<Follower> waiting) {
    long delayMillis = 1000 * Long.parseLong(server.setting("repl-diskless-sync-delay"));
    long enough = Long.parseLong(server.setting("repl-diskless-sync-max-replicas"));
    long oldest = waiting.stream().mapToLong(f -> f.sinceMillis).min().orElse(0);
    return now() - oldest >= delayMillis || enough > 0 && waiting.size() >= enough;
  }

  private void start(List<Follower> waiting, boolean streams) {
    server
        .log()
        .notice("Starting BGSAVE for SYNC with target: " + (streams ? "replicas sockets" : "disk"));
    Backlog backlog = replication.backlog();
    assert backlog != null : "whoever waits for data has opened it";
    assert snapshotStart == null : "one snapshot at a time";
    replication.selectAgain();
    Backlog.Cursor start = backlog.atEnd();
    snapshotStart = start;
    snapshotStreams = streams;
    streamWritten = false;
    pieces.clear();
    permits = new Semaphore(PIECES_IN_FLIGHT);
    Semaphore ours = permits;
    mark = History.fresh();
    waiting.forEach(f -> attach(f, start));
    server
        .persistence()
        .snapshotForReplicas(
            streams ? piece -> streamPiece(ours, piece) : null,
            waiting.getFirst().content,
            this::snapshotEnded);
  }

  //< phase 7

  private void attach(Follower f, Backlog.Cursor start) {
    //> phase 7: from which byte on does it get the stream, and what is it told?
    f.enter(State.WAIT_END, now());
    f.cursor = start.copy(); //~ sharesACursor: f.cursor = start;
    if (f.wantsNoStream) {
      f.cursor = null; // nothing is kept for it
    }
    f.streamed = snapshotStreams;
    var text = new StringBuilder();
    if (!f.isOld) {
      text.append("+FULLRESYNC ").append(replication.history().id).append(' ');
      text.append(start.position()).append("\r\n");
    }
    if (snapshotStreams) {
      text.append("$EOF:").append(mark).append("\r\n");
    }
    server.replyLater(f.client, reply -> reply.raw(text.toString().getBytes(ISO_8859_1)));
    //< phase 7
  }

  /** On the writer's thread: goes on when the command thread has sent what came before. */
  private void streamPiece(Semaphore ours, byte[] piece) throws InterruptedException {
    ours.acquire();
    server.execute(() -> {
      if (ours == permits) {
        pieces.add(piece);
        assert pieces.size() <= PIECES_IN_FLIGHT : "more pieces than permits";
        pumpPieces();
      }
    });
  }

  private void pumpPieces() {
    //> phase 7: several take the same bytes; who sets the pace, and when has it ended?
    if (snapshotStart == null || !snapshotStreams) {
      return;
    }
    List<Follower> receivers = in(State.WAIT_END);
    if (receivers.isEmpty()) {
      if (!streamWritten) {
        server.log().warn("Diskless rdb transfer, last replica dropped, killing fork child.");
        server.persistence().abortSnapshot();
      }
      snapshotStart = null;
      return;
    }
    while (!pieces.isEmpty() && receivers.stream().allMatch(Primary::hasRoom)) {
      byte[] piece = pieces.remove();
      permits.release();
      receivers.forEach(f -> send(f, piece, 0, piece.length));
    }
    if (streamWritten && pieces.isEmpty()) {
      snapshotStart = null;
      receivers.forEach(this::endStream);
    }
    //< phase 7
  }

  private static boolean hasRoom(Follower f) {
    return f.client.link().unsentBytes() < UNSENT_BYTES_MAX;
  }

  private void send(Follower f, byte[] bytes, int from, int to) {
    f.client.link().send(bytes, from, to);
    f.movedMillis = now();
    bytesOut += to - from;
  }

  //> phase 7 only
  private void endStream(Follower f) {
    byte[] end = mark.getBytes(ISO_8859_1);
    send(f, end, 0, end.length);
    if (isServed(f)) {
      return;
    }
    f.enter(State.ONLINE, now());
    f.startsOnAck = true;
    server
        .log()
        .notice(
            "Streamed RDB transfer with replica "
                + f.name()
                + " succeeded (socket). Waiting for REPLCONF ACK from replica to enable streaming");
  }

  /** Who wanted no more than a snapshot goes when all of it was sent. */
  private boolean isServed(Follower f) {
    if (f.wantsNoStream) {
      server
          .log()
          .notice(
              "RDB transfer completed, rdb only replica (%s) should be disconnected asap"
                  .formatted(f.name()));
      server.closeWhenSent(f.client);
    }
    return f.wantsNoStream;
  }

  //< phase 7

  private void snapshotEnded(boolean ok) {
    boolean streams = snapshotStreams;
    if (!ok) {
      snapshotStart = null;
      in(State.WAIT_END)
          .forEach(f -> {
            server.log().warn("SYNC failed. BGSAVE child returned an error");
            server.close(f.client);
          });
    } else if (streams) {
      server
          .log()
          .warn(
              "Diskless rdb transfer, done reading from pipe, "
                  + in(State.WAIT_END).size()
                  + " replicas still up.");
      streamWritten = true;
      pumpPieces();
    } else {
      snapshotStart = null;
      in(State.WAIT_END).forEach(this::beginBulk);
    }
    server.runLater(this::begin);
  }

  // ---- a file

  private void beginBulk(Follower f) {
    //> phase 7: a file, and how long it is
    try {
      FileChannel file =
          FileChannel.open(server.persistence().snapshotPath(), StandardOpenOption.READ);
      assert f.file == null : "one file at a time for a replica";
      f.file = file;
      f.enter(State.SEND_BULK, now());
      byte[] head = ("$" + file.size() + "\r\n").getBytes(ISO_8859_1);
      send(f, head, 0, head.length);
    } catch (IOException e) {
      server.log().warn("SYNC failed. Can't open/stat DB after BGSAVE: " + e);
      server.close(f.client);
    }
    //< phase 7
  }

  private void pumpFile(Follower f, FileChannel file) {
    //> phase 7: as much as the socket takes; what follows the last byte?
    ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
    try {
      while (hasRoom(f)) {
        piece.clear();
        if (file.read(piece) <= 0) {
          closeFile(f);
          if (isServed(f)) {
            return;
          }
          f.enter(State.ONLINE, now());
          server.log().notice("Synchronization with replica " + f.name() + " succeeded");
          return;
        }
        int count = piece.position(); //~ sendsWholePieces: int count = PIECE_BYTES;
        send(f, piece.array(), 0, count);
      }
    } catch (IOException e) {
      server.log().warn("Read error sending DB to replica: " + e);
      server.close(f.client);
    }
    //< phase 7
  }

  private void closeFile(Follower f) {
    FileChannel file = f.file;
    f.file = null;
    if (file != null) {
      try {
        file.close();
      } catch (IOException e) {
        server.log().warn("closing the snapshot for a replica: " + e);
      }
    }
  }

  // ---- the stream

  /**
   * Sends what the sockets have room for. A socket that has room again while it is written to says
   * so in the middle of that; the loop that writes sees it itself.
   */
  void pump() {
    if (followers.isEmpty() || pumping) {
      return;
    }
    pumping = true;
    try {
      pumpAll();
    } finally {
      pumping = false;
    }
  }

  private void pumpAll() {
    //> phase 7: who gets snapshot, who stream, and who must confirm first?
    pumpPieces();
    for (Follower f : List.copyOf(followers.values())) {
      FileChannel file = f.file;
      if (file != null) {
        pumpFile(f, file);
      }
      Backlog.Cursor cursor = f.cursor;
      if (cursor == null || f.client.isClosed()) {
        continue;
      }
      boolean mayHave = !f.startsOnAck; //~ overtakesTheMark: boolean mayHave = !f.isOld;
      if (f.is(State.ONLINE) && mayHave) {
        boolean more = true;
        while (more && hasRoom(f)) {
          more = cursor.next((bytes, from, to) -> send(f, bytes, from, to));
        }
      }
      f.client.waitingBytes(replication.history().offset - cursor.position());
      server.checkOutputBuffer(f.client);
    }
    //< phase 7
  }

  int online() {
    return in(State.ONLINE).size();
  }

  int inStep() {
    return (int) in(State.ONLINE).stream().filter(f -> lag(f) == 0).count();
  }

  /** Bytes that the replica has not confirmed. */
  private long lag(Follower f) {
    return replication.history().offset - f.ackOffset;
  }

  void logSteps() {
    for (Follower f : in(State.ONLINE)) {
      if (lag(f) > 0) {
        String text =
            "Lagging replica %s reported offset %d behind master, lag=%d, state=%s."
                .formatted(f.name(), lag(f), (now() - f.ackMillis) / 1000, f.state.text);
        server.log().notice(text);
      }
    }
    String text = "%d of %d replicas are in sync when shutting down.".formatted(inStep(), online());
    server.log().notice(text);
  }

  /** Where the cursor stands that is farthest behind; {@code Long.MAX_VALUE} if there is none. */
  long slowest() {
    long first = Long.MAX_VALUE;
    for (Follower f : followers.values()) {
      Backlog.Cursor cursor = f.cursor;
      if (cursor != null) {
        first = Math.min(first, cursor.position());
      }
    }
    return first;
  }

  /** Bytes of the stream that are kept for replicas beyond the backlog's size. */
  long bytesBeyond(long backlogBytesMax) {
    long first = slowest();
    return first == Long.MAX_VALUE
        ? 0
        : Math.max(0, replication.history().offset - first - backlogBytesMax);
  }

  /** Bytes that have left the backlog for a socket that does not take them. */
  long unsentBytes() {
    long sum = 0;
    for (Follower f : followers.values()) {
      sum += f.client.link().unsentBytes();
    }
    return sum;
  }

  // ---- once a second

  void everySecond() {
    if (!followers.isEmpty()) {
      begin();
    }
    if (all().isEmpty()) {
      lastPingMillis = now();
    }
    boolean pings =
        !server.isReplica() && !replication.failover().isRunning() && !server.isEnding();
    long period = 1000 * Long.parseLong(server.setting("repl-ping-replica-period"));
    if (pings && now() - lastPingMillis >= period) {
      lastPingMillis = now();
      replication.feedWords("PING");
    }
    long timeout = 1000 * Long.parseLong(server.setting("repl-timeout"));
    for (Follower f : all()) {
      boolean waits = f.is(State.WAIT_START) || f.is(State.WAIT_END) && !f.streamed;
      if (waits) {
        f.client.link().send(new byte[] {'\n'}, 0, 1); // still here
      }
      if (f.is(State.ONLINE) && !f.isOld && now() - f.ackMillis > timeout) {
        server.log().warn("Disconnecting timedout replica (streaming sync): " + f.name());
        server.close(f.client);
      } else if ((f.is(State.WAIT_END) && f.streamed || f.is(State.SEND_BULK))
          && now() - f.movedMillis > timeout) {
        server.log().warn("Disconnecting timedout replica (full sync): " + f.name());
        server.close(f.client);
      }
    }
    expireBacklog();
  }

  private void expireBacklog() {
    if (!all().isEmpty() || replication.backlog() == null || server.isReplica()) {
      withoutFollowersMillis = now();
      return;
    }
    long ttl = 1000 * Long.parseLong(server.setting("repl-backlog-ttl"));
    if (ttl > 0 && now() - withoutFollowersMillis > ttl) {
      // what happens from here on is not written down: this history cannot be continued
      replication.history().restart();
      replication.closeBacklog();
      server
          .log()
          .notice(
              "Replication backlog freed after "
                  + ttl / 1000
                  + " seconds without connected"
                  + " replicas.");
    }
  }

  // ---- who is there

  void forget(Client client) {
    Follower f = followers.remove(client);
    if (f == null || f.is(State.STRANGER)) {
      return;
    }
    closeFile(f);
    replication.trimBacklog();
    withoutFollowersMillis = now();
    server.log().notice("Connection with replica " + f.name() + " lost.");
    if (snapshotStart != null && snapshotStreams) {
      server.runLater(this::pumpPieces);
    }
  }

  /** They have to ask again, since the history is another one. */
  void disconnectAll() {
    for (Follower f : all()) {
      server.close(f.client);
    }
  }

  /** Replicas that have heard of everything up to the offset. */
  int confirmed(long offset) {
    //> phase 7: who counts?
    int count = 0;
    for (Follower f : followers.values()) {
      if (f.is(State.ONLINE) && !f.isOld && f.ackOffset >= offset) {
        count++;
      }
    }
    return count;
    //< phase 7 with: return 0;
  }

  int good() {
    long lagMax = 1000 * Long.parseLong(server.setting("min-replicas-max-lag"));
    int count = 0;
    for (Follower f : followers.values()) {
      if (f.is(State.ONLINE) && now() - f.ackMillis <= lagMax) {
        count++;
      }
    }
    return count;
  }

  Collection<Link> links() {
    var links = new ArrayList<Link>();
    all().forEach(f -> links.add(f.client.link()));
    return links;
  }

  void info(Map<String, Object> out) {
    List<Follower> all = all();
    out.put("connected_slaves", all.size());
    for (int i = 0; i < all.size(); i++) {
      Follower f = all.get(i);
      out.put(
          "slave" + i,
          "ip="
              + f.ip()
              + ",port="
              + f.listeningPort
              + ",state="
              + f.state.text
              + ",offset="
              + f.ackOffset
              + ",lag="
              + (f.is(State.ONLINE) ? (now() - f.ackMillis) / 1000 : 0));
    }
  }
}
