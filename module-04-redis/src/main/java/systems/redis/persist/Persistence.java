package systems.redis.persist;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import systems.redis.db.Database;
import systems.redis.resp.ErrorReply;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.server.Server;

/**
 * What the server does to keep its data: snapshots on demand and by save points, and the
 * append-only file. Command thread only, except for the threads that write.
 *
 * <p>What survives: with {@code appendfsync always}, every acknowledged write; with {@code
 * everysec}, all but the last two seconds as long as the disk answers; with snapshots alone, what
 * the last one holds.
 */
public final class Persistence {
  private static final long STEP_NANOS = 1_000_000;
  private static final long RETRY_MILLIS = 5_000;

  private final Server server;
  private final Aof aof;
  private final Migration migration;
  private @Nullable Snapshot running;
  private boolean scheduled;
  private boolean lastOk = true;
  private long lastSaveMillis = System.currentTimeMillis();
  private long lastTryMillis;
  private long lastDurationSeconds = -1;
  private long snapshots;
  private long sanitized;
  boolean skipsChecksums;
  private long keysLoaded;
  private long keysExpired;
  private boolean streamed; // the running snapshot goes to replicas only
  private @Nullable Consumer<Boolean> replicasWait; // for the running snapshot
  private Map<String, String> loadedFacts = Map.of();
  private List<Lost> lostAtStart = new ArrayList<>();

  public Persistence(Server server) {
    this.server = server;
    aof = new Aof(server, this);
    migration = new Migration(server);
  }

  public void register(CommandTable table) {
    table.on("save", this::save);
    table.on("bgsave", this::backgroundSave);
    table.on("lastsave", call -> call.reply().integer(lastSaveMillis / 1000));
    table.on("bgrewriteaof", aof::rewriteCommand);
    DumpCommands.register(table);
    migration.register(table);
  }

  // ---- loading

  /** At the start: the append-only file if it is on, else the snapshot. */
  public void load() throws IOException {
    long began = System.nanoTime();
    server.loading(true);
    try {
      if (server.setting("appendonly").equals("yes")) {
        aof.load();
      } else if (Files.exists(snapshotPath())) {
        loadSnapshot(snapshotPath(), false);
      }
    } catch (DamagedException e) {
      throw new IOException("Fatal error loading the DB: " + e.getMessage() + ". Exiting.", e);
    } finally {
      server.loading(false);
    }
    aof.open();
    server.dirtyReset(server.dirty());
    server
        .log()
        .notice(
            String.format(
                java.util.Locale.ROOT,
                "DB loaded from disk: %.3f seconds, %d keys",
                (System.nanoTime() - began) / 1e9,
                server.databases().totalKeys()));
  }

  Path folder() {
    return Path.of(server.setting("dir"));
  }

  void loadSnapshot(Path path, boolean replacing) throws IOException, DamagedException {
    try (InputStream file = new BufferedInputStream(Files.newInputStream(path), 1 << 16)) {
      loadSnapshot(new RdbInput(file), replacing);
    }
  }

  private void loadSnapshot(RdbInput in, boolean replacing) throws IOException, DamagedException {
    load(new RdbReader(in, server.databases(), server.limits(), server.isReplica()), replacing);
  }

  /**
   * The base of an append-only file: keys whose time has come stay, since what follows in the file
   * was run when they were there.
   */
  void loadBase(RdbInput in) throws IOException, DamagedException {
    load(new RdbReader(in, server.databases(), server.limits(), true), true);
  }

  private void load(RdbReader reader, boolean replacing) throws IOException, DamagedException {
    reader.onProgress(
        Long.parseLong(server.setting("loading-process-events-interval-bytes")),
        Long.parseLong(server.setting("key-load-delay")),
        server::turnWhileLoading);
    reader.onNote(server.log()::notice);
    if (server.isStarting()) {
      reader.onExpired((db, key) -> lost(reader, db, key));
    }
    if (replacing) {
      reader.replacing();
    }
    reader.read();
    keysLoaded = reader.loaded();
    keysExpired = reader.expired();
    loadedFacts = reader.facts();
    server.loadLibraries(reader.libraries(), replacing);
    server
        .log()
        .notice(
            "Done loading RDB, keys loaded: "
                + reader.loaded()
                + ", keys expired: "
                + reader.expired()
                + ", empty keys skipped: "
                + reader.emptyKeys()
                + ".");
  }

