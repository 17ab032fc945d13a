package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;

/** The numbered invariants of {@link ArenaSkipList}, checked from outside of it. */
final class SkipListChecks {
  private static final int HEAD = 48;

  private SkipListChecks() {}

  /** Checks a list that nobody changes. */
  static void check(ArenaSkipList list, int entries) {
    assertThat(checkLevelZero(list)).as("entries on level 0").isEqualTo(entries);
    for (int level = 1; level < ArenaSkipList.HEIGHT_MAX; level++) {
      checkIsSublist(list, level);
    }
  }

  /** Walks level 0, where others may insert meanwhile, and returns the number of entries. */
  static int checkLevelZero(ArenaSkipList list) {
    int count = 0;
    byte[] before = new byte[0];
    for (int node = list.first(); node != ArenaSkipList.END; node = list.next(node)) {
      assertThat((long) node).as("offset of a node").isLessThan(list.bytesUsed());
      byte[] key = internalKey(list, node);
      if (count > 0 && InternalKey.compare(before, 0, before.length, key, 0, key.length) >= 0) {
        throw new AssertionError(
            "entry " + count + " is not after the one before: " + Arrays.toString(key));
      }
      before = key;
      count++;
    }
    return count;
  }

  private static void checkIsSublist(ArenaSkipList list, int level) {
    int below = list.next(HEAD, level - 1);
    int node = list.next(HEAD, level);
    for (; node != ArenaSkipList.END; node = list.next(node, level)) {
      while (below != node) {
        assertThat(below).as("level %d lacks a node of level %d", level - 1, level).isNotZero();
        below = list.next(below, level - 1);
      }
    }
  }

  static byte[] internalKey(ArenaSkipList list, int node) {
    int length = list.userLength(node);
    byte[] key = new byte[ArenaSkipList.keyCopyBytes(length)];
    list.copyKey(node, length, key);
    return Arrays.copyOf(key, length + InternalKey.TRAILER_BYTES);
  }
}
