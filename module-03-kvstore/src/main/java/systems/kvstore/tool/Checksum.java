package systems.kvstore.tool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.zip.CRC32C;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import systems.kvstore.Slice;
import systems.kvstore.lsm.LsmOptions;
import systems.kvstore.lsm.LsmStore;

/**
 * One number over a whole store, so that two engines can be asked whether they see the same: the
 * CRC-32C of
 *
 * <pre>
 *   key length (4 bytes, big-endian), key, value length (4 bytes, big-endian), value
 * </pre>
 *
 * for every key in order. The lengths keep {@code ab, c} and {@code a, bc} apart.
 */
@Command(
    name = "checksum",
    description = "Prints how many keys a store has, and a CRC-32C over keys and values in order.")
final class Checksum implements Callable<Integer> {
  @Option(names = "--db", paramLabel = "DIR", required = true)
  private Path directory = Path.of("");

  private final Terminal terminal;

  Checksum(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    var options = new LsmOptions().createIfMissing(false).eventFile(false);
    try (var store = LsmStore.openReadOnly(Main.DISK, directory, options);
        var cursor = store.cursor()) {
      var crc = new CRC32C();
      long keys = 0;
      for (boolean on = cursor.first(); on; on = cursor.next()) {
        update(crc, cursor.key());
        update(crc, cursor.value());
        keys++;
      }
      terminal.line("%d keys, crc32c %08x", keys, crc.getValue());
    }
    return Main.DONE;
  }

  private static void update(CRC32C crc, Slice bytes) {
    int length = bytes.length();
    for (int shift = 24; shift >= 0; shift -= 8) {
      crc.update(length >>> shift);
    }
    crc.update(bytes.array(), bytes.offset(), length);
  }
}
