package systems.core.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-7")
class RunReaderTest {

  private static Window window(byte[] bytes) {
    return Window.verbatim(Path.of("x.parquet"), 0, bytes, 0, bytes.length);
  }

  private static RunReader reader(String hex, int width) throws ParquetException {
    return new RunReader(window(HexFormat.ofDelimiter(" ").parseHex(hex)), width);
  }

  private static int[] read(RunReader reader, int... counts) throws ParquetException {
    int total = 0;
    for (int count : counts) {
      total += count;
    }
    int[] values = new int[total];
    int at = 0;
    for (int count : counts) {
      reader.read(values, at, count);
      at += count;
    }
    return values;
  }

  @Test
  void theExampleOfTheSpecificationIsRead() throws ParquetException {
    assertThat(read(reader("03 88 c6 fa", 3), 8)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
  }

  @Test
  void aRepeatedRunGoesOnWhereTheLastCallStopped() throws ParquetException {
    assertThat(read(reader("0a 05 06 02 08 01 08 01 08 01", 3), 3, 1, 2, 2))
        .as("five times 5, then three times 2, asked for in pieces")
        .containsExactly(5, 5, 5, 5, 5, 2, 2, 2);
  }

  @Test
  void aPackedGroupIsKeptWhenACallStopsWithinIt() throws ParquetException {
    assertThat(
            read(reader("05 88 c6 fa 88 c6 fa " + "03 00 00 00 ".repeat(3).trim(), 3), 3, 1, 5, 7))
        .as("two groups, asked for in pieces that are no groups")
        .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7);
  }

  @Test
  void aValueTakesAsManyBytesAsItsWidthNeeds() throws ParquetException {
    assertThat(read(reader("04 ff 01 04 07 00", 9), 4))
        .as("nine bits are two bytes")
        .containsExactly(511, 511, 7, 7);
    assertThat(read(reader("06", 0), 3)).as("no bits are no bytes").containsExactly(0, 0, 0);
  }

  @Test
  void allTheSameIsToldWithoutReading() throws ParquetException {
    RunReader reader = reader("c8 01 01 03 0f", 1);
    assertThat(reader.readSame(60)).isEqualTo(1);
    assertThat(reader.readSame(41)).as("the run has only 40 more").isEqualTo(-1);
    assertThat(reader.readSame(40)).isEqualTo(1);
    assertThat(reader.readSame(8)).as("packed numbers are not looked at").isEqualTo(-1);
    assertThat(read(reader, 8)).containsExactly(1, 1, 1, 1, 0, 0, 0, 0);
  }

  @Test
  void whatIsNotThereIsRefused() {
    assertThatThrownBy(() -> read(reader("05 88 c6 fa", 3), 8)).hasMessageContaining("packed run");
    assertThatThrownBy(() -> read(reader("0a 05", 3), 6)).hasMessageContaining("header of a run");
    assertThatThrownBy(() -> read(reader("0a 08", 3), 1)).hasMessageContaining("3 bits");
    assertThatThrownBy(() -> read(reader("00 05", 3), 1)).hasMessageContaining("a run of 1 to");
    assertThatThrownBy(() -> read(reader("ff ff ff ff ff 7f 05", 3), 1))
        .isInstanceOf(ParquetException.class);
    assertThatThrownBy(() -> reader("00", 33)).hasMessageContaining("0 to 32 bits");
  }
}
