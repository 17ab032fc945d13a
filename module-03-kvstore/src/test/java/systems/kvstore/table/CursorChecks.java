package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import systems.kvstore.Slice;

/** Moves a cursor about at random beside a sorted map that has to agree at each step. */
final class CursorChecks {
  private CursorChecks() {}

  /** An empty model: internal keys in their order, and values. */
  static TreeMap<Slice, byte[]> model() {
    return new TreeMap<>(InternalKey::compare);
  }

  /** One sentence for all, since a property may fail at any of them. */
  static final String SHOWN = "what the cursor shows after a step";

  /** Reads everything forward. */
  static void checkForward(EntryCursor cursor, NavigableMap<Slice, byte[]> model)
      throws IOException {
    cursor.first();
    for (var entry : model.entrySet()) {
      checkOn(cursor, entry);
      cursor.next();
    }
    assertThat(cursor.valid()).as(SHOWN).isFalse();
  }

  /** Reads everything backward. */
  static void checkBackward(EntryCursor cursor, NavigableMap<Slice, byte[]> model)
      throws IOException {
    cursor.last();
    for (var entry : model.descendingMap().entrySet()) {
      checkOn(cursor, entry);
      cursor.prev();
    }
    assertThat(cursor.valid()).as(SHOWN).isFalse();
  }

  /** Seeks, and goes on from there a few steps forward. */
  static void walkForward(
      EntryCursor cursor, NavigableMap<Slice, byte[]> model, SplittableRandom random, int walks)
      throws IOException {
    for (int i = 0; i < walks; i++) {
      Slice target = Keys.seek(Keys.user(random), random.nextLong(300));
      cursor.seek(target);
      var expected = model.ceilingEntry(target);
      for (int steps = random.nextInt(6); steps >= 0 && expected != null; steps--) {
        checkOn(cursor, expected);
        cursor.next();
        expected = model.higherEntry(expected.getKey());
      }
      checkOn(cursor, expected);
    }
  }

  /** Any moves in any order, with changes of direction. */
  static void wander(
      EntryCursor cursor, NavigableMap<Slice, byte[]> model, SplittableRandom random, int moves)
      throws IOException {
    Map.Entry<Slice, byte[]> expected = null;
    for (int i = 0; i < moves; i++) {
      int move = random.nextInt(expected == null ? 4 : 16);
      Slice target = Keys.seek(Keys.user(random), random.nextLong(300));
      if (random.nextInt(3) == 0 && !model.isEmpty()) {
        target = model.floorKey(target) != null ? model.floorKey(target) : model.firstKey();
      }
      switch (move) {
        case 0 -> {
          cursor.first();
          expected = model.firstEntry();
        }
        case 1 -> {
          cursor.last();
          expected = model.lastEntry();
        }
        case 2 -> {
          cursor.seek(target);
          expected = model.ceilingEntry(target);
        }
        case 3 -> {
          cursor.seekForPrev(target);
          expected = model.floorEntry(target);
        }
        case 4, 5, 6, 7, 8, 9 -> {
          cursor.next();
          expected = model.higherEntry(expected.getKey());
        }
        default -> {
          cursor.prev();
          expected = model.lowerEntry(expected.getKey());
        }
      }
      checkOn(cursor, expected);
    }
  }

  private static void checkOn(EntryCursor cursor, Map.Entry<Slice, byte[]> expected)
      throws IOException {
    assertThat(cursor.valid()).as(SHOWN).isEqualTo(expected != null);
    if (expected != null) {
      Slice key = expected.getKey();
      assertThat(cursor.key()).as(SHOWN).isEqualTo(key);
      assertThat(cursor.value().toByteArray()).as(SHOWN).isEqualTo(expected.getValue());
      assertThat(cursor.prefix())
          .as(SHOWN)
          .isEqualTo(InternalKey.prefix(key.array(), key.offset(), InternalKey.userLength(key)));
    }
  }

  /** A value that names its version, of a length that varies with it. */
  static byte[] value(long sequence) {
    byte[] value = new byte[(int) (sequence % 7 * sequence % 41)];
    Arrays.fill(value, (byte) sequence);
    return value;
  }
}
