package systems.redis.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Reply;

/**
 * The way of a request from its words to its effects.
 *
 * <pre>
 *   look up -> arity -> login, rights -> memory -> disk, replicas, read only -> subscriber's context
 *     -> loading, busy, paused -> queued by MULTI | run
 *   run: time stands still -> command -> count, slow log -> propagate -> serve who waits -> tracking
 * </pre>
 *
 * <p>A command's error, thrown or found by a gate, is its reply, and in a transaction it makes EXEC
 * fail. A bug in a command, any other exception, is the client's error reply and a line in the log:
 * the loop goes on, and what the command had counted as changed is propagated, so that replicas do
 * not drift.
 */
final class Dispatcher {
  private static final int UNKNOWN_ARGS_BYTES_MAX = 128;

  private final Server server;
  private boolean inTransaction;
  private int depth;
  private @Nullable Client current;
  private @Nullable Call currentCall; // not one of a script, but the one that runs the script

  Dispatcher(Server server) {
    this.server = server;
  }

  boolean isInTransaction() {
    return inTransaction;
  }

  boolean isRunning() {
    return depth > 0;
  }

  /** The client whose command runs, or null. */
  @Nullable Client current() {
    return current;
  }

  // ---- a request

  /** Runs or queues a client's request; writes its reply unless it has to wait. */
  void request(Client client, byte[][] args) {
    if (args.length == 0) {
      return;
    }
    if (client.replies == Client.Replies.SKIP_NEXT) {
      client.replies = Client.Replies.SKIP;
    } else if (client.replies == Client.Replies.SKIP) {
      client.replies = Client.Replies.ON;
    }
    int mark = client.reply().mark();
    server.clock().advance();
    client.lastSeenMillis = server.clock().millis();
    dispatch(client, args);
    boolean silent =
        client.replies != Client.Replies.ON && client.replies != Client.Replies.SKIP_NEXT;
    if (silent && !isPush(client.lastCommand)) {
      client.reply().reset(mark);
    }
  }

  /** What these say is no reply to them: it comes even if the client wants no replies. */
  private static boolean isPush(@Nullable Command command) {
    return command != null && command.name().endsWith("subscribe");
  }

  private void dispatch(Client client, byte[][] args) {
    Command command;
    try {
      command = find(args);
      client.lastCommand = command;
      gates(client, command, args);
    } catch (ErrorReply e) {
      reject(client, args, e.text());
      return;
    }
    if (server.pause().holds(client, command, args)) {
      server.pause().postpone(client, args);
      return;
    }
    if (client.transaction.isOpen() && !runsInMulti(command)) {
      client.transaction.queue(command, args, server.scripts().flags(command, args));
      client.reply().queued();
      return;
    }
    runTop(client, command, args);
  }

  private static boolean runsInMulti(Command command) {
    return switch (command.name()) {
      case "exec", "discard", "multi", "watch", "quit", "reset" -> true;
      default -> false;
    };
  }

  /** The command of these words, with its arity checked. */
  Command find(byte[][] args) {
    Command command = server.table().find(args[0]);
    if (command == null) {
      throw unknown(args);
    }
    if (command.isContainer() && args.length > 1) {
      String sub = new String(args[1], ISO_8859_1).toLowerCase(Locale.ROOT);
      Command inside = command.subcommands.get(sub);
      if (inside == null && !command.hasFunction()) {
        throw ErrorReply.err(
            "unknown subcommand '"
                + Call.shown(args[1])
                + "'. Try "
                + command.name().toUpperCase(Locale.ROOT)
                + " HELP.");
      }
      command = inside == null ? command : inside;
    }
    if (!command.spec().isArity(args.length) || !command.hasFunction()) {
      throw new ErrorReply(Call.arityText(command.name()));
    }
    return command;
  }

  private static ErrorReply unknown(byte[][] args) {
    var text = new StringBuilder();
    for (int i = 1; i < args.length && text.length() < UNKNOWN_ARGS_BYTES_MAX; i++) {
      String arg = new String(args[i], ISO_8859_1);
      int room = UNKNOWN_ARGS_BYTES_MAX - text.length();
      text.append('\'').append(arg, 0, Math.min(arg.length(), room)).append("' ");
    }
    return ErrorReply.err(
        "unknown command '" + Call.shown(args[0]) + "', with args beginning with: " + text);
  }

