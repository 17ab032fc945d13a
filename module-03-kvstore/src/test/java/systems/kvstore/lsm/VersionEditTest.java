package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static systems.kvstore.lsm.Sketch.exclusive;
import static systems.kvstore.lsm.Sketch.internal;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.kvstore.KvException;
import systems.kvstore.format.ByteSink;

@Tag("phase-4")
class VersionEditTest {
  private static final Path MANIFEST = Path.of("MANIFEST-000007");

  private static VersionEdit decode(byte[] record) throws KvException {
    return VersionEdit.decode(record, MANIFEST, 4711);
  }

  private static VersionEdit decode(String hex) throws KvException {
    return decode(HexFormat.of().parseHex(hex.replace(" ", "")));
  }

  private static VersionEdit sample() {
    var file = new FileMetadata(300, 70_000, internal("a", 21), exclusive("k9"), 21, 30);
    return new VersionEdit()
        .setComparator("leveldb.BytewiseComparator")
        .setLogNumber(12)
        .setNextFileNumber(301)
        .setLastSequence(30)
        .deleteFile(1, 9)
        .addFile(2, file);
  }

  @Test
  void anEditIsWrittenInTheseBytes() throws Exception {
    byte[] record = sample().encode();
    assertThat(HexFormat.of().formatHex(record))
        .isEqualTo(
            "011a6c6576656c64622e4279746577697365436f6d70617261746f72" // comparator
                + "020c" // log number 12
                + "03ad02" // next file number 301
                + "041e" // last sequence 30
                + "060109" // level 1 loses file 9
                + "6702ac02f0a204" // level 2 gains file 300 of 70,000 bytes
                + "09610115000000000000" // 'a', sequence 21, put
                + "0a6b390fffffffffffffff" // 'k9', largest sequence, range deletion
                + "151e01");
    assertThat(decode(record)).hasToString(sample().toString());
  }

  @Test
  void whatRocksDbWritesAtAFlushIsRead() throws Exception {
    var edit =
        decode(
            "020809 00030a040a6700098e0a0a6b3001010000000000000a6b39010a000000000000010a"
                + "0505b3a484d8060605b3a484d8060d01010c104c7102462ff325c897d0ba0ae82373f70f02b50901");
    assertThat(edit.logNumber()).isEqualTo(8);
    assertThat(edit.nextFileNumber()).isEqualTo(10);
    assertThat(edit.lastSequence()).isEqualTo(10);
    assertThat(edit.comparator()).isNull();
    var file = edit.newFiles().getFirst().file();
    assertThat(file.number()).isEqualTo(9);
    assertThat(file.fileBytes()).isEqualTo(1294);
    assertThat(file.smallest()).isEqualTo(internal("k0", 1));
    assertThat(file.largest()).isEqualTo(internal("k9", 10));
    assertThat(file.smallestSequence()).isEqualTo(1);
    assertThat(file.largestSequence()).isEqualTo(10);
  }

  @Test
  void whatSaysThatItMayBeSkippedIsSkipped() throws Exception {
    var edit = decode("81400461626364" + "89400101" + "0900" + "0a08" + "cb0101" + "041e");
    assertThat(edit.lastSequence()).isEqualTo(30);
    assertThat(decode("").newFiles()).as("RocksDB writes empty records").isEmpty();
  }

  @Test
  void olderFormsOfANewFileAreRead() throws Exception {
    String bounds = "09610115000000000000" + "096b011e00000000000000".substring(0, 20);
    assertThat(decode("0703090a" + bounds).newFiles().getFirst().file().largestSequence()).isZero();
    var second = decode("6403090a" + bounds + "151e").newFiles().getFirst();
    assertThat(second.level()).isEqualTo(3);
    assertThat(second.file().largestSequence()).isEqualTo(30);
    var third = decode("660309000a" + bounds + "151e").newFiles().getFirst();
    assertThat(third.file().fileBytes()).isEqualTo(10);
  }

