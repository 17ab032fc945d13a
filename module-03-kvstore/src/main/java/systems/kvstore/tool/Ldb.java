package systems.kvstore.tool;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import systems.kvstore.Durability;
import systems.kvstore.Slice;
import systems.kvstore.WriteBatch;
import systems.kvstore.lsm.Cursor;
import systems.kvstore.lsm.LsmOptions;
import systems.kvstore.lsm.LsmStore;
import systems.kvstore.table.BlockCache;
import systems.kvstore.table.TableReader;

/**
 * RocksDB's {@code ldb}: keys and values from a shell. Option names and output are those of ldb 7.8
 * (RocksDB wiki, "Administration and Data Access Tool"), so that a script works with either.
 *
 * <p>Commands that only read open the store read-only, without its lock: they work beside a running
 * writer and see what it had acknowledged when they began. Commands that write take the lock and
 * close the store before they say OK, so that OK means durable.
 *
 * <p>Where ldb takes a wrong command line for a failure (exit code 1), this one says 2; where ldb
 * dies of a bad hex digit, this one says so; {@code --max_keys=0} is no key, for ldb it is one.
 */
@Command(
    name = "ldb",
    addMethodSubcommands = false,
    synopsisSubcommandLabel = "COMMAND",
    description = "Reads and writes a store, in the words of RocksDB's ldb.")
final class Ldb implements Runnable {
  /** Levels of a store, as ldb lists them. */
  static final int LEVELS = 7;

  private static final String OK = "OK";

  @Option(
      names = "--db",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description = "directory of the store")
  private @Nullable Path directory;

  @Option(
      names = "--create_if_missing",
      scope = ScopeType.INHERIT,
      description = "make an empty store where there is none")
  private boolean createIfMissing;

  @Option(
      names = "--hex",
      scope = ScopeType.INHERIT,
      description = "keys and values are given and printed as 0x...")
  private boolean hex;

  @Option(names = "--key_hex", scope = ScopeType.INHERIT, description = "keys are")
  private boolean keyHex;

  @Option(names = "--value_hex", scope = ScopeType.INHERIT, description = "values are")
  private boolean valueHex;

  @Spec private CommandSpec spec;

  private final Terminal terminal;

  private Ldb(Terminal terminal) {
    this.terminal = terminal;
    this.spec = CommandSpec.create();
  }

  /** The commands that are methods of this class, by name. */
  private static final Map<String, Method> METHODS =
      CommandLine.getCommandMethods(Ldb.class, null).stream()
          .collect(
              Collectors.toMap(
                  method -> method.getAnnotation(Command.class).name(), Function.identity()));

  private static final Map<String, Function<Ldb, Object>> CLASSES =
      Map.of(
          "dump_wal", DumpWal::new,
          "idump", InternalDump::new,
          "manifest_dump", ManifestDump::new);

  static boolean has(String command) {
    return METHODS.containsKey(command) || CLASSES.containsKey(command);
  }

  /** The command line, with the commands whose names are among the words; with all if none is. */
  static CommandLine commandLine(Terminal terminal, String[] words) {
    var ldb = new Ldb(terminal);
    var line = new CommandLine(ldb);
    boolean asked = Stream.of(words).anyMatch(Ldb::has);
    Predicate<String> wanted = name -> !asked || List.of(words).contains(name);
    METHODS.keySet().stream()
        .filter(wanted)
        .sorted()
        .forEach(name -> line.addSubcommand(name, new CommandLine(METHODS.get(name))));
    CLASSES.entrySet().stream()
        .filter(entry -> wanted.test(entry.getKey()))
        .sorted(java.util.Map.Entry.comparingByKey())
        .forEach(entry -> line.addSubcommand(entry.getKey(), entry.getValue().apply(ldb)));
    return line;
  }

  Terminal terminal() {
    return terminal;
  }

  Notation keys() {
    return Notation.of(hex || keyHex);
  }

  Notation values() {
    return Notation.of(hex || valueHex);
  }

  Path directory() {
    if (directory == null) {
      throw new ParameterException(spec.commandLine(), "--db=DIR must be specified");
    }
    return directory;
  }

  /** The directory, if there is one or may be one. */
  private Path place() throws Failure {
    if (Files.exists(directory()) && !Files.isDirectory(directory())) {
      throw new Failure(directory() + " is a file, not the directory of a store");
    }
    return directory();
  }

