package systems.redis.server;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import systems.redis.db.Database;
import systems.redis.resp.ErrorReply;
import systems.redis.script.Debugger;
import systems.redis.script.LuaRuntime;
import systems.redis.script.RedisApi;

/**
 * A client that debugs one EVAL: its connection belongs to the debugger until the script is over,
 * and is closed then.
 *
 * <pre>
 *   SCRIPT DEBUG YES                                    SCRIPT DEBUG SYNC
 *
 *   command thread          session's thread            command thread
 *   EVAL -- KEYS -------->  a server of its own         EVAL: the script itself runs here;
 *   others are served       empty, without sockets      at a stop it looks at the sockets
 *     bytes  ------------>  debugger, script            every other millisecond, and
 *     values, when asked ->   first touch of a key      runs nothing of what has come
 *     &lt;------------ lines, reply                        to others
 *   close                   thrown away                 close; what has changed stays
 * </pre>
 *
 * <p>Redis forks for the first: the child has all data as it was, and what it changes dies with it.
 * A JVM cannot fork, and a copy of all data would cost as much memory again, for a script that
 * touches three keys. So the session gets a server that is empty, and fetches a key's value, as
 * DUMP makes it, when a command of the script is about to touch it. Undoing on the command thread
 * was rejected: a command has no inverse, others would see what was not undone yet, and a client
 * that thinks would stop them all.
 *
 * <p>Contract of a private session: (1) other clients are served, and see nothing of it; (2) what
 * the script writes it reads again, and all of it is gone at the end; (3) the keys that EVAL has
 * named are as they were in one moment, when it began; another key is as it was when the script
 * first touched it, where Redis' child would have it from the beginning; (4) a command that looks
 * at all keys, KEYS or SORT by a pattern, fetches all of them, some hundred in each turn of the
 * loop; (5) the session's time stands still, as for any script. It knows the rights of its user as
 * they were, no other clients, no replicas, no limit of memory but {@link #COPY_PART} of the heap
 * for its copy, and no history: OBJECT IDLETIME and FREQ begin anew, encodings are those of a value
 * that was loaded, PUBLISH reaches nobody, INFO tells of the session.
 *
 * <p>A client that vanishes ends a private session at once. In the other mode the script goes on to
 * its end without stops, as in Redis, but an endless one is ended after {@code lua-time-limit}.
 *
 * <p>{@link #received}, {@link #vanished} and what touches the {@code Client} run on the command
 * thread; the rest on that of the script, which is the same in the second mode.
 */
final class DebugSession implements Debugger.Peer {
  /** What SCRIPT DEBUG has said. */
  enum Mode {
    OFF,
    PRIVATE,
    SYNC
  }

  static final int SESSIONS_MAX = 16;
  private static final int ARRIVED_BYTES_MAX = 4 << 20;
  private static final int COPY_PART = 8;
  private static final int KEYS_A_TURN = 200;
  private static final int LOOK_NANOS = 2_000_000;
  private static final int PATIENCE_MILLIS = 50;

  /**
   * Settings that change what a command does to a value or replies; the others are of the outside.
   */
  private static final String SETTINGS =
      "(hash|set|zset|list|stream|hll|lfu|lazyfree)-.*|databases|dir|loglevel|proto-max-bulk-len"
          + "|maxmemory-policy|lua-time-limit|slowlog-.*";

  /** A value on its way; no payload: there is no such key. */
  private record Copied(int db, byte[] key, byte[] payload, long expiresAt) {}

  private final Server server;
  private final Client client;
  private final Mode mode;
  private final Debugger debugger;
  private final ByteArrayOutputStream arrived = new ByteArrayOutputStream(); // guarded by this
  private volatile boolean gone;

  private final Set<Bytes> known = new HashSet<>(); // keys that were fetched, or are not there
  private boolean knowsAll;
  private long copiedBytes;

  private DebugSession(Server server, Client client, Mode mode, byte[] code) {
    this.server = server;
    this.client = client;
    this.mode = mode;
    debugger =
        new Debugger(
            this, Scripts.sha1(code), code, () -> server.config().number("lua-time-limit"));
  }

  Debugger debugger() {
    return debugger;
  }

  // ---- both modes

