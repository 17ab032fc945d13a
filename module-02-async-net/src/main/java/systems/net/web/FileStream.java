package systems.net.web;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.net.http.Response;

/**
 * Pieces of a file, with text between them, written as the peer takes them: for bodies that {@link
 * Response#sendFile} cannot send, since they are compressed or made of several ranges.
 *
 * <pre>
 *   [text] [slice of the file] [text] [slice] [text] end
 *            16 KiB, 16 KiB, ... while isWritable; then onWritable goes on
 * </pre>
 *
 * <p>Holds one block, whatever the size of the file. Closes the file when the exchange is over.
 */
final class FileStream {
  private static final int BLOCK_BYTES = 16 << 10;

  /** What a body is made of. */
  sealed interface Piece {
    record Text(byte[] bytes) implements Piece {}

    record Part(Ranges.Slice slice) implements Piece {}
  }

  private final FileChannel file;
  private final Gzip.Body body;
  private final ArrayDeque<Piece> pieces;
  private final ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
  private long position = -1;
  private boolean over;

  private FileStream(FileChannel file, Gzip.Body body, List<Piece> pieces) {
    this.file = file;
    this.body = body;
    this.pieces = new ArrayDeque<>(pieces);
  }

  /** Begins; the head goes with the first piece. */
  static void send(FileChannel file, Response response, Gzip.Body body, List<Piece> pieces) {
    var stream = new FileStream(file, body, pieces);
    response.onDone(stream::close);
    response.onWritable(stream::goOn);
    stream.goOn();
  }

  private void goOn() {
    try {
      stepOn();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private void stepOn() throws IOException {
    //> phase 5: how much do you write before you look whether the peer takes it?
    while (!over && body.isWritable()) { //~ readsItAllAtOnce: while (!over) {
      step();
    }
    //< phase 5
  }

  private void step() throws IOException {
    switch (pieces.peek()) {
      case null -> {
        over = true;
        body.end();
      }
      case Piece.Text(byte[] bytes) -> {
        pieces.remove();
        body.write(bytes, 0, bytes.length);
      }
      case Piece.Part(Ranges.Slice slice) -> writeBlock(slice);
    }
  }

  private void writeBlock(Ranges.Slice slice) throws IOException {
    position = position < 0 ? slice.from() : position;
    int count = (int) Math.min(block.capacity(), slice.to() - position);
    int read = file.read(block.clear().limit(count), position);
    if (read < 0) {
      over = true;
      body.abort(); // the file has become shorter: the peer must not take it for whole
      return;
    }
    position += read;
    assert position <= slice.to();
    if (position == slice.to()) {
      pieces.remove();
      position = -1;
    }
    body.write(block.array(), 0, read);
  }

  private void close(@Nullable Throwable why) {
    over = true;
    try {
      file.close();
    } catch (IOException refused) {
      throw new UncheckedIOException("cannot close a file that was only read", refused);
    }
  }
}
