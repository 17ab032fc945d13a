package systems.core.cache.jcache;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.EventType;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CompletionListener;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorException;
import javax.cache.processor.EntryProcessorResult;
import javax.cache.processor.MutableEntry;
import org.jspecify.annotations.Nullable;
import systems.core.cache.CacheSpec;
import systems.core.cache.ConcurrentCache;
import systems.core.cache.Eviction;
import systems.core.cache.LoadException;
import systems.core.cache.RemovalCause;

/**
 * A {@link ConcurrentCache} with the manners of JSR 107.
 *
 * <p>A read goes past all locks. Every change is one {@code compute} of its key: the writer, the
 * expiry policy and entry processors are called under the key's lock, as the standard wants it for
 * a change to be one step, and so they must not use this cache. What the change did is collected in
 * a {@link Change} and told when the lock is free: first to the statistics, then to the listeners.
 * If the user's code throws, the entry is what it was before.
 *
 * <p>Loads by {@code get} are single flights and hold no lock. {@code putAll} and {@code removeAll}
 * give the writer all entries at once and then change the keys one by one, only those that the
 * writer took; other threads may see some of them changed and others not yet.
 *
 * <p>Expiry is the {@link ConcurrentCache}'s own. An expired entry is told to the listeners by the
 * thread that finds it, which may be a while later.
 */
final class LocalCache<K, V> implements Cache<K, V> {
  private static final String CONFIGURATION = "CacheConfiguration";
  private static final String STATISTICS = "CacheStatistics";

  /** Listeners and bulk loads wait for others most of the time. */
  private static final Executor BACKGROUND = task -> Thread.ofVirtual().start(task);

  private final NamedCaches manager;
  private final String name;
  private final MutableConfiguration<K, V> configuration;
  private final Copies copies;
  private final Lives<K, V> lives;
  private final Source<K, V> source;
  private final Listeners<K, V> listeners = new Listeners<>(BACKGROUND);
  private final Statistics statistics = new Statistics();
  private final ConcurrentCache<K, Held<V>> store;
  private volatile boolean closed;

  /** What one change of one key did. */
  private static final class Change<K, V> {
    final K key;
    final long start = System.nanoTime();
    boolean existed;
    boolean changed;
    @Nullable V old;
    @Nullable Event<K, V> event;
    int puts;
    int removals;

    Change(K key) {
      this.key = key;
    }
  }

  LocalCache(
      NamedCaches manager, String name, MutableConfiguration<K, V> configuration, long entriesMax) {
    this.manager = manager;
    this.name = name;
    this.configuration = configuration;
    copies = new Copies(configuration.isStoreByValue(), manager.getClassLoader());
    lives = new Lives<>(configuration.getExpiryPolicyFactory().create());
    source = new Source<>(configuration);
    configuration.getCacheEntryListenerConfigurations().forEach(listeners::add);
    statistics.enable(configuration.isStatisticsEnabled());
    store =
        new ConcurrentCache<>(
            CacheSpec.<K, Held<V>>ofEntries(entriesMax)
                .evicting(Eviction.TINY_LFU)
                .expiring(lives)
                .reportingTo(this::left, Runnable::run));
  }

  private void left(K key, Held<V> held, RemovalCause cause) {
    switch (cause) {
      case EXPIRED -> {
        V value = held.value();
        listeners.tell(new Event<>(this, EventType.EXPIRED, key, value, value));
      }
      case SIZE -> statistics.evicted();
      case EXPLICIT, REPLACED -> {}
    }
  }

  MutableConfiguration<K, V> configuration() {
    return configuration;
  }

  /** Shows itself in JMX, as far as it is configured to. */
  void publish() {
    enableManagement(configuration.isManagementEnabled());
    enableStatistics(configuration.isStatisticsEnabled());
  }

  void enableManagement(boolean enabled) {
    configuration.setManagementEnabled(enabled);
    show(enabled, CONFIGURATION, new Beans.Configured(configuration));
  }

