package systems.net.tool;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Runs a command line within this process. */
final class Tool {
  /** What came of it. */
  record Result(int code, String out, String err) {}

  private Tool() {}

  static Result run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int code = Main.run(new PrintWriter(out), new PrintWriter(err), arguments);
    return new Result(code, out.toString(), err.toString());
  }
}
