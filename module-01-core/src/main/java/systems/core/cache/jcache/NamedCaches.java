package systems.core.cache.jcache;

import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;
import systems.core.cache.CacheSpec;

/** Caches by name. Any thread may call everything. */
final class NamedCaches implements CacheManager {
  private final LocalCachingProvider provider;
  private final URI uri;
  private final ClassLoader classLoader;
  private final Properties properties;
  private final ConcurrentMap<String, LocalCache<?, ?>> caches = new ConcurrentHashMap<>();
  private volatile boolean closed;

  NamedCaches(
      LocalCachingProvider provider, URI uri, ClassLoader classLoader, Properties properties) {
    this.provider = provider;
    this.uri = uri;
    this.classLoader = classLoader;
    this.properties = new Properties();
    this.properties.putAll(properties);
  }

  @Override
  public CachingProvider getCachingProvider() {
    return provider;
  }

  @Override
  public URI getURI() {
    return uri;
  }

  @Override
  public ClassLoader getClassLoader() {
    return classLoader;
  }

  @Override
  public Properties getProperties() {
    return properties;
  }

  @Override
  public <K, V, C extends Configuration<K, V>> Cache<K, V> createCache(
      String name, C configuration) {
    checkOpen();
    Objects.requireNonNull(name, "a cache needs a name");
    Objects.requireNonNull(configuration, "a cache needs a configuration");
    LocalCache<K, V> cache;
    synchronized (caches) {
      if (caches.containsKey(name)) {
        throw new CacheException("there is a cache '" + name + "' already");
      }
      cache = new LocalCache<>(this, name, complete(configuration), entriesMax());
      caches.put(name, cache);
    }
    cache.publish();
    return cache;
  }

  private static <K, V> MutableConfiguration<K, V> complete(Configuration<K, V> configuration) {
    if (configuration instanceof CompleteConfiguration<K, V> complete) {
      return new MutableConfiguration<>(complete);
    }
    return new MutableConfiguration<K, V>()
        .setTypes(configuration.getKeyType(), configuration.getValueType())
        .setStoreByValue(configuration.isStoreByValue());
  }

  private long entriesMax() {
    String given = properties.getProperty(LocalCachingProvider.ENTRIES_MAX);
    if (given == null) {
      return CacheSpec.UNBOUNDED;
    }
    try {
      return Long.parseLong(given);
    } catch (NumberFormatException e) {
      throw new CacheException(
          "the property "
              + LocalCachingProvider.ENTRIES_MAX
              + " must be a number of entries; it is '"
              + given
              + "'",
          e);
    }
  }

  @Override
  public <K, V> @Nullable Cache<K, V> getCache(String name, Class<K> keyType, Class<V> valueType) {
    checkOpen();
    Objects.requireNonNull(keyType, "the type of keys is missing");
    Objects.requireNonNull(valueType, "the type of values is missing");
    LocalCache<?, ?> cache = caches.get(name);
    if (cache == null) {
      return null;
    }
    checkType(name, "keys", cache.configuration().getKeyType(), keyType);
    checkType(name, "values", cache.configuration().getValueType(), valueType);
    return typed(cache);
  }

  private static void checkType(String name, String of, Class<?> declared, Class<?> asked) {
    if (declared != asked) {
      throw new ClassCastException(
          of
              + " of cache '"
              + name
              + "' are "
              + declared.getName()
              + ", asked for "
              + asked.getName());
    }
  }

  @Override
  public <K, V> @Nullable Cache<K, V> getCache(String name) {
    checkOpen();
    LocalCache<?, ?> cache = caches.get(name);
    return cache == null ? null : typed(cache);
  }

  @SuppressWarnings("unchecked") // the standard leaves the types to the caller
  private static <K, V> Cache<K, V> typed(LocalCache<?, ?> cache) {
    return (Cache<K, V>) cache;
  }

  @Override
  public Iterable<String> getCacheNames() {
    checkOpen();
    return Set.copyOf(new TreeSet<>(caches.keySet()));
  }

  @Override
  public void destroyCache(String name) {
    checkOpen();
    Objects.requireNonNull(name, "a cache needs a name");
    LocalCache<?, ?> cache = caches.get(name);
    if (cache != null) {
      cache.close();
    }
  }

  /** Forgets a cache that closes. */
  void release(LocalCache<?, ?> cache) {
    caches.remove(cache.getName(), cache);
  }

  @Override
  public void enableManagement(String name, boolean enabled) {
    LocalCache<?, ?> cache = present(name);
    if (cache != null) {
      cache.enableManagement(enabled);
    }
  }

  @Override
  public void enableStatistics(String name, boolean enabled) {
    LocalCache<?, ?> cache = present(name);
    if (cache != null) {
      cache.enableStatistics(enabled);
    }
  }

  private @Nullable LocalCache<?, ?> present(String name) {
    checkOpen();
    return caches.get(Objects.requireNonNull(name, "a cache needs a name"));
  }

  @Override
  public void close() {
    synchronized (caches) {
      if (closed) {
        return;
      }
      closed = true;
    }
    provider.release(this);
    List.copyOf(caches.values()).forEach(LocalCache::close);
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the cache manager " + uri + " is closed");
    }
  }

  @Override
  public <T> T unwrap(Class<T> type) {
    if (type.isInstance(this)) {
      return type.cast(this);
    }
    throw new IllegalArgumentException("a cache manager is no " + type.getName());
  }
}
