package systems.redis.repl;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import systems.redis.persist.Persistence;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Reply;
import systems.redis.server.Call;
import systems.redis.server.Client;
import systems.redis.server.CommandTable;
import systems.redis.server.Server;

/**
 * One of several servers with the same data.
 *
 * <pre>
 *   commands --changes--&gt; Replication --bytes--&gt; Backlog --cursors--&gt; Primary --&gt; replicas
 *                             ^
 *   Replica &lt;--the same bytes, from our primary--
 * </pre>
 *
 * <p>The stream of changes is a sequence of requests, counted by the byte. A primary writes it: the
 * commands that changed something, with SELECT where the database changes. A replica runs it and
 * passes it on as it came, byte by byte, so that an offset means the same at all of them, and a
 * replica of a replica can go over to the primary, or the other way round, and go on where it was.
 *
 * <p>Nothing is kept before the first replica has come. Command thread only.
 */
public final class Replication implements Server.Sink {
  private final Server server;
  private final History history = new History();
  private final Primary primary;
  private final Replica replica;
  private final Failover failover;
  private final Reply encoder = new Reply(1024);
  private @Nullable Backlog backlog;
  private int selected = -1; // in the stream; -1: the next command is preceded by SELECT
  private long secondMillis;
  private boolean wantsAcks;

  public Replication(Server server) {
    this.server = server;
    primary = new Primary(server, this);
    replica = new Replica(server, this);
    failover = new Failover(server, this);
  }

  /** Once all parts of the server are there. */
  public void register(CommandTable table) {
    table.on("replconf", primary::replconf);
    table.on("sync", primary::sync);
    table.on("psync", primary::sync);
    table.on("replicaof", this::replicaOf);
    table.on("slaveof", this::replicaOf);
    table.on("role", this::role);
    table.on("failover", failover::command);
    server.addSink(this);
    server.onSetting(
        "repl-backlog-size",
        text -> {
          if (backlog != null) {
            backlog.bytesMax(Long.parseLong(text));
          }
        });
  }

  Primary primary() {
    return primary;
  }

  Replica replica() {
    return replica;
  }

  Failover failover() {
    return failover;
  }

  History history() {
    return history;
  }

  @Nullable Backlog backlog() {
    return backlog;
  }

  // ---- the stream

  @Override
  public int target() {
    return REPLICAS;
  }

  @Override
  public boolean isOpen() {
    return backlog != null && !replica.isOn();
  }

  @Override
  public void take(int db, byte[][] words) {
    //> phase 7: what must a replica know before the words?
    if (db != selected) { //~ selectsOnce: if (selected < 0) {
      request(Call.words("SELECT", db));
      selected = db;
    }
    request(words);
    //< phase 7
  }

  private void request(byte[][] words) {
    assert isOpen() : "a replica passes on what it hears, and says nothing of its own";
    encoder.clear();
    encoder.array(words.length);
    for (byte[] word : words) {
      encoder.bulk(word);
    }
    feed(encoder.array(), 0, encoder.size());
  }

  /** A command of the stream that changes nothing here, and is in no file. */
  public void feedWords(Object... words) {
    if (isOpen()) {
      request(Call.words(words));
    }
  }

  /** Bytes of the stream: our own, or those that our primary sent. */
  void feed(byte[] bytes, int from, int to) {
    history.offset += to - from;
    if (backlog != null) {
      backlog.append(bytes, from, to);
      assert backlog.end() == history.offset : "the backlog ends where the history does";
    }
  }

  /** Who gets a snapshot does not know what was selected before. */
  void selectAgain() {
    selected = -1;
  }

  int selected() {
    return selected;
  }

  void openBacklog() {
    assert backlog == null : "cursors would point into the old one";
    long bytesMax = Long.parseLong(server.setting("repl-backlog-size"));
    backlog = new Backlog(history.offset, bytesMax, primary::slowest);
    selected = -1;
  }

  /** A replica that was behind has gone. */
  void trimBacklog() {
    if (backlog != null) {
      backlog.trim();
    }
  }

  void closeBacklog() {
    backlog = null;
  }

  // ---- the role

  /** Whether each replica that gets the stream has confirmed all of it. */
  public boolean isEachReplicaInStep() {
    return replica.isOn() || primary.inStep() == primary.online();
  }

  /** Before the end of the process: which replicas will miss something. */
  public void logSteps() {
    if (!replica.isOn() && primary.online() > 0) {
      primary.logSteps();
    }
  }

  public boolean isReplica() {
    return replica.isOn();
  }

