package systems.core.tool;

import java.io.BufferedInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import systems.core.codec.Lz4Frame;
import systems.core.codec.Lz4Frame.BlockSize;
import systems.core.codec.Lz4Frame.Settings;
import systems.core.column.Draft;

/**
 * Compresses and decompresses LZ4 frames, for the {@code lz4} command to read and from it.
 *
 * <p>A file appears under its name only when it is whole and on the disk: it is written under
 * another name beside it, synced and renamed. A pipe has no such moment; whoever reads from one
 * looks at the exit code.
 */
@Command(name = "lz4", description = "Compresses or decompresses LZ4 frames.", sortOptions = false)
final class Lz4 implements Callable<Integer> {
  private static final String SUFFIX = ".lz4";
  private static final String STANDARD_STREAM = "-";
  private static final int BUFFER_BYTES = 1 << 16;

  private final InputStream standardIn;
  private final OutputStream standardOut;
  private final boolean toTerminal;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = {"-d", "--decompress"},
      description = "Decompress all frames of the input.")
  private boolean decompress;

  @Option(
      names = {"-c", "--stdout"},
      description = "Write to standard output.")
  private boolean toStandardOut;

  @Option(
      names = {"-f", "--force"},
      description = "Replace the output, and write to a terminal.")
  private boolean force;

  @Option(
      names = {"-B", "--block-size"},
      paramLabel = "SIZE",
      defaultValue = "4M",
      description = "Largest block: 64K, 256K, 1M or 4M. Default: ${DEFAULT-VALUE}.")
  private String blockSize = "4M";

  @Option(names = "--linked", description = "Blocks may refer to those before them.")
  private boolean linked;

  @Option(names = "--block-checksums", description = "Each block has a checksum.")
  private boolean blockChecksums;

  @Option(names = "--no-content-checksum", description = "The whole has none.")
  private boolean noContentChecksum;

  @Option(names = "--content-size", description = "The frame says the length of a file.")
  private boolean contentSize;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "INPUT",
      defaultValue = STANDARD_STREAM,
      description = "A file, or - for standard input. Default: ${DEFAULT-VALUE}.")
  private String input = STANDARD_STREAM;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "OUTPUT",
      description = "A file, or - for standard output. Default: INPUT with or without .lz4.")
  private @Nullable String output;

  Lz4() {
    this(System.in, new FileOutputStream(FileDescriptor.out), isTerminal());
  }

  Lz4(InputStream standardIn, OutputStream standardOut, boolean toTerminal) {
    this.standardIn = standardIn;
    this.standardOut = standardOut;
    this.toTerminal = toTerminal;
  }

  /** A console is one only if both directions are; Linux knows about the one that matters. */
  private static boolean isTerminal() {
    if (System.console() != null && System.console().isTerminal()) {
      return true;
    }
    try {
      String standardOut = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
      return standardOut.startsWith("/dev/pts/") || standardOut.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException _) {
      return false; // not Linux, and then a console was the question
    }
  }

  @Override
  public Integer call() throws IOException {
    Settings settings = settings();
    Path target = target();
    try (InputStream in = open()) {
      if (target == null) {
        transfer(in, unclosed(standardOut), settings);
      } else {
        replace(target, in, settings);
      }
    }
    return 0;
  }

  private Settings settings() throws IOException {
    Settings settings =
        Settings.STANDARD
            .withBlockSize(size())
            .withLinked(linked)
            .withBlockChecksums(blockChecksums)
            .withContentChecksum(!noContentChecksum);
    if (!contentSize) {
      return settings;
    }
    if (input.equals(STANDARD_STREAM)) {
      throw wrong("--content-size needs a file; the length of a pipe is not known");
    }
    return settings.withContentSize(Files.size(Path.of(input)));
  }

  private BlockSize size() {
    return switch (blockSize) {
      case "64K" -> BlockSize.KB_64;
      case "256K" -> BlockSize.KB_256;
      case "1M" -> BlockSize.MB_1;
      case "4M" -> BlockSize.MB_4;
      default -> throw wrong("--block-size must be 64K, 256K, 1M or 4M; it is " + blockSize);
    };
  }

  private ParameterException wrong(String sentence) {
    if (spec == null) {
      throw new AssertionError("picocli injects it");
    }
    return new ParameterException(spec.commandLine(), sentence);
  }

  /** Where to write; null is standard output. */
  private @Nullable Path target() {
    String name = toStandardOut ? STANDARD_STREAM : output != null ? output : derived();
    if (!name.equals(STANDARD_STREAM)) {
      Path target = Path.of(name);
      if (Files.exists(target) && !force) {
        throw wrong("the file " + name + " is there already; -f replaces it");
      }
      return target;
    }
    if (toTerminal && !decompress && !force) {
      throw wrong("compressed data is nothing for a terminal; redirect it, or -f");
    }
    return null;
  }

  private String derived() {
    if (input.equals(STANDARD_STREAM)) {
      return STANDARD_STREAM;
    }
    if (!decompress) {
      return input + SUFFIX;
    }
    if (!input.endsWith(SUFFIX)) {
      throw wrong("the name " + input + " does not end in " + SUFFIX + "; say the output");
    }
    return input.substring(0, input.length() - SUFFIX.length());
  }

  private InputStream open() throws IOException {
    InputStream in =
        input.equals(STANDARD_STREAM) ? standardIn : Files.newInputStream(Path.of(input));
    return new BufferedInputStream(in, BUFFER_BYTES);
  }

  private void transfer(InputStream in, OutputStream out, Settings settings) throws IOException {
    if (decompress) {
      Lz4Frame.decompressing(in).transferTo(out);
      out.flush();
      return;
    }
    OutputStream frame = Lz4Frame.compressing(out, settings);
    in.transferTo(frame);
    frame.close(); // not if reading failed: then the frame must not look as if it were whole
  }

  private static OutputStream unclosed(OutputStream out) {
    return new FilterOutputStream(out) {
      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        out.write(bytes, from, length);
      }

      @Override
      public void close() throws IOException {
        flush();
      }
    };
  }

  private void replace(Path target, InputStream in, Settings settings) throws IOException {
    try (Draft draft = Draft.of(target)) {
      transfer(in, unclosed(Channels.newOutputStream(draft.channel())), settings);
      draft.commit();
    }
  }
}
