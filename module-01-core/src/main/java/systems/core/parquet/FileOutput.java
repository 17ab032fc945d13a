package systems.core.parquet;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import systems.core.column.Draft;

/** A {@link Draft} with a buffer before it, that knows how much was written. */
final class FileOutput implements Closeable {
  private static final int BUFFER_BYTES = 1 << 16;

  private final Draft draft;
  private final Sink buffer = new Sink();
  private long position;

  private FileOutput(Draft draft) {
    this.draft = draft;
  }

  static FileOutput create(Path target) throws IOException {
    return new FileOutput(Draft.of(target));
  }

  /** How much was written. */
  long position() {
    return position;
  }

  void write(Sink source) throws IOException {
    write(source.bytes, source.size);
  }

  void write(byte[] source, int length) throws IOException {
    buffer.put(source, 0, length);
    position += length;
    if (buffer.size >= BUFFER_BYTES) {
      flush();
    }
  }

  private void flush() throws IOException {
    var bytes = ByteBuffer.wrap(buffer.bytes, 0, buffer.size);
    while (bytes.hasRemaining()) {
      draft.channel().write(bytes);
    }
    buffer.clear();
  }

  /** Gives the file its name. */
  void commit() throws IOException {
    flush();
    draft.commit();
  }

  @Override
  public void close() throws IOException {
    draft.close();
  }
}
