package systems.redis.persist;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * A connection to the server that keys move to. It blocks whoever calls it, and no wait is longer
 * than the timeout: neither for the connection, nor for space to write into, nor for a reply.
 *
 * <p>A plain socket knows no timeout for writes; hence the selector, which waits for one channel.
 */
final class MigrationTarget implements AutoCloseable {
  private static final int LINE_BYTES_MAX = 64 * 1024;
  private static final String CANNOT_CONNECT =
      "IOERR error or timeout connecting to the client"; // the words of Redis
  private static final String CANNOT_WRITE = "IOERR error or timeout writing to target instance";
  private static final String CANNOT_READ = "IOERR error or timeout reading from target instance";

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final ByteBuffer in = ByteBuffer.allocate(4096).limit(0);

  /** The database that the other side has selected for us, or -1. */
  long selected = -1;

  long usedMillis;

  private MigrationTarget(SocketChannel channel, Selector selector) throws IOException {
    this.channel = channel;
    this.selector = selector;
    key = channel.register(selector, SelectionKey.OP_CONNECT);
  }

  /** The messages of all errors are the replies that clients of MIGRATE get. */
  static MigrationTarget connect(String host, int port, int timeoutMillis) throws IOException {
    var address = new InetSocketAddress(host, port);
    if (address.isUnresolved() || port == 0) {
      throw new IOException(CANNOT_CONNECT);
    }
    MigrationTarget target = null;
    try {
      SocketChannel channel = SocketChannel.open();
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      target = new MigrationTarget(channel, Selector.open());
      boolean connected = channel.connect(address);
      if (!connected) {
        target.await(SelectionKey.OP_CONNECT, timeoutMillis, CANNOT_CONNECT);
        channel.finishConnect();
      }
      return target;
    } catch (IOException e) {
      if (target != null) {
        target.close();
      }
      throw new IOException(CANNOT_CONNECT, e);
    }
  }

  private void await(int operation, int timeoutMillis, String error) throws IOException {
    key.interestOps(operation);
    int ready = selector.select(timeoutMillis);
    selector.selectedKeys().clear();
    if (ready == 0) {
      throw new SocketTimeoutException(error);
    }
  }

  void write(byte[] bytes, int timeoutMillis) throws IOException {
    ByteBuffer out = ByteBuffer.wrap(bytes);
    try {
      while (out.hasRemaining()) {
        if (channel.write(out) == 0) {
          await(SelectionKey.OP_WRITE, timeoutMillis, CANNOT_WRITE);
        }
      }
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(CANNOT_WRITE, e);
    }
  }

  /** A line without its end; what we ask is answered by one line each. */
  String readLine(int timeoutMillis) throws IOException {
    var line = new StringBuilder();
    while (line.length() < LINE_BYTES_MAX) {
      while (in.hasRemaining()) {
        char c = (char) (in.get() & 0xff);
        if (c == '\n') {
          return line.toString().stripTrailing();
        }
        line.append(c);
      }
      fill(timeoutMillis);
    }
    throw new IOException(CANNOT_READ);
  }

  private void fill(int timeoutMillis) throws IOException {
    try {
      in.clear();
      int count = channel.read(in);
      while (count == 0) {
        await(SelectionKey.OP_READ, timeoutMillis, CANNOT_READ);
        count = channel.read(in);
      }
      in.flip();
      if (count < 0) {
        throw new EOFException();
      }
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      in.limit(0);
      throw new IOException(CANNOT_READ, e);
    }
  }

  @Override
  public void close() {
    try (channel;
        selector) {
      in.limit(0);
    } catch (IOException e) {
      assert e != null; // there is nobody left to tell
    }
  }
}
