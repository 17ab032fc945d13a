package systems.redis.persist;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.ProtocolException;
import systems.redis.resp.Reply;
import systems.redis.resp.RequestReader;
import systems.redis.server.Call;
import systems.redis.server.Client;
import systems.redis.server.Server;

/**
 * The append-only file, in several parts: a base, which is a snapshot or as many requests as it
 * takes to make the data ({@code aof-use-rdb-preamble}), and commands since.
 *
 * <pre>
 *   appendonlydir/appendonly.aof.1.base.rdb     all data when the last rewrite began
 *                 appendonly.aof.1.incr.aof     what was changed since, as requests
 *                 appendonly.aof.manifest       which of the files count, in which order
 *
 *   command -> buffer --write--> file --fsync--> disk
 *              one write a turn, before any reply of the turn leaves
 * </pre>
 *
 * <p>{@code always} syncs in the turn as well, once for all commands of all clients of the turn;
 * {@code everysec} lets another thread sync once a second, and waits for it if it takes longer than
 * two; {@code no} leaves it to the system.
 *
 * <p>A rewrite opens a new file for what comes now, writes a snapshot as the new base, and then
 * replaces the manifest, which is the one moment at which the new files count. A crash at any time
 * leaves a manifest whose files are whole, except for the last one's tail: a command that was not
 * written to its end is cut off when the file is loaded, with a line in the log.
 */
final class Aof implements Server.Sink {
  private static final long RETRY_MILLIS = 5000;
  private static final int MANIFEST_LINE_CHARS_MAX = 1024;
  private static final long SYNC_MILLIS = 1000;
  private static final long SYNC_LATE_MILLIS = 2000;
  private static final int KEPT_BYTES = 1 << 20;

  /** A file that counts. */
  private record Part(String name, long sequence, char kind) {
    static final char BASE = 'b';
    static final char INCREMENT = 'i';
    static final char HISTORY = 'h';

    String line() {
      boolean plain = name.chars().allMatch(c -> c > ' ' && c < 127 && c != '"' && c != '\\');
      String shown = plain ? name : RequestReader.Words.quoted(name.getBytes(UTF_8));
      return "file " + shown + " seq " + sequence + " type " + kind;
    }
  }

