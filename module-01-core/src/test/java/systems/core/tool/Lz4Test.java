package systems.core.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jpountz.lz4.LZ4FrameInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Tag("phase-6")
class Lz4Test {
  private static final byte[] TEXT =
      "a line that comes again and again\n".repeat(5000).getBytes(StandardCharsets.US_ASCII);

  @TempDir Path folder;

  /** A run of the command between two pipes. */
  private static final class Run {
    final int code;
    final byte[] out;
    final String err;

    Run(InputStream in, boolean toTerminal, String... args) {
      var outBytes = new ByteArrayOutputStream();
      var errText = new StringWriter();
      code =
          new CommandLine(new Lz4(in, outBytes, toTerminal))
              .setErr(new PrintWriter(errText, true))
              .setExecutionExceptionHandler((failure, command, _) -> {
                command.getErr().println(failure.getMessage());
                return 1;
              })
              .execute(args);
      out = outBytes.toByteArray();
      err = errText.toString();
    }

    Run(byte[] in, String... args) {
      this(new ByteArrayInputStream(in), false, args);
    }
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aPipeIsCompressedAndDecompressed() throws IOException {
    var there = new Run(TEXT);
    assertThat(there.code).as(there.err).isZero();
    assertThat(there.out).hasSizeLessThan(TEXT.length / 50);
    try (var in = new LZ4FrameInputStream(new ByteArrayInputStream(there.out))) {
      assertThat(in.readAllBytes()).isEqualTo(TEXT);
    }
    var back = new Run(there.out, "-d");
    assertThat(back.code).as(back.err).isZero();
    assertThat(back.out).isEqualTo(TEXT);
  }

  @Test
  void aFileGetsACompressedOneBesideItAndComesBack() throws IOException {
    Path file = Files.write(folder.resolve("lines.txt"), TEXT);
    var there =
        new Run(
            new byte[0],
            file.toString(),
            "-B",
            "64K",
            "--linked",
            "--block-checksums",
            "--no-content-checksum",
            "--content-size");
    assertThat(there.code).as(there.err).isZero();
    assertThat(names()).containsExactly("lines.txt", "lines.txt.lz4");
    byte[] frame = Files.readAllBytes(folder.resolve("lines.txt.lz4"));
    assertThat(frame[4]).as("flags").isEqualTo((byte) 0b01_0_1_1_0_0_0);
    assertThat(frame[5]).as("block size").isEqualTo((byte) 0x40);
    Files.delete(file);
    var back = new Run(new byte[0], "-d", file + ".lz4");
    assertThat(back.code).as(back.err).isZero();
    assertThat(file).hasBinaryContent(TEXT);
  }

  @Test
  void aFileIsWrittenToStandardOutputIfAskedFor() throws IOException {
    Path file = Files.write(folder.resolve("lines.txt"), TEXT);
    var run = new Run(new byte[0], "-c", file.toString());
    assertThat(run.code).as(run.err).isZero();
    assertThat(new Run(run.out, "-d").out).isEqualTo(TEXT);
    assertThat(names()).containsExactly("lines.txt");
  }

  @Test
  void aFileThatIsThereIsReplacedOnlyByForce() throws IOException {
    Path there = Files.writeString(folder.resolve("there"), "old");
    var careful = new Run(TEXT, "-", there.toString());
    assertThat(careful.code).isEqualTo(2);
    assertThat(careful.err).contains("is there already");
    assertThat(there).hasContent("old");
    assertThat(new Run(TEXT, "-f", "-", there.toString()).code).isZero();
    assertThat(new Run(Files.readAllBytes(there), "-d").out).isEqualTo(TEXT);
  }

  @Test
  void damageLeavesNoFile() throws IOException {
    byte[] frame = new Run(TEXT).out;
    assertThat(new Run(frame, "-d").out).as("before the damage").isEqualTo(TEXT);
    frame[frame.length - 1]++;
    Path file = Files.write(folder.resolve("lines.txt.lz4"), frame);
    var run = new Run(new byte[0], "-d", file.toString());
    assertThat(run.code).isEqualTo(1);
    assertThat(run.err).contains("wrong checksum");
    assertThat(names()).as("files after a failure").containsExactly("lines.txt.lz4");
  }

  @Test
  void aFrameWhoseInputFailedHasNoEnd() {
    var failing =
        new InputStream() {
          private int left = 100_000;

          @Override
          public int read() throws IOException {
            if (left == 0) {
              throw new IOException("the disk is gone");
            }
            return --left & 7;
          }
        };
    var run = new Run(failing, false, "-B", "64K");
    assertThat(run.code).isEqualTo(1);
    assertThat(run.err).contains("the disk is gone");
    assertThat(run.out).as("a block that was full before").isNotEmpty();
    assertThat(new Run(run.out, "-d").code).as("what must not look whole").isEqualTo(1);
  }

  @Test
  void aTerminalGetsNoCompressedBytes() {
    var run = new Run(new ByteArrayInputStream(TEXT), true);
    assertThat(run.code).isEqualTo(2);
    assertThat(run.out).isEmpty();
    assertThat(run.err).contains("nothing for a terminal");
    var forced = new Run(new ByteArrayInputStream(TEXT), true, "-f");
    var back = new Run(new ByteArrayInputStream(forced.out), true, "-d");
    assertThat(back.out).isEqualTo(TEXT);
  }

  @Test
  void wrongUsageIsASentence() {
    assertThat(new Run(TEXT, "-B", "2M").err).contains("must be 64K, 256K, 1M or 4M; it is 2M");
    assertThat(new Run(TEXT, "--content-size").err).contains("the length of a pipe is not known");
    assertThat(new Run(TEXT, "-d", "name.zst").err).contains("does not end in .lz4");
    assertThat(new Run(TEXT, "-d").err).contains("no LZ4 frame");
    assertThat(new Run(new Run(TEXT).out, "-d").out).isEqualTo(TEXT);
  }
}
