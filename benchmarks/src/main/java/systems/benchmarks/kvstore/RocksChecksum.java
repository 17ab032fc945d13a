package systems.benchmarks.kvstore;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.zip.CRC32C;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * What RocksDB sees in a directory, as one number: the same line that {@code kvstore checksum}
 * prints, computed by RocksDB's own reader. Where the two lines are equal, both engines agree on
 * every key and every value of the directory.
 *
 * <p>The number is the CRC-32C of, for every key in order,
 *
 * <pre>
 *   key length (4 bytes, big-endian), key, value length (4 bytes, big-endian), value
 * </pre>
 *
 * <p>Opens the directory read-only and changes nothing in it.
 */
@Command(
    name = "rocks-checksum",
    mixinStandardHelpOptions = true,
    description = "Prints how many keys RocksDB sees in a directory, and a CRC-32C over them.")
public final class RocksChecksum implements Callable<Integer> {
  @Parameters(paramLabel = "DIR", description = "directory of a store")
  private Path directory = Path.of("");

  /** Made by picocli. */
  public RocksChecksum() {}

  @Override
  public Integer call() throws IOException {
    try {
      System.out.println(line(directory));
      return 0;
    } catch (RocksDBException e) {
      throw new IOException("RocksDB: " + e.getMessage(), e);
    }
  }

  private static String line(Path directory) throws RocksDBException {
    RocksDB.loadLibrary();
    var crc = new CRC32C();
    long keys = 0;
    try (var options = new Options();
        var store = RocksDB.openReadOnly(options, directory.toString());
        var reading = new ReadOptions().setVerifyChecksums(true);
        var cursor = store.newIterator(reading)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        update(crc, cursor.key());
        update(crc, cursor.value());
        keys++;
      }
      cursor.status();
    }
    return String.format(Locale.ROOT, "%d keys, crc32c %08x", keys, crc.getValue());
  }

  private static void update(CRC32C crc, byte[] bytes) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      crc.update(bytes.length >>> shift);
    }
    crc.update(bytes, 0, bytes.length);
  }
}
