package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import systems.kvstore.format.MalformedException;

@Tag("phase-3")
class Lz4Properties {
  private final Lz4 lz4 = new Lz4();

  /** Data with runs, repetitions at all distances and stretches of noise. */
  private static byte[] data(Random random, int length) {
    byte[] data = new byte[length];
    for (int at = 0; at < length; ) {
      int count = Math.min(length - at, 1 + random.nextInt(1 << random.nextInt(12)));
      switch (random.nextInt(3)) {
        case 0 -> Arrays.fill(data, at, at + count, (byte) random.nextInt(256));
        case 1 -> {
          for (int i = at; i < at + count; i++) {
            data[i] = (byte) random.nextInt(256);
          }
        }
        default -> {
          int distance = at == 0 ? 0 : 1 + random.nextInt(Math.min(at, 100_000));
          for (int i = at; i < at + count; i++) {
            data[i] = distance == 0 ? 0 : data[i - distance];
          }
        }
      }
      at += count;
    }
    return data;
  }

  private byte[] compress(byte[] data) {
    byte[] out = new byte[Lz4.compressedBytesMax(data.length)];
    return Arrays.copyOf(out, lz4.compress(data, 0, data.length, out, 0));
  }

  @Property
  void whatWasCompressedComesBack(@ForAll long seed, @ForAll @IntRange(max = 300_000) int length)
      throws Exception {
    byte[] data = data(new Random(seed), length);
    byte[] compressed = compress(data);
    byte[] back = new byte[length + 20];
    Lz4.decompress(compressed, 0, compressed.length, back, 10, length);
    assertThat(Arrays.copyOfRange(back, 10, 10 + length)).isEqualTo(data);
    assertThat(Arrays.copyOf(back, 10)).containsOnly(0);
    assertThat(Arrays.copyOfRange(back, 10 + length, length + 20)).containsOnly(0);
  }

  @Example
  void oneEncoderKeepsBlocksApart() throws Exception {
    var random = new Random(1);
    for (int i = 0; i < 3000; i++) {
      byte[] data = data(random, random.nextInt(200));
      byte[] compressed = compress(data);
      byte[] back = new byte[data.length];
      Lz4.decompress(compressed, 0, compressed.length, back, 0, back.length);
      assertThat(back).isEqualTo(data);
    }
  }

  @Example
  void repetitionShrinksAndNoiseHardlyGrows() {
    assertThat(compress(new byte[4096]).length).isLessThan(40);
    assertThat(compress("key-value ".repeat(400).getBytes()).length).isLessThan(60);
    byte[] noise = TableFixture.bytes(new Random(2), 4096);
    assertThat(compress(noise).length).isBetween(4097, Lz4.compressedBytesMax(4096));
  }

  @Example
  void theExampleOfTheFormatReads() throws Exception {
    // token 0x14: one literal, match of eight; offset 1; then five literals.
    byte[] block = {0x14, 'a', 1, 0, 0x50, 'b', 'c', 'd', 'e', 'f'};
    byte[] out = new byte[14];
    Lz4.decompress(block, 0, block.length, out, 0, 14);
    assertThat(new String(out)).isEqualTo("aaaaaaaaabcdef");
  }

  @Property(tries = 2000)
  void hostileBytesEndInAnErrorOrInTheRightNumberOfBytes(
      @ForAll long seed, @ForAll @IntRange(max = 400) int length) {
    var random = new Random(seed);
    byte[] data = data(random, length);
    byte[] block = compress(data);
    for (int i = random.nextInt(4); i >= 0 && block.length > 0; i--) {
      block[random.nextInt(block.length)] = (byte) random.nextInt(256);
    }
    int cut = random.nextInt(3) == 0 ? random.nextInt(block.length + 1) : block.length;
    byte[] out = new byte[length + 16];
    Arrays.fill(out, (byte) 77);
    try {
      Lz4.decompress(block, 0, cut, out, 8, length);
    } catch (MalformedException e) {
      // As it should be; only what was written where must hold then.
    }
    for (int i = 0; i < 8; i++) {
      assertThat(out[i]).as("before the output").isEqualTo((byte) 77);
      assertThat(out[length + 8 + i]).as("behind the output").isEqualTo((byte) 77);
    }
  }

  @Example
  void lengthsThatOverflowAreRefused() {
    byte[] block = new byte[9_000_000];
    Arrays.fill(block, (byte) 255);
    assertThatThrownBy(() -> Lz4.decompress(block, 0, block.length, new byte[100], 0, 100))
        .isInstanceOf(MalformedException.class);
  }
}
