package systems.course.check;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import systems.course.catalogue.CourseException;

/**
 * What the check knows of a student's project: {@code .course/project} says which module it is,
 * {@code .course/progress} keeps which phases are done.
 */
record ProjectFolder(Path folder, String module) {
  private static final int PARENTS_MAX = 64;

  /** The project that a folder is in. */
  static ProjectFolder find(Path start) {
    return find(start, "go into the folder that `course start` wrote, or name it.");
  }

  static ProjectFolder find(Path start, String otherwise) {
    Path at = start;
    for (int i = 0; i < PARENTS_MAX && at != null; i++, at = at.getParent()) {
      Path file = at.resolve(".course/project");
      if (Files.isRegularFile(file)) {
        String module = read(file).getProperty("module", "");
        if (module.isEmpty()) {
          throw CourseException.malformed(file, 0, "module is missing");
        }
        return new ProjectFolder(at, module);
      }
    }
    throw CourseException.usage(start + " is no student's project: " + otherwise);
  }

  /** Keeps which phases are done; whatever else is remembered there stays. */
  void remember(Map<Integer, Boolean> phases) {
    if (phases.isEmpty()) {
      return;
    }
    Path file = folder.resolve(".course/progress");
    Map<String, String> lines = new TreeMap<>();
    Properties before = Files.exists(file) ? read(file) : new Properties();
    before.stringPropertyNames().forEach(key -> lines.put(key, before.getProperty(key)));
    phases.forEach((phase, done) -> lines.put("phase." + phase, done ? "passed" : "failed"));
    List<String> text =
        lines.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
    try {
      Path draft = file.resolveSibling("progress.draft");
      Files.write(draft, text);
      Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  private static Properties read(Path file) {
    var properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
      return properties;
    } catch (IOException | IllegalArgumentException e) {
      throw CourseException.malformed(file, 0, "cannot be read: " + e.getMessage());
    }
  }
}
