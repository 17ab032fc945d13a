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
import systems.core.Effort;

/** Data written after the format's description, element by element, with what it means. */
@Tag("phase-6")
class SnappyTest {

  /** Elements as they are written, and the bytes that they stand for. */
  private static final class Elements {
    private final ByteArrayOutputStream elements = new ByteArrayOutputStream();
    private final StringBuilder meaning = new StringBuilder();

    void literals(byte[] bytes, int lengthBytes) {
      int rest = bytes.length - 1;
      elements.write(lengthBytes == 0 ? rest << 2 : 59 + lengthBytes << 2);
      little(rest, lengthBytes);
      elements.writeBytes(bytes);
      meaning.append(new String(bytes, StandardCharsets.ISO_8859_1));
    }

    void copy(int offset, int length, int offsetBytes) {
      if (offsetBytes == 1) {
        elements.write(offset >>> 8 << 5 | length - 4 << 2 | 1);
      } else {
        elements.write(length - 1 << 2 | (offsetBytes == 2 ? 2 : 3));
      }
      little(offset, offsetBytes);
      for (int i = 0; i < length; i++) {
        meaning.append(meaning.charAt(meaning.length() - offset));
      }
    }

    private void little(int number, int bytes) {
      for (int i = 0; i < bytes; i++) {
        elements.write(number >>> 8 * i);
      }
    }

    byte[] meaning() {
      return meaning.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    byte[] written() {
      byte[] length = new byte[5];
      int end = Varint.put(length, 0, meaning.length());
      byte[] all = Arrays.copyOf(length, end + elements.size());
      System.arraycopy(elements.toByteArray(), 0, all, end, elements.size());
      return all;
    }

    static Elements drawn(SplittableRandom random) {
      var drawn = new Elements();
      int count = 1 + random.nextInt(12);
      for (int i = 0; i < count; i++) {
        int there = drawn.meaning.length();
        int kind = there == 0 ? 0 : random.nextInt(4);
        int length = 1 + random.nextInt(64);
        switch (kind) {
          case 1 -> drawn.copy(1 + random.nextInt(Math.min(there, 2047)), 4 + length % 8, 1);
          case 2 -> drawn.copy(1 + random.nextInt(there), length, 2);
          case 3 -> drawn.copy(1 + random.nextInt(there), length, 4);
          default -> {
            int literals = random.nextBoolean() ? 1 + random.nextInt(60) : 1 + random.nextInt(2000);
            int lengthBytes = literals <= 60 ? 0 : literals <= 256 ? 1 : 2;
            lengthBytes += random.nextInt(5 - Math.max(lengthBytes, 1)) * (lengthBytes > 0 ? 1 : 0);
            drawn.literals(Samples.RANDOM.bytes(literals, random.nextLong()), lengthBytes);
          }
        }
      }
      return drawn;
    }
  }

  private static Fenced.Outcome decompressed(byte[] data, int room) {
    return Fenced.run(Snappy::decompress, data, room);
  }

  private static byte[] hex(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  private static void requireRefused(String hex, int room, String sentence) {
    Fenced.Outcome outcome = decompressed(hex(hex), room);
    assertThat(outcome.isRefused()).as("%s is refused", hex).isTrue();
    assertThat(outcome.sentence()).as("%s is refused", hex).contains(sentence);
  }

  @Test
  void theExampleOfTheDescriptionIsRead() {
    // "xababab" = <literal: "xab"> <copy: offset=2 length=4>
    byte[] data = hex("07 08 786162 01 02");
    assertThat(decompressed(data, 7).bytes())
        .isEqualTo("xababab".getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void allElementsMeanWhatTheyWereWrittenFor() throws CorruptDataException {
    var random = new SplittableRandom(1);
    for (int i = 0; i < Effort.of(1000, 200); i++) {
      Elements drawn = Elements.drawn(random);
      byte[] data = drawn.written();
      byte[] meaning = drawn.meaning();
      assertThat(Snappy.uncompressedLength(data, 0, data.length)).isEqualTo(meaning.length);
      assertThat(decompressed(data, meaning.length).bytes()).as("%d", i).isEqualTo(meaning);
      assertThat(decompressed(data, meaning.length + 50).bytes()).as("%d", i).isEqualTo(meaning);
    }
  }

  @Test
  void whatIsWrongIsRefused() {
    requireRefused("", 10, "without its end");
    requireRefused("80", 10, "without its end");
    requireRefused("ffffffff7f", 10, "more than 32 bits");
    requireRefused("05 08 786162", 10, "of 3 bytes that says 5");
    requireRefused("02 08 786162", 10, "3 literals");
    requireRefused("03 08 7861", 10, "3 literals");
    requireRefused("0b 08 786162", 10, "of 11 bytes for a room of 10");
    requireRefused("07 01 02", 10, "back where 0 bytes are");
    requireRefused("07 08 786162 01 00", 10, "from 0 bytes back");
    requireRefused("07 08 786162 01 04", 10, "from 4 bytes back where 3 bytes are");
    requireRefused("07 08 786162 0f ffffffff", 10, "from 4294967295 bytes back");
    requireRefused("05 08 786162 01 02", 10, "a copy of 4 bytes with room for 2");
    requireRefused("07 fc ffffffff", 10, "4294967296 literals");
    assertThatThrownBy(() -> Snappy.uncompressedLength(hex("ffffffff0f"), 0, 5))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("4294967295");
  }

  @Test
  void mutatedDataIsRefusedOrStaysInItsRoom() {
    var random = new SplittableRandom(3);
    int times = Effort.of(2000, 300);
    int refused = 0;
    for (int i = 0; i < times; i++) {
      Elements drawn = Elements.drawn(random);
      byte[] mutated = Lz4BlockProperties.mutated(drawn.written(), random);
      refused += decompressed(mutated, drawn.meaning().length).isRefused() ? 1 : 0;
    }
    assertThat(refused).as("refused of %d", times).isBetween(times / 20, times);
  }

  @Test
  void everyPrefixIsRefused() {
    byte[] data = Elements.drawn(new SplittableRandom(4)).written();
    for (int cut = 0; cut < data.length; cut++) {
      assertThat(decompressed(Arrays.copyOf(data, cut), 1 << 16).isRefused())
          .as("the first %d of %d bytes", cut, data.length)
          .isTrue();
    }
  }
}
