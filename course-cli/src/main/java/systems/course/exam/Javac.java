package systems.course.exam;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticListener;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;

/**
 * The compiler in the room, warm after its first use. Its options are those of the course's build,
 * except that a warning is told and does not fail.
 */
final class Javac {
  private static final List<String> OPTIONS =
      List.of(
          "--release",
          "25",
          "-parameters",
          "-g",
          "-proc:none",
          "-Xlint:all,-path,-processing,-serial,-incubating,-requires-automatic,"
              + "-requires-transitive-automatic",
          "--add-modules",
          Examiner.INCUBATOR,
          "-Xmaxerrs",
          "200",
          "-Xmaxwarns",
          "200",
          "-encoding",
          "UTF-8");

  private static final int SENTENCE_CHARS_MAX = 4_000;

  /** Javac numbers what it captures; nobody can look that up. */
  private static final Pattern CAPTURE = Pattern.compile("capture#\\d+ of ");

  private final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();

  /** Hears of one error or warning; the wire may break. */
  interface Listener {
    void complaint(Compilation.Complaint complaint) throws IOException;
  }

  boolean compile(List<Path> files, List<Path> classPath, Path output, Listener listener)
      throws IOException {
    List<Diagnostic<? extends JavaFileObject>> diagnostics = new ArrayList<>();
    DiagnosticListener<JavaFileObject> collect = diagnostics::add;
    boolean successful;
    try (StandardJavaFileManager manager =
        compiler.getStandardFileManager(collect, Locale.ROOT, null)) {
      manager.setLocationFromPaths(StandardLocation.CLASS_PATH, classPath);
      manager.setLocationFromPaths(StandardLocation.CLASS_OUTPUT, List.of(output));
      manager.setLocationFromPaths(StandardLocation.SOURCE_PATH, List.of());
      successful =
          files.isEmpty()
              || compiler
                  .getTask(
                      Writer.nullWriter(),
                      manager,
                      collect,
                      OPTIONS,
                      null,
                      manager.getJavaFileObjectsFromPaths(files))
                  .call();
    }
    for (var diagnostic : diagnostics) {
      boolean error = diagnostic.getKind() == Diagnostic.Kind.ERROR;
      listener.complaint(complaint(error, diagnostic));
    }
    return successful;
  }

  private static Compilation.Complaint complaint(
      boolean error, Diagnostic<? extends JavaFileObject> diagnostic) {
    JavaFileObject source = diagnostic.getSource();
    String sentence = CAPTURE.matcher(diagnostic.getMessage(Locale.ROOT)).replaceAll("");
    if (sentence.length() > SENTENCE_CHARS_MAX) {
      sentence = sentence.substring(0, SENTENCE_CHARS_MAX) + " ...";
    }
    return new Compilation.Complaint(
        error,
        source == null ? null : Path.of(source.toUri()),
        (int) Math.max(0, diagnostic.getLineNumber()),
        (int) Math.max(0, diagnostic.getColumnNumber()),
        sentence);
  }
}
