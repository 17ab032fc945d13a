package systems.core.cache;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A bounded map for many threads. Readers never wait for each other, and still the cache knows,
 * well enough, who was used and who may go.
 *
 * <pre>
 *   get ---> [ table ]  value at once          any thread, one at a time: the maintainer
 *       \  and if a use may change its place:                    |
 *        +-> [ read buffer: 16 records a stripe, lossy ] ------->|   policy: who leaves
 *                                                                |   wheel:  whose time is over
 *   put ---> [ table ]  under the key's lock                     |
 *       \                                                        |
 *        +-> [ write buffer: 16 to 128 nodes, nothing is lost ] ->
 *                                                                +--> table.remove(victim)
 * </pre>
 *
 * <p>The order of an LRU list, or the queues of any policy, cannot be kept by many threads at once
 * without a lock that all of them take. So they only leave records, and whoever finds a buffer
 * full, or has written, tries to become the maintainer: {@code tryLock}, drain, evict, unlock. Who
 * fails goes on; the work is being done. A maintainer works off what it found, at most four times
 * over, and is a user's thread again.
 *
 * <p>Most hits do not even leave a record. Few keys get most of the reads, and their entries are
 * where a use changes nothing: in the protected segment of W-TinyLFU, or at S3-FIFO's largest
 * count. The policy marks such a node as quiet, and its readers note the use in the node, next to
 * the value that they have just read.
 *
 * <p>What always holds:
 *
 * <ol>
 *   <li>The table alone says what is in the cache. All changes of one key are made under the
 *       table's lock for it, one after another: {@code compute} and all the others are atomic per
 *       key.
 *   <li>A node goes through three states and never back: in the table; retired; unlinked from
 *       policy and wheel. It is retired by exactly one thread, the one that took it out of the
 *       table, and that thread reports it. So each removal is reported once.
 *   <li>A record of a write is a node and no instruction. The maintainer looks at the node and does
 *       what it needs: retired and linked, unlink; alive and not linked, link; else weigh again.
 *       Records of one node may therefore come in any order, and one too many does no harm.
 *   <li>No thread takes the maintainer's lock while it holds a key's; the maintainer takes keys'
 *       locks. So functions given to {@code compute} must not use the cache.
 *   <li>When the maintainer is done, the weight that the policy knows is at most {@code weightMax}.
 * </ol>
 *
 * <p>The bound, at every moment. What the policy does not know yet is in the write buffer or in the
 * hands of a writer that is between table and buffer. So the table holds at most {@code weightMax}
 * entries, {@link #overshootMax} more in the buffer, and one more per thread that is writing. A
 * writer that finds the buffer full waits for the maintainer's lock and drains it itself: that is
 * the back pressure. With a weigher, an entry of more than a 1024th of the bound never goes through
 * the buffer, its writer takes the lock at once; so the buffer holds an eighth of the bound at
 * most. An entry that alone is heavier than the bound leaves before its writer returns.
 *
 * <p>No lost wake-up: a writer sets {@code pending} after it has left its record and before it
 * tries the lock; a maintainer clears it before it drains and looks again after it has unlocked.
 *
 * <p>New entries without weight or time come in parties: the lock, the ring's ends and the heads of
 * the queues were often written last by another core, and who becomes maintainer for one entry pays
 * for all of them. So a new entry calls only when {@code partySize} wait, a 16th of the buffer.
 * Each writer counts after it has left its own, so the last of several sees the party if it is
 * full, and a cache at rest holds less than a party too many. Removals and new values call at once,
 * for they leave garbage behind.
 *
 * <p>The table is a {@link ConcurrentHashMap}. What is taught here is the machinery around it, and
 * a table of our own would have to repeat its locking per bin, its resizing and its treeing of
 * hostile hashes to be as good. It costs 24 to 32 bytes an entry, key and reference twice, which an
 * open table over the nodes would save, and an allocation of a closure for each write that is more
 * than the put of a new key.
 *
 * <p>Rejected: a lock per segment with an {@link LruCache} in each. Simple, and half of this code;
 * but a read takes a lock, with two threads on the hot key they already wait, and a policy per
 * segment sees a fraction of the load each.
 *
 * <p>Source: the design of Caffeine by B. Manes, and before it X. Ding, S. Jiang, X. Zhang,
 * "BP-Wrapper: a system framework making any replacement algorithms (almost) lock contention free",
 * ICDE 2009.
 *
 * <p>Null is neither key nor value. Iterations go on while the cache changes, and show each entry
 * at most once. {@code size} counts what is in the table, the expired included that nobody has
 * swept away yet; {@link #sweep} does.
 */
public final class ConcurrentCache<K, V> extends EntryMap<K, V> implements ConcurrentMap<K, V> {
  private static final int WRITES_MIN = 16;
  private static final int WRITES_MAX = 128;

  /** New entries call for a maintainer when they fill this part of the write buffer. */
  private static final int PARTY_PARTS = 16;

  /** An entry of more than this part of the bound is not left in the write buffer. */
  private static final int HEAVY_PARTS = 1024;

  /** Drains by one maintainer in a row. */
  private static final int ROUNDS_MAX = 4;

  /** Entries looked at by one advance of the wheel. */
  private static final int EXPIRATIONS_MAX = 1024;

  private final CacheSpec<K, V> spec;
  private final boolean bounded;
  private final boolean timed;
  private final long heavyMin;
  private final @Nullable Expiry<? super K, ? super V> expiry;
  private final ConcurrentHashMap<K, Node<K, V>> table = new ConcurrentHashMap<>();
  private final Flights<K, V> flights = new Flights<>();

  private final ReadBuffer<Node<K, V>> reads;
  private final RecordRing<Node<K, V>> writes;
  private final int partySize;
  private final ReentrantLock maintenance = new ReentrantLock();
  private volatile boolean pending;

  // The maintainer's.
  private final Policy<K, V> policy;
  private final TimerWheel<K, V> wheel;
  private final Consumer<Node<K, V>> onRead = this::noteRead;
  private final Consumer<Node<K, V>> onWrite = this::reconcile;
  private final Consumer<Node.Timed<K, V>> onTime = this::expire;
  private long weight;
  private List<Departure<K, V>> departures = new ArrayList<>();

  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder loads = new LongAdder();
  private final LongAdder loadFailures = new LongAdder();
  private final LongAdder loadNanos = new LongAdder();
  private final LongAdder evictions = new LongAdder();

  /** A value that left. */
  record Departure<K, V>(K key, V value, RemovalCause cause) {}

  /** A cache of so many entries, by W-TinyLFU. */
  public ConcurrentCache(long entriesMax) {
    this(CacheSpec.ofEntries(entriesMax));
  }

  /** The cache that a specification describes. */
  public ConcurrentCache(CacheSpec<K, V> spec) {
    this.spec = spec;
    bounded = spec.weightMax() != CacheSpec.UNBOUNDED;
    expiry = spec.expiry();
    timed = spec.expiry() != null || spec.weigher() != null;
    heavyMin = spec.weigher() == null ? Long.MAX_VALUE : spec.weightMax() / HEAVY_PARTS + 1;
    reads = new ReadBuffer<>(Runtime.getRuntime().availableProcessors());
    long queued = Math.clamp(spec.weightMax() / 8, WRITES_MIN, WRITES_MAX);
    writes = new RecordRing<>(Integer.highestOneBit((int) queued));
    partySize = writes.capacity() / PARTY_PARTS;
    // What is not bounded needs no memory of frequencies.
    policy = Policy.of(bounded ? spec.eviction() : Eviction.LRU, spec.weightMax());
    wheel = new TimerWheel<>(spec.nanoClock().getAsLong());
  }

  @Override
  public @Nullable V get(Object key) {
    //> phase 2: what may a hit do without making another thread wait?
    Node<K, V> node = table.get(key);
    if (node == null) {
      countMiss();
      return null;
    }
    V value = node.value;
    if (expiry != null && !touch(node, value)) {
      countMiss();
      sweepLater();
      return null;
    }
    if (spec.counting()) {
      hits.increment();
    }
    if (node.quiet) {
      node.noteUse();
    } else if (bounded && reads.record(node)) { //~ readsLeaveNoTrace: } else if (node.retired) {
      sweepLater();
    }
    return value;
    //< phase 2
  }

  private void countMiss() {
    if (spec.counting()) {
      misses.increment();
    }
  }

  /** Gives a read its time; false if the node's is over. */
  private boolean touch(Node<K, V> node, V value) {
    //> phase 3: which reads tell the wheel?
    var rules = Objects.requireNonNull(expiry);
    var dated = (Node.Timed<K, V>) node;
    long now = spec.nanoClock().getAsLong();
    long remaining = dated.expiresAt - now;
    if (remaining <= 0) { //~ readsTheDead: if (dated.bucket < -1) {
      return false;
    }
    long life = rules.afterRead(node.key, value, remaining);
    if (life != remaining
        && dated.moveDeadline(now + remaining, now + Math.clamp(life, 0, Expiry.FOREVER))
        && life < remaining) {
      leave(node);
    }
    return true;
    //< phase 3
  }

  @Override
  @Nullable V peek(Object key) {
    Node<K, V> node = table.get(key);
    return node == null || isOver(node) ? null : node.value;
  }

  boolean isOver(Node<K, V> node) {
    return expiry != null
        && ((Node.Timed<K, V>) node).expiresAt - spec.nanoClock().getAsLong() <= 0;
  }

  /**
   * The value of a key, loaded if it is not there. Of all who ask at the same time one loads, the
   * others wait. A load that fails or gives null leaves nothing behind; neither does one whose key
   * was written or removed meanwhile, though its value is returned.
   *
   * @throws LoadException if the loader throws
   */
  public @Nullable V get(K key, Function<? super K, ? extends @Nullable V> loader) {
    //> phase 3: who loads, who waits, and who looks a second time?
    V present = get(key);
    while (present == null) {
      var flight = flights.start(key);
      if (flight != null) {
        return fly(flight, key, loader);
      }
      var others = flights.of(key);
      if (others != null) {
        return others.await();
      }
      present = peek(key);
    }
    return present;
    //< phase 3
  }

  //> phase 3 only
  private @Nullable V fly(
      Flights.Flight<K, V> flight, K key, Function<? super K, ? extends @Nullable V> loader) {
    V value = null;
    Throwable failure = null;
    try {
      value = peek(key); // it may have landed between our miss and our start
      if (value == null) {
        value = load(key, loader);
        if (value != null) {
          land(flight, key, value);
        }
      }
    } catch (Throwable e) { // whatever it is, those who wait must not wait forever
      failure = e;
    }
    flights.end(flight);
    flight.land(value, failure);
    if (failure != null) {
      throw new LoadException(key, failure);
    }
    return value;
  }

  private @Nullable V load(K key, Function<? super K, ? extends @Nullable V> loader) {
    long start = System.nanoTime();
    V value = null;
    try {
      value = loader.apply(key);
    } finally {
      loadNanos.add(System.nanoTime() - start);
      (value == null ? loadFailures : loads).increment();
    }
    return value;
  }

  private void land(Flights.Flight<K, V> flight, K key, V value) {
    write(key, (w, _, old) -> old != null || flight.isStale() ? w.keep(old) : value);
  }

  //< phase 3

  @Override
  public @Nullable V put(K key, V value) {
    Objects.requireNonNull(value);
    //> phase 2 only
    if (!timed && !table.containsKey(key) && insert(key, value)) {
      return null;
    }
    //< phase 2
    return change(key, (_, _, _) -> value).old;
  }

  //> phase 2 only
  /**
   * The short way of a key that is most likely not there: nothing is to be decided under its lock,
   * so nothing is allocated but the node. False if the key is there.
   */
  private boolean insert(K key, V value) {
    flights.invalidate(key);
    var node = new Node<>(key, value);
    if (table.putIfAbsent(key, node) != null) {
      return false;
    }
    if (!writes.offer(node)) {
      drainWith(node);
    } else if (writes.size() >= partySize) {
      sweepLater();
    }
    return true;
  }

  //< phase 2

  @Override
  public @Nullable V putIfAbsent(K key, V value) {
    Objects.requireNonNull(value);
    V present = get(key);
    if (present != null) {
      return present;
    }
    return change(key, (w, _, old) -> old != null ? w.keep(old) : value).old;
  }

  @Override
  @SuppressWarnings("unchecked") // a key of another type is not there
  public @Nullable V remove(Object key) {
    return change((K) key, (_, _, _) -> null).old;
  }

  @Override
  @SuppressWarnings("unchecked") // a key of another type is not there
  public boolean remove(Object key, @Nullable Object value) {
    Write<K, V> write =
        change((K) key, (w, _, old) -> old != null && old.equals(value) ? null : w.keep(old));
    return write.old != null && !write.kept;
  }

  @Override
  public @Nullable V replace(K key, V value) {
    Objects.requireNonNull(value);
    return change(key, (w, _, old) -> old != null ? value : w.keep(null)).old;
  }

  @Override
  public boolean replace(K key, V expected, V value) {
    Objects.requireNonNull(expected);
    Objects.requireNonNull(value);
    Write<K, V> write = change(key, (w, _, old) -> expected.equals(old) ? value : w.keep(old));
    return !write.kept;
  }

  /**
   * As in {@link ConcurrentMap}; a function that returns the value it was given changes nothing.
   */
  @Override
  public @Nullable V compute(
      K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
    return change(
            key,
            (w, k, old) -> {
              V computed = function.apply(k, old);
              return computed == old ? w.keep(old) : computed;
            })
        .result;
  }

  @Override
  public @Nullable V computeIfAbsent(K key, Function<? super K, ? extends @Nullable V> function) {
    V present = get(key);
    if (present != null) {
      return present;
    }
    return change(key, (w, k, old) -> old != null ? w.keep(old) : function.apply(k)).result;
  }

  @Override
  public @Nullable V computeIfPresent(
      K key, BiFunction<? super K, ? super V, ? extends @Nullable V> function) {
    return compute(key, (k, old) -> old == null ? null : function.apply(k, old));
  }

  @Override
  public @Nullable V merge(
      K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function) {
    Objects.requireNonNull(value);
    return compute(key, (_, old) -> old == null ? value : function.apply(old, value));
  }

  @Override
  public void clear() {
    flights.invalidateAll();
    for (K key : table.keySet()) {
      remove(key);
    }
  }

  private Write<K, V> change(K key, Write.Decision<K, V> decision) {
    flights.invalidate(key);
    return write(key, decision);
  }

  private Write<K, V> write(K key, Write.Decision<K, V> decision) {
    //> phase 2: what comes after the key's lock is released, and in which order?
    var write = new Write<>(this, decision);
    table.compute(key, write);
    try {
      if (write.gone != null) {
        leave(write.gone); //~ leaksLinks: assert write.gone.retired;
      }
    } finally { // a listener of another entry may have thrown
      if (write.written != null) {
        leave(write.written);
      }
    }
    if (write.departure != null) {
      if (write.departure.cause() == RemovalCause.EXPIRED) {
        evictions.increment();
      }
      report(List.of(write.departure));
    }
    return write;
    //< phase 2
  }

  /** A new node, not yet in the table. */
  Node<K, V> node(K key, V value) {
    if (!timed) {
      return new Node<>(key, value);
    }
    long life = expiry == null ? Expiry.FOREVER : expiry.afterCreate(key, value);
    return new Node.Timed<>(key, value, weigh(key, value), deadline(life));
  }

  /** Gives a node in the table another value; under its key's lock. */
  void rewrite(Node<K, V> node, V value) {
    if (node instanceof Node.Timed<K, V> dated) {
      int heavy = weigh(node.key, value);
      if (expiry != null) {
        long remaining = dated.expiresAt - spec.nanoClock().getAsLong();
        dated.expiresAt = deadline(expiry.afterUpdate(node.key, value, remaining));
      }
      dated.weight = heavy;
    }
    node.value = value;
  }

  private int weigh(K key, V value) {
    return spec.weigher() == null ? 1 : Weigher.checked(spec.weigher(), key, value);
  }

  private long deadline(long life) {
    return spec.nanoClock().getAsLong() + Math.clamp(life, 0, Expiry.FOREVER);
  }

  /** Leaves a node to the maintainer. */
  private void leave(Node<K, V> node) {
    //> phase 2: what if the buffer is full, and what if the node is too heavy to wait in it?
    if (node.weight() < heavyMin && writes.offer(node)) {
      sweepLater();
      return;
    }
    drainWith(node);
    //< phase 2
  }

  //> phase 2 only
  /** Waits until it is the maintainer: the back pressure. */
  private void drainWith(Node<K, V> node) {
    maintenance.lock();
    try {
      drain();
      reconcile(node); //~ dropsWhenFull: assert maintenance.isHeldByCurrentThread();
    } finally {
      unlock();
    }
    workOn();
  }

  //< phase 2

  /** There is work: do it, unless somebody does. */
  private void sweepLater() {
    //> phase 2: how do you know that the other one sees what you left, if it is just about to go?
    pending = true;
    workOn();
    //< phase 2
  }

  /** Does what is pending, unless somebody does; who holds the lock looks again afterwards. */
  private void workOn() {
    //> phase 2: how much is one thread's share?
    for (int round = 0; pending && round < ROUNDS_MAX && maintenance.tryLock(); round++) {
      try {
        pending = false;
        drain();
      } finally {
        unlock();
      }
    }
    //< phase 2
  }

  /** Works off all that is waiting: removes who is over and who is too many. */
  public void sweep() {
    boolean more = true;
    while (more) {
      maintenance.lock();
      try {
        pending = false;
        more = drain();
      } finally {
        unlock();
      }
    }
    workOn();
  }

  /** Lets the next maintainer in, and reports what this one removed. */
  private void unlock() {
    //> phase 2: from which moment on may another maintainer write to the list?
    boolean some = !departures.isEmpty();
    List<Departure<K, V>> left = departures;
    if (some) {
      departures = new ArrayList<>(); //~ reportsTwice: departures = left;
    }
    maintenance.unlock();
    if (some) {
      report(left);
    }
    //< phase 2
  }

  private void report(List<Departure<K, V>> left) {
    RemovalListener<? super K, ? super V> listener = spec.listener();
    if (listener == null) {
      return;
    }
    Runnable reports = () -> left.forEach(d -> listener.removed(d.key, d.value, d.cause));
    try {
      spec.executor().execute(reports);
    } catch (RejectedExecutionException _) {
      reports.run(); // a full executor slows the writer down and loses nothing
    }
  }

  private boolean drain() {
    //> phase 2: which buffer first, and does the order matter?
    assert maintenance.isHeldByCurrentThread();
    writes.drain(onWrite);
    reads.drain(onRead);
    return expiry != null && wheel.advance(spec.nanoClock().getAsLong(), EXPIRATIONS_MAX, onTime);
    //< phase 2
  }

  private void noteRead(Node<K, V> node) {
    //> phase 2: the record may be older than the entry's end; what do you look at?
    if (node.queue != Node.UNLINKED) { //~ usesTheDeparted: if (node.queue >= Node.UNLINKED) {
      policy.use(node);
    }
    //< phase 2
  }

  /** Brings the maintainer's side of a node in line with the table's. */
  private void reconcile(Node<K, V> node) {
    //> phase 2: records of one node may come in any order; what do you look at?
    if (node.retired) {
      forget(node);
      return;
    }
    int heavy = node.weight();
    if (node.queue == Node.UNLINKED) {
      node.charge(heavy);
      weight += heavy;
      policy.add(node);
    } else {
      weight += heavy - node.charged(); //~ forgetsWeight: assert heavy >= 0;
      policy.recharge(node, heavy);
      policy.use(node);
    }
    if (expiry != null) {
      wheel.schedule((Node.Timed<K, V>) node);
    }
    if (heavy > spec.weightMax()) {
      dismiss(node, RemovalCause.SIZE);
    }
    evict(); // now: the policy judges one newcomer, and the next ones are not behind it yet
    //< phase 2
  }

  private void forget(Node<K, V> node) {
    if (node.queue != Node.UNLINKED) {
      weight -= node.charged();
      policy.remove(node);
      assert weight >= 0;
    }
    if (node instanceof Node.Timed<K, V> dated) {
      wheel.cancel(dated);
    }
  }

  private void evict() {
    //> phase 2: until when, and who?
    while (weight > spec.weightMax()) { //~ oneTooMany: while (weight > spec.weightMax() + 1) {
      dismiss(policy.victim(), RemovalCause.SIZE);
    }
    //< phase 2
  }

  /** The deadline is looked at under the key's lock: a writer may just have moved it. */
  private void expire(Node.Timed<K, V> node) {
    //> phase 3: the wheel says that it is over; who may know better?
    boolean[] taken = {false};
    table.computeIfPresent(
        node.key,
        (_, n) -> {
          taken[0] = n == node && isOver(n);
          return taken[0] ? null : n;
        });
    if (taken[0]) {
      dismissed(node, RemovalCause.EXPIRED);
    } else if (node.retired) {
      forget(node);
    } else {
      wheel.schedule(node);
    }
    //< phase 3
  }

  /** Takes a node out of everything, unless a writer has taken it out of the table already. */
  private void dismiss(Node<K, V> node, RemovalCause cause) {
    //> phase 2: who reports it if a writer removes the same key right now?
    boolean mine = table.remove(node.key, node); //~ reportsOthers: boolean mine = true;
    if (mine) {
      dismissed(node, cause);
    } else {
      forget(node);
    }
    //< phase 2
  }

  private void dismissed(Node<K, V> node, RemovalCause cause) {
    node.retired = true;
    evictions.increment();
    if (spec.listener() != null) {
      departures.add(new Departure<>(node.key, node.value, cause));
    }
    forget(node);
  }

  @Override
  public int size() {
    return table.size();
  }

  /** What the policy knows of the entries' weight; of entries just written after a sweep. */
  public long weight() {
    maintenance.lock();
    long now = weight;
    maintenance.unlock();
    workOn();
    return now;
  }

  /** Entries that the table may hold beyond the bound, not counting one per thread that writes. */
  public int overshootMax() {
    return writes.capacity();
  }

  /** What was counted; hits and misses only if the specification says so. */
  public CacheStats stats() {
    return new CacheStats(
        hits.sum(),
        misses.sum(),
        loads.sum(),
        loadFailures.sum(),
        loadNanos.sum(),
        evictions.sum());
  }

  @Override
  Iterator<Map.Entry<K, V>> entries() {
    Iterator<Node<K, V>> nodes = table.values().iterator();
    return new Iterator<>() {
      private @Nullable Pair next = ahead();
      private @Nullable Pair last;

      private @Nullable Pair ahead() {
        while (nodes.hasNext()) {
          Node<K, V> node = nodes.next();
          if (!isOver(node)) {
            return new Pair(node);
          }
        }
        return null;
      }

      @Override
      public boolean hasNext() {
        return next != null;
      }

      @Override
      public Map.Entry<K, V> next() {
        Pair pair = next;
        if (pair == null) {
          throw new NoSuchElementException();
        }
        last = pair;
        next = ahead();
        return pair;
      }

      @Override
      public void remove() {
        if (last == null) {
          throw new IllegalStateException("nothing to remove: next() was not called");
        }
        ConcurrentCache.this.remove(last.getKey());
        last = null;
      }
    };
  }

  /** An entry as the iteration saw it; a new value goes into the cache. */
  private final class Pair extends SimpleEntry<K, V> {
    private Pair(Node<K, V> node) {
      super(node.key, node.value);
    }

    @Override
    public V setValue(V value) {
      put(getKey(), value);
      return super.setValue(value);
    }
  }

  /** For tests, in a quiet moment: says what is wrong with the cache, if something is. */
  void checkInvariants() {
    sweep();
    maintenance.lock();
    try {
      long sum = 0;
      for (Node<K, V> node : table.values()) {
        check(!node.retired, "a retired node is in the table");
        check(node.queue != Node.UNLINKED, "the policy does not know " + node.key);
        check(node.charged() == node.weight(), "charged with another weight: " + node.key);
        sum += node.charged();
      }
      check(sum == weight, "the entries weigh " + sum + ", the policy counted " + weight);
      check(weight <= spec.weightMax(), weight + " is more than the bound of " + spec.weightMax());
      int dated = expiry == null ? 0 : table.size();
      check(wheel.size() == dated, wheel.size() + " in the wheel, " + dated + " in the table");
    } finally {
      maintenance.unlock();
    }
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
