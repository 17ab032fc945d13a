package systems.kvstore.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import systems.kvstore.Slice;
import systems.kvstore.WriteBatch;
import systems.kvstore.format.MalformedException;
import systems.kvstore.log.LogReader;

/** {@code ldb dump_wal}: the batches of a write-ahead log, a line each. */
@Command(name = "dump_wal", description = "Prints the batches of a write-ahead log.")
final class DumpWal implements Callable<Integer> {
  @Option(names = "--walfile", paramLabel = "FILE", required = true)
  private Path file = Path.of("");

  @Option(names = "--header", description = "print a line with the names of the columns")
  private boolean header;

  @Option(names = "--print_value", description = "print values too")
  private boolean printValue;

  private final Ldb ldb;

  DumpWal(Ldb ldb) {
    this.ldb = ldb;
  }

  @Override
  public Integer call() throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new Failure(file + ": no such file");
    }
    if (header) {
      ldb.terminal()
          .line("Sequence,Count,ByteSize,Physical Offset,Key(s)" + (printValue ? " : value " : ""));
    }
    try (var log = LogReader.open(Main.DISK, file, LogReader.OnDamage.REFUSE)) {
      for (Slice record = log.next(); record != null; record = log.next()) {
        dump(record, log.recordOffset());
      }
      var torn = log.tornTail();
      if (torn != null) {
        ldb.terminal()
            .complain(
                "%s: torn tail at offset %d, %d bytes: %s"
                    .formatted(file, torn.offset(), torn.lostBytes(), torn.reason()));
      }
    }
    return Main.DONE;
  }

  private void dump(Slice record, long offset) throws IOException {
    try {
      var writes = new WriteBatch.Records(record.array(), record.offset(), record.length());
      var out = ldb.terminal();
      out.print(
          "%d,%d,%d,%d,"
              .formatted(writes.firstSequence(), writes.count(), record.length(), offset));
      while (writes.next()) {
        out.print(write(writes)).print(" ");
      }
      out.print("\n");
    } catch (MalformedException e) {
      throw new Failure("%s at offset %d: %s".formatted(file, offset, e.getMessage()));
    }
  }

  private String write(WriteBatch.Records writes) {
    String key = "0x" + Notation.digits(writes.key());
    return switch (writes.kind()) {
      case PUT -> "PUT(0) : " + key + (printValue ? " : 0x" + Notation.digits(writes.value()) : "");
      case DELETE -> "DELETE(0) : " + key;
      case DELETE_RANGE -> "DELETE_RANGE(0) : " + key + " 0x" + Notation.digits(writes.value());
    };
  }
}
