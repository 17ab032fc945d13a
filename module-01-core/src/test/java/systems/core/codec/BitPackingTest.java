package systems.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Against one who takes bit after bit. */
@Tag("phase-6")
class BitPackingTest {
  private static final int FENCE = 16;

  private static byte[] packedBitByBit(long[] values, int width) {
    byte[] packed = new byte[(int) BitPacking.packedLength(values.length, width)];
    for (int bit = 0; bit < values.length * width; bit++) {
      packed[bit / 8] |= (byte) ((values[bit / width] >>> bit % width & 1) << bit % 8);
    }
    return packed;
  }

  private static long[] values(int count, int width, long seed) {
    var random = new SplittableRandom(seed);
    long[] values = new long[count];
    for (int i = 0; i < count; i++) {
      values[i] = width == 0 ? 0 : random.nextLong() >>> 64 - width;
    }
    return values;
  }

  private static int[] ints(long[] values) {
    return Arrays.stream(values).mapToInt(value -> (int) value).toArray();
  }

  @Test
  void theExampleOfParquetsDescription() {
    byte[] packed = HexFormat.of().parseHex("88c6fa");
    int[] values = new int[8];
    BitPacking.unpack(packed, 0, 3, values, 0, 8);
    assertThat(values).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    byte[] target = new byte[3];
    BitPacking.pack(values, 0, 8, 3, target, 0);
    assertThat(target).isEqualTo(packed);
  }

  @Test
  void everyWidthIsUnpackedUpToTheLastByteOfTheArray() {
    for (int width = 0; width <= 32; width++) {
      for (int count = 0; count <= 96; count += 8) {
        long[] values = values(count, width, count);
        byte[] packed = packedBitByBit(values, width);
        for (int behind : new int[] {0, 1, 7, 8, 20}) {
          byte[] source = new byte[3 + packed.length + behind];
          Arrays.fill(source, (byte) 0xA5);
          System.arraycopy(packed, 0, source, 3, packed.length);
          int[] unpacked = new int[count + 4];
          BitPacking.unpack(source, 3, width, unpacked, 2, count);
          assertThat(Arrays.copyOfRange(unpacked, 2, 2 + count))
              .as("%d values of %d bits, %d bytes behind them", count, width, behind)
              .isEqualTo(ints(values));
          assertThat(unpacked[1] | unpacked[2 + count]).as("values beside them").isZero();
        }
      }
    }
  }

  @Test
  void everyWidthOfLongsIsUnpackedUpToTheLastByteOfTheArray() {
    for (int width = 0; width <= 64; width++) {
      for (int count = 0; count <= 64; count += 8) {
        long[] values = values(count, width, count);
        byte[] packed = packedBitByBit(values, width);
        for (int behind : new int[] {0, 1, 7, 8, 20}) {
          byte[] source = new byte[3 + packed.length + behind];
          Arrays.fill(source, (byte) 0xA5);
          System.arraycopy(packed, 0, source, 3, packed.length);
          long[] unpacked = new long[count + 4];
          BitPacking.unpackLongs(source, 3, width, unpacked, 2, count);
          assertThat(Arrays.copyOfRange(unpacked, 2, 2 + count))
              .as("%d longs of %d bits, %d bytes behind them", count, width, behind)
              .isEqualTo(values);
          assertThat(unpacked[1] | unpacked[2 + count]).as("values beside them").isZero();
        }
      }
    }
  }

  @Test
  void packingWritesTheValuesBitsAndNothingBeside() {
    for (int width = 0; width <= 64; width++) {
      for (int count = 0; count <= 64; count += 8) {
        long[] values = values(count, width, 7 + count);
        byte[] packed = packedBitByBit(values, width);
        byte[] longs = fenced(packed.length);
        BitPacking.packLongs(values, 0, count, width, longs, FENCE);
        assertThat(longs).as("%d longs of %d bits", count, width).isEqualTo(fenced(packed));
        if (width <= 32) {
          byte[] ints = fenced(packed.length);
          BitPacking.pack(ints(values), 0, count, width, ints, FENCE);
          assertThat(ints).as("%d values of %d bits", count, width).isEqualTo(fenced(packed));
        }
      }
    }
  }

  private static byte[] fenced(int length) {
    byte[] bytes = new byte[length + 2 * FENCE];
    Arrays.fill(bytes, (byte) 0x5C);
    return bytes;
  }

  private static byte[] fenced(byte[] packed) {
    byte[] bytes = fenced(packed.length);
    System.arraycopy(packed, 0, bytes, FENCE, packed.length);
    return bytes;
  }

  @Test
  void whatAValueHasBeyondItsWidthIsLeftOut() {
    int[] wide = new int[8];
    long[] wideLongs = new long[8];
    Arrays.fill(wide, -1);
    Arrays.fill(wideLongs, -1);
    for (int width = 0; width <= 31; width++) {
      byte[] packed = new byte[width];
      BitPacking.pack(wide, 0, 8, width, packed, 0);
      int[] values = new int[8];
      BitPacking.unpack(packed, 0, width, values, 0, 8);
      assertThat(values).as("-1 in %d bits", width).containsOnly((1 << width) - 1);
      byte[] packedLongs = new byte[width];
      BitPacking.packLongs(wideLongs, 0, 8, width, packedLongs, 0);
      assertThat(packedLongs).isEqualTo(packed);
    }
  }

  @Test
  void wrongArgumentsAreTheCallersBug() {
    byte[] packed = new byte[10];
    int[] values = new int[16];
    int[][] wrong = {{0, 33, 0, 8}, {0, -1, 0, 8}, {0, 3, 0, 7}, {8, 3, 0, 8}, {0, 10, 0, 16}};
    for (int[] w : wrong) {
      assertThatThrownBy(() -> BitPacking.unpack(packed, w[0], w[1], values, w[2], w[3]))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> BitPacking.unpack(packed, 0, 1, values, 9, 8))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> BitPacking.unpack(packed, 0, 0, values, 0, 1 << 30))
        .isInstanceOf(IllegalArgumentException.class);
    BitPacking.unpack(packed, 0, 10, values, 0, 8);
    assertThat(values).as("and right ones are carried out").containsOnly(0);
  }
}
