package systems.core.tool;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ScopeType;

/**
 * The commands of the module.
 *
 * <p>What a script may rely on: results go to standard output; a failure is one sentence on
 * standard error and no stack trace; the exit code is 0, or 1 for a failure, or 2 for a command
 * line that makes no sense.
 */
@Command(
    name = "core",
    scope = ScopeType.INHERIT,
    mixinStandardHelpOptions = true,
    version = "core 1.0",
    synopsisSubcommandLabel = "COMMAND",
    description = "Caches, memory and columns.",
    subcommands = {CacheSim.class, Colt.class, Lz4.class, RingCommand.class},
    footer = {"", "Exit codes: 0 done, 1 failed with a sentence on standard error, 2 wrong usage."})
public final class Main {
  static final int FAILED = 1;

  private Main() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] args) {
    System.exit(run(writer(System.out), writer(System.err), args));
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, false, stream.charset());
  }

  /** Runs a command; returns its exit code. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    var commandLine =
        new CommandLine(new Main())
            .setOut(out)
            .setErr(err)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler((failure, command, _) -> {
              command.getErr().println(sentence(failure));
              return FAILED;
            });
    int code = args.length == 0 ? usage(commandLine) : commandLine.execute(args);
    out.flush();
    err.flush();
    return code;
  }

  private static int usage(CommandLine commandLine) {
    commandLine.usage(commandLine.getErr());
    return CommandLine.ExitCode.USAGE;
  }

  private static String sentence(Exception failure) throws Exception {
    return switch (failure) {
      case NoSuchFileException e -> "There is no file " + e.getFile() + ".";
      case AccessDeniedException e -> "The file " + e.getFile() + " may not be opened.";
      case FileSystemException e -> "The file " + e.getFile() + " failed: " + e.getReason() + ".";
      case IOException e -> "Reading or writing failed: " + e.getMessage() + ".";
      case TraceException e -> String.valueOf(e.getMessage());
      default -> throw failure; // a bug, and it crashes
    };
  }
}
