package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.kvstore.KvStore;
import systems.kvstore.Slice;
import systems.kvstore.ValueBuffer;

class MemTableTest {
  private static final Slice NOTHING = new Slice();

  private static PointLookup.Outcome get(MemTable table, String key, long at, ValueBuffer into) {
    var lookup = new PointLookup();
    Slice bytes = Slice.of(key);
    lookup.reset(bytes.array(), 0, bytes.length(), at);
    return table.get(lookup, into);
  }

  @Test
  @Tag("phase-3")
  void aMemtableThatNobodyWroteToAnswersFitsAndCloses() {
    var table = new MemTable(4096);
    assertThat(get(table, "k", 9, new ValueBuffer())).isEqualTo(PointLookup.Outcome.ABSENT);
    assertThat(table.fits(1, 100)).isTrue();
    table.close();
    assertThat(get(table, "k", 9, new ValueBuffer())).isEqualTo(PointLookup.Outcome.ABSENT);
    assertThatThrownBy(() -> table.add(1, EntryKind.PUT, Slice.of("k"), NOTHING))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  @Tag("phase-3")
  void aDeletionHidesOlderVersionsAndStopsTheSearch() {
    try (var table = new MemTable(4096)) {
      var value = new ValueBuffer();
      table.add(1, EntryKind.PUT, Slice.of("k"), Slice.of("old"));
      table.add(2, EntryKind.DELETE, Slice.of("k"), NOTHING);
      assertThat(get(table, "k", 0, value)).isEqualTo(PointLookup.Outcome.ABSENT);
      assertThat(get(table, "k", 1, value)).isEqualTo(PointLookup.Outcome.FOUND);
      assertThat(get(table, "k", 2, value))
          .as("a key whose newest version is a deletion")
          .isEqualTo(PointLookup.Outcome.DELETED);
      assertThat(get(table, "kk", 2, value)).isEqualTo(PointLookup.Outcome.ABSENT);
    }
  }

  @Test
  @Tag("phase-3")
  void keysThatDifferOnlyInTrailingZerosAreDifferent() {
    try (var table = new MemTable(4096)) {
      var value = new ValueBuffer();
      table.add(3, EntryKind.PUT, Slice.of("a\0\0"), Slice.of("two zeros"));
      table.add(2, EntryKind.PUT, Slice.of("a"), Slice.of("none"));
      assertThat(get(table, "a\0", 9, value)).isEqualTo(PointLookup.Outcome.ABSENT);
      assertThat(get(table, "a", 9, value)).isEqualTo(PointLookup.Outcome.FOUND);
      assertThat(new String(value.toByteArray())).isEqualTo("none");
    }
  }

  @Test
  @Tag("phase-3")
  void emptyKeysEmptyValuesAndTheLongestKeyAreKept() {
    try (var table = new MemTable(1 << 20)) {
      var value = new ValueBuffer();
      byte[] longest = new byte[KvStore.KEY_BYTES_MAX];
      longest[longest.length - 1] = 1;
      table.add(1, EntryKind.PUT, NOTHING, Slice.of("of the empty key"));
      table.add(2, EntryKind.PUT, Slice.of("x"), NOTHING);
      table.add(3, EntryKind.PUT, new Slice(longest), Slice.of("long"));
      assertThat(get(table, "", 9, value)).isEqualTo(PointLookup.Outcome.FOUND);
      assertThat(new String(value.toByteArray()))
          .as("the value of the empty key, beside a key of zeros")
          .isEqualTo("of the empty key");
      assertThat(get(table, "x", 9, value)).isEqualTo(PointLookup.Outcome.FOUND);
      assertThat(value.length()).isZero();
      var lookup = new PointLookup();
      lookup.reset(longest, 0, longest.length, 9);
      assertThat(table.get(lookup, value)).isEqualTo(PointLookup.Outcome.FOUND);
      assertThat(new String(value.toByteArray())).isEqualTo("long");
    }
  }

  @Test
  @Tag("phase-3")
  void aValueOf64MiBIsKept() throws IOException {
    byte[] large = new byte[64 << 20];
    large[large.length - 1] = 42;
    try (var table = new MemTable((64 << 20) + 4096)) {
      assertThat(table.fits(1, large.length + 1L)).isTrue();
      table.add(1, EntryKind.PUT, Slice.of("k"), new Slice(large));
      assertThat(table.fits(1, large.length + 1L)).isFalse();
      EntryCursor cursor = table.cursor();
      cursor.first();
      Slice value = cursor.value();
      assertThat(value.length()).isEqualTo(large.length);
      assertThat(value.array()[value.offset() + large.length - 1]).isEqualTo((byte) 42);
    }
  }

  @Test
  @Tag("slow")
  @Tag("phase-3")
  void entriesNearTheEndOfTheLargestArenaAreFound() {
    byte[] large = new byte[1 << 26];
    try (var table = new MemTable(MemTable.BYTES_MAX)) {
      for (int i = 1; i <= 31; i++) {
        large[large.length - 1] = (byte) i;
        table.add(i, EntryKind.PUT, Slice.of("k"), new Slice(large));
      }
      assertThat(table.fits(1, large.length)).isFalse();
      table.add(32, EntryKind.PUT, Slice.of("last"), Slice.of("value"));
      var value = new ValueBuffer();
      assertThat(get(table, "k", 40, value)).isEqualTo(PointLookup.Outcome.FOUND);
      assertThat(value.array()[large.length - 1]).isEqualTo((byte) 31);
      assertThat(get(table, "last", 40, value)).isEqualTo(PointLookup.Outcome.FOUND);
    }
  }

  @Test
  @Tag("phase-3")
  void anEntryThatDoesNotFitIsRefusedAndWhatIsThereStays() {
    try (var table = new MemTable(4096)) {
      table.add(1, EntryKind.PUT, Slice.of("k"), Slice.of("v"));
      assertThatThrownBy(
              () -> table.add(2, EntryKind.PUT, Slice.of("k"), new Slice(new byte[5000])))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("are free");
      assertThat(get(table, "k", 9, new ValueBuffer())).isEqualTo(PointLookup.Outcome.FOUND);
      assertThat(table.entries()).isEqualTo(1);
      assertThat(table.fits(1, 1)).isFalse();
    }
  }

  @Test
  @Tag("phase-3")
  void theCallersArraysAreNotKept() {
    try (var table = new MemTable(4096)) {
      Slice key = Slice.of("key");
      Slice put = Slice.of("value");
      table.add(1, EntryKind.PUT, key, put);
      key.array()[0] = 'x';
      put.array()[0] = 'x';
      var value = new ValueBuffer();
      assertThat(get(table, "key", 1, value)).isEqualTo(PointLookup.Outcome.FOUND);
      assertThat(new String(value.toByteArray())).isEqualTo("value");
    }
  }

  @Test
  @Tag("phase-3")
  void aClosedMemtableThrowsInsteadOfReadingFreedMemory() {
    var table = new MemTable(4096);
    table.add(1, EntryKind.PUT, Slice.of("k"), Slice.of("v"));
    EntryCursor cursor = table.cursor();
    table.close();
    table.close();
    assertThatThrownBy(() -> get(table, "k", 9, new ValueBuffer()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Already closed");
    assertThatThrownBy(cursor::first).isInstanceOf(IllegalStateException.class);
  }

  @Test
  @Tag("phase-3")
  void readingAllocatesNothing() throws IOException {
    try (var table = new MemTable(1 << 20)) {
      for (int i = 0; i < 1000; i++) {
        table.add(i + 1, EntryKind.PUT, Slice.of("key" + i * 7919 % 1000), Slice.of("value" + i));
      }
      byte[] key = "key500".getBytes();
      var lookup = new PointLookup();
      var value = new ValueBuffer();
      EntryCursor cursor = table.cursor();
      cursor.first();
      cursor.value();
      Allocations.assertNonePerStep(
          5_000,
          i -> {
            lookup.reset(key, 0, key.length, 5000);
            table.get(lookup, value);
            cursor.next();
            if (!cursor.valid()) {
              cursor.first();
            }
            cursor.value();
          });
    }
  }

  @Test
  @Tag("phase-5")
  void rangeDeletionsAreKeptApartAndCountAsEntriesAndBytes() {
    try (var table = new MemTable(4096)) {
      assertThat(table.rangeTombstones().isEmpty()).isTrue();
      long empty = table.bytesUsed();
      table.add(7, EntryKind.DELETE_RANGE, Slice.of("b"), Slice.of("d"));
      assertThat(table.entries()).isEqualTo(1);
      assertThat(table.bytesUsed()).isGreaterThan(empty);
      assertThat(table.cursor().valid()).isFalse();
      var tombstones = table.rangeTombstones();
      assertThat(tombstones.covering(Slice.of("c").array(), 0, 1, 9)).isEqualTo(7);
      assertThat(table.rangeTombstones()).isSameAs(tombstones);
    }
  }

  @Test
  @Tag("phase-5")
  void fragmentsAreCutAgainAfterAnAddition() {
    try (var table = new MemTable(4096)) {
      table.add(7, EntryKind.DELETE_RANGE, Slice.of("b"), Slice.of("d"));
      RangeTombstones before = table.rangeTombstones();
      table.add(8, EntryKind.DELETE_RANGE, Slice.of("c"), Slice.of("e"));
      RangeTombstones after = table.rangeTombstones();
      assertThat(after.covering(Slice.of("c").array(), 0, 1, 9)).isEqualTo(8);
      assertThat(after.fragments()).hasSize(4);
      assertThat(before.fragments()).as("what was handed out stays").hasSize(1);
    }
  }

  @Test
  @Tag("phase-5")
  void rangeDeletionsFillAMemtableUp() {
    try (var table = new MemTable(4096)) {
      int added = 0;
      while (table.fits(1, 2)) {
        table.add(++added, EntryKind.DELETE_RANGE, Slice.of("a"), Slice.of("b"));
      }
      assertThat(added).isBetween(10, 4096 / 2);
      assertThat(List.of(table.rangeTombstones().fragments().size())).containsExactly(added);
    }
  }
}
