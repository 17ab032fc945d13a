package systems.course.exam;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import systems.course.catalogue.CourseException;

/**
 * Compiles sources and runs their tests in a JVM of its own, the room.
 *
 * <pre>
 *   room   the platform that runs tests, the libraries (native ones too)     as long as it lives
 *            '-- loader of one examination: the examined classes             fresh each time
 * </pre>
 *
 * <ol>
 *   <li>The room stays warm from one call to the next: its compiler, JUnit and the libraries are
 *       loaded and compiled to machine code once. A second examination of a small project takes a
 *       tenth of the first one's time.
 *   <li>Examined classes are loaded anew each time, so no static field and no class of the last
 *       examination is left.
 *   <li>A room that a test has ended (by exit, by memory, by the time it took) is replaced, and the
 *       examination goes on behind that test. So is one in which a test left a thread running that
 *       does not heed an interrupt, or in which old classes pile up.
 *   <li>The room gives no stack trace of its own to anybody: what went wrong in a test is in its
 *       {@link Verdict}, what went wrong with the room is a {@link CourseException}.
 * </ol>
 *
 * <p>For one thread at a time; {@link #close} for any.
 */
public final class Examiner implements AutoCloseable {
  private static final String[] PLATFORM = {
    "org.junit.platform.launcher.Launcher",
    "org.junit.platform.engine.TestEngine",
    "org.junit.platform.commons.JUnitException",
    "org.opentest4j.AssertionFailedError"
  };

  /**
   * Libraries that look up examined classes by name with their own class loader, by the start of
   * their jars' names. They are loaded with the examined classes, anew each time.
   */
  private static final String BESIDE_THE_EXAMINED = "lincheck";

  /** The Vector API is in no module graph unless somebody asks; module 01 does. */
  static final String INCUBATOR = "jdk.incubator.vector";

  private final List<Path> libraries;
  private final Limits limits;
  private final Map<String, String> systemProperties;
  private final Path folder;
  private final Path temporary;
  private final Thread closeAtExit = new Thread(this::discard, "close-room");
  private int roomsStarted;
  private String lastReplacement = "";
  private volatile @Nullable RoomProcess room;

  private Examiner(
      List<Path> libraries, Limits limits, Map<String, String> systemProperties, Path folder) {
    this.libraries = List.copyOf(libraries);
    this.limits = limits;
    this.systemProperties = Map.copyOf(systemProperties);
    this.folder = folder;
    try {
      temporary = Files.createTempDirectory("course-exam").toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a temporary folder", e);
    }
    Runtime.getRuntime().addShutdownHook(closeAtExit);
  }

  /** Starts a room whose working directory is this process's own. */
  public static Examiner start(
      List<Path> libraries, Limits limits, Map<String, String> systemProperties) {
    return start(libraries, limits, systemProperties, Path.of("").toAbsolutePath());
  }

  /**
   * Starts a room.
   *
   * @param libraries of the examined classes, with their test engines
   * @param systemProperties that the tests see
   * @param folder the working directory of the tests
   */
  public static Examiner start(
      List<Path> libraries, Limits limits, Map<String, String> systemProperties, Path folder) {
    var examiner = new Examiner(libraries, limits, systemProperties, folder);
    examiner.room();
    return examiner;
  }

  /**
   * Compiles all {@code .java} files below some folders, with all of javac's warnings.
   *
   * @param classPath besides the libraries
   * @param output gets the classes; what is in it stays
   */
  public Compilation compile(List<Path> sourceFolders, List<Path> classPath, Path output) {
    List<Path> files = new ArrayList<>();
    sourceFolders.forEach(each -> files.addAll(filesBelow(each, ".java")));
    return compileFiles(files, classPath, output);
  }

  /** Compiles these files only; what they need besides must be on the class path. */
  public Compilation compileFiles(List<Path> files, List<Path> classPath, Path output) {
    List<Path> whole = new ArrayList<>(classPath);
    whole.addAll(libraries);
    try {
      Files.createDirectories(output);
      return compiled(room().wire(), files, whole, output);
    } catch (IOException e) {
      discard();
      throw CourseException.failed(
          "the compiler ended before it was done; it may need more memory");
    }
  }

  private Compilation compiled(Wire wire, List<Path> files, List<Path> classPath, Path output)
      throws IOException {
    long start = System.nanoTime();
    wire.patience(Limits.USUAL.whole());
    wire.send(Wire.COMPILE, output.toString(), Wire.lines(classPath), Wire.lines(files));
    List<Compilation.Complaint> complaints = new ArrayList<>();
    while (true) {
      var message = wire.receive();
      switch (message.kind()) {
        case Wire.COMPLAINT -> complaints.add(complaint(message));
        case Wire.COMPILED -> {
          long millis = (System.nanoTime() - start) / 1_000_000;
          return new Compilation(message.yes(1), complaints, millis);
        }
        case Wire.BROKEN -> {
          discard();
          throw CourseException.failed(message.text(1));
        }
        default -> throw new IOException("unexpected: " + message.kind());
      }
    }
  }

