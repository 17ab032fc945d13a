package systems.core.cache;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a cache does, written down as plainly as possible: values weigh what they are. */
final class SlowCache {
  final Map<Integer, Integer> values = new HashMap<>();
  final List<String> left = new ArrayList<>();
  private final long weightMax;
  private final boolean weighed;
  private final Order order;

  /** Keys in the order in which they leave. */
  private interface Order {
    void add(Integer key);

    void use(Integer key);

    void remove(Integer key);

    Integer victim();
  }

  SlowCache(Eviction kind, long weightMax, boolean weighed) {
    this.weightMax = weightMax;
    this.weighed = weighed;
    order =
        switch (kind) {
          case LRU -> new Lru();
          case S3_FIFO -> new S3Fifo();
          case TINY_LFU -> new TinyLfu();
        };
  }

  private long weight(List<Integer> keys) {
    return keys.stream().mapToLong(key -> weighed ? values.get(key) : 1).sum();
  }

  Integer get(Integer key) {
    if (values.containsKey(key)) {
      order.use(key);
    }
    return values.get(key);
  }

  Integer put(Integer key, Integer value) {
    Integer old = values.put(key, value);
    if (old == null) {
      order.add(key);
    } else {
      order.use(key);
      if (!old.equals(value)) {
        left.add(key + "=" + old + " REPLACED");
      }
    }
    if (weighed && value > weightMax) {
      remove(key, RemovalCause.SIZE);
    }
    while (weight(List.copyOf(values.keySet())) > weightMax) {
      remove(order.victim(), RemovalCause.SIZE);
    }
    return old;
  }

  Integer remove(Integer key) {
    return values.containsKey(key) ? remove(key, RemovalCause.EXPLICIT) : null;
  }

  private Integer remove(Integer key, RemovalCause cause) {
    order.remove(key);
    Integer old = values.remove(key);
    left.add(key + "=" + old + " " + cause);
    return old;
  }

  private static void moveToEnd(List<Integer> keys, Integer key) {
    keys.remove(key);
    keys.add(key);
  }

  private static final class Lru implements Order {
    private final List<Integer> keys = new ArrayList<>();

    @Override
    public void add(Integer key) {
      keys.add(key);
    }

    @Override
    public void use(Integer key) {
      moveToEnd(keys, key);
    }

    @Override
    public void remove(Integer key) {
      keys.remove(key);
    }

    @Override
    public Integer victim() {
      return keys.getFirst();
    }
  }

  private final class S3Fifo implements Order {
    private final List<Integer> small = new ArrayList<>();
    private final List<Integer> main = new ArrayList<>();
    private final Map<Integer, Integer> uses = new HashMap<>();
    private final Map<Integer, Integer> ghosts = new HashMap<>();
    private int departures;

    @Override
    public void add(Integer key) {
      uses.put(key, 0);
      Integer departure = ghosts.get(key);
      boolean returns = departure != null && departures - departure < small.size() + main.size();
      (returns ? main : small).add(key);
    }

    @Override
    public void use(Integer key) {
      uses.merge(key, 1, (a, b) -> Math.min(3, a + b));
    }

    @Override
    public void remove(Integer key) {
      small.remove(key);
      main.remove(key);
    }

    @Override
    public Integer victim() {
      if (!small.isEmpty() && (main.isEmpty() || weight(small) >= Math.max(1, weightMax / 10))) {
        Integer key = small.getFirst();
        if (uses.get(key) < 2) {
          ghosts.put(key, ++departures);
          return key;
        }
        small.remove(key);
        main.add(key);
        uses.put(key, 0);
        return victim();
      }
      Integer key = main.getFirst();
      if (uses.get(key) == 0) {
        return key;
      }
      uses.merge(key, -1, Integer::sum);
      moveToEnd(main, key);
      return victim();
    }
  }

  private final class TinyLfu implements Order {
    private final List<Integer> window = new ArrayList<>();
    private final List<Integer> probation = new ArrayList<>();
    private final List<Integer> safe = new ArrayList<>();
    private final Set<Integer> usedInSafe = new HashSet<>();
    private final FrequencySketch sketch = new FrequencySketch(Math.min(weightMax, 1024));
    private final long windowMax = Math.max(1, weightMax / 100);
    private int random = 1;

    @Override
    public void add(Integer key) {
      window.add(key);
      sketch.serve(values.size());
      sketch.count(Policy.hash(key));
      trim();
    }

    private void trim() {
      while (weight(window) > windowMax) {
        probation.add(window.removeFirst());
      }
    }

    @Override
    public void use(Integer key) {
      if (safe.contains(key)) {
        usedInSafe.add(key);
        return;
      }
      sketch.count(Policy.hash(key));
      if (window.contains(key)) {
        moveToEnd(window, key);
      } else {
        probation.remove(key);
        safe.add(key);
        usedInSafe.remove(key);
        while (weight(safe) > (weightMax - windowMax) / 10 * 8) {
          passTheHand();
        }
      }
    }

    private void passTheHand() {
      Integer first = safe.removeFirst();
      boolean used = usedInSafe.remove(first);
      if (used) {
        sketch.count(Policy.hash(first));
      }
      (used ? safe : probation).add(first);
    }

    @Override
    public void remove(Integer key) {
      window.remove(key);
      probation.remove(key);
      safe.remove(key);
    }

    @Override
    public Integer victim() {
      trim();
      if (probation.isEmpty()) {
        return safe.isEmpty() ? window.getFirst() : safe.getFirst();
      }
      Integer victim = probation.getFirst();
      Integer candidate = probation.getLast();
      if (victim.equals(candidate)) {
        return victim;
      }
      int wanted = sketch.frequency(Policy.hash(candidate));
      if (wanted > sketch.frequency(Policy.hash(victim))) {
        return victim;
      }
      return wanted >= 6 && luck() ? victim : candidate;
    }

    private boolean luck() {
      random ^= random << 13;
      random ^= random >>> 17;
      random ^= random << 5;
      return (random & 127) == 0;
    }
  }
}
