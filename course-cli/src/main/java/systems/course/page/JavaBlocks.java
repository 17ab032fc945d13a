package systems.course.page;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import systems.course.catalogue.CourseException;

/**
 * Compiles the java blocks that are not taken from a source.
 *
 * <p>A block may be of four shapes, and the parser says of which:
 *
 * <pre>
 *   types                class A {} record B() {}       as it is, in a package of its own
 *   a compact source     void main() {}                 as it is
 *   members              int twice(int n) { ... }       class Block7 { ... }
 *   statements           var map = Map.of();            class Block7 { void run() { ... } }
 * </pre>
 *
 * <p>All of java.base is imported, as it is in a compact source file. What is put around a block
 * stands on the line before its first, on the line of its last import and behind its end, so a line
 * of the compiler is a line of the page, shifted by one number.
 *
 * <p>All blocks are one task of the compiler: it reads the class path once.
 */
final class JavaBlocks {
  private static final String HEADER = "package page.%s; import module java.base;";
  private static final String MEMBERS = "class %s {";
  private static final String STATEMENTS = "class %s { void run() throws Exception {";

  private final Map<String, Block> blocks = new HashMap<>();
  private final List<JavaText> texts = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();

  private JavaBlocks() {}

  static List<Problem> compile(List<Block> blocks, List<Path> classPath) {
    var all = new JavaBlocks();
    blocks.forEach(all::add);
    all.analyze(
        classPath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)));
    return all.problems;
  }

  private void add(Block block) {
    String name = "Block" + (blocks.size() + 1);
    blocks.put(name, block);
    var asItIs = parse(name, "\n" + block.text());
    if (asItIs.errors().isEmpty()) {
      texts.add(new JavaText(name + ".java", finished(asItIs, name, block)));
      return;
    }
    String wrapped = wrapped(block, name, STATEMENTS, "}}");
    var asStatements = parse(name, wrapped);
    if (asStatements.errors().isEmpty()) {
      texts.add(new JavaText(name + ".java", wrapped));
    } else {
      report(furthest(asItIs.errors(), asStatements.errors()));
    }
  }

  private static JavaText.Parsed parse(String name, String text) {
    return JavaText.parse(name + ".java", text);
  }

  /** Of the shapes that do not fit the one that fits longest is what its author had in mind. */
  private static List<JavaText.Error> furthest(
      List<JavaText.Error> asItIs, List<JavaText.Error> asStatements) {
    return asStatements.getFirst().line() > asItIs.getFirst().line() ? asStatements : asItIs;
  }

  private static String finished(JavaText.Parsed parsed, String name, Block block) {
    for (Tree type : parsed.unit().getTypeDecls()) {
      if (type instanceof ClassTree tree && tree.getSimpleName().contentEquals(name)) {
        return hasMain(tree) ? "\n" + block.text() : wrapped(block, name, MEMBERS, "}");
      }
    }
    return parsed.unit().getPackage() != null
        ? "\n" + block.text()
        : HEADER.formatted(name) + "\n" + block.text();
  }

  private static boolean hasMain(ClassTree implicit) {
    return implicit.getMembers().stream()
        .anyMatch(
            each -> each instanceof MethodTree method && method.getName().contentEquals("main"));
  }

  private static String wrapped(Block block, String name, String opening, String closing) {
    List<String> lines = new ArrayList<>();
    lines.add(HEADER.formatted(name));
    lines.addAll(block.content());
    int top = lastImport(lines);
    lines.set(top, lines.get(top) + " " + opening.formatted(name));
    lines.add(closing);
    return String.join("\n", lines) + "\n";
  }

  /** The last line of those at the top that import something; the header is one of them. */
  private static int lastImport(List<String> lines) {
    int last = 0;
    for (int i = 1; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.startsWith("import ")) {
        last = i;
      } else if (!line.isEmpty() && !line.startsWith("//")) {
        break;
      }
    }
    return last;
  }

  private void analyze(String classPath) {
    report(JavaText.analyze(texts, classPath));
  }

  private void report(List<JavaText.Error> errors) {
    for (JavaText.Error error : errors) {
      var block = error.in() == null ? null : blocks.get(error.in().replace(".java", ""));
      if (block == null) {
        throw CourseException.failed("the compiler says: " + error.sentence());
      }
      problems.add(block.problem(error.line() - 1, "does not compile: " + error.sentence()));
    }
  }
}