  private void lost(RdbReader reader, int db, byte[] key) {
    if (reader.facts().containsKey("repl-id")) {
      lostAtStart.add(new Lost(db, key));
    }
  }

  // ---- saving

  public boolean isSaving() {
    return running != null;
  }

  Snapshot begin(Path target, boolean aofBase) {
    return begin(new Snapshot.ToFile(target), aofBase);
  }

  private Snapshot begin(Snapshot.Target target, boolean aofBase) {
    return begin(target, aofBase, Content.ALL);
  }

  private Snapshot begin(Snapshot.Target target, boolean aofBase, Content content) {
    snapshots++;
    return new Snapshot(
        content.data ? server.databases().all() : List.of(),
        target,
        aofBase && !aof.hasSnapshotBase() ? new CommandWriter(aof.stampSecond()) : rdb(aofBase),
        content.functions ? server.libraryCodes() : List.of(),
        Long.parseLong(server.setting("rdb-key-save-delay")),
        server.dirty(),
        () -> server.execute(this::afterSnapshot));
  }

  private RdbWriter rdb(boolean aofBase) {
    boolean sums = server.setting("rdbchecksum").equals("yes");
    var form =
        new RdbWriter(
            new RdbOutput(server.setting("rdbcompression").equals("yes")),
            sums ? SnapshotForm.Checksum.CRC64 : SnapshotForm.Checksum.ZERO);
    form.head(aofBase, Runtime.getRuntime().totalMemory());
    if (!aofBase) {
      server.replication().facts().forEach(form::aux);
    }
    return form;
  }

  private void save(Call call) {
    if (running != null || aof.isRewriting()) {
      throw ErrorReply.err("Background save already in progress");
    }
    if (!saveNow()) {
      throw ErrorReply.err("Errors trying to save. Check logs.");
    }
    call.reply().ok();
  }

  /**
   * A snapshot at once; false if it failed. Only one can guard the tables: one that runs is given
   * up, a rewrite comes later.
   */
  boolean saveNow() {
    abortSnapshot();
    aof.postponeRewrite();
    Snapshot snapshot = begin(snapshotPath(), false);
    snapshot.runToEnd();
    return finish(snapshot);
  }

  private boolean finish(Snapshot snapshot) {
    assert snapshot.isDone() : "its thread still writes";
    snapshot.close();
    lastTryMillis = System.currentTimeMillis();
    IOException failure = snapshot.failure();
    if (failure != null) {
      lastOk = false;
      server.log().warn("Background saving error: " + failure);
      return false;
    }
    lastOk = true;
    server.dirtyReset(snapshot.dirtyAtStart());
    lastSaveMillis = System.currentTimeMillis();
    lastDurationSeconds = (lastSaveMillis - snapshot.startedMillis()) / 1000;
    server.log().notice("DB saved on disk");
    return true;
  }

  private void backgroundSave(Call call) {
    boolean schedule = call.count() == 2 && call.is(1, "SCHEDULE");
    if (call.count() > 2 || call.count() == 2 && !schedule) {
      throw call.syntax();
    }
    if (running != null) {
      throw ErrorReply.err("Background save already in progress");
    }
    if (aof.isRewriting()) {
      if (!schedule) {
        throw ErrorReply.err(
            "Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in"
                + " order to schedule a BGSAVE whenever possible.");
      }
      scheduled = true;
      call.reply().status("Background saving scheduled");
      return;
    }
    start();
    call.reply().status("Background saving started");
  }

  private void start() {
    assert !isBusy() : "only one can walk the tables";
    scheduled = false;
    running = begin(snapshotPath(), false);
    server.log().notice("Background saving started");
    planStep();
  }

  private void planStep() {
    server.execute(this::step);
  }

