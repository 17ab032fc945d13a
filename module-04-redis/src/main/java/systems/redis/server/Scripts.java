package systems.redis.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.resp.Reply;
import systems.redis.resp.RequestReader;
import systems.redis.script.Debugger;
import systems.redis.script.LuaRuntime;
import systems.redis.script.RedisApi;
import systems.redis.script.ScriptException;

/**
 * Scripts and functions: EVAL and its relatives, SCRIPT, FUNCTION, FCALL.
 *
 * <p>A script runs on the command thread as one command: nobody sees a state in between, and nobody
 * is served meanwhile. After {@code busy-reply-threshold} milliseconds the loop is let turn, so
 * that others get BUSY, and SCRIPT KILL ends a script that has not written yet; one that has can
 * only be ended with the server, since half of it must not stay.
 *
 * <p>What a script changes is propagated as the commands that it ran, in one transaction, so that a
 * replica needs no Lua.
 */
final class Scripts {
  private record Cached(LuaRuntime.Script script, byte[] code, Flags flags) {}

  /** What the first line of a script, {@code #!lua flags=...}, says of it. */
  record Flags(boolean declared, boolean noWrites, boolean allowOom, boolean allowStale) {
    static final Flags NONE = new Flags(false, false, false, false);

    static Flags of(List<String> words) {
      return new Flags(
          true,
          words.contains("no-writes"),
          words.contains("allow-oom") || words.contains("no-writes"),
          words.contains("allow-stale"));
    }
  }

  private record Library(byte[] name, byte[] code, Map<Bytes, LuaRuntime.Function> functions) {}

  /** While a script runs too long, others are answered so often. */
  private static final int LOOK_MILLIS = 5;

  private final Server server;
  private final LuaRuntime lua;
  private final Map<String, Cached> cache = new LinkedHashMap<>();
  private Map<Bytes, Library> libraries = new LinkedHashMap<>();
  private @Nullable Run running;
  private boolean allowAll;
  private boolean refusesWrites; // as the replica does that this server stands for
  private @Nullable Log logInstead;
  private int sessions; // private ones
  private volatile @Nullable DebugSession standing; // one that holds this thread

  Scripts(Server server) {
    this.server = server;
    lua =
        ServiceLoader.load(LuaRuntime.class)
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no LuaRuntime on the class path"));
  }

  /** What a server says to a script beyond its data, for one that stands for it. */
  record Rules(boolean allowAll, boolean refusesWrites, Log log) {}

  void rules(Rules rules) {
    allowAll = rules.allowAll;
    refusesWrites = rules.refusesWrites;
    logInstead = rules.log;
  }

  void allowAll(boolean yes) {
    allowAll = yes;
  }

  int count() {
    return cache.size();
  }

  int libraryCount() {
    return libraries.size();
  }

  int functionCount() {
    return libraries.values().stream().mapToInt(l -> l.functions.size()).sum();
  }

  List<byte[]> libraryCodes() {
    return libraries.values().stream().map(Library::code).toList();
  }

  void register(CommandTable table) {
    table.on("eval", call -> eval(call, false));
    table.on("eval_ro", call -> eval(call, true));
    table.on("evalsha", call -> evalSha(call, false));
    table.on("evalsha_ro", call -> evalSha(call, true));
    table.on("script|load", this::load);
    table.on("script|exists", this::exists);
    table.on("script|flush", this::flush);
    table.on("script|kill", call -> kill(call, false));
    table.on("script|debug", this::debug);
    table.on("script|help", Help::reply);
    table.on("function|load", this::loadLibrary);
    table.on("function|delete", this::deleteLibrary);
    table.on("function|flush", this::flushLibraries);
    table.on("function|list", this::listLibraries);
    table.on("function|stats", this::stats);
    table.on("function|kill", call -> kill(call, true));
    table.on("function|dump", this::dump);
    table.on("function|restore", this::restore);
    table.on("function|help", Help::reply);
    table.on("fcall", call -> functionCall(call, false));
    table.on("fcall_ro", call -> functionCall(call, true));
  }

  // ---- EVAL

