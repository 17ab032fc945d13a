package systems.redis.server;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import systems.redis.command.Commands;
import systems.redis.db.ActiveExpiry;
import systems.redis.db.Clock;
import systems.redis.db.Database;
import systems.redis.db.Databases;
import systems.redis.db.KeyEvents;
import systems.redis.persist.Persistence;
import systems.redis.repl.Replication;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.ProtocolException;
import systems.redis.resp.Reply;
import systems.redis.types.Aggregate;
import systems.redis.types.ListValue;
import systems.redis.types.StreamValue;
import systems.redis.types.ZsetValue;

/**
 * The server: everything that belongs to one process, and the turn of its loop.
 *
 * <pre>
 *   sockets --bytes--> Client.requests --words--> Dispatcher --> command --> Database
 *                                                     |              |
 *        &lt;--bytes-- Client.reply  &lt;------------------+       changes, Propagator
 *                                                                   |
 *                                                     append-only file, replicas
 *
 *   a turn:  read all that came, run it    then {@link #beforeSleep}: write the file, send replies
 *   a tick:  ten times a second            expire, resize, snapshots, time-outs, statistics
 * </pre>
 *
 * <p>All of it happens on one thread, the command thread, which is the network's loop. A reply
 * leaves only after what it confirms was written to the append-only file.
 */
public final class Server {
  public static final String VERSION = "7.0.15";

  /** Tries to serve a client that waits for a key. */
  @FunctionalInterface
  public interface Serve {
    /** Whether the client got its reply. */
    boolean serve(byte[] key, Object value);
  }

  private static final String PROTECTED =
      "-DENIED Redis is running in protected mode: the default user has no password, so only"
          + " connections from the loopback interface are accepted. Either give it one (requirepass,"
          + " or ACL SETUSER default), or, if nobody else can reach this port, switch the mode off:"
          + " 'CONFIG SET protected-mode no' from the server's own machine, 'protected-mode no' in"
          + " its configuration file, or the option '--protected-mode no'.\r\n";
  private static final int LAZY_ELEMENTS_MIN = 65;

  /** A string is one array, whatever {@code proto-max-bulk-len} says. */
  private static final long STRING_BYTES_MAX = Integer.MAX_VALUE - 64;

  /** A reply that is longer is held against the client's limit before it is sent. */
  private static final int REPLY_BYTES_FREE = 16 * 1024;

  /** How long a client must need less before its buffer shrinks, unless DEBUG says otherwise. */
  public static final long REPLY_PEAK_MILLIS = 5000;

  private final Config config;
  private final Log log = new Log();
  private final Clock clock = new Clock();
  private final CommandTable table = new CommandTable();
  private final Stats stats = new Stats();
  private final String runId = RunId.fresh();
  private final long startedMillis = System.currentTimeMillis();

  private final Map<Long, Client> clients = new LinkedHashMap<>();
  private final LinkedHashSet<Client> toRun = new LinkedHashSet<>();
  private final Set<Client> toFlush = new LinkedHashSet<>();
  private final Set<Client> toResume = new LinkedHashSet<>();
  private final List<Runnable> later = new ArrayList<>();
  private long clientIds;
  private long dirty;
  private boolean loading;
  private boolean starting = true;
  private Runnable busyTurn = () -> {};
  private long replyPeakMillis = REPLY_PEAK_MILLIS;
  private boolean inTurn;

  private final Watchers watchers = new Watchers();
  private final Propagator propagator = new Propagator();
  private final Dispatcher dispatcher = new Dispatcher(this);
  private final Blocked blocked = new Blocked(this);
  private final PubSub pubSub = new PubSub(this);
  private final Notifications notifications = new Notifications(this);
  private final Tracking tracking = new Tracking(this);
  private final SlowLog slowLog = new SlowLog(this);
  private final Latency latency = new Latency(this);
  private final Monitor monitor = new Monitor(this);
  private final Pause pause = new Pause(this);
  private final Memory memory = new Memory(this);
  private final Acl acl;
  private final Databases databases;
  private final ActiveExpiry activeExpiry;
  private final Persistence persistence;
  private final Client nobody;
  private final Info info = new Info(this);
  private final Shutdown shutdown = new Shutdown(this);
  private final Scripts scripts = new Scripts(this);
  private final Replication replication = new Replication(this);
  private Executor loop = Runnable::run;
  private @Nullable Dialer dialer;
  private Consumer<Long> alarm = _ -> {};
  private long ticks;
  private int boundPort;

