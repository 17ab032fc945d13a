package systems.kvstore.tool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import systems.kvstore.KvException;
import systems.kvstore.Slice;
import systems.kvstore.lsm.Inspect;
import systems.kvstore.table.InternalKey;

/**
 * {@code ldb manifest_dump}: the version that a MANIFEST adds up to, and with {@code --verbose} the
 * edits that led there.
 */
@Command(name = "manifest_dump", description = "Prints the version that a MANIFEST describes.")
final class ManifestDump implements Callable<Integer> {
  /** ldb reads a manifest with room for so many levels, and lists them all. */
  private static final int LISTED_LEVELS = 64;

  @Option(names = "--path", paramLabel = "FILE", description = "default: the one in use")
  private @Nullable Path file;

  @Option(names = "--verbose", description = "print every edit first")
  private boolean verbose;

  private final Ldb ldb;

  ManifestDump(Ldb ldb) {
    this.ldb = ldb;
  }

  @Override
  public Integer call() throws IOException {
    Path manifest = file == null ? Inspect.currentManifest(Main.DISK, ldb.directory()) : file;
    var edits = new StringBuilder();
    try {
      var state = Inspect.manifest(Main.DISK, manifest, edit -> append(edits, edit));
      print(manifest, edits, state);
    } catch (KvException e) {
      printEdits(manifest, edits);
      throw e;
    }
    return Main.DONE;
  }

  private void printEdits(Path manifest, StringBuilder edits) throws IOException {
    if (verbose) {
      ldb.terminal().line("Processing Manifest file " + manifest);
      ldb.terminal().print(edits.toString());
    }
  }

  private void print(Path manifest, StringBuilder edits, Inspect.State state) throws IOException {
    var out = ldb.terminal();
    printEdits(manifest, edits);
    out.line("--------------- Column family \"default\"  (ID 0) --------------");
    out.line("log number: " + state.logNumber());
    out.line("comparator: leveldb.BytewiseComparator");
    for (int level = 0; level < LISTED_LEVELS; level++) {
      out.line("--- level %d --- version# 1 ---", level);
      for (var table : state.tables()) {
        if (table.level() == level) {
          out.line(text(table));
        }
      }
    }
    out.line(
        "next_file_number %d last_sequence %d  prev_log_number 0 max_column_family 0"
            + " min_log_number_to_keep %d",
        state.nextFileNumber(), state.lastSequence(), state.logNumber());
    if (verbose) {
      out.line("Processing Manifest file " + manifest + " done");
    }
  }

  private void append(StringBuilder text, Inspect.Edit edit) {
    if (!verbose) {
      return;
    }
    text.append("VersionEdit {\n");
    append(text, "Comparator", edit.comparator());
    append(text, "LogNumber", edit.logNumber());
    append(text, "NextFileNumber", edit.nextFileNumber());
    append(text, "LastSeq", edit.lastSequence());
    for (var removed : edit.removed()) {
      append(text, "DeleteFile", removed.level() + " " + removed.number());
    }
    for (var added : edit.added()) {
      append(
          text,
          "AddFile",
          "%d %d %d %s .. %s"
              .formatted(
                  added.level(),
                  added.number(),
                  added.bytes(),
                  text(added.smallest()),
                  text(added.largest())));
    }
    text.append("  ColumnFamily: 0\n}\n");
  }

  private static void append(StringBuilder text, String name, @Nullable Object value) {
    if (value != null) {
      text.append("  ").append(name).append(": ").append(value).append('\n');
    }
  }

  private String text(Inspect.Table table) {
    return " %d:%d[%d .. %d][%s .. %s]"
        .formatted(
            table.number(),
            table.bytes(),
            table.smallestSequence(),
            table.largestSequence(),
            text(table.smallest()),
            text(table.largest()));
  }

  private String text(byte[] internalKey) {
    var key = new Slice(internalKey, 0, internalKey.length - InternalKey.TRAILER_BYTES);
    long trailer = InternalKey.trailer(internalKey, 0, internalKey.length);
    String shown =
        switch (ldb.keys()) {
          case TEXT -> key.toString();
          case HEX -> Notation.digits(key);
        };
    return "'%s' seq:%d, type:%d"
        .formatted(shown, InternalKey.sequence(trailer), InternalKey.kind(trailer));
  }
}