  static String sha1(byte[] code) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(code));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("each Java has SHA-1", e);
    }
  }

  private Cached cached(byte[] code) {
    String sha = sha1(code);
    Cached there = cache.get(sha);
    if (there == null) {
      there = compile(code);
      cache.put(sha, there);
    }
    return there;
  }

  private Cached compile(byte[] code) {
    //> phase 6: what does the first line say, and why does it stay?
    Flags flags = Flags.NONE;
    byte[] body = code;
    if (code.length > 1 && code[0] == '#' && code[1] == '!') {
      String text = new String(code, ISO_8859_1);
      int end = text.indexOf('\n');
      if (end < 0) {
        throw ErrorReply.err("Invalid script shebang");
      }
      flags = shebang(text.substring(0, end));
      body = text.substring(end).getBytes(ISO_8859_1); // the line stays, for line numbers
    }
    try {
      return new Cached(lua.compile(body, "user_script"), code, flags);
    } catch (ScriptException e) {
      throw new ErrorReply(e.text());
    }
    //< phase 6
  }

  private static Flags shebang(String line) {
    //> phase 6: an engine and flags; which ones are there?
    String[] words = line.trim().split(" +");
    if (!words[0].equals("#!lua")) {
      throw ErrorReply.err("Unexpected engine in script shebang: " + words[0].substring(2));
    }
    List<String> flags = List.of();
    for (int i = 1; i < words.length; i++) {
      if (!words[i].startsWith("flags=")) {
        throw ErrorReply.err("Unknown lua shebang option: " + words[i]);
      }
      String list = words[i].substring(6);
      flags = list.isEmpty() ? List.of() : List.of(list.split(","));
      for (String flag : flags) {
        if (!List.of("no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys")
            .contains(flag)) {
          throw ErrorReply.err("Unexpected flag in script shebang: " + flag);
        }
      }
    }
    return Flags.of(flags);
    //< phase 6
  }

  /** The flags of a command; of one that runs a script, those that the script has declared. */
  long flags(Command command, byte[][] args) {
    long flags = command.spec().flags;
    boolean runs =
        command.name().startsWith("eval") || command.name().startsWith("fcall"); // and their _RO
    if (!runs || args.length < 3) {
      return flags;
    }
    //> phase 6: a script declares what it does; what follows for the command that runs it?
    Flags declared =
        switch (command.name()) {
          case "eval", "eval_ro" -> declared(args[1]);
          case "evalsha", "evalsha_ro" -> {
            Cached script = cache.get(new String(args[1], ISO_8859_1).toLowerCase(Locale.ROOT));
            yield script == null ? Flags.NONE : script.flags;
          }
          case "fcall", "fcall_ro" -> {
            LuaRuntime.Function function = find(args[1]);
            yield function == null ? Flags.NONE : Flags.of(function.flags());
          }
          default -> Flags.NONE;
        };
    if (!declared.declared) {
      return flags;
    }
    flags &= ~(Flag.MAY_REPLICATE.bit() | Flag.STALE.bit());
    return flags
        | (declared.noWrites ? 0 : Flag.WRITE.bit())
        | (declared.allowOom ? 0 : Flag.DENYOOM.bit())
        | (declared.allowStale ? Flag.STALE.bit() : 0);
    //< phase 6 with: return flags;
  }

  private static Flags declared(byte[] code) {
    String text = new String(code, ISO_8859_1);
    int end = text.indexOf('\n');
    try {
      return text.startsWith("#!") && end > 0 ? shebang(text.substring(0, end)) : Flags.NONE;
    } catch (ErrorReply e) {
      return Flags.NONE; // it is told when the script is to run
    }
  }

  private void eval(Call call, boolean readOnly) {
    Client client = call.client();
    if (client.session != null) { // within it
      evalNow(call, readOnly);
      return;
    }
    switch (client.scriptDebug) {
      case OFF -> evalNow(call, readOnly);
      case SYNC -> DebugSession.runHere(server, call, () -> evalNow(call, readOnly));
      case PRIVATE -> evalApart(call);
    }
  }

  private void evalApart(Call call) {
    if (sessions >= DebugSession.SESSIONS_MAX) {
      throw ErrorReply.err("too many scripts are being debugged");
    }
    boolean noWrites = server.isReplica() && server.config().yes("replica-read-only");
    DebugSession.runApart(
        server, call, namedKeys(call), new Rules(allowAll, noWrites, server.log()));
    sessions++;
  }

  void standing(@Nullable DebugSession session) {
    standing = session;
  }

  /** A script that is debugged here stops no more. From any thread. */
  void endDebugging() {
    DebugSession session = standing;
    if (session != null) {
      session.vanished();
    }
  }

  void sessionEnded() {
    sessions--;
    assert sessions >= 0;
  }

  /** The keys of EVAL, or none if its words are wrong: that is told within the session. */
  private static List<byte[]> namedKeys(Call call) {
    try {
      int keys = checkKeys(call);
      return List.of(slice(call, 3, 3 + keys));
    } catch (ErrorReply e) {
      return List.of();
    }
  }

  private void evalNow(Call call, boolean readOnly) {
    checkKeys(call);
    byte[] code = call.arg(1);
    Cached script = cached(code);
    run(call, script.script, script.flags, readOnly, sha1(code), false);
  }

  private void evalSha(Call call, boolean readOnly) {
    //> phase 6: what if nobody has sent the script yet?
    if (call.client().scriptDebug != DebugSession.Mode.OFF) {
      throw ErrorReply.err("Please use EVAL instead of EVALSHA for debugging");
    }
    checkKeys(call);
    String sha = call.text(1).toLowerCase(Locale.ROOT); //~ exactHash: String sha = call.text(1);
    Cached script = cache.get(sha);
    if (script == null) {
      throw new ErrorReply("NOSCRIPT No matching script. Please use EVAL.");
    }
    run(call, script.script, script.flags, readOnly, sha, false);
    //< phase 6
  }

  private static int checkKeys(Call call) {
    long keys = call.integer(2);
    if (keys > call.count() - 3) {
      throw ErrorReply.err("Number of keys can't be greater than number of args");
    }
    if (keys < 0) {
      throw ErrorReply.err("Number of keys can't be negative");
    }
    return (int) keys;
  }

  private static byte[][] slice(Call call, int from, int to) {
    return java.util.Arrays.copyOfRange(call.args(), from, to);
  }

  private void run(
      Call call,
      LuaRuntime.Script script,
      Flags flags,
      boolean readOnly,
      String name,
      boolean isFunction) {
    //> phase 6: what is checked before, what is propagated instead, what if it fails half-way?
    checkState(call, flags, readOnly);
    int keys = checkKeys(call);
    call.propagateNothing();
    var run = new Run(call, flags, readOnly, name, isFunction);
    Run before = running;
    running = run;
    Reply out = call.reply();
    try {
      script.run(run, slice(call, 3, 3 + keys), slice(call, 3 + keys, call.count()), out);
    } catch (ScriptException e) {
      String place = e.place() == null ? "" : ", on " + e.place() + ".";
      String text = e.text() + " script: " + name + place;
      throw e.ignoredInStats() ? new Uncounted(text) : new ErrorReply(text);
    } catch (RedisApi.ScriptKilled e) {
      throw new ErrorReply(String.valueOf(e.getMessage()));
    } finally {
      running = before;
      run.end();
    }
    //< phase 6
  }

  /** An error that was counted when the script's command failed. */
  private static final class Uncounted extends RuntimeException {
    private static final long serialVersionUID = 1;

    Uncounted(String text) {
      super(text, null, false, false);
    }
  }

  /** The error's text if it is one of a script that was counted already. */
  static @Nullable String uncounted(RuntimeException e) {
    return e instanceof Uncounted ? e.getMessage() : null;
  }

  private void checkState(Call call, Flags flags, boolean readOnly) {
    //> phase 6: what does a script promise that declares its flags?
    if (!flags.declared || call.client().fromFile) {
      return;
    }
    if (readOnly && !flags.noWrites) {
      throw ErrorReply.err("Can not execute a script with write flag using *_ro command.");
    }
    boolean writes = !flags.noWrites;
    if (writes && server.isReplica() && server.config().yes("replica-read-only")) {
      throw new ErrorReply("READONLY You can't write against a read only replica.");
    }
    if (writes) {
      server.checkWritable(call.command(), true);
    }
    if (!flags.allowOom && server.memory().isLimited() && !server.memory().makeRoom()) {
      throw new ErrorReply(
          "OOM allow-oom flag is not set on the script, can not run it when used memory >"
              + " 'maxmemory'");
    }
    //< phase 6
  }

  // ---- a run

  /** A script that runs: what it asks of the server. */
  final class Run implements RedisApi {
    private final Client client;
    private final Client caller;
    private final boolean readOnly;
    private final String name;
    private final boolean isFunction;
    private final byte[][] words;
    private final long startedNanos = System.nanoTime();
    private final boolean oomAtStart;
    private boolean wrote;
    private boolean killed;
    private long lookedMillis;
    private boolean timedOut;

    Run(Call call, Flags flags, boolean readOnly, String name, boolean isFunction) {
      caller = call.client();
      client = server.internalClient();
      client.fromScript = true;
      client.user = caller.user;
      client.isMaster = caller.isMaster;
      client.fromFile = caller.fromFile;
      client.select(caller.db());
      this.readOnly = readOnly || flags.noWrites; //~ phase 6 mayWrite: this.readOnly = readOnly;
      this.name = name;
      this.isFunction = isFunction;
      words = call.args();
      oomAtStart = server.memory().isLimited() && !flags.declared && !server.memory().makeRoom();
    }

    void end() {
      if (timedOut) {
        server.log().warn("Lua slow script ended after " + millis() + " ms: " + name);
        server.scriptEnded();
      }
    }

    long millis() {
      return (System.nanoTime() - startedNanos) / 1_000_000;
    }

    @Override
    public byte[] call(byte[][] args) {
      //> phase 6: the same way as a client's request; what is different?
      Reply reply = client.reply();
      reply.clear();
      Debugger debugger = debugger();
      if (debugger != null) {
        debugger.command(args);
      }
      boolean ran = false;
      try {
        Command command = server.dispatcher().find(args);
        client.lastCommand = command;
        try {
          check(command, args);
        } catch (ErrorReply e) {
          command.rejected++;
          throw e;
        }
        if (command.has(Flag.WRITE)) {
          wrote = true; //~ killsWriters: wrote = false;
        }
        if (caller.session != null) {
          caller.session.touching(server, command, args);
        }
        server.dispatcher().run(client, command, args);
        ran = true;
        if (reply.isFull()) {
          reply.clear();
          throw ErrorReply.err("the reply is too long for a script");
        }
      } catch (ErrorReply e) {
        String text = e.text();
        reply.error(unknownInScript(text));
        server.stats().error(text);
      }
      byte[] bytes = reply.toBytes();
      if (debugger != null) {
        show(debugger, bytes, ran);
      }
      return bytes;
      //< phase 6
    }

    @Override
    public @Nullable Debugger debugger() {
      return caller.session == null || isFunction ? null : caller.session.debugger();
    }

    private static void show(Debugger debugger, byte[] reply, boolean ran) {
      String error = reply[0] == '-' ? new String(reply, 1, reply.length - 3, ISO_8859_1) : null;
      if (error != null && !ran) {
        debugger.refused(error);
        return;
      }
      if (error != null) {
        debugger.error(error);
      }
      debugger.reply(reply);
    }

    private static String unknownInScript(String text) {
      if (text.startsWith("ERR unknown command")) {
        return "ERR Unknown Redis command called from script";
      }
      if (text.startsWith("ERR wrong number of arguments for")) {
        return "ERR Wrong number of args calling Redis command from script";
      }
      return text;
    }

    private void check(Command command, byte[][] args) {
      //> phase 6: which commands, on which server, with which memory?
      if (command.has(Flag.NOSCRIPT) && !allowAll) {
        throw ErrorReply.err("This Redis command is not allowed from script");
      }
      if (client.fromFile) {
        return;
      }
      checkRights(command, args);
      if (client.isMaster) {
        return;
      }
      boolean writes = command.has(Flag.WRITE) || command.has(Flag.MAY_REPLICATE);
      if (writes && readOnly) {
        throw ErrorReply.err("Write commands are not allowed from read-only scripts.");
      }
      writes = command.has(Flag.WRITE);
      boolean isReplica = server.isReplica() && server.config().yes("replica-read-only");
      if (writes && (isReplica || refusesWrites)) {
        throw new ErrorReply("READONLY You can't write against a read only replica.");
      }
      if (writes) {
        server.checkWritable(command, true);
      }
      if (command.has(Flag.DENYOOM) && oomAtStart && !wrote) {
        throw new ErrorReply("OOM command not allowed when used memory > 'maxmemory'.");
      }
      if (server.isStaleReplica() && !command.has(Flag.STALE)) {
        throw ErrorReply.err("Can not execute the command on a stale replica");
      }
      //< phase 6
    }

    private void checkRights(Command command, byte[][] args) {
      Acl.Refused refused = client.user.check(command, args);
      if (refused == null) {
        return;
      }
      server.denied(client, refused, "lua");
      throw ErrorReply.err(
          switch (refused.denial()) {
            case COMMAND, AUTH ->
                "The user executing the script can't run this command or subcommand";
            case KEY ->
                "The user executing the script can't access at least one of the keys mentioned in"
                    + " the command arguments";
            case CHANNEL ->
                "The user executing the script can't publish to the channel mentioned in the"
                    + " command";
          });
    }

    @Override
    public void failed(String error) {
      server.stats().error(error);
    }

    @Override
    public int version() {
      return client.reply().version();
    }

    @Override
    public void version(int v) {
      client.reply().version(v);
    }

    @Override
    public void log(int level, byte[] text) {
      String line = new String(text, ISO_8859_1);
      Log log = logInstead == null ? server.log() : logInstead;
      switch (level) {
        case 0 -> log.debug(line);
        case 1 -> log.verbose(line);
        case 2 -> log.notice(line);
        default -> log.warn(line);
      }
    }

    @Override
    public void setReplication(int replicationFlags) {
      server.propagator().select(replicationFlags);
    }

    @Override
    public boolean isAllowed(byte[][] args) {
      Command command;
      try {
        command = server.dispatcher().find(args);
      } catch (ErrorReply e) {
        throw new IllegalArgumentException(e.text(), e);
      }
      return caller.user.check(command, args) == null;
    }

    @Override
    public void check() {
      if (killed && !client.fromFile) {
        throw new ScriptKilled(
            isFunction
                ? "ERR Error running script: Function killed by user with FUNCTION KILL."
                : "ERR Error running script: Script killed by user with SCRIPT KILL...");
      }
      Debugger debugger = debugger();
      if (debugger != null) {
        debugger.tick(); // it has a limit of its own: a client that thinks is no slow script
        return;
      }
      long limit = server.config().number("lua-time-limit");
      if (limit > 0 && millis() > limit && !caller.isMaster) {
        if (!timedOut) {
          timedOut = true;
          server
              .log()
              .warn(
                  "Slow script detected: still in execution after "
                      + millis()
                      + " milliseconds. Script name is: "
                      + name);
        }
        if (millis() - lookedMillis >= LOOK_MILLIS) {
          lookedMillis = millis();
          server.turnWhileBusy();
        }
      }
    }
  }

  /** Whether others have to be told that a script runs too long. */
  boolean isBusy() {
    return running != null && running.timedOut;
  }

  /** What others are told meanwhile. */
  ErrorReply busy() {
    String how = running != null && running.isFunction ? "FUNCTION KILL" : "SCRIPT KILL";
    return new ErrorReply(
        "BUSY Redis is busy running a script. You can only call " + how + " or SHUTDOWN NOSAVE.");
  }

  // ---- SCRIPT

  private void load(Call call) {
    byte[] code = call.arg(2);
    cached(code);
    call.reply().bulk(sha1(code));
  }

  private void exists(Call call) {
    //> phase 6: one number each
    call.reply().array(call.count() - 2);
    for (int i = 2; i < call.count(); i++) {
      call.reply().integer(cache.containsKey(call.text(i).toLowerCase(Locale.ROOT)) ? 1 : 0);
    }
    //< phase 6
  }

  private void flush(Call call) {
    //> phase 6: what else has the old state?
    if (call.count() > 3 || call.count() == 3 && !call.is(2, "SYNC") && !call.is(2, "ASYNC")) {
      throw ErrorReply.err("SCRIPT FLUSH only support SYNC|ASYNC option");
    }
    cache.clear();
    lua.reset();
    reloadLibraries();
    call.reply().ok();
    //< phase 6
  }

  private void reloadLibraries() {
    Map<Bytes, Library> old = libraries;
    libraries = new LinkedHashMap<>();
    old.values().forEach(library -> install(library.code, false, libraries));
  }

  private void debug(Call call) {
    //> phase 6: three modes; what may not wait for the client in the same connection?
    DebugSession.Mode mode =
        switch (call.text(2).toUpperCase(Locale.ROOT)) {
          case "NO" -> DebugSession.Mode.OFF;
          case "YES" -> DebugSession.Mode.PRIVATE;
          case "SYNC" -> DebugSession.Mode.SYNC;
          default -> throw ErrorReply.err("Use SCRIPT DEBUG YES/SYNC/NO");
        };
    if (mode != DebugSession.Mode.OFF && !call.reply().isEmpty()) {
      throw ErrorReply.err("SCRIPT DEBUG must be called outside a pipeline");
    }
    call.client().scriptDebug = mode;
    call.reply().ok();
    //< phase 6
  }

  private void kill(Call call, boolean function) {
    //> phase 6: whose script is it, and what has it done already?
    Run run = running;
    if (run == null) {
      throw new ErrorReply("NOTBUSY No scripts in execution right now.");
    }
    if (run.isFunction != function) {
      throw busy();
    }
    if (run.caller.isMaster) {
      throw new ErrorReply(
          "UNKILLABLE The busy script was sent by a master instance in the context of replication"
              + " and cannot be killed.");
    }
    if (run.wrote) {
      throw new ErrorReply(
          "UNKILLABLE Sorry the script already executed write commands against the dataset. You can"
              + " either wait the script termination or kill the server in a hard way using the"
              + " SHUTDOWN NOSAVE command.");
    }
    run.killed = true;
    call.reply().ok();
    //< phase 6
  }

  boolean hasWritten() {
    return running != null && running.wrote;
  }

  // ---- FUNCTION

  private void loadLibrary(Call call) {
    boolean replace = false;
    int at = 2;
    if (call.count() > 3) {
      replace = call.is(2, "REPLACE");
      if (!replace || call.count() > 4) {
        throw ErrorReply.err("Unknown option given: " + call.text(2));
      }
      at = 3;
    }
    byte[] name = install(call.arg(at), replace, libraries);
    call.changed(1);
    call.propagateAlways();
    call.reply().bulk(name);
  }

  /** Adds a library; all of it or nothing. */
  private byte[] install(byte[] code, boolean replace, Map<Bytes, Library> into) {
    //> phase 6: all of a library or nothing; whose names are taken?
    String text = new String(code, ISO_8859_1);
    String metadata = metadata(code);
    int end = metadata.length() + 2;
    byte[] name = libraryName(metadata);
    var key = new Bytes(name);
    if (into.containsKey(key) && !replace) {
      throw ErrorReply.err("Library '" + new String(name, ISO_8859_1) + "' already exists");
    }
    Map<Bytes, LuaRuntime.Function> functions = new LinkedHashMap<>();
    try {
      lua.load(
          text.substring(end).getBytes(ISO_8859_1),
          "user_function",
          new LoadLimit(),
          function -> add(function, functions));
    } catch (ScriptException e) {
      throw new ErrorReply(e.text());
    } catch (RedisApi.ScriptKilled e) {
      throw ErrorReply.err("FUNCTION LOAD timeout");
    }
    if (functions.isEmpty()) { //~ emptyLibrary: if (code.length == 0) {
      throw ErrorReply.err("No functions registered");
    }
    into.forEach((other, library) -> {
      if (!other.equals(key)) {
        functions.forEach((folded, function) -> {
          if (library.functions.containsKey(folded)) {
            throw ErrorReply.err(
                "Function " + new String(function.name(), ISO_8859_1) + " already exists");
          }
        });
      }
    });
    into.put(key, new Library(name, code, functions));
    return name;
    //< phase 6
  }

  /** The first line, without {@code #!}. */
  private static String metadata(byte[] code) {
    String text = new String(code, ISO_8859_1);
    if (!text.startsWith("#!")) {
      throw ErrorReply.err("Missing library metadata");
    }
    int end = text.indexOf('\n');
    if (end < 0) {
      throw ErrorReply.err("Invalid library metadata");
    }
    return text.substring(2, end);
  }

  private static void add(LuaRuntime.Function function, Map<Bytes, LuaRuntime.Function> functions) {
    checkName(function.name());
    if (functions.putIfAbsent(folded(function.name()), function) != null) {
      throw new IllegalArgumentException("Function already exists in the library");
    }
  }

  /** Functions are found by their names in any case. */
  private static Bytes folded(byte[] name) {
    return new Bytes(new String(name, ISO_8859_1).toLowerCase(Locale.ROOT).getBytes(ISO_8859_1));
  }

  private static void checkName(byte[] name) {
    boolean fits = name.length > 0;
    for (byte b : name) {
      fits &= b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z';
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "Library names can only contain letters, numbers, or underscores(_) and must be at least"
              + " one character long");
    }
  }

  private static byte[] libraryName(String metadata) {
    //> phase 6: engine, name, and nothing else
    List<byte[]> split = RequestReader.Words.split(metadata.getBytes(ISO_8859_1));
    if (split == null) {
      throw ErrorReply.err("Invalid library metadata");
    }
    boolean unnamed = metadata.isEmpty() || metadata.charAt(0) <= ' ';
    String[] words =
        Stream.concat(
                unnamed ? Stream.of("") : Stream.of(),
                split.stream().map(word -> new String(word, ISO_8859_1)))
            .toArray(String[]::new);
    if (!words[0].equalsIgnoreCase("lua")) {
      throw ErrorReply.err("Engine '" + words[0] + "' not found");
    }
    String name = null;
    for (int i = 1; i < words.length; i++) {
      if (!words[i].toLowerCase(Locale.ROOT).startsWith("name=")) {
        throw ErrorReply.err("Invalid metadata value given: " + words[i]);
      }
      if (name != null) {
        throw ErrorReply.err("Invalid metadata value, name argument was given multiple times");
      }
      name = words[i].substring(5);
    }
    if (name == null) {
      throw ErrorReply.err("Library name was not given");
    }
    if (!name.matches("[A-Za-z0-9_]+")) {
      throw ErrorReply.err(
          "Library names can only contain letters, numbers, or underscores(_) and must be at least"
              + " one character long");
    }
    return name.getBytes(ISO_8859_1);
    //< phase 6
  }

  /** A library's top level has half a second. */
  private static final class LoadLimit implements RedisApi {
    private static final long NANOS_MAX = 500_000_000L;
    private final long began = System.nanoTime();

    @Override
    public byte[] call(byte[][] words) {
      throw new AssertionError("a library cannot call while it is loaded");
    }

    @Override
    public void failed(String error) {}

    @Override
    public int version() {
      return 2;
    }

    @Override
    public void version(int v) {}

    @Override
    public void log(int level, byte[] text) {}

    @Override
    public void setReplication(int flags) {}

    @Override
    public boolean isAllowed(byte[][] words) {
      return false;
    }

    @Override
    public void check() {
      if (System.nanoTime() - began > NANOS_MAX) {
        throw new ScriptKilled("FUNCTION LOAD timeout");
      }
    }
  }

  private void deleteLibrary(Call call) {
    //> phase 6: what if there is none?
    if (libraries.remove(new Bytes(call.arg(2))) == null) {
      throw ErrorReply.err("Library not found");
    }
    call.changed(1);
    call.propagateAlways();
    call.reply().ok();
    //< phase 6
  }

  private void flushLibraries(Call call) {
    if (call.count() > 3) {
      throw call.wrongArityOfSubcommand("flush");
    }
    if (call.count() == 3 && !call.is(2, "SYNC") && !call.is(2, "ASYNC")) {
      throw ErrorReply.err("FUNCTION FLUSH only supports SYNC|ASYNC option");
    }
    libraries.clear();
    call.changed(1);
    call.propagateAlways();
    call.reply().ok();
  }

  private void listLibraries(Call call) {
    boolean withCode = false;
    byte[] pattern = null;
    for (int i = 2; i < call.count(); i++) {
      if (!withCode && call.is(i, "WITHCODE")) {
        withCode = true;
      } else if (pattern == null && call.is(i, "LIBRARYNAME")) {
        if (i + 1 == call.count()) {
          throw ErrorReply.err("library name argument was not given");
        }
        pattern = call.arg(++i);
      } else {
        throw ErrorReply.err("Unknown argument " + call.text(i));
      }
    }
    byte[] glob = pattern;
    List<Library> shown =
        libraries.values().stream()
            .filter(l -> glob == null || Glob.matchesAnyCase(glob, l.name))
            .toList();
    call.reply().array(shown.size());
    for (Library library : shown) {
      describe(call.reply(), library, withCode);
    }
  }

  private static void describe(Reply reply, Library library, boolean withCode) {
    reply.map(withCode ? 4 : 3);
    reply.bulk("library_name");
    reply.bulk(library.name);
    reply.bulk("engine");
    reply.bulk("LUA");
    reply.bulk("functions");
    reply.array(library.functions.size());
    for (LuaRuntime.Function function : library.functions.values()) {
      reply.map(3);
      reply.bulk("name");
      reply.bulk(function.name());
      reply.bulk("description");
      if (function.description().length == 0) {
        reply.nil();
      } else {
        reply.bulk(function.description());
      }
      reply.bulk("flags");
      reply.set(function.flags().size());
      function.flags().forEach(reply::status);
    }
    if (withCode) {
      reply.bulk("library_code");
      reply.bulk(library.code);
    }
  }

  private void stats(Call call) {
    Reply reply = call.reply();
    reply.map(2);
    reply.bulk("running_script");
    Run run = running;
    if (run == null) {
      reply.nil();
    } else {
      reply.map(3);
      reply.bulk("name");
      reply.bulk(run.name);
      reply.bulk("command");
      reply.array(run.words.length);
      for (byte[] word : run.words) {
        reply.bulk(word);
      }
      reply.bulk("duration_ms");
      reply.integer(run.millis());
    }
    reply.bulk("engines");
    reply.map(1);
    reply.bulk("LUA");
    reply.map(2);
    reply.bulk("libraries_count");
    reply.integer(libraryCount());
    reply.bulk("functions_count");
    reply.integer(functionCount());
  }

  private void dump(Call call) {
    call.reply().bulk(server.persistence().dumpLibraries(libraryCodes()));
  }

  private void restore(Call call) {
    //> phase 6: what stays of the libraries that are there?
    String policy = call.count() > 3 ? call.text(3).toUpperCase(Locale.ROOT) : "APPEND";
    if (call.count() > 4) {
      throw ErrorReply.err(
          "unknown subcommand or wrong number of arguments for 'restore'. Try FUNCTION HELP.");
    }
    if (!List.of("APPEND", "REPLACE", "FLUSH").contains(policy)) {
      throw ErrorReply.err(
          "Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.");
    }
    List<byte[]> codes = server.persistence().parseLibraries(call.arg(2));
    Map<Bytes, Library> target =
        policy.equals("FLUSH") ? new LinkedHashMap<>() : new LinkedHashMap<>(libraries);
    codes.forEach(code -> restore(code, policy.equals("REPLACE"), target));
    libraries = target;
    call.changed(1);
    call.propagateAlways();
    call.reply().ok();
    //< phase 6
  }

  private void restore(byte[] code, boolean replace, Map<Bytes, Library> into) {
    var key = new Bytes(libraryName(metadata(code)));
    if (into.containsKey(key) && !replace) {
      throw ErrorReply.err("Library " + new String(key.bytes(), ISO_8859_1) + " already exists");
    }
    install(code, replace, into);
  }

  void loadLibraries(List<byte[]> codes, boolean replace) {
    codes.forEach(code -> install(code, replace, libraries));
  }

  void clearLibraries() {
    libraries.clear();
  }

  private void functionCall(Call call, boolean readOnly) {
    //> phase 6: how is a function different from a script?
    LuaRuntime.Function function = find(call.arg(1));
    if (function == null) {
      throw ErrorReply.err("Function not found");
    }
    if (!Numbers.isLong(call.arg(2))) {
      throw ErrorReply.err("Bad number of keys provided");
    }
    Flags flags = Flags.of(function.flags());
    run(call, function.body(), flags, readOnly, new String(function.name(), ISO_8859_1), true);
    //< phase 6
  }

  private LuaRuntime.@Nullable Function find(byte[] name) {
    Bytes key = folded(name);
    for (Library library : libraries.values()) {
      LuaRuntime.Function function = library.functions.get(key);
      if (function != null) {
        return function;
      }
    }
    return null;
  }
}