  @Test
  void whatIsNotUnderstoodIsRefusedByName() {
    String file = "6700098e0a0a6b3001010000000000000a6b39010a000000000000010a";
    refused("0b00", "unknown tag 11");
    refused("ff1f00", "unknown tag 4095");
    refused("0103616263", "orders keys by \"abc\"");
    refused("c80101", "a column family with the number 1");
    refused("c80101" + "c901056f74686572", "the column family \"other\"");
    refused("90030a018501000000", "blob files");
    refused(file + "04010a01", "refers to blob files");
    refused(file + "410101" + "01", "in the directory number 1");
    refused(file + "46017501", "unknown custom field 70");
    refused("060709", "a file in level 7 of 7");
  }

  private static void refused(String hex, String what) {
    assertThatThrownBy(() -> decode(hex))
        .as(what)
        .isInstanceOf(KvException.Unsupported.class)
        .hasMessageContaining("MANIFEST-000007")
        .hasMessageContaining(what);
  }

  @Test
  void bytesThatAreNoEditAreCorruptionWithAPlace() {
    corrupt("04ffffffffffffffff7f", "a sequence number of");
    corrupt("03ffffffffffffffffff01", "a file number of");
    corrupt("02", "a varint without an end");
    corrupt("0101", "a length of 1 where 0 bytes remain");
    corrupt("67000001" + "09610101000000000000" + "09620101000000000000" + "010101", "in disorder");
    corrupt("67000901" + "09620101000000000000" + "09610101000000000000" + "010101", "in disorder");
    corrupt("67000901" + "09610101000000000000" + "09620101000000000000" + "020101", "in disorder");
    corrupt("67000901" + "0161" + "09620101000000000000" + "020101", "an internal key of 1 bytes");
  }

  private static void corrupt(String hex, String what) {
    assertThatThrownBy(() -> decode(hex))
        .as(what)
        .isInstanceOf(KvException.Corruption.class)
        .hasMessageContaining("MANIFEST-000007 at offset 4711")
        .hasMessageContaining(what);
  }

  @Test
  void noTruncationAndNoFlippedByteMakesTheDecoderFailOtherwise() {
    byte[] record = sample().encode();
    for (int length = 0; length < record.length; length++) {
      decodesOrThrows(java.util.Arrays.copyOf(record, length));
    }
    for (int at = 0; at < record.length; at++) {
      for (int value = 0; value < 256; value++) {
        byte[] flipped = record.clone();
        flipped[at] = (byte) value;
        decodesOrThrows(flipped);
      }
    }
  }

  /** Anything but a {@link KvException} fails the test. */
  private static void decodesOrThrows(byte[] record) {
    try {
      decode(record);
    } catch (KvException expected) {
      assertThat(expected).hasMessageContaining("MANIFEST");
    }
  }

  @Test
  void whatIsWrittenIsReadBack() throws Exception {
    for (int seed = 0; seed < 500; seed++) {
      var edit = random(new Random(seed));
      var back = decode(edit.encode());
      assertThat(back).as("seed %s", seed).hasToString(edit.toString());
      for (int i = 0; i < edit.newFiles().size(); i++) {
        var expected = edit.newFiles().get(i).file();
        var file = back.newFiles().get(i).file();
        assertThat(file.smallestSequence()).isEqualTo(expected.smallestSequence());
        assertThat(file.largestSequence()).isEqualTo(expected.largestSequence());
        assertThat(file.smallest()).isEqualTo(expected.smallest());
        assertThat(file.largest()).isEqualTo(expected.largest());
      }
    }
  }

  private static VersionEdit random(Random random) {
    var edit = new VersionEdit();
    if (random.nextBoolean()) {
      edit.setComparator(VersionEdit.BYTEWISE).setLogNumber(random.nextLong() >>> 2);
    }
    if (random.nextBoolean()) {
      edit.setNextFileNumber(random.nextLong() >>> 2).setLastSequence(random.nextLong() >>> 8);
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      edit.deleteFile(random.nextInt(7), random.nextLong() >>> (2 + random.nextInt(60)));
    }
    for (FileMetadata file : Sketch.level(random, random.nextInt(4))) {
      edit.addFile(random.nextInt(7), file);
    }
    return edit;
  }

  @Test
  void aFieldWithALengthBeyondTheRecordAllocatesNothing() {
    var sink = new ByteSink(16);
    sink.putVarint32(1);
    sink.putVarint32(Integer.MAX_VALUE);
    assertThatThrownBy(() -> decode(sink.toByteArray())).isInstanceOf(KvException.Corruption.class);
  }
}