  void enableStatistics(boolean enabled) {
    configuration.setStatisticsEnabled(enabled);
    statistics.enable(enabled);
    show(enabled, STATISTICS, statistics);
  }

  private void show(boolean enabled, String type, Object bean) {
    if (enabled) {
      Beans.show(this, type, bean);
    } else {
      Beans.hide(this, type);
    }
  }

  @Override
  public @Nullable V get(K key) {
    checkOpen();
    Objects.requireNonNull(key);
    long start = System.nanoTime();
    Held<V> held = store.get(key);
    statistics.got(held != null, start);
    if (held == null && source.readsThrough()) {
      held = load(copies.of(key));
    }
    return held == null ? null : copies.of(held.value());
  }

  private @Nullable Held<V> load(K key) {
    boolean[] created = {false};
    Held<V> held;
    try {
      held =
          store.get(
              key,
              k -> {
                V value = source.load(k);
                created[0] = value != null;
                return value == null ? null : new Held<>(copies.of(value), lives.ofCreation());
              });
    } catch (LoadException e) {
      throw new CacheLoaderException(e.getMessage(), e.getCause());
    }
    if (held != null && created[0] && held.lifeNanos() > 0) {
      listeners.tell(new Event<>(this, EventType.CREATED, key, held.value(), null));
    }
    return held;
  }

  @Override
  public Map<K, V> getAll(Set<? extends K> keys) {
    checkOpen();
    checkNoNulls(keys);
    var found = new HashMap<K, V>();
    var missing = new HashSet<K>();
    for (K key : keys) {
      long start = System.nanoTime();
      Held<V> held = store.get(key);
      statistics.got(held != null, start);
      if (held == null) {
        missing.add(key);
      } else {
        found.put(key, copies.of(held.value()));
      }
    }
    if (source.readsThrough()) {
      source
          .loadAll(missing)
          .forEach((key, value) -> {
            found.put(key, value);
            change(key, (change, held) -> held != null ? held : stored(change, null, value));
          });
    }
    return found;
  }

  @Override
  public boolean containsKey(K key) {
    checkOpen();
    return store.containsKey(Objects.requireNonNull(key));
  }

  @Override
  public void loadAll(
      Set<? extends K> keys, boolean replaceExisting, @Nullable CompletionListener completion) {
    checkOpen();
    checkNoNulls(keys);
    Set<K> wanted = new HashSet<>(keys);
    BACKGROUND.execute(() -> {
      try {
        if (source.canLoad()) {
          loadNow(wanted, replaceExisting);
        }
      } catch (RuntimeException e) {
        if (completion != null) {
          completion.onException(
              e instanceof CacheException ? e : new CacheLoaderException(e.toString(), e));
        }
        return;
      }
      if (completion != null) {
        completion.onCompletion();
      }
    });
  }

  private void loadNow(Set<K> wanted, boolean replaceExisting) {
    if (!replaceExisting) {
      wanted.removeIf(store::containsKey);
    }
    source
        .loadAll(wanted)
        .forEach((key, value) ->
            change(
                key,
                (change, held) ->
                    held != null && !replaceExisting ? held : stored(change, held, value)));
  }

  @Override
  public void put(K key, V value) {
    checkOpen();
    Objects.requireNonNull(value);
    Change<K, V> change = change(key, (c, held) -> written(c, held, value));
    statistics.put(change.puts, change.start);
  }

  @Override
  public @Nullable V getAndPut(K key, V value) {
    checkOpen();
    Objects.requireNonNull(value);
    Change<K, V> change = change(key, (c, held) -> written(c, held, value));
    statistics.got(change.existed, change.start);
    statistics.put(change.puts, change.start);
    return old(change);
  }

