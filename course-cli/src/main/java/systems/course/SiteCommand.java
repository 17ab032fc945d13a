package systems.course;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import systems.course.catalogue.CourseException;
import systems.course.catalogue.Repository;
import systems.course.site.Node;
import systems.course.site.SiteBuild;
import systems.course.site.SiteServer;
import systems.course.terminal.Terminal;

/** {@code course site}: builds the documentation site, and serves it on this machine. */
@Command(
    name = "site",
    mixinStandardHelpOptions = true,
    description =
        "Builds the documentation site with Node.js: lectures, exercises, demos, commentaries and"
            + " the instructor's guide.")
final class SiteCommand implements Callable<Integer> {
  private static final int PORT = 8925;
  private static final int PORT_MAX = 65_535;

  @Option(
      names = "--serve",
      description = "then serve it on 127.0.0.1, to this machine only, until Ctrl-C")
  private boolean serve;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "where to serve (default: " + PORT + "; 0: any that is free)")
  private @Nullable Integer port;

  private final Repository repository;
  private final Terminal terminal;

  SiteCommand(Repository repository, Terminal terminal) {
    this.repository = repository;
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    if (port != null && !serve) {
      throw CourseException.usage("--port goes with --serve");
    }
    if (port != null && (port < 0 || port > PORT_MAX)) {
      throw CourseException.usage("--port wants a number from 0 to " + PORT_MAX);
    }
    var node = Node.find(System.getenv("PATH"));
    Path dist = new SiteBuild(repository.root(), node, terminal).build();
    terminal.out().println("the site lies in " + dist);
    if (serve) {
      serve(dist);
    }
    return 0;
  }

  /** Serves until the process is told to end, or this thread is interrupted. */
  private void serve(Path dist) throws IOException {
    try (var server = new SiteServer(dist, port == null ? PORT : port)) {
      terminal.out().println("serving it at " + server.address() + " (Ctrl-C ends)");
      terminal.out().flush();
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
