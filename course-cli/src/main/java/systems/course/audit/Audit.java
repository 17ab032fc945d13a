package systems.course.audit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.CourseFile;
import systems.course.cut.Bug;
import systems.course.cut.ModuleSources;
import systems.course.exam.Examiner;
import systems.course.exam.Limits;
import systems.course.exam.Selection;
import systems.course.exam.Verdict;

/**
 * Audits one module: its markers, its starters, its named bugs.
 *
 * <pre>
 *   markers ----&gt; reference --+--&gt; starter 6 ... starter 1 --+--&gt; bug, bug, bug ...
 *                 compiled     |    all tests on each         |    one test on each
 *                 all tests    '---- two workers, each with a room of its own ----'
 * </pre>
 *
 * <ol>
 *   <li>Nothing is concluded: every test really runs on every starter. That a test which passes on
 *       starter 3 passes on starter 4 too is likely and not certain.
 *   <li>Tests are told {@code course.effort=quick}: they keep every kind of case and do fewer of
 *       each.
 *   <li>A fault does not end the audit; all are found in one go. A malformed marker does: there is
 *       nothing to cut then.
 *   <li>Everything below the work folder is written anew and may be looked at afterwards.
 * </ol>
 *
 * <p>Two workers, since a room keeps a processor busy and two of them have enough memory on the
 * smallest machine that the course supports.
 */
public final class Audit {
  /** Which of the checks are made. */
  public enum Part {
    MARKERS,
    STARTERS,
    BUGS
  }

  /**
   * What is audited.
   *
   * @param phase only the starter and the bugs of this one; empty: all
   * @param write write {@code bugs.md} instead of comparing with it
   */
  public record Scope(Set<Part> parts, OptionalInt phase, boolean write) {
    public static final Scope WHOLE =
        new Scope(EnumSet.allOf(Part.class), OptionalInt.empty(), false);

    public Scope {
      parts = Set.copyOf(parts);
    }

    public Scope writing() {
      return new Scope(parts, phase, true);
    }

    private boolean includes(Part part) {
      return parts.contains(part);
    }

    private boolean includes(int number) {
      return phase.isEmpty() || phase.getAsInt() == number;
    }
  }

  /**
   * Tests for a night, for a machine with a service, or for a JVM that was started with their
   * classes: nobody's phase waits for them.
   */
  static final Set<String> LEFT_OUT = Set.of("slow", "external");

  public static final String BUG_SHEET = "bugs.md";

  /** What a test of an audit may use up; a stub that makes a test wait forever costs its time. */
  public static final Limits LIMITS =
      new Limits(768, Duration.ofSeconds(60), Duration.ofMinutes(20), 60);

  public static final Map<String, String> SYSTEM_PROPERTIES = Map.of("course.effort", "quick");

  private static final int WORKERS = 2;

  private final CourseFile module;
  private final Path folder;
  private final Scope scope;
  private final Supplier<Examiner> examiners;
  private final Consumer<String> progress;
  private final List<Fault> faults = Collections.synchronizedList(new ArrayList<>());

  /**
   * An audit.
   *
   * @param folder of the module
   * @param examiners makes rooms with the module's libraries; asked once a worker
   * @param progress is told, line by line, what has been done; by one thread at a time
   */
  public Audit(
      CourseFile module,
      Path folder,
      Scope scope,
      Supplier<Examiner> examiners,
      Consumer<String> progress) {
    this.module = module;
    this.folder = folder;
    this.scope = scope;
    this.examiners = examiners;
    this.progress = progress;
  }

  /**
   * Makes the checks.
   *
   * @return what is wrong, by check
   * @throws CourseException for markers that cannot be read
   */
  public List<Fault> run() {
    ModuleSources sources = ModuleSources.of(folder, module.phases().size());
    if (scope.includes(Part.MARKERS)) {
      faults.addAll(MarkerChecks.of(module, sources));
      say("markers", "%.1f %% of the lines".formatted(100 * MarkerChecks.share(sources)));
    }
    if (scope.includes(Part.STARTERS) || scope.includes(Part.BUGS)) {
      new Practice(sources).run();
    }
    return faults.stream().sorted(Comparator.comparing(Fault::check)).distinct().toList();
  }

