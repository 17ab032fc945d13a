package systems.core.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.Scan;

/** Files whose pages were made by hand: what no writer at hand makes, and what none should. */
@Tag("phase-7")
class PageTest {
  @TempDir Path directory;

  private static byte[] hex(String hex) {
    return HexFormat.ofDelimiter(" ").parseHex(hex);
  }

  /** A file of one column of integers of 32 bits with one row group. */
  private Path file(int rows, boolean optional, PhysicalType type, Object... pages)
      throws IOException {
    var bytes = new Sink();
    bytes.put("PAR1".getBytes(StandardCharsets.US_ASCII), 0, 4);
    for (int i = 0; i < pages.length; i += 2) {
      byte[] page = (byte[]) pages[i + 1];
      new PageHeader(page.length, page.length, null, (PageHeader.Body) pages[i])
          .write(new ThriftWriter(bytes));
      bytes.put(page, 0, page.length);
    }
    var chunk =
        new FileMetaData.Chunk(
            false,
            false,
            type,
            Set.of(Encoding.PLAIN),
            List.of("n"),
            Codec.UNCOMPRESSED,
            rows,
            bytes.size - 4,
            bytes.size - 4,
            4,
            0,
            new Statistics(null, null, 0, -1, -1, false),
            List.of(),
            FileMetaData.Section.NONE,
            FileMetaData.Section.NONE,
            FileMetaData.Section.NONE);
    var group = new FileMetaData.RowGroup(List.of(chunk), bytes.size, rows, bytes.size);
    int repetition = optional ? FileMetaData.OPTIONAL : FileMetaData.REQUIRED;
    var schema =
        List.of(
            new FileMetaData.Element(null, 0, "root", 1, -1, null),
            new FileMetaData.Element(type, repetition, "n", 0, -1, null));
    int footerAt = bytes.size;
    new FileMetaData(schema, rows, List.of(group), "", List.of(1)).write(new ThriftWriter(bytes));
    bytes.int32(bytes.size - footerAt);
    bytes.put("PAR1".getBytes(StandardCharsets.US_ASCII), 0, 4);
    Path file = directory.resolve("made.parquet");
    Files.write(file, bytes.toBytes());
    return file;
  }

  private static PageHeader.Data v1(int values, Encoding encoding) {
    return new PageHeader.DataV1(values, encoding, Encoding.RLE);
  }

  private List<Object> values(Path file) throws IOException {
    return Rows.read(file).columns().getFirst();
  }

  @Test
  void levelsComeFirstAndAbsentValuesTakeNoSpace() throws IOException {
    byte[] page = hex("02 00 00 00 03 15 07 00 00 00 08 00 00 00 09 00 00 00");
    assertThat(values(file(5, true, PhysicalType.INT32, v1(5, Encoding.PLAIN), page)))
        .as("four bytes of length, levels 1 0 1 0 1, three values")
        .containsExactly(7L, null, 8L, null, 9L);
  }

  @Test
  void levelsOfTheSecondVersionHaveNoLengthBeforeThem() throws IOException {
    var data = new PageHeader.DataV2(5, 2, 5, Encoding.PLAIN, 2, 0, false);
    byte[] page = hex("03 15 07 00 00 00 08 00 00 00 09 00 00 00");
    assertThat(values(file(5, true, PhysicalType.INT32, data, page)))
        .containsExactly(7L, null, 8L, null, 9L);
  }

  @Test
  void levelsInBitsFromTheHighestOnAreReadToo() throws IOException {
    var data = new PageHeader.DataV1(5, Encoding.PLAIN, Encoding.BIT_PACKED);
    byte[] page = hex("a8 07 00 00 00 08 00 00 00 09 00 00 00");
    assertThat(values(file(5, true, PhysicalType.INT32, data, page)))
        .as("a8 is 1 0 1 0 1 and padding")
        .containsExactly(7L, null, 8L, null, 9L);
  }

  @Test
  void aPageOfAbsentValuesMayHaveNothingElse() throws IOException {
    byte[] page = hex("02 00 00 00 06 00");
    assertThat(values(file(3, true, PhysicalType.INT32, v1(3, Encoding.RLE_DICTIONARY), page)))
        .containsExactly(null, null, null);
  }

  @Test
  void truthValuesMayComeInRuns() throws IOException {
    byte[] page = hex("02 00 00 00 06 01");
    assertThat(values(file(3, false, PhysicalType.BOOLEAN, v1(3, Encoding.RLE), page)))
        .containsExactly(1L, 1L, 1L);
  }

  @Test
  void bytesMayComeInStreams() throws IOException {
    byte[] page = hex("aa 00 a3 bb 11 b4 cc 22 c5 dd 33 d6");
    assertThat(values(file(3, false, PhysicalType.INT32, v1(3, Encoding.BYTE_STREAM_SPLIT), page)))
        .as("the example of the specification")
        .containsExactly((long) 0xddccbbaa, (long) 0x33221100, (long) 0xd6c5b4a3);
  }

  @Test
  void stringsMayShareTheirBeginnings() throws IOException {
    byte[] text = "axislebabbleyhood".getBytes(StandardCharsets.US_ASCII);
    var page = new Sink();
    new DeltaWriter().write(new long[] {0, 2, 0, 3}, 0, 4, true, page);
    new DeltaWriter().write(new long[] {4, 2, 6, 5}, 0, 4, true, page);
    page.put(text, 0, text.length);
    Path file =
        file(4, false, PhysicalType.BYTE_ARRAY, v1(4, Encoding.DELTA_BYTE_ARRAY), page.toBytes());
    assertThat(values(file))
        .as("the example of the specification")
        .containsExactly("axis", "axle", "babble", "babyhood");
  }