  private final Server server;
  private final Persistence persistence;
  private final ExecutorService syncer =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("aof-sync").daemon(true).factory());
  private final Reply buffer = new Reply(4096, KEPT_BYTES);
  private List<Part> parts = new ArrayList<>();
  private @Nullable FileChannel file;
  long flushSleepMicros;
  private long stampedSecond; // of the last line that says when
  private int selected = -1;
  private long fileBytes; // of the parts that count, with what is in the buffer
  private long baseBytes;
  private long syncedMillis;
  private volatile boolean syncing;
  private boolean unsynced;
  private @Nullable String problem;
  private volatile @Nullable String syncProblem; // until a later sync succeeds
  private boolean syncProblemIsLogged;
  private long postponedSinceMillis;
  private long delayedSyncs;
  private long rewrites;
  private boolean rewriteScheduled;
  private @Nullable Snapshot rewriting;
  private @Nullable Part newBase;
  private boolean lastRewriteOk = true;
  private long failedMillis;
  private long lastRewriteSeconds = -1;
  private boolean isFirstBase;
  private boolean paused; // while a primary's data is loaded

  Aof(Server server, Persistence persistence) {
    this.server = server;
    this.persistence = persistence;
    server.addSink(this);
    server.onSetting("appendonly", this::switched);
  }

  @Override
  public int target() {
    return FILE;
  }

  @Override
  public boolean isOpen() {
    return file != null;
  }

  private Path folder() {
    return persistence.folder().resolve(server.setting("appenddirname"));
  }

  private Path manifest() {
    return folder().resolve(server.setting("appendfilename") + ".manifest");
  }

  // ---- switching on and off

  /** Before all data is replaced. */
  void pause() {
    if (file != null) {
      stop();
      paused = true;
    }
  }

  /** After that. */
  void resume() {
    if (paused) {
      paused = false;
      if (server.setting("appendonly").equals("yes")) {
        switched("yes");
      }
    }
  }

  /** CONFIG SET appendonly. */
  private void switched(String value) {
    if (server.isStarting() || server.isLoading()) {
      return;
    }
    if (value.equals("yes") && file == null) {
      turnOn();
    } else if (value.equals("no")) {
      rewriteScheduled = false;
      if (file != null) {
        stop();
      }
    }
  }

  private void turnOn() {
    if (persistence.isSaving() || server.isInTransaction()) {
      rewriteScheduled = true;
      server
          .log()
          .notice(
              "AOF was enabled but there is already another background operation. An AOF"
                  + " background was scheduled to start when possible.");
      return;
    }
    try {
      beginWithBase();
    } catch (IOException | DamagedException e) {
      throw new IllegalArgumentException(
          "Unable to turn on AOF. Check server logs. " + e.getMessage(), e);
    }
  }

  /**
   * A snapshot, and from its moment on an increment. The manifest names neither before the snapshot
   * is whole: until then, what a start would find is what was there before.
   */
  private void beginWithBase() throws IOException, DamagedException {
    stop();
    parts = readManifest();
    Files.createDirectories(folder());
    Part next = nextPart(Part.INCREMENT);
    file = create(next);
    parts.add(next);
    selected = -1;
    isFirstBase = true;
    startRewrite();
  }

  private void stop() {
    flushNow();
    if (rewriting != null) {
      server.log().notice("Killing AOF child: the rewrite that runs is given up");
      rewriting.abort();
      rewriting = null;
    }
    isFirstBase = false;
    closeFile();
  }

  /** Somebody else needs to walk the tables now. */
  void postponeRewrite() {
    if (rewriting != null) {
      rewriting.abort();
      rewriting = null;
      rewriteScheduled = true;
    }
  }

  private void closeFile() {
    try {
      if (file != null) {
        file.force(false);
        file.close();
      }
    } catch (IOException e) {
      server.log().warn("closing the append-only file: " + e);
    }
    file = null;
  }

  /** After the load at the start: appends from here on. */
  void open() throws IOException {
    if (!server.setting("appendonly").equals("yes")) {
      return;
    }
    Files.createDirectories(folder());
    forgetHistory();
    if (parts.isEmpty()) {
      firstFiles();
    } else if (lastIncrement() != null) {
      Part last = lastIncrement();
      assert last != null; // for the checker of nulls
      file =
          FileChannel.open(
              folder().resolve(last.name), StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    } else {
      openIncrement();
    }
    fileBytes = totalBytes();
    baseBytes = fileBytes;
    syncedMillis = server.clock().millis();
  }

  /** A base of what was loaded or of nothing, and an empty file. */
  private void firstFiles() throws IOException {
    Part base = nextPart(Part.BASE);
    Snapshot snapshot = persistence.begin(folder().resolve(base.name), true);
    snapshot.runToEnd();
    snapshot.close();
    IOException failure = snapshot.failure();
    if (failure != null) {
      throw failure;
    }
    parts.add(base);
    openIncrement();
  }

  private @Nullable Part lastIncrement() {
    Part last = parts.isEmpty() ? null : parts.getLast();
    return last != null && last.kind == Part.INCREMENT ? last : null;
  }

  private Part nextPart(char kind) {
    long sequence = 1;
    for (Part part : parts) {
      if (part.kind == kind || kind == Part.BASE && part.kind == Part.HISTORY) {
        sequence = Math.max(sequence, part.sequence + 1);
      }
    }
    String name = server.setting("appendfilename") + "." + sequence;
    String base = hasSnapshotBase() ? ".base.rdb" : ".base.aof";
    return new Part(name + (kind == Part.BASE ? base : ".incr.aof"), sequence, kind);
  }

  /** Whether the next base is a snapshot, and not made of requests. */
  boolean hasSnapshotBase() {
    return server.setting("aof-use-rdb-preamble").equals("yes");
  }

  /** A new last file; the one before is whole and synced. */
  private void openIncrement() throws IOException {
    Files.createDirectories(folder());
    Part next = nextPart(Part.INCREMENT);
    flushNow();
    FileChannel opened = create(next);
    var changed = new ArrayList<>(parts);
    changed.add(next);
    writeManifest(changed);
    closeFile();
    parts = changed;
    file = opened;
    selected = -1; //~ phase 4 forgetsTheDatabase: assert opened.isOpen();
  }

  private FileChannel create(Part part) throws IOException {
    return FileChannel.open(
        folder().resolve(part.name),
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  private void writeManifest(List<Part> listed) throws IOException {
    //> phase 4: how does a file change from one moment to the next?
    assert listed.stream().filter(part -> part.kind == Part.BASE).count() <= 1 : "two bases";
    var text = new StringBuilder();
    listed.forEach(part -> text.append(part.line()).append('\n'));
    Path temporary = folder().resolve("temp-" + server.setting("appendfilename") + ".manifest");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(text.toString().getBytes(UTF_8)));
      channel.force(true);
    }
    Files.move(
        temporary, manifest(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Folders.sync(folder());
    //< phase 4
  }

  private List<Part> readManifest() throws IOException, DamagedException {
    //> phase 4: what if there is none, or nothing in it?
    var listed = new ArrayList<Part>();
    if (!Files.exists(manifest())) {
      return listed;
    }
    for (String line : Files.readAllLines(manifest(), UTF_8)) {
      if (line.length() > MANIFEST_LINE_CHARS_MAX) {
        throw new DamagedException("The AOF manifest file contains too long line");
      }
      if (!line.startsWith("#")) {
        Part part = part(line);
        checkOrder(listed, part);
        listed.add(part);
      }
    }
    if (listed.isEmpty()) {
      throw new DamagedException("Found an empty AOF manifest");
    }
    return listed;
    //< phase 4
  }

  /** One base, and increments whose numbers grow. */
  private static void checkOrder(List<Part> before, Part next) throws DamagedException {
    //> phase 4: which files can be there together?
    for (Part part : before) {
      if (part.kind == Part.BASE && next.kind == Part.BASE) {
        throw new DamagedException("Found duplicate base file information");
      }
      if (part.kind == Part.INCREMENT
          && next.kind == Part.INCREMENT
          && next.sequence <= part.sequence) { //~ anyOrder: && next.sequence < 0) {
        throw new DamagedException("Found a non-monotonic sequence number");
      }
    }
    //< phase 4
  }

  private static Part part(String line) throws DamagedException {
    //> phase 4: three facts in any order; which values make no sense?
    List<byte[]> words = RequestReader.Words.split(line.getBytes(UTF_8));
    String name = null;
    long sequence = 0;
    char kind = 0;
    if (words != null && words.size() % 2 == 0) {
      for (int i = 0; i < words.size(); i += 2) {
        String value = new String(words.get(i + 1), UTF_8);
        switch (new String(words.get(i), UTF_8)) {
          case "file" -> name = value;
          case "seq" -> sequence = value.matches("\\d{1,18}") ? Long.parseLong(value) : 0;
          case "type" -> kind = value.length() == 1 ? value.charAt(0) : 0;
          default -> {}
        }
      }
    }
    if (kind != 0 && "bih".indexOf(kind) < 0) {
      throw new DamagedException("Unknown AOF file type: " + line);
    }
    if (name == null || sequence == 0 || kind == 0 || name.indexOf('/') >= 0) {
      throw new DamagedException("Invalid AOF manifest file format: " + line);
    }
    return new Part(name, sequence, kind);
    //< phase 4
  }

  // ---- appending

  /** The second that a file notes now, or -1 if it notes none. */
  long stampSecond() {
    boolean stamps = server.setting("aof-timestamp-enabled").equals("yes");
    return stamps ? server.clock().millis() / 1000 : -1;
  }

  /** A note of the time, which those who read requests skip. */
  static byte[] stamp(long second) {
    return ("#TS:" + second + "\r\n").getBytes(ISO_8859_1);
  }

  @Override
  public void take(int db, byte[][] words) {
    //> phase 4: what must a reader of the file know before the words?
    long second = stampSecond();
    if (second != stampedSecond && second >= 0) {
      buffer.raw(stamp(second));
      stampedSecond = second;
    }
    if (db != selected) { //~ selectsUpwards: if (db > selected) {
      request(Call.words("SELECT", db));
      selected = db;
    }
    request(words);
    //< phase 4
  }

  private void request(byte[][] words) {
    assert isOpen() : "there is no file to take it";
    buffer.array(words.length);
    for (byte[] word : words) {
      buffer.bulk(word);
    }
  }

  void beforeSleep() {
    if (file == null || buffer.isEmpty() && problem == null && !isAlways()) {
      return;
    }
    write();
  }

  private boolean isAlways() {
    return server.setting("appendfsync").equals("always");
  }

  private void write() {
    FileChannel to = file;
    if (to == null) {
      return;
    }
    if (flushSleepMicros > 0) {
      java.util.concurrent.locks.LockSupport.parkNanos(flushSleepMicros * 1000);
    }
    if (mustWaitForSync()) {
      return;
    }
    if (!buffer.isEmpty()) {
      try {
        append(to);
      } catch (IOException e) {
        failed(e);
        return;
      }
    }
    sync(to);
  }

  /** A slow disk: better to keep the bytes for a while than to stop the server in a write. */
  private boolean mustWaitForSync() {
    if (!syncing || !server.setting("appendfsync").equals("everysec")) {
      postponedSinceMillis = 0;
      return false;
    }
    long now = server.clock().millis();
    if (postponedSinceMillis == 0) {
      postponedSinceMillis = now;
      return true;
    }
    if (now - postponedSinceMillis < SYNC_LATE_MILLIS) {
      return true;
    }
    delayedSyncs++;
    postponedSinceMillis = 0;
    return false;
  }

  private void append(FileChannel to) throws IOException {
    //> phase 4: what if only half of it fits on the disk?
    long before = to.position();
    ByteBuffer bytes = ByteBuffer.wrap(buffer.array(), 0, buffer.size());
    try {
      while (bytes.hasRemaining()) {
        to.write(bytes);
      }
    } catch (IOException e) {
      takeBack(to, before, bytes.position());
      throw e;
    }
    fileBytes += buffer.size();
    buffer.clear();
    unsynced = true;
    if (problem != null) {
      server.log().warn("AOF write error looks solved, Redis can write again.");
      problem = null;
    }
    //< phase 4
  }

  /** Half a command must not stay; if the system leaves it there, the rest of it comes behind. */
  private void takeBack(FileChannel to, long before, int written) {
    try {
      to.truncate(before);
    } catch (IOException refused) {
      server.log().warn("Could not remove a short write from the AOF file: " + refused);
      fileBytes += written;
      buffer.drop(written);
    }
  }

  private void failed(IOException e) {
    server.log().warn("Error writing to the AOF file: " + e.getMessage());
    if (isAlways()) {
      server
          .log()
          .warn(
              "Can't recover from AOF write error when the AOF fsync policy is 'always'."
                  + " Exiting...");
      server.halt();
    }
    problem = misconf(e.getMessage());
  }

  private void sync(FileChannel to) {
    //> phase 4: three policies: who syncs, and when?
    switch (server.setting("appendfsync")) {
      case "always" -> {
        if (unsynced) {
          syncNow(to);
        }
      }
      case "everysec" -> {
        long now = server.clock().millis();
        if (unsynced && !syncing && now - syncedMillis >= SYNC_MILLIS) {
          syncLater(to, now);
        }
      }
      default -> {}
    }
    //< phase 4
  }

  private void syncNow(FileChannel to) {
    try {
      to.force(false);
      unsynced = false;
      syncProblem = null;
      syncedMillis = server.clock().millis();
    } catch (IOException e) {
      failed(e);
    }
  }

  private void syncLater(FileChannel to, long now) {
    assert !syncing : "one sync at a time";
    syncing = true;
    unsynced = false;
    syncedMillis = now;
    syncer.execute(() -> {
      try {
        to.force(false);
        syncProblem = null;
      } catch (IOException e) {
        syncProblem = String.valueOf(e.getMessage());
      } finally {
        syncing = false;
      }
    });
  }

  void flushNow() {
    FileChannel to = file;
    if (to == null) {
      return;
    }
    try {
      append(to);
      syncNow(to);
    } catch (IOException e) {
      failed(e);
    }
  }

  /** Why nothing may be written now: an append has failed, or what was appended is not synced. */
  @Nullable String writeProblem() {
    return problem != null ? problem : misconf(syncProblem);
  }

  private static @Nullable String misconf(@Nullable String why) {
    return why == null ? null : "MISCONF Errors writing to the AOF file: " + why;
  }

  void close() {
    if (file != null) {
      server.log().notice("Calling fsync() on the AOF file.");
      stop();
    }
    syncer.shutdown();
  }

  void tick() {
    lookAtSync();
    if (file != null && (unsynced || !buffer.isEmpty())) {
      write();
    }
    boolean mayTry = lastRewriteOk || server.clock().millis() - failedMillis > RETRY_MILLIS;
    if (rewriteScheduled && mayTry && !persistence.isSaving() && rewriting == null) {
      tryRewrite();
    }
    if (file != null && rewriting == null && !persistence.isSaving() && hasGrown()) {
      server.log().notice("Starting automatic rewriting of AOF on growth");
      tryRewrite();
    }
  }

  /** A sync that failed is tried again a second later, whether or not more was written. */
  private void lookAtSync() {
    String why = syncProblem;
    unsynced |= why != null;
    if (why != null != syncProblemIsLogged) {
      syncProblemIsLogged = why != null;
      server
          .log()
          .warn(
              why == null ? "The AOF file is synced again." : "Fail to fsync the AOF file: " + why);
    }
  }

  private boolean hasGrown() {
    long percent = Long.parseLong(server.setting("auto-aof-rewrite-percentage"));
    long least = Long.parseLong(server.setting("auto-aof-rewrite-min-size"));
    return percent > 0
        && fileBytes > least
        && (fileBytes - baseBytes) * 100 / Math.max(1, baseBytes) >= percent
        && lastRewriteOk;
  }

  // ---- rewriting

  /** Whether there is no whole file yet since it was switched on. */
  boolean isFirstBase() {
    return isFirstBase && rewriting != null;
  }

  boolean isRewriting() {
    return rewriting != null;
  }

  @Nullable Snapshot snapshot() {
    return rewriting;
  }

  void rewriteCommand(Call call) {
    if (rewriting != null) {
      throw ErrorReply.err("Background append only file rewriting already in progress");
    }
    if (persistence.isSaving() || server.isInTransaction()) {
      rewriteScheduled = true;
      call.reply().status("Background append only file rewriting scheduled");
      return;
    }
    tryRewrite();
    call.reply().status("Background append only file rewriting started");
  }

  private void tryRewrite() {
    rewriteScheduled = false;
    try {
      if (isFirstBase || file == null && server.setting("appendonly").equals("yes")) {
        beginWithBase(); // the increment has to begin with the base
        return;
      }
      if (file != null) {
        openIncrement();
      } else {
        Files.createDirectories(folder());
        parts = readManifest();
      }
      startRewrite();
    } catch (IOException | DamagedException e) {
      lastRewriteOk = false;
      failedMillis = server.clock().millis();
      server.log().warn("Can't rewrite append only file in background: " + e);
    }
  }

  private void startRewrite() {
    assert rewriting == null && !persistence.isSaving() : "only one can walk the tables";
    rewrites++;
    Part base = nextPart(Part.BASE);
    newBase = base;
    rewriting = persistence.begin(folder().resolve(base.name), true);
    server.log().notice("Background append only file rewriting started");
    server.again();
  }

  void afterSnapshot() {
    Snapshot snapshot = rewriting;
    Part base = newBase;
    if (snapshot == null || base == null || !snapshot.isDone()) {
      return;
    }
    rewriting = null;
    snapshot.close();
    lastRewriteSeconds = (System.currentTimeMillis() - snapshot.startedMillis()) / 1000;
    IOException failure = snapshot.failure();
    try {
      if (failure != null) {
        throw failure;
      }
      adopt(base);
      lastRewriteOk = true;
      isFirstBase = false;
      server.log().notice("Background AOF rewrite finished successfully");
    } catch (IOException e) {
      lastRewriteOk = false;
      failedMillis = server.clock().millis();
      rewriteScheduled |= isFirstBase; // else nothing of what is written now would count
      server.log().warn("Background AOF rewrite terminated with error: " + e);
    }
  }

  /** From here on the new base counts, with the last file; all others go. */
  private void adopt(Part base) throws IOException {
    //> phase 4: at which moment does the new base count?
    List<Part> before = parts;
    var kept = new ArrayList<Part>();
    kept.add(base);
    Part last = lastIncrement();
    if (file != null && last != null) {
      kept.add(last);
    }
    var listed = new ArrayList<>(kept);
    for (Part part : before) {
      if (!kept.contains(part)) {
        listed.add(1, new Part(part.name, part.sequence, Part.HISTORY));
      }
    }
    writeManifest(listed);
    parts = listed;
    forgetHistory();
    fileBytes = totalBytes() + buffer.size();
    baseBytes = totalBytes();
    //< phase 4
  }

  /** Deletes what the manifest names as history, also what a crash has left of it. */
  private void forgetHistory() throws IOException {
    //> phase 4: which goes first, the file or its line?
    var kept = new ArrayList<Part>();
    for (Part part : parts) {
      if (part.kind != Part.HISTORY) { //~ deletesNothing: if (kept.size() >= 0) {
        kept.add(part);
      } else {
        Files.deleteIfExists(folder().resolve(part.name));
      }
    }
    if (kept.size() < parts.size()) {
      writeManifest(kept);
      parts = kept;
    }
    //< phase 4
  }

  private long totalBytes() throws IOException {
    long sum = 0;
    for (Part part : parts) {
      Path path = folder().resolve(part.name);
      if (part.kind != Part.HISTORY && Files.exists(path)) {
        sum += Files.size(path);
      }
    }
    return sum;
  }

  // ---- loading

  void load() throws IOException, DamagedException {
    parts = readManifest();
    Path old = persistence.folder().resolve(server.setting("appendfilename"));
    if (Files.isRegularFile(old) && (parts.isEmpty() || isInterruptedUpgrade(old))) {
      upgrade(old);
    }
    Part last = parts.isEmpty() ? null : parts.getLast();
    for (Part part : parts) {
      if (part.kind != Part.HISTORY) {
        load(folder().resolve(part.name), part == last);
      }
    }
  }

  /** The manifest was written, but the old file not moved. */
  private boolean isInterruptedUpgrade(Path old) {
    return parts.size() == 1
        && parts.getFirst().kind == Part.BASE
        && parts.getFirst().name.equals(old.getFileName().toString())
        && !Files.exists(folder().resolve(parts.getFirst().name));
  }

  /** A single file, as before version 7, becomes the base. */
  private void upgrade(Path old) throws IOException {
    Files.createDirectories(folder());
    var base = new Part(old.getFileName().toString(), 1, Part.BASE);
    Files.move(old, folder().resolve(base.name), StandardCopyOption.ATOMIC_MOVE);
    parts = new ArrayList<>(List.of(base));
    writeManifest(parts);
    server.log().notice("Successfully migrated an old-style AOF configuration (" + old + ")");
  }

  private void load(Path path, boolean isLast) throws IOException, DamagedException {
    if (!Files.exists(path)) {
      throw new DamagedException(
          "can't open the append log file "
              + path.getFileName()
              + " for reading: No such file or directory");
    }
    long offset = 0;
    if (beginsWithSnapshot(path)) {
      try (InputStream in = Files.newInputStream(path)) {
        var snapshot = new RdbInput(in);
        persistence.loadBase(snapshot);
        offset = snapshot.offset();
      }
    }
    try (InputStream in = Files.newInputStream(path)) {
      in.skipNBytes(offset); // a base that is a snapshot may be followed by commands
      replay(in, path, offset, isLast);
    }
  }

  private static boolean beginsWithSnapshot(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return Arrays.equals(in.readNBytes(5), "REDIS".getBytes(ISO_8859_1));
    }
  }

  private void replay(InputStream in, Path path, long from, boolean isLast)
      throws IOException, DamagedException {
    //> phase 4: which words did this server not write, and what of a tail that is torn?
    Client client = server.internalClient();
    var reader = new RequestReader();
    var replay = new Replay(client);
    byte[] chunk = new byte[1 << 16];
    try {
      for (int n = in.read(chunk); n > 0; n = in.read(chunk)) {
        replay.read += n;
        reader.append(chunk, 0, n);
        replay.run(reader);
      }
    } catch (ProtocolException e) {
      throw badFormat(path, String.valueOf(e.getMessage()));
    } catch (Foreign e) {
      throw e.isInline
          ? badFormat(path, "a request in a line")
          : new DamagedException(
              "Unknown command '"
                  + e.name
                  + "' reading the append only file "
                  + path.getFileName());
    }
    long whole = from + replay.wholeBytes(reader);
    if (whole < from + replay.read) {
      cut(path, whole, isLast);
    }
    //< phase 4
  }

  private static DamagedException badFormat(Path path, String why) {
    return new DamagedException(
        "Bad file format reading the append only file "
            + path.getFileName()
            + ": "
            + why
            + ": make a backup of your AOF file, then use ./redis-check-aof --fix <filename>");
  }

  /** Words that this server did not write. */
  private static final class Foreign extends Exception {
    private static final long serialVersionUID = 1;
    final String name;
    final boolean isInline;

    Foreign(String name, boolean isInline) {
      super(name, null, false, false);
      this.name = name;
      this.isInline = isInline;
    }
  }

  private final class Replay {
    private final Client client;
    long read;
    private long transactionAt = -1;

    Replay(Client client) {
      this.client = client;
    }

    void run(RequestReader reader) throws ProtocolException, Foreign {
      //> phase 4: where did a transaction begin that has no end?
      while (true) {
        long at = read - reader.heldBytesExactly();
        byte[][] words = reader.next();
        if (words == null) {
          return;
        }
        if (words.length == 0 || words[0].length > 0 && words[0][0] == '#') {
          continue; // a timestamp
        }
        if (reader.wasInline() || !server.isCommand(words[0])) {
          throw new Foreign(new String(words[0], ISO_8859_1), reader.wasInline());
        }
        if (Call.is(words[0], "MULTI")) {
          transactionAt = at; //~ halfCounts: assert at >= 0;
        }
        server.replay(client, words);
        if (Call.is(words[0], "EXEC")) {
          transactionAt = -1;
        }
      }
      //< phase 4
    }

    /** A transaction without its EXEC does not count. */
    long wholeBytes(RequestReader reader) {
      assert reader.heldBytesExactly() <= read : "held, but never read";
      return transactionAt >= 0 ? transactionAt : read - reader.heldBytesExactly();
    }
  }

  private void cut(Path path, long length, boolean isLast) throws IOException, DamagedException {
    //> phase 4: when may a tail be cut, and when is it damage?
    if (!isLast || !server.setting("aof-load-truncated").equals("yes")) {
      throw new DamagedException(
          "Unexpected end of file reading the append only file "
              + path.getFileName()
              + ". You can: 1) Make a backup of your AOF file, then use ./redis-check-aof --fix"
              + " <filename.manifest>. 2) Alternatively you can set the 'aof-load-truncated'"
              + " configuration option to yes and restart the server.");
    }
    server
        .log()
        .warn("!!! Warning: short read while loading the AOF file " + path.getFileName() + "!!!");
    server
        .log()
        .warn("AOF " + path.getFileName() + " loaded anyway because aof-load-truncated is enabled");
    server.log().warn("Truncating the AOF " + path.getFileName() + " at offset " + length);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(length); //~ keepsTheTail: assert length >= 0;
      channel.force(true);
    }
    //< phase 4
  }

  // ---- INFO

  void info(Map<String, Object> f) {
    f.put("aof_enabled", server.setting("appendonly").equals("yes") ? 1 : 0);
    f.put("aof_rewrite_in_progress", rewriting != null ? 1 : 0);
    f.put("aof_rewrite_scheduled", rewriteScheduled ? 1 : 0);
    f.put("aof_last_rewrite_time_sec", lastRewriteSeconds);
    f.put(
        "aof_current_rewrite_time_sec",
        rewriting == null ? -1 : (System.currentTimeMillis() - rewriting.startedMillis()) / 1000);
    f.put("aof_last_bgrewrite_status", lastRewriteOk ? "ok" : "err");
    f.put("aof_rewrites", rewrites);
    f.put("aof_rewrites_consecutive_failures", lastRewriteOk ? 0 : 1);
    f.put("aof_last_write_status", writeProblem() == null ? "ok" : "err");
    f.put("aof_last_cow_size", 0);
    f.put("module_fork_in_progress", 0);
    f.put("module_fork_last_cow_size", 0);
    if (file != null) {
      f.put("aof_current_size", fileBytes + buffer.size());
      f.put("aof_base_size", baseBytes);
      f.put("aof_pending_rewrite", isFirstBase ? 1 : 0);
      f.put("aof_buffer_length", Math.min(buffer.size(), KEPT_BYTES));
      f.put("aof_pending_bio_fsync", syncing ? 1 : 0);
      f.put("aof_delayed_fsync", delayedSyncs);
    }
  }
}
