package systems.core.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import systems.core.Effort;

/** Whatever goes in comes out, and whatever else comes in does no harm. */
@Tag("phase-6")
class Lz4BlockProperties {
  private static final Lz4Block BLOCK = new Lz4Block();

  private static byte[] compressed(byte[] bytes) {
    byte[] target = new byte[Lz4Block.maxCompressedLength(bytes.length)];
    int length = BLOCK.compress(bytes, 0, bytes.length, target, 0, target.length);
    return Arrays.copyOf(target, length);
  }

  private static Fenced.Outcome decompressed(byte[] block, int room) {
    return Fenced.run(Lz4Block::decompress, block, room);
  }

  @Property(tries = 200)
  void whatWasCompressedComesBack(
      @ForAll Samples kind, @ForAll @IntRange(max = 3000) int length, @ForAll long seed) {
    byte[] bytes = kind.bytes(length, seed);
    byte[] block = compressed(bytes);
    assertThat(decompressed(block, length).bytes()).as("in exact room").isEqualTo(bytes);
    assertThat(decompressed(block, length + 100).bytes()).as("in ample room").isEqualTo(bytes);
    assertThat(length > 0 && !decompressed(block, length - 1).isRefused())
        .as("%d bytes in a room of %d", length, length - 1)
        .isFalse();
  }

  @Property(tries = 300)
  void smallAlphabetsAreFullOfMatches(
      @ForAll @Size(max = 200) List<@IntRange(max = 3) Integer> letters) {
    byte[] bytes = new byte[letters.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = letters.get(i).byteValue();
    }
    assertThat(decompressed(compressed(bytes), bytes.length).bytes()).isEqualTo(bytes);
  }

  @Property(tries = 20)
  void everyPrefixIsRefusedOrIsABeginning(
      @ForAll Samples kind, @ForAll @IntRange(max = 300) int length, @ForAll long seed) {
    byte[] bytes = kind.bytes(length, seed);
    byte[] block = compressed(bytes);
    for (int cut = 0; cut < block.length; cut++) {
      Fenced.Outcome outcome = decompressed(Arrays.copyOf(block, cut), length);
      if (!outcome.isRefused()) {
        assertThat(outcome.bytes())
            .as("the first %d of %d bytes", cut, block.length)
            .isEqualTo(Arrays.copyOf(bytes, outcome.bytes().length));
      }
    }
  }

  @Property(tries = 1)
  void mutatedBlocksAreRefusedOrStayInTheirRoom() {
    mutate(Effort.of(2000, 400), 1);
  }

  @Property(tries = 1)
  @Tag("slow")
  void manyMutatedBlocksAreRefusedOrStayInTheirRoom() {
    mutate(100_000, System.nanoTime());
  }

  private static void mutate(int times, long seed) {
    var random = new SplittableRandom(seed);
    Samples[] kinds = Samples.values();
    int refused = 0;
    for (int i = 0; i < times; i++) {
      byte[] bytes = kinds[i % kinds.length].bytes(random.nextInt(600), random.nextLong());
      byte[] block = mutated(compressed(bytes), random);
      Fenced.Outcome outcome = decompressed(block, bytes.length);
      refused += outcome.isRefused() ? 1 : 0;
    }
    assertThat(refused).as("refused of %d, seed %d", times, seed).isBetween(times / 20, times);
  }

  /** Some bytes are others; the lengths of the format get more than their share. */
  static byte[] mutated(byte[] block, SplittableRandom random) {
    byte[] mutated = Arrays.copyOf(block, Math.max(1, block.length - random.nextInt(3)));
    for (int i = random.nextInt(4); i >= 0; i--) {
      int at = random.nextInt(mutated.length);
      mutated[at] =
          switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> (byte) (mutated[at] ^ 1 << random.nextInt(8));
            default -> (byte) random.nextInt();
          };
    }
    return mutated;
  }
}
