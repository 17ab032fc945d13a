package systems.net.http;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Collects a body up to what its handler is ready to hold. */
final class WholeBody implements BodyReader {
  /** What is allocated on a promise alone; for more, bytes have to come. */
  private static final int FIRST_BYTES_MAX = 64 << 10;

  private static final int FIRST_BYTES_MIN = 1 << 10;

  private final ServerConnection connection;
  private final int bytesMax;
  private final long promised;
  private final Consumer<byte[]> whole;
  private byte[] bytes;
  private int size;
  private boolean refused;

  WholeBody(ServerConnection connection, long promised, int bytesMax, Consumer<byte[]> whole) {
    this.connection = connection;
    this.promised = promised;
    this.bytesMax = bytesMax;
    this.whole = whole;
    long first = promised >= 0 ? promised : FIRST_BYTES_MIN;
    this.bytes = new byte[(int) Math.min(first, FIRST_BYTES_MAX)];
  }

  /** Whether the length alone says that it is too long. */
  boolean isTooLong() {
    return promised > bytesMax;
  }

  @Override
  public void data(byte[] source, int from, int to) {
    int count = to - from;
    if (refused || count > bytesMax - size) { //~ phase 5 holdsAnyLength: if (refused) {
      refused = true;
      connection.refuseBody();
      return;
    }
    if (bytes.length - size < count) {
      bytes =
          Arrays.copyOf(bytes, Math.max(size + count, (int) Math.min(2L * bytes.length, bytesMax)));
    }
    System.arraycopy(source, from, bytes, size, count);
    size += count;
  }

  @Override
  public void end(Headers trailers) {
    if (!refused) {
      whole.accept(size == bytes.length ? bytes : Arrays.copyOf(bytes, size));
    }
  }

  @Override
  public void failed(@Nullable Throwable cause) {
    refused = true;
  }
}
