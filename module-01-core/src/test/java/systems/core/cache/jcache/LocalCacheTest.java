package systems.core.cache.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import javax.cache.processor.EntryProcessorException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the TCK does not ask. */
@Tag("phase-3")
class LocalCacheTest {

  private static CacheManager manager(Properties properties) {
    var provider = Caching.getCachingProvider();
    assertThat(provider).isInstanceOf(LocalCachingProvider.class);
    return provider.getCacheManager(provider.getDefaultURI(), null, properties);
  }

  @AfterEach
  void close() {
    Caching.getCachingProvider().close();
  }

  private static <K, V> Cache<K, V> cache(MutableConfiguration<K, V> configuration) {
    return manager(new Properties()).createCache("c", configuration);
  }

  @Test
  void aManagersPropertyBoundsItsCaches() {
    var properties = new Properties();
    properties.setProperty(LocalCachingProvider.ENTRIES_MAX, "100");
    Cache<Integer, Integer> cache =
        manager(properties).createCache("bounded", new MutableConfiguration<>());
    for (int i = 0; i < 10_000; i++) {
      cache.put(i, i);
    }
    var seen = new ArrayList<Integer>();
    cache.forEach(entry -> seen.add(entry.getKey()));
    assertThat(seen).hasSizeBetween(100, 200);
  }

  @Test
  void whatCannotBeCopiedIsRefusedByNameAndNotKept() {
    Cache<String, Object> cache = cache(new MutableConfiguration<String, Object>());
    cache.put("k", "v");
    assertThatThrownBy(() -> cache.put("k", new Object()))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining("serializable")
        .hasMessageContaining("java.lang.Object");
    assertThat(cache.get("k")).isEqualTo("v");
  }

  @Test
  void aCopyIsNotTouchedByWhoKeepsTheOriginal() {
    Cache<String, ArrayList<String>> cache = cache(new MutableConfiguration<>());
    var original = new ArrayList<>(List.of("a"));
    cache.put("k", original);
    original.add("b");
    cache.get("k").add("c");
    assertThat(cache.get("k")).containsExactly("a");
  }

  /** A loader that fails when it is asked for "bad", and says when it is closed. */
  private static final class Loader implements CacheLoader<String, String>, AutoCloseable {
    private boolean closed;

    @Override
    public String load(String key) {
      if (key.equals("bad")) {
        throw new IllegalStateException("no such row");
      }
      return "loaded " + key;
    }

    @Override
    public Map<String, String> loadAll(Iterable<? extends String> keys) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
      closed = true;
      throw new IllegalStateException("the connection is gone");
    }
  }

  @Test
  void aFailedLoadIsNotKeptAndNamesItsCause() {
    var loader = new Loader();
    Cache<String, String> cache =
        cache(
            new MutableConfiguration<String, String>()
                .setReadThrough(true)
                .setCacheLoaderFactory(() -> loader));
    assertThat(cache.get("a")).isEqualTo("loaded a");
    assertThatThrownBy(() -> cache.get("bad"))
        .isInstanceOf(CacheLoaderException.class)
        .hasRootCauseMessage("no such row");
    assertThat(cache.containsKey("bad")).isFalse();
    assertThatThrownBy(cache::close)
        .isInstanceOf(CacheException.class)
        .hasMessageContaining("is closed, but not all it used");
    assertThat(loader.closed).isTrue();
    assertThat(cache.isClosed()).isTrue();
  }

  @Test
  void anEntryProcessorThatFailsChangesNothing() {
    Cache<String, String> cache = cache(new MutableConfiguration<>());
    cache.put("k", "v");
    assertThatThrownBy(() ->
            cache.invoke(
                "k",
                (entry, _) -> {
                  entry.setValue("w");
                  throw new IllegalStateException("no");
                }))
        .isInstanceOf(EntryProcessorException.class)
        .hasRootCauseMessage("no");
    assertThat(cache.get("k")).isEqualTo("v");
  }
}
