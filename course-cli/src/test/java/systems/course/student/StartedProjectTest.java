package systems.course.student;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Repository;
import systems.course.cut.ModuleSources;

/**
 * A started project of a real module, compiled by a real Maven; half a minute each.
 *
 * <p>Maven works offline: the libraries are those that this repository's own build has fetched.
 */
@Tag("slow")
class StartedProjectTest {
  private static final Repository REPOSITORY = new Repository(Path.of(".."));

  @TempDir Path home;

  @ParameterizedTest
  @ValueSource(strings = {"kvstore"})
  void mavenCompilesItOnWhateverJavaItRuns(String name) throws Exception {
    CourseFile module = REPOSITORY.module(name);
    ModuleSources sources = ModuleSources.of(REPOSITORY.folder(module), module.phases().size());
    Path project = home.resolve("my " + name);
    new StarterProject(REPOSITORY, module, 1, folder -> sources.writeStarter(1, folder))
        .write(project);
    assertThat(maven(project)).isEmpty();
    assertThat(project.resolve("target/test-classes")).isNotEmptyDirectory();
  }

  /** What Maven said; nothing, if it succeeded quietly. */
  private static String maven(Path project) throws IOException, InterruptedException {
    File log = project.resolveSibling("maven.log").toFile();
    Process maven =
        new ProcessBuilder("mvn", "-B", "-o", "-q", "test-compile")
            .directory(project.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log)
            .start();
    boolean ended = maven.waitFor(10, TimeUnit.MINUTES);
    maven.destroy();
    assertThat(ended).isTrue();
    return maven.exitValue() == 0 ? "" : Files.readString(log.toPath());
  }
}