  private static DebugSession begin(Server server, Call call, Mode mode) {
    Client client = call.client();
    if (!call.reply().isEmpty()) {
      throw ErrorReply.err("EVAL must be called outside a pipeline while scripts are debugged");
    }
    var session = new DebugSession(server, client, mode, call.arg(1));
    assert client.session == null;
    client.session = session;
    return session;
  }

  /** Runs the script here, while all others wait; its reply is the call's. */
  static void runHere(Server server, Call call, Runnable eval) {
    DebugSession session = begin(server, call, Mode.SYNC);
    server.scripts().standing(session);
    try {
      eval.run();
    } finally {
      server.scripts().standing(null);
      session.debugger.end();
      call.client().closeWhenSent = true;
    }
  }

  /** Bytes have come from the client. */
  synchronized void received(byte[] bytes, int from, int to) {
    if (arrived.size() + to - from > ARRIVED_BYTES_MAX) {
      gone = true; // nobody types that much
    } else {
      arrived.write(bytes, from, to - from);
    }
    notifyAll();
  }

  synchronized void vanished() {
    gone = true;
    notifyAll();
  }

  @Override
  public byte @Nullable [] read() {
    byte[] bytes = take();
    while (bytes == null && !gone) {
      pause();
      bytes = take();
    }
    return bytes;
  }

  private synchronized byte @Nullable [] take() {
    if (arrived.size() == 0) {
      return null;
    }
    byte[] bytes = arrived.toByteArray();
    arrived.reset();
    return bytes;
  }

