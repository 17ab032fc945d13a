package systems.redis.server;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import systems.redis.db.Database;
import systems.redis.db.ValueType;
import systems.redis.types.Dict;

/**
 * Keeps the data below {@code maxmemory} by taking keys out.
 *
 * <pre>
 *   sample a few keys of each database -> pool of the 16 best candidates -> the best one goes
 * </pre>
 *
 * <p>An exact order of use would cost two links a key. Five samples and a pool that keeps good
 * candidates from one round to the next come close to it; the idea is Redis'.
 *
 * <p>Used memory is the sum of what the values take, by {@link ValueType#memoryBytes}, not the heap
 * of the JVM, which also holds garbage. To look means to visit the keys, or a thousand of them
 * where there are many, and this must not be done for each write:
 *
 * <pre>
 *   look        write     write     evict     write ...                    look
 *   estimate    + its     + its     - its     + its      changes == looked
 *               request   request   entry     request    or: over the limit, and a sixteenth changed
 * </pre>
 *
 * <p>Between two looks the bytes of the requests stand for what they have added, which is too much
 * where they replace something. So before anything is evicted or refused, enough has been looked at
 * again; and commands that add more than they hold, as COPY or SETRANGE, make the next check look.
 *
 * <p>Without a limit the heap is one: when a collection leaves nine tenths of the old generation
 * full, what adds data is refused, before the JVM would throw an error in the middle of something.
 */
final class Memory {
  private static final int POOL = 16;
  private static final long BASELINE_BYTES = 1 << 20; // of an empty server, without its clients
  private static final double HEAP_SHARE_MAX = 0.9;
  private static final int CHANGED_SHARE = 16;
  private static final int GROWN_SHARE = 64;

