package systems.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Blocks written by hand, and the promises that one who compresses makes. */
@Tag("phase-6")
class Lz4BlockTest {

  private static byte[] block(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static Fenced.Outcome decompressed(byte[] block, int room) {
    return Fenced.run(Lz4Block::decompress, block, room);
  }

  private static byte[] compressed(byte[] bytes) {
    byte[] target = new byte[Lz4Block.maxCompressedLength(bytes.length)];
    int length = new Lz4Block().compress(bytes, 0, bytes.length, target, 0, target.length);
    return Arrays.copyOf(target, length);
  }

  private static void requireRefused(String hex, int room, String sentence) {
    Fenced.Outcome outcome = decompressed(block(hex), room);
    assertThat(outcome.isRefused()).as("%s is refused", hex).isTrue();
    assertThat(outcome.sentence()).as("%s is refused", hex).contains(sentence);
  }

  @Test
  void literalsAloneAreABlock() {
    assertThat(decompressed(block("00"), 0).bytes()).isEmpty();
    assertThat(decompressed(block("50 68656c6c6f"), 5).bytes()).isEqualTo(ascii("hello"));
  }

  @Test
  void aMatchGoesBackAndCopies() {
    // "abcd", then 5 from 4 back, then the last five
    assertThat(decompressed(block("41 61626364 0400 50 76777879 7a"), 14).bytes())
        .isEqualTo(ascii("abcdabcdavwxyz"));
  }

  @Test
  void aMatchMayRepeatWhatItIsWriting() {
    assertThat(decompressed(block("1f 61 0100 00 50 76777879 7a"), 25).bytes())
        .isEqualTo(ascii("a".repeat(20) + "vwxyz"));
  }

  @ParameterizedTest
  @CsvSource({"0, 15", "1, 16", "254, 269", "255, 270"})
  void aLengthGoesOnUntilAByteIsNot255(int rest, int length) {
    var block = new ByteArrayOutputStream();
    block.write(0xF0);
    if (rest == 255) {
      block.write(255);
      rest = 0;
    }
    block.write(rest);
    block.writeBytes(new byte[length]);
    assertThat(decompressed(block.toByteArray(), 300).bytes()).hasSize(length);
  }

  @Test
  void anOffsetOfZeroIsRefused() {
    requireRefused("41 61626364 0000 50 76777879 7a", 100, "match 0 bytes back");
  }

  @Test
  void nothingIsCopiedFromBeforeTheOutput() {
    requireRefused("41 61626364 0500 50 76777879 7a", 100, "5 bytes back where 4 bytes are");
  }

  @Test
  void aBlockThatEndsEarlyIsRefused() {
    requireRefused("", 10, "without its last literals");
    requireRefused("50 68656c6c", 10, "5 literals in an LZ4 block that has 4 bytes left");
    requireRefused("f0", 10, "within a length");
    requireRefused("f0 ff", 10, "within a length");
    requireRefused("41 61626364 04", 10, "within an offset");
    requireRefused("4f 61626364 0400 ff", 1000, "within a length");
    requireRefused("40 61626364 0400", 10, "without its last literals");
  }

  @Test
  void whatHasNoRoomIsRefused() {
    requireRefused("50 68656c6c6f", 4, "5 bytes more where 4 have room");
    requireRefused("1f 61 0100 00 50 76777879 7a", 19, "19 bytes more where 18 have room");
    requireRefused("1f 61 0100 00 50 76777879 7a", 24, "5 bytes more where 4 have room");
  }

  @ParameterizedTest
  @ValueSource(strings = {"literals", "match"})
  void lengthsOfTwoGigabytesDoNotWrapAround(String kind) {
    // 2^31 / 255 bytes of 255 are more than an int holds, and two of them more than nothing again.
    byte[] block = new byte[(int) ((1L << 31) / 255) + 40];
    Arrays.fill(block, (byte) 255);
    if (kind.equals("match")) {
      block[0] = 0x1F;
      block[2] = 1;
      block[3] = 0;
    }
    block[block.length - 20] = 0;
    assertThatThrownBy(() -> Lz4Block.decompress(block, 0, block.length, new byte[64], 0, 64))
        .as("a length of more than 2^31 must be compared with the room before it is an int")
        .isInstanceOf(CorruptDataException.class);
  }

  @Test
  void wrongArgumentsAreTheCallersBug() {
    byte[] ten = new byte[10];
    int[][] wrong = {{-1, 5}, {0, 11}, {5, 6}, {11, 0}, {0, -1}, {5, Integer.MAX_VALUE}};
    for (int[] part : wrong) {
      assertThatThrownBy(() -> Lz4Block.decompress(ten, part[0], part[1], ten, 0, 10))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> Lz4Block.decompress(ten, 0, 10, ten, part[0], part[1]))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> new Lz4Block().compress(ten, part[0], part[1], ten, 0, 10))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> new Lz4Block().compress(ten, 0, 10, ten, part[0], part[1]))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> Lz4Block.maxCompressedLength(Lz4Block.LENGTH_MAX + 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(compressed(ten)).as("and ten right bytes are compressed").isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void theRoomMayBeExactAndNoByteSmaller(Samples kind) {
    byte[] bytes = kind.bytes(5000, 3);
    int length = compressed(bytes).length;
    byte[] target = new byte[length + 1];
    target[length] = 77;
    var block = new Lz4Block();
    assertThat(block.compress(bytes, 0, bytes.length, target, 0, length))
        .as("a block of %d bytes in a room of %d", length, length)
        .isEqualTo(length);
    assertThat(target[length]).as("the byte behind the room").isEqualTo((byte) 77);
    for (int room = 0; room < length; room += 1 + room / 8) {
      assertThat(block.compress(bytes, 0, bytes.length, target, 0, room))
          .as("a block of %d bytes in a room of %d", length, room)
          .isEqualTo(-1);
    }
    assertThat(block.compress(bytes, 0, bytes.length, target, 0, length - 1)).isEqualTo(-1);
  }

  @ParameterizedTest
  @EnumSource
  void theLastFiveBytesAreLiteralsAndNoMatchBeginsInTheLastTwelve(Samples kind) {
    for (int length = 0; length < 600; length++) {
      byte[] block = compressed(kind.bytes(length, length));
      int at = 0;
      int written = 0;
      int lastMatch = -12;
      while (true) {
        int token = block[at++] & 0xFF;
        int literals = token >>> 4;
        if (literals == 15) {
          literals += rest(block, at);
          at += (literals - 15) / 255 + 1;
        }
        at += literals;
        written += literals;
        if (at == block.length) {
          assertThat(literals)
              .as("%s of %d bytes: literals at the end", kind, length)
              .isGreaterThanOrEqualTo(Math.min(length, 5));
          break;
        }
        at += 2;
        lastMatch = written;
        int match = token & 15;
        if (match == 15) {
          match += rest(block, at);
          at += (match - 15) / 255 + 1;
        }
        written += match + 4;
      }
      assertThat(lastMatch)
          .as("%s of %d bytes: last match", kind, length)
          .isLessThanOrEqualTo(length - 12);
    }
  }

  private static int rest(byte[] block, int at) {
    int rest = 0;
    while (block[at] == -1) {
      rest += 255;
      at++;
    }
    return rest + (block[at] & 0xFF);
  }

  @ParameterizedTest
  @ValueSource(ints = {65_534, 65_535, 65_536, 65_537})
  void aMatchReachesBack65535BytesAndNoFurther(int distance) {
    // Only the first bytes come again; the table must still know them, so what is between is plain.
    byte[] bytes = new byte[distance + 100];
    byte[] again = Samples.RANDOM.bytes(40, 5);
    System.arraycopy(again, 0, bytes, 0, 40);
    System.arraycopy(again, 0, bytes, distance, 40);
    byte[] block = compressed(bytes);
    assertThat(decompressed(block, bytes.length).bytes())
        .as("what came again after %d bytes", distance)
        .isEqualTo(bytes);
  }

  @Test
  void whatAFormerBlockLeftInTheTableIsForgotten() {
    var block = new Lz4Block();
    var random = new SplittableRandom(9);
    byte[] target = new byte[Lz4Block.maxCompressedLength(70_000)];
    for (int i = 0; i < 300; i++) {
      Samples kind = Samples.values()[random.nextInt(Samples.values().length)];
      byte[] bytes = kind.bytes(random.nextInt(random.nextInt(20) == 0 ? 70_000 : 500), i % 7);
      int from = random.nextInt(bytes.length + 1);
      int length = bytes.length - from;
      int packed = block.compress(bytes, from, length, target, 0, target.length);
      assertThat(decompressed(Arrays.copyOf(target, packed), length).bytes())
          .as("block %d of one instance, %s", i, kind)
          .isEqualTo(Arrays.copyOfRange(bytes, from, bytes.length));
    }
  }

  @Test
  void anInstanceNeverRunsOutOfNumbers() {
    // 2^31 numbers are spent by 64 KiB a block at least, so that it begins again on the way.
    var block = new Lz4Block();
    byte[] bytes = Samples.TEXT.bytes(200, 1);
    byte[] target = new byte[300];
    int first = block.compress(bytes, 0, 200, target, 0, 300);
    for (int i = 0; i < 1 << 16; i++) {
      int length = block.compress(bytes, 0, 200, target, 0, 300);
      assertThat(length == first).as("block %d of an instance", i).isTrue();
    }
    assertThat(decompressed(Arrays.copyOf(target, first), 200).bytes()).isEqualTo(bytes);
  }

  @Test
  void zerosGetSmallerByTwoHundredAndMore() {
    assertThat(compressed(new byte[1 << 20])).hasSizeLessThan((1 << 20) / 250);
  }

  @Test
  void whatCannotBeCompressedGrowsByTwoHundredthsAtMost() {
    byte[] bytes = Samples.RANDOM.bytes(1 << 18, 1);
    assertThat(compressed(bytes)).hasSizeLessThanOrEqualTo(bytes.length + bytes.length / 255 + 2);
  }
}
