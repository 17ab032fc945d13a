package systems.net.loop;

import org.jspecify.annotations.Nullable;

/** One link of a {@link WriteQueue}, or, of buffers, of a {@link BufferPool}'s free list. */
abstract sealed class Piece permits Buffer, FilePiece {
  @Nullable Piece next;

  /** Bytes that are still to be sent. */
  abstract long remaining();

  /** Nobody will send the rest, if there is one. */
  abstract void release();
}
