package systems.kvstore.tool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import systems.kvstore.lsm.LsmOptions;
import systems.kvstore.lsm.LsmStore;

/**
 * The tree as a picture: a bar a level, its length the level's share of all bytes.
 *
 * <pre>
 *   L0    3 files     2.9 MB  ###
 *   L1    9 files     8.8 MB  ##########
 *   L2   31 files    30.1 MB  ###################################
 * </pre>
 */
@Command(name = "levels", description = "Draws the levels of a store with their files and sizes.")
final class Levels implements Callable<Integer> {
  private static final int BAR_CHARS_MAX = 48;
  private static final double MEGABYTE = 1e6;

  @Option(names = "--db", paramLabel = "DIR", required = true)
  private Path directory = Path.of("");

  private final Terminal terminal;

  Levels(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    var options = new LsmOptions().createIfMissing(false).eventFile(false);
    try (var store = LsmStore.openReadOnly(Main.DISK, directory, options)) {
      for (String line : picture(store.tables())) {
        terminal.line(line);
      }
    }
    return Main.DONE;
  }

  /** One level's files and bytes. */
  private record Level(int number, long files, long bytes) {
    static List<Level> of(List<LsmStore.TableInfo> tables) {
      var levels = new ArrayList<Level>();
      for (int number = 0; number < Ldb.LEVELS; number++) {
        int n = number;
        var here = tables.stream().filter(table -> table.level() == n).toList();
        levels.add(
            new Level(n, here.size(), here.stream().mapToLong(LsmStore.TableInfo::bytes).sum()));
      }
      return levels;
    }
  }

  /** A line for each level down to the lowest that has files; one line if none has. */
  static List<String> picture(List<LsmStore.TableInfo> tables) {
    long total = Math.max(1, tables.stream().mapToLong(LsmStore.TableInfo::bytes).sum());
    int deepest = tables.stream().mapToInt(LsmStore.TableInfo::level).max().orElse(0);
    return Level.of(tables).stream()
        .filter(level -> level.number() <= deepest)
        .map(level -> line(level, total))
        .toList();
  }

  private static String line(Level level, long total) {
    long bar = (BAR_CHARS_MAX * level.bytes() + total - 1) / total;
    return String.format(
            Locale.ROOT,
            "L%d %4d %-5s %8.1f MB  %s",
            level.number(),
            level.files(),
            level.files() == 1 ? "file" : "files",
            level.bytes() / MEGABYTE,
            "#".repeat((int) bar))
        .stripTrailing();
  }
}
