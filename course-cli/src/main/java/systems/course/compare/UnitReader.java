package systems.course.compare;

import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.BlockTree;
import com.sun.source.tree.CaseTree;
import com.sun.source.tree.CatchTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ConditionalExpressionTree;
import com.sun.source.tree.DefaultCaseLabelTree;
import com.sun.source.tree.DoWhileLoopTree;
import com.sun.source.tree.EnhancedForLoopTree;
import com.sun.source.tree.ForLoopTree;
import com.sun.source.tree.IfTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.tree.WhileLoopTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;

/** Takes one parsed file apart into types and members. */
final class UnitReader {
  private static final Pattern COMMENT = Pattern.compile("//.*|/\\*(?s:.*?)\\*/");
  private static final Pattern ANNOTATION =
      Pattern.compile("@(?!interface\\b)[\\w.]+(\\([^()]*\\))?\\s*");

  private final CompilationUnitTree unit;
  private final SourcePositions positions;
  private final String text;
  private final String file;
  private final String packageName;
  private final List<Type> types = new ArrayList<>();

  UnitReader(JavacTask task, CompilationUnitTree unit, SourceText source) {
    this.unit = unit;
    positions = Trees.instance(task).getSourcePositions();
    text = source.text();
    file = source.path();
    packageName = unit.getPackageName() == null ? "" : unit.getPackageName().toString();
  }

  List<Type> types() {
    for (Tree declaration : unit.getTypeDecls()) {
      if (declaration instanceof ClassTree type && isPlaced(type)) {
        read(type, null);
      }
    }
    return types;
  }

  /** Where a type declaration stands: the names of what is around it, and who sees them. */
  private record Surroundings(String name, boolean visible, boolean isInterface) {}

  private void read(ClassTree tree, @Nullable Surroundings outer) {
    String simple = tree.getSimpleName().toString();
    String name = outer == null ? simple : outer.name + "." + simple;
    boolean visible =
        outer == null
            ? isPublic(tree.getModifiers())
            : outer.visible && (outer.isInterface || isPublic(tree.getModifiers()));
    var here = new Surroundings(name, visible, isInterface(tree));
    int at = types.size();
    int headerEnd = headerEnd(tree);
    Member header = header(tree, headerEnd, here);
    List<Member> members = new ArrayList<>();
    types.add(new Type(packageName, name, header, members));
    Tree before = null;
    for (Tree member : tree.getMembers()) {
      if (member instanceof ClassTree nested && isPlaced(nested)) {
        read(nested, here);
      } else if (isPlaced(member) && start(member) >= headerEnd) {
        member(member, before, here).ifPresent(members::add);
        before = member;
      }
    }
    assert types.get(at).members() == members;
  }

  private static boolean isInterface(ClassTree tree) {
    return tree.getKind() == Tree.Kind.INTERFACE || tree.getKind() == Tree.Kind.ANNOTATION_TYPE;
  }

  private static boolean isPublic(ModifiersTree modifiers) {
    return modifiers.getFlags().contains(Modifier.PUBLIC)
        || modifiers.getFlags().contains(Modifier.PROTECTED);
  }

  private Member header(ClassTree tree, int end, Surroundings here) {
    int start = start(tree);
    String written = text.substring(start, end).stripTrailing();
    String api = here.visible ? onOneLine(withoutAnnotations(written)) : "";
    return member(Member.Kind.HEADER, here.name, List.of(), start, end, null, api, here);
  }

  /** The offset of the brace that opens a type's body. */
  private int headerEnd(ClassTree tree) {
    int start = start(tree);
    int deep = 0;
    for (Token token : Token.codeOf(text.substring(start, end(tree)))) {
      if (token.is("(")) {
        deep++;
      } else if (token.is(")")) {
        deep--;
      } else if (token.is("{") && deep == 0) {
        return start + token.start();
      }
    }
    return end(tree);
  }

  private Optional<Member> member(Tree tree, @Nullable Tree before, Surroundings here) {
    return switch (tree) {
      case MethodTree method -> Optional.of(method(method, here));
      case VariableTree variable -> Optional.of(variable(variable, before, here));
      case BlockTree block ->
          Optional.of(
              member(
                  Member.Kind.INITIALIZER,
                  block.isStatic() ? "static {}" : "{}",
                  List.of(),
                  start(block),
                  end(block),
                  block,
                  "",
                  here));
      default -> Optional.empty();
    };
  }

  private Member method(MethodTree method, Surroundings here) {
    boolean constructor = method.getReturnType() == null;
    String simple = here.name.substring(here.name.lastIndexOf('.') + 1);
    String name = constructor ? simple : method.getName().toString();
    List<String> parameters =
        method.getParameters().stream().map(p -> onOneLine(typeOf(p))).toList();
    return member(
        constructor ? Member.Kind.CONSTRUCTOR : Member.Kind.METHOD,
        name,
        parameters,
        start(method),
        end(method),
        method,
        seenFromOutside(method.getModifiers(), here) ? api(method, name, parameters) : "",
        here);
  }

  private static boolean seenFromOutside(ModifiersTree modifiers, Surroundings here) {
    boolean member =
        here.isInterface ? !modifiers.getFlags().contains(Modifier.PRIVATE) : isPublic(modifiers);
    return here.visible && member;
  }

  private static String typeOf(VariableTree parameter) {
    return parameter.getType() == null ? "" : withoutAnnotations(parameter.getType().toString());
  }

  private static String api(MethodTree method, String name, List<String> parameters) {
    String returned = method.getReturnType() == null ? "" : method.getReturnType() + " ";
    String thrown =
        method.getThrows().isEmpty()
            ? ""
            : " throws "
                + method.getThrows().stream().map(Tree::toString).collect(Collectors.joining(", "));
    return onOneLine(
        withoutAnnotations(
            flags(method.getModifiers())
                + returned
                + name
                + "("
                + String.join(", ", parameters)
                + ")"
                + thrown));
  }

