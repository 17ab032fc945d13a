package systems.net.web;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file that lines are added to, and its predecessors.
 *
 * <pre>
 *   access.log      grows up to bytesMax, then:
 *   access.log  ->  access.log.1  ->  access.log.2  ->  ...  ->  access.log.N  ->  gone
 * </pre>
 *
 * <p>Belongs to one thread.
 */
final class LogFile implements AutoCloseable {
  private static final int BUFFER_BYTES = 16 << 10;

  private final Path path;
  private final long bytesMax;
  private final int predecessorsMax;
  private @Nullable OutputStream out;
  private long size;

  LogFile(Path path, long bytesMax, int predecessorsMax) throws IOException {
    assert bytesMax > 0 && predecessorsMax >= 0;
    this.path = path;
    this.bytesMax = bytesMax;
    this.predecessorsMax = predecessorsMax;
    open();
  }

  private OutputStream open() throws IOException {
    OutputStream file =
        Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    size = Files.size(path);
    out = new BufferedOutputStream(file, BUFFER_BYTES);
    return out;
  }

  void write(byte[] line) throws IOException {
    //> phase 5: does the line fit, and what if it is longer than a whole file?
    if (size > 0 && size + line.length > bytesMax) { //~ growsForEver: if (size < 0) {
      rotate();
    }
    OutputStream to = out == null ? open() : out;
    to.write(line);
    size += line.length;
    //< phase 5
  }

  void flush() throws IOException {
    if (out != null) {
      out.flush();
    }
  }

  private void rotate() throws IOException {
    close();
    shift();
    open();
  }

  /** Renames each file to its predecessor's name; then there is none of the first name. */
  private void shift() throws IOException {
    //> phase 5: in which order do you rename, so that none is written over?
    int oldest = predecessorsMax; //~ keepsOnePredecessor: int oldest = 1;
    for (int i = oldest; i > 0; i--) {
      Path younger = i == 1 ? path : predecessor(i - 1);
      if (Files.exists(younger)) {
        Files.move(younger, predecessor(i), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Files.deleteIfExists(path);
    //< phase 5
  }

  private Path predecessor(int i) {
    return path.resolveSibling(path.getFileName() + "." + i);
  }

  /** Goes on in a new file of the same name, after somebody has renamed the old one. */
  void reopen() throws IOException {
    close();
    open();
  }

  @Override
  public void close() throws IOException {
    OutputStream closed = out;
    out = null;
    if (closed != null) {
      closed.close();
    }
  }
}