  public Server(Config config) {
    this.config = config;
    databases = new Databases((int) config.number("databases"), clock, events());
    activeExpiry = new ActiveExpiry(databases);
    Commands.register(table);
    registerOwn();
    acl = new Acl(table);
    nobody = new Client(0, Link.NONE, databases.get(0), acl.defaultUser(), clock.millis());
    persistence = new Persistence(this);
    persistence.register(table);
    replication.register(table);
    renameCommands();
    table.seal();
    new Bindings(this).bind();
  }

  /** Once all commands are there. */
  private void renameCommands() {
    for (String[] words : config.renames) {
      if (!table.rename(words[1], words[2])) {
        throw new IllegalArgumentException("rename-command: no such command " + words[1]);
      }
    }
  }

  private void registerOwn() {
    new ConnectionCommands(this).register(table);
    new ClientCommands(this).register(table);
    new TransactionCommands(this).register(table);
    new ConfigCommands(this).register(table);
    new CommandCommands(this).register(table);
    new AclCommands(this).register(table);
    new ServerCommands(this).register(table);
    new ReplicationCommands(this).register(table);
    scripts.register(table);
    pubSub.register(table);
    slowLog.register(table);
    latency.register(table);
  }

  // ---- parts

  public Config config() {
    return config;
  }

  public Log log() {
    return log;
  }

  public Clock clock() {
    return clock;
  }

  public Databases databases() {
    return databases;
  }

  public Notifications notifications() {
    return notifications;
  }

  public CommandTable table() {
    return table;
  }

  public ActiveExpiry activeExpiry() {
    return activeExpiry;
  }

  public Persistence persistence() {
    return persistence;
  }

  public Replication replication() {
    return replication;
  }

  Propagator propagator() {
    return propagator;
  }

  Dispatcher dispatcher() {
    return dispatcher;
  }

  Blocked blocked() {
    return blocked;
  }

  Watchers watchers() {
    return watchers;
  }

  PubSub pubSub() {
    return pubSub;
  }

  Tracking tracking() {
    return tracking;
  }

  SlowLog slowLog() {
    return slowLog;
  }

  Latency latency() {
    return latency;
  }

  Monitor monitor() {
    return monitor;
  }

  Pause pause() {
    return pause;
  }

  Memory memory() {
    return memory;
  }

  Acl acl() {
    return acl;
  }

  Stats stats() {
    return stats;
  }

  Info info() {
    return info;
  }

  Shutdown shutdown() {
    return shutdown;
  }

  String runId() {
    return runId;
  }

  long startedMillis() {
    return startedMillis;
  }

  long ticks() {
    return ticks;
  }

  Client nobody() {
    return nobody;
  }

  public int boundPort() {
    return boundPort;
  }

  void boundPort(int port) {
    boundPort = port;
  }

  // ---- the loop

  /** The command thread, and a way to be woken at a time of {@link Clock}. */
  void loop(Executor executor, Consumer<Long> wakeAtMillis) {
    loop = executor;
    alarm = wakeAtMillis;
  }

  /** Runs the task on the command thread, in a turn of its own. From any thread. */
  public void execute(Runnable task) {
    loop.execute(() -> {
      clock.advance();
      task.run();
      endTurn();
    });
  }

  /** The turn after that time of {@link Clock} comes even if nothing else happens. */
  public void wakeAt(long millis) {
    alarm.accept(millis);
  }

  /** The time of {@link #wakeAt} has come, or it is close. */
  void onAlarm() {
    clock.advance();
    pause.tick();
    long next = blocked.expire(clock.millis());
    if (next > 0) {
      wakeAt(next);
    }
    endTurn();
  }

  /** Bytes have come from a client. */
  public void received(Client client, byte[] bytes, int from, int to) {
    stats.bytesIn += to - from;
    stats.readsProcessed++;
    client.bytesIn += to - from;
    if (client.session != null) {
      client.lastSeenMillis = System.currentTimeMillis();
      client.session.received(bytes, from, to);
      return;
    }
    client.requests().append(bytes, from, to);
    checkQueryBuffer(client);
    memory.lookAt(client);
    if (client.closed) {
      return;
    }
    if (toRun.isEmpty()) {
      loop.execute(this::turn);
    }
    toRun.add(client);
  }

