package systems.course;

import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import systems.course.catalogue.Repository;
import systems.course.terminal.Terminal;

/**
 * {@code course verify}: the second half of it. The launcher has run {@code mvn verify}, which also
 * builds this program anew and so must not run inside of it; this checks the code in the Markdown
 * with all programs that the machine has, and the demos.
 */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    customSynopsis = "course verify [MAVEN-ARGUMENT...]",
    description =
        "Runs all that CI runs: mvn verify, then course snippets and the demo of every module that"
            + " stands.")
final class VerifyCommand implements Callable<Integer> {
  private static final Duration STEP_LIMIT = Duration.ofMinutes(5);

  private final Repository repository;
  private final Terminal terminal;

  VerifyCommand(Repository repository, Terminal terminal) {
    this.repository = repository;
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    int snippets = SnippetsCommand.check(repository, terminal);
    int demos = DemoCommand.checkAll(repository, terminal, repository.standing(), STEP_LIMIT);
    return Math.max(snippets, demos);
  }
}
