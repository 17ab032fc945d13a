package systems.core.cache.jcache;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.WeakHashMap;
import javax.cache.CacheManager;
import javax.cache.configuration.OptionalFeature;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;

/**
 * Gives cache managers, one for each class loader and address. All caches live in this process; the
 * address is only a name.
 *
 * <p>The property {@value #ENTRIES_MAX} of a manager bounds each of its caches, since JSR 107 has
 * no word for a bound; without it they grow.
 */
public final class LocalCachingProvider implements CachingProvider {
  /** Most entries of each cache of a manager that has this property. */
  public static final String ENTRIES_MAX = "systems.core.cache.entriesMax";

  private static final URI DEFAULT = URI.create("systems.core.cache");

  private final Map<ClassLoader, Map<URI, NamedCaches>> managers = new WeakHashMap<>();

  @Override
  public CacheManager getCacheManager(
      @Nullable URI uri, @Nullable ClassLoader loader, @Nullable Properties properties) {
    URI address = uri == null ? DEFAULT : uri;
    ClassLoader classes = loader == null ? getDefaultClassLoader() : loader;
    synchronized (managers) {
      return managers
          .computeIfAbsent(classes, _ -> new HashMap<>())
          .computeIfAbsent(
              address,
              a ->
                  new NamedCaches(
                      this, a, classes, properties == null ? new Properties() : properties));
    }
  }

  @Override
  public CacheManager getCacheManager(@Nullable URI uri, @Nullable ClassLoader loader) {
    return getCacheManager(uri, loader, null);
  }

  @Override
  public CacheManager getCacheManager() {
    return getCacheManager(null, null, null);
  }

  @Override
  public ClassLoader getDefaultClassLoader() {
    return LocalCachingProvider.class.getClassLoader();
  }

  @Override
  public URI getDefaultURI() {
    return DEFAULT;
  }

  @Override
  public Properties getDefaultProperties() {
    return new Properties();
  }

  @Override
  public void close() {
    List<ClassLoader> loaders;
    synchronized (managers) {
      loaders = List.copyOf(managers.keySet());
    }
    loaders.forEach(this::close);
  }

  @Override
  public void close(@Nullable ClassLoader loader) {
    List<NamedCaches> closing = new ArrayList<>();
    synchronized (managers) {
      var byAddress = managers.remove(loader == null ? getDefaultClassLoader() : loader);
      if (byAddress != null) {
        closing.addAll(byAddress.values());
      }
    }
    closing.forEach(NamedCaches::close);
  }

  @Override
  public void close(@Nullable URI uri, @Nullable ClassLoader loader) {
    NamedCaches closing;
    synchronized (managers) {
      var byAddress = managers.get(loader == null ? getDefaultClassLoader() : loader);
      closing = byAddress == null ? null : byAddress.remove(uri == null ? DEFAULT : uri);
    }
    if (closing != null) {
      closing.close();
    }
  }

  /** Forgets a manager that closes. */
  void release(NamedCaches manager) {
    synchronized (managers) {
      var byAddress = managers.get(manager.getClassLoader());
      if (byAddress != null) {
        byAddress.remove(manager.getURI(), manager);
      }
    }
  }

  @Override
  public boolean isSupported(OptionalFeature feature) {
    return switch (feature) {
      case STORE_BY_REFERENCE -> true;
    };
  }
}
