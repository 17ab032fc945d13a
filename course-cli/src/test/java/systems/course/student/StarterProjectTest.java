package systems.course.student;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Repository;
import systems.course.cut.ModuleSources;

class StarterProjectTest {
  @TempDir Path root;
  private Path home;
  private Repository repository;
  private CourseFile module;

  @BeforeEach
  void writeCheckout() throws IOException {
    Path checkout = Files.createDirectory(root.resolve("checkout"));
    home = Files.createDirectory(root.resolve("home"));
    Folder.write("toy-checkout.txt", checkout);
    repository = new Repository(checkout);
    module = repository.module("toy");
  }

  private StarterProject starter(int phase) {
    ModuleSources sources = ModuleSources.of(repository.folder(module), module.phases().size());
    return new StarterProject(
        repository, module, phase, folder -> sources.writeStarter(phase, folder));
  }

  @Test
  void projectIsTheOneInTheTranscript() throws IOException {
    starter(2).write(home.resolve("my toy"));
    String expected = Folder.transcript("toy-project.txt");
    assertThat(Folder.read(home.resolve("my toy")))
        .isEqualTo(expected.substring(expected.indexOf("=== ")));
  }

  @Test
  void nothingInAProjectLeadsBackToTheCheckout() throws IOException {
    starter(1).write(home.resolve("toy"));
    assertThat(Folder.read(home.resolve("toy"))).doesNotContain(root.toString());
  }

  @Test
  void emptyFolderIsFilled() throws IOException {
    Path target = Files.createDirectory(home.resolve("toy"));
    starter(1).write(target);
    assertThat(StudentProject.find(target.resolve("src/main/java")))
        .isEqualTo(new StudentProject(target, "toy", 1));
  }

  @Test
  void folderWithSomethingInItIsLeftAlone() throws IOException {
    Path target = Files.createDirectory(home.resolve("toy"));
    Files.writeString(target.resolve("mine.txt"), "precious");
    assertRefused(target, target + " is there already and not an empty folder");
    assertThat(Folder.read(home)).isEqualTo("=== toy/mine.txt\nprecious");
  }

  @Test
  void fileIsLeftAlone() throws IOException {
    Path target = Files.writeString(home.resolve("toy"), "precious");
    assertRefused(target, target + " is there already and not an empty folder");
    assertThat(target).hasContent("precious");
  }

  @Test
  void symbolicLinksAreNotFollowed() throws IOException {
    Path elsewhere = Files.createDirectory(home.resolve("elsewhere"));
    Path link = Files.createSymbolicLink(home.resolve("link"), elsewhere);
    Path dangling = Files.createSymbolicLink(home.resolve("dangling"), home.resolve("nowhere"));
    assertRefused(link, link + " is a symbolic link");
    assertRefused(dangling, dangling + " is a symbolic link");
    assertThat(elsewhere).isEmptyDirectory();
    assertThat(home.resolve("nowhere")).doesNotExist();
  }

  @Test
  void folderAboveMustBeThere() {
    assertRefused(home.resolve("a/toy"), "there is no folder " + home.resolve("a"));
    assertThat(home).isEmptyDirectory();
  }

  private void assertRefused(Path target, String message) {
    assertThatThrownBy(() -> starter(1).write(target))
        .isInstanceOfSatisfying(
            CourseException.class, e -> assertThat(e.exitCode).isEqualTo(CourseException.USAGE))
        .hasMessageStartingWith(message);
  }

  @Test
  void folderThatCannotBeWrittenIsSaidToBe() {
    Path kernel = Path.of("/proc");
    Assumptions.assumeTrue(Files.isDirectory(kernel.resolve("self")), "needs Linux's /proc");
    assertThatThrownBy(() -> starter(1).write(kernel.resolve("toy")))
        .isInstanceOf(CourseException.class)
        .hasMessageStartingWith("cannot write /proc/toy: ");
  }

  @Test
  void halfAProjectIsNeverSeen() throws IOException {
    Path target = home.resolve("toy");
    var fails =
        new StarterProject(
            repository,
            module,
            1,
            folder -> {
              assertThat(target).doesNotExist();
              throw new UncheckedIOException(new IOException("the disk is full"));
            });
    assertThatThrownBy(() -> fails.write(target))
        .isInstanceOf(CourseException.class)
        .hasMessage("cannot write " + target + ": the disk is full");
    assertThat(home).isEmptyDirectory();
  }

  @Test
  void whatAppearsMeanwhileIsLeftAlone() throws IOException {
    Path target = home.resolve("toy");
    var late =
        new StarterProject(
            repository,
            module,
            1,
            _ -> {
              try {
                Files.createDirectory(target);
                Files.writeString(target.resolve("mine.txt"), "precious");
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    assertThatThrownBy(() -> late.write(target))
        .isInstanceOf(CourseException.class)
        .hasMessage("cannot write " + target + ": something else was written there meanwhile");
    assertThat(Folder.read(home)).isEqualTo("=== toy/mine.txt\nprecious");
  }

  @Test
  void brokenPomOfTheRepositoryIsNamed() throws IOException {
    Path pom = Files.writeString(repository.root().resolve("pom.xml"), "<project>");
    assertThatThrownBy(() -> starter(1).write(home.resolve("toy")))
        .isInstanceOf(CourseException.class)
        .hasMessageStartingWith(pom + ": not XML");
    assertThat(home).isEmptyDirectory();
  }

  @Test
  void folderOutsideOfAProjectIsAUsageError() {
    assertThatThrownBy(() -> StudentProject.find(home))
        .isInstanceOfSatisfying(
            CourseException.class, e -> assertThat(e.exitCode).isEqualTo(CourseException.USAGE))
        .hasMessageContaining("course start MODULE");
  }

  @Test
  void damagedProjectFileIsNamed() throws IOException {
    starter(1).write(home.resolve("toy"));
    for (String damage : new String[] {"", "module=toy\nphase=0\n", "module=../x\nphase=1\n"}) {
      Files.writeString(home.resolve("toy/.course/project"), damage);
      assertThatThrownBy(() -> StudentProject.find(home.resolve("toy")))
          .isInstanceOf(CourseException.class)
          .hasMessageContaining(".course/project: ");
    }
  }

  @Test
  void emptyFoldersAreNotLeftBeside() throws IOException {
    starter(1).write(home.resolve("toy"));
    try (Stream<Path> files = Files.list(home)) {
      assertThat(files).containsExactly(home.resolve("toy"));
    }
  }
}
