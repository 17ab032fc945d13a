package systems.course.exam;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestTag;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * The part of an examination that happens in one room: a class loader, a plan, a run.
 *
 * <p>The loader has a name, and so has every stack frame of a class that it loaded: that is how the
 * student's frames are told from those of JUnit and of libraries. Test classes are those whose
 * names end as Maven wants them to; nested ones come with them.
 *
 * <p>Threads that the tests left running hold on to the loader and take time from later tests. They
 * are interrupted; those that go on all the same make the room unfit.
 */
final class Sitting {
  private static final Pattern TEST_CLASS =
      Pattern.compile("(?!.*\\$).*(Test|Tests|Properties)\\.class");
  private static final long THREADS_END_MILLIS_MAX = 500;
  private static final AtomicInteger SITTINGS = new AtomicInteger();

  /** Those of the course's build; a property that failed begins with the same seed again. */
  private static final Map<String, String> CONFIGURATION =
      Map.of(
          "jqwik.tries.default", "200",
          "jqwik.reporting.onlyfailures", "true",
          "jqwik.reporting.usejunitplatform", "true",
          "jqwik.failures.after.default", "PREVIOUS_SEED",
          "junit.jupiter.execution.parallel.enabled", "false");

  private final Wire wire;
  private final List<Path> classFolders;
  private final Selection selection;
  private final Set<String> leftOut;
  private final Timekeeper timekeeper;
  private final BoundedOutput output;
  private final URLClassLoader loader;

  Sitting(
      Wire wire,
      List<Path> classFolders,
      Selection selection,
      Set<String> leftOut,
      Timekeeper timekeeper,
      BoundedOutput output) {
    this.wire = wire;
    this.classFolders = classFolders;
    this.selection = selection;
    this.leftOut = leftOut;
    this.timekeeper = timekeeper;
    this.output = output;
    String name = "exam-" + SITTINGS.incrementAndGet();
    URL[] urls = classFolders.stream().map(Sitting::url).toArray(URL[]::new);
    loader = new URLClassLoader(name, urls, Sitting.class.getClassLoader());
  }

  private static URL url(Path folder) {
    try {
      return folder.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException("not a folder for classes: " + folder, e);
    }
  }

  ClassLoader loader() {
    return loader;
  }

  String loaderName() {
    return loader.getName();
  }

  /** Returns the threads that go on and do not heed an interrupt. */
  List<Thread> run() throws IOException {
    var properties = (Properties) System.getProperties().clone();
    List<String> path = new ArrayList<>(classFolders.stream().map(Path::toString).toList());
    path.add(System.getProperty("java.class.path"));
    System.setProperty("java.class.path", String.join(File.pathSeparator, path));
    Thread.currentThread().setContextClassLoader(loader);
    RoomClassLoader.admit(loader);
    try (loader) {
      execute();
    } finally {
      RoomClassLoader.admit(null);
      timekeeper.stop();
      Thread.currentThread().setContextClassLoader(null);
      System.setProperties(properties);
    }
    return threadsLeft();
  }

  private void execute() throws IOException {
    var launcher = LauncherFactory.create();
    var plan = launcher.discover(request());
    var rollup = new Rollup(wire, plan, loader.getName(), timekeeper, output);
    rollup.announce();
    timekeeper.start();
    launcher.execute(plan, rollup);
    rollup.verifyComplete();
  }

  private LauncherDiscoveryRequest request() throws IOException {
    return LauncherDiscoveryRequestBuilder.request()
        .selectors(selectors())
        .filters((PostDiscoveryFilter) this::filter)
        .configurationParameters(CONFIGURATION)
        .configurationParameter(
            "jqwik.database", System.getProperty("java.io.tmpdir") + "/jqwik-database")
        .build();
  }

  private List<DiscoverySelector> selectors() throws IOException {
    Set<String> names = new LinkedHashSet<>();
    switch (selection) {
      case Selection.Methods(var methods) ->
          methods.forEach(method -> names.add(method.substring(0, method.indexOf('#'))));
      case Selection.Tagged _ -> {
        for (Path folder : classFolders) {
          names.addAll(testClassesIn(folder));
        }
      }
    }
    List<DiscoverySelector> selectors = new ArrayList<>();
    names.forEach(name -> selectors.add(DiscoverySelectors.selectClass(loader, name)));
    return selectors;
  }

  private static List<String> testClassesIn(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> TEST_CLASS.matcher(file.getFileName().toString()).matches())
          .map(file -> className(folder.relativize(file)))
          .sorted()
          .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static String className(Path file) {
    String name = file.toString().replace(File.separatorChar, '.');
    return name.substring(0, name.length() - ".class".length());
  }

  private FilterResult filter(TestDescriptor descriptor) {
    var method = Rollup.outermostMethod(descriptor);
    if (method == null) {
      return FilterResult.included("holds methods");
    }
    String name = Rollup.className(descriptor, method) + "#" + method.getMethodName();
    return FilterResult.includedIf(!leftOut.contains(name) && isSelected(descriptor, name));
  }

  private boolean isSelected(TestDescriptor descriptor, String name) {
    return switch (selection) {
      case Selection.Methods(var names) -> names.contains(name);
      case Selection.Tagged(var include, var required, var exclude) -> {
        Set<String> tags = tags(descriptor);
        yield (include.isEmpty() || include.stream().anyMatch(tags::contains))
            && tags.containsAll(required)
            && exclude.stream().noneMatch(tags::contains);
      }
    };
  }

  private static Set<String> tags(TestDescriptor descriptor) {
    Set<String> tags = new LinkedHashSet<>();
    for (var at = descriptor; at != null; at = at.getParent().orElse(null)) {
      at.getTags().stream().map(TestTag::getName).forEach(tags::add);
    }
    return tags;
  }

  private List<Thread> threadsLeft() {
    long deadline = System.currentTimeMillis() + THREADS_END_MILLIS_MAX;
    List<Thread> left = examinedThreads();
    left.forEach(Thread::interrupt);
    try {
      for (Thread thread : left) {
        thread.join(Math.max(1, deadline - System.currentTimeMillis()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return left.stream().filter(Thread::isAlive).toList();
  }

  private List<Thread> examinedThreads() {
    return Thread.getAllStackTraces().entrySet().stream()
        .filter(entry -> entry.getKey() != Thread.currentThread())
        .filter(entry -> isOurs(entry.getKey(), entry.getValue()))
        .map(Map.Entry::getKey)
        .toList();
  }

  private boolean isOurs(Thread thread, StackTraceElement[] stack) {
    return thread.getContextClassLoader() == loader
        || Arrays.stream(stack).anyMatch(f -> loader.getName().equals(f.getClassLoaderName()));
  }

  /** Where the examined threads stand, the one that runs the tests first. */
  List<String> framesOfThreads(Predicate<StackTraceElement[]> which) {
    List<StackTraceElement[]> stacks = new ArrayList<>();
    for (var entry : Thread.getAllStackTraces().entrySet()) {
      if (isOurs(entry.getKey(), entry.getValue()) && which.test(entry.getValue())) {
        boolean first = entry.getKey().getName().equals("room");
        stacks.add(first ? 0 : stacks.size(), entry.getValue());
      }
    }
    List<String> frames = new ArrayList<>();
    stacks.forEach(stack -> FailureReading.addFrames(stack, loader.getName(), frames));
    return frames;
  }
}
