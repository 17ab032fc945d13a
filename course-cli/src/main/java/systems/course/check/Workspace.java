package systems.course.check;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folders of a Maven project as the check uses them.
 *
 * @param folder has src/main/java and src/test/java
 * @param output gets classes; not Maven's own folders, which an IDE may be writing
 */
record Workspace(Path folder, Path output) {
  static Workspace of(Path folder) {
    return new Workspace(folder, folder.resolve("target/course"));
  }

  Path mainSources() {
    return folder.resolve("src/main/java");
  }

  Path testSources() {
    return folder.resolve("src/test/java");
  }

  Path mainClasses() {
    return output.resolve("main");
  }

  Path testClasses() {
    return output.resolve("test");
  }

  /** Classes that may yet replace those of main. */
  Path draftClasses() {
    return output.resolve("draft");
  }

  /** What the examined class loader reads, tests first, as Maven has it. */
  List<Path> classFolders() {
    return List.of(
        testClasses(),
        folder.resolve("src/test/resources"),
        mainClasses(),
        folder.resolve("src/main/resources"));
  }

  /** Classes of sources that are gone would still be found. */
  void clean() {
    delete(output);
  }

  static void delete(Path folder) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot empty " + folder, e);
    }
  }

  /** A source as it is shown: relative to the project. */
  String shown(Path file) {
    return file.startsWith(folder) ? folder.relativize(file).toString() : file.toString();
  }

  /** The file of a stack frame, if it is one of this project's. */
  Optional<Path> sourceOf(Frame frame) {
    String path = frame.packageFolder() + frame.file();
    return Stream.of(mainSources(), testSources())
        .map(sources -> sources.resolve(path))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  boolean isMain(Path source) {
    return source.startsWith(mainSources());
  }
}
