package systems.core.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-7")
class KeyTableTest {
  private static int number(KeyTable table, long key) {
    byte[] bytes = ByteBuffer.allocate(10).putLong(1, key).array();
    return table.number(bytes, 1, 9);
  }

  @Test
  void keysAreNumberedInTheOrderInWhichTheyCome() {
    var table = new KeyTable();
    for (int round = 0; round < 2; round++) {
      for (int key = 0; key < 1000; key++) {
        assertThat(number(table, key * 31L)).isEqualTo(key);
      }
    }
    assertThat(table.size()).isEqualTo(1000);
  }

  @Test
  void keysOfTheSameHashAreTwo() {
    var table = new KeyTable();
    int keys = 300_000; // among so many several share all 32 bits
    for (int key = 0; key < keys; key++) {
      number(table, key);
    }
    assertThat(table.size()).as("an equal hash is not yet an equal key").isEqualTo(keys);
  }

  @Test
  void aBatchOfKeysIsNumberedAsIfTheyCameOneByOne() {
    var random = new java.util.Random(1);
    var one = new KeyTable();
    var many = new KeyTable();
    var rows = new EncodedRows();
    int[] numbers = new int[2048];
    for (int batch = 0; batch < 30; batch++) {
      rows.bytes.length = 0;
      rows.bytes.reserve(2048 * 24);
      for (int i = 0; i < 2048; i++) {
        rows.starts[i] = 24 * i;
        rows.ends[i] = 24 * i + random.nextInt(3, 25);
        rows.bytes.bytes[24 * i] = (byte) random.nextInt(30);
        rows.bytes.bytes[24 * i + 2] = (byte) random.nextInt(30);
      }
      many.numbers(rows, 2048, numbers);
      for (int i = 0; i < 2048; i++) {
        assertThat(numbers[i])
            .as("batch %d, key %d", batch, i)
            .isEqualTo(one.number(rows.bytes.bytes, rows.starts[i], rows.ends[i]));
      }
    }
  }

  @Test
  void oneKeyMayBeTheBeginningOfAnother() {
    var table = new KeyTable();
    byte[] bytes = new byte[40];
    for (int length = 0; length <= bytes.length; length++) {
      assertThat(table.number(bytes, 0, length)).isEqualTo(length);
    }
    table.clear();
    assertThat(table.number(bytes, 0, 7)).as("after clear the numbers begin anew").isZero();
  }
}
