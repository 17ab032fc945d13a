package systems.core.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** What is written in runs is read, in pieces of any size. */
@Tag("phase-7")
class RunProperties {

  private static Window window(byte[] bytes) {
    return Window.verbatim(Path.of("x.parquet"), 0, bytes, 0, bytes.length);
  }

  @Property(tries = 300)
  void whatIsWrittenInRunsIsRead(
      @ForAll @IntRange(min = 1, max = 32) int width,
      @ForAll @IntRange(min = 0, max = 5000) int count,
      @ForAll long seed)
      throws ParquetException {
    var random = new SplittableRandom(seed);
    int[] values = new int[count];
    for (int at = 0; at < count; ) {
      int value = random.nextInt() & (int) (0xffff_ffffL >>> 32 - width);
      int length = random.nextInt(3) == 0 ? random.nextInt(1, 100) : 1;
      for (int end = Math.min(count, at + length); at < end; at++) {
        values[at] = value;
      }
    }
    var bytes = new Sink();
    new RunWriter().write(values, 0, count, width, bytes);
    var reader = new RunReader(window(bytes.toBytes()), width);
    int[] read = new int[count];
    for (int at = 0; at < count; ) {
      int part = Math.min(count - at, random.nextInt(1, 700));
      int same = reader.readSame(part);
      if (same == -1) {
        reader.read(read, at, part);
      } else {
        Arrays.fill(read, at, at + part, same);
      }
      at += part;
    }
    assertThat(read).isEqualTo(values);
    assertThat(bytes.size)
        .as("runs never cost much more than packing")
        .isLessThanOrEqualTo((count + 7) / 8 * width + 10 + count / 64);
  }
}