  private static String flags(ModifiersTree modifiers) {
    return modifiers.getFlags().stream()
        .filter(flag -> flag != Modifier.SYNCHRONIZED && flag != Modifier.NATIVE)
        .map(flag -> flag + " ")
        .collect(Collectors.joining());
  }

  private Member variable(VariableTree variable, @Nullable Tree before, Surroundings here) {
    String name = variable.getName().toString();
    boolean constant = variable.getType() == null || isEnumConstant(variable);
    String api = "";
    if (seenFromOutside(variable.getModifiers(), here)) {
      api =
          constant
              ? name
              : onOneLine(flags(variable.getModifiers()) + typeOf(variable) + " " + name);
    }
    Member member =
        member(
            constant ? Member.Kind.CONSTANT : Member.Kind.FIELD,
            name,
            List.of(),
            start(variable),
            end(variable),
            variable,
            api,
            here);
    boolean shared = before instanceof VariableTree first && start(first) == start(variable);
    return !constant && (shared || member.code().getLast().is(","))
        ? asIfAlone(member, variable)
        : member;
  }

  /** One of {@code int a, b;}: its text would hold the other's, or half of it. */
  private static Member asIfAlone(Member member, VariableTree variable) {
    String alone = variable + ";";
    return new Member(
        member.kind(),
        member.type(),
        member.name(),
        member.parameters(),
        member.file(),
        member.firstLine(),
        member.lastLine(),
        alone,
        Token.codeOf(alone),
        member.locals(),
        member.api(),
        member.branches());
  }

  private boolean isEnumConstant(VariableTree variable) {
    List<Token> code = Token.codeOf(text.substring(start(variable), end(variable)));
    return code.stream()
        .filter(token -> token.isName() || token.kind() == Token.Kind.KEYWORD)
        .findFirst()
        .filter(token -> token.text().equals(variable.getName().toString()))
        .isPresent();
  }

  private Member member(
      Member.Kind kind,
      String name,
      List<String> parameters,
      int start,
      int end,
      @Nullable Tree tree,
      String api,
      Surroundings here) {
    int lineStart = text.lastIndexOf('\n', start - 1) + 1;
    boolean alone = text.substring(lineStart, start).isBlank();
    String written = text.substring(alone ? lineStart : start, end).stripTrailing();
    var census = new Census();
    census.scan(tree instanceof VariableTree field ? field.getInitializer() : tree, null);
    return new Member(
        kind,
        here.name,
        name,
        parameters,
        file,
        line(start),
        line(Math.max(start, end - 1)),
        written,
        Token.codeOf(written),
        Set.copyOf(census.locals),
        api,
        census.branches);
  }

  private boolean isPlaced(Tree tree) {
    return start(tree) >= 0 && end(tree) > start(tree);
  }

  private int start(Tree tree) {
    return (int) positions.getStartPosition(unit, tree);
  }

  private int end(Tree tree) {
    return (int) positions.getEndPosition(unit, tree);
  }

  private int line(int offset) {
    return (int) unit.getLineMap().getLineNumber(offset);
  }

  private static String withoutAnnotations(String code) {
    return ANNOTATION.matcher(code).replaceAll("");
  }

  private static String onOneLine(String code) {
    return COMMENT.matcher(code).replaceAll(" ").replaceAll("\\s+", " ").strip();
  }

  /** Counts a member's branches and collects the names that it declares for itself. */
  private static final class Census extends TreeScanner<@Nullable Void, @Nullable Void> {
    final Set<String> locals = new HashSet<>();
    int branches;

    @Override
    public @Nullable Void visitVariable(VariableTree node, @Nullable Void unused) {
      locals.add(node.getName().toString());
      return super.visitVariable(node, null);
    }

    @Override
    public @Nullable Void visitIf(IfTree node, @Nullable Void unused) {
      branches++;
      return super.visitIf(node, null);
    }

    @Override
    public @Nullable Void visitForLoop(ForLoopTree node, @Nullable Void unused) {
      branches++;
      return super.visitForLoop(node, null);
    }

    @Override
    public @Nullable Void visitEnhancedForLoop(EnhancedForLoopTree node, @Nullable Void unused) {
      branches++;
      return super.visitEnhancedForLoop(node, null);
    }

    @Override
    public @Nullable Void visitWhileLoop(WhileLoopTree node, @Nullable Void unused) {
      branches++;
      return super.visitWhileLoop(node, null);
    }

    @Override
    public @Nullable Void visitDoWhileLoop(DoWhileLoopTree node, @Nullable Void unused) {
      branches++;
      return super.visitDoWhileLoop(node, null);
    }

    @Override
    public @Nullable Void visitCase(CaseTree node, @Nullable Void unused) {
      branches +=
          node.getLabels().stream().anyMatch(l -> !(l instanceof DefaultCaseLabelTree)) ? 1 : 0;
      return super.visitCase(node, null);
    }

    @Override
    public @Nullable Void visitCatch(CatchTree node, @Nullable Void unused) {
      branches++;
      return super.visitCatch(node, null);
    }

    @Override
    public @Nullable Void visitConditionalExpression(
        ConditionalExpressionTree node, @Nullable Void unused) {
      branches++;
      return super.visitConditionalExpression(node, null);
    }

    @Override
    public @Nullable Void visitBinary(BinaryTree node, @Nullable Void unused) {
      boolean shortCircuit =
          node.getKind() == Tree.Kind.CONDITIONAL_AND || node.getKind() == Tree.Kind.CONDITIONAL_OR;
      branches += shortCircuit ? 1 : 0;
      return super.visitBinary(node, null);
    }
  }
}
