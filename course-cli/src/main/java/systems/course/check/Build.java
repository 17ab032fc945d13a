package systems.course.check;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import systems.course.exam.Compilation;
import systems.course.exam.Examiner;

/**
 * A project's classes, kept up with its sources.
 *
 * <pre>
 *   changed: main sources only, none gone
 *     compile these few against the classes there are   into  draft/
 *     nothing of what others can see has changed?       yes: draft/ over main/      no: all anew
 * </pre>
 *
 * <p>What a student types most of the time is the body of a method. All of module 03 takes the warm
 * compiler five seconds on a small machine, one of its files a few tenths.
 */
final class Build {
  /** What the compiler said, and about which part. */
  record Outcome(Compilation compilation, boolean inTests) {
    boolean successful() {
      return compilation.successful();
    }
  }

  private final Workspace workspace;
  private final Examiner examiner;
  private final Set<Path> pending = new TreeSet<>();
  private boolean whole;

  Build(Workspace workspace, Examiner examiner) {
    this.workspace = workspace;
    this.examiner = examiner;
  }

  /** Compiles all. */
  Outcome all() {
    whole = false;
    workspace.clean();
    var main = compile(workspace.mainSources(), List.of(), workspace.mainClasses());
    if (!main.successful()) {
      return new Outcome(main, false);
    }
    List<Path> classes = List.of(workspace.mainClasses());
    var test = compile(workspace.testSources(), classes, workspace.testClasses());
    whole = test.successful();
    pending.clear();
    return new Outcome(test, true);
  }

  private Compilation compile(Path sources, List<Path> classPath, Path output) {
    return examiner.compile(List.of(sources), classPath, output);
  }

  /** Compiles what has changed, and all if others can see the change. */
  Outcome changed(Set<Path> sources) {
    pending.addAll(sources);
    if (!whole || !pending.stream().allMatch(s -> workspace.isMain(s) && Files.exists(s))) {
      return all();
    }
    Workspace.delete(workspace.draftClasses());
    List<Path> classes = List.of(workspace.mainClasses());
    var compilation =
        examiner.compileFiles(List.copyOf(pending), classes, workspace.draftClasses());
    try {
      if (compilation.successful() && !takeDraft()) {
        return all();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot replace classes in " + workspace.output(), e);
    }
    if (compilation.successful()) {
      pending.clear();
    }
    return new Outcome(compilation, false);
  }

  /** False, and nothing is done, if others can see a change. */
  private boolean takeDraft() throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(workspace.draftClasses())) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      Path before = workspace.mainClasses().resolve(workspace.draftClasses().relativize(file));
      boolean same = Files.exists(before) && Surface.of(before).equals(Surface.of(file));
      if (!Surface.isLocal(file) && !same) {
        return false;
      }
    }
    for (Path file : files) {
      Path target = workspace.mainClasses().resolve(workspace.draftClasses().relativize(file));
      Files.move(file, target, StandardCopyOption.REPLACE_EXISTING);
    }
    return true;
  }
}
