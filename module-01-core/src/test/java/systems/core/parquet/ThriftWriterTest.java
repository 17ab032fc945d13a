package systems.core.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Bytes that follow from the compact protocol's specification. */
@Tag("given")
class ThriftWriterTest {
  private final Sink bytes = new Sink();
  private final ThriftWriter out = new ThriftWriter(bytes);

  private void assertBytes(String expected) {
    assertThat(HexFormat.ofDelimiter(" ").formatHex(bytes.toBytes())).isEqualTo(expected);
  }

  @Test
  void aFieldTellsTheStepFromTheOneBefore() {
    out.begin();
    out.i32(1, 1);
    out.i32(3, -1);
    out.i64(18, 64);
    out.end();
    assertBytes("15 02 25 01 f6 80 01 00");
  }

  @Test
  void aStepOfMoreThanFifteenIsWrittenOut() {
    out.begin();
    out.i32(1, 0);
    out.i32(17, 0);
    out.end();
    assertBytes("15 00 05 22 00 00");
  }

  @Test
  void aBooleanIsTheTypeOfItsField() {
    out.begin();
    out.bool(1, true);
    out.bool(2, false);
    out.end();
    assertBytes("11 12 00");
  }

  @Test
  void structuresBeginTheirIdsAnew() {
    out.begin();
    out.begin(5);
    out.i32(1, 2);
    out.end();
    out.i8(6, 7);
    out.end();
    assertBytes("5c 15 04 00 13 07 00");
  }

  @Test
  void shortListsHaveTheirSizeInTheHeaderAndLongOnesBehindIt() {
    out.begin();
    out.ints(1, List.of(1, -1));
    out.ints(2, IntStream.range(0, 15).mapToObj(_ -> 0).toList());
    out.strings(3, List.of("a"));
    out.end();
    assertBytes("19 25 02 01 19 f5 0f 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 19 18 01 61 00");
  }
}
