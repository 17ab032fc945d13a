package systems.course.page;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.NestingKind;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** Java in memory, before the compiler of the JDK that this runs on. */
final class JavaText extends SimpleJavaFileObject {
  private final String text;

  JavaText(String fileName, String text) {
    super(URI.create("mem:///" + fileName), Kind.SOURCE);
    this.text = text;
  }

  /** An error at a line of a text, from 1; {@code in} is its file name, null if it is in none. */
  record Error(@Nullable String in, int line, String sentence) {}

  /** A text as the parser sees it; the tree of a text with errors has holes. */
  record Parsed(CompilationUnitTree unit, SourcePositions positions, List<Error> errors) {}

  static Parsed parse(String fileName, String text) {
    var collector = new DiagnosticCollector<JavaFileObject>();
    JavacTask task =
        (JavacTask)
            compiler()
                .getTask(
                    null,
                    null,
                    collector,
                    List.of("-proc:none"),
                    null,
                    List.of(new JavaText(fileName, text)));
    try {
      CompilationUnitTree unit = task.parse().iterator().next();
      return new Parsed(unit, Trees.instance(task).getSourcePositions(), errors(collector));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot parse " + fileName, e);
    }
  }

  /** Compiles up to where code would be written, and returns what is wrong. */
  static List<Error> analyze(List<JavaText> texts, String classPath) {
    if (texts.isEmpty()) {
      return List.of();
    }
    var collector = new DiagnosticCollector<JavaFileObject>();
    var options =
        List.of(
            "-proc:none",
            "-Xlint:none",
            "-Xmaxerrs",
            "1000",
            "--add-modules",
            "jdk.incubator.vector",
            "-classpath",
            classPath);
    JavacTask task = (JavacTask) compiler().getTask(null, null, collector, options, null, texts);
    try {
      task.analyze();
      return errors(collector);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot compile the blocks", e);
    }
  }

  private static JavaCompiler compiler() {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IllegalStateException("this Java has no compiler: a JDK is needed");
    }
    return compiler;
  }

  private static List<Error> errors(DiagnosticCollector<JavaFileObject> collector) {
    List<Error> errors = new ArrayList<>();
    for (Diagnostic<? extends JavaFileObject> each : collector.getDiagnostics()) {
      if (each.getKind() == Diagnostic.Kind.ERROR) {
        String sentence = each.getMessage(Locale.ROOT).replaceAll("\\s*\\n\\s*", "; ");
        var source = each.getSource();
        String in = source == null ? null : source.toUri().getPath().substring(1);
        errors.add(new Error(in, (int) each.getLineNumber(), sentence));
      }
    }
    return errors;
  }

  @Override
  public CharSequence getCharContent(boolean ignoreEncodingErrors) {
    return text;
  }

  /** A public type may stand in a text of any name. */
  @Override
  public boolean isNameCompatible(String simpleName, Kind kind) {
    return kind == Kind.SOURCE;
  }

  @Override
  public @Nullable NestingKind getNestingKind() {
    return null;
  }

  @Override
  public @Nullable Modifier getAccessLevel() {
    return null;
  }
}