  private void say(String what, String how) {
    synchronized (progress) {
      progress.accept("%-14s %s".formatted(what, how));
    }
  }

  /** The part of an audit that compiles and runs. */
  private final class Practice {
    private final ModuleSources sources;
    private final Workshop workshop;
    private final Path timings;
    private final Queue<Consumer<Examiner>> jobs = new ConcurrentLinkedQueue<>();
    private final Map<Integer, List<Verdict>> onStarter = new ConcurrentHashMap<>();
    private final Map<String, BugHunt.Outcome> outcomes = new ConcurrentHashMap<>();

    Practice(ModuleSources sources) {
      this.sources = sources;
      Path work = folder.resolve("target/audit");
      this.workshop = new Workshop(sources, work);
      this.timings = work.resolve("timings");
    }

    void run() {
      try (Examiner first = examiners.get()) {
        Workshop.Classes reference = workshop.reference(first, faults);
        if (reference == null) {
          return;
        }
        BugSheet sheet = BugSheet.parse(sheetText());
        List<Bug> bugs = scope.includes(Part.BUGS) ? bugsInScope() : List.of();
        if (scope.includes(Part.STARTERS)) {
          jobs.add(examiner -> examineReference(reference, examiner));
          for (int phase = module.phases().size(); phase >= 1; phase--) {
            addStarter(phase);
          }
        }
        var hunt = new BugHunt(workshop, reference, sheet, Timings.read(timings), scope.write);
        bugs.forEach(bug -> jobs.add(examiner -> hunt(hunt, bug, examiner)));
        work(first);
        judge(sheet);
      }
    }

    private void addStarter(int phase) {
      if (scope.includes(phase)) {
        jobs.add(examiner -> examineStarter(phase, examiner));
      }
    }

    private List<Bug> bugsInScope() {
      return sources.bugs().stream().filter(bug -> scope.includes(bug.phase())).toList();
    }

    /** Does all jobs, some by a second worker. */
    private void work(Examiner first) {
      try (var second = Executors.newFixedThreadPool(WORKERS - 1)) {
        List<Future<?>> others = new ArrayList<>();
        for (int i = 1; i < WORKERS; i++) {
          others.add(
              second.submit(() -> {
                try (Examiner own = examiners.get()) {
                  drain(own);
                }
              }));
        }
        drain(first);
        for (Future<?> other : others) {
          await(other);
        }
      }
    }

    private void drain(Examiner examiner) {
      for (var job = jobs.poll(); job != null; job = jobs.poll()) {
        try {
          job.accept(examiner);
        } catch (RuntimeException e) {
          jobs.clear();
          throw e;
        }
      }
    }

    private static void await(Future<?> other) {
      try {
        other.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof RuntimeException cause) {
          throw cause;
        }
        throw new IllegalStateException("a worker of the audit ended", e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw CourseException.failed("the audit was interrupted");
      }
    }

    private void examineReference(Workshop.Classes classes, Examiner examiner) {
      List<Verdict> verdicts =
          again(examineAll("reference", classes, examiner), Verdict::failed, classes, examiner);
      Timings.of(verdicts).write(timings);
      onStarter.put(Integer.MAX_VALUE, verdicts);
    }

    private void examineStarter(int phase, Examiner examiner) {
      Workshop.Classes classes = workshop.starter(phase, examiner, faults);
      if (classes != null) {
        List<Verdict> verdicts = examineAll("starter " + phase, classes, examiner);
        Predicate<Verdict> offends =
            verdict ->
                StarterChecks.phase(verdict.tags()).orElse(0) < phase
                    ? verdict.failed()
                    : verdict.passed();
        onStarter.put(phase, again(verdicts, offends, classes, examiner));
      }
    }