  /** Where what lives long is; a pool of the young is full before each of its collections. */
  private static final List<MemoryPoolMXBean> OLD_POOLS =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP)
          .filter(pool -> pool.isUsageThresholdSupported() && pool.getCollectionUsage() != null)
          .toList();

  private static final int ENTRY_OVERHEAD_BYTES = 56;

  private static final Set<String> GROW_BEYOND_THEIR_SIZE =
      Set.of(
          "setrange",
          "setbit",
          "bitfield",
          "bitop",
          "copy",
          "restore",
          "sort",
          "georadius",
          "georadiusbymember",
          "geosearchstore",
          "sinterstore",
          "sunionstore",
          "sdiffstore",
          "zunionstore",
          "zinterstore",
          "zdiffstore",
          "zrangestore",
          "pfmerge",
          "exec",
          "eval",
          "evalsha",
          "fcall");

  private record Candidate(Database db, byte[] key, double score) {}

  private final Server server;
  private final SplittableRandom random = new SplittableRandom();
  private final List<Candidate> pool = new ArrayList<>();
  private final Runtime runtime = Runtime.getRuntime();
  private int nextDb;
  private long estimate; // of the keys at the last look, and what was added and evicted since
  private int looked; // keys that were visited then
  private int changes = 1; // since then
  private long grown; // bytes that were added since then; some replaced others
  private boolean heapIsFull;
  private long clientBytes; // of all that count, when each was last looked at
  private long usedWhenFull;

  Memory(Server server) {
    this.server = server;
  }

  boolean isLimited() {
    return heapIsFull || server.config().maxMemory > 0;
  }

  /** Looks, ten times a second, what the last collection of the old generation has left. */
  void lookAtHeap() {
    if (heapIsFull && used() < usedWhenFull * HEAP_SHARE_MAX) {
      System.gc(); // much was deleted; nothing else would find that out while nothing is added
      usedWhenFull = used();
    }
    boolean full = OLD_POOLS.stream().anyMatch(Memory::isFull);
    if (full && !heapIsFull) {
      usedWhenFull = used();
      server
          .log()
          .warn(
              "The heap is full: what adds data is refused. Delete keys, set maxmemory, or give"
                  + " the JVM more by -Xmx.");
    }
    heapIsFull = full;
  }

  private static boolean isFull(MemoryPoolMXBean old) {
    MemoryUsage left = old.getCollectionUsage();
    return left.getMax() > 0 && left.getUsed() > left.getMax() * HEAP_SHARE_MAX;
  }

  /** Bytes in use, as INFO and the limit have it. */
  long used() {
    if (changes > 0) {
      look();
    }
    server.clients().forEach(this::count);
    return estimate + clientBytes + replicationBytes();
  }

  /** The backlog, and what has left it for replicas' sockets. */
  private long replicationBytes() {
    return server.replication().backlogBytes() + server.replication().unsentBytes();
  }

  static long heapUsed() {
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  long heapMax() {
    return runtime.maxMemory();
  }

  /** A key was changed. */
  void touched() {
    changes++;
  }

  /** The next check must be exact. */
  void mustLook() {
    changes += looked + 1;
  }

  /** A request is about to add something. */
  void grows(Command command, byte[][] args) {
    if (GROW_BEYOND_THEIR_SIZE.contains(command.name())) {
      mustLook();
    }
    long bytes = ENTRY_OVERHEAD_BYTES;
    for (byte[] arg : args) {
      bytes += arg.length;
    }
    estimate += bytes;
    grown += bytes;
  }

  /**
   * At the keys; clients are counted one by one as they change, and all of them by {@link #used}.
   */
  private void look() {
    looked = 0;
    long sum = BASELINE_BYTES;
    for (int i = 0; i < server.databases().count(); i++) {
      sum += bytesOf(server.databases().get(i));
    }
    estimate = sum;
    changes = 0;
    grown = 0;
  }

  long bytesOf(Database db) {
    if (db.size() == 0) {
      return 0;
    }
    long[] sum = {0, 0};
    long cursor = random.nextInt() & 0xffff;
    long from = cursor;
    Dict<Object> keys = db.keys();
    int sample = db.size() > 4096 ? 1024 : Integer.MAX_VALUE;
    if (sample == Integer.MAX_VALUE) {
      keys.forEach((key, value) -> count(sum, key, value));
    } else {
      do {
        cursor = keys.scan(cursor, (key, value) -> count(sum, key, value));
      } while (sum[1] < sample && cursor != from);
    }
    looked += (int) sum[1];
    double scale = sum[1] == 0 ? 0 : (double) db.size() / sum[1];
    return (long) (sum[0] * Math.max(1, scale))
        + keys.overheadBytes()
        + db.expires().overheadBytes();
  }

  private static void count(long[] sum, byte[] key, Object value) {
    sum[0] += entryBytes(key, value);
    sum[1]++;
  }

  static long entryBytes(byte[] key, Object value) {
    return ENTRY_OVERHEAD_BYTES + key.length + ValueType.memoryBytes(value);
  }

  private boolean isOver() {
    if (!isLimited()) {
      return false;
    }
    boolean isOld =
        changes > looked / CHANGED_SHARE || grown > server.config().maxMemory / GROWN_SHARE;
    if (changes > looked || isBeyond() && isOld) {
      look();
    }
    return isBeyond();
  }

  /**
   * What slow replicas need beyond the backlog's size does not count: evicting would feed it and go
   * on.
   */
  private boolean isBeyond() {
    long counted = replicationBytes() - server.replicationBufferBytes();
    return estimate + clientBytes + Math.max(0, counted) > server.config().maxMemory;
  }

  // ---- clients

  /** Bytes that all clients together may take; 0: no limit. */
  private long clientBytesMax() {
    String text = server.config().maxMemoryClients;
    if (text.endsWith("%")) {
      long percent = Long.parseLong(text.substring(0, text.length() - 1));
      return server.config().maxMemory / 100 * percent;
    }
    return Long.parseLong(text);
  }

  private boolean limitsClients() {
    return !server.config().maxMemoryClients.equals("0");
  }

  /** One client may have grown; the sum of the others is known from before. */
  void lookAt(Client client) {
    boolean limitsClients = limitsClients();
    if (client.closed || !limitsClients && !isLimited()) {
      return;
    }
    count(client);
    if (limitsClients && clientBytes > clientBytesMax()) {
      evictClients();
    }
  }

  private void count(Client client) {
    long now = isCounted(client) ? server.memoryOf(client) : 0;
    clientBytes += now - client.countedBytes;
    client.countedBytes = now;
    assert clientBytes >= now : "the sum is smaller than a part of it";
  }

  void forget(Client client) {
    clientBytes -= client.countedBytes;
    client.countedBytes = 0;
    assert clientBytes >= 0 : "more forgotten than counted";
  }

  /** Ends the connections that take most until the rest fits into {@code maxmemory-clients}. */
  void evictClients() {
    if (!limitsClients()) {
      return;
    }
    //> phase 3: who goes when all connections together take too much?
    server.clients().forEach(this::count);
    long max = clientBytesMax();
    while (max > 0 && clientBytes > max) {
      Client largest = largestClient();
      if (largest == null) {
        return;
      }
      server.log().notice("Evicting client: " + ClientCommands.line(server, largest));
      server.stats().evictedClients++;
      server.close(largest);
    }
    //< phase 3
  }

  private static boolean isCounted(Client client) {
    return !client.isMaster && !client.isReplica;
  }

  private @Nullable Client largestClient() {
    Client largest = null;
    long bytes = -1;
    for (Client client : server.clients()) {
      if (isCounted(client) && !client.noEvict && server.memoryOf(client) > bytes) {
        largest = client;
        bytes = server.memoryOf(client);
      }
    }
    return largest;
  }

  /** Takes keys out until it fits; false if it does not. */
  boolean makeRoom() {
    if (heapIsFull) {
      return false;
    }
    if (!isLimited() || server.ignoresMaxMemory() || server.pause().isOn()) {
      return true;
    }
    //> phase 5: is it too much, may anything go, and how long may that take?
    if (!isOver()) {
      return true;
    }
    String policy = server.config().maxMemoryPolicy;
    if (policy.equals("noeviction")) {
      return false;
    }
    long began = System.nanoTime();
    int budget = 1000;
    while (isOver()) { // looks at keys alone: what clients hear of evictions is no reason for more
      if (budget-- == 0 || !evictOne(policy)) {
        return budget < 0;
      }
    }
    server.latency().add("eviction-cycle", (System.nanoTime() - began) / 1_000_000);
    return true;
    //< phase 5 with: return true;
  }

  private boolean evictOne(String policy) {
    //> phase 5: which keys may go, and of which database?
    boolean volatiles = policy.startsWith("volatile"); //~ takesAnyKey: boolean volatiles = false;
    if (policy.endsWith("random")) {
      for (int i = 0; i < server.databases().count(); i++) {
        Database db = server.databases().get(nextDb);
        nextDb = (nextDb + 1) % server.databases().count();
        Dict<?> from = volatiles ? db.expires() : db.keys();
        if (!from.isEmpty()) {
          evict(db, from.randomKey(random));
          return true;
        }
      }
      return false;
    }
    return evictBest(policy, volatiles);
    //< phase 5
  }

  private boolean evictBest(String policy, boolean volatiles) {
    //> phase 5: what if the best candidate has gone meanwhile?
    for (int tries = 0; tries < 16; tries++) {
      boolean any = false;
      for (int i = 0; i < server.databases().count(); i++) {
        Database db = server.databases().get(i);
        Dict<?> from = volatiles ? db.expires() : db.keys();
        if (!from.isEmpty()) {
          any = true;
          sample(db, from, policy);
        }
      }
      if (!any) {
        return false;
      }
      while (!pool.isEmpty()) {
        Candidate best = pool.removeLast();
        Dict<?> from = volatiles ? best.db.expires() : best.db.keys();
        if (from.contains(best.key)) {
          evict(best.db, best.key);
          return true;
        }
      }
    }
    return false;
    //< phase 5
  }

  private void sample(Database db, Dict<?> from, String policy) {
    //> phase 5: which candidates are worth keeping for the next round?
    int samples = Math.min(server.config().maxMemorySamples, from.size());
    for (int i = 0; i < samples; i++) {
      byte[] key = from.randomKey(random);
      if (pool.stream().noneMatch(c -> c.db == db && java.util.Arrays.equals(c.key, key))) {
        pool.add(new Candidate(db, key, score(db, key, policy)));
      }
    }
    pool.sort(java.util.Comparator.comparingDouble(Candidate::score));
    while (pool.size() > POOL) {
      pool.removeFirst();
    }
    //< phase 5
  }

  /** Higher goes first. */
  private double score(Database db, byte[] key, String policy) {
    //> phase 5: which of two keys does one miss less?
    if (policy.endsWith("ttl")) {
      return -(double) db.expiresAt(key); //~ latestEndFirst: return db.expiresAt(key);
    }
    db.keys().get(key);
    int mark = db.keys().mark();
    long now = server.clock().millis();
    return policy.endsWith("lfu")
        ? 255 - db.frequency().decayed(mark, now) //~ often: ? db.frequency().decayed(mark, now)
        : db.frequency().idleMillis(mark, now); //~ youngestGoes: : mark;
    //< phase 5
  }

  private void evict(Database db, byte[] key) {
    Object value = db.peek(key);
    if (value == null) {
      return;
    }
    long bytes = entryBytes(key, value);
    server.propagateDeletion(db, key);
    db.removed(key);
    estimate -= bytes;
    server.stats().evictedKeys++;
    server.notifications().event('e', "evicted", key, db.index());
  }
}
