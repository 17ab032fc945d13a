package systems.course.audit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import systems.course.catalogue.CourseException;
import systems.course.cut.Bug;
import systems.course.cut.MarkedSource;
import systems.course.cut.ModuleSources;
import systems.course.exam.Compilation;
import systems.course.exam.Examiner;
import systems.course.exam.Selection;
import systems.course.exam.Verdict;

/**
 * Where variants of a module are written, compiled and examined.
 *
 * <pre>
 *   work/reference/src ...            all of it, without markers
 *   work/reference/main, test         its classes
 *   work/starter-3/src, main, test    the same for each starter
 *   work/bug-resurrects/src, main     one file, one or a few classes: they lie before the reference's
 * </pre>
 *
 * <p>The folder stays when the audit is over, so that one can look at the starter in question. Any
 * number of threads, each with an examiner of its own.
 */
final class Workshop {
  /** Classes of a variant and of its tests, in the order in which they are looked for. */
  record Classes(List<Path> folders) {}

  private final ModuleSources sources;
  private final Path folder;

  Workshop(ModuleSources sources, Path folder) {
    this.sources = sources;
    this.folder = folder;
  }

  /** Compiles a variant and its tests. Complaints of the compiler are added to the faults. */
  @Nullable Classes starter(int phase, Examiner examiner, List<Fault> faults) {
    Path place = fresh("starter-" + phase);
    sources.writeStarter(phase, place);
    return compiled("starter " + phase, place, examiner, faults);
  }

  @Nullable Classes reference(Examiner examiner, List<Fault> faults) {
    Path place = fresh("reference");
    sources.writeReading(place);
    return compiled("reference", place, examiner, faults);
  }

  private static @Nullable Classes compiled(
      String variant, Path place, Examiner examiner, List<Fault> faults) {
    Path main = place.resolve("main");
    Path test = place.resolve("test");
    var compilation = examiner.compile(List.of(place.resolve("src/main/java")), List.of(), main);
    complain(variant, place, compilation, faults);
    if (!compilation.successful()) {
      return null;
    }
    var tests = examiner.compile(List.of(place.resolve("src/test/java")), List.of(main), test);
    complain(variant, place, tests, faults);
    if (!tests.successful()) {
      return null;
    }
    List<Path> folders = new ArrayList<>(List.of(main, test));
    for (String resources : List.of("src/main/resources", "src/test/resources")) {
      if (Files.isDirectory(place.resolve(resources))) {
        folders.add(place.resolve(resources));
      }
    }
    return new Classes(folders);
  }

  private static void complain(
      String variant, Path place, Compilation compilation, List<Fault> faults) {
    for (Compilation.Complaint complaint : compilation.complaints()) {
      Path file = complaint.file();
      String where = file == null ? "" : ", " + place.relativize(file) + ":" + complaint.line();
      String what = complaint.error() ? "does not compile: " : "compiles with a warning: ";
      faults.add(new Fault(Check.COMPILES, variant + where, what + complaint.sentence()));
    }
  }

  /** The reference with one wrong line; only its file is compiled. */
  Classes bug(Bug bug, Classes reference, Examiner examiner) {
    Path place = fresh("bug-" + bug.name());
    MarkedSource source =
        sources.main().stream()
            .filter(each -> each.file().equals(bug.file()))
            .findFirst()
            .orElseThrow();
    Path file = place.resolve(sources.relative(source).toString());
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, source.withBug(bug.name()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
    var compilation =
        examiner.compileFiles(List.of(file), reference.folders(), place.resolve("main"));
    if (!compilation.successful()) {
      var error = compilation.errors().getFirst();
      throw CourseException.malformed(
          bug.file(),
          bug.line(),
          "bug %s does not compile: %s".formatted(bug.name(), error.sentence()));
    }
    List<Path> folders = new ArrayList<>(List.of(place.resolve("main")));
    folders.addAll(reference.folders());
    return new Classes(folders);
  }

  /** All verdicts of an examination. */
  static List<Verdict> examine(
      Classes classes, Selection selection, Examiner examiner, IntConsumer planned) {
    List<Verdict> verdicts = new ArrayList<>();
    examiner.examine(classes.folders(), selection, planned, verdicts::add);
    return verdicts;
  }

  private Path fresh(String name) {
    Path place = folder.resolve(name);
    try {
      if (Files.exists(place)) {
        try (Stream<Path> old = Files.walk(place)) {
          old.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
      }
      return Files.createDirectories(place);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + place + " anew", e);
    }
  }
}
