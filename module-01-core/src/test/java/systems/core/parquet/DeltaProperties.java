package systems.core.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** What is written as differences is read, in pieces of any size. */
@Tag("phase-7")
class DeltaProperties {

  private static Window window(byte[] bytes) {
    return Window.verbatim(Path.of("x.parquet"), 0, bytes, 0, bytes.length);
  }

  @Property(tries = 200)
  void whatIsWrittenAsDifferencesIsRead(
      @ForAll @IntRange(min = 0, max = 3000) int count,
      @ForAll @IntRange(min = 1, max = 64) int bits,
      @ForAll boolean isInt,
      @ForAll long seed)
      throws ParquetException {
    var random = new SplittableRandom(seed);
    long[] values = new long[count];
    long value = random.nextLong();
    for (int i = 0; i < count; i++) {
      value += random.nextLong() >> 64 - bits;
      values[i] = isInt ? (int) value : value;
    }
    var bytes = new Sink();
    new DeltaWriter().write(values, 0, count, isInt, bytes);
    bytes.u8(0x55);
    Window page = window(bytes.toBytes());
    var reader = new DeltaReader(page.rest());
    long[] read = new long[count];
    for (int at = 0; at < count; ) {
      int part = Math.min(count - at, random.nextInt(1, 700));
      reader.read(read, at, part);
      at += part;
    }
    for (int i = 0; isInt && i < count; i++) {
      read[i] = (int) read[i];
    }
    assertThat(read).isEqualTo(values);
    new DeltaReader(page).readOff();
    assertThat(page.left()).as("what follows the differences").isEqualTo(1);
  }
}