  private void pause() {
    if (mode == Mode.SYNC) {
      server.lookAtSockets();
      gone |= !client.link().isOpen();
      LockSupport.parkNanos(LOOK_NANOS);
      return;
    }
    synchronized (this) {
      try {
        while (arrived.size() == 0 && !gone) {
          wait(PATIENCE_MILLIS);
        }
      } catch (InterruptedException e) {
        gone = true;
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void send(byte[] bytes) {
    if (mode == Mode.SYNC) {
      client.link().send(bytes, 0, bytes.length);
    } else {
      onCommandThread(() -> reply(bytes));
    }
  }

  private void reply(byte[] bytes) {
    if (!client.closed) {
      server.replyLater(client, reply -> reply.raw(bytes));
    }
  }

  @Override
  public boolean isGone() {
    return gone;
  }

  @Override
  public boolean isPrivate() {
    return mode == Mode.PRIVATE;
  }

  private void onCommandThread(Runnable task) {
    try {
      server.execute(task);
    } catch (RejectedExecutionException ended) {
      gone = true;
    }
  }

  // ---- a private session

  /** Facts of the server that the session begins with. Made on the command thread. */
  private record Origin(
      Map<String, String> settings,
      List<String[]> renames,
      Acl.User user,
      int db,
      int version,
      Scripts.Rules rules) {}

  /** Begins a session on a thread of its own; the client hears of it, not of this call. */
  static void runApart(Server server, Call call, List<byte[]> keys, Scripts.Rules rules) {
    DebugSession session = begin(server, call, Mode.PRIVATE);
    Client client = call.client();
    Map<String, String> settings = new LinkedHashMap<>();
    for (Setting setting : server.config().all()) {
      if (setting.name.matches(SETTINGS)) {
        settings.put(setting.name, setting.value);
      }
    }
    var origin =
        new Origin(
            settings,
            List.copyOf(server.config().renames),
            client.user.copy(),
            call.db().index(),
            call.reply().version(),
            rules);
    List<Copied> first = session.copyNamed(keys);
    byte[][] words = call.args();
    Runnable life = () -> session.live(origin, first, words);
    var thread = new Thread(null, life, "lua-debugger", LuaRuntime.STACK_BYTES);
    thread.setDaemon(true);
    thread.start();
  }

  private List<Copied> copyNamed(List<byte[]> keys) {
    try {
      return copy(unknown(keys));
    } catch (ErrorReply tooLarge) {
      client.session = null;
      throw tooLarge;
    }
  }

  private List<byte[]> unknown(List<byte[]> keys) {
    return keys.stream().filter(key -> known.add(new Bytes(key))).toList();
  }

  private void live(Origin origin, List<Copied> first, byte[][] words) {
    byte[] last;
    try {
      last = run(origin, first, words);
    } catch (RuntimeException | Error bug) {
      server.log().warn("a debugging session failed by a bug", bug);
      last =
          "-ERR internal error, see the server's log\r\n"
              .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }
    byte[] reply = last;
    onCommandThread(() -> {
      server.scripts().sessionEnded();
      reply(reply);
      if (!client.closed) {
        server.closeWhenSent(client);
      }
    });
  }

  private byte[] run(Origin origin, List<Copied> first, byte[][] words) {
    var config = new Config();
    origin.settings.forEach((name, value) -> config.setting(name).value = value);
    config.all().forEach(setting -> setting.onChange.accept(setting.value));
    config.renames.addAll(origin.renames);
    var own = new Server(config);
    own.beginApart(origin.rules);
    first.forEach(copied -> put(copied, own));
    Client user = own.internalClient();
    user.session = this;
    user.user = origin.user;
    user.select(own.databases().get(origin.db));
    user.reply().version(origin.version);
    own.dispatcher().run(user, own.dispatcher().find(words), words);
    debugger.end();
    return user.reply().toBytes();
  }

  /** The script is about to run a command: fetches what it may touch. */
  void touching(Server own, Command command, byte[][] words) {
    if (mode == Mode.SYNC || knowsAll) {
      return;
    }
    //> phase 6: which keys does it touch, and what if the words do not say it?
    List<Keys.Key> keys = Keys.of(command.spec(), words);
    if (keys != null && !keys.isEmpty() && !command.name().startsWith("sort")) {
      fetch(keys.stream().filter(k -> !k.isChannel()).map(k -> words[k.index()]).toList(), own);
    } else if (command.has(Flag.READONLY) || command.has(Flag.WRITE)) {
      fetchAll(own); //~ forgetsTheOthers: assert own != server;
    }
    //< phase 6
  }

  private void fetch(List<byte[]> keys, Server own) {
    List<byte[]> unknown = unknown(keys);
    if (!unknown.isEmpty()) {
      ask(() -> copy(unknown)).forEach(copied -> put(copied, own));
    }
  }

  private void fetchAll(Server own) {
    List<byte[]> all =
        ask(() -> {
          List<byte[]> keys = new ArrayList<>();
          server.databases().all().forEach(db -> keys.addAll(db.allKeys()));
          return keys;
        });
    for (int from = 0; from < all.size(); from += KEYS_A_TURN) {
      fetch(all.subList(from, Math.min(all.size(), from + KEYS_A_TURN)), own);
    }
    knowsAll = true;
  }

  /** What the command thread says. */
  private <T> T ask(Supplier<T> question) {
    var answer = new CompletableFuture<T>();
    onCommandThread(() -> {
      try {
        answer.complete(question.get());
      } catch (RuntimeException e) {
        answer.completeExceptionally(e);
      }
    });
    while (true) {
      try {
        return answer.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (gone) {
          throw new RedisApi.ScriptKilled("ERR the debugger's client has gone");
        }
      } catch (InterruptedException e) {
        gone = true;
        Thread.currentThread().interrupt();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof ErrorReply known
            ? known
            : new IllegalStateException("the server could not copy its values", e);
      }
    }
  }

  /** Command thread. The values of these keys in all databases. */
  private List<Copied> copy(List<byte[]> keys) {
    List<Copied> copies = new ArrayList<>();
    for (Database db : server.databases().all()) {
      for (byte[] key : db.size() == 0 ? List.<byte[]>of() : keys) {
        Object value = db.peek(key);
        if (value != null) {
          byte[] payload = server.persistence().dump(value);
          copiedBytes += payload.length;
          copies.add(new Copied(db.index(), key, payload, db.expiresAt(key)));
        }
      }
    }
    if (copiedBytes > Runtime.getRuntime().maxMemory() / COPY_PART) {
      throw ErrorReply.err("the values that the script touches are too large to be copied");
    }
    return copies;
  }

  private static void put(Copied copied, Server own) {
    Database db = own.databases().get(copied.db);
    db.add(copied.key, own.persistence().undump(copied.payload));
    if (copied.expiresAt >= 0) {
      db.expireAt(copied.key, copied.expiresAt);
    }
    assert db.exists(copied.key) || copied.expiresAt >= 0;
  }
}