  @Override
  public void putAll(Map<? extends K, ? extends V> map) {
    checkOpen();
    checkNoNulls(map.keySet());
    checkNoNulls(map.values());
    Source.Rest<K> rest = source.writeAll(map);
    for (Map.Entry<? extends K, ? extends V> entry : map.entrySet()) {
      if (!rest.unwritten().contains(entry.getKey())) {
        V value = entry.getValue();
        Change<K, V> change = change(entry.getKey(), (c, held) -> stored(c, held, value));
        statistics.put(change.puts, change.start);
      }
    }
    if (rest.failure() != null) {
      throw rest.failure();
    }
  }

  @Override
  public boolean putIfAbsent(K key, V value) {
    checkOpen();
    Objects.requireNonNull(value);
    Change<K, V> change = change(key, (c, held) -> held != null ? held : written(c, null, value));
    statistics.got(change.existed, change.start);
    statistics.put(change.puts, change.start);
    return change.changed;
  }

  @Override
  public boolean remove(K key) {
    checkOpen();
    Change<K, V> change = change(key, this::deleted);
    statistics.removed(change.removals, change.start);
    return change.existed;
  }

  @Override
  public boolean remove(K key, V expected) {
    checkOpen();
    Objects.requireNonNull(expected);
    Change<K, V> change =
        change(
            key,
            (c, held) -> {
              if (held == null) {
                return null;
              }
              return held.value().equals(expected) ? deleted(c, held) : accessed(held);
            });
    statistics.got(change.existed, change.start);
    statistics.removed(change.removals, change.start);
    return change.changed;
  }

  @Override
  public @Nullable V getAndRemove(K key) {
    checkOpen();
    Change<K, V> change = change(key, this::deleted);
    statistics.got(change.existed, change.start);
    statistics.removed(change.removals, change.start);
    return old(change);
  }

  @Override
  public boolean replace(K key, V expected, V value) {
    checkOpen();
    Objects.requireNonNull(expected);
    Objects.requireNonNull(value);
    Change<K, V> change =
        change(
            key,
            (c, held) -> {
              if (held == null) {
                return null;
              }
              return held.value().equals(expected) ? written(c, held, value) : accessed(held);
            });
    statistics.got(change.existed, change.start);
    statistics.put(change.puts, change.start);
    return change.changed;
  }

  @Override
  public boolean replace(K key, V value) {
    checkOpen();
    return replaced(key, value).existed;
  }

  @Override
  public @Nullable V getAndReplace(K key, V value) {
    checkOpen();
    return old(replaced(key, value));
  }

  private Change<K, V> replaced(K key, V value) {
    Objects.requireNonNull(value);
    Change<K, V> change = change(key, (c, held) -> held == null ? null : written(c, held, value));
    statistics.got(change.existed, change.start);
    statistics.put(change.puts, change.start);
    return change;
  }

  private @Nullable V old(Change<K, V> change) {
    return change.old == null ? null : copies.of(change.old);
  }

  @Override
  public void removeAll(Set<? extends K> keys) {
    checkOpen();
    checkNoNulls(keys);
    Source.Rest<K> rest = source.deleteAll(keys);
    for (K key : keys) {
      if (!rest.unwritten().contains(key)) {
        Change<K, V> change = change(key, this::erased);
        statistics.removed(change.removals, change.start);
      }
    }
    if (rest.failure() != null) {
      throw rest.failure();
    }
  }

  @Override
  public void removeAll() {
    checkOpen();
    removeAll(new HashSet<>(store.keySet()));
  }

  @Override
  public void clear() {
    checkOpen();
    store.clear();
  }

  @Override
  public <T> @Nullable T invoke(
      K key, EntryProcessor<K, V, T> processor, @Nullable Object... arguments) {
    checkOpen();
    Objects.requireNonNull(processor);
    var result = new ArrayList<@Nullable T>(1);
    Change<K, V> change =
        change(
            key,
            (c, held) -> {
              var processing = new Processing(c.key, held);
              result.add(processed(processor, processing, arguments));
              return processing.outcome(c, held);
            });
    statistics.got(change.existed, change.start);
    statistics.put(change.puts, change.start);
    statistics.removed(change.removals, change.start);
    return result.getFirst();
  }

