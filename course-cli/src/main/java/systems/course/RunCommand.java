package systems.course;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Repository;

/**
 * {@code course run}: the part of it that reads {@code course.yaml}. The launcher has built the
 * module; this writes its {@link LaunchFile}; the launcher then becomes the module's JVM.
 */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    customSynopsis = "course run MODULE [ARGUMENT...]",
    description =
        "Starts a module's reference, a server or a tool; builds it first if its sources are newer."
            + " All after MODULE is for the reference.")
final class RunCommand implements Callable<Integer> {
  @Parameters(paramLabel = "MODULE", description = "what to start")
  private String name = "";

  private final Repository repository;

  RunCommand(Repository repository) {
    this.repository = repository;
  }

  @Override
  public Integer call() {
    CourseFile module = repository.module(name);
    launchFile(repository, repository.folder(module)).write(module.run());
    return 0;
  }

  static LaunchFile launchFile(Repository repository, Path folder) {
    String jdk = System.getProperty("course.jdk", System.getProperty("java.home"));
    String stamp = repository.root() + "|" + jdk;
    return new LaunchFile(stamp, Path.of(jdk), folder.resolve("target"));
  }
}
