package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvStore;
import systems.kvstore.Slice;

/** The slow obvious store: a sorted map that is copied where the real one takes a snapshot. */
final class Model {
  final TreeMap<Slice, byte[]> entries = new TreeMap<>();

  Model copy() {
    var copy = new Model();
    copy.entries.putAll(entries);
    return copy;
  }

  void put(byte[] key, byte[] value) {
    entries.put(new Slice(key.clone()), value.clone());
  }

  void delete(byte[] key) {
    entries.remove(new Slice(key));
  }

  void deleteRange(byte[] begin, byte[] end) {
    var from = new Slice(begin);
    var to = new Slice(end);
    if (from.compareTo(to) < 0) {
      entries.subMap(from, to).clear();
    }
  }

  byte @Nullable [] get(byte[] key) {
    return entries.get(new Slice(key));
  }

  /** All entries of a cursor from first to last, as text. */
  static List<String> forward(Cursor cursor) throws IOException {
    var all = new ArrayList<String>();
    for (boolean more = cursor.first(); more; more = cursor.next()) {
      all.add(text(cursor.key(), cursor.value()));
    }
    return all;
  }

  /** All entries of a cursor from last to first, turned round. */
  static List<String> backward(Cursor cursor) throws IOException {
    var all = new ArrayList<String>();
    for (boolean more = cursor.last(); more; more = cursor.prev()) {
      all.addFirst(text(cursor.key(), cursor.value()));
    }
    return all;
  }

  List<String> texts() {
    return texts(entries);
  }

  static List<String> texts(Map<Slice, byte[]> entries) {
    return entries.entrySet().stream()
        .map(entry -> text(entry.getKey(), new Slice(entry.getValue())))
        .toList();
  }

  private static String text(Slice key, Slice value) {
    return hex(key) + "=" + hex(value);
  }

  private static String hex(Slice slice) {
    return new String(slice.toByteArray(), StandardCharsets.ISO_8859_1);
  }

  /** Every key that was ever used reads as here, and both scans show just these entries. */
  void assertSame(LsmStore store, Iterable<byte[]> keys) throws IOException {
    assertSameGets(store, keys);
    try (var cursor = store.cursor()) {
      assertThat(forward(cursor)).isEqualTo(texts());
      assertThat(backward(cursor)).isEqualTo(texts());
    }
  }

  void assertSameGets(KvStore store, Iterable<byte[]> keys) throws IOException {
    for (var key : keys) {
      assertThat(store.get(key)).as("value of %s", new Slice(key)).isEqualTo(get(key));
    }
  }
}