  private void step() {
    Snapshot snapshot = running != null ? running : aof.snapshot();
    if (snapshot != null && !snapshot.isDone()) {
      snapshot.step(STEP_NANOS);
    }
  }

  private void afterSnapshot() {
    Snapshot snapshot = running;
    if (snapshot != null && snapshot.isDone()) {
      running = null;
      boolean ok = streamed ? finishStream(snapshot) : finish(snapshot);
      tellReplicas(ok);
    }
    aof.afterSnapshot();
  }

  /** Each turn of the loop. */
  public void beforeSleep() {
    aof.beforeSleep();
    Snapshot snapshot = running != null ? running : aof.snapshot();
    if (snapshot != null && snapshot.canStep()) {
      snapshot.step(STEP_NANOS);
      server.again();
    } else if (snapshot != null && !snapshot.isDone()) {
      server.wakeAt(System.currentTimeMillis() + 2); // the disk, or a replica, is behind
    }
  }

  // ---- for replicas

  /** Takes the bytes of a snapshot on the writer's thread, and may let it wait. */
  @FunctionalInterface
  public interface Stream {
    void write(byte[] piece) throws IOException, InterruptedException;
  }

  /** What a snapshot for a replica has in it. */
  public record Content(boolean data, boolean functions) {
    public static final Content ALL = new Content(true, true);
  }

  /** Whether a snapshot or a rewrite is running. */
  public boolean isBusy() {
    return running != null || aof.isRewriting();
  }

  /** The file that {@link #snapshotForReplicas} without a stream has written. */
  public Path snapshotPath() {
    return folder().resolve(server.setting("dbfilename"));
  }

  /**
   * Begins a snapshot into the file, or into a stream; {@code onEnd} is told whether it is good.
   * The file is what the next start loads, so it has to have all in it.
   */
  public void snapshotForReplicas(
      @Nullable Stream stream, Content content, Consumer<Boolean> onEnd) {
    assert !isBusy() : "only one can walk the tables";
    assert stream != null || content.equals(Content.ALL) : "the next start would load a part";
    replicasWait = onEnd;
    streamed = stream != null;
    Snapshot.Target target =
        stream == null ? new Snapshot.ToFile(snapshotPath()) : new ToStream(stream);
    running = begin(target, false, content);
    server
        .log()
        .notice(
            stream == null
                ? "Background saving started by pid " + ProcessHandle.current().pid()
                : "Background RDB transfer started by pid " + ProcessHandle.current().pid());
    planStep();
  }

  private record ToStream(Stream stream) implements Snapshot.Target {
    @Override
    public void open() {}

    @Override
    public void write(byte[] piece) throws IOException, InterruptedException {
      stream.write(piece);
    }

    @Override
    public void commit() {}

    @Override
    public void discard() {}

    @Override
    public boolean needsCommandThread() {
      return true;
    }
  }

  private boolean finishStream(Snapshot snapshot) {
    assert snapshot.isDone() : "its thread still writes";
    snapshot.close();
    IOException failure = snapshot.failure();
    server
        .log()
        .notice(
            "Background RDB transfer " + (failure == null ? "terminated with success" : failure));
    return failure == null;
  }

  private void tellReplicas(boolean ok) {
    Consumer<Boolean> waits = replicasWait;
    replicasWait = null;
    streamed = false;
    if (waits != null) {
      waits.accept(ok);
    }
  }

  /** Gives a running snapshot up: its data goes away, or nobody wants it any more. */
  public void abortSnapshot() {
    if (running != null) {
      running.abort();
      running = null;
      tellReplicas(false);
    }
  }

  /** All data is replaced by that of a primary, of this file. */
  public void replaceAll(Path file) throws IOException {
    abortSnapshot();
    aof.pause();
    server.loading(true);
    try {
      server.databases().clearAll();
      server.clearLibraries();
      loadSnapshot(file, false);
      server.databases().forgetOwn();
    } catch (DamagedException e) {
      server.databases().clearAll();
      throw new IOException(e.getMessage(), e);
    } finally {
      server.loading(false);
    }
  }

