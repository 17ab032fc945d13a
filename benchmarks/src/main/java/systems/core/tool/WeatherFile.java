package systems.core.tool;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.NullMarked;

/** The file that {@code colt 1brc --generate} invents, for benchmarks. */
@NullMarked
public final class WeatherFile {
  private static final int STATIONS = 413;

  private WeatherFile() {}

  /** Writes so many lines, the same in each run. */
  public static void write(Path file, long rows) throws IOException {
    Weather.write(file, rows, STATIONS, 1);
  }
}
