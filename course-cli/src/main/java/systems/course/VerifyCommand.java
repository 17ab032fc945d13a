package systems.course;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import systems.course.audit.Audit;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.CourseFile;
import systems.course.catalogue.Repository;
import systems.course.site.Node;
import systems.course.site.SiteBuild;
import systems.course.terminal.Terminal;

/**
 * {@code course verify}: the second half of it. The launcher has run {@code mvn verify}, which also
 * builds this program anew and so must not run inside of it; this checks the code in the Markdown
 * with all programs that the machine has, audits the modules, and checks the demos and the site. A
 * fault does not end it: one run shows all that is wrong, and says it again at its end, an hour's
 * output below the place where it was found.
 *
 * <p>The site wants Node.js and Chromium, which no other part does. Where one is missing the site
 * is left out and that is said, except in CI: there a check that is left out would look like one
 * that passed.
 */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    customSynopsis = "course verify [MAVEN-ARGUMENT...]",
    description =
        "Runs all that CI runs: mvn verify, then course snippets, the audit and the demo of every"
            + " module that stands, and the site in a browser.")
final class VerifyCommand implements Callable<Integer> {
  private static final Duration STEP_LIMIT = Duration.ofMinutes(5);

  private final Repository repository;
  private final Terminal terminal;

  VerifyCommand(Repository repository, Terminal terminal) {
    this.repository = repository;
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    var modules = repository.standing();
    List<String> wrong = new ArrayList<>();
    if (SnippetsCommand.check(repository, terminal) != 0) {
      wrong.add("code in the texts: see above, or run `course snippets`");
    }
    wrong.addAll(AuditCommand.audit(repository, terminal, modules, Audit.Scope.WHOLE));
    for (CourseFile module : DemoCommand.checkAll(repository, terminal, modules, STEP_LIMIT)) {
      wrong.add("demo of %s: see above, or run `course demo --check`".formatted(module.folder()));
    }
    if (Files.isDirectory(repository.root().resolve("docs"))) {
      try {
        checkSite();
      } catch (CourseException e) {
        wrong.add("site: " + e.getMessage());
      }
    }
    return verdict(wrong);
  }

  private int verdict(List<String> wrong) {
    if (wrong.isEmpty()) {
      terminal.out().println("verify: all is as it should be");
      return 0;
    }
    terminal.err().println("verify: not as it should be:");
    wrong.forEach(line -> terminal.err().println("  " + line));
    return CourseException.FAILED;
  }

  private void checkSite() throws IOException {
    Node node;
    try {
      node = Node.find(System.getenv("PATH"));
      SiteBuild.findBrowser();
    } catch (CourseException e) {
      if (System.getenv("CI") != null) {
        throw e;
      }
      terminal.out().println("site: left out. " + e.getMessage());
      return;
    }
    var site = new SiteBuild(repository.root(), node, terminal);
    site.build();
    site.test();
    terminal.out().println("site: every page opened, no faults");
  }
}