  /** Whether a snapshot of the same history, or of another one, is about to replace the data. */
  public boolean isReplacing(boolean sameHistory) {
    return replica.isReplacing(sameHistory);
  }

  /** Whether the data may be old: the primary does not send anything. */
  public boolean isStale() {
    return replica.isOn() && !replica.isConnected();
  }

  private void replicaOf(Call call) {
    if (failover.isRunning()) {
      throw ErrorReply.err("REPLICAOF not allowed while failing over.");
    }
    if (call.is(1, "NO") && call.is(2, "ONE")) {
      if (replica.isOn()) {
        promote();
        server.log().notice("MASTER MODE enabled (user request)");
      }
      call.reply().ok();
      return;
    }
    if (call.client().isReplica()) {
      throw ErrorReply.err("Command is not valid when client is a replica.");
    }
    int port = port(call);
    String host = call.text(1);
    if (replica.isOf(host, port)) {
      server
          .log()
          .notice(
              "REPLICAOF would result into synchronization with the master we are already connected"
                  + " with. No operation performed.");
      call.reply().status("OK Already connected to specified master");
      return;
    }
    follow(host, port);
    server.log().notice("REPLICAOF " + host + ":" + port + " enabled (user request)");
    call.reply().ok();
  }

  private static int port(Call call) {
    String text = call.text(2);
    int port = text.matches("\\d{1,5}") ? Integer.parseInt(text) : -1;
    if (port < 0 || port > 65_535) {
      throw ErrorReply.err("Invalid master port");
    }
    return port;
  }

  /** Becomes a replica of that server. */
  void follow(String host, int port) {
    //> phase 7: what of our own history may the new primary know, and what do our replicas do?
    if (!replica.isOn()) {
      server.endWaiting();
      server
          .log()
          .notice(
              "Before turning into a replica, using my own master parameters to"
                  + " synthesize a cached master: I may be able to synchronize with the new master with"
                  + " just a partial transfer.");
      int db = Math.max(0, selected);
      replica.continueFrom(db); //~ forgetsItsPast: assert db >= 0;
    }
    server.databases().replica(true);
    server.roleSetting(host + " " + port);
    replica.follow(host, port);
    primary.disconnectAll();
    //< phase 7
  }

  /** Becomes a primary, with a history that goes on from here under another name. */
  void promote() {
    //> phase 7: the old primary may go on as well; under which name do we?
    replica.stop();
    primary.disconnectAll();
    history.branch(History.fresh()); //~ keepsTheName: history.branch(history.id);
    selected = -1;
    server.databases().replica(false);
    server.roleSetting("");
    server
        .log()
        .notice(
            "Setting secondary replication ID to "
                + history.id2
                + ", valid up to offset: "
                + history.offset2
                + ". New replication ID is "
                + history.id);
    //< phase 7
  }

  /** A failover that came to nothing: the history goes on under its name. */
  void promoteBack() {
    replica.stop();
    selected = -1;
    server.databases().replica(false);
    server.roleSetting("");
  }

  /** After the data was loaded at the start: {@code replicaof} of the configuration. */
  public void start(boolean fromSnapshot) {
    Map<String, String> facts = fromSnapshot ? server.persistence().loadedFacts() : Map.of();
    List<Persistence.Lost> lost = server.persistence().takeLost();
    String id = facts.getOrDefault("repl-id", "");
    String offset = facts.getOrDefault("repl-offset", "");
    boolean known = id.length() == 40 && offset.matches("\\d{1,18}");
    String[] of = server.setting("replicaof").split(" ");
    if (of.length == 2) {
      if (known) {
        history.id = id;
        history.offset = Long.parseLong(offset);
        openBacklog();
        String db = facts.getOrDefault("repl-stream-db", "0");
        replica.continueFrom(db.matches("\\d{1,6}") ? Integer.parseInt(db) : 0);
      }
      server.databases().replica(true);
      replica.follow(of[0], Integer.parseInt(of[1]));
    } else if (known) {
      history.offset = Long.parseLong(offset);
      history.id2 = id;
      history.offset2 = history.offset + 1;
      openBacklog();
      forget(lost);
    }
  }

  /** What has expired while the server was away: replicas still have it and wait to be told. */
  private void forget(List<Persistence.Lost> lost) {
    for (Persistence.Lost one : lost) {
      take(one.db(), Call.words(server.deleteCommand(), one.key()));
    }
  }