  private static <K, V, T> @Nullable T processed(
      EntryProcessor<K, V, T> processor, MutableEntry<K, V> entry, @Nullable Object[] arguments) {
    try {
      return processor.process(entry, arguments);
    } catch (EntryProcessorException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new EntryProcessorException("the entry processor failed: " + e, e);
    }
  }

  @Override
  public <T> Map<K, EntryProcessorResult<T>> invokeAll(
      Set<? extends K> keys, EntryProcessor<K, V, T> processor, @Nullable Object... arguments) {
    checkOpen();
    checkNoNulls(keys);
    Objects.requireNonNull(processor);
    var results = new HashMap<K, EntryProcessorResult<T>>();
    for (K key : keys) {
      try {
        T result = invoke(key, processor, arguments);
        if (result != null) {
          results.put(key, () -> result);
        }
      } catch (EntryProcessorException e) {
        results.put(
            key,
            () -> {
              throw e;
            });
      } catch (CacheException e) {
        results.put(
            key,
            () -> {
              throw new EntryProcessorException(e);
            });
      }
    }
    return results;
  }

  /** One change of one key: decided under its lock, told afterwards. */
  private Change<K, V> change(
      K key, BiFunction<Change<K, V>, @Nullable Held<V>, @Nullable Held<V>> body) {
    var change = new Change<K, V>(copies.of(Objects.requireNonNull(key)));
    store.compute(
        change.key,
        (_, held) -> {
          change.existed = held != null;
          change.old = held == null ? null : held.value();
          return body.apply(change, held);
        });
    if (change.event != null) {
      listeners.tell(change.event);
    }
    return change;
  }

  /** A put that the writer hears of first. */
  private @Nullable Held<V> written(Change<K, V> change, @Nullable Held<V> held, V value) {
    source.write(change.key, value);
    return stored(change, held, value);
  }

  private @Nullable Held<V> stored(Change<K, V> change, @Nullable Held<V> held, V value) {
    change.changed = true;
    V kept = copies.of(value);
    if (held != null) {
      change.puts++;
      change.event = new Event<>(this, EventType.UPDATED, change.key, kept, held.value());
      return new Held<>(kept, lives.ofUpdate());
    }
    long life = lives.ofCreation();
    if (life <= 0) {
      return null; // over before it began: nobody hears of it
    }
    change.puts++;
    change.event = new Event<>(this, EventType.CREATED, change.key, kept, null);
    return new Held<>(kept, life);
  }

  /** A removal that the writer hears of first. */
  private @Nullable Held<V> deleted(Change<K, V> change, @Nullable Held<V> held) {
    source.delete(change.key);
    return erased(change, held);
  }

  private @Nullable Held<V> erased(Change<K, V> change, @Nullable Held<V> held) {
    change.changed = true;
    if (held != null) {
      change.removals++;
      V value = held.value();
      change.event = new Event<>(this, EventType.REMOVED, change.key, value, value);
    }
    return null;
  }

  private Held<V> accessed(Held<V> held) {
    long life = lives.ofAccess();
    return life == Lives.KEEP ? held : new Held<>(held.value(), life);
  }

  /** What an entry processor sees; what it did last is done to the entry when it returns. */
  private final class Processing implements MutableEntry<K, V> {
    private final K key;
    private @Nullable V value;
    private Step step = Step.NONE;

    private enum Step {
      NONE,
      ACCESS,
      LOAD,
      CREATE,
      UPDATE,
      REMOVE
    }

    private final boolean existed;

    Processing(K key, @Nullable Held<V> held) {
      this.key = key;
      existed = held != null;
      value = held == null ? null : copies.of(held.value());
    }

    @Override
    public K getKey() {
      return key;
    }

    @Override
    public boolean exists() {
      return value != null;
    }

