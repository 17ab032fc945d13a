package systems.course.exam;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import systems.course.catalogue.CourseException;
import systems.course.exam.Examiner.Ending;
import systems.course.exam.Verdict.Outcome;

/**
 * One examination, over as many rooms as it takes.
 *
 * <pre>
 *   room 1   plan: a b c d e     a passed   b passed   c ...  the JVM is gone
 *   here                                               c  EXITED
 *   room 2   told to leave out a b c                             d passed   e passed   done
 * </pre>
 *
 * <ol>
 *   <li>The room names what it is about to run before it runs it. When it dies, that is to blame:
 *       one method, or all undecided methods of a class when it died in what surrounds them
 *       ({@code @BeforeAll}, a static initialiser).
 *   <li>A method gets one verdict. Each death decides at least one method, or the examination is
 *       given up: so it ends.
 *   <li>A room that can still speak says why it dies. One that cannot (halted, killed, crashed) is
 *       judged by its exit code; one that is silent for longer than a test may take is killed.
 * </ol>
 */
final class Examination {
  /** The room's own clock should come first; it can tell what was running. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  /** To load the test classes; no code of a test runs in this time. */
  private static final Duration PLANNING_MAX = Duration.ofMinutes(2);

  private record Planned(String testClass, String method, String displayName, Set<String> tags) {
    boolean liesIn(String someClass) {
      return testClass.equals(someClass) || testClass.startsWith(someClass + "$");
    }
  }

  private record Death(Outcome outcome, Failure failure, String output) {
    /** An exit is told with its code, which nobody knows before it. */
    Death withExit(int exitCode) {
      if (outcome != Outcome.EXITED) {
        return this;
      }
      String message = "the JVM ended with exit code %d".formatted(exitCode);
      var told = new Failure(failure.type(), message, null, null, failure.frames());
      return new Death(outcome, told, output);
    }
  }

  private final Examiner examiner;
  private final List<Path> classFolders;
  private final Selection selection;
  private final Limits limits;
  private final IntConsumer planned;
  private final Consumer<Verdict> each;
  private final long deadlineNanos;

  private final Map<String, Planned> plan = new LinkedHashMap<>();
  private final Set<String> decided = new HashSet<>();
  private String withinClass = "";
  private String withinMethod = "";
  private boolean announced;
  private boolean begun;
  private boolean over;
  private @Nullable Death lastWords;

  Examination(
      Examiner examiner,
      List<Path> classFolders,
      Selection selection,
      Limits limits,
      IntConsumer planned,
      Consumer<Verdict> each) {
    this.examiner = examiner;
    this.classFolders = classFolders;
    this.selection = selection;
    this.limits = limits;
    this.planned = planned;
    this.each = each;
    this.deadlineNanos = System.nanoTime() + limits.whole().toNanos();
  }

  Ending run() {
    for (int deaths = 0; ; ) {
      Death death = sit();
      if (death == null) {
        return Ending.COMPLETE;
      }
      int before = decided.size();
      blame(death);
      if (timeLeft().isNegative()) {
        return Ending.TIME_UP;
      }
      if (decided.size() == before) {
        throw CourseException.failed("the JVM for tests ended: " + death.failure.message());
      }
      if (++deaths >= limits.deathsMax()) {
        return Ending.TOO_MANY_DEATHS;
      }
    }
  }

  /**
   * Runs all that is undecided in one room. Null when that was all, otherwise how the room died.
   */
  private @Nullable Death sit() {
    RoomProcess room = examiner.room();
    Wire wire = room.wire();
    withinClass = "";
    withinMethod = "";
    begun = false;
    over = false;
    lastWords = null;
    try {
      ask(wire);
      while (!over) {
        wire.patience(patience());
        hear(wire.receive());
      }
      return null;
    } catch (SocketTimeoutException e) {
      room.kill();
      examiner.discard();
      return silence();
    } catch (IOException e) {
      int exitCode = room.end();
      examiner.discard();
      return lastWords == null ? ended(exitCode, room.lastWords()) : lastWords.withExit(exitCode);
    }
  }

  private Duration patience() {
    Duration most = begun ? limits.perTest().plus(GRACE) : PLANNING_MAX;
    return timeLeft().compareTo(most) < 0 ? timeLeft() : most;
  }

