package systems.course;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.CourseFile;
import systems.course.cut.Bug;
import systems.course.cut.MarkedSource;
import systems.course.cut.ModuleSources;

/**
 * A module's reference with one named bug, compiled and ready to run.
 *
 * <pre>
 *   module-03-kvstore/target/bugs/lostUpdate/
 *     src          sources with the wrong line
 *     classes
 *     made-of      a hash of all of them: compiled again only if it differs
 * </pre>
 *
 * <p>The libraries are those that the module's own build left in {@code target/lib}. The compiler
 * runs in this JVM: it is here already, and a second one would cost half a second.
 */
final class PlantedReference {
  private final ModuleSources sources;
  private final Bug bug;
  private final Path target;
  private final Path folder;

  PlantedReference(Path moduleFolder, ModuleSources sources, Bug bug) {
    this.sources = sources;
    this.bug = bug;
    target = moduleFolder.resolve("target");
    folder = target.resolve("bugs").resolve(bug.name());
  }

  /** Compiles the sources, unless they are compiled already. */
  void compile() {
    Path madeOf = folder.resolve("made-of");
    String hash = hash();
    try {
      if (Files.exists(madeOf) && Files.readString(madeOf).equals(hash)) {
        return;
      }
      delete(folder);
      Files.createDirectories(folder.resolve("classes"));
      sources.writeBug(bug.name(), folder);
      compileSources();
      Files.writeString(madeOf, hash);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + folder, e);
    }
  }

  /** Runs the program until it ends; its input and output are this process's own. */
  int run(CourseFile.Run run, List<String> arguments) {
    String jdk = System.getProperty("course.jdk", System.getProperty("java.home"));
    List<String> command = new ArrayList<>();
    command.add(Path.of(jdk, "bin", "java").toString());
    command.addAll(run.jvm());
    command.addAll(List.of("-cp", classPath(), run.main()));
    command.addAll(arguments.isEmpty() ? run.args() : arguments);
    try {
      Process process = new ProcessBuilder(command).inheritIO().start();
      var endsWithUs = new Thread(process::destroy);
      Runtime.getRuntime().addShutdownHook(endsWithUs);
      int exitCode = process.waitFor();
      Runtime.getRuntime().removeShutdownHook(endsWithUs);
      return exitCode;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start " + command.getFirst(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CourseException.failed("interrupted");
    }
  }

  private String classPath() {
    List<String> entries = new ArrayList<>();
    entries.add(folder.resolve("classes").toString());
    Path resources = folder.resolve("src/main/resources");
    if (Files.isDirectory(resources)) {
      entries.add(resources.toString());
    }
    libraries().forEach(library -> entries.add(library.toString()));
    return String.join(File.pathSeparator, entries);
  }

  private List<Path> libraries() {
    Path lib = target.resolve("lib");
    if (!Files.isDirectory(lib)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(lib)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + lib, e);
    }
  }

  private void compileSources() throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    Path classes = folder.resolve("classes");
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
        Stream<Path> all = Files.walk(folder.resolve("src/main/java"))) {
      files.setLocationFromPaths(StandardLocation.CLASS_PATH, libraries());
      files.setLocationFromPaths(StandardLocation.CLASS_OUTPUT, List.of(classes));
      List<Path> java = all.filter(file -> file.toString().endsWith(".java")).toList();
      var told = new DiagnosticCollector<JavaFileObject>();
      var incubator = List.of("--add-modules", "jdk.incubator.vector", "-Xlint:-incubating");
      List<String> options = new ArrayList<>(List.of("-proc:none", "-parameters", "-nowarn"));
      options.addAll(incubator);
      var units = files.getJavaFileObjectsFromPaths(java);
      if (!compiler.getTask(null, files, told, options, null, units).call()) {
        throw CourseException.malformed(
            bug.file(), bug.line(), "with bug %s: %s".formatted(bug.name(), firstError(told)));
      }
    }
  }

  private static String firstError(DiagnosticCollector<?> told) {
    return told.getDiagnostics().stream()
        .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
        .map(diagnostic -> diagnostic.getMessage(Locale.ROOT))
        .findFirst()
        .orElse("it does not compile");
  }

  private String hash() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (MarkedSource source : sources.main()) {
        boolean planted = source.file().equals(bug.file());
        String text = planted ? source.withBug(bug.name()) : source.reading();
        digest.update((source.file() + "\n" + text + "\0").getBytes(StandardCharsets.UTF_8));
      }
      digest.update(Runtime.version().toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
