package systems.kvstore.tool;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.fs.PosixFs;

/**
 * The tools of the store, one command each.
 *
 * <pre>
 *   kvstore put --db=d k v          ldb's commands work with and without the word ldb
 *   kvstore ldb --db=d put k v
 *   kvstore sst_dump --file=d/000008.sst --command=scan
 * </pre>
 *
 * <p>What a script may rely on:
 *
 * <ol>
 *   <li>Results go to standard output, in the form of RocksDB 7.8's tool of the same name. A
 *       failure is one sentence on standard error and no stack trace, also if the fault is ours:
 *       the sentence then names the line of the source.
 *   <li>The exit code is 0, or 1 for a failure, or 2 for a command line that makes no sense. In the
 *       last case nothing was opened.
 *   <li>A reader that goes away, as {@code head} does, ends the command at once and is no failure.
 * </ol>
 */
@Command(
    name = "kvstore",
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    version = "kvstore 1.0, writes RocksDB's table format_version 5",
    synopsisSubcommandLabel = "COMMAND",
    description = "Tools for stores in RocksDB's on-disk format.",
    footer = {
      "",
      "The commands of ldb (put, get, scan, dump, ...) work without the word ldb too.",
      "Exit codes: 0 done, 1 failed with a sentence on standard error, 2 wrong usage."
    })
public final class Main {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;

  /** The file system that all commands work on. */
  static final FileSystem DISK = PosixFs.INSTANCE;

  private static final String LDB = "ldb";

  private Main() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] args) {
    System.exit(run(Terminal.ofProcess(), args));
  }

  /** Runs a command; returns its exit code. */
  static int run(Terminal terminal, String... args) {
    String[] words = withLdb(args);
    try {
      int code = commandLine(terminal, words).execute(words);
      if (code == DONE) {
        terminal.flush();
      }
      return code;
    } catch (IOException e) {
      return fail(terminal, e);
    } catch (OutOfMemoryError e) {
      terminal.complain("Failed: out of memory: " + e.getMessage());
      return FAILED;
    }
  }

  /** The commands by name, in the order of the help text. */
  private static Map<String, Supplier<Object>> commands(Terminal terminal, String[] args) {
    var commands = new LinkedHashMap<String, Supplier<Object>>();
    commands.put(LDB, () -> Ldb.commandLine(terminal, args));
    commands.put("sst_dump", () -> new SstDump(terminal));
    commands.put("verify", () -> new Verify(terminal));
    commands.put("levels", () -> new Levels(terminal));
    commands.put("checksum", () -> new Checksum(terminal));
    commands.put("db_bench", () -> new DbBench(terminal));
    commands.put("crashloop", () -> new CrashLoop(terminal));
    commands.put(CrashLoop.Writer.NAME, CrashLoop.Writer::new);
    commands.put("kvs", Kvs::new);
    return commands;
  }

  /**
   * The command line, with the one command that is asked for; with all of them if none is.
   * Describing all commands to picocli takes longer than most commands run.
   */
  private static CommandLine commandLine(Terminal terminal, String[] args) {
    var line = new CommandLine(new Main());
    var commands = commands(terminal, args);
    if (args.length > 0 && commands.containsKey(args[0])) {
      commands.keySet().retainAll(Set.of(args[0]));
    }
    commands.forEach((name, command) -> line.addSubcommand(name, command.get()));
    line.setExpandAtFiles(false);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setPosixClusteredShortOptionsAllowed(false);
    line.setAbbreviatedOptionsAllowed(false);
    line.setOut(terminal.outWriter());
    line.setErr(terminal.errWriter());
    line.setParameterExceptionHandler(Main::misused);
    line.setExecutionExceptionHandler((e, _, _) -> fail(terminal, e));
    return line;
  }

  /** {@code put --db=d k v} means {@code ldb put --db=d k v}. */
  private static String[] withLdb(String[] args) {
    boolean meansLdb = args.length > 0 && (Ldb.has(args[0]) || args[0].startsWith("--db="));
    if (!meansLdb) {
      return args;
    }
    var longer = new String[args.length + 1];
    longer[0] = LDB;
    System.arraycopy(args, 0, longer, 1, args.length);
    return longer;
  }

  private static int misused(ParameterException e, String[] args) {
    CommandLine line = e.getCommandLine();
    String reason =
        e instanceof UnmatchedArgumentException unknown && !unknown.isUnknownOption()
            ? "nothing is known as '" + unknown.getUnmatched().getFirst() + "' here"
            : oneLine(e.getMessage());
    line.getErr().printf("Failed: %s (%s --help)%n", reason, line.getCommandSpec().qualifiedName());
    return USAGE;
  }

  private static int fail(Terminal terminal, Exception e) {
    return switch (e) {
      case Terminal.ReaderGone _ -> DONE;
      case IllegalArgumentException bad -> {
        terminal.complain("Failed: " + oneLine(bad.getMessage()));
        yield USAGE;
      }
      case IOException failure -> {
        terminal.complain("Failed: " + oneLine(sentence(failure)));
        yield FAILED;
      }
      default -> {
        terminal.complain("Failed: a fault in the program: " + oneLine(e + where(e)));
        yield FAILED;
      }
    };
  }

  private static @Nullable String sentence(IOException e) {
    return switch (e) {
      case NoSuchFileException missing -> missing.getFile() + ": no such file or directory";
      case FileAlreadyExistsException there -> there.getFile() + ": exists already";
      case AccessDeniedException denied -> denied.getFile() + ": permission denied";
      case NotDirectoryException file -> file.getFile() + ": not a directory";
      case FileSystemException other -> other.getMessage();
      default -> e.getMessage() == null ? e.toString() : e.getMessage();
    };
  }

  private static String where(Exception e) {
    return Arrays.stream(e.getStackTrace()).findFirst().map(frame -> " at " + frame).orElse("");
  }

  private static String oneLine(@Nullable String text) {
    return String.valueOf(text).replaceAll("\\s*\\R\\s*", " ");
  }
}
