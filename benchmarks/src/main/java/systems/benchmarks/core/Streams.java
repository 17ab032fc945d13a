package systems.benchmarks.core;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The One Billion Row Challenge as one writes it first, with streams: what ours is compared with.
 */
@Command(
    name = "streams",
    mixinStandardHelpOptions = true,
    description = "Summarises a file of temperatures by Java's streams.")
public final class Streams implements Callable<Integer> {
  @Parameters(paramLabel = "FILE", description = "lines like Oslo;-4.2")
  private Path file = Path.of("");

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Made by picocli. */
  public Streams() {}

  @Override
  public Integer call() throws IOException, SQLException {
    var out = spec.commandLine().getOut();
    out.println(OneBrc.STREAMS.summary(file));
    out.flush();
    return 0;
  }
}