    @Override
    public @Nullable V getValue() {
      if (step != Step.NONE) {
        return value;
      }
      if (value != null) {
        step = Step.ACCESS;
      } else if (source.readsThrough()) {
        value = source.load(key);
        step = value == null ? Step.NONE : Step.LOAD;
      }
      return value;
    }

    @Override
    public void setValue(V other) {
      value = Objects.requireNonNull(other);
      step = existed ? Step.UPDATE : Step.CREATE;
    }

    @Override
    public void remove() {
      value = null;
      step = step == Step.CREATE || step == Step.LOAD ? Step.NONE : Step.REMOVE;
    }

    @Override
    public <T> T unwrap(Class<T> type) {
      if (type.isInstance(this)) {
        return type.cast(this);
      }
      throw new IllegalArgumentException("an entry is no " + type.getName());
    }

    private @Nullable Held<V> outcome(Change<K, V> change, @Nullable Held<V> held) {
      return switch (step) {
        case NONE -> held;
        case ACCESS -> held == null ? null : accessed(held);
        case LOAD -> stored(change, held, Objects.requireNonNull(value));
        case CREATE, UPDATE -> written(change, held, Objects.requireNonNull(value));
        case REMOVE -> deleted(change, held);
      };
    }
  }

  @Override
  public Iterator<Entry<K, V>> iterator() {
    checkOpen();
    Iterator<K> keys = store.keySet().iterator();
    return new Iterator<>() {
      private @Nullable K next;
      private @Nullable K last;

      @Override
      public boolean hasNext() {
        while (next == null && keys.hasNext()) {
          K key = keys.next();
          next = store.containsKey(key) ? key : null;
        }
        return next != null;
      }

      @Override
      public Entry<K, V> next() {
        while (hasNext()) {
          K key = Objects.requireNonNull(next);
          next = null;
          long start = System.nanoTime();
          Held<V> held = store.get(key);
          if (held != null) {
            statistics.got(true, start);
            last = key;
            return new LocalEntry<>(copies.of(key), copies.of(held.value()));
          }
        }
        throw new NoSuchElementException();
      }

      @Override
      public void remove() {
        if (last == null) {
          throw new IllegalStateException("nothing to remove: next() was not called");
        }
        LocalCache.this.remove(last);
        last = null;
      }
    };
  }

  @Override
  public void registerCacheEntryListener(CacheEntryListenerConfiguration<K, V> added) {
    checkOpen();
    configuration.addCacheEntryListenerConfiguration(added); // refuses what it has
    listeners.add(added);
  }

  @Override
  public void deregisterCacheEntryListener(CacheEntryListenerConfiguration<K, V> removed) {
    checkOpen();
    configuration.removeCacheEntryListenerConfiguration(removed);
    listeners.remove(removed);
  }

  @Override
  public <C extends Configuration<K, V>> C getConfiguration(Class<C> type) {
    if (type.isInstance(configuration)) {
      return type.cast(configuration);
    }
    throw new IllegalArgumentException("the configuration is no " + type.getName());
  }

  @Override
  public String getName() {
    return name;
  }

  @Override
  public CacheManager getCacheManager() {
    return manager;
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    manager.release(this);
    Beans.hide(this, CONFIGURATION);
    Beans.hide(this, STATISTICS);
    store.clear();
    closeResources();
  }

  private void closeResources() {
    var resources = new ArrayList<@Nullable Object>(source.resources());
    resources.addAll(listeners.resources());
    resources.add(lives.policy());
    CacheException failure = null;
    for (Object resource : resources) {
      if (resource instanceof AutoCloseable closeable) {
        try {
          closeable.close();
        } catch (Exception e) { // close() may throw anything; the others are closed all the same
          if (failure == null) {
            failure = new CacheException("cache '" + name + "' is closed, but not all it used");
          }
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the cache '" + name + "' is closed");
    }
  }

  private static void checkNoNulls(Iterable<?> elements) {
    for (Object element : elements) {
      Objects.requireNonNull(element);
    }
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    throw new IllegalArgumentException("a cache is no " + type.getName());
  }
}