  /** A key of the snapshot that had expired when it was loaded. */
  public record Lost(int db, byte[] key) {}

  /** Those of the start, once: who goes on with the snapshot's history has to tell of their end. */
  public List<Lost> takeLost() {
    List<Lost> lost = lostAtStart;
    lostAtStart = new ArrayList<>();
    return lost;
  }

  /** What the last loaded snapshot says about where it came from. */
  public Map<String, String> loadedFacts() {
    return loadedFacts;
  }

  /** After {@link #replaceAll}: the append-only file begins anew with the data as it is. */
  public void resumeFile() {
    aof.resume();
  }

  /** Ten times a second. */
  public void tick() {
    aof.tick();
    migration.tick();
    if (running != null || aof.isRewriting()) {
      return;
    }
    if (scheduled) {
      start();
      return;
    }
    long now = server.clock().millis();
    boolean mayTry = lastOk || now - lastTryMillis > RETRY_MILLIS;
    if (mayTry && server.isSavePointReached(now - lastSaveMillis)) {
      server
          .log()
          .notice(
              server.dirty()
                  + " changes in "
                  + (now - lastSaveMillis) / 1000
                  + " seconds. Saving...");
      start();
    }
  }

  /** Why nothing may be written now, or null. */
  public @Nullable String writeProblem() {
    if (!lastOk
        && server.setting("stop-writes-on-bgsave-error").equals("yes")
        && server.hasSavePoints()) {
      return "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to"
          + " persist to disk. Commands that may modify the data set are disabled, because this"
          + " instance is configured to report errors during writes if RDB snapshotting fails"
          + " (stop-writes-on-bgsave-error option). Please check the Redis logs for details about"
          + " the RDB error.";
    }
    return aof.writeProblem();
  }

  /** Before the process ends; false if it must not, which {@code force} does not mind. */
  public boolean beforeExit(boolean save, boolean force) {
    if (aof.isFirstBase() && !force) {
      server.log().warn("Writing initial AOF, can't exit.");
      return false;
    }
    abortSnapshot();
    boolean saved = !save || saveNow();
    if (saved || force) {
      aof.close(); // else the server stays, and writes to it
    }
    return saved;
  }

  /**
   * FLUSHALL: a running snapshot of what is gone makes no sense; an empty one replaces the file.
   *
   * @return whether it did, and no change waits for a snapshot any more
   */
  public boolean flushedAll() {
    abortSnapshot();
    return server.hasSavePoints() && !server.isLoading() && saveNow();
  }

  // ---- DEBUG, INFO

