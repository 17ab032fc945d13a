package systems.course;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import systems.course.audit.Audit;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Curriculum;
import systems.course.catalogue.Repository;
import systems.course.page.Pages;

/** This checkout itself: what is written twice in it says the same. */
class CheckoutTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  @Test
  void modulesThatHaveAFolderAreAsTheCurriculumNamesThem() {
    for (CourseFile module : new Repository(ROOT).modules()) {
      var entry = Curriculum.MODULES.get(module.number() - 1);
      assertThat(module.folder()).isEqualTo(entry.folder());
      assertThat(module.title()).isEqualTo(entry.system());
      assertThat(module.standard()).isEqualTo(entry.standard());
    }
  }

  @Test
  void readmeShowsEachModuleWithItsState() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"));
    var states =
        new Repository(ROOT)
            .modules().stream().collect(toMap(CourseFile::number, CourseFile::state));
    for (Curriculum.Entry entry : Curriculum.MODULES) {
      CourseFile.State known = states.get(entry.number());
      String state = known == null ? "planned" : known.name().toLowerCase(Locale.ROOT);
      assertThat(readme).containsPattern("(?m)^\\| .*" + entry.folder() + ".*\\| " + state);
    }
  }

  @Test
  void codeInTheMarkdownIsThatOfTheSources() {
    assertThat(Pages.of(ROOT).check()).isEmpty();
  }

  @Test
  void linksInTheMarkdownLeadSomewhere() {
    assertThat(Pages.of(ROOT).links()).isEmpty();
  }

  @Test
  void lecturesHaveTheirParts() {
    var pages = Pages.of(ROOT);
    for (CourseFile module : new Repository(ROOT).modules()) {
      assertThat(pages.lectures(module)).isEmpty();
    }
  }

  /** The part of {@code course audit} that takes a moment. */
  @Test
  void markersAreWellFormedAndBugSheetsHaveEveryBug() {
    for (CourseFile module : new Repository(ROOT).standing()) {
      assertThat(Audit.quick(module, ROOT.resolve(module.folder()))).as(module.folder()).isEmpty();
    }
  }
}
