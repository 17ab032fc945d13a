package systems.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Repository;
import systems.course.page.Pages;

/**
 * The java blocks of all Markdown of this checkout compile against the modules as they are now.
 *
 * <p>It stands in a Maven module of its own, which is built last, because course-cli is built
 * before any module is. That the other blocks are those of the sources is a test of course-cli.
 */
class CodeInMarkdownTest {
  private static final Repository REPOSITORY = new Repository(Path.of(".."));

  @Test
  void javaBlocksCompileAgainstTheModules() {
    var pages = Pages.of(REPOSITORY.root());
    assertThat(pages.compiled()).isNotEmpty();
    assertThat(pages.compile(classPath())).isEmpty();
  }

  @Test
  void everyModuleIsOnTheClassPath() {
    for (CourseFile module : REPOSITORY.modules()) {
      assertThat(classPath())
          .as("docs/pom.xml depends on " + module.folder())
          .anyMatch(each -> each.toString().contains(module.folder()));
    }
  }

  private static List<Path> classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(Path::of)
        .toList();
  }
}
