package systems.core.tool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import systems.core.csv.Measurements;

/** The One Billion Row Challenge: summarises a file of temperatures, or invents one. */
@Command(
    name = "1brc",
    description = {
      "Least, mean and greatest temperature of each station in a file of lines like Oslo;-4.2.",
      "With --generate it invents such a file."
    },
    sortOptions = false)
final class OneBrc implements Callable<Integer> {
  private static final int THREADS_MAX = 256;
  private static final long ROWS_MAX = 100_000_000_000L;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "The file of temperatures.")
  private Path file = Path.of("");

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that read. Default: as many as processors.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--generate",
      paramLabel = "N",
      description = "Writes so many lines to the file instead of reading it.")
  private long rows = -1;

  @Option(
      names = "--stations",
      paramLabel = "N",
      defaultValue = "413",
      description = "Stations of a generated file. Default: ${DEFAULT-VALUE}.")
  private int stations;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "The same seed gives the same file. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Override
  public Integer call() throws IOException {
    range("--threads", threads, THREADS_MAX);
    range("--stations", stations, Weather.STATIONS_MAX);
    if (rows >= 0) {
      range("--generate", rows, ROWS_MAX);
      Weather.write(file, rows, stations, seed);
    } else {
      String summary = Measurements.summary(file, threads);
      spec().commandLine().getOut().println(summary);
    }
    return 0;
  }

  private void range(String name, long value, long max) {
    if (value < 1 || value > max) {
      throw new ParameterException(
          spec().commandLine(), name + " must be 1 to " + max + "; it is " + value);
    }
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new AssertionError("picocli injects it");
    }
    return spec;
  }
}