  private void reject(Client client, byte[][] args, String error) {
    client.transaction.breakOff();
    Command command = server.table().find(args[0]);
    if (command != null && isExec(command) && client.transaction.isOpen()) {
      endTransaction(client);
      client.reply().error("EXECABORT Transaction discarded because of: " + error);
      server.stats().error("EXECABORT");
      count(command);
      return;
    }
    if (client.lastCommand != null && command != null) {
      count(commandOf(args, command));
    }
    client.reply().error(error);
    server.stats().error(error);
    complain(client, error);
  }

  /** An error of what the primary has sent: its data and ours may differ from now on. */
  private void complain(Client client, String error) {
    if (client.isMaster) {
      Command command = client.lastCommand;
      String name = command == null ? "<unknown>" : command.spec().name();
      server.stats().unexpectedErrors++;
      server
          .log()
          .warn(
              "== CRITICAL == This replica is sending an error to its master: '"
                  + error
                  + "' after processing the command '"
                  + name
                  + "'");
    }
  }

  private static Command commandOf(byte[][] args, Command command) {
    if (args.length > 1 && command.isContainer()) {
      String sub = new String(args[1], ISO_8859_1).toLowerCase(Locale.ROOT);
      return command.subcommands.getOrDefault(sub, command);
    }
    return command;
  }

  private static void count(Command command) {
    command.rejected++;
  }

  private static boolean isExec(Command command) {
    return command.name().equals("exec");
  }

  void endTransaction(Client client) {
    client.transaction.close();
    server.watchers().unwatch(client); //~ phase 3 keepsWatching: assert client.id() >= 0;
  }

  // ---- gates

  private void gates(Client client, Command command, byte[][] args) {
    if (client.fromFile || client.isMaster) {
      return;
    }
    if (!client.loggedIn && !command.has(Flag.NO_AUTH) && server.needsLogin(client)) {
      throw new ErrorReply("NOAUTH Authentication required.");
    }
    if (client.transaction.isOpen() && command.has(Flag.NO_MULTI)) {
      throw ErrorReply.err("Command not allowed inside a transaction");
    }
    checkRights(client, command, args);
    boolean writes = command.has(Flag.WRITE) || isExec(command) && queued(client, Flag.WRITE);
    boolean grows = command.has(Flag.DENYOOM) || isExec(command) && queued(client, Flag.DENYOOM);
    checkMemory(client, command, args, grows);
    if (command.has(Flag.PROTECTED)) {
      server.checkProtected(client, command);
    }
    if (writes) {
      server.checkWritable(command, true);
    }
    if (client.subscriptions.count() > 0 && client.reply().version() == 2) {
      checkSubscriber(command);
    }
    if (client.isReplica && touchesKeys(command)) {
      throw ErrorReply.err("Replica can't interact with the keyspace");
    }
    server.checkReplica(command, args, writes, isExec(command) && isStaleQueue(client));
    if (isLoadingFor(command)) {
      throw new ErrorReply("LOADING Redis is loading the dataset in memory");
    }
    server.checkBusy(client, command);
  }

  private boolean isLoadingFor(Command command) {
    if (server.isLoading() || server.replication().isReplacing(false)) {
      return !command.has(Flag.LOADING);
    }
    return command.has(Flag.NO_ASYNC_LOADING) && server.replication().isReplacing(true);
  }

  private static boolean touchesKeys(Command command) {
    return command.has(Flag.WRITE) || command.has(Flag.READONLY) || command.has(Flag.MAY_REPLICATE);
  }

  private static boolean queued(Client client, Flag flag) {
    return client.transaction.isOpen() && client.transaction.hasFlag(flag);
  }

  private static boolean isStaleQueue(Client client) {
    return client.transaction.queued().stream().anyMatch(q -> !q.command().has(Flag.STALE));
  }

  void checkRights(Client client, Command command, byte[][] args) {
    Acl.Refused refused = client.user.check(command, args);
    if (refused != null) {
      server.denied(client, refused, context(client));
      throw refused.reply(command);
    }
  }

  private String context(Client client) {
    return client.fromScript
        ? "lua"
        : inTransaction || client.transaction.isOpen() ? "multi" : "toplevel";
  }

