package systems.course.cut;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The cutter against a model that never sees text: a tree of lines and regions. */
class CutProperties {
  private static final int PHASES = 4;
  private static final Path FILE = Path.of("Toy.java");

  private sealed interface Node {}

  private record Line(String code, boolean wrong) implements Node {}

  private record Part(int phase, Region.Kind kind, String stub, List<Node> inner) implements Node {}

  @Property(edgeCases = EdgeCasesMode.NONE)
  void starterHasWhatEarlierPhasesWroteAndStubsForTheRest(@ForAll("trees") List<Node> tree) {
    MarkedSource source = MarkedSource.parse(FILE, marked(tree));
    for (int phase = 1; phase <= PHASES; phase++) {
      assertThat(source.starter(phase)).isEqualTo(cut(tree, phase, ""));
    }
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void afterTheLastPhaseTheStarterIsTheReading(@ForAll("trees") List<Node> tree) {
    MarkedSource source = MarkedSource.parse(FILE, marked(tree));
    assertThat(source.starter(PHASES + 1)).isEqualTo(source.reading());
    assertThat(source.reading()).isEqualTo(cut(tree, PHASES + 1, "")).doesNotContain("//");
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void bugDiffersFromTheReadingInItsOneLine(@ForAll("trees") List<Node> tree) {
    MarkedSource source = MarkedSource.parse(FILE, marked(tree));
    List<String> right = source.reading().lines().toList();
    for (Bug bug : source.bugs()) {
      List<String> wrong = source.withBug(bug.name()).lines().toList();
      assertThat(wrong).hasSameSizeAs(right);
      List<String> different = new ArrayList<>(wrong);
      for (int i = right.size() - 1; i >= 0; i--) {
        if (right.get(i).equals(wrong.get(i))) {
          different.remove(i);
        }
      }
      assertThat(different).map(String::strip).containsExactly(bug.replacement());
    }
  }

  @Property(edgeCases = EdgeCasesMode.NONE)
  void losingAMarkerIsNoticed(@ForAll("trees") List<Node> tree, @ForAll int any) {
    List<String> lines = new ArrayList<>(marked(tree).lines().toList());
    List<Integer> markers = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).strip().startsWith("//")) {
        markers.add(i);
      }
    }
    if (!markers.isEmpty()) {
      lines.remove(markers.get(Math.floorMod(any, markers.size())).intValue());
      String text = String.join("\n", lines);
      assertThat(catchThrowable(() -> MarkedSource.parse(FILE, text)))
          .hasMessageStartingWith("Toy.java:");
    }
  }

  @Provide
  Arbitrary<List<Node>> trees() {
    return forest(0).map(CutProperties::numbered);
  }

  /** Regions inside of a region of phase {@code above}; 0 for the file itself. */
  private static Arbitrary<List<Node>> forest(int above) {
    Arbitrary<Node> lines = Arbitraries.of(true, false).map(wrong -> new Line("x", wrong));
    Arbitrary<Node> nodes = above == PHASES ? lines : Arbitraries.oneOf(lines, parts(above + 1));
    return nodes.list().ofMaxSize(4);
  }

  private static Arbitrary<Node> parts(int phaseMin) {
    return Arbitraries.integers()
        .between(phaseMin, PHASES)
        .flatMap(phase ->
            forest(phase)
                .flatMap(inner ->
                    Arbitraries.of("only", "", "stub();").map(how -> part(phase, how, inner))));
  }

  private static Node part(int phase, String how, List<Node> inner) {
    return how.equals("only")
        ? new Part(phase, Region.Kind.ONLY, "", inner)
        : new Part(phase, Region.Kind.BODY, how, inner);
  }

  /** Gives each line a text of its own. */
  private static List<Node> numbered(List<Node> nodes) {
    return numbered(nodes, new int[1]);
  }

  private static List<Node> numbered(List<Node> nodes, int[] next) {
    List<Node> numbered = new ArrayList<>();
    for (Node node : nodes) {
      numbered.add(
          switch (node) {
            case Line line -> new Line("f(" + next[0]++ + ");", line.wrong());
            case Part part ->
                new Part(part.phase(), part.kind(), part.stub(), numbered(part.inner(), next));
          });
    }
    return numbered;
  }

  private static String marked(List<Node> tree) {
    StringBuilder text = new StringBuilder();
    mark(tree, "", 0, text);
    return text.toString();
  }

  private static void mark(List<Node> nodes, String indentation, int phase, StringBuilder text) {
    for (Node node : nodes) {
      switch (node) {
        case Line(String code, boolean wrong) -> {
          String said = phase == 0 ? "phase 1 " : "";
          String name = "b" + code.replaceAll("\\D", "");
          String end = wrong ? " //~ " + said + name + ": wrong(" + name + ");" : "";
          text.append(indentation).append(code).append(end).append('\n');
        }
        case Part(int own, Region.Kind kind, String stub, List<Node> inner) -> {
          String what = kind == Region.Kind.ONLY ? " only" : ": why?";
          text.append("%s//> phase %d%s%n".formatted(indentation, own, what));
          mark(inner, indentation + "  ", own, text);
          String with = stub.isEmpty() ? "" : " with: " + stub;
          text.append("%s//< phase %d%s%n".formatted(indentation, own, with));
        }
      }
    }
  }

  private static String cut(List<Node> nodes, int phase, String indentation) {
    StringBuilder text = new StringBuilder();
    for (Node node : nodes) {
      switch (node) {
        case Line line -> text.append(indentation).append(line.code()).append('\n');
        case Part part when part.phase() < phase ->
            text.append(cut(part.inner(), phase, indentation + "  "));
        case Part part when part.kind() == Region.Kind.BODY -> {
          String refusal =
              "throw new UnsupportedOperationException(\"phase %d: why?\");"
                  .formatted(part.phase());
          text.append("%s// TODO phase %d: why?%n".formatted(indentation, part.phase()));
          text.append(indentation).append(part.stub().isEmpty() ? refusal : part.stub());
          text.append('\n');
        }
        case Part _ -> {}
      }
    }
    return text.toString();
  }
}
