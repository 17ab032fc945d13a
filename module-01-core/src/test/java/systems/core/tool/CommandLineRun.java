package systems.core.tool;

import java.io.PrintWriter;
import java.io.StringWriter;

/** A command that was run in this process, and what it said. */
final class CommandLineRun {
  final int code;
  final String out;
  final String err;

  CommandLineRun(String... args) {
    var outText = new StringWriter();
    var errText = new StringWriter();
    code = Main.run(new PrintWriter(outText), new PrintWriter(errText), args);
    out = outText.toString();
    err = errText.toString().replace("\r\n", "\n");
  }
}
