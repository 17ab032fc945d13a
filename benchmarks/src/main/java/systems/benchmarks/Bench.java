package systems.benchmarks;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;
import systems.benchmarks.asyncnet.NetBench;
import systems.benchmarks.core.CoreBench;
import systems.benchmarks.kvstore.KvBench;
import systems.benchmarks.redis.RedisBench;

/** The command {@code bench}: one subcommand for each module, and JMH's own command line. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures the course's systems against their rivals.",
    subcommands = {
      CoreBench.class,
      NetBench.class,
      KvBench.class,
      RedisBench.class,
      Bench.Jmh.class
    })
public final class Bench {
  private Bench() {}

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs the command; 0 is success. */
  static int run(String... arguments) {
    var command = new CommandLine(new Bench());
    command.setExecutionExceptionHandler((failure, line, parsed) -> {
      if (!(failure instanceof IOException)) {
        throw failure;
      }
      line.getErr().println("bench: " + failure.getMessage());
      return 1;
    });
    return command.execute(arguments);
  }

  /**
   * The folder {@code benchmarks} of the checkout that this class was built in: the parent of
   * {@code target}, where the jar or the classes lie.
   */
  public static Path home() {
    try {
      Path classes =
          Path.of(Bench.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return classes.toAbsolutePath().resolve("../..").normalize();
    } catch (URISyntaxException impossible) {
      throw new IllegalStateException("a class path entry that is no URI", impossible);
    }
  }

  /** JMH, with the class path and flags that the kernels need. */
  @Command(
      name = "jmh",
      description = "Runs JMH kernels: bench jmh Lz4Kernel -prof gc, with JMH's own options.")
  static final class Jmh implements Callable<Integer> {
    @Unmatched private List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
      org.openjdk.jmh.Main.main(arguments.toArray(String[]::new));
      return 0;
    }
  }
}
