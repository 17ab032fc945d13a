package systems.kvstore.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** What a sink writes a source reads, and no bytes make a source read what is not there. */
@Tag("given")
class ByteSinkProperties {
  @Property
  void integersReadBackInTheirOrder(@ForAll List<Long> values) throws MalformedException {
    var sink = new ByteSink(0);
    for (long value : values) {
      sink.putFixed64(value);
      sink.putVarint64(value);
      sink.putFixed32((int) value);
      sink.putVarint32((int) value);
      sink.putByte((int) value);
    }
    var source = new ByteSource(sink.array(), 0, sink.size());
    for (long value : values) {
      assertThat(source.readFixed64()).isEqualTo(value);
      assertThat(source.readVarint64()).isEqualTo(value);
      assertThat(source.readFixed32()).isEqualTo((int) value);
      assertThat(source.readVarint32()).isEqualTo((int) value);
      assertThat(source.readByte()).isEqualTo((int) value & 0xff);
    }
    assertThat(source.remaining()).isZero();
  }

  @Property
  void bytesReadBackWithTheirLength(@ForAll List<byte[]> values) throws MalformedException {
    var sink = new ByteSink(0);
    for (byte[] value : values) {
      sink.putLengthPrefixed(value, 0, value.length);
    }
    var source = new ByteSource(sink.toByteArray());
    for (byte[] value : values) {
      assertThat(source.readLengthPrefixed()).isEqualTo(value);
    }
  }

  @Property
  void whatIsCutShortIsRefused(@ForAll long value, @ForAll @Size(max = 40) byte[] bytes)
      throws MalformedException {
    var sink = new ByteSink(0);
    sink.putVarint64(value);
    sink.putLengthPrefixed(bytes, 0, bytes.length);
    sink.putFixed64(value);
    for (int length = 0; length < sink.size(); length++) {
      var source = new ByteSource(sink.array(), 0, length);
      assertThatThrownBy(
              () -> {
                source.readVarint64();
                source.readLengthPrefixed();
                source.readFixed64();
              })
          .isInstanceOf(MalformedException.class);
    }
  }

  @Property(tries = 2000)
  void hostileBytesGiveAnErrorOrAValueWithinThem(
      @ForAll @Size(max = 24) byte[] bytes, @ForAll @IntRange(max = 4) int kind) {
    var source = new ByteSource(bytes);
    try {
      switch (kind) {
        case 0 -> source.readVarint32();
        case 1 -> source.readVarint64();
        case 2 -> assertThat(source.readLengthPrefixed().length).isLessThan(bytes.length);
        case 3 -> assertThat(source.readLength()).isBetween(0, source.remaining());
        default -> source.readFixed32();
      }
      assertThat(source.position()).isBetween(0, bytes.length);
    } catch (MalformedException refused) {
      assertThat(refused.position()).isBetween(0, bytes.length);
    }
  }

  @Example
  void theEncodingIsLowGroupFirst() {
    var sink = new ByteSink(0);
    sink.putVarint32(300);
    sink.putVarint32(-1);
    sink.putVarint64(-1);
    sink.putFixed32(0x01020304);
    sink.putFixed64(0x0102030405060708L);
    assertThat(HexFormat.of().formatHex(sink.toByteArray()))
        .isEqualTo(
            "ac02" + "ffffffff0f" + "ffffffffffffffffff01" + "04030201" + "0807060504030201");
  }

  @Example
  void aVarintThatDoesNotFitIsRefused() {
    assertRefused(source -> source.readVarint32(), "ffffffff1f");
    assertRefused(source -> source.readVarint32(), "ffffffffff01");
    assertRefused(source -> source.readVarint64(), "8080808080808080808080");
    assertRefused(source -> source.readLength(), "ffffffff0f00");
  }

  private interface Reading {
    void apply(ByteSource source) throws MalformedException;
  }

  private static void assertRefused(Reading reading, String hex) {
    var source = new ByteSource(HexFormat.of().parseHex(hex));
    assertThatThrownBy(() -> reading.apply(source)).isInstanceOf(MalformedException.class);
  }

  @Example
  void truncateAndOverwriteKeepTheRest() {
    var sink = new ByteSink(0);
    sink.putFixed64(1);
    sink.putFixed32(2);
    sink.putByte(9);
    sink.truncate(12);
    sink.setFixed64(0, 3);
    sink.setFixed32(8, 4);
    assertThat(HexFormat.of().formatHex(sink.toByteArray()))
        .isEqualTo("0300000000000000" + "04000000");
  }
}
