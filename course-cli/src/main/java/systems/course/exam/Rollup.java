package systems.course.exam;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.TestTag;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import systems.course.exam.Verdict.Outcome;

/**
 * Turns the platform's events into one verdict a method.
 *
 * <pre>
 *   engine
 *     class LogTest                       fails: every undecided method in it fails with it
 *       method tornTail            &lt;---   the outermost node with a method: this gets the verdict
 *         invocation [1] 0                its failure, with its name, becomes the method's
 *         invocation [2] 7
 * </pre>
 *
 * <ol>
 *   <li>The outermost node that has a method decides: below it are invocations, tries and dynamic
 *       tests.
 *   <li>A method has failed when any invocation has; the first failure is told. It is aborted when
 *       some were and none passed.
 *   <li>What the platform throws for memory comes through to whoever runs the plan, see {@link
 *       #verifyComplete}.
 * </ol>
 */
final class Rollup implements TestExecutionListener {
  private final Wire wire;
  private final TestPlan plan;
  private final Timekeeper timekeeper;
  private final BoundedOutput output;

  private final Map<TestIdentifier, Method> methods = new LinkedHashMap<>();
  private final Map<String, Method> byName = new LinkedHashMap<>();
  private final Set<String> decided = new HashSet<>();
  private final Map<TestIdentifier, String> falsified = new HashMap<>();
  private final FailureReading initialisers;
  private @Nullable OutOfMemoryError memory;

  /** What is known of a method that has no verdict yet. */
  private static final class Method {
    final String testClass;
    final String name;
    final String displayName;
    final Set<String> tags;
    long startNanos = System.nanoTime();
    int overloads;
    boolean anyPassed;
    boolean anyAborted;
    @Nullable Failure failure;
    @Nullable Outcome worse;
    @Nullable Failure assumption;
    @Nullable Failure skipped;

    Method(String testClass, String name, String displayName, Set<String> tags) {
      this.testClass = testClass;
      this.name = name;
      this.displayName = displayName;
      this.tags = tags;
    }

    String fullName() {
      return testClass + "#" + name;
    }
  }

  Rollup(Wire wire, TestPlan plan, String loaderName, Timekeeper keeper, BoundedOutput output) {
    this.wire = wire;
    this.plan = plan;
    this.timekeeper = keeper;
    this.output = output;
    this.initialisers = new FailureReading(loaderName);
    plan.getRoots().forEach(this::collect);
  }

  private void collect(TestIdentifier node) {
    if (node.getSource().orElse(null) instanceof MethodSource method) {
      String testClass = classOf(node, method);
      Method found =
          byName.computeIfAbsent(
              testClass + "#" + method.getMethodName(),
              _ ->
                  new Method(testClass, method.getMethodName(), node.getDisplayName(), tags(node)));
      found.overloads++;
      methods.put(node, found);
    } else {
      plan.getChildren(node).stream().forEach(this::collect);
    }
  }

  /** Sends the plan; overloads of one name count as one. */
  void announce() throws IOException {
    for (Method method : byName.values()) {
      String tags = Wire.lines(method.tags);
      wire.send(Wire.PLANNED, method.testClass, method.name, method.displayName, tags);
    }
    wire.send(Wire.BEGUN);
  }

  @Override
  public void executionStarted(TestIdentifier node) {
    timekeeper.beat();
    Method method = methodOf(node);
    if (method != null) {
      if (methods.containsKey(node)) {
        method.startNanos = System.nanoTime();
        output.take();
      }
      send(Wire.WITHIN, method.testClass, method.name);
    } else {
      send(Wire.WITHIN, classAt(node), "");
    }
  }

  @Override
  public void executionFinished(TestIdentifier node, TestExecutionResult result) {
    timekeeper.beat();
    Method method = methodOf(node);
    if (method == null) {
      result.getThrowable().ifPresent(thrown -> surroundingsFailed(node, thrown));
      return;
    }
    note(node, method, result);
    if (methods.containsKey(node)) {
      overloadEnded(method);
      plan.getParent(node).ifPresent(parent -> send(Wire.WITHIN, classAt(parent), ""));
    }
  }

  @Override
  public void executionSkipped(TestIdentifier node, String reason) {
    timekeeper.beat();
    var failure = new Failure("skipped", reason, null, null, List.of());
    for (Method method : methodsBelow(node)) {
      method.skipped = failure;
      overloadEnded(method);
    }
  }

  private void overloadEnded(Method method) {
    if (--method.overloads == 0) {
      decide(method, outcome(method), failureOf(method));
    }
  }

  @Override
  public void reportingEntryPublished(TestIdentifier node, ReportEntry entry) {
    entry.getKeyValuePairs().values().stream()
        .map(FailureReading::smallestExample)
        .filter(example -> !example.isEmpty())
        .forEach(example -> falsified.put(node, example));
  }

  private void note(TestIdentifier node, Method method, TestExecutionResult result) {
    Throwable thrown = result.getThrowable().orElse(null);
    switch (result.getStatus()) {
      case SUCCESSFUL -> method.anyPassed |= plan.getChildren(node).isEmpty();
      case ABORTED -> {
        method.anyAborted = true;
        method.assumption = thrown == null ? null : initialisers.read(thrown);
      }
      case FAILED -> {
        if (method.failure == null && thrown != null) {
          method.failure = failure(node, thrown);
          method.worse = FailureReading.outcome(thrown);
        }
        remember(thrown);
      }
    }
  }