  /** Runs what the sockets have brought. */
  private void turn() {
    clock.advance();
    runReceived();
    endTurn();
  }

  private void runReceived() {
    while (!toRun.isEmpty()) { // one by one: a script that runs too long serves the others
      Client client = toRun.removeFirst();
      try {
        process(client);
      } catch (RuntimeException e) {
        log.warn("a bug while a client was served", e);
      }
    }
  }

  private void checkQueryBuffer(Client client) {
    long held = client.requests().heldBytes() + client.transaction.queuedBytes;
    if (!client.closed && held > config.queryBufferBytesMax && !client.isMaster) {
      log.warn(
          "Closing client that reached max query buffer length: "
              + ClientCommands.line(this, client));
      stats.queryBufferLimit++;
      close(client);
    }
  }

  /** Runs the requests that are there, until one has to wait. */
  void process(Client client) {
    if (client.running || client.closed) {
      return;
    }
    client.running = true;
    databases.obey(client.isMaster);
    try {
      while (!client.closed
          && !client.closeWhenSent
          && !client.isBlocked()
          && client.session == null
          && !client.pausedByServer) {
        if (client.isMaster && pause.isOn()) {
          replication.applied(); // the next one may have to wait
        }
        byte[][] args = client.requests().next();
        if (args == null) {
          break;
        }
        dispatcher.request(client, args);
        if (client.reply().size() > REPLY_BYTES_FREE) {
          checkOutputBuffer(client);
        }
        memory.lookAt(client);
      }
    } catch (ProtocolException e) {
      client.reply().error("ERR " + e.getMessage());
      stats.error("ERR");
      log.verbose(e.getMessage() + " from client: " + client.link().peer());
      client.closeWhenSent = true;
    } finally {
      client.running = false;
      databases.obey(false);
    }
    if (client.isMaster) {
      replication.applied();
    }
    flushLater(client);
  }

  /** After the bytes that came together were run. */
  void endTurn() {
    if (inTurn) {
      return;
    }
    inTurn = true;
    try {
      runLater();
      beforeSleep();
    } finally {
      inTurn = false;
    }
  }

  private void runLater() {
    while (!later.isEmpty() || !toResume.isEmpty()) {
      List<Client> resumed = new ArrayList<>(toResume);
      toResume.clear();
      resumed.forEach(this::process);
      List<Runnable> now = new ArrayList<>(later);
      later.clear();
      now.forEach(Runnable::run);
    }
  }

  private void beforeSleep() {
    propagator.flush();
    tracking.beforeSleep();
    persistence.beforeSleep();
    sendReplies();
    replication.beforeSleep();
  }

  private void sendReplies() {
    while (!toFlush.isEmpty()) {
      List<Client> now = new ArrayList<>(toFlush);
      toFlush.clear();
      for (Client client : now) {
        if (client.running) {
          toFlush.add(client); // its reply is being written
        } else {
          send(client);
        }
      }
      if (toFlush.size() == now.size() && toFlush.containsAll(now)) {
        return;
      }
    }
  }

  private void send(Client client) {
    client.flushPlanned = false;
    if (client.closed) {
      return;
    }
    if (client.isMaster) {
      client.reply().clear(); // a primary does not want to hear
      return;
    }
    Reply reply = client.reply();
    if (reply.isFull()) {
      closeForOutput(client);
      return;
    }
    if (!reply.isEmpty()) {
      stats.bytesOut += reply.size();
      stats.writesProcessed++;
      client.bytesOut += reply.size();
      client.link().send(reply.array(), 0, reply.size());
      reply.clear();
    }
    if (client.closeWhenSent) {
      client.link().finish();
      forget(client);
    } else {
      checkOutputBuffer(client);
      memory.lookAt(client);
    }
  }

