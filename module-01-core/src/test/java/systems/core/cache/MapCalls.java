package systems.core.cache;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What can be asked of a map; each call gives the same answer on maps with the same content. */
enum MapCalls {
  GET((map, key, value) -> map.get(key)),
  GET_OR_DEFAULT((map, key, value) -> map.getOrDefault(key, value)),
  PUT((map, key, value) -> map.put(key, value)),
  PUT_AGAIN((map, key, value) -> map.put(key, value)),
  PUT_IF_ABSENT((map, key, value) -> map.putIfAbsent(key, value)),
  PUT_ALL((map, key, value) -> {
    map.putAll(Map.of(key, value));
    return null;
  }),
  REMOVE((map, key, value) -> map.remove(key)),
  REMOVE_PAIR((map, key, value) -> map.remove(key, value)),
  REPLACE((map, key, value) -> map.replace(key, value)),
  REPLACE_PAIR((map, key, value) -> map.replace(key, value, value + "+")),
  REPLACE_ALL((map, key, value) -> {
    map.replaceAll((k, v) -> v.equals(value) ? "replaced" : v);
    return null;
  }),
  COMPUTE((map, key, value) -> map.compute(key, (k, v) -> v == null ? value : null)),
  COMPUTE_LONGER((map, key, value) -> map.compute(key, (k, v) -> k.hashCode() + value + v)),
  COMPUTE_IF_ABSENT((map, key, value) -> map.computeIfAbsent(key, k -> value)),
  COMPUTE_NOTHING((map, key, value) -> map.computeIfAbsent(key, k -> null)),
  COMPUTE_IF_PRESENT(
      (map, key, value) -> map.computeIfPresent(key, (k, v) -> v.equals(value) ? null : value)),
  MERGE((map, key, value) -> map.merge(key, value, (a, b) -> a.equals(b) ? null : b)),
  CONTAINS_KEY((map, key, value) -> map.containsKey(key)),
  CONTAINS_VALUE((map, key, value) -> map.containsValue(value)),
  KEYS((map, key, value) -> Set.copyOf(map.keySet()).toString().length() + map.keySet().size()),
  KEYS_CONTAIN((map, key, value) -> map.keySet().contains(key)),
  KEYS_REMOVE((map, key, value) -> map.keySet().remove(key)),
  KEYS_RETAIN((map, key, value) -> map.keySet().removeIf(k -> k.hashCode() % 5 == 1)),
  VALUES_REMOVE_ALL((map, key, value) -> map.values().removeAll(List.of(value))),
  ENTRIES_CONTAIN((map, key, value) -> map.entrySet().contains(Map.entry(key, value))),
  ENTRIES_REMOVE((map, key, value) -> map.entrySet().remove(Map.entry(key, value))),
  ENTRIES_SET((map, key, value) -> {
    var old = new ArrayList<Object>();
    for (Map.Entry<Object, String> entry : map.entrySet()) {
      if (entry.getKey().equals(key)) {
        old.add(entry.setValue(value));
        old.add(entry.getValue());
      }
    }
    return old;
  }),
  ITERATOR_REMOVE((map, key, value) -> {
    var entries = map.entrySet().iterator();
    while (entries.hasNext()) {
      if (entries.next().getKey().equals(key)) {
        entries.remove();
      }
    }
    return null;
  }),
  EQUALS((map, key, value) -> map.equals(Map.of(key, value))),
  HASH_CODE((map, key, value) -> map.hashCode()),
  SIZE((map, key, value) -> map.size()),
  IS_EMPTY((map, key, value) -> map.isEmpty());

  interface Call {
    @Nullable Object on(Map<Object, String> map, Object key, String value);
  }

  final Call call;

  MapCalls(Call call) {
    this.call = call;
  }
}