  /** Where a snapshot stands in the stream. */
  public Map<String, String> facts() {
    if (backlog == null && !replica.isOn()) {
      return Map.of();
    }
    Map<String, String> facts = new LinkedHashMap<>();
    int db = replica.isOn() ? replica.selected() : Math.max(0, selected);
    facts.put("repl-stream-db", Integer.toString(db));
    facts.put("repl-id", history.id);
    facts.put("repl-offset", Long.toString(history.offset));
    return facts;
  }

  // ---- turns of the loop

  /** After a turn: what was written goes out. */
  public void beforeSleep() {
    if (wantsAcks) {
      wantsAcks = false;
      feedWords("REPLCONF", "GETACK", "*");
    }
    primary.pump();
  }

  /** A socket has room again. */
  public void writable() {
    primary.pump();
  }

  /** Each tick of the server. */
  public void tick() {
    long now = server.clock().millis();
    failover.tick();
    if (now - secondMillis >= 1000) {
      secondMillis = now;
      replica.everySecond();
      primary.everySecond();
    }
  }

  /** While data is loaded: the primary must not think that we are gone. */
  public void onLoadProgress() {
    replica.onLoadProgress();
  }

  /** The connection of a client is over. */
  public void forget(Client client) {
    primary.forget(client);
  }

  /** Commands of the primary were run. */
  public void applied() {
    replica.applied();
  }

  // ---- WAIT, limits

  public long offset() {
    return history.offset;
  }

  /** Replicas that have confirmed the stream up to there. */
  public int confirmed(long offset) {
    return primary.confirmed(offset);
  }

  /** Asks all replicas how far they are, after this turn. */
  public void askForAcks() {
    wantsAcks = true;
  }

  /** Replicas that were heard of lately. */
  public int good() {
    return primary.good();
  }

  /** Memory of the stream beyond the backlog's size, with what waits for replicas' sockets. */
  public long bufferBytes() {
    return primary.bytesBeyond(Long.parseLong(server.setting("repl-backlog-size")))
        + primary.unsentBytes();
  }

  // ---- ROLE, INFO

  private void role(Call call) {
    Reply reply = call.reply();
    if (replica.isOn()) {
      reply.array(5);
      reply.bulk("slave");
      reply.bulk(replica.host());
      reply.integer(replica.port());
      reply.bulk(replica.stateText());
      reply.integer(replica.isConnected() ? history.offset : -1);
      return;
    }
    reply.array(3);
    reply.bulk("master");
    reply.integer(history.offset);
    var online = primary.all().stream().filter(f -> f.is(Follower.State.ONLINE)).toList();
    reply.array(online.size());
    for (Follower f : online) {
      reply.array(3);
      reply.bulk(f.ip());
      reply.bulk(Integer.toString(f.listeningPort));
      reply.bulk(Long.toString(f.ackOffset));
    }
  }

  /** The section of INFO. */
  public void info(Map<String, Object> f) {
    f.put("role", replica.isOn() ? "slave" : "master");
    if (replica.isOn()) {
      replica.info(f);
    }
    long good = Long.parseLong(server.setting("min-replicas-to-write"));
    primary.info(f);
    if (good > 0 && Long.parseLong(server.setting("min-replicas-max-lag")) > 0) {
      f.put("min_slaves_good_slaves", primary.good());
    }
    f.put("master_failover_state", failover.stateText());
    f.put("master_replid", history.id);
    f.put("master_replid2", history.id2);
    f.put("master_repl_offset", history.offset);
    f.put("second_repl_offset", history.offset2);
    f.put("repl_backlog_active", backlog == null ? 0 : 1);
    f.put("repl_backlog_size", server.setting("repl-backlog-size"));
    f.put("repl_backlog_first_byte_offset", backlog == null ? 0 : backlog.start() + 1);
    f.put("repl_backlog_histlen", backlog == null ? 0 : backlog.size());
  }

  /** Counters of INFO's stats. */
  public void stats(Map<String, Object> f) {
    f.put("total_net_repl_input_bytes", replica.bytesIn);
    f.put("total_net_repl_output_bytes", primary.bytesOut);
    f.put("sync_full", primary.fullSyncs);
    f.put("sync_partial_ok", primary.partialSyncs);
    f.put("sync_partial_err", primary.failedPartialSyncs);
  }

  public void resetStats() {
    replica.bytesIn = 0;
    primary.bytesOut = 0;
    primary.fullSyncs = 0;
    primary.partialSyncs = 0;
    primary.failedPartialSyncs = 0;
  }

  /** Bytes on their way to replicas that have left the backlog. */
  public long unsentBytes() {
    return primary.unsentBytes();
  }

  public long backlogBytes() {
    return backlog == null ? 0 : backlog.size();
  }
}
