package systems.kvstore.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.kvstore.KvException;
import systems.kvstore.fs.CrashMemFs;

/** Bytes worked out by hand from LevelDB's log_format.md and RocksDB's wiki, read and written. */
@Tag("phase-2")
class LogGoldenTest {
  private static final Path FILE = Path.of("/000007.log");
  private static final String ABC = "f270e89d" + "0300" + "01" + "616263";
  private static final String EMPTY = "052b2843" + "0000" + "01";
  private static final String RECYCLABLE_ABC = "5e4a8c65" + "0300" + "05" + "07000000" + "616263";

  private final CrashMemFs fs = new CrashMemFs();

  @Test
  void aRecordIsAChecksumALengthATypeAndItsBytes() throws IOException {
    try (var log = LogWriter.appending(fs, FILE)) {
      assertThat(append(log, "abc")).isEqualTo(10);
      assertThat(append(log, "")).isEqualTo(17);
    }
    assertThat(hex(0, 17)).isEqualTo(ABC + EMPTY);
  }

  @Test
  void sevenBytesAtTheEndOfABlockHoldAnEmptyFirstFragment() throws IOException {
    try (var log = LogWriter.appending(fs, FILE)) {
      log.append(new byte[LogBlock.BLOCK_BYTES - 14], 0, LogBlock.BLOCK_BYTES - 14);
      assertThat(log.size()).isEqualTo(LogBlock.BLOCK_BYTES - 7);
      append(log, "x");
    }
    assertThat(hex(LogBlock.BLOCK_BYTES - 7, 15))
        .as("an empty first fragment in the last seven bytes, the last fragment behind them")
        .isEqualTo("6451d0e9" + "0000" + "02" + "2c741bd8" + "0100" + "04" + "78");
  }

  @Test
  void sixBytesAtTheEndOfABlockStayZero() throws IOException {
    try (var log = LogWriter.appending(fs, FILE)) {
      log.append(new byte[LogBlock.BLOCK_BYTES - 13], 0, LogBlock.BLOCK_BYTES - 13);
      append(log, "abc");
    }
    assertThat(hex(LogBlock.BLOCK_BYTES - 6, 16)).isEqualTo("000000000000" + ABC);
  }

  @Test
  void theExampleOfTheFormatPageHasItsLayout() throws IOException {
    try (var log = LogWriter.appending(fs, FILE)) {
      assertThat(log.append(new byte[1_000], 0, 1_000)).isEqualTo(1_007);
      long end = 3L * LogBlock.BLOCK_BYTES - 6;
      assertThat(log.append(new byte[97_270], 0, 97_270)).isEqualTo(end);
      assertThat(log.append(new byte[8_000], 0, 8_000)).isEqualTo(end + 6 + 8_007);
    }
  }

  @Test
  void aLogOfTheSameBytesReadsBack() throws IOException {
    write(ABC + EMPTY);
    assertThat(texts()).isEqualTo("abc||");
  }

  @Test
  void recyclableRecordsAreReadWhereTheirNumberIsTheFilesName() throws IOException {
    write(RECYCLABLE_ABC + RECYCLABLE_ABC);
    assertThat(texts()).isEqualTo("abc|abc|");
  }

  @Test
  void recordsOfAnotherNumberAreLeftoversOfAnOlderLog() throws IOException {
    Path other = Path.of("/000008.log");
    write(RECYCLABLE_ABC);
    fs.rename(FILE, other);
    try (var log = LogReader.open(fs, other, LogReader.OnDamage.REFUSE)) {
      assertThat(log.next()).isNull();
      assertThat(log.tornTail()).as("a torn tail, where an older log's records begin").isNull();
    }
  }

  @Test
  void aTypeThatMayBeIgnoredIsIgnored() throws IOException {
    write("9561245e" + "0200" + "82" + "7a7a" + ABC);
    assertThat(texts()).isEqualTo("abc|");
  }

  @Test
  void aTypeThatMustBeKnownIsRefusedByName() throws IOException {
    write(ABC + "5106c000" + "0100" + "09" + "01" + ABC);
    try (var log = LogReader.open(fs, FILE, LogReader.OnDamage.STOP)) {
      assertThat(log.next()).isNotNull();
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(log::next)
            .isInstanceOf(KvException.Unsupported.class)
            .hasMessageContaining("compressed log (record type 9)");
      }
    }
  }

  @Test
  void anEmptyFileAndAFileOfZerosAreEmptyLogs() throws IOException {
    write("");
    assertThat(texts()).isEmpty();
    write("00".repeat(70_000));
    assertThat(texts()).isEmpty();
    write(ABC + "00".repeat(70_000));
    assertThat(texts()).isEqualTo("abc|");
  }

  private static long append(LogWriter log, String text) throws IOException {
    return log.append(text.getBytes(), 0, text.length());
  }

  private void write(String hex) throws IOException {
    byte[] bytes = HexFormat.of().parseHex(hex);
    try (var file = fs.create(FILE)) {
      file.append(bytes, 0, bytes.length);
    }
  }

  private String hex(long position, int length) throws IOException {
    byte[] bytes = new byte[length];
    try (var file = fs.open(FILE)) {
      file.read(position, bytes, 0, length);
    }
    return HexFormat.of().formatHex(bytes);
  }

  private String texts() throws IOException {
    var texts = new StringBuilder();
    try (var log = LogReader.open(fs, FILE, LogReader.OnDamage.REFUSE)) {
      for (var record = log.next(); record != null; record = log.next()) {
        texts.append(record).append('|');
      }
      assertThat(log.tornTail()).isNull();
    }
    return texts.toString();
  }
}
