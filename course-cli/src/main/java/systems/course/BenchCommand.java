package systems.course;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Repository;

/**
 * {@code course bench}: as {@link RunCommand}, for the driver in {@code benchmarks/}, which the
 * launcher starts with the module's short name before the options.
 */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    customSynopsis = "course bench MODULE [--quick] [--record]",
    description =
        "Measures a module against its rivals in turns and prints ratios with their spread."
            + " --quick: a short run that only proves that it works."
            + " --record: write the baseline of this architecture.")
final class BenchCommand implements Callable<Integer> {
  private static final CourseFile.Run DRIVER =
      new CourseFile.Run(
          "systems.benchmarks.Bench",
          List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"),
          List.of(),
          List.of());

  @Parameters(paramLabel = "MODULE", description = "what to measure")
  private String name = "";

  private final Repository repository;

  BenchCommand(Repository repository) {
    this.repository = repository;
  }

  @Override
  public Integer call() {
    repository.module(name);
    Path folder = repository.root().resolve("benchmarks");
    if (!Files.isRegularFile(folder.resolve("pom.xml"))) {
      throw CourseException.failed("there is no benchmarks/ in this checkout");
    }
    RunCommand.launchFile(repository, folder).write(DRIVER);
    return 0;
  }
}
