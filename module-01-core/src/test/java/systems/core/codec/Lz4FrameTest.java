package systems.core.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.core.Effort;
import systems.core.codec.Lz4Frame.BlockSize;
import systems.core.codec.Lz4Frame.Settings;

@Tag("phase-6")
class Lz4FrameTest {
  private static final Settings SMALL = Settings.STANDARD.withBlockSize(BlockSize.KB_64);

  static byte[] frame(byte[] bytes, Settings settings) throws IOException {
    var target = new ByteArrayOutputStream();
    try (OutputStream out = Lz4Frame.compressing(target, settings)) {
      out.write(bytes);
    }
    return target.toByteArray();
  }

  static byte[] content(byte[] frames) throws IOException {
    try (InputStream in = Lz4Frame.decompressing(new ByteArrayInputStream(frames))) {
      return in.readAllBytes();
    }
  }

  private static byte[] hex(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  private static byte[] joined(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static void requireRefused(byte[] frames, String sentence) {
    assertThatThrownBy(() -> content(frames))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void anEmptyFrameIsFifteenBytes() throws IOException {
    byte[] frame = frame(new byte[0], Settings.STANDARD);
    assertThat(HexFormat.of().formatHex(frame)).isEqualTo("04224d186470b900000000055dcc02");
    assertThat(content(frame)).isEmpty();
    assertThat(content(frame(new byte[1], Settings.STANDARD))).isEqualTo(new byte[1]);
  }

  @Test
  void everySettingIsReadBack() throws IOException {
    byte[] bytes = Samples.LOG.bytes(200_000, 1);
    for (int choice = 0; choice < 64; choice++) {
      Settings settings =
          new Settings(
              choice % 2 == 0 ? BlockSize.KB_64 : BlockSize.KB_256,
              (choice & 2) != 0,
              (choice & 4) != 0,
              (choice & 8) != 0,
              (choice & 16) != 0 ? bytes.length : Settings.UNKNOWN);
      byte[] input = (choice & 32) != 0 ? bytes : Samples.RANDOM.bytes(bytes.length, 2);
      assertThat(content(frame(input, settings))).as("with %s", settings).isEqualTo(input);
    }
  }

  @Test
  void aLinkedFrameOfTheLz4CommandIsRead() throws IOException {
    // lz4 1.9.4: -B4 -BD, 200,000 bytes of a pattern of 90; its second block begins in the first
    byte[] frame;
    try (InputStream in = Lz4FrameTest.class.getResourceAsStream("linked.lz4")) {
      frame = Objects.requireNonNull(in).readAllBytes();
    }
    byte[] content = content(frame);
    assertThat(content).as("three blocks that refer to the ones before").hasSize(200_000);
    for (int i = 90; i < content.length; i++) {
      assertThat(content[i] == content[i - 90]).as("byte %d repeats the pattern", i).isTrue();
    }
  }

  @Test
  void linkedBlocksUseWhatStoodInTheBlockBefore() throws IOException {
    byte[] once = Samples.RANDOM.bytes(40_000, 3);
    byte[] bytes = joined(once, once, once, once, once);
    byte[] linked = frame(bytes, SMALL.withLinked(true));
    byte[] independent = frame(bytes, SMALL);
    assertThat(content(linked)).isEqualTo(bytes);
    assertThat(linked.length).as("linked").isLessThan(45_000);
    assertThat(independent.length).as("independent").isGreaterThan(100_000);
  }

  @Test
  void flushedBlocksMayBeOfAnyLength() throws IOException {
    byte[] bytes = Samples.TEXT.bytes(300_000, 4);
    for (boolean linked : new boolean[] {false, true}) {
      var random = new SplittableRandom(1);
      var target = new ByteArrayOutputStream();
      try (OutputStream out = Lz4Frame.compressing(target, SMALL.withLinked(linked))) {
        for (int at = 0; at < bytes.length; ) {
          int part = Math.min(bytes.length - at, 1 + random.nextInt(90_000));
          out.write(bytes, at, part);
          out.write(bytes, 0, 0);
          out.flush();
          out.flush();
          at += part;
        }
      }
      assertThat(content(target.toByteArray())).as("linked: %s", linked).isEqualTo(bytes);
    }
  }

  @Test
  void whatWasFlushedCanBeReadThoughTheFrameHasNoEnd() throws IOException {
    var target = new ByteArrayOutputStream();
    OutputStream out = Lz4Frame.compressing(target, SMALL);
    out.write("now".getBytes(StandardCharsets.US_ASCII));
    out.flush();
    InputStream in = Lz4Frame.decompressing(new ByteArrayInputStream(target.toByteArray()));
    assertThat(new String(in.readNBytes(3), StandardCharsets.US_ASCII)).isEqualTo("now");
    assertThatThrownBy(in::read).isInstanceOf(CorruptDataException.class);
    assertThatThrownBy(in::read).as("a failure stays").isInstanceOf(CorruptDataException.class);
  }

  @Test
  void framesThatFollowEachOtherAreReadAsOne() throws IOException {
    byte[] one = frame(Samples.TEXT.bytes(1000, 1), SMALL);
    byte[] other = frame(Samples.LOG.bytes(1000, 1), Settings.STANDARD.withContentSize(1000));
    byte[] skipped = hex("5f2a4d18 03000000 010203");
    byte[] nothing = hex("502a4d18 00000000");
    assertThat(content(joined(skipped, one, nothing, skipped, other, nothing)))
        .isEqualTo(joined(Samples.TEXT.bytes(1000, 1), Samples.LOG.bytes(1000, 1)));
  }

  @Test
  void nothingIsNoFrameAndHasNoContent() throws IOException {
    assertThat(content(new byte[0])).isEmpty();
    assertThat(content(frame(new byte[] {1}, SMALL))).isEqualTo(new byte[] {1});
  }

  @Test
  void whatIsNotReadIsRefusedByName() throws IOException {
    byte[] good = frame(Samples.TEXT.bytes(100, 1), SMALL);
    requireRefused(hex("02214c18 07000000 606c6567616379"), "legacy format");
    requireRefused(joined(good, hex("50 4b 03 04")), "no LZ4 frame");
    requireRefused(joined(good, hex("04 22")), "within the first bytes");
    requireRefused(hex("04224d18 84 40 00"), "unknown version 2");
    requireRefused(hex("04224d18 66 40 00"), "reserved bits");
    requireRefused(hex("04224d18 64 41 00"), "reserved bits");
    requireRefused(hex("04224d18 64 30 00"), "reserved bits");
    requireRefused(hex("04224d18 64 40 a8"), "descriptor");
    requireRefused(dictionaryFrame(), "needs the dictionary 0000002a");
    requireRefused(hex("502a4d18 ffffffff 00"), "ends too early");
  }

  private static byte[] dictionaryFrame() {
    byte[] frame = hex("04224d18 61 40 2a000000 00 00000000");
    frame[10] = (byte) (XxHash32.hash(frame, 4, 6, 0) >>> 8);
    return frame;
  }

  @Test
  void aBlockLongerThanTheFrameAllowsIsRefused() throws IOException {
    byte[] frame = frame(Samples.TEXT.bytes(100, 1), SMALL);
    Bytes.putInt(frame, 7, 65_537);
    requireRefused(frame, "a block of 65537 bytes in a frame of 65536 a block");
    Bytes.putInt(frame, 7, Integer.MAX_VALUE | Lz4Frame.AS_IT_IS);
    requireRefused(frame, "a block of 2147483647 bytes");
  }

  @Test
  void aFrameIsAsLongAsItSays() {
    byte[] ten = new byte[10];
    assertThatThrownBy(() -> frame(ten, SMALL.withContentSize(9)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("announced with 9");
    assertThatThrownBy(() -> frame(ten, SMALL.withContentSize(11)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("announced with 11");
    requireRefused(announced(9), "more than the 9 bytes");
    requireRefused(announced(11), "of 10 bytes that says 11");
  }

  private static byte[] announced(int size) {
    try {
      byte[] frame = frame(new byte[10], SMALL.withContentSize(10));
      Bytes.putLong(frame, 6, size);
      frame[14] = (byte) (XxHash32.hash(frame, 4, 10, 0) >>> 8);
      return frame;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everyFlippedBitIsFoundByAChecksumOrAField() throws IOException {
    byte[] bytes = Samples.TEXT.bytes(400, 1);
    byte[] frame = frame(bytes, SMALL.withBlockChecksums(true));
    for (int bit = 0; bit < frame.length * 8; bit++) {
      byte[] flipped = frame.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      boolean skipped = bit / 8 < 4 && Bytes.intAt(flipped, 0) >>> 4 == 0x184D_2A5;
      assertThat(skipped || isRefused(flipped)).as("bit %d is flipped", bit).isTrue();
    }
  }

  private static boolean isRefused(byte[] frame) throws IOException {
    try {
      content(frame);
      return false;
    } catch (CorruptDataException e) {
      return true;
    }
  }

  @Test
  void everyPrefixIsRefused() throws IOException {
    for (boolean linked : new boolean[] {false, true}) {
      byte[] frame = frame(Samples.LOG.bytes(3000, 1), SMALL.withLinked(linked));
      for (int cut = 1; cut < frame.length; cut++) {
        assertThat(isRefused(Arrays.copyOf(frame, cut))).as("the first %d bytes", cut).isTrue();
      }
    }
  }

  @Test
  void mutatedFramesWithoutChecksumsAreRefusedOrRead() throws IOException {
    var random = new SplittableRandom(7);
    Settings settings = SMALL.withContentChecksum(false).withLinked(true);
    byte[] frame = frame(Samples.PERIODS.bytes(100_000, 8), settings);
    int refused = 0;
    int times = Effort.of(500, 100);
    for (int i = 0; i < times; i++) {
      byte[] mutated = Lz4BlockProperties.mutated(frame, random);
      System.arraycopy(frame, 0, mutated, 0, 7);
      refused += isRefused(mutated) ? 1 : 0;
    }
    assertThat(refused).as("refused of %d", times).isBetween(times / 20, times);
  }

  @Test
  void aFrameThatCouldNotBeWrittenHasNoEnd() {
    var target = new ByteArrayOutputStream();
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            if (target.size() >= 100) {
              throw new IOException("no space left");
            }
            target.write(value);
          }
        };
    OutputStream out = Lz4Frame.compressing(full, SMALL);
    assertThatThrownBy(() -> out.write(Samples.RANDOM.bytes(70_000, 1)))
        .hasMessageContaining("no space left");
    assertThatThrownBy(() -> out.write(1)).hasMessageContaining("not be written further");
    assertThatThrownBy(
            () -> {
              out.close();
              content(target.toByteArray());
            })
        .isInstanceOf(CorruptDataException.class);
  }
}
