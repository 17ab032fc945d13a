package systems.kvstore.tool;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import systems.kvstore.KvException;
import systems.kvstore.Slice;
import systems.kvstore.table.BlockCache;
import systems.kvstore.table.EntryCursor;
import systems.kvstore.table.InternalKey;
import systems.kvstore.table.TableReader;

/**
 * RocksDB's {@code sst_dump}: a table without its store. Checksums are verified whatever the
 * command; in RocksDB's tool that takes {@code --verify_checksum}, and without it a damaged value
 * is printed as if nothing were.
 */
@Command(
    name = "sst_dump",
    description = "Checks or prints tables, in the words of RocksDB's sst_dump.")
final class SstDump implements Callable<Integer> {
  /** What to do with each table. */
  enum Action {
    /** Read everything, print nothing. */
    CHECK,
    /** Print the entries. */
    SCAN,
    /** Write properties and entries to a file beside the table. */
    RAW,
    /** Read every block, say that the file is ok. */
    VERIFY,
    /** Print the properties. */
    PROPERTIES,
    /** Say that the file is a table. */
    IDENTIFY
  }

  private static final String SUFFIX = ".sst";
  private static final String RULE = "------------------------------";

  @Option(names = "--file", paramLabel = "FILE|DIR", required = true)
  private Path file = Path.of("");

  @Option(
      names = "--command",
      paramLabel = "ACTION",
      defaultValue = "check",
      description = "check, scan, raw, verify, properties or identify")
  private Action action = Action.CHECK;

  @Option(names = "--show_properties", description = "print the table's properties too")
  private boolean showProperties;

  @Option(names = "--output_hex", description = "print keys and values as hex digits")
  private boolean outputHex;

  @Option(names = "--input_key_hex", description = "--from and --to are given as 0x...")
  private boolean inputKeyHex;

  @Option(names = "--from", paramLabel = "KEY")
  private @Nullable String from;

  @Option(names = "--to", paramLabel = "KEY")
  private @Nullable String to;

  @Option(names = "--read_num", paramLabel = "N", description = "entries to read at most")
  private long entriesMax = Long.MAX_VALUE;

  private final Terminal terminal;
  private final BlockCache cache = new BlockCache(0);
  private boolean rangeShown;

  SstDump(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    byte @Nullable [] first = bound(from);
    byte @Nullable [] end = bound(to);
    var good = new ArrayList<Path>();
    var tables = tables();
    for (Path table : tables) {
      if (process(table, first, end)) {
        good.add(table);
      }
    }
    if (action == Action.IDENTIFY && Files.isDirectory(file)) {
      list(good);
    }
    return good.size() == tables.size() ? Main.DONE : Main.FAILED;
  }

  private void list(List<Path> good) throws IOException {
    terminal.line(RULE);
    terminal.line("List of valid SST files found in %s:", file);
    for (Path table : good) {
      terminal.line(table.toString());
    }
    terminal.line("Number of valid SST files: %d", good.size());
  }

  private byte @Nullable [] bound(@Nullable String word) {
    return word == null ? null : Notation.of(inputKeyHex).parse(word);
  }

  private static String digits(byte @Nullable [] key) {
    return key == null ? "" : Notation.digits(new Slice(key));
  }

  private List<Path> tables() throws IOException {
    if (!Files.isDirectory(file)) {
      return List.of(file);
    }
    try (Stream<Path> entries = Files.list(file)) {
      var tables = entries.filter(entry -> entry.toString().endsWith(SUFFIX)).sorted().toList();
      if (tables.isEmpty()) {
        throw new Failure("No valid SST files found in " + file);
      }
      return tables;
    }
  }

  private boolean process(Path table, byte @Nullable [] first, byte @Nullable [] end)
      throws IOException {
    try (var reader = TableReader.open(Main.DISK, table, cache)) {
      announce(table, first, end);
      switch (action) {
        case CHECK -> scan(reader, first, end, false);
        case SCAN -> scan(reader, first, end, true);
        case RAW -> raw(table, reader);
        case VERIFY -> {
          reader.verify();
          terminal.line("The file is ok");
        }
        case IDENTIFY -> {
          if (!Files.isDirectory(file)) {
            terminal.line(table + " is a valid SST file");
          }
        }
        case PROPERTIES -> {}
      }
      if (showProperties || action == Action.PROPERTIES) {
        terminal.line("Table Properties:");
        terminal.line(RULE);
        terminal.print(text(reader.properties()));
      }
      return true;
    } catch (KvException.Unsupported e) {
      terminal.complain(String.valueOf(e.getMessage()));
      return false;
    } catch (KvException e) {
      terminal.complain(table + " is corrupted: " + e.getMessage());
      return false;
    }
  }

