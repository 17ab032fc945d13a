package systems.core.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import net.jpountz.xxhash.XXHashFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** xxHash is what the others' xxHash is. */
@Tag("given")
class HashTest {
  private static final XXHashFactory JUDGE = XXHashFactory.nativeInstance();

  @Test
  void hashesOfEveryLengthAreTheJudges() {
    byte[] bytes = Samples.RANDOM.bytes(400, 1);
    for (int length = 0; length < 300; length++) {
      int from = length % 7;
      int seed = length * 0x9E37_79B1;
      assertThat(XxHash32.hash(bytes, from, length, seed))
          .as("XXH32 of %d bytes", length)
          .isEqualTo(JUDGE.hash32().hash(bytes, from, length, seed));
      assertThat(XxHash64.hash(bytes, from, length, seed))
          .as("XXH64 of %d bytes", length)
          .isEqualTo(JUDGE.hash64().hash(bytes, from, length, seed));
    }
  }

  @Test
  void aStreamInPiecesHasTheHashOfTheWhole() {
    var random = new SplittableRandom(2);
    byte[] bytes = Samples.RANDOM.bytes(5000, 3);
    for (int i = 0; i < 100; i++) {
      var hash = new XxHash32(i);
      int end = 0;
      while (end < bytes.length) {
        int part = Math.min(bytes.length - end, random.nextInt(1 + random.nextInt(60)));
        hash.update(bytes, end, part);
        end += part;
        assertThat(hash.value())
            .as("the hash of %d bytes in pieces", end)
            .isEqualTo(XxHash32.hash(bytes, 0, end, i));
      }
    }
  }
}