  @Test
  void codesMeanEntriesOfTheDictionary() throws IOException {
    byte[] dictionary = hex("0a 00 00 00 14 00 00 00 1e 00 00 00");
    Path file =
        file(
            8,
            false,
            PhysicalType.INT32,
            new PageHeader.Dictionary(3, Encoding.PLAIN),
            dictionary,
            v1(8, Encoding.RLE_DICTIONARY),
            hex("02 03 24 49"));
    assertThat(values(file))
        .as("two bits each: 0 1 2 0 1 2 0 1")
        .containsExactly(10L, 20L, 30L, 10L, 20L, 30L, 10L, 20L);
  }

  @Test
  void aCodeBeyondTheDictionaryIsRefused() throws IOException {
    Path file =
        file(
            8,
            false,
            PhysicalType.INT32,
            new PageHeader.Dictionary(2, Encoding.PLAIN),
            hex("0a 00 00 00 14 00 00 00"),
            v1(8, Encoding.RLE_DICTIONARY),
            hex("02 03 24 49"));
    assertThatThrownBy(() -> values(file))
        .as("code 2 of a dictionary of two entries")
        .isInstanceOf(ParquetException.class)
        .hasMessageContaining("codes of a dictionary of 2 entries")
        .hasMessageContaining("found 2");
  }

  @Test
  void aPageWithMoreOrFewerValuesThanItsChunkIsRefused() throws IOException {
    byte[] three = hex("07 00 00 00 08 00 00 00 09 00 00 00");
    Path more = file(2, false, PhysicalType.INT32, v1(3, Encoding.PLAIN), three);
    assertThatThrownBy(() -> values(more))
        .as("three values in a page, two rows in the chunk")
        .isInstanceOf(ParquetException.class)
        .hasMessageContaining("2 values at most in column n, found 3 in a page");
    Path fewer = file(4, false, PhysicalType.INT32, v1(3, Encoding.PLAIN), three);
    assertThatThrownBy(() -> values(fewer))
        .isInstanceOf(ParquetException.class)
        .hasMessageContaining("1 more values in column n");
  }

  @Test
  void aPageWithMoreOrFewerBytesThanItsValuesIsRefused() throws IOException {
    byte[] three = hex("07 00 00 00 08 00 00 00 09 00 00 00");
    Path more = file(2, false, PhysicalType.INT32, v1(2, Encoding.PLAIN), three);
    assertThatThrownBy(() -> values(more))
        .isInstanceOf(ParquetException.class)
        .hasMessageContaining("the end of the page, found 4 bytes more");
    Path fewer = file(4, false, PhysicalType.INT32, v1(4, Encoding.PLAIN), three);
    assertThatThrownBy(() -> values(fewer))
        .isInstanceOf(ParquetException.class)
        .hasMessageContaining("16 bytes of values, found 12 bytes");
    var data = new PageHeader.DataV2(3, 1, 3, Encoding.PLAIN, 2, 0, false);
    Path nulls =
        file(
            3,
            true,
            PhysicalType.INT32,
            data,
            hex("06 01 " + "07 00 00 00 08 00 00 00 09 00 00 00"));
    assertThatThrownBy(() -> values(nulls))
        .isInstanceOf(ParquetException.class)
        .hasMessageContaining("1 absent values in a page, found 0");
  }

  @Test
  void anEncodingThatDoesNotFitTheTypeIsRefused() throws IOException {
    Path file = file(1, false, PhysicalType.INT32, v1(1, Encoding.DELTA_BYTE_ARRAY), hex("00"));
    assertThatThrownBy(() -> values(file))
        .isInstanceOf(ParquetException.class)
        .hasMessageContaining("column n, found DELTA_BYTE_ARRAY");
    Path int96 = file(1, false, PhysicalType.INT96, v1(1, Encoding.PLAIN), hex("00"));
    assertThatThrownBy(() -> values(int96))
        .isInstanceOf(ParquetException.class)
        .hasMessageContaining("column n is of type INT96, which is not read");
  }

  @Test
  void aVectorIsFilledFromManyPages() throws IOException {
    byte[] seven = hex("07 00 00 00");
    byte[] codes = hex("01 04 00");
    Path file =
        file(
            7,
            false,
            PhysicalType.INT32,
            new PageHeader.Dictionary(1, Encoding.PLAIN),
            hex("05 00 00 00"),
            v1(1, Encoding.PLAIN),
            seven,
            v1(2, Encoding.RLE_DICTIONARY),
            codes,
            v1(0, Encoding.PLAIN),
            new byte[0],
            v1(2, Encoding.PLAIN_DICTIONARY),
            codes,
            v1(2, Encoding.PLAIN),
            hex("08 00 00 00 09 00 00 00"));
    assertThat(values(file)).containsExactly(7L, 5L, 5L, 5L, 5L, 8L, 9L);
  }

  @Test
  void absentValuesOfTwoPagesAreCountedTogether() throws IOException {
    byte[] page = hex("02 00 00 00 03 01 07 00 00 00");
    Path file =
        file(4, true, PhysicalType.INT32, v1(2, Encoding.PLAIN), page, v1(2, Encoding.PLAIN), page);
    try (var table = ParquetTable.open(file)) {
      var batch = new Batch(List.of(ColumnType.LONG));
      try (var cursor = table.morsels(new Scan(List.of(0), List.of())).getFirst().open()) {
        assertThat(cursor.next(batch)).isTrue();
        assertThat(batch.longs(0).nullCount)
            .as("a page has 7 and one absent value, and so has the other")
            .isEqualTo(2);
        assertThat(Arrays.copyOf(batch.longs(0).values, 4))
            .as("levels 1 0 in each page are 7 and an absent value")
            .containsExactly(7, 0, 7, 0);
        assertThat(cursor.next(batch)).isFalse();
      }
    }
  }
}