  /** Closes a client that lets too much wait for it. */
  public void checkOutputBuffer(Client client) {
    //> phase 3: who gets how much, at once and for how long?
    if (client.fromScript || !client.hasLink() || client.closed) {
      return;
    }
    Client.Kind kind = client.kind();
    if (kind == Client.Kind.MASTER) {
      return;
    }
    Config.OutputLimit limit = config.outputLimits.get(kind.text);
    assert limit != null : "a limit for each kind of client";
    long bytes = client.outputBytes();
    long least = kind == Client.Kind.REPLICA ? config.number("repl-backlog-size") : 0;
    boolean hard = limit.hardBytes() > 0 && bytes >= Math.max(least, limit.hardBytes());
    boolean soft = limit.softBytes() > 0 && bytes >= Math.max(least, limit.softBytes());
    long now = clock.millis();
    if (!soft) {
      client.softLimitSinceMillis = 0;
    } else if (client.softLimitSinceMillis == 0) {
      client.softLimitSinceMillis = now;
      soft = false;
    } else {
      soft = now - client.softLimitSinceMillis > limit.softSeconds() * 1000;
    }
    if (hard || soft) {
      closeForOutput(client);
    }
    //< phase 3 with: assert client.id() >= 0;
  }

  private void closeForOutput(Client client) {
    log.warn(
        "Client "
            + ClientCommands.line(this, client)
            + " scheduled to be closed ASAP for overcoming of output buffer limits.");
    stats.outputBufferLimit++;
    close(client);
  }

  /** The longest reply of a client: its limit, and never more than a quarter of the heap. */
  private int replyBytesMax() {
    //> phase 3: how much may one reply become, and what bounds it without a setting?
    Config.OutputLimit limit = config.outputLimits.get(Client.Kind.NORMAL.text);
    long hard = limit == null || limit.hardBytes() == 0 ? Long.MAX_VALUE : limit.hardBytes();
    return (int) Math.min(hard, heapQuarter());
    //< phase 3 with: return heapQuarter();
  }