  private void checkMemory(Client client, Command command, byte[][] args, boolean grows) {
    if (server.memory().isLimited() && !client.fromScript) {
      boolean fits = server.memory().makeRoom();
      if (depth == 0) {
        server.propagator().flushEach();
      }
      if (client.closed) {
        return;
      }
      boolean queueGrows =
          client.transaction.isOpen() && !runsInMulti(command) && command.has(Flag.DENYOOM);
      if (!fits && (grows || queueGrows)) {
        throw new ErrorReply("OOM command not allowed when used memory > 'maxmemory'.");
      }
      if (grows) {
        server.memory().grows(command, args);
      }
    }
  }

  private static void checkSubscriber(Command command) {
    //> phase 3: what may a connection of RESP2 still ask for?
    switch (command.name()) {
      case "ping",
          "subscribe",
          "ssubscribe",
          "psubscribe",
          "unsubscribe",
          "sunsubscribe",
          "punsubscribe",
          "quit",
          "reset" -> {}
      default ->
          throw ErrorReply.err(
              "Can't execute '"
                  + command.name()
                  + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed"
                  + " in this context");
    }
    //< phase 3
  }

  // ---- running

  private void runTop(Client client, Command command, byte[][] args) {
    long before = server.replication().offset();
    run(client, command, args);
    if (touchesAnyKey(command) && depth == 0) {
      server.propagator().flushEach();
    }
    afterTop();
    long after = server.replication().offset();
    if (after != before) {
      client.writeOffset = after;
    }
  }

  /** It may come across keys whose time is over, and they have nothing to do with each other. */
  private static boolean touchesAnyKey(Command command) {
    return command.name().equals("scan") || command.name().equals("randomkey");
  }

  /** What has to follow a command, a transaction, or a reply that was late. */
  void afterTop() {
    if (depth > 0) {
      return; // a script that takes too long, and somebody asks meanwhile
    }
    server.propagator().flush();
    while (server.blocked().hasReady()) {
      server.clock().advance(); // who waits sees the time after the command, not before
      server.blocked().serveReady();
      server.propagator().flush();
    }
    server.tracking().commandEnded();
  }

  /** Runs a checked command: from a request, a transaction, a script, a file or the primary. */
  void run(Client client, Command command, byte[][] args) {
    var call = new Call(server, client, command, args);
    Call outer = currentCall; // the one that runs the script, if this one is of a script
    if (Monitor.isShownFirst(command)) {
      server.monitor().feed(client, command, args);
    }
    int propagated = server.propagator().mark();
    int errorsBefore = client.reply().errors();
    long began = System.nanoTime();
    boolean refused = invoke(call);
    long nanos = System.nanoTime() - began;
    boolean failed = refused || !isExec(command) && client.reply().errors() != errorsBefore;
    if (!Monitor.isShownFirst(command)) {
      server.monitor().feed(client, command, args); // EXEC is shown behind its commands
    }
    account(client, command, args, nanos, failed);
    propagate(call, propagated);
    track(client, command, client.fromScript && outer != null ? outer : call);
  }

  /** Runs the command's function while time stands still; whether it has thrown an error reply. */
  private boolean invoke(Call call) {
    Client client = call.client();
    Client before = current;
    current = client.fromScript && before != null ? before : client;
    Call callBefore = currentCall;
    currentCall = client.fromScript ? callBefore : call;
    if (depth++ == 0) {
      server.clock().hold();
    }
    int mark = client.reply().mark();
    try {
      call.command().function().run(call);
      return false;
    } catch (ErrorReply e) {
      fail(client.reply(), mark, e.text());
      complain(client, e.text());
      return true;
    } catch (RuntimeException | StackOverflowError | AssertionError e) {
      String counted = e instanceof RuntimeException r ? Scripts.uncounted(r) : null;
      if (counted != null) {
        call.reply().reset(mark);
        call.reply().error(counted);
      } else {
        bug(call.command(), call.reply(), mark, e);
      }
      return false;
    } finally {
      current = before;
      currentCall = callBefore;
      if (--depth == 0) {
        server.clock().release();
      }
    }
  }

  private void bug(Command command, Reply reply, int mark, Throwable e) {
    server.log().warn("command " + command.name() + " failed by a bug", e);
    server.stats().unexpectedErrors++;
    fail(reply, mark, "ERR internal error, see the server's log");
  }

