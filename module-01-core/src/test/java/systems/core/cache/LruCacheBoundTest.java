package systems.core.cache;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("given")
class LruCacheBoundTest {

  @Test
  void aBoundBelowOneIsRefused() {
    assertThatThrownBy(() -> new LruCache<Integer, String>(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be 1 or more");
    assertThatThrownBy(() -> new LruCache<Integer, String>(LruCache.ENTRIES_MAX + 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
