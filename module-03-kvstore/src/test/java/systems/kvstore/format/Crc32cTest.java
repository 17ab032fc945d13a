package systems.kvstore.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The vectors of RFC 3720, appendix B.4, and the check value of the CRC catalogue. */
@Tag("given")
class Crc32cTest {
  @Test
  void vectorsOfTheRfcHold() {
    byte[] zeros = new byte[32];
    byte[] ones = new byte[32];
    Arrays.fill(ones, (byte) 0xff);
    byte[] rising = new byte[32];
    byte[] falling = new byte[32];
    for (int i = 0; i < 32; i++) {
      rising[i] = (byte) i;
      falling[i] = (byte) (31 - i);
    }
    assertThat(crc(zeros)).isEqualTo(0x8a9136aa);
    assertThat(crc(ones)).isEqualTo(0x62a8ab43);
    assertThat(crc(rising)).isEqualTo(0x46dd794e);
    assertThat(crc(falling)).isEqualTo(0x113fdb5c);
  }

  @Test
  void aScsiReadCommandHasItsChecksum() {
    byte[] command =
        HexFormat.of()
            .parseHex(
                "01c00000000000000000000000000000140000000000040000000014000000182800000000000000"
                    + "0200000000000000");
    assertThat(crc(command)).isEqualTo(0xd9963a56);
  }

  @Test
  void theNineDigitsHaveTheirChecksum() {
    assertThat(crc("123456789".getBytes(StandardCharsets.US_ASCII))).isEqualTo(0xe3069283);
  }

  @Test
  void theMaskRotatesAndShiftsAndComesOff() {
    assertThat(Crc32c.mask(0)).isEqualTo(0xa282ead8);
    assertThat(Crc32c.mask(0x8000)).isEqualTo(0xa282ead9);
    assertThat(Crc32c.mask(1)).isEqualTo(0xa282ead8 + (1 << 17));
    for (int crc : new int[] {0, 1, -1, 0x12345678, Integer.MIN_VALUE}) {
      assertThat(Crc32c.unmask(Crc32c.mask(crc))).isEqualTo(crc);
    }
  }

  private static int crc(byte[] bytes) {
    return Crc32c.unmask(Crc32c.masked(bytes, 0, bytes.length));
  }
}
