package systems.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("phase-6")
class VarintTest {

  private static Varint.Cursor cursor(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    return new Varint.Cursor(bytes, 0, bytes.length);
  }

  private static String written(long value) {
    byte[] target = new byte[12];
    var end = new AtomicInteger();
    assertThatCode(() -> end.set(Varint.put(target, 1, value)))
        .as("writing %x, of which no bit is a sign", value)
        .doesNotThrowAnyException();
    assertThat(end.get() - 1).as("size of %x", value).isEqualTo(Varint.size(value));
    return HexFormat.of().formatHex(target, 1, end.get());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 00",
    "1, 01",
    "127, 7f",
    "128, 8001",
    "300, ac02",
    "16383, ff7f",
    "16384, 808001",
    "4294967295, ffffffff0f",
    "9223372036854775807, ffffffffffffffff7f",
    "-1, ffffffffffffffffff01",
    "-9223372036854775808, 80808080808080808001"
  })
  void anIntegerHasSevenBitsAByte(long value, String hex) throws CorruptDataException {
    assertThat(written(value)).isEqualTo(hex);
    Varint.Cursor cursor = cursor(hex);
    assertThat(cursor.unsignedLong()).isEqualTo(value);
    assertThat(cursor.remaining()).isZero();
    if (value >= 0 && value < 1L << 32) {
      assertThat(cursor(hex).unsignedInt()).isEqualTo((int) value);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, -1, 2, -2, 63, -64, 64, Long.MAX_VALUE, Long.MIN_VALUE})
  void zigzagGoesThereAndBack(long value) throws CorruptDataException {
    assertThat(Varint.unzigzag(Varint.zigzag(value))).isEqualTo(value);
    assertThat(cursor(written(Varint.zigzag(value))).zigzagLong()).isEqualTo(value);
    int half = (int) value;
    assertThat(Varint.unzigzag(Varint.zigzag(half))).isEqualTo(half);
    assertThat(cursor(written(Varint.zigzag(half) & 0xFFFF_FFFFL)).zigzagInt()).isEqualTo(half);
    assertThat(Varint.zigzag(value)).isEqualTo(value < 0 ? -2 * value - 1 : 2 * value);
  }

  private static void requireRefused(ThrowingCallable call, String sentence) {
    assertThatThrownBy(call, "an integer that is refused: %s", sentence)
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void bitsThatWouldBeLostAreRefused() {
    requireRefused(() -> cursor("ffffffff10").unsignedInt(), "more than 32 bits");
    requireRefused(() -> cursor("8080808070").unsignedInt(), "more than 32 bits");
    requireRefused(() -> cursor("ffffffffffffffffff02").unsignedLong(), "more than 64 bits");
  }

  @Test
  void whatDoesNotEndIsRefused() {
    requireRefused(() -> cursor("").unsignedInt(), "without its end");
    requireRefused(() -> cursor("ff").unsignedInt(), "without its end");
    requireRefused(() -> cursor("ffffffff8f00").unsignedInt(), "too long");
    requireRefused(() -> cursor("8080808080808080808100").unsignedLong(), "too long");
  }

  @Test
  void zerosInFrontAreReadWithinTheLength() throws CorruptDataException {
    assertThat(cursor("8580808000").unsignedInt()).isEqualTo(5);
    assertThat(cursor("85808080808080808000").unsignedLong()).isEqualTo(5);
  }

  @Test
  void aCursorStaysWithinItsPartAndWhereItFailed() throws CorruptDataException {
    byte[] bytes = HexFormat.of().parseHex("ffff0102030405060708ff7f");
    var cursor = new Varint.Cursor(bytes, 2, 8);
    assertThat(cursor.unsignedByte()).isEqualTo(1);
    assertThat(cursor.fixedInt()).isEqualTo(0x0504_0302);
    requireRefused(cursor::fixedInt, "4 bytes wanted where 3 are left (byte 5 ");
    requireRefused(cursor::fixedLong, "8 bytes wanted");
    requireRefused(() -> cursor.take(-1), "-1 bytes wanted");
    assertThat(cursor.position()).isEqualTo(7);
    assertThat(cursor.take(3)).isEqualTo(7);
    assertThat(cursor.position()).isEqualTo(cursor.limit());
    requireRefused(cursor::unsignedLong, "without its end (byte 8 ");
    assertThatThrownBy(() -> new Varint.Cursor(bytes, 5, 8))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