    /**
     * What offends is run once more, alone: two starters share the processors, and a test that
     * waits for its turn in vain says nothing about the starter, nor does one whose threads did not
     * meet this time.
     */
    private static List<Verdict> again(
        List<Verdict> verdicts,
        Predicate<Verdict> offends,
        Workshop.Classes classes,
        Examiner examiner) {
      return verdicts.stream()
          .map(verdict -> {
            Verdict second =
                offends.test(verdict) ? BugHunt.run(verdict.name(), classes, examiner) : null;
            return second == null ? verdict : second;
          })
          .toList();
    }

    private List<Verdict> examineAll(String what, Workshop.Classes classes, Examiner examiner) {
      long start = System.nanoTime();
      var all = new Selection.Tagged(Set.of(), LEFT_OUT);
      List<Verdict> verdicts = Workshop.examine(classes, all, examiner, _ -> {});
      long passed = verdicts.stream().filter(Verdict::passed).count();
      double seconds = (System.nanoTime() - start) / 1e9;
      say(what, "%d of %d tests pass, %.1f s".formatted(passed, verdicts.size(), seconds));
      return verdicts;
    }

    private void hunt(BugHunt hunt, Bug bug, Examiner examiner) {
      BugHunt.Outcome outcome = hunt.hunt(bug, examiner);
      outcomes.put(bug.name(), outcome);
      say("bug " + bug.phase(), bug.name() + (outcome.section() == null ? ": NOT NOTICED" : ""));
    }

    private void judge(BugSheet sheet) {
      Collection<Verdict> reference = onStarter.remove(Integer.MAX_VALUE);
      if (reference != null) {
        var checks = new StarterChecks(module, reference);
        checks.checkReference();
        new TreeMap<>(onStarter).descendingMap().forEach(checks::checkStarter);
        faults.addAll(checks.faults());
      }
      outcomes.values().forEach(outcome -> faults.addAll(outcome.faults()));
      if (scope.includes(Part.BUGS)) {
        if (scope.write) {
          writeSheet(sheet);
        } else if (scope.phase.isEmpty()) {
          faults.addAll(MarkerChecks.sheet(sources, sheet));
        }
      }
    }

    private void writeSheet(BugSheet old) {
      Map<String, String> sections = new LinkedHashMap<>();
      for (Bug bug : sources.bugs()) {
        BugHunt.Outcome outcome = outcomes.get(bug.name());
        String section = outcome == null ? null : outcome.section();
        if (section == null) {
          section = old.section(bug.name()).orElse(null);
        }
        if (section != null) {
          sections.put(bug.name(), section);
        }
      }
      Path file = folder.resolve(BUG_SHEET);
      try {
        Files.writeString(file, BugSheet.text(module, MarkerChecks.byPhase(sources), sections));
      } catch (IOException e) {
        throw new UncheckedIOException("cannot write " + file, e);
      }
      say("written", file.getFileName() + ", %d bugs".formatted(sections.size()));
    }
  }

  private String sheetText() {
    Path file = folder.resolve(BUG_SHEET);
    try {
      return Files.isRegularFile(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /** The checks that need no compiler: a moment, so that a build can make them each time. */
  public static List<Fault> quick(CourseFile module, Path folder) {
    Scope markers = new Scope(Set.of(Part.MARKERS), OptionalInt.empty(), false);
    var audit =
        new Audit(
            module,
            folder,
            markers,
            () -> {
              throw new IllegalStateException("nothing is examined");
            },
            _ -> {});
    List<Fault> faults = new ArrayList<>(audit.run());
    ModuleSources sources = ModuleSources.of(folder, module.phases().size());
    faults.addAll(MarkerChecks.sheet(sources, BugSheet.parse(audit.sheetText())));
    return faults;
  }
}
