package systems.course.student;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.regex.Pattern;
import systems.course.catalogue.CourseException;

/**
 * A student's project, known by its file {@code .course/project}.
 *
 * <pre>
 *   my-kv/
 *     pom.xml  README.md  LICENSE  .gitignore
 *     src/main/java        TODO bodies of the start phase and later
 *     src/test/java        the tests of all phases
 *     lectures/  exercises/
 *     .course/project      module=kvstore, phase=1, version=1.0.0-SNAPSHOT
 *     .course/progress     see {@link Progress}
 * </pre>
 *
 * <p>It has no way back to the checkout that it came from: the folder can be moved, mailed and
 * committed.
 *
 * @param folder where the pom lies
 * @param module short name of the module that is built
 * @param startPhase the first phase that the student writes
 */
public record StudentProject(Path folder, String module, int startPhase) {
  static final String FILE = ".course/project";

  private static final int PHASES_MAX = 20;
  private static final int FOLDERS_MAX = 64;
  private static final Pattern ID = Pattern.compile("[a-z][a-z0-9-]{0,30}");

  /**
   * The project that a folder belongs to: its own or that of a folder above.
   *
   * @throws CourseException (usage) if there is none
   */
  public static StudentProject find(Path folder) {
    Path here = folder.toAbsolutePath().normalize();
    for (int i = 0; i < FOLDERS_MAX && here != null; i++, here = here.getParent()) {
      if (Files.isRegularFile(here.resolve(FILE))) {
        return read(here);
      }
    }
    throw CourseException.usage(
        folder
            + " belongs to no student's project: go into yours, or begin one with"
            + " `course start MODULE`");
  }

  private static StudentProject read(Path folder) {
    Path file = folder.resolve(FILE);
    Properties entries = properties(file);
    String module = entries.getProperty("module", "");
    if (!ID.matcher(module).matches()) {
      throw CourseException.malformed(file, 0, "module: expected a short name, found " + module);
    }
    String phase = entries.getProperty("phase", "");
    if (!phase.matches("\\d{1,2}")
        || Integer.parseInt(phase) < 1
        || Integer.parseInt(phase) > PHASES_MAX) {
      throw CourseException.malformed(file, 0, "phase: expected a number, found " + phase);
    }
    return new StudentProject(folder, module, Integer.parseInt(phase));
  }

  static Properties properties(Path file) {
    var entries = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      entries.load(reader);
    } catch (IllegalArgumentException e) {
      throw CourseException.malformed(file, 0, "not of the form key=value: " + e.getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
    return entries;
  }
}
