package systems.course.student;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.course.catalogue.CourseException;

class ProgressTest {
  @TempDir Path folder;
  private StudentProject project;

  @BeforeEach
  void makeProject() {
    project = new StudentProject(folder, "toy", 1);
  }

  @Test
  void nothingIsTriedAtFirst() {
    Progress progress = Progress.of(project);
    assertThat(progress.phase(1)).isEqualTo(Progress.State.UNTRIED);
    assertThat(progress.hints("Toy#run")).isZero();
    assertThat(progress.hinted()).isEmpty();
  }

  @Test
  void whatWasSavedIsThereAgain() {
    Progress progress = Progress.of(project);
    progress.mark(2, Progress.State.FAILED);
    progress.mark(1, Progress.State.PASSED);
    progress.lookedAt("Toy#run(int, String)", 2);
    progress.save();
    Progress again = Progress.of(project);
    assertThat(again.phase(1)).isEqualTo(Progress.State.PASSED);
    assertThat(again.phase(2)).isEqualTo(Progress.State.FAILED);
    assertThat(again.hints("Toy#run(int, String)")).isEqualTo(2);
    assertThat(again.hinted()).containsExactly("Toy#run(int, String)");
  }

  @Test
  void fileIsSortedAndCarriesNoDate() {
    Progress progress = Progress.of(project);
    progress.mark(2, Progress.State.FAILED);
    progress.mark(1, Progress.State.PASSED);
    progress.save();
    assertThat(folder.resolve(".course/progress")).hasContent("phase.1=passed\nphase.2=failed");
    assertThat(folder.resolve(".course")).isDirectoryNotContaining("glob:**draft*");
  }

  @Test
  void whatNobodyCouldHaveWrittenIsRefused() throws IOException {
    Files.createDirectory(folder.resolve(".course"));
    Files.writeString(folder.resolve(".course/progress"), "phase.1=perfect\nhint.Toy\\#run=7\n");
    Progress progress = Progress.of(project);
    assertThatThrownBy(() -> progress.phase(1))
        .isInstanceOf(CourseException.class)
        .hasMessageContaining("phase.1: expected untried, failed or passed, found perfect");
    assertThatThrownBy(() -> progress.hints("Toy#run"))
        .isInstanceOf(CourseException.class)
        .hasMessageContaining("expected 1 to 3, found 7");
  }
}
