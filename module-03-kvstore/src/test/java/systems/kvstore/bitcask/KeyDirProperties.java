package systems.kvstore.bitcask;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import systems.kvstore.KvStore;
import systems.kvstore.Slice;
import systems.kvstore.bitcask.KeyDir.Location;

@Tag("phase-1")
class KeyDirProperties {
  private static Location location(int number) {
    return new Location(1 + number % 50, number, Record.HEADER_BYTES + number % 1000);
  }

  private static byte[] key(int number) {
    return Slice.of("key " + "x".repeat(number % 30) + number).array();
  }

  @Property(tries = 30)
  void aKeyDirectoryIsAMap(@ForAll long seed) {
    var random = new Random(seed);
    var keyDir = new KeyDir();
    var model = new HashMap<Integer, Location>();
    for (int step = 0; step < 5000; step++) {
      int number = random.nextInt(1000);
      byte[] key = key(number);
      Location before = model.get(number);
      assertThat(keyDir.find(key, 0, key.length)).isEqualTo(before);
      switch (random.nextInt(5)) {
        case 0, 1 -> {
          assertThat(keyDir.put(key, 0, key.length, location(step))).isEqualTo(before);
          model.put(number, location(step));
        }
        case 2 -> {
          Location source = random.nextBoolean() && before != null ? before : location(7777777);
          boolean moved = keyDir.move(key, 0, key.length, source, location(step));
          assertThat(moved).isEqualTo(source.equals(before));
          if (moved) {
            model.put(number, location(step));
          }
        }
        default -> {
          assertThat(keyDir.remove(key, 0, key.length)).isEqualTo(before);
          model.remove(number);
        }
      }
      assertThat(keyDir.size()).isEqualTo(model.size());
    }
    for (int number = 0; number < 1000; number++) {
      assertThat(keyDir.find(key(number), 0, key(number).length)).isEqualTo(model.get(number));
    }
  }

  @Example
  void aMoveLeavesARecordThatWasWrittenMeanwhile() {
    var keyDir = new KeyDir();
    byte[] key = key(1);
    keyDir.put(key, 0, key.length, location(1));
    keyDir.put(key, 0, key.length, location(2));
    keyDir.move(key, 0, key.length, location(1), location(3));
    assertThat(keyDir.find(key, 0, key.length))
        .as("where the key's newest record lies after a merge has copied the one before it")
        .isEqualTo(location(2));
  }

  @Example
  void keysThatComeAndGoDoNotLeak() {
    var keyDir = new KeyDir();
    for (int i = 0; i < 1000; i++) {
      keyDir.put(key(i), 0, key(i).length, location(i));
    }
    long settled = keyDir.bytes();
    for (int i = 1000; i < 400_000; i++) {
      keyDir.put(key(i), 0, key(i).length, location(i));
      byte[] old = key(i - 1000);
      assertThat(keyDir.remove(old, 0, old.length)).isNotNull();
    }
    assertThat(keyDir.size()).isEqualTo(1000);
    assertThat(keyDir.bytes()).isLessThan(3 * settled);
  }

  @Example
  void aMillionKeysOfSixteenBytesCostLessThanFiftyFourBytesEach() {
    var keyDir = new KeyDir();
    byte[] key = new byte[16];
    int keys = 1_000_000;
    for (int i = 0; i < keys; i++) {
      ByteBuffer.wrap(key).putLong(i * 0x9E3779B97F4A7C15L).putLong(i);
      keyDir.put(key, 0, 16, location(i));
    }
    assertThat(keyDir.size()).isEqualTo(keys);
    assertThat(keyDir.bytes() / (double) keys).isBetween(43.0, 54.0);
  }

  @Example
  void longestKeysFillChunksWithoutCrossingThem() {
    var keyDir = new KeyDir();
    byte[] key = new byte[KvStore.KEY_BYTES_MAX];
    for (int i = 0; i < 100; i++) {
      key[0] = (byte) i;
      assertThat(keyDir.put(key, 0, key.length, location(i))).isNull();
    }
    for (int i = 0; i < 100; i++) {
      key[0] = (byte) i;
      assertThat(keyDir.find(key, 0, key.length)).isEqualTo(location(i));
    }
  }

  @Example
  void keysThatDifferInOneBitHashApart() {
    var keyDir = new KeyDir();
    var hashes = new HashSet<Integer>();
    byte[] key = new byte[24];
    for (int bit = 0; bit < 8 * key.length; bit++) {
      key[bit / 8] ^= (byte) (1 << bit % 8);
      hashes.add(KeyDir.hash(key, 0, key.length));
      keyDir.put(key, 0, key.length, location(bit));
      key[bit / 8] ^= (byte) (1 << bit % 8);
    }
    assertThat(hashes).hasSizeGreaterThan(8 * key.length - 3);
    assertThat(keyDir.size()).isEqualTo(8L * key.length);
  }
}
