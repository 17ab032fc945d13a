package systems.redis.server;

import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;

/**
 * The way down: SHUTDOWN and SIGTERM. Snapshot if there are save points, file to disk, then out.
 *
 * <p>With replicas that lag, the server first pauses writes and waits for them, {@code
 * shutdown-timeout} seconds at most.
 */
final class Shutdown {
  private final Server server;
  private volatile Runnable exit = () -> {};
  private boolean running;

  Shutdown(Server server) {
    this.server = server;
  }

  void onExit(Runnable action) {
    exit = action;
  }

  boolean isRunning() {
    return running;
  }

  void tick() {}

  void register(CommandTable table) {
    table.on("shutdown", this::command);
  }

  private void command(Call call) {
    boolean save = false;
    boolean noSave = false;
    boolean force = false;
    boolean abort = false;
    for (int i = 1; i < call.count(); i++) {
      if (call.is(i, "SAVE")) {
        save = true;
      } else if (call.is(i, "NOSAVE")) {
        noSave = true;
      } else if (call.is(i, "FORCE")) {
        force = true;
      } else if (call.is(i, "ABORT")) {
        abort = true;
      } else if (!call.is(i, "NOW")) { // which says not to wait for replicas: nobody does
        throw call.syntax();
      }
    }
    if (abort && call.count() > 2 || save && noSave) {
      throw call.syntax();
    }
    if (abort) {
      throw ErrorReply.err("No shutdown in progress.");
    }
    if (!run(save ? Boolean.TRUE : noSave ? Boolean.FALSE : null) && !force) {
      throw ErrorReply.err("Errors trying to SHUTDOWN. Check logs.");
    }
  }

  /** Saves what is to be saved and goes; false if that failed and the server has to stay. */
  boolean run(@Nullable Boolean save) {
    server.log().notice("User requested shutdown...");
    boolean wanted = save == null ? !server.config().savePoints.isEmpty() : save;
    if (!server.persistence().beforeExit(wanted)) {
      server.log().warn("Error trying to save the DB, can't exit.");
      return false;
    }
    server.log().notice("Redis is now ready to exit, bye bye...");
    running = true;
    exit.run();
    return true;
  }
}
