package systems.net.tool;

import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line of the module. */
@Command(
    name = "async-net",
    mixinStandardHelpOptions = true,
    version = "async-net 1.0",
    description =
        "An HTTP server on three engines, a reverse proxy, a client and a load generator.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footer = "%nEach command has a --help of its own.",
    subcommands = {
      ServeCommand.class,
      ProxyCommand.class,
      FetchCommand.class,
      LoadCommand.class,
      ScoreCommand.class,
      RaceCommand.class,
      DemoCommand.class,
      UpstreamCommand.class
    })
public final class Main implements Runnable {
  @Spec private CommandSpec spec;

  private Main() {}

  /** Exit codes: 0 done, 1 it failed and stderr says why, 2 the command line is wrong. */
  public static void main(String[] args) {
    // else Netty finds SLF4J without a place to write to, which says so on standard error
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    System.exit(run(writer(System.out), writer(System.err), args));
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(stream, true, stream.charset());
  }

  /** Runs a command; returns its exit code. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    return new CommandLine(new Main())
        .setOut(out)
        .setErr(err)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExpandAtFiles(false) // @FILE is fetch's body
        .registerConverter(Duration.class, Units::duration)
        .registerConverter(Units.Bytes.class, Units::bytes)
        .setExecutionExceptionHandler(Main::failed)
        .execute(args);
  }

  private static int failed(Exception thrown, CommandLine command, CommandLine.ParseResult ignored)
      throws Exception {
    if (thrown instanceof Failure failure) {
      command.getErr().println(command.getCommandName() + ": " + failure.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
    throw thrown;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Which command?");
  }
}