  private Failure failure(TestIdentifier node, Throwable thrown) {
    Failure failure = initialisers.read(thrown);
    String message = failure.message();
    if (!methods.containsKey(node)) {
      message = "in " + node.getDisplayName() + ": " + message;
    }
    if (falsified.containsKey(node)) {
      message += "\nsmallest example that fails: " + falsified.get(node);
    }
    return new Failure(
        failure.type(), message, failure.expected(), failure.actual(), failure.frames());
  }

  private static Outcome outcome(Method method) {
    if (method.worse != null) {
      return method.worse;
    }
    if (method.anyAborted && !method.anyPassed) {
      return Outcome.ABORTED;
    }
    return method.skipped != null && !method.anyPassed ? Outcome.SKIPPED : Outcome.PASSED;
  }

  private static @Nullable Failure failureOf(Method method) {
    if (method.failure != null) {
      return method.failure;
    }
    if (method.anyPassed) {
      return null;
    }
    return method.assumption != null ? method.assumption : method.skipped;
  }

  private void surroundingsFailed(TestIdentifier node, Throwable thrown) {
    remember(thrown);
    Failure failure = initialisers.read(thrown);
    boolean aborted = FailureReading.isAssumption(thrown);
    List<Method> below = methodsBelow(node);
    boolean before = below.stream().anyMatch(method -> !decided.contains(method.fullName()));
    for (Method method : below) {
      decide(method, aborted ? Outcome.ABORTED : FailureReading.outcome(thrown), failure);
    }
    if (!before) {
      var after =
          new Method(classAt(node), Verdict.AFTER_ALL, node.getDisplayName(), tagsBelow(below));
      decide(after, FailureReading.outcome(thrown), failure);
    }
  }

  private static Set<String> tagsBelow(List<Method> methods) {
    Set<String> tags = new TreeSet<>();
    methods.forEach(method -> tags.addAll(method.tags));
    return tags;
  }

  private void remember(@Nullable Throwable thrown) {
    OutOfMemoryError found = FailureReading.outOfMemory(thrown);
    memory = found == null ? memory : found;
  }

  /**
   * Throws if memory has run out, since then a room is not trusted again, even where a test went
   * on; and if a method has no verdict, since the platform logs what a listener throws and goes on.
   */
  void verifyComplete() {
    if (memory != null) {
      throw memory;
    }
    for (Method method : byName.values()) {
      if (!decided.contains(method.fullName())) {
        throw new IllegalStateException("no verdict on " + method.fullName());
      }
    }
  }

  private void decide(Method method, Outcome outcome, @Nullable Failure failure) {
    if (!decided.add(method.fullName())) {
      return;
    }
    long millis = (System.nanoTime() - method.startNanos) / 1_000_000;
    send(
        Wire.VERDICT,
        method.testClass,
        method.name,
        method.displayName,
        Wire.lines(method.tags),
        outcome.name(),
        Long.toString(millis),
        output.take(),
        failure == null ? null : failure.type(),
        failure == null ? null : failure.message(),
        failure == null ? null : failure.expected(),
        failure == null ? null : failure.actual(),
        failure == null ? null : Wire.lines(failure.frames()));
  }

  private void send(@Nullable String... fields) {
    try {
      wire.send(fields);
    } catch (IOException e) {
      throw new UncheckedIOException("the examiner is gone", e);
    }
  }

  private @Nullable Method methodOf(TestIdentifier node) {
    Method found = null;
    for (var at = node; at != null && found == null; at = plan.getParent(at).orElse(null)) {
      found = methods.get(at);
    }
    return found;
  }

  private List<Method> methodsBelow(TestIdentifier node) {
    List<Method> below = new ArrayList<>();
    methods.forEach((at, method) -> {
      for (var up = at; up != null; up = plan.getParent(up).orElse(null)) {
        if (up.equals(node)) {
          below.add(method);
          break;
        }
      }
    });
    return below;
  }

  private Set<String> tags(TestIdentifier node) {
    Set<String> tags = new TreeSet<>();
    for (var at = node; at != null; at = plan.getParent(at).orElse(null)) {
      at.getTags().stream().map(TestTag::getName).forEach(tags::add);
    }
    return tags;
  }

  private String classOf(TestIdentifier node, MethodSource method) {
    String found = classAt(node);
    return found.isEmpty() ? method.getClassName() : found;
  }

  /** The class that a node lies in or is; empty for an engine. */
  private String classAt(TestIdentifier node) {
    for (var at = node; at != null; at = plan.getParent(at).orElse(null)) {
      if (at.getSource().orElse(null) instanceof ClassSource source) {
        return source.getClassName();
      }
    }
    return "";
  }

  /** The method that the outermost of a descriptor's ancestors with a method has, or null. */
  static @Nullable MethodSource outermostMethod(TestDescriptor descriptor) {
    MethodSource found = null;
    for (var at = descriptor; at != null; at = at.getParent().orElse(null)) {
      if (at.getSource().orElse(null) instanceof MethodSource method) {
        found = method;
      }
    }
    return found;
  }

  static String className(TestDescriptor descriptor, MethodSource method) {
    for (var at = descriptor; at != null; at = at.getParent().orElse(null)) {
      TestSource source = at.getSource().orElse(null);
      if (source instanceof ClassSource type) {
        return type.getClassName();
      }
    }
    return method.getClassName();
  }
}
