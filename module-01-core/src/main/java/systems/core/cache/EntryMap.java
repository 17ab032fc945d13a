package systems.core.cache;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A map whose views ask the map. {@link AbstractMap} finds and removes a key in its views by going
 * through all of them.
 */
abstract class EntryMap<K, V> extends AbstractMap<K, V> {

  /** All entries, in the map's order. */
  abstract Iterator<Map.Entry<K, V>> entries();

  /** The value of a key, if it is there; looking is no use of it. */
  abstract @Nullable V peek(Object key);

  @Override
  public abstract int size();

  @Override
  public boolean containsKey(Object key) {
    return peek(key) != null;
  }

  @Override
  public Set<Map.Entry<K, V>> entrySet() {
    return new EntrySet();
  }

  @Override
  public Set<K> keySet() {
    return new KeySet();
  }

  private final class EntrySet extends AbstractSet<Map.Entry<K, V>> {
    @Override
    public Iterator<Map.Entry<K, V>> iterator() {
      return entries();
    }

    @Override
    public int size() {
      return EntryMap.this.size();
    }

    @Override
    public boolean contains(Object wanted) {
      return wanted instanceof Map.Entry<?, ?> entry
          && entry.getKey() != null
          && entry.getValue() != null
          && entry.getValue().equals(peek(entry.getKey()));
    }

    @Override
    public boolean remove(Object wanted) {
      return wanted instanceof Map.Entry<?, ?> entry
          && entry.getKey() != null
          && entry.getValue() != null
          && EntryMap.this.remove(entry.getKey(), entry.getValue());
    }

    @Override
    public void clear() {
      EntryMap.this.clear();
    }
  }

  private final class KeySet extends AbstractSet<K> {
    @Override
    public Iterator<K> iterator() {
      Iterator<Map.Entry<K, V>> entries = entries();
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return entries.hasNext();
        }

        @Override
        public K next() {
          return entries.next().getKey();
        }

        @Override
        public void remove() {
          entries.remove();
        }
      };
    }

    @Override
    public int size() {
      return EntryMap.this.size();
    }

    @Override
    public boolean contains(Object key) {
      return containsKey(key);
    }

    @Override
    public boolean remove(Object key) {
      return EntryMap.this.remove(key) != null;
    }

    @Override
    public void clear() {
      EntryMap.this.clear();
    }
  }
}
