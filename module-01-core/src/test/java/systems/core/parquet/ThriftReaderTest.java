package systems.core.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Bytes that follow from the compact protocol's specification, and such as hurt. */
@Tag("phase-7")
class ThriftReaderTest {

  private static ThriftReader reader(String hex) {
    byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
    return new ThriftReader(Window.verbatim(Path.of("x.parquet"), 100, bytes, 0, bytes.length));
  }

  private static List<Integer> skippedIds(ThriftReader in) throws ParquetException {
    var ids = new ArrayList<Integer>();
    in.begin();
    for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
      ids.add(id);
      in.skip();
    }
    return ids;
  }

  @Test
  void idsAddUpAndLongStepsAreWrittenOut() throws ParquetException {
    assertThat(skippedIds(reader("15 02 25 01 f6 80 01 05 42 00 15 02 00")))
        .as("each header says its step from the field before, or the id itself")
        .containsExactly(1, 3, 18, 33, 34);
  }

  @Test
  void numbersHaveTheirSignInTheLowestBit() throws ParquetException {
    ThriftReader in = reader("15 02 15 01 16 80 01 16 ff ff ff ff ff ff ff ff ff 01 00");
    in.begin();
    in.next();
    assertThat(in.i32()).as("zigzag of 02").isEqualTo(1);
    in.next();
    assertThat(in.i32()).as("zigzag of 01").isEqualTo(-1);
    in.next();
    assertThat(in.i64()).as("zigzag of 80 01").isEqualTo(64);
    in.next();
    assertThat(in.i64()).as("nine bytes of seven bits and one more").isEqualTo(Long.MIN_VALUE);
    assertThat(in.next()).isEqualTo(ThriftReader.STOP);
  }

  @Test
  void aStructureWithinKeepsTheIdsOfTheOneAround() throws ParquetException {
    ThriftReader in = reader("5c 15 04 00 13 07 00");
    in.begin();
    assertThat(in.next()).isEqualTo(5);
    assertThat(skippedIds(in)).containsExactly(1);
    assertThat(in.next()).as("the field after the inner structure").isEqualTo(6);
    assertThat(in.i8()).isEqualTo((byte) 7);
  }

  @Test
  void listsOfBothFormsAreRead() throws ParquetException {
    ThriftReader in =
        reader("19 25 02 01 19 f5 0f" + " 00".repeat(14) + " 04 19 18 01 61 19 21 01 02 00");
    in.begin();
    in.next();
    assertThat(in.list(ThriftReader::i32)).containsExactly(1, -1);
    in.next();
    assertThat(in.list(ThriftReader::i32)).hasSize(15).endsWith(0, 2);
    in.next();
    assertThat(in.list(ThriftReader::string)).containsExactly("a");
    in.next();
    assertThat(in.bools()).containsExactly(true, false);
  }

  @Test
  void everyTypeIsSkippedWhenNobodyKnowsTheField() throws ParquetException {
    String all =
        "11 12 13 ff 14 02 15 80 01 16 02 17 00 00 00 00 00 00 00 00 18 02 61 62 "
            + "19 2c 15 02 00 00 1a 21 01 02 1b 01 8c 01 61 11 00 1b 00 1c 1c 00 00 15 02 00";
    assertThat(skippedIds(reader(all)))
        .as("after each of them the next field must be where it is")
        .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
  }

  @Test
  void aListLongerThanWhatIsLeftIsRefusedBeforeItIsMade() {
    ThriftReader in = reader("19 fc ff ff ff ff 07 00");
    assertThatThrownBy(() -> skippedIds(in))
        .isInstanceOf(ParquetException.class)
        .hasMessageContaining("x.parquet, byte 107")
        .hasMessageContaining("2147483647");
  }

  @Test
  void aStringLongerThanWhatIsLeftIsRefused() {
    ThriftReader in = reader("18 ff ff ff ff 07 61 00");
    assertThatThrownBy(() -> skippedIds(in))
        .isInstanceOf(ParquetException.class)
        .hasMessageContaining("a length of 0 to 7, found 2147483647");
  }

  @Test
  void structuresInEachOtherHaveABound() {
    assertThatThrownBy(() -> skippedIds(reader("1c ".repeat(5000) + "00")))
        .isInstanceOf(ParquetException.class)
        .hasMessageContaining("in each other");
    assertThatThrownBy(() -> skippedIds(reader("19 ".repeat(4000) + "00")))
        .isInstanceOf(ParquetException.class);
  }

  @Test
  void aNumberThatNeverEndsIsRefused() {
    assertThatThrownBy(() -> skippedIds(reader("15 " + "ff ".repeat(11) + "00")))
        .isInstanceOf(ParquetException.class)
        .hasMessageContaining("10 bytes at most");
  }

  @Test
  void theEndWithinAStructureIsFound() {
    assertThatThrownBy(() -> skippedIds(reader("15 02")))
        .isInstanceOf(ParquetException.class)
        .hasMessageContaining("byte 102");
  }

  @Test
  void aFieldOfAnotherTypeThanExpectedIsRefused() throws ParquetException {
    ThriftReader in = reader("18 01 61 00");
    in.begin();
    in.next();
    assertThatThrownBy(in::i32)
        .isInstanceOf(ParquetException.class)
        .hasMessageContaining("expected Thrift type 5, found type 8");
  }
}
