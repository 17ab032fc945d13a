package systems.kvstore.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.kvstore.KvException;
import systems.kvstore.format.ByteSink;

@Tag("phase-3")
class FooterTest {
  private static final Path FILE = Path.of("000007.sst");

  /** The footer of a file that RocksDB 11.8.1 wrote: metaindex 5474 + 81, index 4294 + 68. */
  private static final String GOLDEN =
      "01e22a51c621440000000000000000000000000000000000000000000000000000"
          + "000000000000000005000000f7cff485b741e288";

  private static byte[] golden() {
    return HexFormat.of().parseHex(GOLDEN);
  }

  @Test
  void rocksDbsFooterReadsAndWritesAsItStands() throws Exception {
    var footer = Footer.read(golden(), FILE, 5613 - Footer.BYTES);
    assertThat(footer.metaindex()).isEqualTo(new BlockHandle(5474, 81));
    assertThat(footer.index()).isEqualTo(new BlockHandle(4294, 68));
    var sink = new ByteSink(64);
    footer.write(sink);
    assertThat(HexFormat.of().formatHex(sink.toByteArray())).isEqualTo(GOLDEN);
  }

  @Test
  void aHandleOutsideOfTheFileIsCorruption() {
    assertThatThrownBy(() -> Footer.read(golden(), FILE, 5473))
        .isInstanceOf(KvException.Corruption.class)
        .hasMessageContaining("000007.sst at offset 5473")
        .hasMessageContaining("BlockHandle[offset=5474, size=81]");
  }

  @Test
  void aWrongMagicNumberIsCorruptionAtItsPlace() {
    byte[] bytes = golden();
    bytes[52] ^= 1;
    assertThatThrownBy(() -> Footer.read(bytes, FILE, 5560))
        .isInstanceOf(KvException.Corruption.class)
        .hasMessageContaining("offset " + (5560 + 45))
        .hasMessageContaining("88e241b785f4cff7");
  }

  @Test
  void newerVersionsAndOtherChecksumsAreRefusedWithTheOptionThatHelps() {
    byte[] newer = golden();
    newer[41] = 7;
    assertThatThrownBy(() -> Footer.read(newer, FILE, 5560))
        .isInstanceOf(KvException.Unsupported.class)
        .hasMessageContaining("format_version 7")
        .hasMessageContaining("BlockBasedTableOptions::format_version = 5");
    byte[] other = golden();
    other[0] = 3;
    assertThatThrownBy(() -> Footer.read(other, FILE, 5560))
        .isInstanceOf(KvException.Unsupported.class)
        .hasMessageContaining("kxxHash64")
        .hasMessageContaining("kCRC32c");
  }
}
