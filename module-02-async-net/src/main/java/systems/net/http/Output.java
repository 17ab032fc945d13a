package systems.net.http;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where answers are put together before a transport gets them: one array for all connections of a
 * loop.
 *
 * <pre>
 *   read batch of A   [ answer 1 | answer 2 | answer 3 |      ]  --write--> A, one flush
 *   a handler of A answers a request that waits at B:
 *                     [ answer 1 |                            ]  --write--> A, no flush yet
 *                     [ answer of B |                         ]  --write--> B, flush
 * </pre>
 *
 * <p>At any time the array holds bytes of one connection. Who wants to put bytes of another one
 * claims it first, and what is there goes to its transport before. A connection hands over what is
 * its own before it returns to the loop, so between two calls of the loop the array is empty.
 */
final class Output {
  private static final int FIRST_BYTES = 512;

  /** A block of the transport's pool; what is longer is handed on without a stop here. */
  private static final int BYTES_MAX = 16 << 10;

  private byte[] bytes = new byte[FIRST_BYTES];
  private int size;
  private @Nullable ServerConnection target;

  /** From here on what is put is for this connection. */
  void claim(ServerConnection connection) {
    if (target != connection) {
      drain();
      target = connection;
    }
  }

  /** Hands over what is there; does not flush. */
  void drain() {
    int count = size;
    if (count > 0) {
      assert target != null;
      size = 0;
      target.queue(bytes, 0, count);
    }
  }

  /** Hands over what is this connection's, and forgets it. */
  void release(ServerConnection connection) {
    if (target == connection) {
      drain();
      target = null;
    }
  }

  /** Room for so many bytes, at {@link #size()} of the returned array. */
  byte[] room(int count) {
    if (bytes.length - size < count) {
      makeRoom(count);
    }
    return bytes;
  }

  private void makeRoom(int count) {
    if (size + count > BYTES_MAX) {
      drain();
    }
    if (bytes.length - size < count) {
      bytes = Arrays.copyOf(bytes, Math.max(size + count, Math.min(2 * bytes.length, BYTES_MAX)));
    }
  }

  int size() {
    return size;
  }

  /** The bytes up to here have been written into {@link #room}. */
  void filledTo(int end) {
    assert end >= size && end <= bytes.length : end + " of " + bytes.length;
    size = end;
  }

  void put(byte[] source, int from, int to) {
    int count = to - from;
    if (count > BYTES_MAX / 2) {
      drain();
      assert target != null;
      target.queue(source, from, to);
      return;
    }
    System.arraycopy(source, from, room(count), size, count);
    size += count;
  }
}
