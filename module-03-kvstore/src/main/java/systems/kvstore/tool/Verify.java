package systems.kvstore.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import systems.kvstore.KvException;
import systems.kvstore.Slice;
import systems.kvstore.WriteBatch;
import systems.kvstore.format.MalformedException;
import systems.kvstore.log.LogReader;
import systems.kvstore.lsm.Inspect;
import systems.kvstore.table.BlockCache;
import systems.kvstore.table.TableReader;

/**
 * Reads every byte of a store that has a meaning, without opening the store: the MANIFEST that
 * CURRENT names, each table block by block, each log record by record.
 *
 * <pre>
 *   MANIFEST-000005   ok        4 tables, log number 12
 *   000008.sst        ok        10234 entries, 1048576 bytes, level 1
 *   000009.sst        DAMAGED   d/000009.sst at offset 4096: expected ..., found ...
 *   000012.log        ok        311 batches, 7 bytes of a torn tail at offset 65536
 *   000013.sst        MISSING   the manifest names it
 *   000014.sst        REFUSED   d/000014.sst: compression with Snappy is not read here
 * </pre>
 *
 * <p>A damaged file does not hide the others: the walk goes on, and the exit code is 1 at the end.
 *
 * <p>Two things that a crash leaves are no damage, since nothing acknowledged is in them: a torn
 * tail of a log, and a table that the manifest does not name (a flush or compaction was writing it,
 * or was about to delete it). Such a table is read too; if it cannot be, it is called left over.
 * Where the manifest itself cannot be read, every table counts.
 */
@Command(
    name = "verify",
    description = "Reads every file of a store and reports damage with file and offset.")
final class Verify implements Callable<Integer> {
  private static final Pattern TABLE_OR_LOG = Pattern.compile("\\d{6,18}\\.(sst|log)");

  @Option(names = "--db", paramLabel = "DIR", required = true)
  private Path directory = Path.of("");

  private final Terminal terminal;
  private final BlockCache cache = new BlockCache(0);
  private final Map<String, Inspect.Table> live = new HashMap<>();
  private final List<String> bad = new ArrayList<>();
  private boolean manifestRead;
  private int files;

  Verify(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    if (!Files.exists(directory.resolve("CURRENT"))) {
      throw new Failure(directory + " is no store: it has no file CURRENT");
    }
    check("CURRENT, MANIFEST", this::manifest);
    Set<String> seen = new HashSet<>();
    for (String name : names()) {
      seen.add(name);
      Path file = directory.resolve(name);
      check(name, name.endsWith(".sst") ? () -> table(file, name) : () -> log(file));
    }
    for (String name : live.keySet().stream().sorted().toList()) {
      if (!seen.contains(name)) {
        report(name, "MISSING", "the manifest names it");
      }
    }
    if (bad.isEmpty()) {
      terminal.line("%d files, no damage", files);
      return Main.DONE;
    }
    throw new Failure(
        "%d of %d files damaged, missing or refused: %s"
            .formatted(bad.size(), files, String.join(", ", bad)));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .map(entry -> entry.getFileName().toString())
          .filter(name -> TABLE_OR_LOG.matcher(name).matches())
          .sorted()
          .toList();
    }
  }

  private interface Reading {
    String run() throws IOException;
  }

  private void check(String name, Reading reading) throws IOException {
    try {
      report(name, "ok", reading.run());
    } catch (KvException.Unsupported e) {
      report(name, "REFUSED", String.valueOf(e.getMessage()));
    } catch (KvException e) {
      boolean leftOver = manifestRead && name.endsWith(".sst") && !live.containsKey(name);
      report(name, leftOver ? "left over" : "DAMAGED", String.valueOf(e.getMessage()));
    } catch (NoSuchFileException e) {
      report(name, "MISSING", e.getFile());
    }
  }

  private void report(String name, String verdict, String detail) throws IOException {
    files++;
    if (!verdict.equals("ok") && !verdict.equals("left over")) {
      bad.add(name);
    }
    terminal.line("%-17s %-9s %s", name, verdict, detail);
  }

  private String manifest() throws IOException {
    Path file = Inspect.currentManifest(Main.DISK, directory);
    var state = Inspect.manifest(Main.DISK, file, _ -> {});
    for (var table : state.tables()) {
      live.put("%06d.sst".formatted(table.number()), table);
    }
    manifestRead = true;
    return "%s, %d tables, log number %d"
        .formatted(file.getFileName(), live.size(), state.logNumber());
  }

  private String table(Path file, String name) throws IOException {
    var info = live.get(name);
    long bytes = Files.size(file);
    if (info != null && info.bytes() != bytes) {
      throw new KvException.Corruption(
          file, Math.min(bytes, info.bytes()), info.bytes() + " bytes", bytes + " bytes");
    }
    try (var reader = TableReader.open(Main.DISK, file, cache)) {
      return "%d entries, %d bytes, %s".formatted(reader.verify(), bytes, place(info));
    }
  }

  private String place(Inspect.@Nullable Table info) {
    if (info != null) {
      return "level " + info.level();
    }
    return manifestRead ? "not live" : "level unknown";
  }

  private String log(Path file) throws IOException {
    long batches = 0;
    try (var log = LogReader.open(Main.DISK, file, LogReader.OnDamage.REFUSE)) {
      for (Slice record = log.next(); record != null; record = log.next()) {
        checkBatch(file, log.recordOffset(), record);
        batches++;
      }
      var torn = log.tornTail();
      return batches
          + " batches"
          + (torn == null
              ? ""
              : ", %d bytes of a torn tail at offset %d (%s)"
                  .formatted(torn.lostBytes(), torn.offset(), torn.reason()));
    }
  }

  private static void checkBatch(Path file, long offset, Slice record) throws IOException {
    try {
      var writes = new WriteBatch.Records(record.array(), record.offset(), record.length());
      while (writes.next()) {
        assert writes.key().length() >= 0;
      }
    } catch (MalformedException e) {
      throw new KvException.Corruption(
          file, offset, "a batch of writes", String.valueOf(e.getMessage()));
    }
  }
}
