package systems.net.loop;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection on its way.
 *
 * <pre>
 *   connect --> ready, connected --> SocketTransport: the protocol's connected
 *      |            | refused
 *      |            v
 *      +-----> failed: the protocol's closed, and only that
 *      ^            ^
 *   no address   timeout, the loop's end
 * </pre>
 *
 * <p>A connection to the own machine may stand at once, and an address may be wrong at once. The
 * protocol still hears of it at the end of the turn, as in all other cases: who calls {@link
 * Network#connect} need not be ready for an answer in the same call.
 */
final class Connecting implements Ready, Deferred {
  private final EventLoop loop;
  private final SocketAddress to;
  private final Protocol protocol;
  private @Nullable SocketChannel channel;
  private @Nullable Timer timer;
  private @Nullable Throwable failure;
  private boolean over;

  Connecting(EventLoop loop, SocketAddress to, Protocol protocol) {
    this.loop = loop;
    this.to = to;
    this.protocol = protocol;
  }

  void begin(long timeoutNanos) {
    try {
      channel = SocketChannel.open();
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      if (channel.connect(to)) {
        loop.defer(this);
        return;
      }
      loop.register(channel, SelectionKey.OP_CONNECT, this);
      if (timeoutNanos != Long.MAX_VALUE) {
        timer = loop.schedule(timeoutNanos, () -> timedOut(timeoutNanos));
      }
    } catch (UnresolvedAddressException unknown) {
      fail(new UnknownHostException(((InetSocketAddress) to).getHostString()));
    } catch (IOException | UnsupportedAddressTypeException refused) {
      fail(refused);
    }
  }

  private void timedOut(long timeoutNanos) {
    timer = null;
    long millis = TimeUnit.NANOSECONDS.toMillis(timeoutNanos);
    fail(new SocketTimeoutException("no connection to " + to + " within " + millis + " ms"));
  }

  @Override
  public void ready(int operations) {
    try {
      if (!over && channel != null && channel.finishConnect()) {
        succeed(channel);
      }
    } catch (IOException refused) {
      fail(refused);
    }
  }

  /** At the end of the turn in which all was said already. */
  @Override
  public void turn() {
    try {
      if (failure != null) {
        protocol.closed(failure);
      } else if (!over && channel != null) {
        succeed(channel);
      }
    } catch (IOException refused) {
      fail(refused);
    } catch (Throwable thrown) {
      loop.failed("a protocol's closed threw", thrown);
    }
  }

  private void succeed(SocketChannel connected) throws IOException {
    assert !over && connected.isConnected();
    var transport = new SocketTransport(loop, connected, protocol, null);
    over = true;
    if (timer != null) {
      timer.cancel();
    }
    transport.begin();
  }

  private void fail(Throwable cause) {
    if (over) {
      return;
    }
    over = true;
    failure = cause;
    if (timer != null) {
      timer.cancel();
    }
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException gone) {
      // nothing was sent
    }
    loop.defer(this);
  }

  @Override
  public void abandon(Throwable cause) {
    fail(cause);
  }
}
