package systems.course.compare;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import javax.tools.Diagnostic;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * Java sources as types and members.
 *
 * <p>The compiler's parser reads them ({@code com.sun.source}, module jdk.compiler); names are not
 * resolved, so nothing has to compile. Where a file breaks the grammar, the parser says so, skips
 * to where it knows its way again, and the members that it has seen are compared like all others.
 *
 * @param types in the order of files and declarations
 * @param complaints a sentence for each file that does not parse whole
 */
record Program(List<Type> types, List<String> complaints) {

  static Program of(List<SourceText> texts) {
    try {
      return parsed(texts);
    } catch (StackOverflowError | IllegalStateException e) {
      boolean tooDeep =
          e instanceof StackOverflowError || e.getCause() instanceof StackOverflowError;
      if (!tooDeep) {
        throw e;
      }
      return texts.size() == 1 ? withoutDeep(texts.getFirst()) : oneByOne(texts);
    }
  }

  /** What can be had when one of the files is nested more deeply than the parser can follow. */
  private static Program oneByOne(List<SourceText> texts) {
    List<Type> types = new ArrayList<>();
    List<String> complaints = new ArrayList<>();
    for (SourceText text : texts) {
      Program program = of(List.of(text));
      types.addAll(program.types);
      complaints.addAll(program.complaints);
    }
    return new Program(types, complaints);
  }

  private static Program withoutDeep(SourceText text) {
    return new Program(
        List.of(), List.of(text.path() + " is nested too deeply to be parsed and is left out"));
  }

  private static Program parsed(List<SourceText> texts) {
    if (texts.isEmpty()) {
      return new Program(List.of(), List.of());
    }
    Map<URI, SourceText> files = new LinkedHashMap<>();
    texts.forEach(text -> files.put(InMemory.uri(text.path()), text));
    List<InMemory> units = texts.stream().map(InMemory::new).toList();
    List<Diagnostic<? extends JavaFileObject>> diagnostics = new ArrayList<>();
    var task =
        (JavacTask)
            ToolProvider.getSystemJavaCompiler()
                .getTask(
                    Writer.nullWriter(),
                    null,
                    diagnostics::add,
                    List.of("-proc:none"),
                    null,
                    units);
    List<Type> types = new ArrayList<>();
    try {
      for (CompilationUnitTree unit : task.parse()) {
        SourceText text = Objects.requireNonNull(files.get(unit.getSourceFile().toUri()));
        types.addAll(new UnitReader(task, unit, text).types());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read sources from memory", e);
    }
    return new Program(List.copyOf(types), complaints(diagnostics, files));
  }

  private static final int COMPLAINT_CHARS_MAX = 70;

  /** The first complaint of each file; what the parser says after it is mostly its consequence. */
  private static List<String> complaints(
      List<Diagnostic<? extends JavaFileObject>> diagnostics, Map<URI, SourceText> files) {
    Map<String, String> first = new LinkedHashMap<>();
    for (var diagnostic : diagnostics) {
      JavaFileObject source = diagnostic.getSource();
      SourceText file = source == null ? null : files.get(source.toUri());
      if (diagnostic.getKind() == Diagnostic.Kind.ERROR && file != null) {
        String said = diagnostic.getMessage(Locale.ENGLISH).lines().findFirst().orElse("");
        String sentence = said.length() > COMPLAINT_CHARS_MAX ? "no Java" : said;
        first.putIfAbsent(
            file.path(),
            "%s:%d does not parse (%s); it is compared as far as it does"
                .formatted(file.path(), diagnostic.getLineNumber(), sentence));
      }
    }
    return List.copyOf(first.values());
  }

  Optional<Type> type(String qualifiedName) {
    return types.stream().filter(type -> type.qualifiedName().equals(qualifiedName)).findFirst();
  }

  /** All members, headers among them, by qualified type name and signature. */
  Map<String, Member> bySignature() {
    Map<String, Member> members = new HashMap<>();
    for (Type type : types) {
      type.headerAndMembers()
          .forEach(member ->
              members.putIfAbsent(type.qualifiedName() + " " + member.signature(), member));
    }
    return members;
  }

  List<Member> members() {
    return types.stream().flatMap(Type::headerAndMembers).toList();
  }

  /** A source that the compiler reads from memory. */
  private static final class InMemory extends SimpleJavaFileObject {
    private final SourceText text;

    InMemory(SourceText text) {
      super(uri(text.path()), Kind.SOURCE);
      this.text = text;
    }

    static URI uri(String path) {
      try {
        return new URI("memory", null, "/" + path, null);
      } catch (URISyntaxException e) {
        throw new IllegalArgumentException(path, e);
      }
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text.text();
    }
  }
}
