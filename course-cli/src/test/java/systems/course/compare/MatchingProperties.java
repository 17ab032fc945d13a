package systems.course.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import systems.course.compare.Item.Standing;

/** Programs of random classes against what a student might do to them without changing them. */
class MatchingProperties {
  /** A class as its name and the texts of its members. */
  record Source(String name, List<String> members) {
    SourceText text() {
      return new SourceText(
          name + ".java", "public class %s {\n%s\n}\n".formatted(name, String.join("\n", members)));
    }
  }

  @Provide
  Arbitrary<List<Source>> programs() {
    var statement =
        Arbitraries.of(
            "a = b + 1;",
            "if (a > b) { b = a; }",
            "while (b < 9) { b++; }",
            "log(\"x\" + a);",
            "int c = a * b; b -= c;",
            "for (int i = 0; i < a; i++) { b += i; }",
            "return;",
            "synchronized (this) { a = 0; }");
    var body = statement.list().ofMinSize(1).ofMaxSize(6).map(all -> String.join("\n    ", all));
    var bodies = body.list().ofMinSize(1).ofMaxSize(5);
    return bodies.list().ofMinSize(1).ofMaxSize(4).map(MatchingProperties::sources);
  }

  private static List<Source> sources(List<List<String>> classes) {
    return IntStream.range(0, classes.size())
        .mapToObj(i -> new Source("Type" + i, members(i, classes.get(i))))
        .toList();
  }

  private static List<String> members(int type, List<String> bodies) {
    List<String> members = new ArrayList<>(List.of("  private int a;", "  int b = " + type + ";"));
    for (int i = 0; i < bodies.size(); i++) {
      members.add("  void m%d(int p%d) {\n    %s\n  }".formatted(i, type, bodies.get(i)));
    }
    return members;
  }

  private static Comparison compare(List<SourceText> reference, List<SourceText> student) {
    var texts = reference.stream().collect(Collectors.toMap(SourceText::path, SourceText::text));
    return Comparison.of(
        new Comparison.Input(
            Case.module(), new Reference(texts), Optional.empty(), 1, student, List.of()));
  }

  private static void assertAllSame(Comparison comparison) {
    assertThat(comparison.complaints()).isEmpty();
    assertThat(comparison.phases().stream().flatMap(phase -> phase.items().stream()))
        .isNotEmpty()
        .allMatch(item -> item.standing() == Standing.SAME);
  }

  private static List<SourceText> texts(List<Source> sources) {
    return sources.stream().map(Source::text).toList();
  }

  @Property(tries = 40)
  void programIsTheSameAsItself(@ForAll("programs") List<Source> program) {
    assertAllSame(compare(texts(program), texts(program)));
  }

  @Property(tries = 40)
  void orderOfMembersAndTheirFileAreNoDifference(
      @ForAll("programs") List<Source> program, @ForAll Random random) {
    var shuffled =
        program.stream()
            .map(source -> {
              List<String> members = new ArrayList<>(source.members());
              Collections.shuffle(members, random);
              return new Source(source.name(), members).text();
            })
            .toList();
    var oneFile =
        new SourceText(
            "moved/All.java",
            shuffled.stream().map(SourceText::text).collect(Collectors.joining("\n")));
    assertAllSame(compare(texts(program), List.of(oneFile)));
  }

  @Property(tries = 40)
  void renamedTypeIsFoundAgain(@ForAll("programs") List<Source> program) {
    Source first = program.getFirst();
    List<Source> renamed = new ArrayList<>(program.subList(1, program.size()));
    renamed.add(new Source("Other", first.members()));
    assertAllSame(compare(texts(program), texts(renamed)));
  }

  @Property(tries = 40)
  void oneChangedStatementIsOneDifferentMember(@ForAll("programs") List<Source> program) {
    Source last = program.getLast();
    List<String> members = new ArrayList<>(last.members());
    members.set(2, members.get(2).replaceFirst("\\{", "{ b = 77;"));
    List<Source> changed = new ArrayList<>(program.subList(0, program.size() - 1));
    changed.add(new Source(last.name(), members));
    var comparison = compare(texts(program), texts(changed));
    assertThat(comparison.phases().stream().flatMap(p -> p.items(Standing.DIFFERS).stream()))
        .singleElement()
        .satisfies(item -> assertThat(item.differing()).isEqualTo(1));
  }
}
