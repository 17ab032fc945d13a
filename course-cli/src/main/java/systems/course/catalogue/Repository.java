package systems.course.catalogue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The checkout that the command works on: which modules it has and what each may be called.
 *
 * <p>A module is a folder {@code module-NN-name} with a {@code course.yaml}. It answers to its
 * number ({@code 3}, {@code 03}), its folder and its short name ({@code kvstore}). The launcher
 * knows the same rule, so that {@code course run} needs no JVM to find a module.
 */
public final class Repository {
  private final Path root;

  public Repository(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  public Path root() {
    return root;
  }

  public Path folder(CourseFile module) {
    return root.resolve(module.folder());
  }

  /** A path as it is shown to people: relative to the checkout. */
  public Path shown(Path file) {
    return root.relativize(file.toAbsolutePath().normalize());
  }

  /** The modules that have a folder, by number. */
  public List<CourseFile> modules() {
    List<CourseFile> modules = new ArrayList<>();
    for (Path file : courseFiles()) {
      CourseFile module = CourseFile.read(file);
      if (!folder(module).equals(file.getParent())) {
        throw CourseException.malformed(
            shown(file), 0, "number and id belong to a folder " + module.folder());
      }
      modules.add(module);
    }
    modules.sort(Comparator.comparingInt(CourseFile::number));
    return modules;
  }

  public List<CourseFile> standing() {
    return modules().stream().filter(m -> m.state() == CourseFile.State.STANDS).toList();
  }

  /**
   * The module of that name.
   *
   * @throws CourseException (usage) for a name that no folder answers to
   */
  public CourseFile module(String name) {
    List<CourseFile> modules = modules();
    for (CourseFile module : modules) {
      if (answersTo(name, module.number(), module.id())) {
        return module;
      }
    }
    throw CourseException.usage(unknown(name, modules));
  }

  private static String unknown(String name, List<CourseFile> modules) {
    Optional<Curriculum.Entry> planned =
        Curriculum.MODULES.stream()
            .filter(entry -> answersTo(name, entry.number(), entry.id()))
            .findFirst();
    String known = String.join(", ", modules.stream().map(CourseFile::id).toList());
    return planned.isPresent()
        ? "%s is planned and has no folder yet; there is: %s".formatted(name, known)
        : "no module is called '%s'; there is: %s".formatted(name, known);
  }

  public static boolean answersTo(String name, int number, String id) {
    return name.equals(id)
        || name.equals("module-%02d-%s".formatted(number, id))
        || name.equals("%02d".formatted(number))
        || name.equals(Integer.toString(number));
  }

  private List<Path> courseFiles() {
    try (Stream<Path> folders = Files.list(root)) {
      return folders
          .filter(folder -> folder.getFileName().toString().startsWith("module-"))
          .map(folder -> folder.resolve("course.yaml"))
          .filter(Files::isRegularFile)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + root, e);
    }
  }
}