  private void hear(Wire.Message message) throws IOException {
    switch (message.kind()) {
      case Wire.PLANNED -> plan(message);
      case Wire.BEGUN -> {
        begun = true;
        announce();
      }
      case Wire.WITHIN -> {
        withinClass = message.text(1);
        withinMethod = message.text(2);
      }
      case Wire.VERDICT -> decide(verdict(message));
      case Wire.DYING -> lastWords = dying(message);
      case Wire.DONE -> {
        over = true;
        if (!message.text(1).isEmpty()) {
          examiner.replace(message.text(1));
        }
      }
      case Wire.BROKEN -> {
        examiner.discard();
        throw CourseException.failed(message.text(1));
      }
      default -> throw new IOException("unexpected: " + message.kind());
    }
  }

  private void ask(Wire wire) throws IOException {
    List<String> selectors =
        switch (selection) {
          case Selection.Tagged(var include, var required, var exclude) ->
              List.of("tags", Wire.lines(include), Wire.lines(required), Wire.lines(exclude));
          case Selection.Methods(var names) -> List.of("methods", Wire.lines(names), "", "");
        };
    wire.send(
        Wire.EXAMINE,
        Wire.lines(classFolders),
        selectors.get(0),
        selectors.get(1),
        selectors.get(2),
        selectors.get(3),
        Wire.lines(decided));
  }

  private Duration timeLeft() {
    return Duration.ofNanos(deadlineNanos - System.nanoTime());
  }

  private void plan(Wire.Message message) {
    var method =
        new Planned(
            message.text(1), message.text(2), message.text(3), Set.copyOf(message.lines(4)));
    plan.put(method.testClass() + "#" + method.method(), method);
  }

  private void announce() {
    if (!announced) {
      announced = true;
      planned.accept(plan.size());
    }
  }

  private void decide(Verdict verdict) {
    if (decided.add(verdict.name())) {
      each.accept(verdict);
    }
  }

  private void blame(Death death) {
    boolean timeUp = timeLeft().isNegative();
    for (Planned method : List.copyOf(plan.values())) {
      boolean guilty =
          withinMethod.isEmpty()
              ? !withinClass.isEmpty() && method.liesIn(withinClass)
              : method.testClass().equals(withinClass) && method.method().equals(withinMethod);
      if (guilty && !(timeUp && withinMethod.isEmpty())) {
        decide(
            new Verdict(
                method.testClass(),
                method.method(),
                method.displayName(),
                method.tags(),
                death.outcome,
                death.failure,
                0,
                death.output));
      }
    }
  }

  private static Verdict verdict(Wire.Message message) {
    String type = message.nullable(8);
    return new Verdict(
        message.text(1),
        message.text(2),
        message.text(3),
        Set.copyOf(message.lines(4)),
        Outcome.valueOf(message.text(5)),
        type == null
            ? null
            : new Failure(
                type,
                message.text(9),
                message.nullable(10),
                message.nullable(11),
                message.lines(12)),
        Long.parseLong(message.text(6)),
        message.text(7));
  }

  private static Death dying(Wire.Message message) {
    var failure = new Failure(message.text(2), message.text(3), null, null, message.lines(4));
    return new Death(Outcome.valueOf(message.text(1)), failure, message.text(5));
  }

  private Death silence() {
    String message =
        timeLeft().isPositive()
            ? "nothing was heard for %d s".formatted(limits.perTest().toSeconds())
            : "the time for all tests, %d s, was up".formatted(limits.whole().toSeconds());
    return new Death(
        Outcome.TIMED_OUT,
        new Failure("java.util.concurrent.TimeoutException", message, null, null, List.of()),
        "");
  }

  private static Death ended(int exitCode, String lastWords) {
    boolean memory = lastWords.contains("OutOfMemoryError");
    String message = "the JVM ended with exit code %d".formatted(exitCode);
    return new Death(
        memory ? Outcome.OUT_OF_MEMORY : Outcome.EXITED,
        new Failure(
            memory ? "java.lang.OutOfMemoryError" : "java.lang.Runtime.halt",
            memory ? "no memory was left" : message,
            null,
            null,
            List.of()),
        lastWords);
  }
}