  private void announce(Path table, byte @Nullable [] first, byte @Nullable [] end)
      throws IOException {
    terminal.line("Process " + table);
    terminal.line("Sst file format: block-based");
    if (!rangeShown && (action == Action.CHECK || action == Action.SCAN)) {
      terminal.line("from [%s] to [%s]", digits(first), digits(end));
      rangeShown = true;
    }
  }

  private void scan(
      TableReader reader, byte @Nullable [] first, byte @Nullable [] end, boolean print)
      throws IOException {
    var notation = Notation.of(outputHex);
    try (var cursor = reader.cursor()) {
      seek(cursor, first);
      for (long n = 0; cursor.valid() && n < entriesMax; n++) {
        if (end != null && InternalDump.userKey(cursor).compareTo(new Slice(end)) >= 0) {
          return;
        }
        if (print) {
          InternalDump.entryLine(terminal, cursor, notation, notation);
        }
        cursor.next();
      }
    }
  }

  private static void seek(EntryCursor cursor, byte @Nullable [] first) throws IOException {
    if (first == null) {
      cursor.first();
      return;
    }
    long trailer = InternalKey.seekTrailer(InternalKey.SEQUENCE_MAX);
    cursor.seek(new Slice(InternalKey.encode(first, 0, first.length, trailer)));
  }

  private void raw(Path table, TableReader reader) throws IOException {
    String name = String.valueOf(table.getFileName());
    String stem = name.endsWith(SUFFIX) ? name.substring(0, name.length() - 4) : name;
    Path target = table.resolveSibling(stem + "_dump.txt");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(target))) {
      var dump = Terminal.of(out, new ByteArrayOutputStream());
      dump.line("Table Properties:");
      dump.line("--------------------------------------");
      dump.print(text(reader.properties()));
      dump.line("");
      dump.line("Data:");
      dump.line("--------------------------------------");
      rawEntries(dump, reader);
      dump.flush();
    }
    terminal.line("raw dump written to file " + target);
  }

  private static void rawEntries(Terminal dump, TableReader reader) throws IOException {
    try (var cursor = reader.cursor()) {
      for (cursor.first(); cursor.valid(); cursor.next()) {
        var key = InternalDump.userKey(cursor);
        dump.line("  HEX    %s: %s", Notation.digits(key), Notation.digits(cursor.value()));
        dump.print("  ASCII  ").print(key).print(" : ").print(cursor.value());
        dump.line("\n  ------");
      }
    }
  }

  /** Properties that sst_dump shows under a name of its own, in its order; the rest follow raw. */
  private static final String[][] SHOWN = {
    {"rocksdb.num.data.blocks", "# data blocks"},
    {"rocksdb.num.entries", "# entries"},
    {"rocksdb.deleted.keys", "# deletions"},
    {"rocksdb.merge.operands", "# merge operands"},
    {"rocksdb.num.range-deletions", "# range deletions"},
    {"rocksdb.raw.key.size", "raw key size"},
    {"rocksdb.raw.value.size", "raw value size"},
    {"rocksdb.data.size", "data block size"},
    {"rocksdb.index.size", "index block size"},
    {"rocksdb.filter.size", "filter block size"},
    {"rocksdb.num.filter_entries", "# entries for filter"},
    {"rocksdb.filter.policy", "filter policy name"},
    {"rocksdb.prefix.extractor.name", "prefix extractor name"},
    {"rocksdb.column.family.id", "column family ID"},
    {"rocksdb.column.family.name", "column family name"},
    {"rocksdb.comparator", "comparator name"},
    {"rocksdb.merge.operator", "merge operator name"},
    {"rocksdb.property.collectors", "property collectors names"},
    {"rocksdb.compression", "SST file compression algo"},
    {"rocksdb.compression_options", "SST file compression options"},
    {"rocksdb.creation.time", "creation time"},
    {"rocksdb.oldest.key.time", "time stamp of earliest key"},
    {"rocksdb.file.creation.time", "file creation time"},
    {"rocksdb.creating.db.identity", "DB identity"},
    {"rocksdb.creating.session.identity", "DB session identity"},
    {"rocksdb.creating.host.identity", "DB host id"},
    {"rocksdb.original.file.number", "original file number"},
  };

  private static String text(SortedMap<String, String> properties) {
    var text = new StringBuilder();
    var raw = new java.util.TreeMap<>(properties);
    for (String[] shown : SHOWN) {
      String value = raw.remove(shown[0]);
      if (value != null) {
        text.append("  ").append(shown[1]).append(": ").append(value).append('\n');
      }
    }
    if (!raw.isEmpty()) {
      text.append("  Raw user collected properties\n").append(RULE).append('\n');
      raw.forEach((name, value) -> text.append("  # " + name + ": " + value + "\n"));
    }
    return text.toString();
  }
}
