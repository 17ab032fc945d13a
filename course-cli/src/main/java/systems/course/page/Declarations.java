package systems.course.page;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.SourcePositions;
import java.io.Serial;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/**
 * The declarations of one Java source, each with the characters that it spans.
 *
 * <pre>
 *   Segment                    a type; Segment.Cursor or, if there is only one of that name, Cursor
 *   Segment#append             a method, field or enum constant
 *   Segment#append(byte[],int) one of several methods: types as they are written, without
 *                              annotations, packages and type arguments
 *   Segment#Segment(Path)      a constructor, also the compact one of a record
 * </pre>
 *
 * <p>A declaration begins at its annotations and modifiers: the Javadoc above it stays behind,
 * because the text around a snippet says what it is for. It ends at its brace or semicolon, or
 * behind the comment that follows on the same line.
 *
 * <p>The compiler's own parser finds them, in a few milliseconds a file. A regular expression for a
 * method was the alternative; it breaks at the first generic return type or annotation.
 */
final class Declarations {
  /** One of them; {@code parameters} is null if it is no method. */
  private record Declaration(
      String type, String member, @Nullable String parameters, int start, int end) {
    String symbol() {
      return type + (member.isEmpty() ? "" : "#" + member) + (parameters == null ? "" : parameters);
    }

    boolean is(Wanted wanted) {
      return (type.equals(wanted.type) || type.endsWith("." + wanted.type))
          && member.equals(wanted.member)
          && (wanted.parameters == null || wanted.parameters.equals(parameters));
    }
  }

  private record Wanted(String type, String member, @Nullable String parameters) {
    static Wanted of(String symbol) {
      String plain = symbol.replaceAll("\\s", "").replace("...", "[]");
      int hash = plain.indexOf('#');
      int paren = plain.indexOf('(', Math.max(hash, 0));
      String name = paren < 0 ? plain : plain.substring(0, paren);
      return new Wanted(
          hash < 0 ? name : name.substring(0, hash),
          hash < 0 ? "" : name.substring(hash + 1),
          paren < 0 ? null : plain.substring(paren));
    }
  }

  private final String source;
  private final CompilationUnitTree unit;
  private final SourcePositions positions;
  private final List<Declaration> all = new ArrayList<>();

  private Declarations(String source, CompilationUnitTree unit, SourcePositions positions) {
    this.source = source;
    this.unit = unit;
    this.positions = positions;
  }

  /** Says in a sentence why a source or a symbol cannot be shown. */
  static final class NotFound extends Exception {
    @Serial private static final long serialVersionUID = 1;

    final String sentence;

    NotFound(String sentence) {
      super(sentence);
      this.sentence = sentence;
    }
  }

  static Declarations of(String fileName, String source) throws NotFound {
    var parsed = JavaText.parse(fileName, source);
    if (!parsed.errors().isEmpty()) {
      throw new NotFound("its source does not parse: " + parsed.errors().getFirst().sentence());
    }
    var declarations = new Declarations(source, parsed.unit(), parsed.positions());
    for (Tree type : parsed.unit().getTypeDecls()) {
      if (type instanceof ClassTree tree) {
        declarations.addType("", tree);
      }
    }
    return declarations;
  }

  private void addType(String outer, ClassTree tree) {
    String type = outer + tree.getSimpleName();
    add(type, "", null, tree);
    for (Tree member : tree.getMembers()) {
      switch (member) {
        case ClassTree nested -> addType(type + ".", nested);
        case MethodTree method -> add(type, nameOf(method, tree), parametersOf(method), method);
        case VariableTree component when isComponent(component, tree) -> {}
        case VariableTree field -> add(type, field.getName().toString(), null, field);
        default -> {}
      }
    }
  }

  private static String nameOf(MethodTree method, ClassTree type) {
    boolean constructor = method.getName().contentEquals("<init>");
    return constructor ? type.getSimpleName().toString() : method.getName().toString();
  }

  /** A record's header lists its components; the parser shows them as fields. */
  private static boolean isComponent(VariableTree variable, ClassTree type) {
    return type.getKind() == Tree.Kind.RECORD
        && !variable.getModifiers().getFlags().contains(Modifier.STATIC);
  }

  private static String parametersOf(MethodTree method) {
    return method.getParameters().stream()
        .map(parameter -> plainType(String.valueOf(parameter.getType())))
        .collect(Collectors.joining(",", "(", ")"));
  }

  /** {@code java.util.@Nullable List<? extends A> []} is {@code List[]}. */
  private static String plainType(String type) {
    String plain = type.replaceAll("@[\\w.]+(\\([^)]*\\))?", "").replaceAll("\\s", "");
    for (String shorter = ""; !shorter.equals(plain); ) {
      shorter = plain;
      plain = plain.replaceAll("<[^<>]*>", "");
    }
    return plain.replaceAll("\\w+\\.(?=\\w)", "").replace("...", "[]");
  }

  private void add(String type, String member, @Nullable String parameters, Tree tree) {
    int start = (int) positions.getStartPosition(unit, tree);
    int end = (int) positions.getEndPosition(unit, tree);
    assert 0 <= start && start < end && end <= source.length() : type + "#" + member;
    all.add(new Declaration(type, member, parameters, start, end));
  }

  /**
   * The lines of a declaration, moved to the left margin.
   *
   * @throws NotFound if there is none of that name or more than one
   */
  List<String> lines(String symbol) throws NotFound {
    var wanted = Wanted.of(symbol);
    List<Declaration> found = all.stream().filter(each -> each.is(wanted)).toList();
    if (found.isEmpty()) {
      throw new NotFound("there is no %s in it; %s".formatted(symbol, nearest(wanted)));
    }
    if (found.size() > 1) {
      throw new NotFound("%s may be any of: %s".formatted(symbol, listed(found)));
    }
    return atTheMargin(found.getFirst());
  }

  /** What else could have been meant: members of that name, then those of the type, then types. */
  private String nearest(Wanted wanted) {
    List<Declaration> sameName =
        all.stream()
            .filter(each -> !wanted.member.isEmpty() && each.member.equals(wanted.member))
            .toList();
    List<Declaration> sameType =
        all.stream()
            .filter(each -> each.type.equals(wanted.type) && !each.member.isEmpty())
            .toList();
    List<Declaration> types = all.stream().filter(each -> each.member.isEmpty()).toList();
    var shown = !sameName.isEmpty() ? sameName : !sameType.isEmpty() ? sameType : types;
    return "there are: " + listed(shown);
  }

  private static String listed(List<Declaration> declarations) {
    return declarations.stream().map(Declaration::symbol).collect(Collectors.joining("; "));
  }

  private List<String> atTheMargin(Declaration declaration) {
    int lineStart = source.lastIndexOf('\n', declaration.start - 1) + 1;
    String before = source.substring(lineStart, declaration.start);
    int margin = before.isBlank() ? before.length() : 0;
    return source
        .substring(declaration.start, withComment(declaration.end))
        .lines()
        .map(line -> withoutMargin(line, margin))
        .toList();
  }

  /** The end of the line if only a comment follows, as it does where a constant has its unit. */
  private int withComment(int end) {
    int lineEnd = source.indexOf('\n', end);
    String rest = source.substring(end, lineEnd < 0 ? source.length() : lineEnd);
    return rest.strip().startsWith("//") ? end + rest.stripTrailing().length() : end;
  }

  private static String withoutMargin(String line, int margin) {
    int blanks = 0;
    while (blanks < margin && blanks < line.length() && line.charAt(blanks) == ' ') {
      blanks++;
    }
    return line.substring(blanks);
  }
}