  private void fail(Reply reply, int mark, String text) {
    reply.reset(mark);
    reply.error(text);
    server.stats().error(text);
  }

  private void account(Client client, Command command, byte[][] args, long nanos, boolean failed) {
    long micros = nanos / 1000;
    command.calls++;
    command.micros += micros;
    if (failed) {
      command.failed++;
    }
    if (client.waiting != null) {
      return; // its time counts when it ends
    }
    record(command, micros);
    if (!isExec(command)) {
      server.latency().add(command.has(Flag.FAST) ? "fast-command" : "command", micros / 1000);
    }
    server.slowLog().add(client, command, args, micros);
    server.stats().commands++;
  }

  private void record(Command command, long micros) {
    if (server.config().latencyTracking) {
      Histogram histogram = command.latencies;
      if (histogram == null) {
        histogram = new Histogram();
        command.latencies = histogram;
      }
      histogram.record(micros);
    }
  }

  private void propagate(Call call, int mark) {
    if (call.changes() > 0) {
      server.dirty(call.changes());
    }
    boolean wanted = (call.changes() > 0 || call.isForced()) && !call.isSilent();
    if (wanted && !call.command().name().equals("exec")) {
      server.propagator().insert(mark, call.db().index(), call.propagated());
    }
  }

  /** A client has read keys; one that runs a script, those that it has declared. */
  private void track(Client client, Command command, Call call) {
    Client reader = call.client();
    boolean reads = command.has(Flag.READONLY) && !Monitor.isShownFirst(command);
    if (reads && reader.tracking.isOn() && !reader.tracking.isBroadcast()) {
      server.tracking().read(reader, call.command(), call.args());
    }
    boolean keepsCaching =
        command.name().equals("client|caching") || inTransaction || client.transaction.isOpen();
    if (!keepsCaching && !client.fromScript) {
      client.tracking.caching = false; //~ phase 3 staysOptedIn: assert client.id() >= 0;
    }
  }

  // ---- transactions

  void exec(Client client) {
    //> phase 3: in which order: forget the watches, run the queue, say that nothing waits?
    Transaction transaction = client.transaction;
    Reply reply = client.reply();
    var queued = new java.util.ArrayList<>(transaction.queued());
    endTransactionKeepingQueue(client);
    boolean before = inTransaction; // of a client whose command loads data, and serves this one
    inTransaction = true;
    try {
      reply.array(queued.size());
      for (Transaction.Queued q : queued) {
        runQueued(client, q);
      }
    } finally {
      inTransaction = before;
      client.tracking.caching = false;
    }
    //< phase 3
  }

  private void endTransactionKeepingQueue(Client client) {
    server.watchers().unwatch(client);
    client.transaction.close();
  }

  private void runQueued(Client client, Transaction.Queued q) {
    try {
      if (!client.fromFile && !client.isMaster) {
        checkRights(client, q.command(), q.args()); //~ phase 5 checksOnce: assert depth > 0;
      }
    } catch (ErrorReply e) {
      String why = e.text().substring(e.text().indexOf(' ') + 1);
      client.reply().error("NOPERM " + why);
      server.stats().error("NOPERM");
      return;
    }
    run(client, q.command(), q.args());
  }

  // ---- who waited

  /** Serves a client that waits; its reply, statistics and propagation are a command's. */
  void serveBlocked(Waiting w, java.util.function.BooleanSupplier attempt) {
    assert depth == 0 : "in the middle of a command nobody is served";
    Client client = w.client;
    server.clock().advance();
    Client before = current;
    current = client;
    depth++;
    server.clock().hold();
    int mark = client.reply().mark();
    long began = System.nanoTime();
    boolean served;
    try {
      served = attempt.getAsBoolean();
    } catch (ErrorReply e) {
      fail(client.reply(), mark, e.text());
      w.command.failed++;
      served = true;
    } finally {
      current = before;
      depth--;
      server.clock().release();
    }
    if (served) {
      server.blocked().unblock(client);
      long micros = (System.nanoTime() - began) / 1000;
      w.command.micros += micros;
      record(w.command, micros);
      server.slowLog().add(client, w.command, w.words, micros);
      server.propagator().flush();
      server.flushLater(client);
    }
  }
}
