package systems.core.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("given")
class GzipTest {

  private static byte[] gzipped(byte[] bytes) throws IOException {
    var target = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(target)) {
      out.write(bytes);
    }
    return target.toByteArray();
  }

  private static Fenced.Outcome decompressed(byte[] data, int room) {
    return Fenced.run(Gzip::decompress, data, room);
  }

  private static byte[] joined(byte[] one, byte[] other) {
    byte[] all = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, all, one.length, other.length);
    return all;
  }

  @ParameterizedTest
  @EnumSource
  void membersAreReadAndWritten(Samples kind) throws IOException {
    for (int length : new int[] {0, 1, 100, 70_000}) {
      byte[] bytes = kind.bytes(length, 1);
      assertThat(decompressed(gzipped(bytes), length).bytes()).isEqualTo(bytes);
      byte[] ours = Gzip.compress(bytes, 0, length);
      try (var in = new GZIPInputStream(new ByteArrayInputStream(ours))) {
        assertThat(in.readAllBytes()).isEqualTo(bytes);
      }
      byte[] target = new byte[ours.length];
      assertThat(Gzip.compress(bytes, 0, length, target, 0, ours.length)).isEqualTo(ours.length);
      assertThat(target).isEqualTo(ours);
      assertThat(Gzip.compress(bytes, 0, length, target, 0, ours.length - 1)).isEqualTo(-1);
    }
  }

  @Test
  void membersThatFollowEachOtherAreReadAsOne() throws IOException {
    byte[] one = Samples.TEXT.bytes(1000, 1);
    byte[] other = Samples.LOG.bytes(500, 1);
    byte[] nothing = gzipped(new byte[0]);
    byte[] members = joined(joined(nothing, gzipped(one)), joined(gzipped(other), nothing));
    assertThat(decompressed(members, 1500).bytes()).isEqualTo(joined(one, other));
    assertThat(decompressed(members, 1499).isRefused()).isTrue();
    assertThat(decompressed(joined(members, new byte[1]), 1500).isRefused()).isTrue();
  }

  @Test
  void everyFieldOfAHeaderIsSteppedOver() throws IOException {
    byte[] bytes = Samples.TEXT.bytes(300, 1);
    byte[] plain = gzipped(bytes);
    byte[] header =
        HexFormat.of().parseHex("1f8b081e0000000000ff" + "0300010203" + "6e00" + "6300");
    var crc = new CRC32();
    crc.update(header);
    byte[] both = {(byte) crc.getValue(), (byte) (crc.getValue() >>> 8)};
    byte[] rest = Arrays.copyOfRange(plain, 10, plain.length);
    assertThat(decompressed(joined(joined(header, both), rest), 300).bytes()).isEqualTo(bytes);
    both[0]++;
    assertThat(decompressed(joined(joined(header, both), rest), 300).isRefused()).isTrue();
  }

  @Test
  void everyPrefixAndEveryFlippedBitBehindTheHeaderIsRefused() throws IOException {
    byte[] bytes = Samples.TEXT.bytes(200, 1);
    byte[] member = gzipped(bytes);
    for (int cut = 0; cut < member.length; cut++) {
      assertThat(decompressed(Arrays.copyOf(member, cut), 200).isRefused())
          .as("the first %d bytes", cut)
          .isTrue();
    }
    for (int bit = 80; bit < member.length * 8; bit++) {
      byte[] flipped = member.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Fenced.Outcome outcome = decompressed(flipped, 200);
      // A bit of padding before the checksum may be either.
      assertThat(outcome.isRefused() || Arrays.equals(outcome.bytes(), bytes))
          .as("bit %d", bit)
          .isTrue();
    }
  }

  @Test
  void mutatedMembersAreRefusedOrStayInTheirRoom() throws IOException {
    var random = new SplittableRandom(1);
    byte[] member = gzipped(Samples.LOG.bytes(2000, 1));
    for (int i = 0; i < 300; i++) {
      decompressed(Lz4BlockProperties.mutated(member, random), 2000);
    }
    assertThat(decompressed(member, 2000).isRefused()).isFalse();
  }
}
