package systems.redis.repl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** A snapshot that comes in pieces of any size. */
@Tag("phase-7")
final class TransferProperties {
  private static final int MARK_BYTES = 40;

  @Property(tries = 100)
  void whatComesBeforeTheMarkIsTheSnapshot(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 300) int length) throws IOException {
    var random = new Random(seed);
    byte[] mark = bytes(random, MARK_BYTES);
    byte[] snapshot = bytes(random, length);
    byte[] sent = new byte[length + MARK_BYTES];
    System.arraycopy(snapshot, 0, sent, 0, length);
    System.arraycopy(mark, 0, sent, length, MARK_BYTES);
    arrives(path -> Transfer.untilMark(path, mark), sent, 0, snapshot, random);
  }

  @Property(tries = 100)
  void aSnapshotOfKnownLengthLeavesWhatFollows(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 300) int length) throws IOException {
    var random = new Random(seed);
    byte[] snapshot = bytes(random, length);
    int behind = random.nextInt(50);
    byte[] sent = new byte[length + behind];
    System.arraycopy(snapshot, 0, sent, 0, length);
    arrives(path -> Transfer.ofLength(path, length), sent, behind, snapshot, random);
  }

  @FunctionalInterface
  private interface Maker {
    Transfer make(Path path) throws IOException;
  }

  private static void arrives(Maker maker, byte[] sent, int behind, byte[] snapshot, Random random)
      throws IOException {
    Path folder = Files.createTempDirectory("transfer");
    Path target = folder.resolve("dump.rdb");
    try {
      Transfer transfer = maker.make(folder.resolve("temp"));
      int at = 0;
      while (!transfer.isWhole()) {
        assertThat(at).as("bytes taken of " + sent.length).isLessThan(sent.length);
        int to = Math.min(sent.length, at + 1 + random.nextInt(60));
        at = transfer.take(sent, at, to);
      }
      transfer.commit(target);
      assertThat(sent.length - at).as("bytes left for the stream").isLessThanOrEqualTo(behind);
      assertThat(Files.readAllBytes(target)).as("the file").isEqualTo(snapshot);
    } finally {
      delete(folder);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      files.forEach(file -> {
        try {
          Files.delete(file);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    }
    Files.delete(folder);
  }

  private static byte[] bytes(Random random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }
}