  public void debugReload(Call call) {
    boolean save = true;
    boolean flush = true;
    boolean merge = false;
    for (int i = 2; i < call.count(); i++) {
      if (call.is(i, "NOSAVE")) {
        save = false;
      } else if (call.is(i, "NOFLUSH")) {
        flush = false;
      } else if (call.is(i, "MERGE")) {
        merge = true;
      } else {
        throw ErrorReply.err("DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
      }
    }
    if (save && !saveNow()) {
      throw ErrorReply.err("Error trying to save the DB, can't exit.");
    }
    reload(flush, merge);
    server.log().warn("DB reloaded by DEBUG RELOAD");
    call.reply().ok();
  }

  private void reload(boolean flush, boolean merge) {
    server.loading(true);
    try {
      if (flush) {
        server.databases().clearAll();
        server.clearLibraries();
      }
      loadSnapshot(snapshotPath(), merge);
    } catch (IOException | DamagedException | ErrorReply e) {
      server.log().warn("DEBUG RELOAD: " + e);
      throw ErrorReply.err("Error trying to load the RDB dump, check server logs.");
    } finally {
      server.loading(false);
    }
  }

  /** DEBUG SET-SKIP-CHECKSUM-VALIDATION: payloads are damaged on purpose. */
  public void skipChecksums(boolean yes) {
    skipsChecksums = yes;
  }

  /** DEBUG AOF-FLUSH-SLEEP: a disk that takes so long for each write. */
  public void flushSleepMicros(long micros) {
    aof.flushSleepMicros = micros;
  }

  public void debugLoadAof(Call call) {
    aof.flushNow();
    server.loading(true);
    try {
      server.databases().clearAll();
      aof.load();
    } catch (IOException | DamagedException e) {
      server.log().warn("DEBUG LOADAOF: " + e);
      throw ErrorReply.err("Error trying to load the AOF files, check server logs.");
    } finally {
      server.loading(false);
    }
    server.dirtyReset(server.dirty());
    call.reply().ok();
  }

  /** A value as DUMP gives it. */
  public byte[] dump(Object value) {
    return DumpCommands.payload(value);
  }

  /** The value of a payload that {@link #dump} has made. */
  public Object undump(byte[] payload) {
    assert DumpCommands.isIntact(payload);
    try {
      return DumpCommands.parse(payload, server.limits());
    } catch (DamagedException e) {
      throw new AssertionError("a payload of our own", e);
    }
  }

  /** Libraries as a payload, for FUNCTION DUMP. */
  public byte[] dumpLibraries(List<byte[]> codes) {
    var out = new RdbOutput(true);
    codes.forEach(code -> {
      out.u8(RdbFormat.FUNCTION_2);
      out.string(code);
    });
    return DumpCommands.finish(out);
  }

  /** The libraries of such a payload. */
  public List<byte[]> parseLibraries(byte[] payload) {
    if (!DumpCommands.isIntact(payload)) {
      throw ErrorReply.err("DUMP payload version or checksum are wrong");
    }
    int length = payload.length - 10;
    var in = new RdbInput(new java.io.ByteArrayInputStream(payload, 0, length), length);
    List<byte[]> codes = new java.util.ArrayList<>();
    try {
      while (in.offset() < length) {
        if (in.u8() != RdbFormat.FUNCTION_2) {
          throw ErrorReply.err("given type is not a function");
        }
        codes.add(in.string());
      }
    } catch (IOException | DamagedException e) {
      throw ErrorReply.err("failed loading functions payload");
    }
    return codes;
  }

  public String digest() {
    return Digest.of(server.databases());
  }

  public String digest(Database db, byte[] key) {
    return Digest.of(db, key);
  }

  public long serializedLength(Object value) {
    var out = new RdbOutput(true);
    RdbValues.write(out, value);
    return out.size();
  }

  void countSanitized() {
    sanitized++;
  }

  public long sanitized() {
    return sanitized;
  }

  /** Connections that MIGRATE keeps for its next call. */
  public int migrationSockets() {
    return migration.sockets();
  }

  public long snapshots() {
    return snapshots;
  }

  public void resetStats() {
    snapshots = 0;
    sanitized = 0;
  }

  public void info(Map<String, Object> f) {
    Snapshot snapshot = running;
    boolean loads = server.isLoading() || server.replication().isReplacing(false);
    f.put("loading", loads ? 1 : 0);
    f.put("async_loading", server.replication().isReplacing(true) ? 1 : 0);
    f.put("current_cow_peak", 0);
    f.put("current_cow_size", 0);
    f.put("current_cow_size_age", 0);
    f.put("current_fork_perc", "0.00");
    f.put("current_save_keys_processed", snapshot == null ? 0 : snapshot.entries());
    f.put("current_save_keys_total", snapshot == null ? 0 : server.databases().totalKeys());
    f.put("rdb_changes_since_last_save", server.dirty());
    f.put("rdb_bgsave_in_progress", snapshot == null ? 0 : 1);
    f.put("rdb_last_save_time", lastSaveMillis / 1000);
    f.put("rdb_last_bgsave_status", lastOk ? "ok" : "err");
    f.put("rdb_last_bgsave_time_sec", lastDurationSeconds);
    f.put(
        "rdb_current_bgsave_time_sec",
        snapshot == null ? -1 : (System.currentTimeMillis() - snapshot.startedMillis()) / 1000);
    f.put("rdb_saves", snapshots);
    f.put("rdb_last_cow_size", 0);
    f.put("rdb_last_load_keys_expired", keysExpired);
    f.put("rdb_last_load_keys_loaded", keysLoaded);
    aof.info(f);
  }
}
