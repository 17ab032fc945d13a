package systems.net.engine;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import systems.net.http.Handler;
import systems.net.http.ServerStats;
import systems.net.loop.Admission;
import systems.net.loop.EventLoop;
import systems.net.loop.LoopGroup;
import systems.net.loop.LoopSettings;
import systems.net.loop.Network;

/**
 * On the event loops of this module: nothing between a socket and the protocol.
 *
 * <pre>
 *   port --+-- socket of loop 0 --> loop 0: Connections --> ServerConnection, ServerConnection ...
 *          +-- socket of loop 1 --> loop 1: Connections --> ServerConnection ...
 * </pre>
 *
 * <p>A loop shares nothing with the next one but {@link Admission}: it has its own exchanges,
 * output and counters, so no request touches a lock or a cache line of another core. A handler must
 * not block: all connections of its loop would wait.
 */
final class LoopEngine implements Running {
  private record Part(EventLoop loop, Connections connections) {}

  private final LoopGroup group;
  private final Network.Listener listener;
  private final List<Part> parts;
  private final Admission admission;

  private LoopEngine(
      LoopGroup group, Network.Listener listener, List<Part> parts, Admission admission) {
    this.group = group;
    this.listener = listener;
    this.parts = parts;
    this.admission = admission;
  }

  static LoopEngine start(ServerSettings settings, Handler handler, ServerStats[] stats) {
    assert stats.length == settings.loops();
    var admission = settings.admission();
    LoopSettings loop =
        LoopSettings.USUAL
            .withBacklog(settings.backlog())
            .withAdmission(admission)
            .withFailures((_, failure) -> settings.failures().accept(failure));
    LoopGroup group = LoopGroup.start(settings.loops(), loop, "http");
    List<Part> parts = new ArrayList<>();
    try {
      Network.Listener listener =
          group.listen(
              settings.address(),
              eventLoop -> {
                var connections = new Connections(settings, handler, stats[parts.size()]);
                parts.add(new Part(eventLoop, connections));
                return connections::next;
              });
      assert parts.size() == settings.loops();
      return new LoopEngine(group, listener, List.copyOf(parts), admission);
    } catch (RuntimeException e) {
      group.close();
      throw e;
    }
  }

  @Override
  public SocketAddress address() {
    return listener.address();
  }

  @Override
  public void stopAccepting() {
    listener.close();
  }

  @Override
  public void announceDrain() {
    onEach(Connections::announceDrain);
  }

  @Override
  public void drain() {
    onEach(Connections::drain);
  }

  /** Returns when all loops have done it, or have ended. */
  private void onEach(Consumer<Connections> task) {
    //> phase 5: connections belong to their loops; and who is told that all of them have done it?
    var done = new CountDownLatch(parts.size());
    for (Part part : parts) {
      try {
        part.loop.execute(() -> {
          task.accept(part.connections);
          done.countDown();
        });
      } catch (RejectedExecutionException ended) {
        done.countDown(); // closed meanwhile: nobody is left to be told
      }
    }
    Waiting.until(done);
    //< phase 5
  }

  @Override
  public int standing() {
    return admission.open();
  }

  @Override
  public void close() {
    group.close();
  }
}
