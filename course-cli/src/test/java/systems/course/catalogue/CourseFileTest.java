package systems.course.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import systems.course.FakeCheckout;

class CourseFileTest {
  @TempDir Path folder;

  @Test
  void everyKeyIsRead() throws IOException {
    CourseFile toy = CourseFile.read(written(FakeCheckout.COURSE_YAML));
    assertThat(toy.folder()).isEqualTo("module-07-toy");
    assertThat(toy.state()).isEqualTo(CourseFile.State.STANDS);
    assertThat(toy.minutes()).isEqualTo(75);
    assertThat(toy.phases().getLast())
        .isEqualTo(new CourseFile.Phase(2, "second", 45, "It stops."));
    assertThat(toy.run().jvm()).containsExactly("-Xmx64m");
    assertThat(toy.run().args()).containsExactly("serve");
    assertThat(toy.run().warmup()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "minutes: 30|minuts: 30|phases[1].minuts: no such key",
        "minutes: 45|minutes: 0|phases[2].minutes: expected a whole number from 1 to 6000, found 0",
        "number: 2|number: 3|phases[2].number: expected phase 2, found 3",
        "state: stands|state: done|state: expected stands or building, found done",
        "title: a toy|titel: a toy|titel: no such key",
        "id: toy|id: Toy Store|id: expected the form",
        "main: toy.Main|main: rm -rf|run.main: expected the form",
        "jvm: [-Xmx64m]|jvm: [1]|run.jvm: expected one-line texts (quote numbers), found 1",
        "jvm: [-Xmx64m]|jvm: -Xmx64m|run.jvm: expected a list of at most 64, found -Xmx64m",
      })
  void faultIsNamedWithItsPlace(String good, String bad, String message) throws IOException {
    Path file = written(FakeCheckout.COURSE_YAML.replace(good, bad));
    assertThatThrownBy(() -> CourseFile.read(file))
        .isInstanceOf(CourseException.class)
        .hasMessageContaining(file + ": " + message);
  }

  @Test
  void missingKeyIsNamed() throws IOException {
    refuses("id: toy\n", "number is missing");
    refuses("", "id is missing");
  }

  @Test
  void whatIsNoYamlIsRefused() throws IOException {
    refuses("id: [toy\n", "not YAML");
    refuses("- a list\n", "expected keys with values");
    refuses("id: !!java.net.URL [x]\n", "not YAML");
  }

  @Test
  void hugeFileIsRefusedBeforeItIsParsed() throws IOException {
    refuses("#".repeat(70_000), "at most 65536");
  }

  private void refuses(String yaml, String message) throws IOException {
    Path file = written(yaml);
    ThrowingCallable read = () -> CourseFile.read(file);
    assertThatThrownBy(read).isInstanceOf(CourseException.class).hasMessageContaining(message);
  }

  private Path written(String yaml) throws IOException {
    return Files.writeString(folder.resolve("course.yaml"), yaml);
  }
}
