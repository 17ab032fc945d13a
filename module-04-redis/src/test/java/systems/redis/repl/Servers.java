package systems.redis.repl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import systems.redis.Patience;
import systems.redis.Wire;

/** What tests with several servers say again and again. */
final class Servers {
  private Servers() {}

  static Path folder(Path parent, String name) throws IOException {
    return Files.createDirectories(parent.resolve(name));
  }

  /** Waits until the condition holds. */
  static void until(String what, Callable<Boolean> condition) throws Exception {
    Patience.until(what, condition);
  }

  /** A field of INFO. */
  static String info(Wire wire, String field) throws IOException {
    Matcher line = Pattern.compile("\n" + field + ":(.*)\r\n").matcher(wire.call("INFO", "all"));
    return line.find() ? line.group(1) : "";
  }

  static void follow(Wire replica, int port) throws IOException {
    assertThat(replica.call("REPLICAOF", "127.0.0.1", Integer.toString(port))).startsWith("+OK");
  }

  static void untilLinked(Wire replica) throws Exception {
    until("the link is up", () -> info(replica, "master_link_status").equals("up"));
  }

  /** Waits until both have come to the same offset; then their data has to be equal. */
  static void untilEqual(Wire primary, Wire replica) throws Exception {
    untilLinked(replica);
    until(
        "the replica has caught up",
        () -> info(primary, "master_repl_offset").equals(info(replica, "slave_repl_offset")));
    assertThat(replica.call("DEBUG", "DIGEST").equals(primary.call("DEBUG", "DIGEST")))
        .as("both have the same data")
        .isTrue();
  }
}
