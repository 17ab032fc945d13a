package systems.kvstore.format;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The expected values were printed by {@code xxhsum -H3} (xxHash 0.8.1) for the same bytes. */
@Tag("given")
class Xxh3Test {
  /** Some bytes that look random: the high ones of a linear congruence. */
  static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    long state = 42;
    for (int i = 0; i < length; i++) {
      state = state * 6364136223846793005L + 1442695040888963407L;
      bytes[i] = (byte) (state >>> 56);
    }
    return bytes;
  }

  @ParameterizedTest
  @CsvSource({
    "0, 2d06800538d394c2",
    "1, 0005b2e934ceef7d",
    "3, 540cc874052f580e",
    "4, 4666e4b23ec2a1a9",
    "8, c0d2a9734b78c3ed",
    "9, 1cc0fece4ced64bd",
    "16, b8b7dbb0ec43c443",
    "17, 1161495f77e58e62",
    "128, 91e796c77ed5f8c5",
    "129, 64cb3c8fa9523162",
    "240, 6d8e59fbb389e3ea",
    "241, 3fe99c6738108aa6",
    "1024, ed38240526d93835",
    "1025, 7384821cb66bb9d2",
    "1088, 4a194d8ba5290814",
  })
  void hashOfEachLengthClassIsThatOfXxHash(int length, String expected) {
    assertThat("%016x".formatted(Xxh3.hash64(bytes(length), 0, length))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"5", "12", "100", "200", "3000"})
  void hashDoesNotDependOnWhereTheBytesLie(int length) {
    byte[] bytes = bytes(length + 9);
    byte[] alone = java.util.Arrays.copyOfRange(bytes, 7, 7 + length);
    assertThat(Xxh3.hash64(bytes, 7, length)).isEqualTo(Xxh3.hash64(alone, 0, length));
  }
}
