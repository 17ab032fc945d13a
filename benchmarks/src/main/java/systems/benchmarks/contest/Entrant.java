package systems.benchmarks.contest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Who takes part: a class whose {@code main} does it in a process of its own and prints one line
 * {@code RESULT} with a number for each metric, by its key.
 *
 * @param title in files
 * @param jvmFlags beside those of all
 * @param arguments of {@code main}
 */
public record Entrant(String title, List<String> jvmFlags, Class<?> main, List<String> arguments) {
  public Entrant {
    jvmFlags = List.copyOf(jvmFlags);
    arguments = List.copyOf(arguments);
  }

  /** A program. */
  public static Entrant program(String title, Class<?> main, String... arguments) {
    return new Entrant(title, List.of(), main, List.of(arguments));
  }

  /**
   * A JMH benchmark: its throughput becomes the metric {@code rate}, and the CPU time of the whole
   * process an operation {@code cpu}.
   *
   * @param benchmark a regular expression that one benchmark method matches
   * @param parameters values of its {@code @Param} fields
   */
  public static Entrant jmh(String title, String benchmark, Map<String, String> parameters) {
    List<String> arguments = new ArrayList<>(List.of(benchmark));
    parameters.forEach((name, value) -> arguments.add(name + "=" + value));
    return new Entrant(title, List.of(), JmhEntrant.class, arguments);
  }

  /** The same with flags for its JVM. */
  public Entrant withJvmFlags(String... flags) {
    return new Entrant(title, List.of(flags), main, arguments);
  }
}
