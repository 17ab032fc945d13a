package systems.course.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import systems.course.catalogue.CourseFile;
import systems.course.compare.Passages.Passage;
import systems.course.compare.Passages.Rated;
import systems.course.compare.Passages.Wanted;
import systems.course.cut.Region;

/**
 * What helps with a body, in three steps that tell more and more: the question that the starter
 * asks, the lecture's paragraph about it, the reference's solution.
 *
 * <p>The lecture's paragraph is one of text and never its code, which is the solution. A lecture of
 * the body's phase comes first; if none of them speaks of it, another may, if it names the body
 * itself, and then the commentary.
 */
public final class Hints {
  public static final int QUESTION = 1;
  public static final int LECTURE = 2;
  public static final int SOLUTION = 3;

  /** From this clarity on, a passage names the body and not only its type. */
  private static final int BY_NAME = 80;

  /** A body that a student writes. */
  public record Body(Member member, Region region) {
    /** The name under which it is asked for and remembered. */
    public String symbol() {
      return member.symbol();
    }

    public int phase() {
      return region.phase();
    }

    public String file() {
      return "src/main/java/" + member.file();
    }

    public String question() {
      return region.question();
    }
  }

  private final CourseFile module;
  private final Reference reference;
  private final List<Lecture> lectures;
  private final Optional<Passages> commentary;
  private final List<Body> bodies = new ArrayList<>();

  private Hints(
      CourseFile module,
      Reference reference,
      List<Lecture> lectures,
      Optional<Passages> commentary) {
    this.module = module;
    this.reference = reference;
    this.lectures = lectures;
    this.commentary = commentary;
    for (CourseFile.Phase phase : module.phases()) {
      for (Member member : reference.bodies(phase.number())) {
        reference.region(member).ifPresent(region -> bodies.add(new Body(member, region)));
      }
    }
  }

  /** The hints of a module whose lectures lie in its folder. */
  public static Hints of(CourseFile module, Reference reference, Path moduleFolder)
      throws IOException {
    return new Hints(
        module, reference, Lecture.in(moduleFolder), Passages.commentaryIn(moduleFolder));
  }

  static Hints of(CourseFile module, Reference reference, List<Lecture> lectures) {
    return new Hints(module, reference, lectures, Optional.empty());
  }

  public List<Body> bodies() {
    return List.copyOf(bodies);
  }

  public List<Body> bodies(int phase) {
    return bodies.stream().filter(body -> body.phase() == phase).toList();
  }

  /**
   * The bodies of that name: {@code KeyDir.Stripe#probe}, {@code Stripe#probe} or {@code probe}.
   */
  public List<Body> named(String name) {
    String dotted = name.replace('#', '.');
    return bodies.stream()
        .filter(body -> ("." + body.symbol().replace('#', '.')).endsWith("." + dotted))
        .toList();
  }

  /** Those that a student has not written yet: they are still what the starter had. */
  public List<Body> open(List<SourceText> student, int startPhase) {
    var comparison =
        Comparison.of(
            new Comparison.Input(
                module, reference, Optional.empty(), startPhase, student, List.of()));
    List<Member> open =
        comparison.phases().stream()
            .flatMap(phase -> phase.items(Item.Standing.OPEN).stream())
            .map(Item::member)
            .toList();
    return bodies.stream().filter(body -> open.contains(body.member)).toList();
  }

  /** What the lectures say of a body. */
  Optional<Passage> lecture(Body body) {
    var wanted = Wanted.of(body.member, body.phase(), this::isUnique);
    List<Lecture> own = lectures.stream().filter(l -> l.phase() == body.phase()).toList();
    return clearest(own, wanted)
        .or(() -> clearest(lectures, wanted).filter(rated -> rated.clarity() >= BY_NAME))
        .map(Rated::passage)
        .or(() -> commentary.flatMap(text -> text.of(wanted)));
  }

  private static Optional<Rated> clearest(List<Lecture> lectures, Wanted wanted) {
    return lectures.stream()
        .flatMap(lecture -> lecture.passages().rated(wanted).stream())
        .max(Rated.CLEAREST);
  }

  private boolean isUnique(String name) {
    return reference.reading().members().stream()
            .filter(member -> member.name().equals(name))
            .count()
        == 1;
  }

  /** One step of help with a body, as Markdown. */
  public String text(Body body, int step) {
    return switch (step) {
      case QUESTION -> body.question();
      case LECTURE -> lecture(body).map(Hints::quoted).orElseGet(() -> silent(body));
      case SOLUTION -> "```java\n" + solution(body) + "\n```";
      default -> throw new IllegalArgumentException("step " + step);
    };
  }

  private static String quoted(Passage passage) {
    return "%s, \"%s\":\n\n%s".formatted(passage.source(), passage.heading(), passage.text());
  }

  private String silent(Body body) {
    String titles =
        lectures.stream()
            .filter(lecture -> lecture.phase() == body.phase())
            .map(lecture -> "- %s (%s)".formatted(lecture.title(), lecture.file()))
            .sorted(Comparator.naturalOrder())
            .reduce((a, b) -> a + "\n" + b)
            .orElse("- there is none");
    return ("No lecture speaks of it by name. What must hold, the comment above `%s` says."
            + " The lectures of phase %d:%n%n%s")
        .formatted(body.member.type(), body.phase(), titles);
  }

  private static String solution(Body body) {
    var text = new StringBuilder();
    Statement.of(body.member.text()).forEach(s -> text.append(s.text()).append('\n'));
    return text.toString().stripTrailing();
  }
}