  private static Compilation.Complaint complaint(Wire.Message message) {
    String file = message.nullable(2);
    return new Compilation.Complaint(
        message.yes(1),
        file == null ? null : Path.of(file),
        message.number(3),
        message.number(4),
        message.text(5));
  }

  /** Runs tests, and hands over each method's verdict when it is known. */
  public Ending examine(List<Path> classFolders, Selection selection, Consumer<Verdict> each) {
    return examine(classFolders, selection, _ -> {}, each);
  }

  /**
   * Runs tests.
   *
   * @param classFolders of classes and of what they read as resources
   * @param planned is told before the first verdict how many methods there will be
   */
  public Ending examine(
      List<Path> classFolders, Selection selection, IntConsumer planned, Consumer<Verdict> each) {
    List<Path> loaded = new ArrayList<>(classFolders);
    libraries.stream().filter(Examiner::liesBeside).forEach(loaded::add);
    return new Examination(this, loaded, selection, limits, planned, each).run();
  }

  /** How an examination ended. */
  public enum Ending {
    COMPLETE,
    /** The time for the whole was up; some methods have no verdict. */
    TIME_UP,
    /** Too many tests ended the JVM; some methods have no verdict. */
    TOO_MANY_DEATHS
  }

  /** The room as it is, or a new one. */
  RoomProcess room() {
    RoomProcess present = room;
    if (present == null) {
      present = new RoomProcess(command(), folder);
      room = present;
    }
    return present;
  }

  Path temporaryFolder() {
    return temporary;
  }

  /** Ends a room that is unfit, and starts the next one before it is asked for. */
  void replace(String reason) {
    lastReplacement = reason;
    discard();
    room();
  }

  /** Why the last room was unfit after an examination; empty if none was. */
  String lastReplacement() {
    return lastReplacement;
  }

  /** The room is not used again. */
  void discard() {
    RoomProcess present = room;
    room = null;
    if (present != null) {
      present.close();
    }
  }

  private List<String> command() {
    Path own = temporary.resolve("room-" + ++roomsStarted);
    try {
      Files.createDirectories(own);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + own, e);
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-XX:SoftRefLRUPolicyMSPerMB=0",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=" + own.resolve("crash.log"),
            "-XX:+EnableDynamicAgentLoading",
            "-Xmx" + limits.heapMebibytes() + "m",
            "-XX:MaxDirectMemorySize=" + limits.heapMebibytes() + "m",
            "--add-modules=" + INCUBATOR,
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-ea",
            "-Djava.system.class.loader=" + RoomClassLoader.class.getName(),
            "-Djava.io.tmpdir=" + own,
            "-Dstdout.encoding=UTF-8",
            "-Dstderr.encoding=UTF-8"));
    systemProperties.forEach((key, value) -> command.add("-D" + key + "=" + value));
    command.addAll(List.of("-cp", classPath(), ExamRoom.class.getName()));
    command.add(Long.toString(limits.perTest().toMillis()));
    return command;
  }

  /** The platform first: its parts must be of one version. Our own jar last: it brings more. */
  private String classPath() {
    Set<Path> path = new LinkedHashSet<>();
    for (String name : PLATFORM) {
      path.add(placeOf(name));
    }
    libraries.stream().filter(jar -> !liesBeside(jar)).forEach(path::add);
    path.add(placeOf(ExamRoom.class.getName()));
    return String.join(File.pathSeparator, path.stream().map(Path::toString).toList());
  }

  private static boolean liesBeside(Path jar) {
    return jar.getFileName().toString().startsWith(BESIDE_THE_EXAMINED);
  }

  private static Path placeOf(String name) {
    try {
      Class<?> type = Class.forName(name, false, Examiner.class.getClassLoader());
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (ClassNotFoundException | URISyntaxException e) {
      throw new IllegalStateException("not in this program: " + name, e);
    }
  }

  private static List<Path> filesBelow(Path folder, String ending) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().endsWith(ending))
          .filter(Files::isRegularFile) // an editor's lock is a link to nowhere: .#Foo.java
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }

  /** Ends the room and removes what tests left in its temporary folder. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(closeAtExit);
    } catch (IllegalStateException e) {
      // this process is ending already, and the hook runs
    }
    discard();
    try (Stream<Path> files = Files.walk(temporary)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException | UncheckedIOException e) {
      // a temporary folder: the system's own cleaning takes the rest
    }
  }
}
