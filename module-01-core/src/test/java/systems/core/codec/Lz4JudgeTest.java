package systems.core.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameInputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream.BLOCKSIZE;
import net.jpountz.lz4.LZ4FrameOutputStream.FLG;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import systems.core.codec.Lz4Frame.BlockSize;
import systems.core.codec.Lz4Frame.Settings;

/** LZ4 itself reads what we write, and we read what it writes. */
@Tag("phase-6")
class Lz4JudgeTest {
  private static final LZ4Factory NATIVE = LZ4Factory.nativeInstance();
  private static final LZ4Factory SAFE = LZ4Factory.safeInstance();
  private static final int[] LENGTHS = {
    0, 1, 4, 5, 11, 12, 13, 20, 100, 1000, 65_535, 70_000, 300_000
  };

  @ParameterizedTest
  @EnumSource
  void bothOfItsCodecsReadOurBlocks(Samples kind) {
    var block = new Lz4Block();
    for (int length : LENGTHS) {
      byte[] bytes = kind.bytes(length, 2);
      byte[] target = new byte[Lz4Block.maxCompressedLength(length)];
      int packed = block.compress(bytes, 0, length, target, 0, target.length);
      byte[] ours = Arrays.copyOf(target, packed);
      for (LZ4Factory factory : List.of(NATIVE, SAFE)) {
        assertThat(factory.safeDecompressor().decompress(ours, length))
            .as("our block of %d bytes of %s, read by %s", length, kind, factory)
            .isEqualTo(bytes);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void weReadBlocksOfAllItsCompressors(Samples kind) throws IOException {
    List<LZ4Compressor> compressors =
        List.of(
            NATIVE.fastCompressor(),
            SAFE.fastCompressor(),
            NATIVE.highCompressor(),
            SAFE.highCompressor());
    for (int length : LENGTHS) {
      byte[] bytes = kind.bytes(length, 3);
      for (LZ4Compressor compressor : compressors) {
        byte[] theirs = compressor.compress(bytes);
        byte[] target = new byte[length];
        assertThat(Lz4Block.decompress(theirs, 0, theirs.length, target, 0, length))
            .as("a block of %d bytes of %s by %s", length, kind, compressor)
            .isEqualTo(length);
        assertThat(target).isEqualTo(bytes);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TEXT", "LOG", "INTS"})
  void ourBlocksAreHardlyLongerThanItsOwn(Samples kind) {
    byte[] bytes = kind.bytes(1 << 20, 4);
    byte[] target = new byte[Lz4Block.maxCompressedLength(bytes.length)];
    int ours = new Lz4Block().compress(bytes, 0, bytes.length, target, 0, target.length);
    int theirs = NATIVE.fastCompressor().compress(bytes).length;
    assertThat((double) ours / theirs).as("%s: ours / theirs", kind).isLessThan(1.10);
  }

  @ParameterizedTest
  @EnumSource
  void itReadsOurFrames(BlockSize size) throws IOException {
    byte[] bytes = Samples.LOG.bytes(600_000, 5);
    for (boolean checksums : new boolean[] {false, true}) {
      Settings settings =
          Settings.STANDARD
              .withBlockSize(size)
              .withBlockChecksums(checksums)
              .withContentChecksum(checksums)
              .withContentSize(checksums ? bytes.length : Settings.UNKNOWN);
      byte[] frame = Lz4FrameTest.frame(bytes, settings);
      try (var in = new LZ4FrameInputStream(new ByteArrayInputStream(frame))) {
        assertThat(in.readAllBytes()).as("our frame with %s", settings).isEqualTo(bytes);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void weReadItsFrames(BLOCKSIZE size) throws IOException {
    byte[] bytes = Samples.TEXT.bytes(600_000, 6);
    List<FLG.Bits[]> choices =
        List.of(
            new FLG.Bits[] {FLG.Bits.BLOCK_INDEPENDENCE},
            new FLG.Bits[] {FLG.Bits.BLOCK_INDEPENDENCE, FLG.Bits.BLOCK_CHECKSUM},
            new FLG.Bits[] {FLG.Bits.BLOCK_INDEPENDENCE, FLG.Bits.CONTENT_CHECKSUM});
    for (FLG.Bits[] choice : choices) {
      var frame = new ByteArrayOutputStream();
      try (var out = new LZ4FrameOutputStream(frame, size, choice)) {
        out.write(bytes);
      }
      assertThat(Lz4FrameTest.content(frame.toByteArray()))
          .as("its frame with %s", Arrays.toString(choice))
          .isEqualTo(bytes);
    }
  }

  @Test
  @Tag("external")
  void theCommandReadsAndWritesTheSameFrames() throws Exception {
    byte[] bytes = Samples.LOG.bytes(1_000_000, 7);
    for (boolean linked : new boolean[] {false, true}) {
      Settings settings =
          Settings.STANDARD
              .withBlockSize(BlockSize.KB_64)
              .withLinked(linked)
              .withBlockChecksums(true)
              .withContentSize(bytes.length);
      byte[] ours = Lz4FrameTest.frame(bytes, settings);
      assertThat(piped(ours, "lz4", "-d", "-c")).as("lz4 reads %s", settings).isEqualTo(bytes);
      byte[] theirs = piped(bytes, "lz4", "-c", "-B4", linked ? "-BD" : "-BI", "-BX");
      assertThat(Lz4FrameTest.content(theirs)).as("what lz4 wrote").isEqualTo(bytes);
    }
  }

  private static byte[] piped(byte[] input, String... command) throws Exception {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    Thread writer =
        Thread.ofVirtual()
            .start(() -> {
              try (var out = process.getOutputStream()) {
                out.write(input);
              } catch (IOException e) {
                // it has read enough, and says by its exit code whether that was right
              }
            });
    byte[] output = process.getInputStream().readAllBytes();
    writer.join();
    assertThat(process.waitFor()).as("exit code of %s", String.join(" ", command)).isZero();
    return output;
  }
}
