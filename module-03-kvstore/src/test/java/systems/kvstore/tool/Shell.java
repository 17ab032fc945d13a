package systems.kvstore.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Runs commands of the tool in this process and catches what they print. */
final class Shell {
  private final Path folder;

  /** Words of a command in which {@code DIR} stands for the folder. */
  Shell(Path folder) {
    this.folder = folder;
  }

  /** How a command ended; the folder's name reads {@code DIR} in both outputs. */
  record Ended(int code, String out, String err) {
    /** The output of a command that must have worked. */
    String done() {
      assertThat(this).isEqualTo(new Ended(Main.DONE, out, ""));
      return out;
    }

    /** The sentence of a command that must have failed. */
    String failed() {
      assertThat(code).as(err).isEqualTo(Main.FAILED);
      assertThat(err).startsWith("Failed: ").endsWith("\n").doesNotContain("\tat ");
      return err.strip();
    }
  }

  Ended run(String... words) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    String[] arguments = words.clone();
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = arguments[i].replace("DIR", folder.toString());
    }
    int code = Main.run(Terminal.of(out, err), arguments);
    return new Ended(code, shown(out), shown(err));
  }

  private String shown(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8).replace(folder.toString(), "DIR");
  }
}
