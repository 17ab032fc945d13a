package systems.kvstore.bitcask;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import systems.kvstore.Durability;
import systems.kvstore.Slice;
import systems.kvstore.fs.CrashMemFs;
import systems.kvstore.fs.FileSystem;

@Tag("phase-1")
class BitcaskProperties {
  private static final BitcaskStore.Options SMALL = new BitcaskStore.Options(4096, 0.5, false);

  sealed interface Action {
    record Put(int key, int valueBytes) implements Action {}

    record Delete(int key) implements Action {}

    record Merge() implements Action {}

    record Reopen(boolean hintsLost) implements Action {}
  }

  @Provide
  Arbitrary<List<Action>> actions() {
    Arbitrary<Integer> keys = Arbitraries.integers().between(0, 40);
    Arbitrary<Action> put =
        Combinators.combine(keys, Arbitraries.integers().between(0, 900)).as(Action.Put::new);
    Arbitrary<Action> delete = keys.map(Action.Delete::new);
    Arbitrary<Action> merge = Arbitraries.create(Action.Merge::new);
    Arbitrary<Action> reopen = Arbitraries.of(true, false).map(Action.Reopen::new);
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(20, put),
            net.jqwik.api.Tuple.of(8, delete),
            net.jqwik.api.Tuple.of(1, merge),
            net.jqwik.api.Tuple.of(1, reopen))
        .list()
        .ofMinSize(1)
        .ofMaxSize(150);
  }

  @Property(tries = 100)
  void aStoreIsAMap(@ForAll("actions") List<Action> actions) throws IOException {
    play(Path.of("/model"), actions);
  }

  private static void play(Path directory, List<Action> actions) throws IOException {
    FileSystem fileSystem = new CrashMemFs();
    Map<Slice, byte[]> model = new HashMap<>();
    var store = BitcaskStore.open(fileSystem, directory, SMALL);
    try {
      for (int i = 0; i < actions.size(); i++) {
        switch (actions.get(i)) {
          case Action.Put(int key, int valueBytes) -> {
            byte[] value = value(i, valueBytes);
            store.put(key(key).array(), value, i % 9 == 0 ? Durability.SYNC : Durability.BUFFERED);
            model.put(key(key), value);
          }
          case Action.Delete(int key) -> {
            store.delete(key(key).array());
            model.remove(key(key));
          }
          case Action.Merge() -> store.merge();
          case Action.Reopen(boolean hintsLost) -> {
            store.close();
            if (hintsLost) {
              deleteHints(fileSystem, directory);
            }
            store = BitcaskStore.open(fileSystem, directory, SMALL);
            assertThat(store.tornTail()).isNull();
          }
        }
        check(store, model);
      }
    } finally {
      store.close();
    }
    try (var reopened = BitcaskStore.open(fileSystem, directory, SMALL)) {
      check(reopened, model);
    }
  }

  private static void check(BitcaskStore store, Map<Slice, byte[]> model) throws IOException {
    assertThat(store.stats().keys()).isEqualTo(model.size());
    for (int key = 0; key <= 40; key++) {
      assertThat(store.get(key(key).array())).isEqualTo(model.get(key(key)));
    }
  }

  /** Keys of many lengths, some of them prefixes of others. */
  private static Slice key(int number) {
    return Slice.of("k".repeat(number % 13) + number / 13);
  }

  private static byte[] value(int seed, int length) {
    var value = new byte[length];
    for (int i = 0; i < length; i++) {
      value[i] = (byte) (seed * 31 + i);
    }
    return value;
  }

  private static void deleteHints(FileSystem fileSystem, Path directory) throws IOException {
    for (String name : fileSystem.list(directory)) {
      if (name.endsWith(Hint.SUFFIX)) {
        fileSystem.delete(directory.resolve(name));
      }
    }
  }
}
