package systems.core.cache.jcache;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.cache.Cache;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CacheWriterException;
import org.jspecify.annotations.Nullable;

/** Where the values of a cache come from and go to, if it is a cache of something. */
final class Source<K, V> {
  private final @Nullable CacheLoader<K, V> loader;
  private final @Nullable CacheWriter<? super K, ? super V> writer;
  private final boolean readThrough;

  /** What was not written, and why; no failure if all of it was. */
  record Rest<T>(Collection<T> unwritten, @Nullable CacheWriterException failure) {}

  Source(CompleteConfiguration<K, V> configuration) {
    var loaders = configuration.getCacheLoaderFactory();
    loader = loaders == null ? null : loaders.create();
    readThrough = configuration.isReadThrough() && loader != null;
    var writers = configuration.getCacheWriterFactory();
    writer = writers == null || !configuration.isWriteThrough() ? null : writers.create();
  }

  /** What users gave, to be closed with the cache. */
  List<@Nullable Object> resources() {
    var resources = new ArrayList<@Nullable Object>();
    resources.add(loader);
    resources.add(writer);
    return resources;
  }

  boolean canLoad() {
    return loader != null;
  }

  boolean readsThrough() {
    return readThrough;
  }

  boolean writesThrough() {
    return writer != null;
  }

  @Nullable V load(K key) {
    if (loader == null) {
      return null;
    }
    try {
      return loader.load(key);
    } catch (CacheLoaderException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new CacheLoaderException("the loader failed for key " + key + ": " + e, e);
    }
  }

  /** The values of those keys that have one. */
  Map<K, V> loadAll(Set<? extends K> keys) {
    if (loader == null || keys.isEmpty()) {
      return Map.of();
    }
    try {
      var found = new HashMap<K, V>();
      loader
          .loadAll(keys)
          .forEach((key, value) -> {
            if (value != null) {
              found.put(key, value);
            }
          });
      return found;
    } catch (CacheLoaderException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new CacheLoaderException("the loader failed for " + keys.size() + " keys: " + e, e);
    }
  }

  void write(K key, V value) {
    if (writer != null) {
      attempt(() -> writer.write(new LocalEntry<>(key, value)));
    }
  }

  void delete(K key) {
    if (writer != null) {
      attempt(() -> writer.delete(key));
    }
  }

  /** Writes a map; a writer takes out of the collection what it has written. */
  Rest<K> writeAll(Map<? extends K, ? extends V> map) {
    if (writer == null || map.isEmpty()) {
      return new Rest<>(Set.of(), null);
    }
    Collection<Cache.Entry<? extends K, ? extends V>> entries = new ArrayList<>();
    map.forEach((key, value) -> entries.add(new LocalEntry<>(key, value)));
    CacheWriterException failure = failureOf(() -> writeEntries(entries));
    var unwritten = new HashSet<K>();
    if (failure != null) {
      entries.forEach(entry -> unwritten.add(entry.getKey()));
    }
    return new Rest<>(unwritten, failure);
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // a writer of a supertype writes our entries too
  private void writeEntries(Collection<Cache.Entry<? extends K, ? extends V>> entries) {
    if (writer != null) {
      ((CacheWriter) writer).writeAll((Collection) entries);
    }
  }

  /** Deletes keys; a writer takes out of the collection what it has deleted. */
  Rest<K> deleteAll(Set<? extends K> keys) {
    if (writer == null || keys.isEmpty()) {
      return new Rest<>(Set.of(), null);
    }
    Collection<K> left = new HashSet<>(keys);
    CacheWriterException failure = failureOf(() -> writer.deleteAll(left));
    return new Rest<>(failure == null ? Set.of() : left, failure);
  }

  private static @Nullable CacheWriterException failureOf(Runnable action) {
    try {
      attempt(action);
      return null;
    } catch (CacheWriterException e) {
      return e;
    }
  }

  private static void attempt(Runnable action) {
    try {
      action.run();
    } catch (CacheWriterException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new CacheWriterException("the writer failed: " + e, e);
    }
  }
}