  /** Without a command there is nothing to do. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command must be specified");
  }

  LsmStore open(Tuning tuning) throws IOException {
    var options = tuning.options().logInitialBytes(Tuning.TOOL_LOG_BYTES);
    return LsmStore.open(Main.DISK, place(), options.createIfMissing(createIfMissing));
  }

  LsmStore openReadOnly() throws IOException {
    return LsmStore.openReadOnly(
        Main.DISK, place(), new LsmOptions().createIfMissing(false).eventFile(false));
  }

  private interface Change {
    void on(LsmStore store) throws IOException;
  }

  private void change(Tuning tuning, Change change) throws IOException {
    try (var store = open(tuning)) {
      change.on(store);
    }
    terminal.line(OK);
  }

  @Command(name = "put", description = "Sets the value of a key.")
  void put(
      @Parameters(paramLabel = "KEY") String key,
      @Parameters(paramLabel = "VALUE") String value,
      @Mixin Tuning tuning)
      throws IOException {
    byte[] keyBytes = keys().parse(key);
    byte[] valueBytes = values().parse(value);
    change(tuning, store -> store.put(keyBytes, valueBytes, Durability.BUFFERED));
  }

  @Command(name = "get", description = "Prints the value of a key.")
  void get(@Parameters(paramLabel = "KEY") String key) throws IOException {
    byte[] keyBytes = keys().parse(key);
    try (var store = openReadOnly()) {
      byte[] value = store.get(keyBytes);
      if (value == null) {
        throw new Failure("Get failed: NotFound: ");
      }
      values().print(new Slice(value), terminal);
      terminal.print("\n");
    }
  }

  @Command(name = "delete", description = "Removes a key.")
  void delete(@Parameters(paramLabel = "KEY") String key, @Mixin Tuning tuning) throws IOException {
    byte[] keyBytes = keys().parse(key);
    change(tuning, store -> store.delete(keyBytes, Durability.BUFFERED));
  }

  @Command(name = "deleterange", description = "Removes every key of [BEGIN, END).")
  void deleteRange(
      @Parameters(paramLabel = "BEGIN") String begin,
      @Parameters(paramLabel = "END") String end,
      @Mixin Tuning tuning)
      throws IOException {
    byte[] beginBytes = keys().parse(begin);
    byte[] endBytes = keys().parse(end);
    change(tuning, store -> store.deleteRange(beginBytes, endBytes, Durability.BUFFERED));
  }

  @Command(name = "batchput", description = "Sets several keys, all of them or none.")
  void batchPut(
      @Parameters(arity = "2..*", paramLabel = "KEY VALUE") List<String> words,
      @Mixin Tuning tuning)
      throws IOException {
    if (words.size() % 2 != 0) {
      throw new ParameterException(
          spec.commandLine(),
          "Equal number of <key>s and <value>s must be specified for batchput.");
    }
    var batch = new WriteBatch();
    for (int i = 0; i < words.size(); i += 2) {
      batch.put(keys().parse(words.get(i)), values().parse(words.get(i + 1)));
    }
    change(tuning, store -> store.write(batch, Durability.BUFFERED));
  }

  @Command(name = "scan", description = "Prints keys and values in order.")
  void scan(
      @Mixin KeyRange range,
      @Option(names = "--max_keys", paramLabel = "N", defaultValue = "-1") long keysMax,
      @Option(names = "--no_value", description = "print keys only") boolean noValue)
      throws IOException {
    try (var store = openReadOnly();
        var cursor = store.cursor(range.from(keys()), range.to(keys()), null)) {
      long left = keysMax;
      for (boolean on = left != 0 && cursor.first(); on; on = --left != 0 && cursor.next()) {
        keys().print(cursor.key(), terminal);
        if (!noValue) {
          terminal.print(" : ");
          values().print(cursor.value(), terminal);
        }
        terminal.print("\n");
      }
    }
  }

  @Command(name = "dump", description = "Prints or counts keys and values in order.")
  void dump(
      @Mixin KeyRange range,
      @Option(names = "--max_keys", paramLabel = "N", defaultValue = "-1") long keysMax,
      @Option(names = "--count_only", description = "count, and show the sizes of values")
          boolean countOnly,
      @Option(names = "--stats", description = "print the store's statistics first") boolean stats)
      throws IOException {
    try (var store = openReadOnly();
        var cursor = store.cursor(range.from(keys()), range.to(keys()), null)) {
      if (stats) {
        terminal.line(String.valueOf(store.property("rocksdb.stats")));
      }
      var sizes = new Histogram();
      long left = keysMax;
      for (boolean on = left != 0 && cursor.first(); on; on = --left != 0 && cursor.next()) {
        sizes.add(cursor.value().length());
        if (!countOnly) {
          dump(cursor);
        }
      }
      terminal.line("Keys in range: " + sizes.count());
      if (countOnly) {
        terminal.line("Value size distribution: ");
        terminal.line(sizes.toString());
      }
    }
  }

  private void dump(Cursor cursor) throws IOException {
    keys().print(cursor.key(), terminal);
    terminal.print(" ==> ");
    values().print(cursor.value(), terminal);
    terminal.print("\n");
  }

  @Command(
      name = "compact",
      description = "Merges a range of keys down to the lowest level that has data.")
  void compact(@Mixin KeyRange range, @Mixin Tuning tuning) throws IOException {
    try (var store = open(tuning)) {
      store.compactRange(range.from(keys()), range.to(keys()));
      store.settle();
    }
  }

  @Command(
      name = "checkpoint",
      description = "Makes a second store of hard links to the tables of this one.")
  void checkpoint(
      @Option(names = "--checkpoint_dir", paramLabel = "DIR", required = true) Path target,
      @Mixin Tuning tuning)
      throws IOException {
    change(tuning, store -> store.checkpoint(target));
  }

  @Command(
      name = "repair",
      description = "Rebuilds the manifest from the tables and logs that are there.")
  void repair(@Mixin Tuning tuning) throws IOException {
    if (!hasFilesOfAStore()) {
      throw new Failure(directory() + " has nothing to repair: no table, log or MANIFEST");
    }
    for (String done : LsmStore.repair(Main.DISK, directory(), tuning.options())) {
      terminal.complain(done);
    }
    terminal.line(OK);
  }

  private boolean hasFilesOfAStore() throws IOException {
    if (!Files.isDirectory(place())) {
      return false;
    }
    try (var files = Files.list(place())) {
      return files.anyMatch(
          file -> file.getFileName().toString().matches("\\d+\\.(sst|log)|MANIFEST-\\d+"));
    }
  }

  @Command(
      name = "checkconsistency",
      description = "Opens the store, which compares tables with the manifest, and every table.")
  void checkConsistency() throws IOException {
    var cache = new BlockCache(0);
    try (var store = openReadOnly()) {
      for (var table : store.tables()) {
        TableReader.open(Main.DISK, tableFile(table), cache).close();
      }
    }
    terminal.line(OK);
  }

  Path tableFile(LsmStore.TableInfo table) {
    return directory().resolve("%06d.sst".formatted(table.number()));
  }

  @Command(name = "get_property", description = "Prints a property such as rocksdb.stats.")
  void getProperty(@Parameters(paramLabel = "NAME") String name) throws IOException {
    try (var store = openReadOnly()) {
      String value = store.property(name);
      if (value == null) {
        throw new Failure("failed to get property: " + name);
      }
      terminal.line(name + ": " + value);
    }
  }

  @Command(
      name = "list_live_files_metadata",
      description = "Prints the tables of the store by level.")
  void listLiveFiles(
      @Option(names = "--sort_by_filename", description = "by name and not by level")
          boolean byName)
      throws IOException {
    List<LsmStore.TableInfo> tables;
    try (var store = openReadOnly()) {
      tables = store.tables();
    }
    if (byName) {
      listByName(tables);
    } else {
      listByLevel(tables);
    }
    terminal.line("------------------------------");
  }

  private void listByName(List<LsmStore.TableInfo> tables) throws IOException {
    terminal.line("Live SST and Blob Files:");
    var sorted = tables.stream().sorted((a, b) -> Long.compare(a.number(), b.number())).toList();
    for (var table : sorted) {
      terminal.line("%s : level %d, column family 'default'", tableFile(table), table.level());
    }
  }

  private void listByLevel(List<LsmStore.TableInfo> tables) throws IOException {
    terminal.line("===== Column Family: default =====");
    terminal.line("Live SST Files:");
    for (int level = 0; level < LEVELS; level++) {
      terminal.line("---------- level %d ----------", level);
      for (var table : tables) {
        if (table.level() == level) {
          terminal.line(tableFile(table).toString());
        }
      }
    }
    terminal.line("Live Blob Files:");
  }
}
