package systems.redis;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import systems.redis.server.ConfigFile;
import systems.redis.server.Launch;

/** Our server in this process, at a free port. */
public final class Ours implements AutoCloseable {
  private final Launch launch;
  private boolean crashed;

  private Ours(Launch launch) {
    this.launch = launch;
  }

  /**
   * With lines of redis.conf; without snapshots, and without a look at replicas at the end, unless
   * they ask for them.
   */
  public static Ours start(Path folder, String... lines) throws IOException, ConfigFile.Malformed {
    List<String> all =
        new ArrayList<>(
            List.of(
                "port 0",
                "bind 127.0.0.1",
                "save \"\"",
                "loglevel warning",
                "shutdown-timeout 0",
                "enable-debug-command yes",
                "dir " + folder));
    all.addAll(List.of(lines));
    return new Ours(Launch.start(null, all));
  }

  public int port() {
    return launch.port();
  }

  public Wire connect() throws IOException {
    return new Wire(port());
  }

  /** As after a kill: nothing more is written. */
  public void crash() {
    crashed = true;
    launch.crash();
  }

  /** An orderly end; nothing after a crash. */
  @Override
  public void close() {
    if (!crashed) {
      launch.close();
    }
  }
}
