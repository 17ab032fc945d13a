package systems.kvstore.tool;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import systems.kvstore.Slice;

/**
 * Where a command's output goes. Keys and values are bytes and leave as the bytes that they are: a
 * {@code PrintStream} would turn those that are no text into question marks, and would swallow the
 * error when the reader of a pipe is gone. Here that error ends the command.
 *
 * <p>Belongs to one thread.
 */
final class Terminal {
  private static final int BUFFER_BYTES = 64 * 1024;

  /** Whoever read our output has stopped reading; nothing is left to be done. */
  static final class ReaderGone extends IOException {
    private static final long serialVersionUID = 1L;

    ReaderGone(IOException cause) {
      super(cause);
    }
  }

  private final OutputStream out;
  private final OutputStream err;
  private final boolean screen;

  private Terminal(OutputStream out, OutputStream err, boolean screen) {
    this.out = new BufferedOutputStream(out, BUFFER_BYTES);
    this.err = err;
    this.screen = screen;
  }

  /** The process's own standard output and error. */
  static Terminal ofProcess() {
    var console = System.console();
    return new Terminal(
        new FileOutputStream(FileDescriptor.out),
        new FileOutputStream(FileDescriptor.err),
        console != null && console.isTerminal());
  }

  /** A terminal that is no screen, for tests and for commands that run others. */
  static Terminal of(OutputStream out, OutputStream err) {
    return new Terminal(out, err, false);
  }

  /** Whether a person watches, so that a picture may be drawn over. */
  boolean screen() {
    return screen;
  }

  Terminal print(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return print(bytes, 0, bytes.length);
  }

  Terminal print(Slice bytes) throws IOException {
    return print(bytes.array(), bytes.offset(), bytes.length());
  }

  private Terminal print(byte[] bytes, int offset, int length) throws IOException {
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      throw broken(e);
    }
    return this;
  }

  void line(String text) throws IOException {
    print(text).print("\n");
  }

  void line(String format, Object... arguments) throws IOException {
    line(String.format(java.util.Locale.ROOT, format, arguments));
  }

  void flush() throws IOException {
    try {
      out.flush();
    } catch (IOException e) {
      throw broken(e);
    }
  }

  private static IOException broken(IOException e) {
    String reason = String.valueOf(e.getMessage());
    return reason.contains("pipe") || reason.contains("reset")
        ? new ReaderGone(e)
        : new Failure("cannot write the output: " + reason);
  }

  /** A line on the error stream, after everything printed so far. */
  void complain(String sentence) {
    try {
      out.flush();
    } catch (IOException e) {
      // the complaint is what matters now
    }
    try {
      err.write((sentence + "\n").getBytes(StandardCharsets.UTF_8));
      err.flush();
    } catch (IOException e) {
      // nobody is left to be told
    }
  }

  /** The output for a library that wants to write text. */
  PrintWriter outWriter() {
    return new PrintWriter(out, true, StandardCharsets.UTF_8);
  }

  PrintWriter errWriter() {
    return new PrintWriter(err, true, StandardCharsets.UTF_8);
  }
}
