package systems.course.cut;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import systems.course.catalogue.CourseException;

/**
 * All sources of one module, and the variants that its markers make of them.
 *
 * <p>Only {@code src/main} is cut. Tests are the same for everybody, from the first phase to the
 * reference, so a marker in {@code src/test} is refused; a file that can carry no marker is copied
 * byte by byte. What is written has the folders of the module: {@code src/main/java}, {@code
 * src/test/java} and so on.
 */
public final class ModuleSources {
  private static final int FILES_MAX = 5_000;
  private static final long MARKED_BYTES_MAX = 4 << 20;

  private final Path folder;
  private final List<MarkedSource> main = new ArrayList<>();
  private final List<Path> copied = new ArrayList<>();
  private final Map<String, Bug> bugs = new HashMap<>();

  private ModuleSources(Path folder) {
    this.folder = folder;
  }

  /**
   * Reads the sources of a module.
   *
   * @param phases how many the module has; a marker of a later one is malformed
   * @throws CourseException for the first malformed marker, with file and line
   */
  public static ModuleSources of(Path moduleFolder, int phases) {
    var sources = new ModuleSources(moduleFolder.toAbsolutePath().normalize());
    for (Path file : sources.files("src/main")) {
      sources.readMain(file, phases);
    }
    for (Path file : sources.files("src/test")) {
      sources.readTest(file);
    }
    return sources;
  }

  /** The files that can carry markers, those that carry none included, by their path. */
  public List<MarkedSource> main() {
    return List.copyOf(main);
  }

  /** By phase, in it by file and line. */
  public List<Bug> bugs() {
    return main.stream()
        .flatMap(source -> source.bugs().stream())
        .sorted(Comparator.comparingInt(Bug::phase))
        .toList();
  }

  public Optional<Bug> bug(String name) {
    return Optional.ofNullable(bugs.get(name));
  }

  /** Writes what a student of that phase begins with: main and test sources. */
  public void writeStarter(int phase, Path target) {
    write(target, source -> source.starter(phase));
  }

  /** Writes main and test sources without markers. */
  public void writeReading(Path target) {
    write(target, MarkedSource::reading);
  }

  /** Writes the reference with one wrong line, and the tests. */
  public void writeBug(String name, Path target) {
    Bug bug =
        bug(name).orElseThrow(() -> CourseException.usage("no bug is named '%s'".formatted(name)));
    write(
        target,
        source -> source.file().equals(bug.file()) ? source.withBug(name) : source.reading());
  }

  /** Where a source lies below the module's folder, and below that of every variant. */
  public Path relative(MarkedSource source) {
    return source.file().subpath(1, source.file().getNameCount());
  }

  private void readMain(Path file, int phases) {
    if (!MarkedSource.canBeMarked(file)) {
      copied.add(file);
      return;
    }
    MarkedSource source = MarkedSource.parse(shown(file), read(file));
    source.regions().forEach(r -> checkPhase(source, r.firstLine(), r.phase(), phases));
    for (Bug bug : source.bugs()) {
      checkPhase(source, bug.line(), bug.phase(), phases);
      checkUnique(bug);
    }
    main.add(source);
  }

  private static void checkPhase(MarkedSource source, int line, int phase, int phases) {
    if (phase > phases) {
      throw CourseException.malformed(
          source.file(),
          line,
          "course.yaml has no phase %d, the last is %d".formatted(phase, phases));
    }
  }

  private void checkUnique(Bug bug) {
    Bug earlier = bugs.putIfAbsent(bug.name(), bug);
    if (earlier != null) {
      throw CourseException.malformed(
          bug.file(),
          bug.line(),
          "a bug named %s stands in %s:%d already"
              .formatted(bug.name(), earlier.file(), earlier.line()));
    }
  }

  private void readTest(Path file) {
    if (file.toString().endsWith(".java")) {
      MarkedSource source = MarkedSource.parse(shown(file), read(file));
      if (source.isMarked()) {
        int line =
            source.regions().isEmpty()
                ? source.bugs().getFirst().line()
                : source.regions().getFirst().firstLine();
        throw CourseException.malformed(
            source.file(), line, "tests carry no markers: they are the same for everybody");
      }
    }
    copied.add(file);
  }

  /** As it is shown to people: from the module's own folder on. */
  private Path shown(Path file) {
    return folder.getFileName().resolve(folder.relativize(file).toString());
  }

  private static String read(Path file) {
    try {
      if (Files.size(file) > MARKED_BYTES_MAX) {
        throw CourseException.malformed(
            file, 0, "%d bytes, at most %d".formatted(Files.size(file), MARKED_BYTES_MAX));
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + " as UTF-8", e);
    }
  }

  private List<Path> files(String below) {
    List<Path> files = new ArrayList<>();
    Path start = folder.resolve(below);
    if (!Files.isDirectory(start)) {
      return files;
    }
    try {
      Files.walkFileTree(start, new Collector(files));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + start, e);
    }
    if (files.size() > FILES_MAX) {
      throw CourseException.failed(
          "%s has %d files, at most %d".formatted(start, files.size(), FILES_MAX));
    }
    files.sort(Comparator.naturalOrder());
    return files;
  }

  private void write(Path target, Function<MarkedSource, String> variant) {
    try {
      for (MarkedSource source : main) {
        Path file = target.resolve(relative(source).toString());
        Files.createDirectories(file.getParent());
        Files.writeString(file, variant.apply(source));
      }
      for (Path original : copied) {
        Path file = target.resolve(folder.relativize(original).toString());
        Files.createDirectories(file.getParent());
        Files.copy(original, file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write below " + target, e);
    }
  }

  private static final class Collector extends SimpleFileVisitor<Path> {
    private final List<Path> files;

    Collector(List<Path> files) {
      this.files = files;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (attributes.isRegularFile()) {
        files.add(file);
      }
      return FileVisitResult.CONTINUE;
    }
  }
}
