package systems.net.engine;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import systems.net.http.Limits;
import systems.net.http.Timeouts;
import systems.net.loop.Admission;

/**
 * How a server is started.
 *
 * @param engine what moves the bytes
 * @param address port 0 for one that is free
 * @param loops threads of the engines that have loops; 1 to 256
 * @param backlog connections that the system keeps before they are accepted
 * @param sharesPort whether another server of the same user, a successor, may listen at the address
 *     too, where the system can do that; on Linux the loop engine always shares, its own loops do
 * @param connectionsMax connections at a time; what comes beyond is closed and counted
 * @param connectionsPerAddressMax of one peer address
 * @param limits of messages
 * @param timeouts of peers
 * @param tls null for plain HTTP
 * @param failures is told what handlers and protocols throw, and what goes wrong while accepting;
 *     on whatever thread that happens, and must not throw itself
 */
public record ServerSettings(
    Engine engine,
    SocketAddress address,
    int loops,
    int backlog,
    boolean sharesPort,
    int connectionsMax,
    int connectionsPerAddressMax,
    Limits limits,
    Timeouts timeouts,
    @Nullable Tls tls,
    Consumer<Throwable> failures) {
  private static final int LOOPS_MAX = 256;

  public ServerSettings {
    if (loops < 1 || loops > LOOPS_MAX) {
      throw new IllegalArgumentException("loops from 1 to " + LOOPS_MAX + ", not " + loops);
    }
    if (backlog < 1 || connectionsMax < 1 || connectionsPerAddressMax < 1) {
      throw new IllegalArgumentException("backlog and connections must be at least 1");
    }
  }

  /** At an address of its own. */
  public ServerSettings(
      Engine engine,
      SocketAddress address,
      int loops,
      int backlog,
      int connectionsMax,
      int connectionsPerAddressMax,
      Limits limits,
      Timeouts timeouts,
      @Nullable Tls tls,
      Consumer<Throwable> failures) {
    this(
        engine,
        address,
        loops,
        backlog,
        false,
        connectionsMax,
        connectionsPerAddressMax,
        limits,
        timeouts,
        tls,
        failures);
  }

  /**
   * On this machine's loopback address, at a free port, on as many loops as there are processors.
   */
  public static ServerSettings usual() {
    return new ServerSettings(
        Engine.LOOP,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        Math.min(LOOPS_MAX, Runtime.getRuntime().availableProcessors()),
        1024,
        100_000,
        Integer.MAX_VALUE,
        Limits.USUAL,
        Timeouts.USUAL,
        null,
        _ -> {});
  }

  /** Counts the connections of one server. */
  Admission admission() {
    return new Admission(connectionsMax, connectionsPerAddressMax);
  }

  public ServerSettings with(Engine other) {
    return new ServerSettings(
        other,
        address,
        loops,
        backlog,
        sharesPort,
        connectionsMax,
        connectionsPerAddressMax,
        limits,
        timeouts,
        tls,
        failures);
  }

  public ServerSettings withAddress(SocketAddress other) {
    return new ServerSettings(
        engine,
        other,
        loops,
        backlog,
        sharesPort,
        connectionsMax,
        connectionsPerAddressMax,
        limits,
        timeouts,
        tls,
        failures);
  }

  public ServerSettings withLoops(int other) {
    return new ServerSettings(
        engine,
        address,
        other,
        backlog,
        sharesPort,
        connectionsMax,
        connectionsPerAddressMax,
        limits,
        timeouts,
        tls,
        failures);
  }

  public ServerSettings withBacklog(int other) {
    return new ServerSettings(
        engine,
        address,
        loops,
        other,
        sharesPort,
        connectionsMax,
        connectionsPerAddressMax,
        limits,
        timeouts,
        tls,
        failures);
  }

  public ServerSettings withSharedPort() {
    return new ServerSettings(
        engine,
        address,
        loops,
        backlog,
        true,
        connectionsMax,
        connectionsPerAddressMax,
        limits,
        timeouts,
        tls,
        failures);
  }

  public ServerSettings withConnections(int max, int perAddressMax) {
    return new ServerSettings(
        engine,
        address,
        loops,
        backlog,
        sharesPort,
        max,
        perAddressMax,
        limits,
        timeouts,
        tls,
        failures);
  }

  public ServerSettings with(Limits other) {
    return new ServerSettings(
        engine,
        address,
        loops,
        backlog,
        sharesPort,
        connectionsMax,
        connectionsPerAddressMax,
        other,
        timeouts,
        tls,
        failures);
  }

  public ServerSettings with(Timeouts other) {
    return new ServerSettings(
        engine,
        address,
        loops,
        backlog,
        sharesPort,
        connectionsMax,
        connectionsPerAddressMax,
        limits,
        other,
        tls,
        failures);
  }

  public ServerSettings with(@Nullable Tls other) {
    return new ServerSettings(
        engine,
        address,
        loops,
        backlog,
        sharesPort,
        connectionsMax,
        connectionsPerAddressMax,
        limits,
        timeouts,
        other,
        failures);
  }

  public ServerSettings withFailures(Consumer<Throwable> listener) {
    return new ServerSettings(
        engine,
        address,
        loops,
        backlog,
        sharesPort,
        connectionsMax,
        connectionsPerAddressMax,
        limits,
        timeouts,
        tls,
        listener);
  }
}
