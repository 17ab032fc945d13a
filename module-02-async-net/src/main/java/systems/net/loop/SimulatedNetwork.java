package systems.net.loop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who listens where in a simulation, and how a connection comes to be.
 *
 * <pre>
 *   client's loop                                server's loop
 *     connect  ---------- syn ----------------->  nobody listens:  refusal
 *                                                 else: a transport, connected
 *     connected  &lt;------- opened, or refused ---
 *
 *     nothing within the timeout: closed
 * </pre>
 *
 * <p>Every loop is a machine with the address 10.0.0.n. Addresses are looked up as they were bound,
 * in one table for the whole world: who listens at 127.0.0.1 is found there from everywhere, and
 * two loops cannot share a port.
 */
final class SimulatedNetwork {
  private static final int FIRST_PORT = 20_000;

  private final Map<InetSocketAddress, Bound> bound = new HashMap<>();
  private int nextPort = FIRST_PORT;

  SimulatedNetwork(Simulation simulation) {
    assert simulation.now() == 0;
  }

  Network of(SimulatedLoop loop) {
    return new Host(loop);
  }

  /** The network of one loop. */
  private final class Host implements Network {
    private final SimulatedLoop loop;

    Host(SimulatedLoop loop) {
      this.loop = loop;
    }

    @Override
    public void connect(SocketAddress to, long timeoutNanos, Protocol protocol) {
      //> phase 2: who answers, and who does if nobody does?
      loop.requireInLoop();
      loop.note("connects to " + to);
      var from = new InetSocketAddress(addressOf(loop), nextPort++);
      new Attempt(loop, from, to, protocol).begin(timeoutNanos);
      //< phase 2
    }

    @Override
    public Listener listen(SocketAddress at, Supplier<? extends Protocol> protocols) {
      InetSocketAddress address = free(at);
      var listener = new Bound(loop, address, protocols);
      bound.put(address, listener);
      return listener;
    }
  }

  private InetSocketAddress free(SocketAddress at) {
    if (!(at instanceof InetSocketAddress asked)) {
      throw new UncheckedIOException(new BindException("not an address of the internet: " + at));
    }
    int port = asked.getPort() == 0 ? nextPort++ : asked.getPort();
    var address = new InetSocketAddress(asked.getAddress(), port);
    if (bound.containsKey(address)) {
      throw new UncheckedIOException(
          "cannot listen at " + at, new BindException("Address already in use"));
    }
    return address;
  }

  private static InetAddress addressOf(SimulatedLoop loop) {
    int number = loop.number();
    byte[] address = {10, 0, (byte) (number >> 8), (byte) number};
    try {
      return InetAddress.getByAddress(address);
    } catch (UnknownHostException impossible) {
      throw new AssertionError("an address of 4 bytes", impossible);
    }
  }

  /** A listener. */
  private final class Bound implements Network.Listener {
    private final SimulatedLoop loop;
    private final InetSocketAddress address;
    private final Supplier<? extends Protocol> protocols;

    Bound(SimulatedLoop loop, InetSocketAddress address, Supplier<? extends Protocol> protocols) {
      this.loop = loop;
      this.address = address;
      this.protocols = protocols;
    }

    @Override
    public SocketAddress address() {
      return address;
    }

    @Override
    public void close() {
      bound.remove(address, this);
    }
  }

  /** A connection on its way, from the client's side. */
  private final class Attempt {
    private final SimulatedLoop loop;
    private final InetSocketAddress from;
    private final SocketAddress to;
    private final Protocol protocol;
    private @Nullable Timer timer;
    private boolean over;

    Attempt(SimulatedLoop loop, InetSocketAddress from, SocketAddress to, Protocol protocol) {
      this.loop = loop;
      this.from = from;
      this.to = to;
      this.protocol = protocol;
    }

    void begin(long timeoutNanos) {
      if (timeoutNanos != Long.MAX_VALUE) {
        timer = loop.schedule(timeoutNanos, () -> timedOut(timeoutNanos));
      }
      // of an address that nobody has, some router says so
      Bound listener = to instanceof InetSocketAddress inet ? bound.get(inet) : null;
      SimulatedLoop there = listener == null ? loop : listener.loop;
      var forth = new SimulatedPipe(loop, there);
      var back = new SimulatedPipe(there, loop);
      forth.send(() -> syn(there, forth, back));
    }

    /** On the server's loop. */
    private void syn(SimulatedLoop there, SimulatedPipe forth, SimulatedPipe back) {
      Bound listener = to instanceof InetSocketAddress inet ? bound.get(inet) : null;
      if (listener == null || listener.loop != there || there.refuses) {
        back.send(() -> fail(new ConnectException("Connection refused: " + to)));
        return;
      }
      there.note("accepts " + from);
      Protocol accepted;
      try {
        accepted = listener.protocols.get();
      } catch (Throwable thrown) {
        there.failed("an accepted connection was dropped", thrown);
        back.send(() -> fail(new IOException("Connection reset")));
        return;
      }
      var server = new SimulatedTransport(there, back, listener.address, from, accepted);
      var client = new SimulatedTransport(loop, forth, from, listener.address, protocol);
      server.pairWith(client);
      back.send(() -> opened(client));
      server.begin();
    }

    private void opened(SimulatedTransport client) {
      if (over) {
        client.drop();
        return;
      }
      over = true;
      cancelTimer();
      client.begin();
    }

    private void timedOut(long timeoutNanos) {
      timer = null;
      long millis = TimeUnit.NANOSECONDS.toMillis(timeoutNanos);
      fail(new SocketTimeoutException("no connection to " + to + " within " + millis + " ms"));
    }

    private void fail(Throwable cause) {
      if (over) {
        return;
      }
      over = true;
      cancelTimer();
      loop.note("is not connected: " + cause.getMessage());
      loop.defer(() -> tell(cause));
    }

    private void tell(Throwable cause) {
      try {
        protocol.closed(cause);
      } catch (Throwable thrown) {
        loop.failed("a protocol's closed threw", thrown);
      }
    }

    private void cancelTimer() {
      if (timer != null) {
        timer.cancel();
        timer = null;
      }
    }
  }
}
