package systems.core.cache;

/** How much of a cache's bound an entry takes. */
@FunctionalInterface
public interface Weigher<K, V> {
  /** The weight, 0 or more; asked once per value that is written. */
  int weigh(K key, V value);

  /** The weight that a weigher gives, checked. */
  static <K, V> int checked(Weigher<? super K, ? super V> weigher, K key, V value) {
    int weight = weigher.weigh(key, value);
    if (weight < 0) {
      throw new IllegalArgumentException("weight " + weight + " of key " + key + " is negative");
    }
    return weight;
  }
}
