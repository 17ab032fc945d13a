package systems.course;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.Repository;
import systems.course.terminal.Terminal;

/**
 * The entry: takes the command line apart and hands it to a subcommand.
 *
 * <p>Exit codes: 0 done, 1 something failed, 2 wrong usage; the launcher adds 3 (no JDK 25) and 4
 * (no Maven). Results go to stdout, everything else to stderr.
 */
@Command(
    name = "course",
    mixinStandardHelpOptions = true,
    version = "course 1.0.0-SNAPSHOT, Java ${java.version}",
    synopsisSubcommandLabel = "COMMAND",
    description = "Reference systems in Java: shows, starts, measures and checks them.",
    footer = {
      "",
      "A module is named by its short name, number or folder: kvstore, 03, module-03-kvstore.",
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no JDK 25, 4 no Maven."
    })
final class Main {
  private Main() {}

  public static void main(String[] args) {
    var repository = new Repository(Path.of(System.getProperty("course.root", ".")));
    System.exit(run(repository, Terminal.ofProcess(), args));
  }

  /** Runs one command line and returns its exit code. */
  static int run(Repository repository, Terminal terminal, String... args) {
    var line =
        new CommandLine(new Main())
            .addSubcommand(new ListCommand(repository, terminal))
            .addSubcommand(new CheckCommand(repository, terminal))
            .addSubcommand(new DemoCommand(repository, terminal))
            .addSubcommand(new RunCommand(repository))
            .addSubcommand(new BenchCommand(repository))
            .addSubcommand(new StartCommand(repository, terminal))
            .addSubcommand(new BugsCommand(repository, terminal))
            .addSubcommand(new SnippetsCommand(repository, terminal))
            .addSubcommand(new HintCommand(repository, terminal))
            .addSubcommand(new DiffCommand(repository, terminal))
            .addSubcommand(new SiteCommand(repository, terminal))
            .addSubcommand(new AuditCommand(repository, terminal))
            .addSubcommand(new VerifyCommand(repository, terminal));
    line.setOut(printer(terminal.out()));
    line.setErr(printer(terminal.err()));
    line.setExecutionExceptionHandler((e, _, _) -> report(e, terminal));
    return line.execute(args);
  }

  private static PrintWriter printer(PrintStream stream) {
    return new PrintWriter(stream, true, stream.charset());
  }

  private static int report(Exception e, Terminal terminal) throws Exception {
    if (e instanceof CourseException told) {
      terminal.err().println("course: " + told.getMessage());
      return told.exitCode;
    }
    throw e;
  }
}
