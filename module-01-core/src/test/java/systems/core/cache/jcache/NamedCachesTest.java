package systems.core.cache.jcache;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Properties;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("given")
class NamedCachesTest {

  @Test
  void aBoundThatIsNoNumberIsExplained() {
    var properties = new Properties();
    properties.setProperty(LocalCachingProvider.ENTRIES_MAX, "many");
    var provider = Caching.getCachingProvider();
    CacheManager manager = provider.getCacheManager(provider.getDefaultURI(), null, properties);
    assertThatThrownBy(() -> manager.createCache("c", new MutableConfiguration<>()))
        .isInstanceOf(CacheException.class)
        .hasMessageContaining("must be a number of entries; it is 'many'");
    provider.close();
  }
}
