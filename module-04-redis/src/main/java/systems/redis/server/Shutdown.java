package systems.redis.server;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;

/**
 * The way down: SHUTDOWN and SIGTERM.
 *
 * <pre>
 *   SHUTDOWN --> replicas lag? --no------------------------> save, sync, out
 *                     |yes                                    ^        |failed
 *                     v                                       |        v
 *                writes pause --all caught up, or too late ---+   go on as before
 *                     |
 *                     +-- SHUTDOWN ABORT --> go on as before
 * </pre>
 *
 * <p>A write that was confirmed should be on a replica too before its server goes: for {@code
 * shutdown-timeout} seconds at most, writes stand still and replicas catch up. Who asked for the
 * end waits as for a key, and hears of it only if it comes to nothing. Command thread only.
 */
final class Shutdown {
  private static final String FAILED = "ERR Errors trying to SHUTDOWN. Check logs.";

  /**
   * What was asked for.
   *
   * @param save null: as there are save points or not
   */
  private record Order(@Nullable Boolean save, boolean now, boolean force) {}

  private final Server server;
  private final List<Consumer<Boolean>> waiting = new ArrayList<>();
  private volatile Runnable exit = () -> {};
  private @Nullable Order pending; // writes are paused for it
  private long deadlineMillis;
  private boolean running;

  Shutdown(Server server) {
    this.server = server;
  }

  void onExit(Runnable action) {
    exit = action;
  }

  void register(CommandTable table) {
    table.on("shutdown", this::command);
  }

  /** Milliseconds until the server waits no longer for its replicas, or -1. */
  long leftMillis() {
    return pending == null ? -1 : Math.max(0, deadlineMillis - System.currentTimeMillis());
  }

  /** SIGTERM: {@code done} hears, now or later, whether all was saved. */
  void terminate(Consumer<Boolean> done) {
    Boolean ended = running ? Boolean.TRUE : begin(ofSignal(server.setting("shutdown-on-sigterm")));
    if (ended == null) {
      waiting.add(done);
    } else {
      done.accept(ended);
    }
  }

  private static Order ofSignal(String flags) {
    List<String> words = List.of(flags.split(" "));
    Boolean save = words.contains("save") ? Boolean.TRUE : null;
    return new Order(
        words.contains("nosave") ? Boolean.FALSE : save,
        words.contains("now"),
        words.contains("force"));
  }

  private void command(Call call) {
    if (call.count() == 2 && call.is(1, "ABORT")) {
      abort();
      call.reply().ok();
      return;
    }
    Boolean ended = begin(order(call));
    if (ended == null) {
      waitForEnd(call);
    } else if (!ended) {
      throw new ErrorReply(FAILED);
    }
  }

  private static Order order(Call call) {
    boolean save = false;
    boolean noSave = false;
    boolean now = call.mustNotWait();
    boolean force = false;
    for (int i = 1; i < call.count(); i++) {
      if (call.is(i, "SAVE")) {
        save = true;
      } else if (call.is(i, "NOSAVE")) {
        noSave = true;
      } else if (call.is(i, "NOW")) {
        now = true;
      } else if (call.is(i, "FORCE")) {
        force = true;
      } else {
        throw call.syntax();
      }
    }
    if (save && noSave) {
      throw call.syntax();
    }
    return new Order(save ? Boolean.TRUE : noSave ? Boolean.FALSE : null, now, force);
  }

  private void waitForEnd(Call call) {
    Client client = call.client();
    Runnable onTimeout = () -> server.replyLater(client, reply -> reply.error(FAILED));
    var w = new Waiting(client, null, List.of(), null, onTimeout, 0, call.command(), call.args());
    server.blocked().block(w);
    waiting.add(ended -> {
      if (!ended && client.waiting == w) {
        server.blocked().end(w, FAILED);
      }
    });
  }

  /** Whether it has ended well, or null if that is open: replicas may catch up first. */
  private @Nullable Boolean begin(Order order) {
    server.log().notice("User requested shutdown...");
    if (pending != null && !order.now) {
      return null; // the first order counts
    }
    int seconds = (int) server.config().number("shutdown-timeout");
    if (order.now || seconds == 0 || server.replication().isEachReplicaInStep()) {
      return end(order);
    }
    server.log().notice("Waiting for replicas before shutting down.");
    pending = order;
    deadlineMillis = System.currentTimeMillis() + seconds * 1000L;
    server.pause().forShutdown(true);
    server.wakeAt(deadlineMillis);
    return null;
  }

  void tick() {
    Order order = pending;
    if (order == null) {
      return;
    }
    if (leftMillis() == 0 || server.replication().isEachReplicaInStep()) {
      end(order);
    }
  }

  private void abort() {
    if (pending == null) {
      throw ErrorReply.err("No shutdown in progress.");
    }
    server.log().notice("Shutdown manually aborted.");
    goOn();
  }

  /** Saves what is to be saved and goes; false if that failed and the server has to stay. */
  private boolean end(Order order) {
    server.replication().logSteps();
    boolean wanted = order.save == null ? !server.config().savePoints.isEmpty() : order.save;
    boolean save = wanted && !server.isLoading(); // half of the data must not replace all of it
    if (!server.persistence().beforeExit(save, order.force) && !order.force) {
      server.log().warn("Error trying to save the DB, can't exit.");
      server
          .log()
          .warn("Errors trying to shut down the server. Check the logs for more information.");
      goOn();
      return false;
    }
    server.log().notice("Redis is now ready to exit, bye bye...");
    running = true;
    pending = null;
    tell(true);
    exit.run();
    return true;
  }

  private void goOn() {
    pending = null;
    server.pause().forShutdown(false);
    tell(false);
  }

  private void tell(boolean ended) {
    List<Consumer<Boolean>> all = List.copyOf(waiting);
    waiting.clear();
    all.forEach(each -> each.accept(ended));
  }
}