  private static int heapQuarter() {
    return (int) Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / 4);
  }

  /** The reply buffer of the client has to be sent before the loop sleeps. */
  void flushLater(Client client) {
    if (!client.flushPlanned && !client.closed) {
      client.flushPlanned = true;
      toFlush.add(client);
    }
  }

  /** The client waits no more: what it had sent meanwhile is run in this turn. */
  void resumeLater(Client client) {
    toResume.add(client);
  }

  void requestLater(Client client, byte[][] args) {
    later.add(() -> {
      if (!client.closed) {
        databases.obey(client.isMaster);
        try {
          dispatcher.request(client, args);
        } finally {
          databases.obey(false);
        }
        process(client);
      }
    });
  }

  /** Runs the task at the end of this turn. */
  public void runLater(Runnable task) {
    later.add(task);
  }

  /** A reply to a client whose command does not run now. */
  public void replyLater(Client client, Consumer<Reply> write) {
    write.accept(client.reply());
    flushLater(client);
  }

  /** A message that is no reply. */
  void push(Client client, Consumer<Reply> write) {
    if (client.closed || !client.hasLink()) {
      return;
    }
    write.accept(client.reply());
    flushLater(client);
    checkOutputBuffer(client);
  }

  // ---- the tick

  /** {@code hz} times a second. */
  void tick() {
    clock.advance();
    ticks++;
    stats.tick();
    stats.peakMemory = Math.max(stats.peakMemory, memory.used());
    if (!pause.isOn() && !isReplica()) {
      long began = System.nanoTime();
      activeExpiry.run(25_000_000_000L / 100 / config.hz);
      propagator.flushEach();
      latency.add("expire-cycle", (System.nanoTime() - began) / 1_000_000);
    } else if (!pause.isOn()) {
      databases.expireOwn();
    }
    pause.tick();
    if (!persistence.isSaving() && config.yes("activerehashing")) {
      databases.moveBuckets(100);
    }
    if (memory.isLimited()) {
      memory.mustLook();
    }
    memory.lookAtHeap();
    closeIdle();
    memory.evictClients();
    persistence.tick();
    replication.tick();
    shutdown.tick();
    long next = blocked.expire(clock.millis());
    if (next > 0) {
      wakeAt(next);
    }
    dispatcher.afterTop();
    endTurn();
  }

  private void closeIdle() {
    long now = clock.millis();
    for (Client client : new ArrayList<>(clients.values())) {
      boolean idles =
          config.timeoutSeconds > 0
              && client.kind() == Client.Kind.NORMAL
              && !client.isBlocked()
              && now - client.lastSeenMillis > config.timeoutSeconds * 1000L;
      if (idles) {
        log.verbose("Closing idle client");
        close(client);
      } else {
        client.requests().shrink();
        fitReply(client, now);
        checkOutputBuffer(client);
      }
    }
  }

  private void fitReply(Client client, long now) {
    if (now - client.replyFitMillis >= replyPeakMillis && !client.running) {
      client.replyFitMillis = now;
      client.reply().fit();
    }
  }

  /** Clients that need a smaller buffer for so many milliseconds give the rest of it back. */
  public void fitRepliesAfter(long millis) {
    replyPeakMillis = millis;
  }

  // ---- clients

  private @Nullable String refusal(Link link) {
    if (clients.size() >= config.maxClients) {
      return "-ERR max number of clients reached\r\n";
    }
    boolean isOpenToAll =
        acl.defaultUser().noPassword && config.get("protected-mode").equals("yes");
    return isOpenToAll && !link.isLocal() ? PROTECTED : null;
  }

  /** A connection has been accepted; null if there are too many, and then it was told so. */
  @Nullable Client accept(Link link) {
    String refusal = refusal(link);
    if (refusal != null) {
      stats.rejectedConnections++;
      byte[] error = refusal.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
      link.send(error, 0, error.length);
      link.finish();
      return null;
    }
    clock.advance();
    stats.connections++;
    var client = new Client(++clientIds, link, databases.get(0), acl.defaultUser(), clock.millis());
    client.loggedIn = acl.defaultUser().noPassword && acl.defaultUser().on;
    client.reply().limit(this::replyBytesMax);
    client.requests().bulkBytesMax(config.protoMaxBulkBytes);
    client.requests().loggedIn(client.loggedIn);
    clients.put(client.id(), client);
    return client;
  }

  /** The primary of this replica, as a client: what it sends is run without checks. */
  public Client primaryClient(Link link, int db) {
    var client =
        new Client(++clientIds, link, databases.get(db), acl.defaultUser(), clock.millis());
    client.loggedIn = true;
    client.isMaster = true;
    client.requests().bulkBytesMax(Long.MAX_VALUE);
    clients.put(client.id(), client);
    return client;
  }

  /** What opens connections to other servers. */
  void dialer(Dialer by) {
    dialer = by;
  }

  /** Whether the network is there already. */
  public boolean canDial() {
    return dialer != null;
  }

  /** Opens a connection; the peer is told how it went. */
  public Link dial(String host, int port, int timeoutMillis, Dialer.Peer peer) {
    Dialer by = dialer;
    assert by != null : "canDial is asked before";
    return by.dial(host, port, timeoutMillis, peer);
  }

  /** The server has become a replica, or a primary again: as {@code replicaof} shows it. */
  public void roleSetting(String hostAndPort) {
    config.setting("replicaof").value = hostAndPort;
  }

  /** Those who wait for keys would wait for ever on a replica. */
  public void endWaiting() {
    for (Client client : blocked.all()) {
      blocked.unblock(client);
      client
          .reply()
          .error(
              "UNBLOCKED force unblock from blocking operation, instance state changed (master ->"
                  + " replica?)");
      closeWhenSent(client);
    }
  }

  /** Closes the connection when all that it was sent has left. */
  public void closeWhenSent(Client client) {
    client.closeWhenSent = true;
    flushLater(client);
  }

  /** A failover begins: writes wait until {@link #unpauseWrites}. */
  public void pauseWrites() {
    pause.begin(Long.MAX_VALUE, false);
  }

  public void unpauseWrites() {
    pause.end();
  }

  /** Replicas have said how far they are. */
  public void replicasConfirmed() {
    for (Client client : blocked.all()) {
      Waiting w = client.waiting;
      if (w != null && w.replicas > 0 && replication.confirmed(w.offset) >= w.replicas) {
        blocked.timeOut(w);
      }
    }
  }

  /** A socket has room again. */
  void writable(Client client) {
    if (client.isReplica) {
      replication.writable();
    }
  }

  /** A client that has no connection, for a script, a file or the primary. */
  public Client internalClient() {
    var client =
        new Client(++clientIds, Link.NONE, databases.get(0), acl.defaultUser(), clock.millis());
    client.loggedIn = true;
    client.reply().limit(Server::heapQuarter);
    return client;
  }

  Collection<Client> clients() {
    return clients.values();
  }

  @Nullable Client client(long id) {
    return clients.get(id);
  }

  boolean needsLogin(Client client) {
    Acl.User anybody = acl.defaultUser();
    return !(anybody.on && anybody.noPassword && client.user == anybody);
  }

  /** The peer has gone. */
  void disconnected(Client client) {
    if (!client.closed) {
      forget(client);
      if (!dispatcher.isRunning()) { // else a script looks at the sockets, and is half done
        endTurn();
      }
    }
  }

  /** Ends the connection at once. */
  public void close(Client client) {
    if (!client.closed) {
      forget(client);
      client.link().abort();
    }
  }

  private void forget(Client client) {
    client.closed = true;
    clients.remove(client.id());
    toFlush.remove(client);
    toResume.remove(client);
    if (client.isBlocked()) {
      blocked.unblock(client);
      toResume.remove(client);
    }
    watchers.unwatch(client);
    pubSub.forget(client);
    tracking.disable(client);
    monitor.remove(client);
    pause.forget(client);
    replication.forget(client);
    memory.forget(client);
    if (client.session != null) {
      client.session.vanished();
    }
    assert client.waiting == null && client.transaction.watches.isEmpty() : "a key still knows it";
    assert !toFlush.contains(client) && !toResume.contains(client) : "it would be served again";
  }

  long memoryOf(Client client) {
    return 1024
        + client.requests().memoryBytes()
        + client.outputMemoryBytes()
        + client.transaction.queuedBytes
        + client.transaction.watchedBytes()
        + client.subscriptions.bytes()
        + client.tracking.prefixBytes();
  }

  // ---- what changes

  private KeyEvents events() {
    return new KeyEvents() {
      @Override
      public void changed(Database db, byte[] key) {
        watchers.changed(db, key);
        blocked.changed(db, key);
        tracking.changed(dispatcher.current(), key);
        memory.touched();
      }

      @Override
      public void expired(Database db, byte[] key) {
        stats.expiredKeys++;
        propagateDeletion(db, key);
        notifications.event('x', "expired", key, db.index());
      }

      @Override
      public void flushed(Database db) {
        watchers.flushed(db, db);
        blocked.signalAll(db);
        memory.mustLook();
      }

      @Override
      public void added(Database db, byte[] key, Object value) {
        if (value instanceof ListValue
            || value instanceof ZsetValue
            || value instanceof StreamValue) {
          blocked.signal(db, key);
        }
        notifications.event('n', "new", key, db.index());
      }

      @Override
      public void lookedUp(boolean found) {
        if (found) {
          stats.hits++;
        } else {
          stats.misses++;
        }
      }
    };
  }

  /** A value that clients may wait for got more: lists and sorted sets tell by being added. */
  public void signal(Database db, byte[] key, Aggregate value) {
    blocked.signal(db, key);
  }

  /** A key was taken out by the server itself. */
  void propagateDeletion(Database db, byte[] key) {
    dirty++;
    boolean lazy = config.yes("lazyfree-lazy-expire");
    propagator.add(db.index(), Call.words(lazy ? "UNLINK" : "DEL", key));
  }

  /** The value of a setting. */
  public String setting(String name) {
    return config.get(name);
  }

  /** A file of redis.conf: names that do not begin at the root are in {@code dir}. */
  java.nio.file.Path inFolder(String name) {
    return java.nio.file.Path.of(config.get("dir")).resolve(name);
  }

  public systems.redis.types.Limits limits() {
    return config.limits;
  }

  /** Code of the function libraries, for a snapshot. */
  public List<byte[]> libraryCodes() {
    return scripts.libraryCodes();
  }

  /** Loads the function libraries of a snapshot. */
  public void loadLibraries(List<byte[]> codes, boolean replacing) {
    scripts.loadLibraries(codes, replacing);
  }

  /** Before all data is loaded anew. */
  public void clearLibraries() {
    scripts.clearLibraries();
  }

  /** Lets the loop turn once more instead of sleeping. */
  public void again() {
    loop.execute(this::endTurn);
  }

  public boolean hasSavePoints() {
    return !config.savePoints.isEmpty();
  }

  /** Whether the changes since the last snapshot are many enough for the time that has passed. */
  public boolean isSavePointReached(long sinceMillis) {
    for (Config.SavePoint point : config.savePoints) {
      if (dirty >= point.changes() && sinceMillis > point.seconds() * 1000 && dirty > 0) {
        return true;
      }
    }
    return false;
  }

  /** Runs the action when a setting changes; and now. */
  public void onSetting(String name, Consumer<String> action) {
    config.bind(name, action);
  }

  /** Before the first load is through. */
  public boolean isStarting() {
    return starting;
  }

  public boolean isInTransaction() {
    return dispatcher.isInTransaction();
  }

  /** Ends the process at once: going on would break a promise. */
  public void halt() {
    Runtime.getRuntime().halt(1);
  }

  /** Loads the data; the server is ready then. */
  public void start() throws java.io.IOException {
    boolean fromSnapshot = config.get("appendonly").equals("no");
    persistence.load();
    starting = false;
    replication.start(fromSnapshot);
  }

  /** What ends the process, when a command asked for it. */
  public void onExit(Runnable action) {
    shutdown.onExit(action);
  }

  /** Whether writes stand still until replicas have them. */
  public boolean isEnding() {
    return shutdown.leftMillis() >= 0;
  }

  /** SIGTERM: {@code done} hears, now or later, whether all was saved. Command thread. */
  public void terminate(java.util.function.Consumer<Boolean> done) {
    shutdown.terminate(done);
  }

  /** HELP of a command with subcommands. */
  public void help(Call call) {
    Help.reply(call);
  }

  /** DEBUG SET-DISABLE-DENY-SCRIPTS: for tests of the replies that scripts see. */
  public void allowAllInScripts(boolean yes) {
    scripts.allowAll(yes);
  }

  /** DEBUG CONFIG-REWRITE-FORCE-ALL. */
  public void rewriteWholeConfig(Call call) {
    new ConfigCommands(this).rewrite(call, true);
  }

  /** DEBUG SLEEP: holds the command thread. */
  public void sleep(Call call) {
    ServerCommands.sleep(call);
  }

  /** Whether SORT may look at keys that the command line does not name. */
  public boolean mayReadAllKeys(Client client) {
    return client.user.readsAllKeys();
  }

  /** Longest string that a command may make. */
  public long bulkBytesMax() {
    return Math.min(config.protoMaxBulkBytes, STRING_BYTES_MAX);
  }

  /** Whether an eviction policy notes the use of each key, so that values cannot be shared. */
  public boolean marksEachKey() {
    String policy = config.maxMemoryPolicy;
    return memory.isLimited() && (policy.endsWith("lru") || policy.endsWith("lfu"));
  }

  /** How the end of a key is propagated. */
  public String deleteCommand() {
    return config.yes("lazyfree-lazy-expire") ? "UNLINK" : "DEL";
  }

  void dirty(long changes) {
    dirty += changes;
  }

  /** Changes since the last snapshot. */
  public long dirty() {
    return dirty;
  }

  public void dirtyReset(long saved) {
    dirty -= saved;
  }

  public boolean isLoading() {
    return loading || starting;
  }

  public void loading(boolean yes) {
    loading = yes;
    databases.pauseExpiry(yes);
    propagator.suspend(yes);
  }

  /** Adds someone who gets all changes. */
  public void addSink(Sink sink) {
    propagator.addSink(
        new Propagator.Sink() {
          @Override
          public int target() {
            return sink.target();
          }

          @Override
          public boolean isOpen() {
            return sink.isOpen();
          }

          @Override
          public void take(int db, byte[][] words) {
            sink.take(db, words);
          }
        });
  }

  /** Gets all changes in their order. */
  public interface Sink {
    int FILE = 1;
    int REPLICAS = 2;

    /** Which of the two it is: a script may leave one of them out. */
    int target();

    boolean isOpen();

    void take(int db, byte[][] words);
  }

  /** Whether there is a command of that name. */
  public boolean isCommand(byte[] name) {
    return table.find(name) != null;
  }

  /** Runs a command of a file, without checks and without propagation. */
  public void replay(Client client, byte[][] args) {
    client.fromFile = true;
    dispatcher.request(client, args);
    client.reply().clear();
  }

  // ---- gates

  void denied(Client client, Acl.Refused refused, String context) {
    switch (refused.denial()) {
      case AUTH -> stats.aclDeniedAuth++;
      case COMMAND -> stats.aclDeniedCommand++;
      case KEY -> stats.aclDeniedKey++;
      case CHANNEL -> stats.aclDeniedChannel++;
    }
    acl.note(
        refused.denial().text,
        context,
        refused.object(),
        client.user.name(),
        ClientCommands.line(this, client),
        clock.millis());
  }

  /** What a setting of {@code no}, {@code local} or {@code yes} allows this client. */
  boolean mayUse(String setting, Client client) {
    String value = config.get(setting);
    return value.equals("yes") || value.equals("local") && client.link().isLocal();
  }

  void checkProtected(Client client, Command command) {
    String name =
        command.name().startsWith("debug") ? "enable-debug-command" : "enable-module-command";
    if (!mayUse(name, client)) {
      String what = command.name().startsWith("debug") ? "DEBUG" : "MODULE";
      throw ErrorReply.err(
          what
              + " command not allowed. If the "
              + name
              + " option is set to \"local\", you can run"
              + " it from a local connection, otherwise you need to set this option in the"
              + " configuration file, and then restart the server.");
    }
  }

  void checkWritable(Command command, boolean writes) {
    String problem = persistence.writeProblem();
    if (problem != null && !isReplica()) {
      throw new ErrorReply(problem);
    }
    long needed = config.number("min-replicas-to-write");
    if (writes && needed > 0 && !isReplica() && goodReplicas() < needed) {
      throw new ErrorReply("NOREPLICAS Not enough good replicas to write.");
    }
  }

  void checkReplica(Command command, byte[][] args, boolean writes, boolean staleQueue) {
    if (!isReplica()) {
      return;
    }
    if (writes && config.yes("replica-read-only")) {
      throw new ErrorReply("READONLY You can't write against a read only replica.");
    }
    boolean servesOld = (scripts.flags(command, args) & Flag.STALE.bit()) != 0;
    if (isStaleReplica() && (staleQueue || !servesOld)) {
      throw new ErrorReply(
          "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.");
    }
  }

  void checkBusy(Client client, Command command) {
    if (scripts.isBusy() && !command.has(Flag.ALLOW_BUSY)) {
      throw scripts.busy();
    }
  }

  public boolean isReplica() {
    return replication.isReplica();
  }

  int goodReplicas() {
    return replication.good();
  }

  long replicationBufferBytes() {
    return replication.bufferBytes();
  }

  void replicationInfo(Map<String, Object> f) {
    replication.info(f);
  }

  @Nullable String replicaOfText() {
    String text = config.get("replicaof");
    return text.isEmpty() ? null : text;
  }

  int scriptCount() {
    return scripts.count();
  }

  int functionCount() {
    return scripts.functionCount();
  }

  int libraryCount() {
    return scripts.libraryCount();
  }

  Scripts scripts() {
    return scripts;
  }

  boolean isStaleReplica() {
    return replication.isStale() && !config.yes("replica-serve-stale-data");
  }

  /** Serves others while data is loaded; most of them get LOADING. */
  public void turnWhileLoading() {
    replication.onLoadProgress();
    turnWhileBusy();
  }

  /** Serves others while a script runs too long; they get BUSY. */
  void turnWhileBusy() {
    busyTurn.run();
    runReceived();
    sendReplies();
  }

  /** Takes what has come, and runs none of it: while a script that is debugged stands. */
  void lookAtSockets() {
    busyTurn.run();
  }

  /** The server is about to end, and a script that stands would hold it up. From any thread. */
  void endDebugging() {
    scripts.endDebugging();
  }

  /** This server is for one script that is debugged: no files, no sockets, no loop. */
  void beginApart(Scripts.Rules rules) {
    starting = false;
    scripts.rules(rules);
    clock.advance();
  }

  /** A script that had run too long is over. */
  void scriptEnded() {
    execute(() -> {});
  }

  void onBusyTurn(Runnable turn) {
    busyTurn = turn;
  }

  /**
   * Counts a value that was left to the garbage collector as Redis would leave it to a thread: one
   * of so many elements that freeing them one by one would hold up the others.
   */
  public void leftToCollector(Object value) {
    boolean big =
        value instanceof Aggregate aggregate
            && aggregate.size() > LAZY_ELEMENTS_MIN
            && !aggregate.encoding().equals("listpack");
    if (big) {
      stats.lazilyFreed++;
    }
  }

  boolean ignoresMaxMemory() {
    return isReplica() && config.yes("replica-ignore-maxmemory");
  }

  long nowMicros() {
    var now = java.time.Instant.now();
    return now.getEpochSecond() * 1_000_000 + now.getNano() / 1000;
  }
}
