package systems.core.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-7")
class DeltaReaderTest {

  private static Window window(byte[] bytes) {
    return Window.verbatim(Path.of("x.parquet"), 0, bytes, 0, bytes.length);
  }

  private static long[] read(String hex, int... counts) throws ParquetException {
    var reader = new DeltaReader(window(HexFormat.ofDelimiter(" ").parseHex(hex)));
    int total = 0;
    for (int count : counts) {
      total += count;
    }
    long[] values = new long[total];
    int at = 0;
    for (int count : counts) {
      reader.read(values, at, count);
      at += count;
    }
    return values;
  }

  @Test
  void theExamplesOfTheSpecificationAreRead() throws ParquetException {
    assertThat(read("08 01 05 02 02 00", 5))
        .as("all steps are the least one, so they take no bits")
        .containsExactly(1, 2, 3, 4, 5);
    assertThat(read("08 01 08 0e 03 02 c0 3f", 8))
        .as("the least step, -2, is added to what is packed")
        .containsExactly(7, 5, 3, 1, 2, 3, 4, 5);
  }

  @Test
  void valuesMayBeAskedForInPieces() throws ParquetException {
    assertThat(read("08 01 08 0e 03 02 c0 3f", 1, 0, 3, 4)).containsExactly(7, 5, 3, 1, 2, 3, 4, 5);
  }

  @Test
  void aSingleValueHasNoBlock() throws ParquetException {
    assertThat(read("80 01 04 01 0d", 1)).containsExactly(-7);
  }

  @Test
  void whatIsNotThereIsRefused() {
    assertThatThrownBy(() -> read("08 01 05 02 02 00", 6)).hasMessageContaining("6 more values");
    assertThatThrownBy(() -> read("08 01 05 02 02 41", 5)).hasMessageContaining("0 to 64 bits");
    assertThatThrownBy(() -> read("08 01 05 02 02 08", 5)).hasMessageContaining("a miniblock");
    assertThatThrownBy(() -> read("08 00 05 02 02 00", 5)).hasMessageContaining("miniblocks");
    assertThatThrownBy(() -> read("0c 01 05 02 02 00", 5)).hasMessageContaining("miniblocks");
    assertThatThrownBy(() -> read("80 80 80 80 04 01 05 02", 5))
        .isInstanceOf(ParquetException.class);
  }
}
